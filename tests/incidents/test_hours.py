"""Reminders arrive between 08:00 and 18:00 where their reader is, whatever the zone and its changes of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import hours

ZONES = sorted(zone for zone in available_timezones() if zone not in ("localtime", "Factory"))
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2030, 12, 31, tzinfo=UTC)
instants = st.integers(int(FIRST.timestamp()), int(LAST.timestamp())).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)


@given(at=instants, zone=st.sampled_from(ZONES))
@settings(max_examples=1500, deadline=None)
def test_every_moved_time_lies_in_the_readers_hours_and_soon(at, zone):
    moved = hours.into_hours(at, ZoneInfo(zone))

    local = moved.astimezone(ZoneInfo(zone))
    assert time(8) <= local.time() < time(18)
    assert timedelta() <= moved - at <= timedelta(hours=40)
    assert hours.into_hours(moved, ZoneInfo(zone)) == moved


@given(first=instants, second=instants, zone=st.sampled_from(ZONES))
@settings(max_examples=500, deadline=None)
def test_moving_keeps_the_order(first, second, zone):
    early, late = sorted([first, second])

    assert hours.into_hours(early, ZoneInfo(zone)) <= hours.into_hours(late, ZoneInfo(zone))


@given(due=instants, zone=st.sampled_from(ZONES))
@settings(max_examples=1000, deadline=None)
def test_the_morning_always_comes_before_the_deadline(due, zone):
    morning = hours.morning_before(due, ZoneInfo(zone))

    assert timedelta() < due - morning <= timedelta(hours=49)
    assert morning.astimezone(ZoneInfo(zone)).hour >= 8


@pytest.mark.parametrize(
    ("zone", "at", "moved"),
    [
        ("Europe/Berlin", "2026-03-29T01:30:00+00:00", "2026-03-29T06:00:00+00:00"),  # clocks went forward that night
        ("Europe/Berlin", "2026-10-25T01:30:00+00:00", "2026-10-25T07:00:00+00:00"),  # and back
        ("Asia/Kathmandu", "2026-11-19T12:15:00+00:00", "2026-11-20T02:15:00+00:00"),  # 18:00 sharp is too late
        ("America/New_York", "2026-11-19T12:59:59+00:00", "2026-11-19T13:00:00+00:00"),
        ("UTC", "2026-11-19T08:00:00+00:00", "2026-11-19T08:00:00+00:00"),
    ],
)
def test_known_days(zone, at, moved):
    assert hours.into_hours(datetime.fromisoformat(at), ZoneInfo(zone)) == datetime.fromisoformat(moved)


def test_what_is_due_before_eight_is_reminded_the_morning_before():
    due = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)

    assert hours.morning_before(due, ZoneInfo("Europe/Berlin")) == datetime(2026, 11, 19, 7, 0, tzinfo=UTC)
