"""A rule revised by two at once, and a start of legal clocks recorded, moved and agreed to by two at once.

On whichever database the tests run on. SQLite lets one writer in at a time, so that the races proper happen on PostgreSQL.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

import clock
from incidents.models import ClockStart, ReportingClock, StartMove
from incidents.operations import clock_start, legal_clock
from refusals import Refused, Stale, WrongState
from stakeholders.models import ReportingRule, StartEvent
from stakeholders.operations import rules
from tests import states
from tests.conftest import START
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4 if connection.vendor == "postgresql" else 2


@pytest.fixture
def opened(cast, organisation, agent):
    rules.set_profile(
        by=cast.olga,
        seen_version=0,
        countries=["DE"],
        sectors=["software"],
        roles=["controller"],
        has_personal_data=True,
    )
    return states.open_up(
        states.declare(agent, by=cast.cleo), by=cast.cleo, communications=cast.ada, technical=cast.tom
    )


def won(results: list[Any], kind: type) -> list[Any]:
    return [one for one in results if isinstance(one, kind)]


def test_of_two_who_revise_a_rule_one_is_shown_what_the_other_made_of_it(cast, organisation):
    for number in range(ROUNDS):
        rule = ReportingRule.objects.current().get(code="GDPR-33")
        seen = rule.stands_at
        results = at_once(
            partial(rules.revise, rule, by=cast.olga, seen=seen, notes=f"{number}: one reading."),
            partial(rules.revise, rule, by=cast.olga, seen=seen, notes=f"{number}: another reading."),
        )
        assert len(won(results, Stale)) == 1
        [made] = won(results, ReportingRule)
        assert ReportingRule.objects.current().get(code="GDPR-33") == made
        assert made.version == rule.version + 1


def test_of_two_who_record_when_we_became_aware_one_sees_the_other(cast, opened):
    aware = clock_start.Event(opened, StartEvent.AWARE)
    earlier = [clock.now() - timedelta(minutes=minutes) for minutes in (5, 9)]
    results = at_once(
        *(partial(clock_start.record, aware, by=cast.rosa, seen=0, at=at, evidence=f"Call at {at}") for at in earlier)
    )

    assert len(won(results, Stale)) == 1
    [counts] = won(results, ClockStart)
    assert ClockStart.objects.current().get() == counts
    assert {one.started_at for one in opened.clocks.exclude(started_at=None)} == {counts.at}


def test_a_later_time_is_agreed_to_or_refused_and_never_both(cast, opened, clock_at):
    aware = clock_start.Event(opened, StartEvent.AWARE)
    for number in range(ROUNDS):
        clock_at(START + timedelta(minutes=10 * (number + 1)))
        current = aware.current
        move = clock_start.record(
            aware, by=cast.rosa, seen=current.pk if current else 0, at=clock.now(),
            evidence="The minutes", reason="A rumour until then",
        )  # fmt: skip
        assert isinstance(move, StartMove)
        results = at_once(
            partial(clock_start.agree, move, by=cast.cleo), partial(clock_start.refuse, move, by=cast.ada)
        )
        assert len(won(results, WrongState)) == 1
        agreed = states.fresh(move).state == StartMove.State.AGREED
        assert bool(won(results, ClockStart)) == agreed
        assert (aware.current is not None and aware.current.at == move.at) == agreed


def test_the_same_report_noted_by_two_at_once_is_submitted_once(cast, opened):
    report = opened.clocks.get(code="GDPR-33")
    said = {"seen_version": report.version, "submitted_at": clock.now()}
    results = at_once(
        partial(legal_clock.submit, report, by=cast.rosa, reference="A-1", submitted_by=cast.rosa, **said),
        partial(legal_clock.submit, report, by=cast.tom, reference="A-2", submitted_by=cast.tom, **said),
    )

    assert len(won(results, Refused)) == 1
    [noted] = won(results, ReportingClock)
    assert states.fresh(report).reference == noted.reference
