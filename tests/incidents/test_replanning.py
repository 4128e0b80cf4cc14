"""A deadline that is moved and moved back is reminded of like any other."""

from datetime import timedelta

import pytest

from incidents.models import Reminder
from incidents.operations import change, containment, sweep
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START
from tests.incidents.test_approval import approve

FIRST = START + timedelta(days=10)
LATER = START + timedelta(days=12)


@pytest.fixture
def moved_and_back(commitment, tom, ben):
    for due in (LATER, FIRST):
        asked = change.propose(commitment, "amendment", by=tom, new_due_at=due, public_reason="The printer.")
        approve(asked.submissions.get(), ben)
    return states.fresh(commitment)


def pending(**about):
    return set(Reminder.objects.filter(state="pending", **about).values_list("step", "about_due_at"))


def steps_told(owner):
    """The steps behind the mails to the owner, oldest first; a mail about an event has none."""
    keys = Outgoing.objects.filter(to_user=owner, kind="commitment").order_by("pk").values_list("key", flat=True)
    return [key.split(":")[2] for key in keys if key.endswith(":owner")]


def test_every_step_of_the_first_deadline_comes_back(moved_and_back):
    assert {at for _, at in pending(commitment=moved_and_back)} == {FIRST}
    assert {step for step, _ in pending(commitment=moved_and_back)} == {
        "week", "two_days", "morning", "due", "day_after", "three_days_after", "weekly",
    }  # fmt: skip


def test_the_owner_is_told_at_each_of_them_once(moved_and_back, tom, clock_at):
    clock_at(FIRST - timedelta(days=7))
    sweep.sweep()
    clock_at(FIRST - timedelta(days=2))
    sweep.sweep()
    sweep.sweep()

    assert steps_told(tom) == ["week", "two_days"]


def test_what_was_told_before_it_was_moved_is_not_told_again(commitment, tom, ben, clock_at):
    clock_at(FIRST - timedelta(days=7))
    sweep.sweep()
    for due in (LATER, FIRST):
        asked = change.propose(commitment, "amendment", by=tom, new_due_at=due, public_reason="The printer.")
        approve(asked.submissions.get(), ben)
    sweep.sweep()

    assert Reminder.objects.get(commitment=commitment, step="week", about_due_at=FIRST).state == "done"
    assert steps_told(tom) == ["week"]


def test_a_review_of_containment_that_is_moved_and_moved_back_is_asked_for(ready_to_speak, tom, clock_at):
    action = ready_to_speak.containment_actions.get()
    first = action.review_at
    for at in (first + timedelta(hours=2), first):
        containment.prolong(action, by=tom, review_at=at, seen_review_at=states.fresh(action).review_at)

    assert pending(containment=action) == {("review", first)}
    clock_at(first)
    sweep.sweep()
    assert Outgoing.objects.filter(kind="containment", to_user=tom).count() == 1
