"""The rows that the incident room shows, in few queries whatever their number.

What there is at most one of (the holder of a seat, an open offer, the next promise) comes with the incident; what was
published and what waits for approval comes with the statements.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.http import Http404

import clock
from accounts.models import User
from incidents import clock_signs, map_signs, permissions
from incidents.first_hour import FirstHour, Known, first_hour
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    EmergencyReview,
    Fact,
    Handover,
    Incident,
    Promise,
    RecordEntry,
    RoleHeld,
    ScheduledPublication,
    Statement,
    Submission,
)
from incidents.operations import triage
from incidents.operations.correction import correction_owed, named_in, objected_to, outstanding, outstanding_messages

SEATS = {f"seat_{role.value}": role for role in RoleHeld.Role}
DUPLICATES_OFFERED = 50
# There may be hundreds of facts: only what a row of the board and the first hour read of each.
FACT_PEOPLE = ("reported_by", "confirmed_by", "retracted_by")
FACT_SHOWN = (
    "incident", "question", "text", "is_cause", "source_kind", "source", "observed_at", "confidence", "reported_at",
    "confirmed_solo", "retraction_reason", "changed_at", "measure", "value", "retracted_at", "wrong_at",
)  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """One incident and what hangs on it. `last` is what the public reads now, `waiting` has waited longest for approval.

    `reviewers` could do the review that is owed, `wrong` are the numbers of the entries that owe a correction, `objected` those
    of them that rest on no retracted fact,
    `unsaid` the direct messages that owe one to their group.
    """

    incident: Incident
    offer: Handover | None
    promised_at: datetime | None
    due: Commitment | None
    facts: list[Fact]
    actions: list[ContainmentAction]
    statements: list[Statement]
    last: RecordEntry | None
    waiting: Submission | None
    review: EmergencyReview | None
    reviewers: list[User]
    wrong: list[int]
    objected: list[int]
    unsaid: list[Approval]
    hour: FirstHour


def rows(pk: int, user: User) -> Rows:
    """Everything about incident `pk`, in seven queries. Raises Http404 when there is none."""
    incident = _incident(pk)
    facts = _facts(incident)
    actions = list(incident.containment_actions.select_related("decider"))
    statements = _statements(incident, user)
    approvals = _approvals(statements)
    sent = _sent(statements)
    false, unsaid = _weigh(facts, approvals, sent)
    objected = [number for number in objected_to(approvals) if number not in false]
    review = next((review for approval in approvals if (review := _pending_review(approval))), None)
    first = approvals[0] if approvals else None
    stamps = triage.stamps(incident, facts, actions)
    known = Known(incident, facts, actions, first, stamps, map_signs.settled(incident), clock_signs.settled(incident))
    return Rows(
        incident=incident,
        offer=getattr(incident, "open_offer", None),
        promised_at=incident.promised_at,
        due=_due(incident),
        facts=facts,
        actions=actions,
        statements=statements,
        last=approvals[-1].entry if approvals else None,
        waiting=_waiting(incident, statements),
        review=review,
        reviewers=list(permissions.reviewers_of(review.approval)) if review else [],
        wrong=sorted([*false, *objected]),
        objected=objected,
        unsaid=unsaid,
        hour=first_hour(incident.triage.select_related("done_by", "left_out_by"), known, clock.now()),
    )


def _incident(pk: int) -> Any:
    """As fetched `with_people`, and with what there is at most one of. Each seat has one holder, by constraint."""
    seats = {
        name: FilteredRelation("roles_held", condition=Q(roles_held__role=role, roles_held__until=None))
        for name, role in SEATS.items()
    }
    offer = FilteredRelation("handovers", condition=Q(handovers__accepted_at=None, handovers__declined_at=None))
    promises = Promise.objects.unanswered().filter(incident=OuterRef("pk")).order_by("due_at", "pk")
    owed = Commitment.objects.filter(incident=OuterRef("pk"), state=Commitment.State.OPEN).order_by("due_at", "pk")
    asked = Submission.objects.waiting().filter(change__commitment__incident=OuterRef("pk")).order_by("asked_at", "pk")
    people = ("declared_by", "open_offer__offered_by", "open_offer__offered_to", *(f"{seat}__user" for seat in SEATS))
    incident = (
        Incident.objects.annotate(
            **seats,
            open_offer=offer,
            promised_at=Subquery(promises.values("due_at")[:1]),
            **{f"owed_{name}": Subquery(owed.values(name)[:1]) for name in ("pk", "number", "due_at")},
            **{f"asked_{name}": Subquery(asked.values(of)[:1]) for name, of in _ASKED.items()},
            **map_signs.of_incidents(clock.now()),
            **clock_signs.of_incidents(),
            **clock_signs.of_first_hour(),
        )
        .select_related("agent__component", *people)
        .filter(pk=pk)
        .first()
    )
    if incident is None:
        raise Http404(f"There is no incident {pk}.")
    holders = (getattr(incident, seat, None) for seat in SEATS)
    incident.present_roles = [held for held in holders if held]
    return incident


_ASKED = {"pk": "pk", "at": "asked_at", "kind": "change__kind"}


def _facts(incident: Incident) -> list[Fact]:
    """With `published_in`, the numbers of the entries that rest on each, and `sent_in`, the keys of the direct messages.

    `_weigh` says what is owed of them. A fact comes once for each statement that rests on it; they are put together here.
    """
    approved = FilteredRelation(
        "citations__statement__submissions",
        condition=Q(citations__statement__submissions__outcome=Submission.Outcome.APPROVED),
    )
    cited = incident.facts.in_order().annotate(
        approved=approved,
        entry_number=F("approved__approval__entry__number"),
        approval_key=F("approved__approval__pk"),
    )
    found: dict[int, Any] = {}
    for row in cited.select_related(*FACT_PEOPLE).only(*FACT_SHOWN, *(f"{who}__name" for who in FACT_PEOPLE)):
        fact = found.setdefault(row.pk, row)
        for name in ("published_in", "sent_in"):
            fact.__dict__.setdefault(name, [])
        if row.entry_number:
            fact.published_in.append(row.entry_number)
        elif row.approval_key:
            fact.sent_in.append(row.approval_key)
    for fact in found.values():
        fact.published_in.sort()
        fact.sent_in.sort()
    return list(found.values())


def _weigh(facts: Iterable[Any], approvals: list[Approval], sent: list[Approval]) -> tuple[list[int], list[Approval]]:
    """What owes a correction because a fact was not so: entries, and direct messages.

    Gives each fact its own, `wrong_in` and `unsaid_in`, and the sentence that says so.
    """
    for fact in facts:
        fact.wrong_in = outstanding(fact, fact.published_in, approvals)
        fact.unsaid_in = outstanding_messages(fact, fact.sent_in, sent)
        fact.owed = correction_owed(fact.wrong_in, fact.unsaid_in)
        fact.sent = [one for one in sent if one.pk in fact.sent_in]
    unsaid = {message.pk for fact in facts for message in fact.unsaid_in}
    return sorted({number for fact in facts for number in fact.wrong_in}), [one for one in sent if one.pk in unsaid]


def _statements(incident: Incident, user: User) -> list[Any]:
    """Those not discarded, each with `asked`: its submission that waits or was approved. There is one at most.

    `is_mine`: whether this reader is an author of it, as `permissions.is_author` says.
    """
    wrote = permissions.writing_since_publication(OuterRef("incident")).filter(saved_by=user)
    relevant = (Submission.Outcome.WAITING, Submission.Outcome.APPROVED)
    asked = FilteredRelation("submissions", condition=Q(submissions__outcome__in=relevant))
    waiting = ScheduledPublication.objects.waiting().filter(submission__statement=OuterRef("pk"))
    approval = "asked__approval"
    found = list(
        incident.statements.exclude(state=Statement.State.DISCARDED)
        .annotate(asked=asked, is_mine=Exists(wrote), scheduled_at=Subquery(waiting.values("publish_at")[:1]))
        .select_related(
            "edited_by",
            "group",
            f"{approval}__entry",
            f"{approval}__approved_by",
            f"{approval}__written_by",
            f"{approval}__review__reviewed_by",
        )
    )
    for statement in found:
        statement.incident = incident
        if submission := _asked(statement):
            submission.statement = statement
            submission.scheduled_at = statement.scheduled_at
    return found


def _asked(statement: Statement) -> Submission | None:
    """A statement that was never submitted has no such attribute: the join found nothing."""
    return getattr(statement, "asked", None)


def _approvals(statements: Iterable[Statement]) -> list[Approval]:
    """In the order of publication."""
    asked = [submission for one in statements if one.is_public and (submission := _asked(one))]
    approved = [one.approval for one in asked if one.outcome == Submission.Outcome.APPROVED]
    return sorted(approved, key=lambda approval: approval.entry.number)


def _sent(statements: Iterable[Statement]) -> list[Approval]:
    """The direct messages that are out, oldest first, each with `corrected_by`: the last one that put it right, if any."""
    asked = [submission for one in statements if not one.is_public and (submission := _asked(one))]
    out: list[Any] = [one.approval for one in asked if one.outcome == Submission.Outcome.APPROVED]
    out.sort(key=lambda approval: (approval.approved_at, approval.pk))
    by_key = {approval.pk: approval for approval in out}
    for later in out:
        for key in named_in(later.submission.content):
            by_key[key].corrected_by = later
    return out


def _pending_review(approval: Approval) -> EmergencyReview | None:
    review: EmergencyReview | None = getattr(approval, "review", None)
    return review if review and not review.reviewed_at else None


def _due(incident: Any) -> Commitment | None:
    if incident.owed_pk is None:
        return None
    return Commitment(pk=incident.owed_pk, number=incident.owed_number, due_at=incident.owed_due_at)


def _waiting(incident: Any, statements: Iterable[Statement]) -> Submission | None:
    """What of this incident has waited longest for approval, a statement or a change of a commitment."""
    asked = [submission for statement in statements if (submission := _asked(statement))]
    waiting = [one for one in asked if one.outcome == Submission.Outcome.WAITING]
    if incident.asked_pk is not None:
        change = CommitmentChange(kind=incident.asked_kind)
        waiting.append(Submission(pk=incident.asked_pk, asked_at=incident.asked_at, change=change))
    return min(waiting, key=lambda one: (one.asked_at, one.pk), default=None)


# What the forms offer


def choices(incident: Incident) -> tuple[list[User], list[tuple[int, str]]]:
    """Whom a seat may be given to, and which incidents this one may repeat, newest first. One query for both.

    The people know their name and key, and nothing else.
    """
    people = User.objects.with_role(*permissions.WORKING)
    others = Incident.objects.exclude(pk=incident.pk).exclude(state=Incident.State.DISMISSED)
    newest = others.order_by("-detected_at", "-pk").values("pk")[:DUPLICATES_OFFERED]
    offered = _named(people, "person", "name").union(
        _named(Incident.objects.filter(pk__in=newest), "incident", "title"), all=True
    )
    found = list(offered)
    named = sorted((name, pk) for kind, pk, name in found if kind == "person")
    repeated = sorted(((pk, title) for kind, pk, title in found if kind == "incident"), reverse=True)
    return [User(pk=pk, name=name) for name, pk in named], repeated


def _named(rows: Any, kind: str, field: str) -> Any:
    return rows.order_by().values_list(Value(kind), "pk", field)
