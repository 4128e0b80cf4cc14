"""Ninety days of each service, from the record."""

from datetime import date

import pytest

from statuspage.bars import bars
from tests.statuspage.chronicle import REFUNDS, TRIAGE, Chronicle
from tests.statuspage.scenes import DAY


@pytest.fixture
def story():
    chronicle = Chronicle()
    chronicle.masthead(-30 * DAY)
    return chronicle


def days(story, now=0.0, component=0):
    return {day.on: day for day in bars(story.record, story.at(now))[component].days}


def test_there_are_always_ninety_days_and_none_before_the_service_was_named(story):
    found = days(story)

    assert len(found) == 90
    assert min(found) == date(2026, 8, 22)
    assert {found[date(2026, 10, 19)].state, found[date(2026, 8, 22)].state} == {"no_data"}
    assert {found[date(2026, 10, 20)].state, found[date(2026, 11, 19)].state} == {"operational"}


def test_a_day_shows_its_worst_state_and_for_how_long(story):
    story.publish(-5 * DAY, components={REFUNDS: "degraded"})
    story.publish(-5 * DAY + 34, components={REFUNDS: "major_outage"})
    story.resolve(-5 * DAY + 94)

    day = days(story)[date(2026, 11, 14)]

    assert (day.state, day.minutes, day.lasts) == ("major_outage", 60, False)


def test_an_incident_reaches_back_to_when_it_says_it_began(story):
    story.publish(-5 * DAY, began=-6 * DAY, components={TRIAGE: "partial_outage"})
    story.resolve(-5 * DAY + 10)

    found = days(story, component=1)

    assert [found[date(2026, 11, day)].state for day in (12, 13, 14, 15)] == [
        "operational", "partial_outage", "partial_outage", "operational",
    ]  # fmt: skip


def test_days_are_those_of_the_organisation(story):
    """22:30 UTC on the 13th is 23:30 in Berlin; half an hour later it is the 14th there."""
    at = -5 * DAY - 10 * 60 - 30
    story.publish(at, components={REFUNDS: "degraded"})
    story.resolve(at + 60)

    found = days(story)

    assert [found[date(2026, 11, day)].minutes for day in (13, 14)] == [30, 30]


def test_what_lasts_has_no_number_yet(story):
    story.publish(-2 * DAY, components={REFUNDS: "degraded"})

    found = days(story)

    assert (found[date(2026, 11, 18)].minutes, found[date(2026, 11, 18)].lasts) == (1440, False)
    assert found[date(2026, 11, 19)].lasts


def test_a_service_that_was_said_to_work_leaves_no_bar(story):
    story.publish(-2 * DAY, components={REFUNDS: "operational"})

    assert not bars(story.record, story.at(0))[0].told


def test_the_drawing_has_a_sentence_that_says_the_same(story):
    story.publish(-5 * DAY, components={REFUNDS: "degraded"})
    story.resolve(-5 * DAY + 30)

    found = bars(story.record, story.at(0))[0]

    assert found.sentence == (
        "Refund agent, 90 days to 19 November: 30 days without disruption, degraded on 14 November, "
        "no data for the 59 days before 20 October."
    )
    assert found.shapes == (("deg", "M672 18h6v18h-6z"),)
    assert found.blank == 59 * 8
