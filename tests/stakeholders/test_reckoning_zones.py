"""Every unit of legal clocks against a slow reference, over all zones, leap years, month ends and holidays.

The reference counts: minutes of UTC one by one, days of the calendar one by one, and asks at each what clocks and calendars
there show. It shares nothing with the engine but the library of holidays, which it asks in another way.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import holidays
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stakeholders import reckoning
from stakeholders.reckoning import Start, Term, Unit

ZONES = sorted(available_timezones())
CALENDARS = ("US", "US-NY", "DE", "DE-BY", "GB", "IN", "SG", "AE", "IL", "JP", "AU", "ECB", "XNYS")
FROM = datetime(2024, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SPAN = 7 * 366 * 1440
EDGES = [
    datetime.fromisoformat(f"{year}-{at}+00:00")
    for year in (2024, 2027, 2028)
    for at in ("01-31T12:00", "02-28T12:00", "03-28T01:15", "05-31T09:00", "10-31T06:00", "12-24T17:00", "12-31T23:30")
]

DAILY, NIGHTLY = 200, 5_000
quick = settings(max_examples=DAILY, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(max_examples=NIGHTLY, deadline=None, suppress_health_check=list(HealthCheck))


def minute_by_minute(since: datetime, minutes: int) -> datetime:
    at = since.astimezone(UTC)
    for _ in range(minutes):
        at += MINUTE
    return at


@cache
def calendar(name: str) -> holidays.HolidayBase:
    country, _, part = name.partition("-")
    years = range(2023, 2036)
    if country in holidays.list_supported_countries():
        return holidays.country_holidays(country, subdiv=part or None, years=years)
    return holidays.financial_holidays(name, years=years)


def nth_working_day(day: date, number: int, name: str) -> date:
    """Walk the days and tick off those on which people work."""
    ticked: list[date] = []
    while len(ticked) < number:
        day = date.fromordinal(day.toordinal() + 1)
        if day.weekday() not in calendar(name).weekend and day not in calendar(name):
            ticked.append(day)
    return ticked[-1]


def months_on(day: date, months: int) -> date:
    """Walk the days until the month has turned that often; stay on the same number, or on the last day before the next turn."""
    turned, at = 0, day
    while turned < months:
        at = date.fromordinal(at.toordinal() + 1)
        turned += at.day == 1
    while at.day < day.day and (following := date.fromordinal(at.toordinal() + 1)).month == at.month:
        at = following
    return at


def first_shown(day: date, clock: time, key: str) -> datetime:
    """The first minute of UTC at which clocks of the zone show that time or a later one."""
    zone, face = ZoneInfo(key), datetime.combine(day, clock)
    at = face.replace(tzinfo=UTC) - timedelta(hours=15)
    while at.astimezone(zone).replace(tzinfo=None) < face:
        at += MINUTE
    return at


def slow(term: Term, since: datetime) -> datetime:
    number, local = term.length or 0, since.astimezone(ZoneInfo(term.zone))
    if term.unit is Unit.HOURS:
        return minute_by_minute(since, number * 60)
    if term.unit is Unit.DAYS:
        begins = first_shown(date(local.year + 1, 1, 1), time(0), term.zone) if term.after_year_end else since
        return minute_by_minute(begins, number * 1440)
    if term.unit is Unit.BUSINESS_DAYS:
        return first_shown(nth_working_day(local.date(), number, term.calendar), term.closes, term.zone)
    return first_shown(months_on(local.date(), number), local.time().replace(fold=0), term.zone)


@st.composite
def clocks(draw: Any, unit: Unit) -> tuple[Term, datetime]:
    most = {Unit.HOURS: 200, Unit.DAYS: 70, Unit.BUSINESS_DAYS: 25, Unit.MONTHS: 14}[unit]
    edge, near, anywhere = st.sampled_from(EDGES), st.integers(-1_500, 1_500), st.integers(0, SPAN)
    since = draw(edge) + draw(near) * MINUTE if draw(st.booleans()) else FROM + draw(anywhere) * MINUTE
    term = Term(
        unit,
        (Start.AWARE,),
        draw(st.integers(1, most)),
        calendar=draw(st.sampled_from(CALENDARS)) if unit is Unit.BUSINESS_DAYS else "",
        zone=draw(st.sampled_from(ZONES)),
        closes=time(*divmod(draw(st.integers(0, 1439)), 60)),
        after_year_end=unit is Unit.DAYS and draw(st.booleans()),
    )
    return term, since.astimezone(ZoneInfo(draw(st.sampled_from(ZONES))))


def is_reckoned(clock: tuple[Term, datetime]) -> None:
    term, since = clock
    found = reckoning.due(term, {"aware": since})

    assert found.at == slow(term, since), (term, since)
    assert found.at is not None
    assert found.at > since
    assert found.at.utcoffset() == timedelta(0)
    assert found.since == since
    assert "\n" not in found.words


def agree(unit: Unit, how: settings) -> None:
    @given(clocks(unit))
    @how
    def each(clock: tuple[Term, datetime]) -> None:
        is_reckoned(clock)

    each()


def is_limited(classified: int, own: int, cap: int) -> None:
    """Which minute is the first that is neither before the limit nor before the clock's own end, walked through."""
    aware = FROM
    term = Term(Unit.HOURS, (Start.CLASSIFIED,), own, cap_hours=cap, cap_start=Start.AWARE)
    started = minute_by_minute(aware, classified)
    ends = [minute_by_minute(started, own * 60)]
    if started <= minute_by_minute(aware, cap * 60):
        ends.append(minute_by_minute(aware, cap * 60))

    assert reckoning.due(term, {"aware": aware, "classified": started}).at == min(ends)


@pytest.mark.parametrize("unit", [unit for unit in Unit if unit.is_counted])
def test_each_unit_counts_as_the_slow_reference_does(unit: Unit) -> None:
    agree(unit, quick)


@given(st.integers(0, 4_000), st.integers(1, 30), st.integers(1, 60))
@quick
def test_a_limit_from_another_event_is_kept(classified: int, own: int, cap: int) -> None:
    is_limited(classified, own, cap)


@pytest.mark.nightly
@pytest.mark.parametrize("unit", [unit for unit in Unit if unit.is_counted])
def test_five_thousand_clocks_of_each_unit(unit: Unit) -> None:
    agree(unit, thorough)


@pytest.mark.nightly
@given(st.integers(0, 4_000), st.integers(1, 30), st.integers(1, 60))
@thorough
def test_five_thousand_limits(classified: int, own: int, cap: int) -> None:
    is_limited(classified, own, cap)


def test_the_reference_is_right_where_the_answer_is_known() -> None:
    assert months_on(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert months_on(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_on(date(2026, 11, 15), 2) == date(2027, 1, 15)
    assert nth_working_day(date(2026, 9, 5), 4, "US") == date(2026, 9, 11)
    assert first_shown(date(2027, 3, 28), time(2, 30), "Europe/Berlin") == datetime(2027, 3, 28, 1, tzinfo=UTC)
