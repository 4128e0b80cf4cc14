"""Taking published words down (R118): one person proposes it, another looks and does it. The notice of it is for good.

What was published stays provable: each entry hashes salted digests of its texts, and those stay when text and salt go. The
notice is an entry of its own, which names the fields and the kind of reason.
"""

from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.models import Organisation, User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents import mails_redaction
from incidents.actions import Action
from incidents.models import Commitment, Incident, RecordEntry, Redaction, Statement
from incidents.operations import clearing, erasure, names, places, record, timeline
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

Basis, State = Redaction.Basis, Redaction.State
Chosen = list[dict[str, Any]]


@transaction.atomic
def propose(entry: RecordEntry, chosen: dict[int, list[str]], *, by: User, reason: str, note: str) -> Redaction:
    """Ask a second person to take texts of ``entry`` down, and of further entries that say the same: fields by number.

    Nothing changes yet. ``note`` says why to the people here and must not quote the words, since it stays.
    """
    incident = _subject(entry.incident_id)
    require(not lacks_second_step(by), second_step_refusal())
    require(can_propose_redaction(by), NotAllowed(propose_redaction_refusal()))
    entries = _entries(entry, chosen)
    _require_none_waits(chosen)
    proposed = Redaction(
        incident=incident,
        chosen=[{"entry": number, "fields": sorted(chosen[number])} for number in sorted(chosen) if chosen[number]],
        reason=reason,
        note=tidy(note),
        proposed_by=by,
        proposed_at=clock.now(),
    )
    require_nothing_missing("Nothing was proposed.", _missing(entry, proposed, entries))
    proposed.save(force_insert=True)
    mails_redaction.requested(proposed)
    _note(
        proposed, f"Proposed to take words of {proposed.about} down: {label(proposed)}.", Action.REDACTION_PROPOSED, by
    )
    kick()
    return proposed


@transaction.atomic
def withdraw(proposed: Redaction, *, by: User) -> Redaction:
    """The words stay public. Whoever proposed it thought better of it, or the second person did."""
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
def confirm(proposed: Redaction, *, by: User, seen: str) -> RecordEntry:
    """A second person takes down exactly what they have seen. It cannot be undone.

    Raises ``Stale`` when the words, or the places that hold them, are others than those that were shown.
    """
    proposed, by = _locked(proposed), User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    require(can_confirm_redaction(by, proposed), NotAllowed(confirm_redaction_refusal(proposed)))
    return _take_down(proposed, Basis.SECOND_PERSON, by=by, seen=seen)


@transaction.atomic
def confirm_alone(proposed: Redaction, *, by: User, seen: str) -> RecordEntry:
    """Somebody who has declared to work alone stands in for the second person. The notice says so."""
    proposed, by = _locked(proposed), User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    require(can_confirm_redaction_alone(by), NotAllowed(confirm_redaction_alone_refusal()))
    return _take_down(proposed, Basis.SOLO, by=by, seen=seen)


def label(proposed: Redaction) -> str:
    """The kind of reason within a sentence."""
    return Redaction.Reason(proposed.reason).label.lower()


def choosable(entry: RecordEntry) -> dict[str, str]:
    """The texts of an entry that can be taken down, by field. Names that the page shows now are changed first."""
    texts = entry.approval.texts() if entry.approval else {}
    if entry.kind != RecordEntry.Kind.MASTHEAD:
        return texts
    shown = {f"masthead.{field}": text for field, text in names.public()["texts"].items()}
    return {field: text for field, text in texts.items() if shown.get(field) != text}


