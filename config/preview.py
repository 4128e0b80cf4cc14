"""What waits for approval as the public page and its feed will show it: made by these, from an entry that is not one.

Stands here because it needs both rooms: the desk, which knows what waits, and the public face, which knows how it looks.
"""

from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

import clock
from incidents.models import Submission
from incidents.operations import approval
from incidents.permissions import can_read_drafts, read_drafts_refusal
from refusals import NotAllowed, require
from statuspage import feed, fold, pages, source
from statuspage.record import PublicRecord


@require_safe
@xframe_options_sameorigin
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of the incident as it would be if this were approved now. The page of the submission frames it."""
    return _shown(request, pk, pages.preview)


@require_safe
@xframe_options_sameorigin
def in_the_feed(request: HttpRequest, pk: int) -> HttpResponse:
    """The same in the feed: its entry, about as a reader program shows it."""
    return _shown(request, pk, feed.preview)


def _shown(request: HttpRequest, pk: int, made_by: Callable[[PublicRecord, str, datetime], bytes]) -> HttpResponse:
    assert request.user.is_authenticated  # noqa: S101 - nobody else comes this far; for the type checker
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    found = get_object_or_404(Submission.objects.with_subject().filter(statement__isnull=False), pk=pk)
    if found.outcome == Submission.Outcome.APPROVED:
        raise Http404("It is public. The page itself shows it.")
    assert found.statement is not None  # noqa: S101 - asked for above
    if not found.statement.is_public:
        raise Http404("A direct message is mailed to its group. It never stands on the page.")
    incident, now = found.statement.incident, clock.now()
    would_be = source.would_be(*approval.preview(found, now))
    record = fold.of_chosen([*source.entries_about(incident), would_be])
    response = HttpResponse(made_by(record, incident.public_id, now))
    response.is_a_preview = True  # type: ignore[attr-defined]
    return response
