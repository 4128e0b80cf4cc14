"""When a legal clock is due: a pure function of a rule's figures and of the moments that start it. Knows no database.

Strict wherever laws leave room, so that what is shown is never later than what a stricter reader would find: hours and
calendar days are spans of passing time, to the minute. All results are in UTC. Never advice: counsel confirms each rule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

import moments

MOST = 3_660  # of any unit: ten years of days
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOON, CLOSE = time(12), time(17)


class Start(StrEnum):
    """What a clock can run from. The first five belong to an incident, the last two to one clock of it."""

    AWARE = "aware"
    DISCOVERED = "discovered"
    CLASSIFIED = "classified"
    DETERMINED = "determined"
    BELIEF = "belief"
    SUBMITTED = "submitted"
    OWN = "own"

    @property
    def words(self) -> str:
        return _STARTS[self]


_STARTS = {
    Start.AWARE: "becoming aware",
    Start.DISCOVERED: "discovery",
    Start.CLASSIFIED: "classification",
    Start.DETERMINED: "the determination",
    Start.BELIEF: "reasonable belief",
    Start.SUBMITTED: "submission of the earlier report",
    Start.OWN: "an event of its own",
}


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    MONTHS = "months"
    PROMPT = "prompt"  # "immediately", "without undue delay": due at once and without a number
    NOTHING = "nothing"  # kept to be read, such as a rule that was repealed; reckons nothing

    @property
    def words(self) -> str:
        return {"business_days": "business days", "days": "calendar days"}.get(self.value, self.value)

    @property
    def is_counted(self) -> bool:
        return self not in (Unit.PROMPT, Unit.NOTHING)


@dataclass(frozen=True)
class Term:
    """The figures of one rule.

    ``starts``: the first of them that is recorded starts the clock. ``cap_hours`` from ``cap_start`` is the latest it may
    end, unless the clock only started after that (DORA-4H). ``calendar`` is a name that ``holidays`` knows: a country,
    one of its parts ("DE-BY") or a market ("ECB"); business days end at ``closes`` in ``zone``, which also says on which
    day a moment lies and what "the same date" is. ``after_year_end``: counted from the end of the year of the start.
    """

    unit: Unit
    starts: tuple[Start, ...]
    length: int | None = None
    calendar: str = ""
    zone: str = "UTC"
    closes: time = CLOSE
    cap_hours: int | None = None
    cap_start: Start | None = None
    after_year_end: bool = False
    also_prompt: bool = False  # the number is only the outer limit: "without undue delay, at most 60 days"

    def __post_init__(self) -> None:
        if (
            self.unit.is_counted != (self.length is not None)
            or not 0 < (1 if self.length is None else self.length) <= MOST
        ):
            raise ValueError("A unit that is counted needs a number, and no other has one.")
        if (self.unit is Unit.BUSINESS_DAYS and not self.calendar) or (
            self.calendar and not is_calendar(self.calendar)
        ):
            raise ValueError("Business days are counted by a calendar that exists.")
        if (self.cap_hours is None) != (self.cap_start is None) or (not self.starts and self.unit is not Unit.NOTHING):
            raise ValueError("A clock says from what it runs, and a limit too.")

    @property
    def words(self) -> str:
        """ "72 hours", "without undue delay", "4 hours, and at most 24 hours from becoming aware"."""
        if not self.unit.is_counted:
            return "without undue delay" if self.unit is Unit.PROMPT else "no clock"
        said = counted(self.length or 0, self.unit)
        said = f"without undue delay, at most {said}" if self.also_prompt else said
        said += " after the end of the year" if self.after_year_end else ""
        if self.cap_hours and self.cap_start:
            said += f", and at most {counted(self.cap_hours, Unit.HOURS)} from {self.cap_start.words}"
        return said


@dataclass(frozen=True)
class Due:
    """``at`` is None without a number, and while nothing starts the clock. ``waits_for``: the start event not recorded yet.

    A clock with a limit from another event has ``at`` and ``waits_for`` both while only that other event is recorded.
    ``words``: one sentence, how it was reckoned.
    """

    at: datetime | None
    since: datetime | None
    waits_for: str
    is_immediate: bool
    words: str


def due(term: Term, starts: Mapping[str, datetime]) -> Due:
    """When it is due, from the moments recorded so far. Raises ``ValueError`` for a moment without a zone."""
    if any(at.tzinfo is None for at in starts.values()):
        raise ValueError("A moment needs a zone.")
    if term.unit is Unit.NOTHING:
        return Due(None, None, "", False, "This rule has no clock.")
    since, start = _first(term, starts)
    if since is None or start is None:
        return _waiting(term, starts)
    if term.unit is Unit.PROMPT:
        words = f"Without undue delay from {_said(start, since, term)}: due now, the rule names no number."
        return Due(None, since, "", True, words)
    at = _end(term, since)
    return _limited(term, Due(at, since, "", False, _how(term, start, since)), starts)


def tolled(found: Due, began: datetime, ended: datetime) -> Due:
    """Moved by the time that an authority's request to wait lasted, as far as the clock was running and not over yet."""
    if found.at is None or found.since is None or began >= found.at:
        return found
    held = ended - max(began, found.since)
    if held <= timedelta():
        return found
    return replace(
        found, at=found.at + held, words=f"{found.words} Moved by {moments.span(held)} for which it was held."
    )


