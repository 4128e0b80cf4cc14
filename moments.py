"""Instants in words, and words read as instants.

UTC comes first and the reader's own zone beside it: "15:30 UTC (16:30 CET)". What is read has the minute as its unit.
A leaf: imports nothing of ours, and is told what time it is.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

Tense = Literal["future", "past"] | None

FORMS = (
    "in 30 min, 15:30, tomorrow 9:00, Friday 17:00, 20 Nov 15:30 or 2026-11-20 15:30, each also with a zone: 15:30 UTC"
)
LONGEST = 80
YEARLESS = 4  # a leap year that no record has, so that "29 Feb" can stand without its year
FAR = timedelta(days=300)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
RELATIVE_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
FILLERS = {"at", "by", "on", "of", "the"}
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}

# Names that mean one offset. CST, IST and the like mean several, and are read only for people in a zone that uses them.
OFFSETS = {
    "utc": 0, "z": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9,
    "est": -5, "edt": -4, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "nzst": 12, "nzdt": 13,
}  # fmt: skip

UNIT = r"(?:weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?)\b"
RELATIVE = re.compile(rf"(?P<ahead>in )?(?P<spans>(?:\d{{1,4}} ?{UNIT} ?(?:and )?)+)(?P<back>ago)?", re.ASCII)
SPAN = re.compile(r"(\d{1,4}) ?([wdhm])", re.ASCII)
TOKEN = re.compile(
    r"""[\s,]*(?:
        (?P<iso>\d{4}-\d{2}-\d{2})t?
      | (?P<clock>\d{1,2}[:.]\d{2}(?::\d{2}(?:\.\d+)?)?(?!\d))
      | (?P<offset>[+-]\d{2}:?\d{2}(?!\d)|(?:utc|gmt)[+-]\d{1,2}(?::?\d{2})?(?!\d))
      | (?P<number>\d{1,4})(?:st|nd|rd|th)?(?!\d)
      | (?P<word>[a-z]+(?:[/_-][a-z_]+)*)
    )[\s,]*""",
    re.ASCII | re.VERBOSE,
)


class Unreadable(ValueError):
    """The words are no instant, or more than one. `sentence` says what would be understood."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Words(NamedTuple):
    """What was found in the text, each part at most once."""

    day: str | date | None
    weekday: str | None
    clock: time
    zone: tzinfo | None


# Saying


def phrase(at: datetime, zone: str | ZoneInfo, *, now: datetime | None = None) -> str:
    """ "15:30 UTC (16:30 CET)"; dated unless `now` is given and on the same UTC day: only a date stays true."""
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


def exact_term(minutes: int) -> str:
    """The text that `term` reads back as the same length: "4 h", "1 d 2 h 30 min". Nothing is left out, unlike in `span`."""
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


# Reading


def parse(text: str, *, now: datetime, zone: str | ZoneInfo, future: bool = False, past: bool = False) -> datetime:
    """The instant meant by `text`, in UTC, to the minute. `future` and `past` say which side of `now` it must lie on.

    A clock time alone means today; once it has passed it means tomorrow only if a future time was asked for.
    Raises Unreadable: no time, no such local time, two such local times, or the wrong side of now.
    """
    tense: Tense = "future" if future else "past" if past else None
    tidy = " ".join(text.replace("\N{MINUS SIGN}", "-").lower().split())
    if not tidy or len(tidy) > LONGEST:
        raise _unreadable(text)
    zone = _zone(zone)
    at = _relative(tidy, now) or _absolute(_words(tidy, text, zone, now), now=now, zone=zone, tense=tense)
    at = at.replace(second=0, microsecond=0)
    if not _on_side(at, now, tense):
        side = "in the past. Enter a time after" if future else "in the future. Enter a time up to"
        raise Unreadable(f"{phrase(at, zone, now=now)} is {side} {phrase(now, zone, now=now)}.")
    return at


def term(text: str) -> timedelta:
    """A length of time: "4 h", "90 min", "1 day 12 h". Raises Unreadable for anything else, and for no length at all."""
    tidy = " ".join(text.lower().split())
    found = RELATIVE.fullmatch(tidy) if len(tidy) <= LONGEST else None
    length = _length(found["spans"]) if found and not (found["ahead"] or found["back"]) else timedelta()
    if not length:
        raise Unreadable(f"“{text[:LONGEST]}” is no length of time. Write it like 30 min, 4 h or 2 days.")
    return length


def is_now(text: str) -> bool:
    """Whether the text is the one word that nobody can misread."""
    return text.strip().lower() == "now"


