"""What is approved for a time, at its time, with others at it at the same moment: it goes out once, or it does not.

On whichever database the tests run on. SQLite lets one writer in at a time, so that the races proper happen on PostgreSQL.
The same among processes of their own stands in `tests/faults/test_redelivery.py`.
"""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

import clock
from accounts.operations.verify import verify_log
from incidents.models import Approval, RecordEntry, ScheduledPublication, Statement, Submission
from incidents.operations import approval, schedule, statement, sweep, verify
from refusals import Refused, WrongState
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4 if connection.vendor == "postgresql" else 2
SWEEPS = 3


@pytest.fixture
def due(cast, organisation, agent, clock_at):
    """Approves a holding statement for a time, and it is that time, or later."""

    def schedule_one(late: timedelta = timedelta()) -> Submission:
        clock_at(START)
        opened = states.open_up(
            states.declare(agent, by=cast.cleo), by=cast.cleo, communications=cast.ada, technical=cast.tom
        )
        states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
        states.contain(opened, by=cast.tom)
        asked = states.submit(states.write(states.fresh(opened), "holding", by=cast.ada), by=cast.ada)
        at = START + timedelta(minutes=20)
        schedule.consent(asked, by=cast.ben, seen_digest=asked.digest, publish_at=at)
        clock_at(at + late)
        return asked

    return schedule_one


def is_out(asked: Submission) -> bool:
    return Approval.objects.filter(submission=asked).exists()


def state_of(asked: Submission) -> str:
    return str(ScheduledPublication.objects.filter(submission=asked).latest("pk").state)


def holds() -> bool:
    return verify.first_fault() == verify_log().broken == ""


def assert_calm() -> None:
    """On a machine with much to do, a round may wait too long for another one and says so; the next has nothing to say."""
    assert sweep.sweep().troubles == []


def mails() -> Counter[tuple[str, str]]:
    return Counter(Outgoing.objects.values_list("kind", "to_user__email"))


def test_several_sweeps_publish_what_is_due_once_with_one_set_of_mails(due, cast):
    alone = due()
    before = mails()
    sweep.sweep()
    of_one = mails() - before
    assert is_out(alone)
    for number in range(2, ROUNDS + 2):
        asked, before = due(), mails()

        swept = at_once(*[sweep.sweep] * SWEEPS)

        assert_calm()
        assert sum(one.taken_at_their_time for one in swept) == 1
        assert Approval.objects.get(submission=asked).approved_by == cast.ben
        assert RecordEntry.objects.publications().count() == number
        assert mails() - before == of_one
        assert state_of(asked) == "published"
    assert holds()


def test_several_sweeps_bring_back_once_what_may_not_go_out(due, cast):
    for _ in range(ROUNDS):
        asked, before = due(late=timedelta(minutes=31)), mails()

        at_once(*[sweep.sweep] * SWEEPS)

        assert_calm()
        assert (is_out(asked), state_of(asked)) == (False, "returned")
        told = {key: number for key, number in (mails() - before).items() if key[0] == "schedule_returned"}
        assert told == {("schedule_returned", cast.ada.email): 1, ("schedule_returned", cast.ben.email): 1}
    assert holds()


def test_it_is_cancelled_or_it_goes_out(due, cast):
    for _ in range(ROUNDS):
        asked = due()

        cancelled, *_ = at_once(partial(schedule.cancel, asked, by=cast.ada), sweep.sweep, sweep.sweep)

        assert_calm()
        if is_out(asked):
            assert isinstance(cancelled, WrongState), cancelled
            assert state_of(asked) == "published"
        else:
            assert isinstance(cancelled, ScheduledPublication), cancelled
            assert state_of(asked) == "cancelled"
            assert states.fresh(asked).outcome == "waiting"
    assert holds()


def test_it_is_edited_or_it_goes_out_as_it_was_read(due, cast):
    for _ in range(ROUNDS):
        asked = due()
        draft = states.fresh(asked.statement)

        edited, _ = at_once(
            partial(statement.edit, draft, by=cast.ada, seen_version=draft.version, headline="Nobody has read this"),
            sweep.sweep,
        )

        assert_calm()
        if is_out(asked):
            assert isinstance(edited, Refused), edited
            assert Approval.objects.get(submission=asked).headline == asked.content["headline"]
        else:
            assert isinstance(edited, Statement), edited
            assert state_of(asked) == "cancelled"
    assert holds()


def test_somebody_approves_it_at_the_very_moment(due, cast):
    for number in range(1, ROUNDS + 1):
        asked = due()

        approved, _ = at_once(partial(approval.approve, asked, by=cast.cleo, seen_digest=asked.digest), sweep.sweep)

        assert_calm()
        assert isinstance(approved, Approval | WrongState), approved
        assert RecordEntry.objects.publications().count() == number
        assert state_of(asked) == "published"
    assert holds()


def test_a_time_is_consented_to_once(due, cast):
    for _ in range(ROUNDS):
        asked = due()
        schedule.cancel(asked, by=cast.ada)
        at = clock.now() + timedelta(minutes=5)

        results = at_once(
            *(
                partial(schedule.consent, asked, by=by, seen_digest=asked.digest, publish_at=at)
                for by in (cast.ben, cast.cleo)
            )
        )

        assert sorted(type(result).__name__ for result in results) == ["ScheduledPublication", "WrongState"]
        assert asked.schedules.waiting().count() == 1
