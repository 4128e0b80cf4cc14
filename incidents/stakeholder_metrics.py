"""Who was told, in figures: coverage, decided before the first message, open questions, time to tell the affected (R19 to R21).

Pure functions of rows that the view fetches. Every figure is a sum over incidents, so a month and the whole window are added
up from the same parts. Whatever has no figure is counted apart and never dropped: a rate does not improve by saying nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from statistics import median

from incidents.coverage import Standing

WINDOWS = (30, 90, 365)  # days
DAYS = 90
LEAST = 5  # nothing is averaged over fewer
OFTEN = 90  # the percentile beside the median


@dataclass(frozen=True)
class Group:
    """One group in one incident. Times in UTC."""

    standing: Standing
    is_affected: bool = False
    first_decided_at: datetime | None = None
    answered: int = 0
    open_since: tuple[datetime, ...] = ()
    told_at: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Case:
    """One incident. ``spoke_at``: its first public message that was not a warning."""

    detected_at: datetime
    spoke_at: datetime | None = None
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    counted: int = 0
    of: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.counted + other.counted, self.of + other.of)

    @property
    def percent(self) -> int | None:
        """Rounded down, so that it never says more than it was; none of fewer than five."""
        return self.counted * 100 // self.of if self.of >= LEAST else None


@dataclass(frozen=True)
class Figures:
    """Of one incident, and added up of several."""

    incidents: int = 0
    covered: Share = Share()
    silent: int = 0  # incidents that have not spoken: nothing was due before a first message
    decided: Share = Share()
    answered: Share = Share()
    open_since: tuple[datetime, ...] = ()
    took: tuple[timedelta, ...] = ()
    waiting: int = 0  # incidents in which nobody has told the affected
    unconcerned: int = 0  # incidents in which there is nobody affected to tell

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def questions_open(self) -> int:
        return self.answered.of - self.answered.counted

    @property
    def oldest_since(self) -> datetime | None:
        """Since when the oldest question without an answer is open."""
        return min(self.open_since, default=None)

    @property
    def median(self) -> timedelta | None:
        return timedelta(seconds=median(one.total_seconds() for one in self.took)) if self.is_enough else None

    @property
    def ninetieth(self) -> timedelta | None:
        """The 90th percentile by nearest rank: the shortest of them that nine in ten did not exceed."""
        if not self.is_enough:
            return None
        rank = -(-len(self.took) * OFTEN // 100)
        return sorted(self.took)[rank - 1]

    @property
    def is_enough(self) -> bool:
        return len(self.took) >= LEAST


def figures(case: Case) -> Figures:
    groups = case.groups
    answered, still_open = sum(one.answered for one in groups), tuple(at for one in groups for at in one.open_since)
    applying = [one for one in groups if one.standing != Standing.NONE]
    affected = [one for one in applying if one.is_affected]
    took = time_to_tell(case.detected_at, affected)
    return Figures(
        incidents=1,
        covered=Share(sum(one.standing.is_covered for one in applying), len(applying)),
        silent=int(case.spoke_at is None),
        decided=_decided_before(case.spoke_at, groups),
        answered=Share(answered, answered + len(still_open)),
        open_since=still_open,
        took=() if took is None else (took,),
        waiting=int(bool(affected) and took is None),
        unconcerned=int(not affected),
    )


def time_to_tell(detected_at: datetime, affected: Iterable[Group]) -> timedelta | None:
    """From detection to the first time that one of them was told since; none while they have not been."""
    since = [at for one in affected for at in one.told_at if at >= detected_at]
    return min(since) - detected_at if since else None


def total(of_each: Iterable[Figures]) -> Figures:
    return sum(of_each, Figures())


def by_month(cases: Sequence[Case], since: datetime, now: datetime) -> list[tuple[datetime, Figures]]:
    """By month of detection in UTC, oldest first, with the months in which nothing happened."""
    months = {month: Figures() for month in _months(since, now)}
    for case in cases:
        months[_month(case.detected_at)] += figures(case)
    return list(months.items())


def _decided_before(spoke_at: datetime | None, groups: Sequence[Group]) -> Share:
    """Nothing of an incident that has not spoken. A group that was added later was not decided before."""
    if spoke_at is None:
        return Share()
    return Share(sum(bool(one.first_decided_at and one.first_decided_at <= spoke_at) for one in groups), len(groups))


def _months(since: datetime, now: datetime) -> Iterable[datetime]:
    month = _month(since)
    while month <= now:
        yield month
        month = _month(month + timedelta(days=31))


def _month(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
