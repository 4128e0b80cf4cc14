"""The public record, parsed once: names, incidents, promises and commitments. `fold` makes it from the entries.

Everything public comes from here, and nothing gets here except the fields of a record entry and the approved words.
What depends on the clock is a question put to these facts with a moment (`commitment.state(now)`), so that a promise
turns late and a commitment missed at their minute, whether or not anybody has entered it yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from types import MappingProxyType

from statuspage.entries import Entries, Entry

__all__ = ["Entry"]  # a record is made of them, so they are found here as well

GENESIS = "0" * 64
SEVERITY = ("operational", "maintenance", "degraded", "partial_outage", "major_outage")
RESOLVED = "resolved"
NEVER = datetime.min.replace(tzinfo=UTC)


TAKEN_DOWN = "Words taken down"  # in the place of a text that a redaction erased
WHY = {"personal_data": "personal data", "secret": "a secret", "legal_order": "a legal order"}
WHAT = {
    "headline": "the headline",
    "body": "the message",
    "affected": "who is affected",
    "what_to_do": "what to do",
    "text": "what was promised",
    "public_owner": "who owns it",
    "verification": "how to check it",
    "new_text": "the new words",
    "public_reason": "the reason given",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Words of an entry were taken down (R118): where that is recorded, when, why, and which texts they were."""

    number: int
    at: datetime
    reason: str
    basis: str
    fields: tuple[str, ...]
    leads: bool = True  # the first of the entries it names: only there it can be linked to

    @property
    def why(self) -> str:
        return WHY.get(self.reason, self.reason)

    @property
    def what(self) -> str:
        """Which words they were: "the headline and the message"."""
        names = {field.rpartition(".")[2] for field in self.fields}
        each = [said for name, said in WHAT.items() if name in names] or ["words"]
        return f"{', '.join(each[:-1])} and {each[-1]}" if len(each) > 1 else "".join(each)


@dataclass(frozen=True, slots=True)
class Component:
    id: str
    name: str
    description: str
    position: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Names:
    """The organisation and its components, as the latest masthead entry gives them."""

    number: int = 0
    name: str = ""
    place: str = ""
    contact: str = ""
    zone: str = "UTC"
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """Words that went out, and the states and times that went with them."""

    number: int
    at: datetime
    kind: str
    status: str
    impact: str
    basis: str
    headline: str
    html: str
    affected: str
    what_to_do: str
    components: Mapping[str, str]
    began_at: datetime | None
    next_update_at: datetime | None
    keeps: int | None
    commitments: tuple[str, ...]
    corrects: tuple[int, ...] = ()
    corrected_in: int | None = None
    corrected_at: datetime | None = None
    correction: str = ""  # what the correction says, or how it begins; read from its entry, never kept with this one
    correction_goes_on: bool = False
    reviewed_in: int | None = None
    reviewed_at: datetime | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def is_under_review(self) -> bool:
        return self.basis == "emergency" and self.reviewed_in is None


@dataclass(frozen=True, slots=True)
class Promise:
    """The time given for the next update. A publication answers it; the clock decides whether in time (R13)."""

    made_in: int
    made_at: datetime
    due_at: datetime
    answered_in: int | None = None
    answered_at: datetime | None = None
    missed_in: int | None = None

    def is_late(self, now: datetime) -> bool:
        """Not kept: answered after its time, or still unanswered when the time is over."""
        return (self.answered_at or now) > self.due_at

    def is_running(self, now: datetime) -> bool:
        return self.answered_at is None and now <= self.due_at


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a commitment said before it was changed, and why it was."""

    number: int
    at: datetime
    old_text: str
    old_due_at: datetime
    new_text: str
    new_due_at: datetime
    reason: str
    basis: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A published reason: why a commitment was withdrawn, or what became of a missed one."""

    number: int
    at: datetime
    text: str
    basis: str


