"""Approving for a time, and cancelling that before its time. Both answer with the page of the submission."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

import clock
import moments
from incidents.forms.approval import ScheduleForm
from incidents.models import ScheduledPublication
from incidents.operations import schedule as operations
from incidents.views.approval import answer, visible
from refusals import Refused


@require_POST
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible(request, pk)
    form = ScheduleForm(request.POST, zone=request.user.time_zone)
    if not form.is_valid():
        return answer(request, found, scheduling=form, status=422)
    seen, at = form.cleaned_data["digest"], form.cleaned_data["publish_at"]
    try:
        made = operations.consent(found, by=request.user, seen_digest=seen, publish_at=at)
    except Refused as refusal:
        return answer(request, visible(request, pk), scheduling=form, refusal=refusal)
    _say(request, found, made)
    return redirect("desk:submission", pk)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible(request, pk)
    operations.cancel(found, by=request.user)
    messages.success(request, "Cancelled. It waits in the queue, and nothing of it is public.")
    return redirect("desk:submission", pk)


def _say(request: HttpRequest, found: Any, made: ScheduledPublication) -> None:
    said = moments.phrase(made.publish_at, request.user.zone, now=clock.now())
    messages.success(request, f"Approved. It goes out at {said}, unless something it rests on changes before.")
    kind = found.statement.kind if found.statement else ""
    if operations.lacks_state_now(kind, made.publish_at, found.state_now_at):
        since = moments.phrase(operations.enter_from(made.publish_at), request.user.zone, now=clock.now())
        messages.warning(
            request,
            f"It comes back unless somebody enters how it stands now between {since} and then. You are reminded by email.",
        )
    owed = found.promise_due
    if owed and owed <= made.publish_at:
        messages.warning(
            request,
            f"The update promised for {moments.phrase(owed, request.user.zone, now=clock.now())} will be missed.",
        )
