"""The first hour: what people say about its steps. What the record shows, nobody ticks (see `incidents.first_hour`)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

import clock
from accounts.models import LogEntry, User
from incidents import clock_signs, first_hour, map_signs
from incidents.actions import Action
from incidents.first_hour import FirstHour, Known, Line, Stamp, stamp_key
from incidents.models import Approval, ContainmentAction, Fact, Incident, RecordEntry, RoleHeld, TriageEntry
from incidents.operations import timeline
from incidents.permissions import can_command, can_work, command_refusal, work_refusal
from incidents.witnesses import witnesses
from refusals import Missing, NotAllowed, Refused, WrongState, require, require_nothing_missing


def begin(incident: Incident) -> None:
    """Every step of the protocol as it is now, inside the transaction that declares the incident."""
    TriageEntry.objects.bulk_create(
        TriageEntry(incident=incident, step=step.key, due_minute=step.due)
        for step in first_hour.STEPS
        if step.due is not None
    )


@transaction.atomic
def tick(entry: TriageEntry, *, by: User, note: str = "") -> TriageEntry:
    """A person says that it is done. The same click again changes nothing.

    Refused for what the record answers: a published statement is seen, not claimed.
    """
    entry, line = _locked(entry)
    require(can_work(by), NotAllowed(work_refusal()))
    _require_living(entry.incident)
    if entry.done_at and entry.done_by == by and note.strip() in ("", entry.note):
        return entry
    _require_open(line)
    require(line.may_tick_by_hand, _ticks_itself(line))
    entry.done_at, entry.done_by, entry.note = clock.now(), by, note.strip()
    entry.save(update_fields=["done_at", "done_by", "note"])
    _log(entry, _said(line, "done", entry.note), Action.TRIAGE_TICKED, by=by)
    return entry


@transaction.atomic
def leave_out(entry: TriageEntry, *, by: User, reason: str) -> TriageEntry:
    """The commander says that it does not apply here, and why."""
    entry, line = _locked(entry)
    require(can_command(by, entry.incident), NotAllowed(command_refusal(entry.incident)))
    _require_living(entry.incident)
    _require_open(line)
    require_nothing_missing("A step is left out with a reason.", _no_reason(entry, reason, "id_exempt-reason"))
    entry.left_out_at, entry.left_out_by, entry.reason = clock.now(), by, reason.strip()
    entry.save(update_fields=["left_out_at", "left_out_by", "reason"])
    _log(entry, _said(line, "left out", entry.reason), Action.TRIAGE_LEFT_OUT, by=by)
    return entry


@transaction.atomic
def reopen(entry: TriageEntry, *, by: User, reason: str) -> TriageEntry:
    """Take back what a person said about a step, with a reason. The timeline keeps what stood here."""
    entry, line = _locked(entry)
    left_out = entry.left_out_at is not None
    allowed = can_command(by, entry.incident) if left_out else can_work(by)
    require(allowed, NotAllowed(command_refusal(entry.incident) if left_out else work_refusal()))
    _require_living(entry.incident)
    require(entry.done_at or left_out, _nothing_said(line))
    require_nothing_missing("A step is opened again with a reason.", _no_reason(entry, reason, "id_reopen-reason"))
    before = "left_out" if left_out else "ticked"
    entry.done_at = entry.done_by = entry.left_out_at = entry.left_out_by = None
    entry.note = entry.reason = ""
    entry.save(update_fields=["done_at", "done_by", "note", "left_out_at", "left_out_by", "reason"])
    _log(entry, _said(line, "open again", reason.strip()), Action.TRIAGE_REOPENED, by=by, before=before)
    return entry


def _log(entry: TriageEntry, line: str, action: Action, *, by: User, **details: str) -> None:
    about: dict[str, Any] = {"incident": entry.incident_id, "step": entry.step, **details}
    timeline.enter(entry.incident, line, action, by=by, about=entry, **about)


# What is known, fetched


def of(incident: Incident) -> FirstHour:
    """The first hour of one incident. Seven queries, or what `know` and its callers have fetched already."""
    entries = incident.triage.select_related("done_by", "left_out_by")
    return first_hour.first_hour(entries, know(incident), clock.now())


def know(incident: Incident) -> Known:
    facts = list(incident.facts.select_related("reported_by"))
    actions = list(incident.containment_actions.select_related("decider"))
    told = Approval.objects.filter(incident=incident, entry__kind=RecordEntry.Kind.PUBLICATION)
    first = told.select_related("entry", "approved_by", "review__reviewed_by").order_by("entry__number").first()
    signs = map_signs.of_first_hour() | clock_signs.of_first_hour()
    signed = Incident.objects.annotate(**signs).get(pk=incident.pk)
    said = stamps(incident, facts, actions)
    return Known(incident, facts, actions, first, said, map_signs.settled(signed), clock_signs.settled(signed))


def stamps(incident: Incident, facts: Sequence[Fact], actions: Sequence[ContainmentAction]) -> dict[str, Stamp]:
    """When, and by whom, that came to be on which the steps rest, as the log says. One query, by keys of `stamp_key`."""
    about = {
        "incidents.incident": [incident.pk],
        "incidents.fact": witnesses(facts, actions)["fact"],
        "incidents.containmentaction": witnesses(facts, actions)["containment"],
    }
    asked = Q()
    for kind, keys in about.items():
        asked |= Q(object_kind=kind, object_id__in=[str(key) for key in keys])
    entries = LogEntry.objects.filter(asked, action__in=_TELLING).select_related("actor").order_by("number")
    found: dict[str, Stamp] = {}
    for entry in entries:
        _stamp(found, entry)
    return found


_TELLING = (
    Action.INCIDENT_DESCRIBED,
    Action.ROLE_TAKEN,
    Action.ROLE_GIVEN_UP,
    Action.FACT_REPORTED,
    Action.FACT_CHANGED,
    Action.CONTAINMENT_DONE,
)
_WEIGHTY = {"question", "source_kind", "confidence"}  # a change of these makes it an answer to something else


def _stamp(found: dict[str, Stamp], entry: LogEntry) -> None:
    stamp, details = (entry.at, entry.actor), entry.details
    match entry.action:
        case Action.INCIDENT_DESCRIBED:
            for name in details["fields"]:
                found.setdefault(stamp_key("field", name), stamp)
        case Action.ROLE_TAKEN:
            found.setdefault(stamp_key("seat", RoleHeld.Role(details["role"])), stamp)
        case Action.ROLE_GIVEN_UP:
            found.pop(stamp_key("seat", RoleHeld.Role(details["role"])), None)
        case Action.FACT_REPORTED:
            found[stamp_key("fact", entry.object_id)] = stamp
        case Action.FACT_CHANGED if _WEIGHTY & set(details["fields"]):
            found[stamp_key("fact", entry.object_id)] = stamp
        case Action.CONTAINMENT_DONE:
            found[stamp_key("containment", entry.object_id)] = stamp


# Lock, when


def _locked(entry: TriageEntry) -> tuple[TriageEntry, Line]:
    """The incident first, then the step; with it how the step stands now."""
    Incident.objects.select_for_update(no_key=True).get(pk=entry.incident_id)
    rows = TriageEntry.objects.select_for_update(of=("self",), no_key=True).select_related(
        "incident", "done_by", "left_out_by"
    )
    locked = rows.get(pk=entry.pk)
    hour = first_hour.first_hour([locked], know(locked.incident), clock.now())
    return locked, hour.line(locked)


def _require_living(incident: Incident) -> None:
    require(
        incident.state != Incident.State.DISMISSED,
        WrongState("This incident was dismissed: its first hour is closed."),
    )


def _require_open(line: Line) -> None:
    how = {
        "seen": f"The record shows this already: {line.words or line.step.name}.",
        "ticked": f"{line.entry.done_by} has ticked this already.",
        "left_out": f"{line.entry.left_out_by} has left this out: {line.entry.reason}",
        "not_needed": f"{line.words}.",
    }
    require(line.is_open, WrongState(how.get(line.state, "")))


def _ticks_itself(line: Line) -> Refused:
    """Where the work is done, instead of a tick that claims it."""
    view, part = line.step.place
    place = Missing(line.step.what, f"desk:{view}", (line.entry.incident_id,), part.partition("#")[2])
    return WrongState("This step ticks itself when the record shows it.", [place])


def _nothing_said(line: Line) -> Refused:
    if line.state in ("seen", "not_needed"):
        return WrongState("The record shows this. It opens again by itself when the record no longer does.")
    return WrongState("This step is open already.")


def _no_reason(entry: TriageEntry, reason: str, anchor: str) -> list[Missing]:
    return [] if reason.strip() else [Missing("Give the reason", "desk:triage", (entry.pk,), anchor)]


def _said(line: Line, what: str, words: str) -> str:
    sentence = f"First hour, minute {line.entry.due_minute}, {line.step.name.lower()}: {what}."
    return f"{sentence} {words}" if words else sentence
