"""An amendment keeps the old words and the old date, a withdrawal its reason, and nothing undoes a miss (R24)."""

from datetime import timedelta

import pytest

from incidents.models import RecordEntry, Submission
from incidents.operations import approval, change, evidence, sweep
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

DUE = START + timedelta(days=10)
LATER = START + timedelta(days=20)


def propose(commitment, by, kind="amendment", **fields):
    fields = {"public_reason": "The supplier needs until then.", **fields}
    return change.propose(commitment, kind, by=by, **fields)


def approve(proposed, by):
    asked = Submission.objects.get(change=proposed)
    return approval.approve(asked, by=by, seen_digest=asked.digest)


def test_nothing_changes_until_a_second_person_approves(commitment, tom):
    propose(commitment, tom, new_due_at=LATER)

    made = states.fresh(commitment)
    assert (made.due_at, made.amended_at) == (DUE, None)
    assert not RecordEntry.objects.filter(kind="amendment").exists()


def test_an_amendment_keeps_the_first_date_and_plans_new_steps(commitment, tom, ben):
    approve(propose(commitment, tom, new_due_at=LATER, new_text="Every letter is released by two people."), ben)

    made = states.fresh(commitment)
    assert (made.due_at, made.first_due_at, made.state) == (LATER, DUE, "open")
    entry = RecordEntry.objects.get(kind="amendment")
    assert entry.body["new_due_at"] == "2026-12-09T15:16:00.000000Z"
    assert entry.body["basis"] == "second_person"
    assert set(entry.body["texts"]) == {"new_text", "public_reason"}
    pending = made.reminders.filter(state="pending")
    assert {step.about_due_at for step in pending} == {LATER}
    assert "created" not in {step.step for step in pending}
    assert set(made.reminders.filter(about_due_at=DUE).values_list("state", flat=True)) == {"skipped"}
    told = Outgoing.objects.get(key__contains=":amended:")
    assert told.to_user == tom
    assert "First by" in told.text


def test_an_amended_text_alone_keeps_the_steps(commitment, tom, ben):
    approve(propose(commitment, tom, new_text="Every letter is released by two people."), ben)

    assert set(commitment.reminders.values_list("state", flat=True)) == {"pending"}
    assert "new_due_at" not in RecordEntry.objects.get(kind="amendment").body


def test_the_clock_does_not_wait_for_an_approval(commitment, tom, ben, clock_at, refused):
    proposed = propose(commitment, tom, new_due_at=LATER)
    clock_at(DUE + timedelta(minutes=1))

    with refused(WrongState, "before it is due"):
        approve_as_seen(proposed, ben)
    sweep.sweep()

    assert states.fresh(commitment).state == "missed"


def approve_as_seen(proposed, by):
    return approve(proposed, by)


def test_after_the_deadline_there_is_nothing_to_amend_or_withdraw(commitment, tom, clock_at, refused):
    clock_at(DUE)

    for kind in ("amendment", "withdrawal"):
        with refused(WrongState, "before it is due"):
            propose(commitment, tom, kind=kind, new_due_at=LATER if kind == "amendment" else None)


def test_an_amendment_amends_something_and_says_why(commitment, tom, refused):
    with refused(Incomplete) as refusal:
        propose(commitment, tom, new_text=commitment.text, new_due_at=DUE, public_reason=" ")

    assert refusal.missing == ["Give another text or another deadline.", "Say why, as the public will read it."]


def test_a_new_deadline_lies_ahead(commitment, tom, refused):
    with refused(Incomplete) as refusal:
        propose(commitment, tom, new_due_at=START - timedelta(hours=1))

    assert refusal.missing == ["The new deadline has passed. Give one that lies ahead."]


def test_a_withdrawal_is_public_with_its_reason_and_ends_the_reminders(commitment, tom, ben):
    sweep.sweep()

    approve(propose(commitment, tom, kind="withdrawal", public_reason="The customer asked us not to."), ben)

    assert states.fresh(commitment).state == "withdrawn"
    entry = RecordEntry.objects.get(kind="withdrawal")
    assert entry.approval.public_reason == "The customer asked us not to."
    assert not commitment.reminders.filter(state="pending").exists()
    assert not Outgoing.objects.filter(kind="commitment", state="queued").exists()


def test_only_a_miss_is_explained_and_it_stays_a_miss(commitment, tom, ben, clock_at, refused):
    with refused(WrongState, "Only a miss"):
        propose(commitment, tom, kind="explanation")
    clock_at(DUE + timedelta(hours=1))
    sweep.sweep()

    approve(propose(commitment, tom, kind="explanation", public_reason="It was built and switched off."), ben)

    assert states.fresh(commitment).state == "missed"
    assert RecordEntry.objects.filter(kind="explanation").count() == 1


def test_one_change_waits_at_a_time(commitment, tom, ada, refused):
    propose(commitment, tom, new_due_at=LATER)

    with refused(WrongState, "waits for approval already"):
        propose(commitment, ada, kind="withdrawal")


def test_what_was_reported_done_is_verified_before_it_is_changed(commitment, tom, refused):
    evidence.report_done(commitment, by=tom, text="Done.", dated_at=START)

    with refused(WrongState, "Verify"):
        propose(commitment, tom, kind="withdrawal")


def test_who_proposes_does_not_approve(commitment, ada, refused):
    proposed = propose(commitment, ada, new_due_at=LATER)

    with refused(NotAllowed):
        approve(proposed, ada)


def test_people_who_only_read_propose_nothing(commitment, vic, refused):
    with refused(NotAllowed):
        propose(commitment, vic, new_due_at=LATER)


@pytest.mark.parametrize("kind", ["amendment", "withdrawal"])
def test_the_links_are_void_once_it_is_asked_for(commitment, tom, kind):
    from stakeholders import operations as stakeholders

    sweep.sweep()
    token = stakeholders.mint(Outgoing.objects.get(kind="commitment"))

    propose(commitment, tom, kind=kind, new_due_at=LATER if kind == "amendment" else None)

    assert stakeholders.open_link(token) is None
