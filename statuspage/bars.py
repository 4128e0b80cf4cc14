"""Ninety days of each component, computed from the record: height is the state, so it reads without colour.

A day belongs to the organisation's zone. A day before the component was first named in public has no data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from statuspage.record import SEVERITY, Component, PublicIncident, PublicRecord

DAYS = 90
STEP, BAR = 8, 6  # units of the drawing
WIDTH = DAYS * STEP - (STEP - BAR)
NO_DATA = "no_data"
WORKING = SEVERITY[0]
# state: class of the path, first and last unit from the top
DRAWN = {
    "maintenance": ("mt", 14, 20),
    "degraded": ("deg", 18, 36),
    "partial_outage": ("part", 8, 36),
    "major_outage": ("dn", 0, 36),
}
SAID = {
    "maintenance": "maintenance",
    "degraded": "degraded",
    "partial_outage": "partly down",
    "major_outage": "down",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A component in one state, from one publication to the next. Without an end it lasts."""

    component: str
    state: str
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """What a component went through on one day. `minutes` counts the worst state; it may last, then it has none."""

    on: date
    state: str
    minutes: int
    lasts: bool

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Bars:
    component: Component
    days: tuple[Day, ...]  # oldest first, always ninety

    @property
    def told(self) -> tuple[Day, ...]:
        """Days with something to report, newest first."""
        return tuple(day for day in reversed(self.days) if day.state not in (WORKING, NO_DATA))

    @property
    def without_data(self) -> int:
        return sum(day.state == NO_DATA for day in self.days)

    @property
    def shapes(self) -> tuple[tuple[str, str], ...]:
        """Class and outline of every bar that is not the short tick."""
        found = [(at, day.state) for at, day in enumerate(self.days) if day.state in DRAWN]
        return tuple((DRAWN[state][0], _bar(at, *DRAWN[state][1:])) for at, state in found)

    @property
    def blank(self) -> int:
        """How many units from the left have no data."""
        return min(self.without_data * STEP, WIDTH)

    @property
    def sentence(self) -> str:
        """What the drawing shows, in words."""
        name = f"{self.component.name}, 90 days to {_day(self.days[-1].on)}: "
        clear = sum(day.state == WORKING for day in self.days)
        parts = [f"{clear} {'day' if clear == 1 else 'days'} without disruption"]
        parts += [
            f"{word} on {', '.join(_day(day.on) for day in reversed(self.told) if day.state == state)}"
            for state, word in SAID.items()
            if any(day.state == state for day in self.told)
        ]
        if self.without_data:
            parts.append(f"no data for the {self.without_data} days before {_day(self.days[self.without_data].on)}")
        return name + ", ".join(parts) + "."


def bars(record: PublicRecord, now: datetime) -> tuple[Bars, ...]:
    zone = ZoneInfo(record.names.zone)
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    limits = [midnight(day, zone) for day in [*days, today + timedelta(days=1)]]
    stretches = [stretch for incident in record.live(limits[0]) for stretch in stretches_of(incident)]
    return tuple(_bars(component, days, limits, stretches) for component in record.names.components)


def stretches_of(incident: PublicIncident) -> Iterator[Stretch]:
    """The states an incident gave its components, from when it says it began until it says it is over."""
    ends = [one.at for one in incident.publications[1:]] + [None if incident.is_open else incident.latest.at]
    for at, (publication, end) in enumerate(zip(incident.publications, ends, strict=True)):
        begins = min(incident.began_at, publication.at) if at == 0 else publication.at
        for component, state in publication.components.items():
            if state != WORKING and (end is None or end > begins):
                yield Stretch(component, state, begins, end)


def window_begins(now: datetime, zone: ZoneInfo) -> datetime:
    """The first of the ninety days, today included."""
    return midnight(now.astimezone(zone).date() - timedelta(days=DAYS - 1), zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When that day begins there, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _bars(component: Component, days: list[date], limits: list[datetime], stretches: list[Stretch]) -> Bars:
    own = [stretch for stretch in stretches if stretch.component == component.id]
    return Bars(
        component,
        tuple(
            _of_day(day, begins, ends, component, own, is_today=day == days[-1])
            for day, begins, ends in zip(days, limits[:-1], limits[1:], strict=True)
        ),
    )


def _of_day(
    day: date, begins: datetime, ends: datetime, component: Component, own: list[Stretch], *, is_today: bool
) -> Day:
    met = [one for one in own if one.begins < ends and (one.ends is None or one.ends > begins)]
    if not met:
        return Day(day, WORKING if component.since < ends else NO_DATA, 0, lasts=False)
    state = max((one.state for one in met), key=SEVERITY.index)
    same = [one for one in met if one.state == state]
    seconds = sum((min(one.ends or ends, ends) - max(one.begins, begins)).total_seconds() for one in same)
    return Day(day, state, int(seconds // 60), lasts=is_today and any(one.ends is None for one in same))


def _bar(at: int, top: int, bottom: int) -> str:
    return f"M{at * STEP} {top}h{BAR}v{bottom - top}h-{BAR}z"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
