"""The incident's internal timeline: what people note, and the lines that the other operations add by themselves."""

from datetime import datetime

from django.db import transaction

import clock
from accounts import log
from accounts.models import User
from incidents.actions import Action
from incidents.models import Incident, TimelineEntry
from incidents.permissions import can_note, note_refusal
from refusals import Incomplete, Missing, NotAllowed, WrongState, require


@transaction.atomic
def note(incident: Incident, text: str, *, by: User, happened_at: datetime | None = None) -> TimelineEntry:
    """Add a line in somebody's own words. `happened_at` is when it happened, if that was before now."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require(can_note(by, incident), NotAllowed(note_refusal()))
    require(
        incident.state != Incident.State.DISMISSED,
        WrongState("This incident was dismissed: its timeline is closed. Note it where the matter lives on."),
    )
    place = ("desk:incident", (incident.pk,), "id_note-text")
    require(text.strip(), Incomplete("The note is empty.", [Missing("Write what happened", *place)]))
    require(
        not happened_at or happened_at <= clock.now(),
        Incomplete("A note says what has happened.", [Missing("Enter a time that is not in the future", *place)]),
    )
    entry = enter(incident, text.strip(), by=by, happened_at=happened_at, is_note=True)
    log.write(Action.NOTE_ADDED, by=by, about=incident, entry=entry.pk)
    return entry


def enter(
    incident: Incident, text: str, *, by: User, happened_at: datetime | None = None, is_note: bool = False
) -> TimelineEntry:
    """Append a line inside the caller's transaction; the caller has asked who may, and writes the log."""
    now = clock.now()
    return TimelineEntry.objects.create(
        incident=incident, text=text, by=by, happened_at=happened_at or now, entered_at=now, is_note=is_note
    )
