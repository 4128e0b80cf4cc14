"""How the legal clocks of an incident run: which times count, when each clock is due of them, and how it stands.

Pure functions of what is recorded. Where nobody has recorded when we became aware, or discovered it, the time of detection
counts: the earliest that can be defended. A clock never waits for somebody to fill in a form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from incidents.models import ClockStart, Incident, ReportingClock
from stakeholders import reckoning
from stakeholders.models import StartEvent
from stakeholders.reckoning import Due

# What the time of detection is proposed for until somebody records another.
PROPOSED = (StartEvent.AWARE, StartEvent.DISCOVERED)


class ClockStanding(TextChoices):
    """Most pressing first: clocks are shown in this order, and by time within it."""

    OVERDUE = "overdue", "Overdue"
    NOW = "now", "Due now"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Not started"
    LATE = "late", "Submitted late"
    SUBMITTED = "submitted", "Submitted"
    NONE = "none", "Does not apply"


@dataclass(frozen=True)
class Known:
    """The times that count in one incident: by event, of the event that one clock waits for, and of submissions by code."""

    events: Mapping[str, datetime]
    own: Mapping[int, datetime]
    submitted: Mapping[str, datetime]

    def starts(self, clock: ReportingClock) -> dict[str, datetime]:
        """As ``reckoning.due`` takes them."""
        found = dict(self.events)
        if clock.pk in self.own:
            found[StartEvent.OWN] = self.own[clock.pk]
        if at := self.submitted.get(clock.rule.after_code):
            found[StartEvent.SUBMITTED] = at
        return found


def proposed(incident: Incident, event: str) -> datetime | None:
    """The earliest time that can be defended while nobody has recorded one."""
    return incident.detected_at if event in PROPOSED else None


def known(incident: Incident, starts: Iterable[ClockStart], clocks: Iterable[ReportingClock]) -> Known:
    """``starts`` are those that count, of the incident and of its clocks."""
    found = list(starts)
    recorded = {start.event: start.at for start in found if start.clock_id is None}
    return Known(
        events={str(event): incident.detected_at for event in PROPOSED} | recorded,
        own={start.clock_id: start.at for start in found if start.clock_id is not None},
        submitted={clock.code: clock.submitted_at for clock in clocks if clock.submitted_at},
    )


def reckoned(clock: ReportingClock, times: Known, zone: str) -> Due:
    """When it is due. ``zone`` is the organisation's, for rules that name none."""
    found = reckoning.due(clock.rule.term(zone), times.starts(clock))
    if clock.held_from and clock.held_until:
        return reckoning.tolled(found, clock.held_from, clock.held_until)
    return found


def standing(clock: ReportingClock, now: datetime) -> ClockStanding:
    if clock.state == ReportingClock.State.NOT_APPLICABLE:
        return ClockStanding.NONE
    if clock.state == ReportingClock.State.SUBMITTED:
        return ClockStanding.LATE if clock.was_late else ClockStanding.SUBMITTED
    if clock.is_overdue(now):
        return ClockStanding.OVERDUE
    if clock.is_immediate:
        return ClockStanding.NOW
    return ClockStanding.RUNNING if clock.due_at else ClockStanding.WAITING


def nearest_first(clocks: Iterable[ReportingClock], now: datetime) -> list[ReportingClock]:
    """What is overdue, then what is due at once, then by time; what nothing has started yet, and last what is settled."""
    order = {each: place for place, each in enumerate(ClockStanding)}

    def key(clock: ReportingClock) -> tuple[int, float, str]:
        at = clock.due_at or clock.started_at
        return order[standing(clock, now)], at.timestamp() if at else 0.0, clock.code

    return sorted(clocks, key=key)


def is_held(clock: ReportingClock, now: datetime) -> bool:
    """An authority has asked to wait, and that time is not over."""
    return bool(clock.held_from and clock.held_until and clock.held_from <= now < clock.held_until)


def late_by(clock: ReportingClock) -> timedelta:
    """How long after its deadline it was submitted."""
    return clock.submitted_at - clock.due_at if clock.submitted_at and clock.due_at else timedelta()
