"""What one person did without a second one, in an emergency or because they work alone: read from the log, so for good.

The log says that it was done alone, by whom and when. The reason of an emergency stands on the approval, the reason of
everything else on the declaration that was in effect.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import LogEntry, SoloDeclaration
from incidents.actions import Action
from incidents.mails_approval import subject_of
from incidents.models import Approval, Commitment, EmergencyReview, Fact, PlanNote, Redaction

NOT_ASKED = "No reason was asked for when this was declared."

PUBLISHED = (Action.APPROVED_IN_EMERGENCY, Action.APPROVED_SOLO)
VERIFIED = (Action.COMMITMENT_KEPT, Action.COMMITMENT_REPORT_REFUSED)


@dataclass(frozen=True)
class Act:
    """One row. ``view`` with ``pk`` is the page that shows it, ``where`` what it is about, ``review`` only of an emergency."""

    entry: LogEntry
    about: str
    view: str
    pk: int
    words: str = ""
    where: str = ""
    review: EmergencyReview | None = None
    reason: str = ""


def acts() -> QuerySet[LogEntry]:
    """The entries of the log that say so, the newest first."""
    always = Q(
        action__in=[*PUBLISHED, Action.REDACTED_SOLO, Action.PLAN_SILENCE_AGREED_SOLO, Action.CLOCK_START_AGREED_SOLO]
    )
    sometimes = Q(action=Action.FACT_CONFIRMED, details__solo=True) | Q(action__in=VERIFIED, details__alone=True)
    return LogEntry.objects.filter(always | sometimes).select_related("actor")


def rows(entries: Iterable[LogEntry]) -> list[Act]:
    """Each with what it is about and why it was done alone. At most one query for each kind of thing, and one for the reasons."""
    entries = list(entries)
    declared = list(SoloDeclaration.objects.order_by("effective_at"))
    found: dict[int, Act] = {}
    for actions, gather in _GATHER.items():
        own = [entry for entry in entries if entry.action in actions]
        if own:
            found.update((act.entry.number, act) for act in gather(own, declared))
    return [found[entry.number] for entry in entries if entry.number in found]


def _why(declared: list[SoloDeclaration], at: datetime) -> str:
    """Of the declaration that was in effect then."""
    standing = [one for one in declared if one.effective_at <= at]
    return standing[-1].reason if standing else NOT_ASKED


def _keys(entries: Iterable[LogEntry]) -> list[int]:
    return [int(entry.object_id) for entry in entries]


def _published(entries: list[LogEntry], declared: list[SoloDeclaration]) -> Iterable[Act]:
    about = ("approved_by", "written_by", "review__reviewed_by", "entry")
    asked = ("change__commitment", "masthead", "statement__incident__agent", "statement__group")
    wanted = Approval.objects.select_related(*about, *(f"submission__{one}" for one in asked)).defer(
        "body", "body_html"
    )
    known = wanted.in_bulk(_keys(entries))
    for entry in entries:
        approval = known[int(entry.object_id)]
        urgent = approval.basis == Approval.Basis.EMERGENCY
        yield Act(
            entry,
            subject_of(approval.submission),
            "desk:submission",
            approval.submission_id,
            words=approval.headline,
            where=_where(approval),
            review=getattr(approval, "review", None),
            reason=approval.reason if urgent else _why(declared, entry.at),
        )


def _where(approval: Approval) -> str:
    """Where it can be read: its entry, or who got it by mail."""
    statement, by = approval.submission.statement, ""
    if approval.written_by_id != approval.approved_by_id:
        by = f", written by {approval.written_by}"
    if statement and statement.group:
        return f"Message {approval.pk}, sent to {statement.group}{by}"
    return f"Entry {approval.entry.number}{by}"


def _redacted(entries: list[LogEntry], declared: list[SoloDeclaration]) -> Iterable[Act]:
    known = Redaction.objects.with_subject().in_bulk(_keys(entries))
    for entry in entries:
        redaction = known[int(entry.object_id)]
        yield Act(
            entry,
            f"Words of {redaction.about} taken down",
            "desk:redaction",
            redaction.pk,
            where=f"{redaction.get_reason_display()}, proposed by {redaction.proposed_by}",
            reason=_why(declared, entry.at),
        )


def _confirmed(entries: list[LogEntry], declared: list[SoloDeclaration]) -> Iterable[Act]:
    known = Fact.objects.only("text").in_bulk(_keys(entries))
    for entry in entries:
        pk = int(entry.object_id)
        yield Act(entry, f"Fact {pk} confirmed", "desk:fact", pk, words=known[pk].text, reason=_why(declared, entry.at))


def _verified(entries: list[LogEntry], declared: list[SoloDeclaration]) -> Iterable[Act]:
    known = Commitment.objects.only("text", "number").in_bulk(_keys(entries))
    for entry in entries:
        made = known[int(entry.object_id)]
        done = "verified" if entry.action == Action.COMMITMENT_KEPT else "not accepted as done"
        yield Act(entry, f"{made} {done}", "desk:commitment", made.pk, words=made.text, reason=_why(declared, entry.at))


def _left_out(entries: list[LogEntry], declared: list[SoloDeclaration]) -> Iterable[Act]:
    """With the reason for which the group is not told, as it was agreed to then."""
    notes = PlanNote.objects.filter(log_entry__in=[entry.number for entry in entries])
    known = {note.log_entry_id: note for note in notes.select_related("plan__group")}
    for entry in entries:
        note = known[entry.number]
        about = f"Agreed that {note.plan.group} is not told"
        yield Act(entry, about, "desk:plan", note.plan_id, words=note.words, reason=_why(declared, entry.at))


def _started(entries: list[LogEntry], declared: list[SoloDeclaration]) -> Iterable[Act]:
    for entry in entries:
        pk, why = int(entry.object_id), _why(declared, entry.at)
        yield Act(entry, f"Agreed to a later start of the legal clocks of incident {pk}", "desk:clocks", pk, reason=why)


_GATHER: dict[tuple[str, ...], Callable[[list[LogEntry], list[SoloDeclaration]], Iterable[Act]]] = {
    PUBLISHED: _published,
    (Action.REDACTED_SOLO,): _redacted,
    (Action.FACT_CONFIRMED,): _confirmed,
    VERIFIED: _verified,
    (Action.PLAN_SILENCE_AGREED_SOLO,): _left_out,
    (Action.CLOCK_START_AGREED_SOLO,): _started,
}
