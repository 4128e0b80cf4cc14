"""Which pages there are, what each depends on, and what its template is given.

A `Spec` names a page and its key. The key holds everything that the page depends on, so that equal keys mean equal
bytes: a settled incident depends on its own last entry and on the names, the home page on everything.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import loader

from statuspage import answers, bars, feed, ledger
from statuspage.answers import Page
from statuspage.record import Commitment, Promise, PublicIncident, PublicRecord
from statuspage.verdict import component_states, is_fresh, verdict

RECENT = timedelta(days=bars.DAYS)
CARDS = 3
PAST_MONTHS = 3
PAST_SHOWN = 12
OWED_SHOWN = 5
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
TWO_PARTS = re.compile(r"/(incidents|history|commitments|record)/([\w.-]{1,64})/?", re.ASCII)
VERIFIER = Path(__file__).with_name("verify_record.py")


@dataclass(frozen=True, slots=True)
class Spec:
    path: str
    key: str
    render: Callable[[], Page]
    content_type: str = answers.HTML


@dataclass(frozen=True, slots=True)
class Told:
    """An incident with the answers that need a clock."""

    incident: PublicIncident
    promise: Promise | None
    is_late: bool
    promises: tuple[tuple[Promise, str], ...]
    commitments: tuple[ledger.Line, ...]

    @property
    def counted(self) -> int:
        return sum(state != "open" for _, state in self.promises)

    @property
    def kept(self) -> int:
        return sum(state == "kept" for _, state in self.promises)

    @property
    def shape(self) -> str:
        """An open incident that leaves every service working still is no tick."""
        if not self.incident.is_open:
            return "operational"
        return self.incident.state if self.incident.state != "operational" else "unknown"


def hot(record: PublicRecord, confirmed_at: datetime | None, now: datetime, crossed: datetime | None) -> Iterator[Spec]:
    """The pages that are kept in memory."""
    names = _names(record)
    if not record.is_set_up:
        yield Spec("/", "before set-up", lambda: _html("before", record))
        yield Spec("/robots.txt", "robots", _robots)
        return
    moving = f"{record.number} {crossed}"
    yield Spec("/", f"{moving} {confirmed_at}", lambda: _home(record, confirmed_at, now))
    yield from _incidents(record, now, names, crossed)
    yield from _ledger(record, now, moving)
    yield from _history(record, now, names)
    told = feed.newest(record, now)
    yield Spec(feed.PATH, feed.key(told, names), lambda: feed.document(record, told, now), answers.ATOM)
    yield Spec("/record.json", str(record.number), lambda: _record_json(record))
    yield Spec("/verify/", f"{names} {record.number}", lambda: _verify(record))
    yield Spec("/how-we-compute/", names, lambda: _html("method", record))
    yield Spec("/robots.txt", "robots", _robots)
    if VERIFIER.exists():
        yield Spec("/verify_record.py", "verifier", _verifier)


def closed(record: PublicRecord, path: str) -> Spec | None:
    """A page of closed history, by its address. None when there is no such page."""
    found = TWO_PARTS.fullmatch(path)
    if not found or not record.is_set_up:
        return None
    kind, name = found.groups()
    names = _names(record)
    if kind == "incidents" and name in record.incidents:
        return _settled(record, record.incidents[name], names)
    if kind == "history":
        return _month(record, name, names)
    if kind == "commitments":
        return _year(record, name, names)
    return _stretch(record, name)


def _names(record: PublicRecord) -> str:
    """What every page depends on: the names, and that nothing was taken down since it was made."""
    return f"names {record.names.number}{f' redacted {record.redacted_in}' if record.redacted_in else ''}"


def missing(record: PublicRecord) -> Page:
    return _html("missing" if record.is_set_up else "before", record, status=HTTPStatus.NOT_FOUND)


# Home


def _home(record: PublicRecord, confirmed_at: datetime | None, now: datetime) -> Page:
    opened = record.open_incidents()
    states = component_states(record, confirmed_at, now)
    lines = ledger.lines(record, now)
    told = [_told(record, incident, now) for incident in opened]
    drawn = bars.bars(record, now)
    return _html(
        "home",
        record,
        now=now,
        latest=True,
        verdict=verdict(record, confirmed_at, now),
        confirmed_at=confirmed_at,
        is_fresh=is_fresh(confirmed_at, now),
        cards=told[:CARDS],
        others=told[CARDS:],
        opened=len(opened),
        next_update=_next_update(told),
        services=[(one.component, states[one.component.id], one) for one in drawn],
        told_days=sorted(
            ((day, one.component) for one in drawn for day in one.told), key=lambda pair: pair[0].on, reverse=True
        ),
        first_day=drawn[0].days[0].on if drawn else None,
        thirty=drawn[0].days[-30].on if drawn else None,
        last_day=drawn[0].days[-1].on if drawn else None,
        totals=ledger.totals(record, lines, now),
        owed=_owed(lines, now),
        last_incident=record.last_ended(),
        months=_months(record, now),
    )


def _owed(lines: list[ledger.Line], now: datetime) -> list[ledger.Line]:
    """What is owed now: missed ones of the last days first, because they are news, then the nearest."""
    missed = [one for one in lines if one.state == "missed" and now - one.commitment.due_at < timedelta(days=30)]
    waiting = [one for one in reversed(lines) if one.state in ("open", "reported")]
    return (missed + waiting)[:OWED_SHOWN]


def _next_update(told: list[Told]) -> Told | None:
    """The incident whose promise is the nearest, late ones before all."""
    return min((one for one in told if one.promise), key=lambda one: one.promise.due_at, default=None)  # type: ignore[union-attr]


# Incidents


def _incidents(record: PublicRecord, now: datetime, names: str, crossed: datetime | None) -> Iterator[Spec]:
    for incident in record.live(now - RECENT):
        if not incident.is_settled:
            key = f"{names} incident {incident.id} {incident.last_number} {crossed}"
            yield Spec(incident.path, key, lambda one=incident: _incident(record, one, now))  # type: ignore[misc]
        else:
            yield _settled(record, incident, names)


def _settled(record: PublicRecord, incident: PublicIncident, names: str) -> Spec:
    """Without a clock: its last entry stands for all that can be said of it."""
    key = f"{names} incident {incident.id} {incident.last_number}"
    return Spec(incident.path, key, lambda: _incident(record, incident, None))


def _incident(record: PublicRecord, incident: PublicIncident, now: datetime | None, **values: Any) -> Page:
    told = _told(record, incident, now or incident.last_at)
    shown = {made.commitment.id: made for made in told.commitments}
    entries = [
        (one, next((made for made in incident.promises if made.answered_in == one.number), None),
         [shown[id_] for id_ in one.commitments if id_ in shown])
        for one in incident.newest_first
    ]  # fmt: skip
    return _html("incident", record, now=now, told=told, incident=incident, entries=entries, **values)


def preview(record: PublicRecord, id_: str, now: datetime) -> bytes:
    """The page of an incident as it would be with what is not published yet. It says so itself."""
    return _incident(record, record.incidents[id_], now, is_preview=True).body


def _told(record: PublicRecord, incident: PublicIncident, now: datetime) -> Told:
    return Told(
        incident=incident,
        promise=incident.promise,
        is_late=incident.promise is not None and incident.promise.is_late(now),
        promises=tuple((one, _kept_or_not(one, now)) for one in reversed(incident.promises)),
        commitments=tuple(ledger.line(record, record.commitments[one], now) for one in incident.commitments),
    )


def _kept_or_not(promise: Promise, now: datetime) -> str:
    if promise.is_running(now):
        return "open"
    return "missed" if promise.is_late(now) else "kept"


# The ledger


def _ledger(record: PublicRecord, now: datetime, moving: str) -> Iterator[Spec]:
    zone = ZoneInfo(record.names.zone)
    lines = ledger.lines(record, now)
    sums = ledger.totals(record, lines, now)
    current = ledger.current(lines, bars.window_begins(now, zone))
    years = _years(record)
    shared: dict[str, Any] = {"totals": sums, "filters": ledger.FILTERS, "years": years, "ever": len(lines)}

    def shown(found: list[ledger.Line], filtered: str = "") -> Page:
        rows = found[: ledger.SHOWN]
        more = len(found) > ledger.SHOWN or (not filtered and len(found) < len(lines))
        return _html("commitments", record, now=now, latest=True, lines=rows, more=more, filtered=filtered, **shared)

    def as_json() -> Page:
        rows = [ledger.as_json(one, settings.PUBLIC_URL) for one in current]
        return answers.json_page(_with_head(record) | {"totals": ledger.totals_as_json(sums), "commitments": rows})

    yield Spec("/commitments/", moving, lambda: shown(current))
    yield Spec("/commitments.json", moving, as_json, answers.JSON)
    for year in years:
        mine = _of_year(record, year)
        if any(one.waits_for_the_clock for one in mine):
            yield Spec(f"/commitments/{year}/", moving, lambda found=mine: _year_page(record, found, now))  # type: ignore[misc]
    for name, (_, states) in ledger.FILTERS.items():
        found = [one for one in lines if one.state in states]
        yield Spec(f"/commitments/{name}/", moving, lambda rows=found, key=name: shown(rows, key))  # type: ignore[misc]


def _years(record: PublicRecord) -> list[int]:
    zone = ZoneInfo(record.names.zone)
    return sorted({one.due_at.astimezone(zone).year for one in record.commitments.values()}, reverse=True)


def _year(record: PublicRecord, name: str, names: str) -> Spec | None:
    """Everything that was due in a year, when nothing in it waits for the clock any more."""
    year = int(name) if name.isascii() and name.isdecimal() and len(name) == 4 else 0
    mine = _of_year(record, year)
    if not mine or any(one.waits_for_the_clock for one in mine):
        return None
    last = max(record.incidents[one.incident].last_number for one in mine)
    return Spec(f"/commitments/{year}/", f"{names} commitments {year} {last}", lambda: _year_page(record, mine, None))


def _of_year(record: PublicRecord, year: int) -> list[Commitment]:
    zone = ZoneInfo(record.names.zone)
    found = [one for one in record.commitments.values() if one.due_at.astimezone(zone).year == year]
    return sorted(found, key=lambda one: (one.due_at, one.number), reverse=True)


def _year_page(record: PublicRecord, found: list[Commitment], now: datetime | None) -> Page:
    rows = [ledger.line(record, one, now or one.due_at) for one in found]
    year = found[0].due_at.astimezone(ZoneInfo(record.names.zone)).year
    return _html("commitments_year", record, now=now, lines=rows, year=year)


# History


def _history(record: PublicRecord, now: datetime, names: str) -> Iterator[Spec]:
    month = f"{now.astimezone(ZoneInfo(record.names.zone)):%Y-%m}"
    yield Spec("/history/", f"{names} {record.number} {month}", lambda: _history_page(record, now))


def _history_page(record: PublicRecord, now: datetime) -> Page:
    incidents = tuple(record.incidents.values())
    zone = ZoneInfo(record.names.zone)
    opened = [f"{one.publications[0].at.astimezone(zone):%Y-%m}" for one in record.open_incidents()]
    counts = [
        (key, _month_name(key), len(found), opened.count(key))
        for key in _month_keys(record, now)
        if (found := _of_month(record, key, incidents))
    ]
    return _html("history", record, now=now, latest=True, months=counts, recent=_months(record, now))


def _month(record: PublicRecord, name: str, names: str) -> Spec | None:
    found = _of_month(record, name, tuple(record.incidents.values()))[::-1] if MONTH.fullmatch(name) else ()
    if not found:
        return None
    key = f"{names} history {name} {[(one.id, one.last_number) for one in found]}"
    return Spec(f"/history/{name}/", key, lambda: _html("month", record, month=_month_name(name), incidents=found))


def _of_month(record: PublicRecord, key: str, incidents: tuple[PublicIncident, ...]) -> tuple[PublicIncident, ...]:
    """Those first published in that month of the organisation's zone, oldest first: they stand in that order already."""
    zone = ZoneInfo(record.names.zone)
    first = date.fromisoformat(f"{key}-01")
    begins, ends = bars.midnight(first, zone), bars.midnight((first + timedelta(days=31)).replace(day=1), zone)
    left, right = (bisect_left(incidents, at, key=lambda one: one.publications[0].at) for at in (begins, ends))
    return incidents[left:right]