def _relative(tidy: str, now: datetime) -> datetime | None:
    if is_now(tidy):
        return now.astimezone(UTC)
    found = RELATIVE.fullmatch(tidy)
    if not found or (found["ahead"] and found["back"]):
        return None
    delta = _length(found["spans"])
    return now.astimezone(UTC) + (-delta if found["back"] else delta)


def _length(spans: str) -> timedelta:
    return sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in SPAN.findall(spans)), timedelta())


def _absolute(words: Words, *, now: datetime, zone: ZoneInfo, tense: Tense) -> datetime:
    where = words.zone or zone
    first, *other = [datetime.combine(day, words.clock) for day in _days(words, now.astimezone(where).date(), tense)]
    if other and not any(_on_side(at, now, tense) for at in _readings(first, where)):
        first = other[0]
    if words.weekday and WEEKDAYS[first.weekday()] != words.weekday:
        raise Unreadable(f"{day(first)} is a {first:%A}, not a {words.weekday.title()}.")
    at = _only(first, where)
    if words.day is None and tense is None and at < now.replace(second=0, microsecond=0):
        said = f"{words.clock:%H:%M}"
        raise Unreadable(f"{said} has passed today. Write “today {said}” or “tomorrow {said}”.")
    return at


def _days(words: Words, today: date, tense: Tense) -> list[date]:
    """The day meant, and the one meant instead if that lies on the wrong side of now."""
    step = -1 if tense == "past" else 1
    if isinstance(words.day, date):
        return [_with_year(words.day, today, tense) if words.day.year == YEARLESS else words.day]
    if words.day is not None:
        return [today + timedelta(days=RELATIVE_DAYS[words.day])]
    if words.weekday:
        ahead = (WEEKDAYS.index(words.weekday) - today.weekday()) % 7
        first = today + timedelta(days=ahead - 7 if step < 0 and ahead else ahead)
        return [first, first + timedelta(days=7 * step)]
    return [today] if tense is None else [today, today + timedelta(days=step)]


def _with_year(day: date, today: date, tense: Tense) -> date:
    """The next or the last such day; the nearest when either will do. Far away it is more likely a slip, so we ask."""
    leap = (day.month, day.day) == (2, 29)
    years = [year for year in range(today.year - 8, today.year + 9) if not leap or _is_leap(year)]
    found = [day.replace(year=year) for year in years]
    if tense:
        found = [one for one in found if (one >= today if tense == "future" else one <= today)]
    nearest = min(found, key=lambda one: abs(one - today))
    if abs(nearest - today) > FAR:
        raise Unreadable(f"Write the year as well, for example {nearest.day} {nearest:%B %Y}.")
    return nearest


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _only(local: datetime, where: tzinfo) -> datetime:
    """The one instant at which clocks of that zone show `local`; refuses the hours that clocks skip or repeat."""
    found = _readings(local, where)
    if len(found) == 1:
        return found[0]
    shown = [at.astimezone(where) for at in found]
    trouble = "happens twice" if shown[0].replace(tzinfo=None) == local else "does not exist"
    offers = (f"{exact(at)} for {beside:%H:%M} {zone_name(beside)}" for at, beside in zip(found, shown, strict=True))
    raise Unreadable(
        f"{local:%H:%M} on {day(local)} {trouble} in {where}, because its clocks change. Write {' or '.join(offers)}."
    )


def _readings(local: datetime, where: tzinfo) -> list[datetime]:
    """The instants that `local` can stand for: one, or two where clocks change, whether they show it twice or never."""
    return sorted({local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)})


def _on_side(at: datetime, now: datetime, tense: Tense) -> bool:
    return at > now if tense == "future" else at <= now if tense == "past" else True


# Taking the text apart