def moved_to_noon(found: Due, calendar: str, zone: str) -> Due:
    """The choice that DORA leaves some entities: a deadline on a weekend or holiday moves to noon of the next working day.

    Never applied by ``due``: whether it may be used is for counsel to say.
    """
    if found.at is None or is_business_day(found.at.astimezone(ZoneInfo(zone)).date(), calendar):
        return found
    day = _business_day(found.at.astimezone(ZoneInfo(zone)).date(), 1, calendar)
    at = _instant(day, NOON, zone)
    return replace(found, at=at, words=f"{found.words} Moved to noon of the next working day ({calendar}).")


def is_calendar(name: str) -> bool:
    """Whether ``holidays`` knows this country, part of a country ("US-NY") or market."""
    country, _, part = name.partition("-")
    parts = _countries().get(country)
    if parts is None:
        return name in holidays.list_supported_financial()
    return not part or part in parts


def is_business_day(day: date, calendar: str) -> bool:
    free = _free(calendar, day.year)
    return day.weekday() not in _weekend(calendar) and day not in free


def counted(number: int, unit: Unit) -> str:
    """ "1 hour", "4 business days"."""
    return f"{number} {unit.words[:-1] if number == 1 else unit.words}"


# Which moment counts


def _first(term: Term, starts: Mapping[str, datetime]) -> tuple[datetime | None, Start | None]:
    found = [(starts[start], start) for start in term.starts if start in starts]
    return min(found, key=lambda one: one[0]) if found else (None, None)


def _waiting(term: Term, starts: Mapping[str, datetime]) -> Due:
    """Not started. A limit that runs from another event holds already."""
    wanted = " or ".join(start.words for start in term.starts)
    waits_for = str(term.starts[0])
    cap = _cap(term, starts)
    if cap is None or term.cap_start is None:
        return Due(
            None, None, waits_for, False, f"Not started: it runs from {wanted}, and no time for that is recorded."
        )
    since = starts[term.cap_start]
    words = (
        f"At most {counted(term.cap_hours or 0, Unit.HOURS)} from {_said(term.cap_start, since, term)}; "
        f"{counted(term.length or 0, term.unit)} from {wanted} once that is recorded."
    )
    return Due(cap, since, waits_for, False, words)


def _limited(term: Term, found: Due, starts: Mapping[str, datetime]) -> Due:
    cap = _cap(term, starts)
    if cap is None or term.cap_start is None or found.at is None or found.since is None or found.at <= cap:
        return found
    limit = f"{counted(term.cap_hours or 0, Unit.HOURS)} from {_said(term.cap_start, starts[term.cap_start], term)}"
    if found.since > cap:
        return replace(
            found, words=f"{found.words} It started after the limit of {limit}, which therefore does not shorten it."
        )
    return replace(found, at=cap, words=f"{found.words} But at most {limit}.")


