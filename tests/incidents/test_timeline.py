"""The timeline: when it happened apart from when it was entered, and nothing is ever taken out."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

import clock
from accounts.models import LogEntry
from accounts.models.kept import seal
from incidents.models import TimelineEntry
from incidents.operations import incident, timeline
from refusals import Incomplete, NotAllowed, WrongState


def test_a_note_keeps_both_times(opened, rosa):
    earlier = clock.now() - timedelta(hours=1)
    entry = timeline.note(opened, " The supplier called ", by=rosa, happened_at=earlier)
    assert (entry.text, entry.happened_at, entry.entered_at) == ("The supplier called", earlier, clock.now())
    assert entry.is_note
    assert entry.was_entered_late


def test_the_log_keeps_every_line_and_none_can_stand_outside_it(opened, rosa):
    entry = timeline.note(opened, "The supplier called", by=rosa)

    logged = LogEntry.objects.latest("number")
    assert (entry.log_entry, logged.action, logged.details) == (logged, "incident.note_added", {})
    assert logged.kept == [{"row": f"incidents.timelineentry:{entry.pk}", "of": opened.pk, "seal": seal(entry)}]
    now = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineEntry.objects.create(incident=opened, text="Nothing", by=rosa, happened_at=now, entered_at=now)


def test_a_note_without_a_time_happened_now(opened, rosa):
    entry = timeline.note(opened, "The supplier called", by=rosa)
    assert entry.happened_at == entry.entered_at == clock.now()
    assert not entry.was_entered_late


def test_the_timeline_runs_by_when_it_happened(opened, rosa):
    timeline.note(opened, "The second", by=rosa, happened_at=clock.now() - timedelta(minutes=10))
    timeline.note(opened, "The first", by=rosa, happened_at=clock.now() - timedelta(minutes=20))
    assert [entry.text for entry in opened.timeline.filter(is_note=True)] == ["The second", "The first"]


@pytest.mark.parametrize(("text", "minutes"), [("  ", 0), ("The supplier called", 1)])
def test_an_empty_note_and_a_note_from_the_future_are_refused(opened, rosa, text, minutes, refused):
    with refused(Incomplete):
        timeline.note(opened, text, by=rosa, happened_at=clock.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_notes_nothing(opened, cast, person, refused):
    with refused(NotAllowed, "Executives and observers read"):
        timeline.note(opened, "I saw it", by=getattr(cast, person))


def test_the_timeline_of_a_dismissed_incident_is_closed(declared, cleo, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test")
    with refused(WrongState, "its timeline is closed"):
        timeline.note(declared, "One more thing", by=cleo)


def test_nothing_is_taken_out_of_the_timeline(opened):
    with pytest.raises(TypeError, match="frozen"):
        TimelineEntry.objects.all().delete()
    with pytest.raises(TypeError, match="frozen"):
        TimelineEntry.objects.update(text="Nothing happened")
