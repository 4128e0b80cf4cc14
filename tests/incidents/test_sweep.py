"""The clock's round: idempotent, cheap when nothing is due, and stopped by no single row."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Confirmation, Heartbeat, Incident, Reminder, Setback
from incidents.operations import commitment as commitments
from incidents.operations import notice, reminder, sweep
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

DUE = START + timedelta(days=10)


def test_running_it_twice_changes_nothing_but_its_own_pulse(commitment, clock_at, snapshot):
    clock_at(DUE + timedelta(days=1))
    sweep.sweep()
    before = snapshot()

    sweep.sweep()

    assert snapshot() == before


def test_a_round_with_nothing_to_do_opens_no_transaction(db, django_assert_num_queries):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        sweep.sweep()

    assert len(seen) == 9
    assert not any(query["sql"].startswith(("BEGIN", "SAVEPOINT")) for query in seen)


def test_it_leaves_its_pulse(db):
    sweep.sweep()

    assert Heartbeat.objects.get().swept_at == START


@pytest.mark.check("R21")
def test_one_poisoned_row_stops_no_other(published, ada, ben, tom, rosa, clock_at, monkeypatch):
    poisoned = states.promise(published.incident, writer=ada, approver=ben, owner=tom, due_at=DUE)
    healthy = states.promise(published.incident, writer=ada, approver=ben, owner=rosa, due_at=DUE)
    letter = notice.owners_letter

    def breaks(made, *args, **options):
        if made.pk == poisoned.pk:
            raise RuntimeError("a template that cannot be read")
        return letter(made, *args, **options)

    monkeypatch.setattr(notice, "owners_letter", breaks)

    swept = sweep.sweep()

    assert Outgoing.objects.filter(kind="commitment", to_user=rosa).exists()
    assert healthy.reminders.get(step="created").state == "done"
    created = poisoned.reminders.get(step="created")
    assert swept.troubles == [f"reminder {created.pk}"]
    assert Heartbeat.objects.get().trouble == f"reminder {created.pk}"
    for _ in range(4):
        sweep.sweep()
    assert Reminder.objects.get(pk=created.pk).state == "stuck"
    assert sweep.sweep().troubles == []


@pytest.mark.check("R21")
def test_a_deadline_that_cannot_be_recorded_is_put_aside_and_never_given_up(
    published, ada, ben, tom, rosa, clock_at, monkeypatch
):
    """Tried five times, then once an hour and after all others; the desk goes on saying so."""
    poisoned = states.promise(published.incident, writer=ada, approver=ben, owner=tom, due_at=DUE)
    states.promise(published.incident, writer=ada, approver=ben, owner=rosa, due_at=DUE + timedelta(minutes=1))
    enter, tried = commitments.enter_missed, []

    def breaks(made, *, at):
        tried.append(made.pk)
        if made.pk == poisoned.pk:
            raise RuntimeError("something about this one")
        enter(made, at=at)

    monkeypatch.setattr(commitments, "enter_missed", breaks)
    for minute in range(2, 12):
        clock_at(DUE + timedelta(minutes=minute))
        assert sweep.sweep().troubles == [f"commitment {poisoned.pk}"]

    assert tried.count(poisoned.pk) == sweep.FAILURES
    assert len(tried) == sweep.FAILURES + 1
    assert Heartbeat.objects.get().trouble == f"commitment {poisoned.pk}"
    clock_at(DUE + timedelta(minutes=12) + sweep.ASIDE_FOR)
    monkeypatch.setattr(commitments, "enter_missed", enter)
    assert sweep.sweep().commitments_missed == 1
    assert not Setback.objects.exists()


@pytest.mark.check("R21")
@pytest.mark.parametrize("kind", ["Promise", "Commitment", "Reminder", "_bounced"])
def test_a_kind_that_cannot_be_asked_for_stops_no_other(commitment, clock_at, monkeypatch, kind):
    """The promise of 16:01, the commitment, its reminders: whichever kind is broken, the others are done (F46)."""
    clock_at(DUE + timedelta(days=1))
    broken = SimpleNamespace(objects=SimpleNamespace(overdue=lambda now: 1 / 0, due=lambda now: 1 / 0))
    monkeypatch.setattr(sweep, kind, broken if kind != "_bounced" else lambda now: 1 / 0)

    swept = sweep.sweep()

    done = {
        "Promise": swept.promises_missed, "Commitment": swept.commitments_missed, "Reminder": swept.reminders_taken
    }  # fmt: skip
    assert [name for name, count in done.items() if not count] == ([kind] if kind in done else [])
    assert len(swept.troubles) == 1
    assert Heartbeat.objects.get().swept_at == DUE + timedelta(days=1)


@pytest.mark.check("R21")
def test_what_was_mended_in_another_way_is_forgotten(commitment, clock_at):
    Setback.objects.create(kind="commitment", row=99, times=5, again_at=DUE + timedelta(days=9))
    clock_at(DUE + timedelta(days=1))

    sweep.sweep()

    assert not Setback.objects.exists()


def test_what_fails_leaves_nothing_half_done(commitment, clock_at, monkeypatch, snapshot):
    clock_at(DUE + timedelta(days=1))
    commitments.miss(commitment)
    before = snapshot()
    monkeypatch.setattr(notice, "copy_letter", lambda *args, **options: 1 / 0)

    step = Reminder.objects.due(DUE + timedelta(days=1)).filter(commitment=commitment).last()
    assert step
    with pytest.raises(ZeroDivisionError):
        reminder.take(step)

    assert snapshot() == before


# Confirming that all is well


def test_all_is_confirmed_while_nothing_public_is_open(db):
    sweep.sweep()

    assert Confirmation.objects.get().confirmed_at == START


@pytest.mark.parametrize("fixture", ["declared", "opened", "published"])
def test_nothing_is_confirmed_while_an_incident_is_declared_or_open(fixture, request):
    request.getfixturevalue(fixture)

    sweep.sweep()

    assert Confirmation.objects.get().confirmed_at is None


def test_a_draft_that_was_found_not_to_be_public_does_not_count(declared):
    Incident.objects.update(is_visible=False, draws_attention=False, needs_answer=False)

    sweep.sweep()

    assert Confirmation.objects.get().confirmed_at == START


def test_a_dismissed_incident_does_not_count(declared, cleo):
    from incidents.operations import incident

    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test message.")

    sweep.sweep()

    assert Confirmation.objects.get().confirmed_at == START


def test_refused_mails_are_found_by_their_partial_index(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "outgoing_failed" in sweep._bounced(START)[:500].explain()
