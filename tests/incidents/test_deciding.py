"""By when a decision is wanted, and who is told when that nobody has decided: a table (R79, decision 33)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.deciding import decide_by, ladder

ASKED = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


def minutes(number):
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("target", "breaks_in", "decided_in", "half", "deputy", "commander"),
    [
        (60, None, 60, 30, 60, 70),
        (60, 90, 60, 30, 60, 70),
        (60, 75, 60, 30, 60, 70),
        (60, 66, 51, 25.5, 51, 61),
        (60, 30, 15, 7.5, 15, 25),
        (60, 20, 10, 5, 10, 10 + 10 * 2 / 3),
        (60, 5, 2.5, 1.25, 2.5, 2.5 + 2.5 * 2 / 3),
        (5, 20, 5, 2.5, 5, 15),
        (60, 0, 0, 0, 0, 0),
        (60, -20, 0, 0, 0, 0),
        (1440, 60 * 24 * 3, 1440, 720, 1440, 1450),
    ],
)
def test_the_table(target, breaks_in, decided_in, half, deputy, commander):
    breaks_at = None if breaks_in is None else ASKED + minutes(breaks_in)
    wanted = decide_by(ASKED, minutes(target), breaks_at)

    assert wanted == ASKED + minutes(decided_in)
    assert ladder(ASKED, wanted, breaks_at) == pytest.approx(
        tuple(ASKED + minutes(at) for at in (half, deputy, commander)), abs=timedelta(microseconds=2)
    )


@pytest.mark.parametrize("breaks_in", [1, 2, 3, 5, 10, 20, 29, 30, 31, 59, 60, 61, 74, 75, 76, 90])
@pytest.mark.parametrize("target", [5, 30, 60, 1440])
def test_everybody_is_told_before_it_breaks_and_one_after_the_other(target, breaks_in):
    breaks_at = ASKED + minutes(breaks_in)
    wanted = decide_by(ASKED, minutes(target), breaks_at)
    steps = ladder(ASKED, wanted, breaks_at)
    assert ASKED < steps.half < steps.deputy < steps.commander
    assert steps.commander < breaks_at
    assert wanted <= ASKED + minutes(target)


def test_the_hour_that_a_zone_repeats_is_no_hour_longer():
    """In Berlin the clocks go back at 01:00 UTC. The promise was read in local time on both sides of it."""
    berlin = ZoneInfo("Europe/Berlin")
    asked = datetime(2026, 10, 25, 2, 50, tzinfo=berlin).astimezone(UTC)
    breaks_at = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=berlin).astimezone(UTC)
    assert decide_by(asked, minutes(60), breaks_at) == asked + minutes(10)
