"""Taking published words down (R118): one person proposes it, another looks and does it. The notice of it is for good.

What was published stays provable: each entry hashes salted digests of its texts, and those stay when text and salt go. The
notice is an entry of its own, which names the fields and the kind of reason. Words of a direct message go the same way, and
the public learns nothing of it: their notice stands in the timeline, in the log and on the page of the message.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models, transaction

import clock
from accounts import log
from accounts.models import Organisation, User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents import mails_redaction
from incidents.actions import Action
from incidents.models import (
    Approval,
    Commitment,
    Incident,
    MastheadChange,
    RecordEntry,
    Redaction,
    Statement,
    StatementTemplate,
    Submission,
)
from incidents.operations import clearing, elsewhere, erasure, names, places, record, timeline
from incidents.operations.taken import Taken, Words
from incidents.permissions_redaction import (
    can_confirm_redaction,
    can_confirm_redaction_alone,
    can_propose_redaction,
    can_withdraw_redaction,
    confirm_redaction_alone_refusal,
    confirm_redaction_refusal,
    propose_redaction_refusal,
    withdraw_redaction_refusal,
)
from incidents.wording import tidy
from refusals import Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing
from stakeholders.bell import kick
from stakeholders.models import StakeholderGroup

Basis, State = Redaction.Basis, Redaction.State


class Place(NamedTuple):
    """The page on which it is proposed: of an entry, or of a message."""

    view: str
    pk: int

    def says(self, sentence: str, anchor: str = "") -> Missing:
        return Missing(sentence, self.view, (self.pk,), anchor)


@transaction.atomic
def propose(
    entry: RecordEntry,
    chosen: dict[int, list[str]],
    *,
    by: User,
    reason: str,
    note: str,
    also: Collection[str] = (),
) -> Redaction:
    """Ask a second person to take texts of ``entry`` down, and of further entries that say the same: fields by number.

    Nothing changes yet. ``also`` names other incidents, templates and groups in whose texts the same words go
    (`elsewhere.Inside.name`); one that says none of them is left out. ``note`` says why to the people here and must not quote
    the words, since it stays.
    """
    incident = _subject(entry.incident_id)
    _require_may_propose(by)
    entries = _entries(entry, chosen)
    _require_none_waits(chosen)
    proposed = Redaction(
        incident=incident,
        chosen=[{"entry": number, "fields": sorted(chosen[number])} for number in sorted(chosen) if chosen[number]],
    )
    said = [_taken(one.approval, chosen[one.number]) for one in entries if one.approval]
    place = Place("desk:take_down", entry.number)
    return _propose(proposed, said, place, by=by, reason=reason, note=note, also=also)


@transaction.atomic
def propose_of_message(
    message: Approval, fields: list[str], *, by: User, reason: str, note: str, also: Collection[str] = ()
) -> Redaction:
    """The same of a direct message, which has no entry: some ``fields`` of what was approved and mailed to its group."""
    incident = _subject(message.incident_id)
    _require_may_propose(by)
    message = Approval.objects.select_related("submission__statement__group").get(pk=message.pk)
    direct = message.kind == Statement.Kind.DIRECT
    require(direct, WrongState("Only words of a direct message go this way. Published words go with their entry."))
    place = Place("desk:take_down_message", message.pk)
    _require_fields(message, fields, place, "A text of this message is not there to be taken down: it is gone already.")
    proposed = Redaction(incident=incident, message=message, chosen=[{"fields": sorted(fields)}] if fields else [])
    for waiting in Redaction.objects.waiting().with_subject().filter(message=message):
        raise _waits(waiting)
    return _propose(proposed, [_taken(message, fields)], place, by=by, reason=reason, note=note, also=also)


def _propose(
    proposed: Redaction, said: list[Taken], place: Place, *, by: User, reason: str, note: str, also: Collection[str]
) -> Redaction:
    if also:
        saying = elsewhere.inside(Words.of(said), proposed.incident_id)
        proposed.also = [one.name for one in saying if one.name in also]
    proposed.reason, proposed.note = reason, tidy(note)
    proposed.proposed_by, proposed.proposed_at = by, clock.now()
    require_nothing_missing("Nothing was proposed.", _missing(proposed, said, place))
    proposed.save(force_insert=True)
    mails_redaction.requested(proposed)
    _note(
        proposed, f"Proposed to take words of {proposed.about} down: {label(proposed)}.", Action.REDACTION_PROPOSED, by
    )
    kick()
    return proposed


@transaction.atomic
def withdraw(proposed: Redaction, *, by: User) -> Redaction:
    """The words stay. Whoever proposed it thought better of it, or the second person did."""
    proposed = _locked(proposed)
    require(can_withdraw_redaction(by, proposed), NotAllowed(withdraw_redaction_refusal(proposed)))
    _require_waiting(proposed)
    proposed.state, proposed.decided_by, proposed.decided_at = State.WITHDRAWN, by, clock.now()
    proposed.save()
    mails_redaction.over(proposed)
    _note(proposed, f"The words of {proposed.about} stay: the proposal was withdrawn.", Action.REDACTION_WITHDRAWN, by)
    kick()
    return proposed


@transaction.atomic
def confirm(proposed: Redaction, *, by: User, seen: str) -> Redaction:
    """A second person takes down exactly what they have seen. It cannot be undone.

    Raises ``Stale`` when the words, or the places that hold them, are others than those that were shown.
    """
    proposed, by = _locked(proposed), User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    require(can_confirm_redaction(by, proposed), NotAllowed(confirm_redaction_refusal(proposed)))
    return _take_down(proposed, Basis.SECOND_PERSON, by=by, seen=seen)


@transaction.atomic
def confirm_alone(proposed: Redaction, *, by: User, seen: str) -> Redaction:
    """Somebody who has declared to work alone stands in for the second person. The notice says so."""
    proposed, by = _locked(proposed), User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    require(can_confirm_redaction_alone(by), NotAllowed(confirm_redaction_alone_refusal()))
    return _take_down(proposed, Basis.SOLO, by=by, seen=seen)


def label(proposed: Redaction) -> str:
    """The kind of reason within a sentence."""
    return Redaction.Reason(proposed.reason).label.lower()


def choosable(approval: Approval) -> dict[str, str]:
    """The texts of approved words that can be taken down, by field. Names that the page shows now are changed first."""
    texts = approval.texts()
    if not approval.masthead:
        return texts
    shown = {f"masthead.{field}": text for field, text in names.public()["texts"].items()}
    return {field: text for field, text in texts.items() if shown.get(field) != text}


def left(plan: places.Plan) -> list[dict[str, Any]]:
    """Where the same words stay: numbers and names of fields, no text."""
    approved = [{"approval": one.approval.pk, "fields": sorted(one.texts)} for one in plan.staying]
    return [*approved, *({"inside": one.name} for one in plan.inside)]


def _take_down(proposed: Redaction, basis: str, *, by: User, seen: str) -> Redaction:
    _require_waiting(proposed)
    plan = places.plan(proposed)
    again = [Missing("Look at it again", "desk:redaction", (proposed.pk,))]
    require(
        plan.is_whole and seen == plan.seen,
        Stale("What you saw is not what would be taken down now. Look at it again.", (), again),
    )
    proposed.left = left(plan)
    held_back = mails_redaction.hold_back(plan.to_hold_back)
    paths = erasure.erase(plan)
    now = clock.now()
    proposed.entry = None if proposed.message_id else _notice(proposed, basis, by=by, at=now)
    proposed.state, proposed.basis = State.CONFIRMED, basis
    proposed.decided_by, proposed.decided_at = by, now
    proposed.save()
    mails_redaction.over(proposed)
    where = f" Entry {proposed.entry.number} of the public record says so." if proposed.entry else ""
    line = f"Words of {proposed.about} taken down: {label(proposed)}.{where}{_not_sent(held_back)}"
    action = Action.REDACTED if basis == Basis.SECOND_PERSON else Action.REDACTED_SOLO
    number = {"entry": proposed.entry.number} if proposed.entry else {}
    _note(proposed, line, action, by, **number, erased=paths)
    kick()
    transaction.on_commit(clearing.clear, robust=True)
    return proposed


def _notice(proposed: Redaction, basis: str, *, by: User, at: datetime) -> RecordEntry:
    """What the public reads in the place of the words of entries."""
    body: dict[str, Any] = {"entries": proposed.chosen, "reason": proposed.reason, "basis": basis}
    if proposed.incident:
        body["incident"] = proposed.incident.public_id
    return record.enter(RecordEntry.Kind.REDACTION, at=at, by=by, incident=proposed.incident, body=body)


def _not_sent(held_back: int) -> str:
    if not held_back:
        return ""
    return f" Not sent any more: {held_back} email{'s' if held_back > 1 else ''} to the group."


def _require_may_propose(by: User) -> None:
    require(not lacks_second_step(by), second_step_refusal())
    require(can_propose_redaction(by), NotAllowed(propose_redaction_refusal()))


def _entries(entry: RecordEntry, chosen: dict[int, list[str]]) -> list[RecordEntry]:
    """The chosen entries, all of what ``entry`` belongs to, each field with a text to take down."""
    found = list(RecordEntry.objects.filter(number__in=chosen).select_related("approval"))
    place = Place("desk:take_down", entry.number)
    ours = len(found) == len(chosen) and all(
        one.kind in RecordEntry.WITH_WORDS and one.incident_id == entry.incident_id for one in found
    )
    sentence = "Only published words are taken down, those of one incident at a time."
    require(ours, WrongState(sentence, [place.says("Choose from the list")]))
    for one in found:
        if one.approval:
            sentence = (
                f"A text of entry {one.number} is not there to be taken down: it is gone already, or it is a name that the "
                "public page shows now and that has to be changed first."
            )
            _require_fields(one.approval, chosen[one.number], place, sentence)
    return found


def _require_fields(approval: Approval, fields: list[str], place: Place, sentence: str) -> None:
    require(set(fields) <= choosable(approval).keys(), WrongState(sentence, [place.says("Choose from the list")]))


def _require_none_waits(chosen: dict[int, list[str]]) -> None:
    for waiting in Redaction.objects.waiting():
        if set(waiting.numbers) & chosen.keys():
            raise _waits(waiting)


def _waits(waiting: Redaction) -> WrongState:
    return WrongState(
        f"A proposal to take words of {waiting.about} down waits already. Decide about that one first.",
        [Missing("See what waits", "desk:redaction", (waiting.pk,))],
    )


def _taken(approval: Approval, fields: list[str]) -> Taken:
    texts = approval.texts()
    return Taken(approval, {field: texts[field] for field in fields})


def _missing(proposed: Redaction, said: list[Taken], place: Place) -> list[Missing]:
    found = []
    if not proposed.chosen:
        found.append(place.says("Choose the texts that have to go", "id_texts"))
    if proposed.reason not in Redaction.Reason.values:
        what = "Choose the reason" if proposed.message_id else "Choose what the public reads as the reason"
        found.append(place.says(what, "id_reason"))
    if not proposed.note:
        found.append(place.says("Say why to the second person", "id_note"))
    words = Words.of(said)
    if proposed.note and (words.stand_in(proposed.note) or words.are_quoted_in(proposed.note)):
        found.append(place.says("Do not quote the words in your reason: it stays", "id_note"))
    return found


def _require_waiting(proposed: Redaction) -> None:
    sentences = {
        State.CONFIRMED: f"{proposed.decided_by} has taken these words down already.",
        State.WITHDRAWN: f"{proposed.decided_by} has withdrawn this proposal. The words stay.",
    }
    require(
        proposed.state == State.WAITING,
        WrongState(sentences.get(State(proposed.state), ""), [Missing("See it", "desk:redaction", (proposed.pk,))]),
    )


def _locked(proposed: Redaction) -> Redaction:
    """In the order of all: names, the incidents, their statements and commitments, which letters are written from, templates and
    groups; the proposal."""
    found = Redaction.objects.get(pk=proposed.pk)
    along = found.along
    _lock(Submission, masthead__in=along.get("names", []))
    if found.incident_id is None or "names" in along:
        _subject(None)
    _lock(MastheadChange, pk__in=along.get("names", []))
    incidents = [pk for pk in (found.incident_id, *along.get("incident", [])) if pk]
    _lock(Incident, pk__in=incidents)
    _lock(Statement, incident__in=incidents)
    _lock(Commitment, incident__in=incidents)
    _lock(StatementTemplate, pk__in=along.get("template", []))
    _lock(StakeholderGroup, pk__in=along.get("group", []))
    Redaction.objects.select_for_update(no_key=True).get(pk=found.pk)
    return Redaction.objects.with_subject().get(pk=found.pk)


def _lock(model: type[models.Model], **which: Any) -> None:
    list(model._base_manager.select_for_update(no_key=True).filter(**which).order_by("pk").values_list("pk"))


def _subject(incident: int | None) -> Incident | None:
    """What the words are about, locked: an incident, or the names, which belong to none."""
    if incident is None:
        Organisation.objects.select_for_update(no_key=True).get(pk=1)
        return None
    return Incident.objects.select_for_update(no_key=True).get(pk=incident)


def _note(proposed: Redaction, line: str, action: Action, by: User, **details: Any) -> None:
    if proposed.message_id:
        chosen = {"message": proposed.message_id, "fields": proposed.chosen[0]["fields"]}
    else:
        chosen = {"entries": proposed.chosen}
    said_in_log = {**chosen, "reason": proposed.reason, **details}
    if proposed.incident:
        timeline.enter(proposed.incident, line, action, by=by, about=proposed, **said_in_log)
    else:
        log.write(action, by=by, about=proposed, **said_in_log)
