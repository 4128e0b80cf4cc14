"""The pages round the queue: who is asked and how soon, how long it takes, and what one person did alone."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

import clock
from accounts.models import User
from incidents import alone, approvers
from incidents import turnaround as turnarounds
from incidents.context import rail_of
from incidents.forms.approval_policy import PolicyForm
from incidents.mails_approval import subject_of
from incidents.models import ApprovalPolicy
from incidents.operations import approval_policy
from incidents.permissions import APPROVERS, can_read_drafts, read_drafts_refusal
from incidents.permissions_queue import can_set_policy, set_policy_refusal
from incidents.views import answers
from refusals import NotAllowed, Refused, Stale, require

PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """Read by everybody at the desk, set by administrators and commanders."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    found = ApprovalPolicy.current()
    people = list(User.objects.with_role(*APPROVERS))
    form = PolicyForm(request.POST if request.method == "POST" else None, policy=found, people=people)
    if request.method != "POST":
        return _policy(request, found, form)
    require(can_set_policy(request.user), NotAllowed(set_policy_refusal()))
    if not form.is_valid():
        return _policy(request, found, form, status=422)
    try:
        approval_policy.set_policy(by=request.user, **form.wanted())
    except Refused as refusal:
        if isinstance(refusal, Stale):  # the next one is sent knowing of what is shown now
            form.data = form.data.copy()
            form.data["version"] = str(found.version)
        return _policy(request, found, form, refusal=refusal)
    messages.success(request, "Set. It holds for what is submitted from now on.")
    return redirect("desk:approval_policy")


@require_safe
def turnaround(request: HttpRequest) -> HttpResponse:
    """How long approvals took in the last 90 days, and each request that is counted."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    now = clock.now()
    decided = turnarounds.decided(now).with_subject().select_related("decided_by").defer("content")
    context = {
        "measured": turnarounds.measured(now),
        "days": turnarounds.DAYS,
        "least": turnarounds.LEAST,
        "listed": Paginator(decided, PAGE).get_page(request.GET.get("page")),
    }
    context["rows"] = [(asked, subject_of(asked), asked.answered_at - asked.asked_at) for asked in context["listed"]]
    return answers.page(request, "turnaround", context)


@require_safe
def by_one_person(request: HttpRequest) -> HttpResponse:
    """Everything that one person did without a second one: in an emergency, or because they work alone. With the reasons."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    listed = Paginator(alone.acts(), PAGE).get_page(request.GET.get("page"))
    return answers.page(request, "by_one_person", {"listed": listed, "rows": alone.rows(listed)})


def _policy(request: HttpRequest, found: ApprovalPolicy, form: PolicyForm, **answer: Any) -> HttpResponse:
    organisation = rail_of(request).organisation
    context = {
        "policy": found,
        "form": form,
        "may": can_set_policy(request.user),
        "readiness": approvers.readiness(found),
        "place": organisation.time_zone if organisation else "UTC",
    }
    return answers.page(request, "approval_policy", context, **answer)
