"""Now: what runs, what breaks next, and what waits for whoever looks."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

import clock
from accounts import log
from accounts.models import User
from incidents import permissions
from incidents.context import rail_of
from incidents.models import Commitment, Incident
from incidents.permissions_map import can_read_map
from incidents.views.answers import page
from incidents.views.clocks import Clock, strip
from incidents.views.dashboard_rows import Rows, rows, shared
from incidents.views.todo import subject_of, tasks

HORIZON = timedelta(hours=48)
INCIDENTS_SHOWN = TASKS_SHOWN = COMMITMENTS_SHOWN = 8


@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """A poll without news costs one query, and one with news shares its rows with the other desks that ask."""
    polled = "rev" in request.GET
    mark = log.mark() if polled else (rail_of(request).revision, "")
    revision = mark[0]  # first, so that what changes meanwhile is fetched by the next poll
    if request.GET.get("rev") == str(revision):
        return HttpResponse(status=204)
    found = shared.as_of(mark) if polled else rows()
    every_task = request.GET.get("waiting") == "all"
    context = {"revision": revision} | _board(found, request.user, clock.now(), every_task=every_task)
    return page(request, "dashboard", context)


def _board(found: Rows, user: User, at: datetime, *, every_task: bool) -> dict[str, Any]:
    due = [commitment for commitment in found.owed if commitment.due_at < at + HORIZON]
    todo = tasks(user, found, at)
    rest, reads = found.incidents[INCIDENTS_SHOWN:], can_read_map(user)
    return {
        "incidents": found.incidents[:INCIDENTS_SHOWN],
        "open": len(found.incidents),
        "reading": found.reading,
        "drafts": sum(incident.state == Incident.State.DRAFT for incident in found.incidents),
        "more": len(rest),
        "more_yours": sum(incident.commander == user for incident in rest),
        "clocks": _clocks(found, user, at),
        "tasks": todo if every_task else todo[:TASKS_SHOWN],
        "task_count": len(todo),
        "every_task": every_task,
        "due": due[:COMMITMENTS_SHOWN],
        "due_more": max(0, len(due) - COMMITMENTS_SHOWN),
        "missed": sum(commitment.state == Commitment.State.MISSED for commitment in due),
        "mapped": [one for one in found.incidents if one.groups and one.is_public][:INCIDENTS_SHOWN] if reads else [],
        "reads_map": reads,
        "declares": permissions.can_declare(user),
        "works": permissions.can_work(user),
        "last_over": found.last_over,
        "has_agents": found.has_agents,
    }


def _clocks(found: Rows, user: User, at: datetime) -> list[Clock]:
    reads_drafts = permissions.can_read_drafts(user)
    urgent = next((incident for incident in found.incidents if incident.is_ongoing), None)
    commitment = next((one for one in found.owed if one.state == Commitment.State.OPEN), None)
    asked = min(found.waiting, key=lambda one: (one.asked_at, one.pk), default=None)
    look = next(iter(found.actions), None)
    promising, duty = found.promising, _duty(found) if can_read_map(user) else None
    return strip(
        [
            urgent and Clock("Most urgent, open for", urgent.detected_at, str(urgent.agent), _room(urgent.pk), True),
            promising
            and Clock("Next public promise", promising.promised_at, str(promising.agent), _room(promising.pk)),
            asked
            and Clock(
                "Oldest waiting approval",
                asked.asked_at,
                subject_of(asked),
                reverse("desk:submission", args=[asked.pk]) if reads_drafts else "",
                True,
            ),
            duty
            and Clock(
                "Nearest legal duty",
                duty.duty_due_at,
                f"{duty.duty_code}, {duty.agent}",
                reverse("desk:clock", args=[duty.duty_pk]),
            ),
            commitment
            and Clock(
                "Nearest commitment",
                commitment.due_at,
                str(commitment),
                reverse("desk:commitment", args=[commitment.pk]),
            ),
            look
            and look.review_at
            and Clock(
                "Next look at containment",
                look.review_at,
                str(look.incident.agent),
                _room(look.incident_id, "#containment"),
            ),
        ],
        at,
    )


def _duty(found: Rows) -> Any | None:
    """The incident of which a report is due first."""
    due = [one for one in found.reporting if one.duty_pk]
    return min(due, key=lambda one: (one.duty_due_at, one.duty_pk), default=None)


def _room(incident: int, anchor: str = "") -> str:
    return reverse("desk:incident", args=[incident]) + anchor