def _cap(term: Term, starts: Mapping[str, datetime]) -> datetime | None:
    if term.cap_start is None or term.cap_hours is None or term.cap_start not in starts:
        return None
    return starts[term.cap_start].astimezone(UTC) + term.cap_hours * HOUR


# Counting


def _end(term: Term, since: datetime) -> datetime:
    zone, length = ZoneInfo(term.zone), term.length or 0
    if term.after_year_end:
        since = _instant(date(since.astimezone(zone).year + 1, 1, 1), time(0), term.zone)
    if term.unit is Unit.HOURS:
        return since.astimezone(UTC) + length * HOUR
    if term.unit is Unit.DAYS:
        return since.astimezone(UTC) + length * DAY
    local = since.astimezone(zone)
    if term.unit is Unit.BUSINESS_DAYS:
        return _instant(_business_day(local.date(), length, term.calendar), term.closes, term.zone)
    return _instant(_month_later(local.date(), length), local.time(), term.zone)


def _business_day(day: date, number: int, calendar: str) -> date:
    """The n-th business day after `day`. An event on a free day therefore counts the next business day as the first."""
    while number:
        day += DAY
        number -= is_business_day(day, calendar)
    return day


def _month_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def _instant(day: date, clock: time, key: str) -> datetime:
    """The first instant at which clocks of the zone show this or, where they leave it out, anything later."""
    local, zone = datetime.combine(day, clock.replace(tzinfo=None, fold=0)), ZoneInfo(key)
    low, high = sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if low.astimezone(zone).replace(tzinfo=None, fold=0) >= local:
        return low
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) // 2
        late = middle.astimezone(zone).replace(tzinfo=None, fold=0) >= local
        low, high = (low, middle) if late else (middle, high)
    return high


# Calendars


@lru_cache(maxsize=512)
def _free(calendar: str, year: int) -> frozenset[date]:
    """The holidays of one year. Built whole each time: the library's own growing object is not safe among threads.

    The years beside it are asked as well, since a holiday may be kept on a day of the year before.
    """
    return frozenset(day for day in _calendar(calendar, range(year - 1, year + 2)) if day.year == year)


@lru_cache(maxsize=512)
def _weekend(calendar: str) -> frozenset[int]:
    return frozenset(_calendar(calendar, range(2026, 2027)).weekend)


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    """By two letters, with the codes of their parts: the library's longer names for the same are not taken."""
    return holidays.list_supported_countries(include_aliases=False)


def _calendar(name: str, years: range) -> holidays.HolidayBase:
    country, _, part = name.partition("-")
    if country in _countries():
        return holidays.country_holidays(country, subdiv=part or None, years=years)
    return holidays.financial_holidays(name, years=years)


# Saying


def _said(start: Start, since: datetime, term: Term) -> str:
    return f"{start.words} ({moments.phrase(since, term.zone)})"


def _how(term: Term, start: Start, since: datetime) -> str:
    return "".join(_parts(term, start, since))


def _parts(term: Term, start: Start, since: datetime) -> Iterator[str]:
    yield "Without undue delay and at most " if term.also_prompt else ""
    yield counted(term.length or 0, term.unit)
    yield " after the end of the year of " if term.after_year_end else " from "
    yield _said(start, since, term)
    if term.unit is Unit.HOURS:
        yield ", through nights, weekends and holidays."
    elif term.unit is Unit.DAYS:
        yield ", each of 24 hours, weekends and holidays included."
    elif term.unit is Unit.MONTHS:
        yield f": the same date and time of day in {term.zone}, or the last day of a shorter month."
    else:
        yield f" by the calendar {term.calendar}, until {term.closes:%H:%M} in {term.zone} of the last one."
        if not is_business_day(since.astimezone(ZoneInfo(term.zone)).date(), term.calendar):
            yield " It started on a day that is none, so the next business day counts as the first."
