"""The one sentence at the top, derived from the record and the clock, never typed.

A false all-clear is the worst mistake this product can make. "All services are working" is said only when no incident
is open, every service works, and the last confirmation is younger than `TRUSTED_FOR`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.record import PublicRecord, worst

TRUSTED_FOR = timedelta(minutes=15)
UNKNOWN = "unknown"
WORKING = "operational"

# After a colon and not after a verb: a service may be called "Refunds" as well as "Refund agent".
IS = {
    "operational": "working",
    "maintenance": "being maintained",
    "degraded": "degraded",
    "partial_outage": "partly down",
    "major_outage": "down",
}
DRAWN = {
    "operational": ("working", "working"),
    "maintenance": ("maint", "maintenance"),
    "degraded": ("degraded", "degraded"),
    "partial_outage": ("partly", "partly"),
    "major_outage": ("is-down", "down"),
    "unknown": ("unknown", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` colours the shape. `confirmed_at` is set when the sentence is about how old our knowledge is."""

    state: str
    sentence: str
    confirmed_at: datetime | None = None

    @property
    def drawn(self) -> tuple[str, str]:
        """The class that colours the shape, and the shape."""
        return DRAWN[self.state]

    @property
    def is_all_clear(self) -> bool:
        return self.state == WORKING


def is_fresh(confirmed_at: datetime | None, now: datetime) -> bool:
    """A confirmation from the future is worth nothing: some clock is wrong."""
    return confirmed_at is not None and timedelta(0) <= now - confirmed_at < TRUSTED_FOR


def verdict(record: PublicRecord, confirmed_at: datetime | None, now: datetime) -> Verdict:
    opened = record.open_incidents()
    if opened:
        return _disrupted(record, len(opened))
    if is_fresh(confirmed_at, now):
        return Verdict(WORKING, "All services are working")
    if confirmed_at is None or confirmed_at > now:
        return Verdict(UNKNOWN, "The state of our services has not been confirmed yet")
    return Verdict(UNKNOWN, "We may not have the newest information.", confirmed_at)


def component_states(record: PublicRecord, confirmed_at: datetime | None, now: datetime) -> dict[str, str]:
    """By component id. Without an open incident and without a fresh confirmation nobody knows."""
    if not record.open_incidents() and not is_fresh(confirmed_at, now):
        return dict.fromkeys((one.id for one in record.names.components), UNKNOWN)
    return record.component_states()


def _disrupted(record: PublicRecord, opened: int) -> Verdict:
    states = record.component_states()
    hit = [(one.name, states[one.id]) for one in record.names.components if states[one.id] != WORKING]
    state = worst(state for _, state in hit)
    if not hit:
        return Verdict(UNKNOWN, "One incident is open" if opened == 1 else f"{opened} incidents are open")
    if len(hit) == 1:
        return Verdict(state, f"{hit[0][0]}: {IS[state]}")
    if len(hit) == 2:
        return Verdict(state, _two(*hit))
    return Verdict(state, f"{len(hit)} of {len(states)} services are disrupted")


def _two(first: tuple[str, str], second: tuple[str, str]) -> str:
    if first[1] == second[1]:
        return f"{first[0]} and {second[0]}: {IS[first[1]]}"
    return f"{first[0]}: {IS[first[1]]}. {second[0]}: {IS[second[1]]}"
