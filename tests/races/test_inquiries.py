"""A question that came in, answered by two at once, and by one while the sweep is about to tell of it.

On whichever database the tests run on. SQLite lets one writer in at a time, so that the races proper happen on PostgreSQL.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

import clock
from incidents.models import Inquiry, Reminder
from incidents.operations import inquiry, sweep
from refusals import Stale
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4 if connection.vendor == "postgresql" else 2


@pytest.fixture
def ask(cast, organisation, agent):
    opened = states.open_up(
        states.declare(agent, by=cast.cleo), by=cast.cleo, communications=cast.ada, technical=cast.tom
    )
    press = opened.plans.get(group__kind="press")

    def came_in(number: int) -> Inquiry:
        said = {"asked_by": f"Reporter {number}", "channel": "phone", "question": "Is it over?"}
        return inquiry.note(press, by=cast.rosa, received_at=clock.now() - timedelta(minutes=30), **said)

    return came_in


def answers(asked: Inquiry, by: Any) -> partial[Inquiry]:
    return partial(inquiry.answer, asked, by=by, seen_version=1, words=f"{by} said so.", answered_by=by)


def test_of_two_who_answer_at_once_one_is_shown_what_the_other_said(cast, ask):
    for number in range(ROUNDS):
        asked = ask(number)
        results = at_once(answers(asked, cast.rosa), answers(asked, cast.tom))
        (lost,) = [one for one in results if isinstance(one, Stale)]
        (won,) = [one for one in results if isinstance(one, Inquiry)]
        assert states.fresh(asked).answer == won.answer
        assert won.answer in lost.difference[0].now


def test_the_same_noted_twice_at_once_is_one_question(ask):
    for number in range(ROUNDS):
        first, second = at_once(partial(ask, number), partial(ask, number))
        assert first == second


def test_an_answer_and_the_alert_about_it_come_one_after_the_other(cast, ask, clock_at):
    for number in range(ROUNDS):
        clock_at(START)
        asked = ask(number)
        clock_at(asked.due_at)
        answered, *_ = at_once(answers(asked, cast.rosa), sweep.sweep, sweep.sweep)
        assert isinstance(answered, Inquiry)
        sweep.sweep()
        assert not Reminder.objects.filter(inquiry=asked, state=Reminder.State.PENDING).exists()
        mails = Outgoing.objects.filter(key__startswith=f"inquiry:{asked.pk}:")
        assert {mail.state for mail in mails} <= {Outgoing.State.SUPERSEDED}