def _month_keys(record: PublicRecord, now: datetime) -> list[str]:
    """From this month back to the one in which the record begins."""
    zone = ZoneInfo(record.names.zone)
    first, today = (record.entries.began_at or now).astimezone(zone), now.astimezone(zone)
    months = range(today.year * 12 + today.month - 1, first.year * 12 + first.month - 2, -1)
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]


def _months(record: PublicRecord, now: datetime) -> list[tuple[str, str, list[PublicIncident]]]:
    """This month and the two before, as far as the record goes: key, name, and what is over."""
    incidents = tuple(record.incidents.values())
    return [
        (key, _month_name(key), list(islice((one for one in reversed(found) if not one.is_open), PAST_SHOWN)))
        for key in _month_keys(record, now)[:PAST_MONTHS]
        for found in [_of_month(record, key, incidents)]
    ]


def _month_name(key: str) -> str:
    return f"{date.fromisoformat(f'{key}-01'):%B %Y}"


# The record itself


def _verify(record: PublicRecord) -> Page:
    parts = range(1, len(record.entries.stretches) + 1)
    return _html("verify", record, latest=True, head=record, parts=parts)


def _record_json(record: PublicRecord) -> Page:
    """The newest entries, and where the full stretches before them are."""
    earlier = [f"{settings.PUBLIC_URL}/record/{at}.json" for at, _ in enumerate(record.entries.stretches, 1)]
    rows = [entry.public for entry in record.entries.newest]
    corrected = [{"entry": entry, "corrected_in": [*by]} for entry, by in sorted(record.corrected.items())]
    return answers.json_page(_with_head(record) | {"earlier": earlier, "entries": rows, "corrected": corrected})


