"""A promised update is kept by a publication at or before its time, and otherwise missed for good (R12, R13)."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import LogEntry
from incidents.models import Promise, RecordEntry, Reminder
from incidents.operations import promise, reminder, sweep
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START
from tests.remembered import remembered

DUE = START + timedelta(minutes=45)


@pytest.fixture
@remembered
def promised(published):
    return Promise.objects.get(incident=published.incident)


def alerts():
    return list(Outgoing.objects.filter(kind="promise").order_by("pk"))


def missed_entries():
    return list(RecordEntry.objects.filter(kind="promise_missed"))


def test_an_update_at_the_very_minute_keeps_it(promised, clock_at, ada, ben):
    clock_at(DUE)

    states.publish(promised.incident, "update", writer=ada, approver=ben)

    promised.refresh_from_db()
    assert (promised.state, promised.settled_at) == ("kept", DUE)
    assert promised.answered_by.number == RecordEntry.objects.publications().latest("number").number
    assert missed_entries() == []


def test_nobody_has_to_do_anything_for_it_to_be_missed(promised, clock_at):
    clock_at(DUE + timedelta(seconds=1))

    assert sweep.sweep().promises_missed == 1

    promised.refresh_from_db()
    assert promised.state == "missed"
    (entry,) = missed_entries()
    assert entry.promise == promised
    assert entry.body == {
        "incident": promised.incident.public_id,
        "entry": promised.made_in_id,
        "due_at": "2026-11-19T16:01:00.000000Z",
        "texts": {},
    }
    assert LogEntry.objects.filter(action="promise.missed").count() == 1


def test_at_the_due_time_itself_it_is_not_yet_missed(promised, clock_at):
    clock_at(DUE)

    assert sweep.sweep().promises_missed == 0
    assert missed_entries() == []


def test_a_later_update_does_not_undo_the_miss(promised, clock_at, ada, ben):
    clock_at(DUE + timedelta(minutes=1))
    sweep.sweep()

    states.publish(promised.incident, "update", writer=ada, approver=ben)

    promised.refresh_from_db()
    assert promised.state == "missed"
    assert promised.answered_by is not None
    assert Promise.objects.get(answered_by=None).state == "open"


def test_an_update_that_comes_too_late_is_entered_after_the_miss(promised, clock_at, ada, ben):
    clock_at(DUE + timedelta(seconds=5))

    states.publish(promised.incident, "update", writer=ada, approver=ben)

    (missed,) = missed_entries()
    late = RecordEntry.objects.publications().latest("number")
    assert missed.number < late.number
    assert late.body["keeps"] is None


def test_missing_it_twice_changes_nothing(promised, clock_at, snapshot):
    clock_at(DUE + timedelta(minutes=1))
    assert promise.miss(promised) is True
    before = snapshot()

    assert promise.miss(promised) is False

    assert snapshot() == before


def test_a_publication_does_not_answer_its_own_promise(published, ada):
    made_in = published.entry

    assert promise.answer(published.incident, made_in, by=ada) is None
    assert Promise.objects.get(made_in=made_in).answered_by is None


# Alerts


def test_half_time_and_due_go_to_the_lead_then_the_deputy_then_the_commander(promised, clock_at, ada, rosa, cleo):
    for minutes in (23, 45, 50, 55):
        clock_at(START + timedelta(minutes=minutes, seconds=1))
        sweep.sweep()

    assert [message.to_user for message in alerts()] == [ada, ada, rosa, cleo]
    half, due, deputy, commander = alerts()
    assert half.subject == "Due in 22 min: the promised update about Support assistant"
    assert due.subject == "Just late: the promised update about Support assistant"
    assert deputy.subject.startswith("5 min late: ")
    assert commander.subject.startswith("10 min late: ")
    assert "missed for good" in due.text
    assert "16:01 UTC (17:01 CET)" in half.text


def test_without_a_lead_the_deputy_is_told_first(promised, clock_at, rosa):
    promised.incident.roles_held.filter(role="communications_lead").update(until=START)
    clock_at(START + timedelta(minutes=23))

    sweep.sweep()

    assert [message.to_user for message in alerts()] == [rosa]


def test_an_answer_takes_back_the_alerts_that_did_not_leave(promised, clock_at, ada, ben):
    clock_at(START + timedelta(minutes=23))
    sweep.sweep()

    states.publish(promised.incident, "update", writer=ada, approver=ben)

    (half,) = alerts()
    assert (half.state, half.outcome) == ("superseded", "The update was published.")
    assert not Reminder.objects.filter(promise=promised, state="pending").exists()


def test_after_an_outage_half_time_is_not_told_any_more(promised, clock_at):
    clock_at(DUE + timedelta(hours=1))

    sweep.sweep()

    told = [key.split(":")[2] for key in Outgoing.objects.filter(kind="promise").values_list("key", flat=True)]
    assert sorted(told) == ["due", "due_commander", "due_deputy"]
    assert Reminder.objects.get(promise=promised, step="half").state == "skipped"


def test_a_step_is_taken_once(promised, clock_at, snapshot):
    clock_at(START + timedelta(minutes=23))
    step = Reminder.objects.get(promise=promised, step="half")
    assert reminder.take(step) is True
    before = snapshot()

    assert reminder.take(step) is False

    assert snapshot() == before


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: Promise.objects.overdue(START)[:500], "promise_due"),
        (lambda: Reminder.objects.due(START)[:500], "reminder_due"),
    ],
)
def test_what_is_due_is_found_by_its_partial_index(db, rows, index):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert index in rows().explain()
