"""Now: what runs, what breaks next, and what waits for whoever looks. Few queries, whatever their number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

import clock
from accounts.models import User
from agents.models import Agent
from incidents import permissions
from incidents.context import rail_of
from incidents.models import (
    Commitment,
    ContainmentAction,
    EmergencyReview,
    Evidence,
    Fact,
    Handover,
    Incident,
    Promise,
    RecordEntry,
    RoleHeld,
    Submission,
)
from incidents.models.incident import IncidentQuerySet
from incidents.next_action import distance
from incidents.views.answers import page, unchanged
from incidents.views.clocks import Clock, strip
from moments import span

HORIZON = timedelta(hours=48)
COMMITMENTS_SHOWN = 8


@dataclass(frozen=True)
class Task:
    """One line of “Waiting for you”: what, why now, and the button that leads there."""

    title: str
    why: str
    href: str
    label: str


@require_safe
def now(request: HttpRequest) -> HttpResponse:
    if unchanged(request):
        return HttpResponse(status=204)
    rail, at = rail_of(request), clock.now()
    revision = rail.revision  # first, so that what changes meanwhile is fetched by the next poll
    incidents = with_signs(Incident.objects.active().by_urgency().annotate(to_confirm=_to_confirm(request.user)))
    promises = list(Promise.objects.unanswered().select_related("incident__agent").order_by("due_at", "pk"))
    asked = Submission.objects.waiting().with_subject().annotate(is_mine=permissions.authored(request.user))
    waiting = list(asked.order_by("asked_at", "pk"))
    actions = list(
        ContainmentAction.objects.filter(state=ContainmentAction.State.DONE)
        .exclude(incident__state=Incident.State.DISMISSED)
        .select_related("incident__agent", "decider")
        .order_by("review_at")
    )
    owed = list(Commitment.objects.unsettled().with_people().order_by("due_at", "pk"))
    due = [commitment for commitment in owed if commitment.due_at < at + HORIZON]
    last_over = None if incidents else _last_over()
    context = {
        "revision": revision,
        "incidents": incidents,
        "drafts": sum(incident.state == Incident.State.DRAFT for incident in incidents),
        "clocks": _clocks(incidents, promises, waiting, owed, actions, at),
        "tasks": _tasks(request.user, incidents, promises, waiting, actions, at),
        "due": due[:COMMITMENTS_SHOWN],
        "due_more": max(0, len(due) - COMMITMENTS_SHOWN),
        "missed": sum(commitment.state == Commitment.State.MISSED for commitment in due),
        "declares": permissions.can_declare(request.user),
        "last_over": last_over,
        "has_agents": bool(incidents or last_over) or Agent.objects.exists(),
    }
    return page(request, "dashboard", context)


def with_signs(incidents: IncidentQuerySet) -> list[Incident]:
    """With people, containment in force, unanswered promise and whether the public was told, for the tables of incidents.

    Sets `stopped` (words), `promised_at`, `is_published`, what the public reads (`reads`, `reads_at`, `reads_by`), `newer`
    (how many facts changed since), `seats` and `signs` on each, in the queries of `with_people`.
    """
    of_it = Q(incident=OuterRef("pk"))
    in_force = ContainmentAction.objects.filter(of_it, state=ContainmentAction.State.DONE).order_by("planned_at", "pk")
    unanswered = Promise.objects.unanswered().filter(of_it).order_by("due_at")
    last = RecordEntry.objects.publications().filter(of_it).order_by("-number")
    changed = Fact.objects.filter(of_it, changed_at__gt=OuterRef("reads_at")).order_by().values("incident")
    found = list(
        incidents.with_people().annotate(
            reads=Subquery(last.values("approval__headline")[:1]),
            reads_at=Subquery(last.values("at")[:1]),
            reads_by=Subquery(last.values("approval__written_by__name")[:1]),
            newer=Subquery(changed.annotate(number=Count("pk")).values("number")),
            stopped=Subquery(in_force.values("text")[:1]),
            promised_at=Subquery(unanswered.values("due_at")[:1]),
            is_published=Exists(RecordEntry.objects.publications().filter(of_it)),
        )
    )
    for incident in found:
        incident.signs = _signs(incident)
        incident.seats = [(role, incident.holder(role)) for role in RoleHeld.Role]
    return found


def _signs(incident: Any) -> list[str]:
    """What is notable about one incident, as short sentences below its title."""
    if incident.state == Incident.State.DRAFT:
        return ["To be opened by its commander"]
    said = []
    if incident.is_public and not incident.is_published:
        said.append("No public message yet")
    if not incident.communications_lead:
        said.append("No communications lead")
    if not incident.technical_lead:
        said.append("No technical lead")
    return said


# The strip


def _clocks(
    incidents: list[Incident],
    promises: list[Promise],
    waiting: list[Submission],
    owed: list[Commitment],
    actions: list[ContainmentAction],
    at: datetime,
) -> list[Clock]:
    urgent = next((incident for incident in incidents if incident.is_ongoing), None)
    commitment = next((one for one in owed if one.state == Commitment.State.OPEN), None)
    promise, asked, look = (next(iter(ones), None) for ones in (promises, waiting, actions))
    return strip(
        [
            urgent and Clock("Most urgent, open for", urgent.detected_at, str(urgent.agent), _room(urgent), True),
            promise
            and Clock("Next public promise", promise.due_at, str(promise.incident.agent), _room(promise.incident)),
            asked
            and Clock(
                "Oldest waiting approval",
                asked.asked_at,
                subject_of(asked),
                reverse("desk:submission", args=[asked.pk]),
                True,
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
            and Clock("Next look at containment", look.review_at, str(look.incident.agent), _containment(look)),
        ],
        at,
    )


def subject_of(submission: Submission) -> str:
    """What waits, and of which agent."""
    if submission.statement:
        return f"{submission.statement.incident.agent}, {submission.statement.get_kind_display().lower()}"
    if submission.change:
        return f"{submission.change.commitment}, {submission.change.get_kind_display().lower()}"
    return "Public names"


def _room(incident: Incident) -> str:
    return reverse("desk:incident", args=[incident.pk])


def _containment(action: ContainmentAction) -> str:
    return f"{_room(action.incident)}#containment"


# Waiting for you


def _tasks(
    user: User,
    incidents: list[Incident],
    promises: list[Promise],
    waiting: list[Submission],
    actions: list[ContainmentAction],
    at: datetime,
) -> list[Task]:
    """What this reader, and nobody without their roles, can move on. Most pressing kinds first."""
    return [
        *_offers(user),
        *_approvals(user, promises, waiting, at),
        *_reviews(user, at),
        *_drafts(user, incidents, at),
        *_looks(user, actions, at),
        *_facts(user, incidents),
        *_evidence(user),
    ]


def _offers(user: User) -> list[Task]:
    offers = Handover.objects.filter(offered_to=user, accepted_at=None, declined_at=None)
    return [
        Task(
            f"Take command: {offer.incident.title}",
            f"{offer.offered_by} offers it to you",
            f"{_room(offer.incident)}#handover",
            "Answer",
        )
        for offer in offers.select_related("incident", "offered_by")
    ]


def _approvals(user: User, promises: list[Promise], waiting: list[Any], at: datetime) -> list[Task]:
    if not user.has_role(*permissions.APPROVERS):
        return []
    promised = {promise.incident_id: promise.due_at for promise in promises}
    tasks = []
    for asked in (one for one in waiting if not one.is_mine):
        about = asked.statement.incident_id if asked.statement else None
        due_at = promised.get(about)
        breaks = f". The promise {distance(due_at, at, 'breaks in')}" if due_at else ""
        why = f"{asked.submitted_by} asked {span(at - asked.asked_at)} ago{breaks}"
        tasks.append(Task(f"Approve: {subject_of(asked)}", why, reverse("desk:submission", args=[asked.pk]), "Read it"))
    return tasks


def _reviews(user: User, at: datetime) -> list[Task]:
    if not user.has_role(*permissions.APPROVERS):
        return []
    owed = EmergencyReview.objects.filter(reviewed_at=None).exclude(
        Q(approval__approved_by=user) | Q(approval__written_by=user)
    )
    return [
        Task(
            f"Review what was published in an emergency: {review.approval.headline}",
            f"Published by {review.approval.approved_by}, "
            + (f"due in {span(review.due_at - at)}" if review.due_at > at else f"due {span(at - review.due_at)} ago"),
            reverse("desk:review", args=[review.approval_id]),
            "Review",
        )
        for review in owed.select_related("approval__approved_by")
    ]


def _drafts(user: User, incidents: list[Incident], at: datetime) -> list[Task]:
    return [
        Task(
            f"Open or dismiss: {incident.title}",
            f"Declared {span(at - incident.declared_at)} ago, and yours to command",
            _room(incident),
            "Decide",
        )
        for incident in incidents
        if incident.state == Incident.State.DRAFT and incident.commander == user
    ]


def _looks(user: User, actions: list[ContainmentAction], at: datetime) -> list[Task]:
    """Containment past its time to look again is put to whoever decided it (R86)."""
    return [
        Task(
            f"Look again at: {action.text}",
            f"{action.incident.title}. Due {span(at - action.review_at)} ago",
            _containment(action),
            "Look",
        )
        for action in actions
        if action.decider == user and action.review_at and action.review_at <= at
    ]


def _to_confirm(user: User) -> Count:
    """How many facts of an incident wait for somebody like this reader, who did not report them."""
    reported = Q(facts__confidence=Fact.Confidence.REPORTED)
    return Count("facts", filter=reported & ~Q(facts__reported_by=user))


def _facts(user: User, incidents: list[Any]) -> list[Task]:
    """One line for each incident, not for each fact."""
    if not user.has_role(*permissions.FACT_FINDERS):
        return []
    return [
        Task(
            f"Confirm or retract {_number(incident.to_confirm, 'fact')}: {incident.title}",
            "Reported by somebody else, and not yet checked against a source",
            f"{_room(incident)}#facts",
            "Decide",
        )
        for incident in incidents
        if incident.to_confirm
    ]


def _evidence(user: User) -> list[Task]:
    if not user.has_role(*permissions.VERIFIERS):
        return []
    reports = Evidence.objects.filter(outcome=Evidence.Outcome.WAITING).exclude(Q(owner=user) | Q(submitted_by=user))
    return [
        Task(
            f"Verify {report.commitment}: {report.commitment.text}",
            f"{report.submitted_by} reported it done",
            reverse("desk:commitment", args=[report.commitment_id]),
            "Verify",
        )
        for report in reports.select_related("commitment", "submitted_by").order_by("submitted_at")
    ]


def _number(count: int, noun: str) -> str:
    return f"one {noun}" if count == 1 else f"{count} {noun}s"


# The rest


def _last_over() -> Incident | None:
    return Incident.objects.filter(state=Incident.State.RECOVERED).order_by("-recovered_at").first()