def _stretch(record: PublicRecord, name: str) -> Spec | None:
    number = int(name[:-5]) if name.endswith(".json") and name[:-5].isdecimal() and len(name) < 12 else 0
    if number < 1 or str(number) != name[:-5] or number > len(record.entries.stretches):
        return None
    key = f"{_names(record)} record {number} {record.entries.stretches[number - 1]}"
    return Spec(
        f"/record/{name}",
        key,
        lambda: answers.json_page({"entries": [one.public for one in record.entries.stretch(number - 1)]}),
        answers.JSON,
    )


def _with_head(record: PublicRecord) -> dict[str, Any]:
    return {
        "organisation": record.names.name,
        "zone": record.names.zone,
        "head": {"number": record.number, "hash": record.hash},
    }


def _verifier() -> Page:
    return answers.page(VERIFIER.read_bytes(), "text/x-python; charset=utf-8")


def _robots() -> Page:
    closed_rooms = "".join(f"Disallow: /{room}/\n" for room in ("desk", "account", "setup", "act", "subscriptions"))
    return answers.page(f"User-agent: *\n{closed_rooms}".encode(), answers.TEXT)


# Rendering


def _html(
    name: str,
    record: PublicRecord,
    *,
    now: datetime | None = None,
    latest: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
    **values: Any,
) -> Page:
    """`now` only for pages that are built again when a day ends: they leave out today's date."""
    context = {
        "organisation": record.names,
        "zone": record.names.zone,
        "demo": settings.DEMO,
        "public_url": settings.PUBLIC_URL,
        **({"now": now} if now else {}),
        **values,
    }
    if latest and record.latest_at:
        context["latest_entry"] = {"number": record.number, "published_at": record.latest_at}
    return answers.page(loader.get_template(f"statuspage/{name}.html").render(context).encode(), status=status)
