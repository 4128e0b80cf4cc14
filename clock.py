"""The one clock: the database's time.

Every process of an installation compares due times and leases with the same clock, so a machine whose own clock is wrong
neither sends a reminder early nor steals a lease. The offset between the database and this process's monotonic clock is
measured once a minute; between two measurements, and while the database is away, the monotonic clock carries on.

Tests and the demo may put another source in its place with ``fixed_at``; nothing else may.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection

MEASURE_EVERY_SECONDS = 60.0

_SELECT_NOW = {
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')",
    "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
}


class _DatabaseClock:
    """Database time, carried forward by the monotonic clock between two measurements."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._base: datetime | None = None
        self._measured_at = 0.0
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        elapsed = time.monotonic() - self._measured_at
        if (self._base is None or elapsed > MEASURE_EVERY_SECONDS) and self._lock.acquire(blocking=self._base is None):
            try:
                self._measure()
            finally:
                self._lock.release()
        base = self._base or datetime.now(UTC)
        return base + timedelta(seconds=time.monotonic() - self._measured_at)

    def _measure(self) -> None:
        try:
            base = database_time()
            self.ahead = datetime.now(UTC) - base
        except DatabaseError:
            # The database is away: go on from the last measurement, or from this machine's clock if there was none.
            base = (
                self._base + timedelta(seconds=time.monotonic() - self._measured_at)
                if self._base
                else datetime.now(UTC)
            )
        self._base, self._measured_at = base, time.monotonic()

    def forget(self) -> None:
        """Measure anew at the next call."""
        self._base = None


_database_clock = _DatabaseClock()
_source: Callable[[], datetime] = _database_clock


def database_time() -> datetime:
    """Ask the database what time it is (UTC). Raises ``django.db.DatabaseError`` when it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT_NOW[connection.vendor])
        (text,) = cursor.fetchone()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    moved = timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
    return _source() + moved if moved else _source()


def ahead_of_database() -> timedelta:
    """How far this machine's own clock was ahead of the database's when it was last measured; negative when behind.

    Nothing here uses that clock. Where the database is a file (SQLite) the two are one and the same.
    """
    return _database_clock.ahead


@contextmanager
def fixed_at(at: datetime) -> Iterator[Callable[[datetime], None]]:
    """Stand still at ``at``; the value yielded moves the hand. Only with ``settings.CLOCK_MAY_MOVE`` (tests, demo)."""
    if not settings.CLOCK_MAY_MOVE:
        raise RuntimeError("The clock may be moved only in tests and in the demo.")
    global _source
    before, hand = _source, [at]

    def move(to: datetime) -> None:
        hand[0] = to

    def stand() -> datetime:
        return hand[0]

    _source = stand
    try:
        yield move
    finally:
        _source = before
