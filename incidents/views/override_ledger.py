"""The page of what the draft check found and people set aside, by rule (`incidents.set_aside`)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import clock
from incidents import set_aside
from incidents.models import FACTS_GATE, Override
from incidents.permissions import can_read_drafts, read_drafts_refusal
from incidents.views import answers
from refusals import NotAllowed, require

LATEST = 50


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    since = clock.now() - set_aside.SPAN
    made = Override.objects.filter(statement__created_at__gte=since).exclude(rule=FACTS_GATE)
    latest = made.select_related("by", "statement").order_by("-pk")[:LATEST]
    names = set_aside.names_of_rules()
    context: dict[str, Any] = {
        "rows": set_aside.rows(since),
        "latest": [(one, names.get(one.rule, one.rule)) for one in latest],
        "since": since,
    }
    return answers.page(request, "override_ledger", context)
