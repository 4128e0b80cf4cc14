"""The incident's internal timeline: what people note, and the lines that the other operations add by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction

import clock
from accounts import log
from accounts.models import KeptModel, User
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
    return enter(incident, text.strip(), Action.NOTE_ADDED, by=by, happened_at=happened_at, is_note=True)


def enter(
    incident: Incident,
    text: str,
    action: Action,
    /,
    *,
    by: User,
    about: models.Model | None = None,
    happened_at: datetime | None = None,
    is_note: bool = False,
    keep: Sequence[KeptModel] = (),
    **details: Any,
) -> TimelineEntry:
    """Log the action and append its line, in one, so that the log keeps the line; the caller has asked who may.

    ``about`` is the incident unless told otherwise; ``keep`` and ``details`` are those of ``log.write``. Locks the head of
    the log, so it comes after every other lock.
    """
    now = clock.now()
    line = TimelineEntry(
        incident=incident, text=text, by=by, happened_at=happened_at or now, entered_at=now, is_note=is_note
    )
    log.write(action, by=by, about=about or incident, keep=[*keep, line], **details)
    return line