def _take_down(proposed: Redaction, basis: str, *, by: User, seen: str) -> RecordEntry:
    _require_waiting(proposed)
    plan = places.plan(proposed)
    again = [Missing("Look at it again", "desk:redaction", (proposed.pk,))]
    require(
        plan.is_whole and seen == plan.seen,
        Stale("What you saw is not what would be taken down now. Look at it again.", (), again),
    )
    paths = erasure.erase(plan)
    body: dict[str, Any] = {"entries": proposed.chosen, "reason": proposed.reason, "basis": basis}
    if proposed.incident:
        body["incident"] = proposed.incident.public_id
    now = clock.now()
    entry = record.enter(RecordEntry.Kind.REDACTION, at=now, by=by, incident=proposed.incident, body=body)
    proposed.state, proposed.basis, proposed.entry = State.CONFIRMED, basis, entry
    proposed.decided_by, proposed.decided_at = by, now
    proposed.save()
    mails_redaction.over(proposed)
    line = (
        f"Words of {proposed.about} taken down: {label(proposed)}. Entry {entry.number} of the public record says so."
    )
    action = Action.REDACTED if basis == Basis.SECOND_PERSON else Action.REDACTED_SOLO
    _note(proposed, line, action, by, entry=entry.number, erased=paths)
    kick()
    transaction.on_commit(clearing.clear, robust=True)
    return entry


def _entries(entry: RecordEntry, chosen: dict[int, list[str]]) -> list[RecordEntry]:
    """The chosen entries, all of what ``entry`` belongs to, each field with a text to take down."""
    found = list(RecordEntry.objects.filter(number__in=chosen).select_related("approval"))
    place = [Missing("Choose from the list", "desk:take_down", (entry.number,))]
    ours = len(found) == len(chosen) and all(
        one.kind in RecordEntry.WITH_WORDS and one.incident_id == entry.incident_id for one in found
    )
    require(ours, WrongState("Only published words are taken down, those of one incident at a time.", place))
    for one in found:
        require(
            set(chosen[one.number]) <= choosable(one).keys(),
            WrongState(
                f"A text of entry {one.number} is not there to be taken down: it is gone already, or it is a name that the "
                "public page shows now and that has to be changed first.",
                place,
            ),
        )
    return found


def _require_none_waits(chosen: dict[int, list[str]]) -> None:
    for waiting in Redaction.objects.waiting():
        if set(waiting.numbers) & chosen.keys():
            raise WrongState(
                f"A proposal to take words of {waiting.about} down waits already. Decide about that one first.",
                [Missing("See what waits", "desk:redaction", (waiting.pk,))],
            )


def _missing(entry: RecordEntry, proposed: Redaction, entries: list[RecordEntry]) -> list[Missing]:
    def here(sentence: str, anchor: str) -> Missing:
        return Missing(sentence, "desk:take_down", (entry.number,), anchor)

    found = []
    if not proposed.chosen:
        found.append(here("Choose the texts that have to go", "id_texts"))
    if proposed.reason not in Redaction.Reason.values:
        found.append(here("Choose what the public reads as the reason", "id_reason"))
    if not proposed.note:
        found.append(here("Say why to the second person", "id_note"))
    texts = {number: one.approval.texts() for one in entries if one.approval for number in [one.number]}
    gone = [
        places.Taken(one, {field: texts[one.number][field] for field in fields["fields"]})
        for fields in proposed.chosen
        for one in entries
        if one.number == fields["entry"]
    ]
    if proposed.note and places.Words(gone).stand_in(proposed.note):
        found.append(here("Do not quote the words in your reason: it stays", "id_note"))
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
    """In the order of all: the incident, its statements and its commitments, which letters are written from; the proposal."""
    found = Redaction.objects.get(pk=proposed.pk)
    if _subject(found.incident_id):
        list(Statement.objects.select_for_update(no_key=True).filter(incident=found.incident_id).order_by("pk"))
        list(Commitment.objects.select_for_update(no_key=True).filter(incident=found.incident_id).order_by("pk"))
    Redaction.objects.select_for_update(no_key=True).get(pk=found.pk)
    return Redaction.objects.select_related("incident", "proposed_by", "decided_by").get(pk=found.pk)


def _subject(incident: int | None) -> Incident | None:
    """What the words are about, locked: an incident, or the names, which belong to none."""
    if incident is None:
        Organisation.objects.select_for_update(no_key=True).get(pk=1)
        return None
    return Incident.objects.select_for_update(no_key=True).get(pk=incident)


def _note(proposed: Redaction, line: str, action: Action, by: User, **details: Any) -> None:
    said_in_log = {"entries": proposed.chosen, "reason": proposed.reason, **details}
    if proposed.incident:
        timeline.enter(proposed.incident, line, action, by=by, about=proposed, **said_in_log)
    else:
        log.write(action, by=by, about=proposed, **said_in_log)