@dataclass(frozen=True, slots=True)
class Commitment:
    id: str
    number: int
    incident: str
    made_in: int
    made_at: datetime
    text: str
    owner: str
    verification: str
    due_at: datetime
    first_due_at: datetime
    basis: str
    amendments: tuple[Amendment, ...] = ()
    explanations: tuple[Remark, ...] = ()
    withdrawn: Remark | None = None
    reported_at: datetime | None = None
    reported_in: int | None = None
    missed_in: int | None = None
    missed_at: datetime | None = None
    settled: str = ""
    settled_in: int | None = None
    settled_at: datetime | None = None
    done_at: datetime | None = None
    settled_basis: str = ""
    notices: tuple[Notice, ...] = ()

    def state(self, now: datetime) -> str:
        """open, reported, kept, kept_late, missed or withdrawn. A report that came in time holds off the miss."""
        if self.settled:
            return self.settled
        if self.missed_in is not None:
            return "missed"
        if self.reported_at is not None and self.reported_at <= self.due_at:
            return "reported"
        return "missed" if now > self.due_at else "open"

    @property
    def waits_for_the_clock(self) -> bool:
        """Whether its state can change without anybody entering anything."""
        in_time = self.reported_at is not None and self.reported_at <= self.due_at
        return not self.settled and self.missed_in is None and not in_time

    @property
    def date_was_changed(self) -> bool:
        return self.due_at != self.first_due_at


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """One incident as published. `last_number` is the newest entry that says anything about it."""

    id: str
    publications: tuple[Publication, ...]  # oldest first
    promises: tuple[Promise, ...] = ()  # oldest first
    commitments: tuple[str, ...] = ()
    open_commitments: frozenset[str] = frozenset()
    last_number: int = 0
    last_at: datetime = NEVER

    @property
    def latest(self) -> Publication:
        return self.publications[-1]

    @property
    def newest_first(self) -> tuple[Publication, ...]:
        return self.publications[::-1]

    @property
    def is_open(self) -> bool:
        return self.latest.status != RESOLVED

    @property
    def is_settled(self) -> bool:
        """Nothing more changes here by the clock alone."""
        return not self.is_open and not self.open_commitments

    @property
    def title(self) -> str:
        """The latest headline that still stands. One that was taken down leaves what was said before it, or the notice."""
        return self._newest("headline") or TAKEN_DOWN

    @property
    def affected(self) -> str:
        return self._newest("affected")

    @property
    def what_to_do(self) -> str:
        return self._newest("what_to_do")

    @property
    def began_at(self) -> datetime:
        given = [publication.began_at for publication in self.publications if publication.began_at]
        return given[-1] if given else self.publications[0].at

    @property
    def ended_at(self) -> datetime | None:
        """When it was last said to be over; nothing while it is open."""
        if self.is_open:
            return None
        ending = self.latest
        for publication in reversed(self.publications):
            if publication.status != RESOLVED:
                break
            ending = publication
        return ending.at

    @property
    def lasted(self) -> timedelta | None:
        return self.ended_at - self.began_at if self.ended_at else None

    @property
    def promise(self) -> Promise | None:
        """The promise that no publication has answered yet."""
        last = self.promises[-1] if self.promises else None
        return last if last and last.answered_at is None else None

    @property
    def path(self) -> str:
        return f"/incidents/{self.id}/"

    @property
    def state(self) -> str:
        """The worst that the latest publication says of any component."""
        return worst(self.latest.components.values())

    def _newest(self, name: str) -> str:
        """The latest words given for this field: an update that leaves it out does not take it back."""
        return next((text for one in reversed(self.publications) if (text := getattr(one, name))), "")


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """Everything published, up to and including entry `number`."""

    number: int = 0
    hash: str = GENESIS
    latest_at: datetime | None = None
    names: Names = field(default_factory=Names)
    entries: Entries = field(default_factory=Entries)
    incidents: Mapping[str, PublicIncident] = field(default_factory=lambda: MappingProxyType({}))
    commitments: Mapping[str, Commitment] = field(default_factory=lambda: MappingProxyType({}))
    touched: MappingProxyType[str, None] = field(
        default_factory=lambda: MappingProxyType({})
    )  # incidents, last touched last
    corrected: Mapping[int, tuple[int, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )  # by the number of an entry, those that correct it
    unsettled: frozenset[str] = frozenset()  # incidents that can still change by the clock alone
    redacted_in: int = 0  # the last entry by which words were taken down: pages made before it are worth nothing

    @property
    def is_set_up(self) -> bool:
        return self.names.number > 0

    def open_incidents(self) -> tuple[PublicIncident, ...]:
        """Worst first, then the one that began last."""
        found = [self.incidents[id_] for id_ in self.unsettled if self.incidents[id_].is_open]
        found.sort(key=lambda one: (one.began_at, one.id), reverse=True)
        return tuple(sorted(found, key=lambda one: SEVERITY.index(one.state), reverse=True))

    def component_states(self) -> dict[str, str]:
        """By component id: the worst over the latest publications of the open incidents."""
        opened = [incident.latest.components for incident in self.open_incidents()]
        return {one.id: worst(states[one.id] for states in opened if one.id in states) for one in self.names.components}

    def live(self, since: datetime) -> list[PublicIncident]:
        """Incidents that something was said about since then, newest first, and those that are not settled.

        Costs what these are, however long the history before them is.
        """
        recent = takewhile(lambda one: one.last_at >= since, (self.incidents[id_] for id_ in reversed(self.touched)))
        found = {one.id: one for one in recent}
        return [*found.values(), *(self.incidents[id_] for id_ in sorted(self.unsettled - found.keys()))]

    def last_ended(self) -> PublicIncident | None:
        """The incident that ended last."""
        best: PublicIncident | None = None
        for one in (self.incidents[id_] for id_ in reversed(self.touched)):
            if best and best.ended_at and one.last_at < best.ended_at:
                break
            if one.ended_at and (best is None or best.ended_at is None or one.ended_at > best.ended_at):
                best = one
        return best


def worst(states: Iterable[str]) -> str:
    return max(states, key=SEVERITY.index, default=SEVERITY[0])
