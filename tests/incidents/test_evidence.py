"""Done is what somebody else has verified, and kept is what was reported by its time (R25)."""

from datetime import timedelta

import pytest

from accounts.models import LogEntry, Organisation, User
from incidents.models import Evidence, RecordEntry, Reminder
from incidents.operations import commitment as operations
from incidents.operations import evidence, sweep
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

DUE = START + timedelta(days=10)


@pytest.fixture
def report(commitment, tom):
    def give(by=tom, dated_at=None):
        import clock

        return evidence.report_done(
            commitment, by=by, text="The run log names who released each.", dated_at=dated_at or clock.now()
        )

    return give


def last_entry(made):
    return RecordEntry.objects.filter(commitment=made).order_by("number").last()


def test_a_report_is_public_at_once_without_its_words(commitment, report):
    report()

    entry = last_entry(commitment)
    assert entry.kind == "reported_done"
    assert "run log" not in str(entry.body)
    assert LogEntry.objects.filter(action="commitment.reported_done").count() == 1


def test_those_who_may_verify_are_asked_and_the_owner_is_not(commitment, report, ada, cleo):
    report()

    asked = Outgoing.objects.filter(key__startswith="verify:")
    assert {message.to_user for message in asked} == {ada, cleo}
    assert all(not message.link_purpose for message in asked)
    assert "The run log names who released each." in asked[0].text


def test_accepted_in_time_it_is_kept(commitment, report, ben):
    given = report()

    evidence.accept(given, by=ben)

    entry = last_entry(commitment)
    assert (states.fresh(commitment).state, entry.kind) == ("kept", "kept")
    assert entry.body["basis"] == "second_person"
    assert entry.body["done_at"] == "2026-11-19T15:16:00.000000Z"
    assert not Reminder.objects.filter(commitment=commitment, state="pending").exists()


def test_reported_in_time_it_is_kept_though_verified_after_the_deadline(commitment, report, ben, clock_at):
    given = report()
    clock_at(DUE + timedelta(days=2))
    sweep.sweep()

    evidence.accept(given, by=ben)

    assert states.fresh(commitment).state == "kept"


def test_reported_late_it_is_missed_first_and_kept_late_after(commitment, report, ben, clock_at):
    clock_at(DUE + timedelta(seconds=3))

    given = report(dated_at=START)
    evidence.accept(given, by=ben)

    kinds = list(RecordEntry.objects.filter(commitment=commitment).order_by("number").values_list("kind", flat=True))
    assert kinds == ["missed", "reported_done", "kept_late"]
    assert states.fresh(commitment).state == "kept_late"


def test_refused_after_the_deadline_the_sweep_calls_it_missed_at_once(commitment, report, ben, clock_at, tom):
    given = report()
    clock_at(DUE + timedelta(hours=1))

    evidence.refuse(given, by=ben, reason="The log of Tuesday is empty.")
    sweep.sweep()

    assert states.fresh(commitment).state == "missed"
    told = Outgoing.objects.get(key__contains=":refused:")
    assert told.to_user == tom
    assert "The log of Tuesday is empty." in told.text
    assert "report that it is done was not accepted" in " ".join(told.text.split())


def test_refusing_needs_a_reason(report, ben, refused):
    given = report()

    with refused(Incomplete):
        evidence.refuse(given, by=ben, reason="")


@pytest.mark.parametrize("verb", [evidence.accept, lambda given, by: evidence.refuse(given, by=by, reason="No.")])
def test_owner_and_reporter_verify_nothing(report, tom, cleo, refused, verb):
    given = report(by=cleo)

    for person in (tom, cleo):
        with refused(NotAllowed, "not by Tom Lindqvist"):
            verb(given, by=person)


@pytest.mark.parametrize("verb", [evidence.accept, lambda given, by: evidence.refuse(given, by=by, reason="No.")])
def test_who_owned_it_then_and_who_owns_it_now_verify_nothing(commitment, report, cleo, tom, ben, ada, refused, verb):
    given = report(by=cleo)
    operations.reassign(commitment, ben, by=tom, reason="He runs the ledger now.")

    for person in (tom, ben):
        with refused(NotAllowed, "who owns it"):
            verb(Evidence.objects.get(pk=given.pk), by=person)
    verb(Evidence.objects.get(pk=given.pk), by=ada)


def test_observers_and_executives_verify_nothing(report, vic, refused):
    given = report()

    with refused(NotAllowed):
        evidence.accept(given, by=vic)


def test_only_the_owner_or_the_commander_reports(commitment, ben, refused):
    with refused(NotAllowed, "Tom Lindqvist"):
        evidence.report_done(commitment, by=ben, text="Done.", dated_at=START)


def test_a_report_has_words_and_a_time_that_has_come(commitment, tom, refused):
    with refused(Incomplete) as refusal:
        evidence.report_done(commitment, by=tom, text=" ", dated_at=START + timedelta(hours=1))

    assert len(refusal.missing) == 2


def test_one_report_at_a_time_is_verified(report, refused):
    report()

    with refused(WrongState, "already"):
        report()


def test_what_is_kept_is_not_reported_done_again(report, ben, refused):
    evidence.accept(report(), by=ben)

    with refused(WrongState, "is kept already"):
        report()


def test_a_decided_report_is_not_decided_again(report, ben, ada, refused):
    given = report()
    evidence.accept(given, by=ben)

    with refused(WrongState, "Ben Okafor"):
        evidence.refuse(given, by=ada, reason="On second thoughts.")


def test_a_report_voids_the_links_and_takes_back_what_waits(commitment, report):
    sweep.sweep()
    (created,) = Outgoing.objects.filter(kind="commitment")
    token = stakeholders.mint(created)

    report()

    assert stakeholders.open_link(token) is None
    assert states.fresh(created).state == "superseded"


def test_who_works_alone_verifies_their_own_and_the_record_says_so(commitment, report, tom):
    given = report()
    User.objects.people().exclude(pk=tom.pk).update(is_active=False)
    Organisation.objects.update(solo_declared_by=tom, solo_declared_at=START, solo_effective_at=START)

    evidence.accept(given, by=tom)

    assert last_entry(commitment).body["basis"] == "solo"
    assert Evidence.objects.get().verified_solo is True
