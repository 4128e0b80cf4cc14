"""Instants in words, and words read as instants.

UTC comes first and the reader's own zone beside it: "15:30 UTC (16:30 CET)". What is read has the minute as its unit.
A leaf: imports nothing of ours, and is told what time it is.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Tense = Literal["future", "past"] | None

FORMS = "in 30 min, 15:30, tomorrow 9:00, Friday 17:00, 20 Nov 15:30 or 2026-11-20 15:30, each also with a zone: 15:30 UTC"
LONGEST = 80

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
RELATIVE_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}

# Only names that mean one offset everywhere. CST, IST and the like mean several, and are read only in a zone that uses them.
OFFSETS = {
    "utc": 0, "z": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9,
    "est": -5, "edt": -4, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "nzst": 12, "nzdt": 13,
}  # fmt: skip

RELATIVE = re.compile(
    r"(?P<ahead>in )?(?P<spans>(?:\d{1,4} ?(?:days?|d|hours?|hrs?|h|minutes?|mins?|m)\b ?(?:and )?)+)(?P<back>ago)?", re.ASCII
)
SPAN = re.compile(r"(\d{1,4}) ?([dhm])", re.ASCII)
TOKEN = re.compile(
    r"""[\s,]*(?:
        (?P<iso>\d{4}-\d{2}-\d{2})t?
      | (?P<clock>\d{1,2}[:.]\d{2}(?::\d{2}(?:\.\d+)?)?(?!\d))
      | (?P<offset>(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?(?!\d))
      | (?P<number>\d{1,4})(?:st|nd|rd|th)?(?!\d)
      | (?P<word>[a-z]+(?:[/_-][a-z_]+)*)
    )[\s,]*""",
    re.ASCII | re.VERBOSE,
)


class Unreadable(ValueError):  # noqa: N818 - read as an answer to a person, like the refusals
    """The words are no instant, or more than one. `sentence` says what would be understood."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Words(NamedTuple):
    """What was found in the text, each part at most once."""

    day: str | date | None = None
    clock: time | None = None
    zone: tzinfo | None = None
    typed: str = ""


# Saying


def phrase(at: datetime, zone: str | ZoneInfo, *, now: datetime | None = None) -> str:
    """ "15:30 UTC (16:30 CET)"; dated unless `now` is given and is the same UTC day, since only a date is true for ever."""
    at, local = at.astimezone(UTC), at.astimezone(_zone(zone))
    dated = now is None or now.astimezone(UTC).date() != at.date()
    first = f"{at:%H:%M} UTC"
    if dated:
        first = f"{day(at)}, {first}"
    beside = beside_utc(at, zone)
    if not beside:
        return first
    return f"{first} ({beside}, {local.day} {local:%B})" if local.date() != at.date() else f"{first} ({beside})"


def reading(at: datetime, zone: str | ZoneInfo) -> str:
    """How we understood a time, in full: "16:00 UTC (17:00 CET), Thursday 19 November 2026"."""
    at = at.astimezone(UTC)
    return f"{phrase(at, zone, now=at)}, {at:%A} {day(at)}"


def exact(at: datetime) -> str:
    """The shortest text that `parse` reads back as the same minute in every zone: "2026-11-20 15:30 UTC"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"


def beside_utc(at: datetime, zone: str | ZoneInfo) -> str:
    """ "16:30 CET", or nothing when the zone is UTC itself."""
    local = at.astimezone(_zone(zone))
    return "" if str(local.tzinfo) in ("UTC", "Etc/UTC") else f"{local:%H:%M} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """ "CET"; zones without letters get "UTC+4" or "UTC+5:45"."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def span(delta: timedelta) -> str:
    """ "14 min", "2 h 29 min", "1 d 2 h"; whole minutes gone by, the direction is the caller's to say."""
    minutes = int(abs(delta).total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    large, small = ((days, "d"), (hours, "h")) if days else ((hours, "h"), (minutes, "min"))
    parts = [f"{number} {unit}" for number, unit in (large, small) if number]
    return " ".join(parts) or "under 1 min"


# Reading


def parse(text: str, *, now: datetime, zone: str | ZoneInfo, future: bool = False, past: bool = False) -> datetime:
    """The instant meant by `text`, in UTC. `future` and `past` say which side of `now` it must lie on.

    A clock time alone means today; when it has passed it means tomorrow only if a future time was asked for.
    Raises Unreadable: no time, no such local time, two such local times, or the wrong side of now.
    """
    tense: Tense = "future" if future else "past" if past else None
    tidy = " ".join(text.replace("\N{MINUS SIGN}", "-").lower().split())
    if not tidy or len(tidy) > LONGEST:
        raise _unreadable(text)
    zone = _zone(zone)
    at = _relative(tidy, now)
    if at is None:
        at = _absolute(_words(tidy, text, zone), now=now, zone=zone, tense=tense)
    at = at.replace(second=0, microsecond=0)
    _require_side(at, now, zone, tense)
    return at


def _relative(tidy: str, now: datetime) -> datetime | None:
    if tidy == "now":
        return now.astimezone(UTC)
    found = RELATIVE.fullmatch(tidy)
    if not found or (found["ahead"] and found["back"]):
        return None
    delta = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in SPAN.findall(found["spans"])), timedelta())
    return now.astimezone(UTC) + (-delta if found["back"] else delta)


def _absolute(words: Words, *, now: datetime, zone: ZoneInfo, tense: Tense) -> datetime:
    if words.clock is None:
        raise Unreadable(f"“{words.typed}” says no time of day. Add one, for example {words.typed} 15:30.")
    where = words.zone or zone
    days = _days(words, now.astimezone(where).date(), tense)
    instants = [_instant(datetime.combine(day, words.clock), where, now, tense) for day in days[:1]]
    if len(days) > 1 and not _on_side(instants[0], now, tense):
        instants = [_instant(datetime.combine(days[1], words.clock), where, now, tense)]
    if words.day is None and tense is None and instants[0] < now.replace(second=0, microsecond=0):
        raise Unreadable(f"{words.clock:%H:%M} has passed today. Write “today {words.clock:%H:%M}” or “tomorrow {words.clock:%H:%M}”.")
    return instants[0]


def _days(words: Words, today: date, tense: Tense) -> list[date]:
    """The day meant, and the one meant instead if that lies on the wrong side of now."""
    step = -1 if tense == "past" else 1
    if isinstance(words.day, date):
        return _with_year(words.day, today, tense) if words.day.year == YEARLESS else [words.day]
    if words.day is None:
        return [today] if tense is None else [today, today + timedelta(days=step)]
    if words.day in RELATIVE_DAYS:
        return [today + timedelta(days=RELATIVE_DAYS[words.day])]
    ahead = (WEEKDAYS.index(words.day) - today.weekday()) % 7
    first = today + timedelta(days=ahead if step > 0 or not ahead else ahead - 7)
    return [first, first + timedelta(days=7 * step)]


YEARLESS = 4  # a leap year no record has, so that "29 Feb" can stand without its year


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
