"""The rows of the stakeholder map: each group with its decision, what it asks, and how it was told. Few queries for all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, OuterRef, Prefetch, QuerySet, Subquery, Value
from django.db.models.functions import Left, StrIndex, Substr

from accounts.models import User
from incidents import coverage
from incidents.coverage import Covered, Standing, Told
from incidents.models import Approval, Incident, Inquiry, PlanQuestion, RoleHeld, StakeholderPlan, Statement, Telling
from incidents.operations import decision, duty
from stakeholders import addresses
from stakeholders.models import Decision, Outgoing, StakeholderGroup


@dataclass(frozen=True)
class Sent:
    """What became of the mails of one direct message: how many are in which state, and when a server took the first."""

    states: dict[str, int]
    first_at: datetime | None = None

    @property
    def accepted(self) -> int:
        return self.states.get(Outgoing.State.SENT, 0)

    @property
    def said(self) -> str:
        """As the row of its group says it: to how many of how many, and what of the others."""
        rest = [f"{self.states[state]} {words}" for state, words in LEFT.items() if self.states.get(state)]
        whole = f"message sent to {self.accepted} of {addresses.counted(sum(self.states.values()))}"
        return ", ".join([whole, *rest])


LEFT = {  # of mails that no server has taken
    Outgoing.State.QUEUED: "waiting",
    Outgoing.State.FAILED: "given up",
    Outgoing.State.UNSURE: "unsure",
    Outgoing.State.SUPERSEDED: "not sent any more",
}
ORDER = {standing: place for place, standing in enumerate(Standing)}


@dataclass(frozen=True)
class Line:
    """One group as the map shows it. ``number`` is the same in the table and in the picture."""

    number: int
    plan: StakeholderPlan
    covered: Covered
    open_questions: Sequence[PlanQuestion]
    answered: int
    inquiries: int  # that came in and wait for an answer
    answer_due_at: datetime | None = None  # by when the first of them is answered
    told: Sequence[Told] = ()
    not_taken: Sequence[Told] = ()  # messages of which no server took a mail yet: they reached nobody

    @property
    def group(self) -> StakeholderGroup:
        return self.plan.group

    @property
    def message(self) -> Told | None:
        """The last direct message to them, whatever became of its mails."""
        sent = [one for one in (*self.told, *self.not_taken) if one.how == "message"]
        return max(sent, key=lambda one: one.at, default=None)

    @property
    def was_spoken_to(self) -> bool:
        """Whether there is anything to show that was said to them."""
        return bool(self.told or self.not_taken)

    @property
    def standing(self) -> Standing:
        return self.covered.standing

    @property
    def decided(self) -> str:
        """The decision in words."""
        return decision.said(self.plan)

    @property
    def proposed(self) -> str:
        """What is proposed while nothing is decided."""
        return "" if self.plan.decision else decision.proposed(self.plan)

    @property
    def by_itself(self) -> bool:
        """Undecided, and left out by the one action that confirms what is proposed."""
        return not self.plan.decision and not decision.may_confirm(self.plan)

    @property
    def is_late(self) -> bool:
        return self.standing in (Standing.FORGOTTEN, Standing.UNANSWERED)

    @property
    def ring(self) -> str:
        """How the picture draws it: by shape, so that colour never carries the meaning alone."""
        if self.standing.needs_somebody and self.standing != Standing.TO_TELL:
            return "alert"
        return "told" if self.standing == Standing.COVERED else ""


def lines(incident: Incident, now: datetime) -> list[Line]:
    """All groups of an incident, numbered in their own order, those that need somebody first."""
    duty.with_clocks([incident])  # what may be confirmed depends on the reports that are due
    return lines_of([incident], now)[incident.pk]


def lines_of(incidents: Iterable[Incident], now: datetime) -> dict[int, list[Line]]:
    """The same of each of several incidents, by its id: six queries, however many incidents and groups there are."""
    known = {incident.pk: incident for incident in incidents}
    plans: dict[int, list[StakeholderPlan]] = {pk: [] for pk in known}
    for plan in _plans(incident__in=list(known)):
        plan.incident = known[plan.incident_id]
        plans[plan.incident_id].append(plan)
    said = _said(known)
    sent = _sent([one.pk for of_one in said.values() for one in of_one if one.kind == Statement.Kind.DIRECT])
    return {pk: _lines(found, said[pk], sent, now) for pk, found in plans.items()}


def line(plan: int, now: datetime) -> Line:
    """One group by itself, with the people of its incident. Raises ``StakeholderPlan.DoesNotExist``."""
    held = RoleHeld.objects.filter(until=None).select_related("user")
    people = Prefetch("incident__roles_held", held, to_attr="present_roles")
    found = _plans(pk=plan).select_related("incident__agent").prefetch_related(people).get()
    said = _said([found.incident_id])[found.incident_id]
    sent = _sent([one.pk for one in said if one.kind == Statement.Kind.DIRECT])
    return _lines([found], said, sent, now)[0]


def _lines(
    plans: Iterable[StakeholderPlan], said: Sequence[Approval], sent: dict[int, Sent], now: datetime
) -> list[Line]:
    post_mortem_at = next((one.approved_at for one in said if one.kind == Statement.Kind.POST_MORTEM), None)
    made = [_line(number, plan, _heard(plan, said, sent), post_mortem_at, now) for number, plan in enumerate(plans, 1)]
    return sorted(made, key=lambda line: (ORDER[line.standing], line.number))


def _plans(**which: Any) -> QuerySet[Any]:
    """With ``waiting_inquiries`` and ``answer_due_at`` of the questions that came in and nobody has answered.

    And with ``draft_pk``, the message to the group that is being written, if any.
    """
    to_group = Statement.objects.unpublished().filter(incident=OuterRef("incident"), group=OuterRef("group"))
    waiting = Inquiry.objects.open().filter(plan=OuterRef("pk")).order_by().values("plan")
    return (
        StakeholderPlan.objects.filter(**which)
        .for_map()
        .prefetch_related(Prefetch("tellings", Telling.objects.select_related("told_by", "entered_by")))
        .annotate(
            waiting_inquiries=Subquery(waiting.annotate(number=Count("pk")).values("number")),
            answer_due_at=Subquery(waiting.annotate(first=Min("due_at")).values("first")),
            draft_pk=Subquery(to_group.values("pk")[:1]),
        )
    )


def _line(
    number: int, plan: StakeholderPlan, heard: Sequence[Told], post_mortem_at: datetime | None, now: datetime
) -> Line:
    asked = list(plan.questions.all())
    applies = plan.decision != Decision.NOT_APPLICABLE  # whoever it does not concern has no question to wait with
    still_open = [one for one in asked if applies and not one.answered_at]
    answered = sum(one.answered_at is not None for one in asked)
    answer_due_at = getattr(plan, "answer_due_at", None)
    newest = sorted(heard, key=lambda one: one.at, reverse=True)
    told = [one for one in newest if one.how != "message" or one.accepted_at]
    covered = coverage.of(
        plan,
        plan.incident,
        now=now,
        told=told,
        post_mortem_at=post_mortem_at,
        oldest_inquiry_due_at=answer_due_at,
    )
    waiting = getattr(plan, "waiting_inquiries", None) or 0
    not_taken = [one for one in newest if one not in told]
    return Line(number, plan, covered, still_open, answered, waiting, answer_due_at, told, not_taken)


def _heard(plan: StakeholderPlan, said: Sequence[Approval], sent: dict[int, Sent]) -> list[Told]:
    """What was said to this group, also by mails that nobody has taken yet."""
    by_hand = [_by_hand(one) for one in plan.tellings.all()]
    return by_hand + [one for approval in said if (one := _by(approval, plan, sent))]


def _by_hand(telling: Telling) -> Told:
    words = f"{telling.told_by}, {telling.get_channel_display().lower()}"
    return Told(telling.told_at, "hand", words, "desk:plan", telling.plan_id)


def _said(incidents: Iterable[int]) -> dict[int, list[Approval]]:
    """What was said in each incident, oldest first."""
    approvals = Approval.objects.filter(incident__in=list(incidents), submission__statement__isnull=False)
    found: dict[int, list[Approval]] = defaultdict(list)
    for approval in approvals.select_related("submission__statement").only(
        "incident", "kind", "approved_at", "submission__statement__group", "submission__statement__kind"
    ):
        if approval.incident_id is not None:
            found[approval.incident_id].append(approval)
    return found


def _by(approval: Approval, plan: StakeholderPlan, sent: dict[int, Sent]) -> Told | None:
    """A direct message to this group, or a publication where that is how they hear."""
    if approval.kind != Statement.Kind.DIRECT:
        words = Statement.Kind(approval.kind).label.lower()
        page = Told(approval.approved_at, "page", f"{words} on the page", "desk:submission", approval.submission_id)
        return page if plan.group.told_by_page else None
    statement = approval.submission.statement
    if statement is None or statement.group_id != plan.group_id:
        return None
    mails = sent.get(approval.pk, Sent({}))
    return Told(approval.approved_at, "message", mails.said, "desk:submission", approval.submission_id, mails.first_at)


def _sent(messages: Sequence[int]) -> dict[int, Sent]:
    if not messages:
        return {}
    prefix = "direct:"
    rest = Substr("key", len(prefix) + 1)  # the id of the approval, a colon, that of the contact
    mails = Outgoing.objects.filter(kind="direct", key__startswith=prefix).order_by()
    counted = (
        mails.annotate(message=Left(rest, StrIndex(rest, Value(":")) - 1))
        .filter(message__in=[str(pk) for pk in messages])
        .values("message", "state")
        .annotate(number=Count("pk"), first_at=Min("sent_at"))
    )
    found: dict[int, Sent] = {}
    for row in counted:
        known = found.get(int(row["message"]), Sent({}))
        states = known.states | {row["state"]: row["number"]}
        found[int(row["message"])] = Sent(states, known.first_at or row["first_at"])
    return found


def may_be_confirmed(found: Iterable[Line]) -> list[Line]:
    """What the one action would take, in the order of the groups."""
    return sorted((line for line in found if decision.may_confirm(line.plan)), key=lambda line: line.number)


def first_for(found: Iterable[Line], user: User) -> Line | None:
    """The group that needs a decision of its own first; one that waits for a second person only where this reader is one."""
    waiting = (line for line in found if line.standing in coverage.OPEN_DECISION)
    return next(
        (line for line in waiting if line.standing != Standing.ALONE or line.plan.decided_by_id != user.pk), None
    )


def is_decided(found: Iterable[Line]) -> bool:
    """Whether the first public message may go out, as far as the groups are concerned (R21)."""
    return not any(line.standing in coverage.OPEN_DECISION for line in found)
