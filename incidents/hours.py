"""When a reminder may arrive: between 08:00 and 18:00 where its reader is. Pure arithmetic on instants and zones."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8), time(18)
SATURDAY = 5


def into_hours(at: datetime, zone: ZoneInfo) -> datetime:
    """``at`` itself when it lies in the reader's hours, else the next moment at which they open."""
    local = at.astimezone(zone)
    if OPENS <= local.time() < CLOSES:
        return at.astimezone(UTC)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    return _opening(day, zone)


def morning_before(due_at: datetime, zone: ZoneInfo) -> datetime:
    """08:00 of the due day. When it is due by then already, 08:00 of the day before: a reminder has to come in time."""
    day = due_at.astimezone(zone).date()
    opening = _opening(day, zone)
    return opening if opening < due_at else _opening(day - timedelta(days=1), zone)


def _opening(day: object, zone: ZoneInfo) -> datetime:
    """08:00 of ``day``. On the days when a zone skips that hour altogether, the first moment after it."""
    at = datetime.combine(day, OPENS, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type]
    while at.astimezone(zone).time() < OPENS or at.astimezone(zone).date() < day:  # type: ignore[operator]
        at += timedelta(minutes=15)
    return at


def is_open(at: datetime, zone: ZoneInfo) -> bool:
    """Whether somebody is at work there at that moment: in these hours, Monday to Friday."""
    local = at.astimezone(zone)
    return local.weekday() < SATURDAY and OPENS <= local.time() < CLOSES
