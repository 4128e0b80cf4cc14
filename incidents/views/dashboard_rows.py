"""The rows that the dashboard shows, the same for whoever looks: few queries, whatever their number.

What differs between readers is made from these rows without asking again (`incidents.views.todo`). When something has
happened, every open desk asks for the news within the same five seconds: they share the rows of one look (`Shared`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db.models import Count, F, FilteredRelation, OuterRef, Q, Subquery, Value

import clock
from agents.models import Agent
from incidents import breaking, clock_signs, map_signs, overtaken, permissions
from incidents.models import (
    Approval,
    Commitment,
    ContainmentAction,
    EmergencyReview,
    Evidence,
    Fact,
    Handover,
    Incident,
    Inquiry,
    Promise,
    RecordEntry,
    Redaction,
    ReportingClock,
    RoleHeld,
    StakeholderPlan,
    Submission,
)
from incidents.models.incident import IncidentQuerySet
from incidents.permissions_queue import has_reviewer, writing_under_review
from incidents.views.signs import with_signs
from stakeholders.models import Decision

# Of an incident or an approval, for each person a number.
ByPerson = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True)
class Rows:
    """All that goes on, most urgent first. `promising` is the incident whose promise runs out first, `offered` are those
    whose command is offered to somebody, `reporting` those with legal clocks that run or are to be assessed.

    `reported` counts the facts that nobody has confirmed yet, `wrote` the versions of what the public has not read yet, and
    `under_review` those behind what was published in an emergency, by approval. `redacting` are the proposals to take words
    down, each with who made it, and `left_out` counts by incident the groups that one person decided not to tell. `asked` counts
    by incident the questions that came in and wait, for whoever answers that group, and `assessing` the legal clocks of which
    somebody was named to say whether they apply. `wrong` is what owes a correction, in public and to a group. `overtaken` says of
    what waits, by its key, why its author has to look at it again.
    """

    incidents: list[Any]
    reading: Any | None
    promising: Any | None
    offered: list[Any]
    reporting: list[Any]
    waiting: list[Any]
    overtaken: Mapping[int, str]
    reported: ByPerson
    wrote: ByPerson
    under_review: ByPerson
    redacting: ByPerson
    left_out: ByPerson
    asked: ByPerson
    assessing: ByPerson
    actions: list[ContainmentAction]
    owed: list[Commitment]
    reviews: list[Any]
    evidence: list[Evidence]
    wrong: list[Any]
    last_over: Incident | None
    has_agents: bool


def rows() -> Rows:
    """Nine queries at most. Of what is read with something else, only the columns that are shown."""
    known = with_signs(_known().by_urgency())
    incidents = [one for one in known if one.state in Incident.ACTIVE]
    last_over = None if incidents else _last_over()
    by_person, waiting = _by_person(), list(_waiting())
    said = list(_said(incidents[0].last if incidents else None, overtaken.incidents_of(waiting)))
    return Rows(
        incidents=incidents,
        reading=_reading(incidents, said),
        promising=min(
            (one for one in known if one.promised_at), key=lambda one: (one.promised_at, one.pk), default=None
        ),
        offered=[one for one in known if getattr(one, "open_offer", None)],
        reporting=[one for one in known if one.duty_pk or one.at_once_pk or one.clocks_to_assess],
        waiting=waiting,
        overtaken=overtaken.reasons(waiting, [one.entry for one in reversed(said) if one.number]),
        reported=by_person["reported"],
        wrote=by_person["wrote"],
        under_review=by_person["under review"],
        redacting=by_person["redacting"],
        left_out=by_person["left out"],
        asked=by_person["asked"],
        assessing=by_person["assessing"],
        actions=list(_actions()),
        owed=list(_owed()),
        reviews=list(_reviews()),
        evidence=list(_evidence()),
        wrong=[one for one in said if one.owes_correction],
        last_over=last_over,
        has_agents=bool(incidents or last_over) or Agent.objects.exists(),
    )


def _known() -> IncidentQuerySet:
    """Those that somebody works on, and those over that still owe an update or a report, or offer command. With `open_offer`."""
    owing = Promise.objects.unanswered().values("incident")
    reporting = clock_signs.with_duties().values("pk")
    offered = Handover.objects.filter(accepted_at=None, declined_at=None).values("incident")
    open_offer = FilteredRelation("handovers", condition=Q(handovers__accepted_at=None, handovers__declined_at=None))
    signs = map_signs.of_incidents(clock.now()) | clock_signs.of_incidents()
    known = Incident.objects.annotate(**signs).filter(
        Q(state__in=Incident.ACTIVE) | Q(pk__in=owing) | Q(pk__in=offered) | Q(pk__in=reporting)
    )
    return known.annotate(open_offer=open_offer).select_related("open_offer__offered_by")


def _said(reading: int | None, incidents: Iterable[int]) -> Iterable[Any]:
    """Of what everybody or one group was told, in one question: what owes a correction, since a fact behind it was wrong or its
    reviewer objected; the entry ``reading``; and all that the public was told of ``incidents``.

    With `number` of the entry, or `group`, `title` of the incident, and `newer`: how many of its facts changed since.
    """
    changed = Fact.objects.filter(incident=OuterRef("incident"), changed_at__gt=OuterRef("entry__at"))
    counted = changed.order_by().values("incident").annotate(number=Count("pk")).values("number")
    said = Approval.objects.with_debts().annotate(
        number=F("entry__number"),
        group=F("submission__statement__group__name"),
        title=F("incident__title"),
        newer=Subquery(counted),
    )
    told = Q(entry__kind=RecordEntry.Kind.PUBLICATION)
    wanted = Q(owes_correction=True) | (told & (Q(entry=reading or 0) | Q(incident__in=incidents)))
    ordered = said.filter(wanted).order_by(F("entry__number").asc(nulls_last=True), "approved_at", "pk")
    return ordered.select_related("entry", "written_by").defer("body", "body_html", "commitments")


def _reading(incidents: list[Any], said: list[Any]) -> Any | None:
    """What the public reads of the most urgent incident."""
    return next((one for one in said if incidents and one.number and one.number == incidents[0].last), None)


def _waiting() -> Iterable[Submission]:
    """What waits for approval, in the order of the queue. With what breaks meanwhile, what it puts right, and if it is stale."""
    waiting = breaking.nearest_first(Submission.objects.waiting().for_lists().with_schedule())
    waiting = waiting.annotate(corrects=F("content__corrects"), corrects_messages=F("content__corrects_messages"))
    return overtaken.with_signs(waiting)


def _by_person() -> Mapping[str, ByPerson]:
    """How many facts wait that a person reported, and how much they wrote of words that wait, or of those to be reviewed."""
    reported = Fact.objects.filter(confidence=Fact.Confidence.REPORTED, incident__state__in=Incident.ACTIVE)
    waiting = Submission.objects.waiting().values("statement__incident")
    wrote = permissions.writing_not_published().filter(statement__incident__in=waiting)
    asked = _counted(reported, "reported", "incident", "reported_by").union(
        _counted(wrote, "wrote", "statement__incident", "saved_by"),
        _counted(Redaction.objects.waiting(), "redacting", "pk", "proposed_by"),
        _counted(_left_out(), "left out", "incident", "decided_by"),
        _counted(_asked(), "asked", "plan__incident", "plan__owner"),
        _counted(_assessing(), "assessing", "incident", "assessor"),
        _counted(writing_under_review(), "under review", "statement__submissions__approval", "saved_by"),
        all=True,
    )
    found: dict[str, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for kind, about, person, number in asked:
        found[kind][about][person] = number
    return found


def _left_out() -> Any:
    """Groups that one person decided not to tell, and that wait for a second one."""
    alone = StakeholderPlan.objects.filter(decision=Decision.NOT_TOLD, agreed_by=None)
    return alone.filter(incident__state__in=Incident.ACTIVE)


def _asked() -> Any:
    """Questions that came in, of groups for whom somebody was named who answers them."""
    return Inquiry.objects.open().filter(plan__owner__isnull=False, plan__incident__state__in=Incident.ACTIVE)


def _assessing() -> Any:
    return ReportingClock.objects.filter(state=ReportingClock.State.TO_ASSESS, assessor__isnull=False)


def _counted(of: Any, kind: str, about: str, person: str) -> Any:
    grouped = of.order_by().annotate(kind=Value(kind), about=F(about), by=F(person))
    return grouped.values_list("kind", "about", "by").annotate(number=Count("pk"))


def _actions() -> Iterable[ContainmentAction]:
    """What is in force, by when to look at it again."""
    in_force = ContainmentAction.objects.filter(state=ContainmentAction.State.DONE)
    standing = in_force.exclude(incident__state=Incident.State.DISMISSED).order_by("review_at")
    return standing.select_related("incident__agent").only(
        "text", "review_at", "decider", "incident__title", "incident__agent__public_name"
    )


def _owed() -> Iterable[Commitment]:
    owed = Commitment.objects.unsettled().select_related("owner").order_by("due_at", "pk")
    return owed.only("number", "text", "state", "due_at", "owner__name")


def _reviews() -> Iterable[Any]:
    """With `commander` and `deputy`, by their keys, who find somebody where nobody does it, and `has_reviewer`."""
    here = RoleHeld.objects.filter(incident=OuterRef("approval__incident"), role=RoleHeld.Role.COMMANDER, until=None)
    owed = EmergencyReview.objects.filter(reviewed_at=None).select_related("approval__approved_by")
    owed = owed.annotate(
        has_reviewer=has_reviewer(),
        commander=Subquery(here.values("user")[:1]),
        deputy=F("approval__incident__agent__deputy"),
    )
    return owed.only("due_at", "approval__headline", "approval__written_by", "approval__approved_by__name")


def _evidence() -> Iterable[Evidence]:
    reports = Evidence.objects.filter(outcome=Evidence.Outcome.WAITING).order_by("submitted_at")
    return reports.select_related("commitment", "submitted_by")


def _last_over() -> Incident | None:
    return Incident.objects.filter(state=Incident.State.RECOVERED).order_by("-recovered_at").first()


class Shared:
    """The rows as of the newest entry of the log, kept by this process for the polls that come for the same news.

    What the rows say does not change without the log, and a poll hears of nothing else anyway (`answers.unchanged`). The
    mark is read before the rows, so they are never older than it says. One look is kept, and nothing of any reader.
    """

    def __init__(self, look: Callable[[], Rows] = rows) -> None:
        self._look, self._one_at_a_time = look, Lock()
        self._kept: tuple[object, Rows] | None = None

    def as_of(self, mark: tuple[int, str]) -> Rows:
        with self._one_at_a_time:  # who comes meanwhile waits for that look instead of taking another one
            if self._kept is None or self._kept[0] != mark:
                self._kept = mark, self._look()
            return self._kept[1]

    def forget(self) -> None:
        self._kept = None


shared = Shared()
