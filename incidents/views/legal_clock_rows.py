"""What the pages show of the legal clocks of an incident, nearest duty first, and of what starts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents import running
from incidents.models import ClockStart, Incident, ReportingClock, StartMove
from incidents.models.clock import OF_INCIDENT
from incidents.operations import duty
from incidents.operations.reckon import dues
from incidents.running import ClockStanding
from stakeholders.models import ReportingRule, StartEvent

TO_ASSESS = ReportingClock.State.TO_ASSESS


@dataclass(frozen=True)
class Line:
    """One clock. ``says`` is a state of `symbols.CLOCK`, ``word`` what stands beside its shape."""

    clock: ReportingClock
    standing: ClockStanding
    is_stale: bool

    @property
    def rule(self) -> ReportingRule:
        return self.clock.rule

    @property
    def says(self) -> str:
        waits = self.clock.state == TO_ASSESS and self.standing != ClockStanding.OVERDUE
        return TO_ASSESS.value if waits else self.standing.value

    @property
    def word(self) -> str:
        if not self.clock.is_open:
            return self.standing.label
        said = "To assess" if self.clock.state == TO_ASSESS else "Applies"
        return f"{said}, {self.standing.label.lower()}"

    @property
    def waits_for(self) -> str:
        """What has to happen, or to be recorded, before it runs."""
        if self.clock.started_at:
            return ""
        own = self.rule.starts_words if self.rule.starts == [StartEvent.OWN] else ""
        return f"this: {own}" if own else self.rule.start_words

    @property
    def presses(self) -> bool:
        return self.standing in (ClockStanding.OVERDUE, ClockStanding.NOW)


@dataclass(frozen=True)
class Happened:
    """One event of an incident that clocks run from: the time that counts, who recorded it, and a later one that waits."""

    event: StartEvent
    at: datetime | None
    start: ClockStart | None
    move: StartMove | None

    @property
    def is_proposed(self) -> bool:
        return self.start is None and self.at is not None


def lines(incident: Incident, now: datetime) -> list[Line]:
    """All clocks of an incident, in one query at most."""
    duty.with_clocks([incident])
    return [line(clock, now) for clock in running.nearest_first(incident.clocks.all(), now)]


def line(clock: ReportingClock, now: datetime) -> Line:
    clock.rule.is_amber = clock.rule.is_stale(now)  # as the template of rules reads it
    return Line(clock, running.standing(clock, now), clock.rule.is_amber)


def how_reckoned(clock: ReportingClock) -> str:
    """One sentence. Others of the incident may start it."""
    others = clock.incident.clocks.select_related("rule")
    return next(due.words for one, due in dues(clock.incident, others) if one.pk == clock.pk)


def happened(incident: Incident, found: Sequence[Line]) -> list[Happened]:
    """What the clocks of this incident run from, in the order of `StartEvent`. Two queries."""
    wanted = {start for line in found for start in (*line.rule.starts, line.rule.cap_start)}
    starts = ClockStart.objects.current().filter(incident=incident, clock=None).select_related("recorded_by")
    recorded = {start.event: start for start in starts}
    waiting = StartMove.objects.filter(incident=incident, clock=None, state=StartMove.State.WAITING)
    moves = {move.event: move for move in waiting.select_related("proposed_by")}
    return [
        Happened(event, start.at if start else running.proposed(incident, event), start, moves.get(event))
        for event in OF_INCIDENT
        for start in [recorded.get(event)]
        if event in wanted or start
    ]