def _words(tidy: str, text: str, zone: ZoneInfo, now: datetime) -> Words:
    """Sort the parts of the text. Anything left over, or there twice, makes it unreadable."""
    parts = _parts(tidy, text)
    names = [part for part in parts["word"] if part not in FILLERS]
    numbers = [int(part) for part in parts["number"]]
    month, weekday = _take(names, _month), _take(names, _weekday)
    relative = _take(names, lambda name: name if name in RELATIVE_DAYS else None)
    half = _take(names, lambda name: name if name in ("am", "pm") else None)
    noon = _take(names, lambda name: time(12) if name == "noon" else None)
    named = _take(names, lambda name: _named(name, zone, now))
    zones = [_offset(part, text) for part in parts["offset"]] + ([named] if named else [])
    days = [relative, _dated(month, numbers, text), *(_date(part, text) for part in parts["iso"])]
    days = [found for found in days if found]
    if names:
        raise Unreadable(f"“{names[0]}” is not a word we know in a time. Write {FORMS}.")
    clocks = [_clock(part, half, text) for part in parts["clock"]] + ([noon] if noon else [])
    if not clocks and len(numbers) == 1 and (half or days or weekday):
        clocks = [_clock(f"{numbers.pop()}:00", half, text)]
    if numbers or len(days) > 1 or len(zones) > 1 or len(clocks) > 1 or (relative and weekday):
        raise _unreadable(text)
    if not clocks:
        raise Unreadable(f"“{text.strip()}” says no time of day. Add one, for example “{text.strip()} 15:30”.")
    return Words(days[0] if days else None, weekday, clocks[0], zones[0] if zones else None)


def _parts(tidy: str, text: str) -> dict[str, list[str]]:
    """Every token under its kind. What stands in brackets repeats the time in another zone, and is left out."""
    tidy = re.sub(r" ?\([^()]*\)", "", tidy)
    found: dict[str, list[str]] = {kind: [] for kind in TOKEN.groupindex}
    at = 0
    while at < len(tidy):
        token = TOKEN.match(tidy, at)
        if not token or not token.lastgroup:
            raise _unreadable(text)
        found[token.lastgroup].append(token[token.lastgroup])
        at = token.end()
    return found


def _take(names: list[str], read: Callable[[str], Any]) -> Any:
    """What `read` makes of the first name it knows, which is taken off the list."""
    for name in names:
        if found := read(name):
            names.remove(name)
            return found
    return None


def _month(name: str) -> int | None:
    return next((number for number, month in enumerate(MONTHS, 1) if len(name) >= 3 and month.startswith(name)), None)


def _weekday(name: str) -> str | None:
    return next((weekday for weekday in WEEKDAYS if len(name) >= 3 and weekday.startswith(name)), None)


def _dated(month: int | None, numbers: list[int], text: str) -> date | None:
    """ "20 Nov", "Nov 20 2026": takes the day, and the year if there is one, off the numbers."""
    if month is None:
        return None
    if not numbers:
        raise _unreadable(text)
    day = numbers.pop(0)
    year = next((number for number in numbers if number > 31), None)
    if year is not None:
        numbers.remove(year)
    return _date(f"{YEARLESS if year is None else year:04d}-{month:02d}-{day:02d}", text)


def _date(iso: str, text: str) -> date:
    try:
        found = date.fromisoformat(iso)
    except ValueError:
        raise Unreadable(f"“{text.strip()}” names a day that is not in the calendar.") from None
    if found.year != YEARLESS and not 2000 <= found.year <= 2100:
        raise Unreadable(f"“{text.strip()}” lies outside the years 2000 to 2100.")
    return found


def _clock(typed: str, half: str | None, text: str) -> time:
    hour, minute = (int(part) for part in re.split("[:.]", typed)[:2])
    try:
        if half and not 1 <= hour <= 12:
            raise ValueError
        return time(hour % 12 + 12 * (half == "pm") if half else hour, minute)
    except ValueError:
        raise Unreadable(f"“{text.strip()}” is not a time of day. The day runs from 00:00 to 23:59.") from None


def _offset(typed: str, text: str) -> timezone:
    sign, digits = -1 if "-" in typed else 1, re.sub(r"\D", "", typed)
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        raise _unreadable(text)
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _named(name: str, zone: ZoneInfo, now: datetime) -> tzinfo | None:
    """A zone by its letters or its key. The letters that the reader's own zone uses come first."""
    for local in (datetime(now.year, month, 1, tzinfo=zone) for month in (1, 7)):
        if (local.tzname() or "").lower() == name:
            return timezone(local.utcoffset() or timedelta(), name.upper())
    if name in OFFSETS:
        return timezone(timedelta(hours=OFFSETS[name]), name.upper())
    return ZoneInfo(_keys()[name]) if name in _keys() and "/" in name else None


@cache
def _keys() -> dict[str, str]:
    return {key.lower(): key for key in available_timezones()}


def _unreadable(text: str) -> Unreadable:
    typed = text.strip()[:LONGEST]
    return Unreadable(f"We could not read “{typed}” as a time. Write {FORMS}." if typed else f"Enter a time: {FORMS}.")


def _zone(zone: str | ZoneInfo) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
