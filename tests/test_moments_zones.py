"""Typed local times in every zone, at every change of offset from 2024 to 2030 (R15).

The reference is slow and goes the other way round: it walks through the minutes of UTC and looks what clocks of the zone
show, which is never ambiguous. What it finds once must be understood; twice or never must be refused, with the way out.
"""

import re
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import moments

pytestmark = pytest.mark.check("R15")

FROM, TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SPAN_MINUTES = (TO - FROM) // MINUTE
FARTHEST = timedelta(hours=15)  # no zone is farther from UTC
ZONES = sorted(available_timezones())
# Days on which calendars are easily wrong: leap day, the day after, year's end and beginning.
EDGES = [
    datetime.fromisoformat(f"{year}-{at}+00:00")
    for year in (2024, 2028)
    for at in ("02-29T12:00", "03-01T00:00", "12-31T23:59")
]
EDGES += [datetime(year, 1, 1, tzinfo=UTC) for year in range(2024, 2031)]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MERGE, NIGHTLY = 500, 5_000
quick = settings(max_examples=MERGE, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(max_examples=NIGHTLY, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def changes(key: str) -> list[datetime]:
    """The first minutes of UTC at which clocks of the zone stand at another offset."""
    zone, found, at = ZoneInfo(key), [], FROM
    while at < TO:
        if at.astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset():
            low, high = at, at + DAY
            while high - low > MINUTE:
                middle = low + (high - low) // 2 // MINUTE * MINUTE
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += DAY
    return found


def shown_at(local: datetime, key: str) -> list[datetime]:
    """The slow reference: every minute of UTC at which clocks of the zone show this."""
    zone, at, found = ZoneInfo(key), local.replace(tzinfo=UTC) - FARTHEST, []
    while at <= local.replace(tzinfo=UTC) + FARTHEST:
        if at.astimezone(zone).replace(tzinfo=None) == local:
            found.append(at)
        at += MINUTE
    return found


@cache
def changing() -> list[str]:
    return [key for key in ZONES if changes(key)]


@st.composite
def places(draw: Any) -> tuple[str, datetime]:
    """A zone, and a minute of its own clocks: three times of four around a change, else around an edge or anywhere.

    By addition on the face of the clock, so that minutes which clocks leave out come up as well.
    """
    if draw(st.integers(0, 3)):
        key = draw(st.sampled_from(changing()))
        about = draw(st.sampled_from(changes(key)))
    else:
        key = draw(st.sampled_from(ZONES))
        about = (
            draw(st.sampled_from(EDGES)) if draw(st.booleans()) else FROM + draw(st.integers(0, SPAN_MINUTES)) * MINUTE
        )
    face = about.astimezone(ZoneInfo(key)).replace(tzinfo=None)
    return key, face + draw(st.integers(-90, 90)) * MINUTE


def typed(local: datetime, form: int) -> str:
    """The same local time as people write it."""
    twelve = f"{local.hour % 12 or 12}:{local:%M} {'pm' if local.hour >= 12 else 'am'}"
    return (
        f"{local:%Y-%m-%d %H:%M}",
        f"{local.day} {local:%b %Y} {local:%H:%M}",
        f"{local:%B} {local.day}, {local.year} at {twelve}",
        f"{WEEKDAYS[local.weekday()]} {local.day} {local:%B %Y}, {local:%H.%M}",
        f"{local:%Y-%m-%dT%H:%M}",
    )[form]


def read(text: str, key: str, now: datetime, **side: bool) -> datetime | str:
    """The instant, or the sentence that refuses it."""
    try:
        return moments.parse(text, now=now, zone=key, **side)
    except moments.Unreadable as refusal:
        return refusal.sentence


def offers(sentence: str) -> list[datetime]:
    """The instants that a refusal offers instead, each written so that it can be typed as it stands."""
    said = re.findall(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", sentence)
    return [moments.parse(one, now=FROM, zone="Asia/Kathmandu") for one in said]


def is_understood(key: str, local: datetime, text: str, now: datetime, **side: bool) -> None:
    """Once: that instant, and it is said as it was typed. Twice or never: refused, and both ways out are named."""
    expected, got = shown_at(local, key), read(text, key, now, **side)
    if len(expected) == 1:
        assert got == expected[0], (key, text, got)
        assert got.utcoffset() == timedelta(0)
        is_said(key, local, expected[0])
        return
    assert isinstance(got, str), (key, text, expected)
    assert ("happens twice" if expected else "does not exist") in got
    assert key in got
    if expected:
        assert offers(got) == expected
    else:
        around = [at.astimezone(ZoneInfo(key)).replace(tzinfo=None) for at in offers(got)]
        assert len(around) == 2
        assert around[0] < local < around[1]


def is_said(key: str, local: datetime, at: datetime) -> None:
    """With its UTC instant, its own time and the name of the zone, and so that it can be read back in any zone."""
    said = moments.phrase(at, key)
    assert f"{at:%H:%M} UTC" in said
    if key not in ("UTC", "Etc/UTC"):
        assert f"({local:%H:%M} " in said, (key, said)
    assert read(moments.exact(at), "Pacific/Chatham", FROM) == at
    bare = said.partition(" (")[0]
    assert read(bare, "America/St_Johns", FROM) == at


def typing(place: tuple[str, datetime], form: int) -> None:
    key, local = place
    is_understood(key, local, typed(local, form), now=FROM)


def typing_the_time_alone(place: tuple[str, datetime], ago: int) -> None:
    """ "2:30" means the next time that clocks show it, seen from up to a day before."""
    key, local = place
    standing = [at - ago * MINUTE for at in shown_at(local, key)[:1]]
    for now in standing:
        today = now.astimezone(ZoneInfo(key)).date()
        meant = datetime.combine(today, local.time())
        if all(at <= now for at in around(meant, key)):
            meant = datetime.combine(today + DAY, local.time())
        expected, got = shown_at(meant, key), read(f"{local:%H:%M}", key, now, future=True)
        if len(expected) == 1 and expected[0] > now:
            assert got == expected[0], (key, local, now, got)
        else:
            assert isinstance(got, str)


def around(local: datetime, key: str) -> list[datetime]:
    """The instants that show it or, where clocks leave it out, those that it could stand for on either side."""
    found = shown_at(local, key)
    if found:
        return found
    before = next(one for minutes in range(1, 1500) if (one := shown_at(local - minutes * MINUTE, key)))
    gap = next(minutes for minutes in range(1, 1500) if shown_at(local - minutes * MINUTE, key))
    after = next(minutes for minutes in range(1, 1500) if shown_at(local + minutes * MINUTE, key))
    return [before[-1] + gap * MINUTE - (gap + after - 1) * MINUTE, before[-1] + gap * MINUTE]


def counting_minutes(place: tuple[str, datetime], minutes: int) -> None:
    """ "in 3 h" counts time that passes, whatever clocks do meanwhile."""
    key, local = place
    for now in shown_at(local, key):
        assert read(f"in {minutes} min", key, now) == now + minutes * MINUTE
        assert read(f"{minutes} min ago", key, now) == now - minutes * MINUTE


FORM, AGO, SPAN = st.integers(0, 4), st.integers(1, 1439), st.integers(1, 2880)


@given(places(), FORM)
@quick
def test_a_typed_local_time_is_one_instant_or_refused_with_the_way_out(place: tuple[str, datetime], form: int) -> None:
    typing(place, form)


@given(places(), AGO, SPAN)
@settings(quick, max_examples=100)
def test_a_time_alone_and_a_span_are_understood_across_changes(
    place: tuple[str, datetime], ago: int, minutes: int
) -> None:
    typing_the_time_alone(place, ago)
    counting_minutes(place, minutes)


@pytest.mark.nightly
@given(places(), FORM)
@thorough
def test_five_thousand_typed_times(place: tuple[str, datetime], form: int) -> None:
    typing(place, form)


@pytest.mark.nightly
@given(places(), AGO, SPAN)
@settings(thorough, max_examples=1_500)
def test_fifteen_hundred_times_alone(place: tuple[str, datetime], ago: int, minutes: int) -> None:
    typing_the_time_alone(place, ago)
    counting_minutes(place, minutes)


def test_every_kind_of_change_is_among_the_examples(figures: Any) -> None:
    """Half-hour steps, two-hour steps, offsets of :30 and :45, gaps and repeats: what is drawn from has them all."""
    steps, minutes = set(), set()
    for key in ZONES:
        for at in changes(key):
            before, after = ((at - back).astimezone(ZoneInfo(key)).utcoffset() for back in (MINUTE, timedelta()))
            assert before is not None
            assert after is not None
            steps.add((after - before) // MINUTE)
        minutes.add((FROM.astimezone(ZoneInfo(key)).utcoffset() or timedelta()) // MINUTE % 60)

    figures("R15", zones=len(ZONES), changes_of_offset=sum(len(changes(key)) for key in ZONES), examples=MERGE + 100)
    assert {-60, -30, 30, 60, 120} <= steps
    assert {0, 30, 45} <= minutes


@pytest.mark.parametrize("key", ["UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "America/New_York"])
def test_leap_days_and_the_end_of_the_year(key: str) -> None:
    for year in range(2024, 2031):
        last = datetime(year, 12, 31, 23, 59)  # noqa: DTZ001 - what the clock on the wall shows
        is_understood(key, last, f"31 Dec {year} 23:59", FROM)
        leap = read(f"29 Feb {year} 12:00", key, FROM)
        assert isinstance(leap, datetime) == (year % 4 == 0), leap
        assert isinstance(read(f"30 Feb {year} 12:00", key, FROM), str)
    now = datetime(2027, 12, 31, 22, tzinfo=UTC)
    tomorrow = now.astimezone(ZoneInfo(key)).date() + DAY
    is_understood(key, datetime.combine(tomorrow, time(9)), "tomorrow 9:00", now)
