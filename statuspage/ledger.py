"""The ledger: every commitment with its first words and first date, and totals that always have a denominator."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from statuspage.bars import window_begins
from statuspage.record import Amendment, Commitment, Notice, Promise, PublicRecord, Remark

SHOWN = 100
SETTLED_WELL = ("kept", "kept_late", "missed")

WORDS = {
    "open": "Open",
    "reported": "Reported done, being checked",
    "kept": "Kept",
    "kept_late": "Kept late",
    "missed": "Missed",
    "withdrawn": "Withdrawn",
}
FILTERS = {
    "open": ("Open", ("open", "reported")),
    "missed": ("Missed", ("missed",)),
    "kept-late": ("Kept late", ("kept_late",)),
    "kept": ("Kept", ("kept",)),
    "withdrawn": ("Withdrawn", ("withdrawn",)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A commitment as it stands at one moment, for a page that is built at that moment."""

    commitment: Commitment
    state: str
    incident_path: str

    @property
    def word(self) -> str:
        if self.state == "open" and self.commitment.amendments:
            return "Amended, open"
        if self.state == "kept" and self.commitment.date_was_changed:
            return "Kept, after its date was changed"
        return WORDS[self.state]

    @property
    def mark(self) -> str:
        """Which drawing stands beside the word."""
        changed = self.commitment.amendments if self.state == "open" else self.commitment.date_was_changed
        if self.state in ("open", "kept") and changed:
            return "amended"
        return "open" if self.state == "reported" else self.state

    @property
    def shape(self) -> str:
        return "late" if self.mark == "kept_late" else self.mark

    @property
    def is_being_checked(self) -> bool:
        return self.commitment.reported_at is not None and self.state in ("missed", "reported")

    @property
    def late_by(self) -> timedelta:
        done = self.commitment.done_at or self.commitment.settled_at
        return max(done - self.commitment.due_at, timedelta(0)) if done else timedelta(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of those due in the last 90 days, and of all."""

    due: int
    kept: int
    kept_after_change: int
    kept_late: int
    missed: int
    being_checked: int
    strip: tuple[Line, ...]
    all: int
    changed: int
    updates_due: int
    updates_kept: int
    updates_late_now: int
    late_minutes: tuple[int, ...]

    @property
    def lateness(self) -> str:
        """ "2, 6 and 31 minutes"."""
        said = [str(minutes) for minutes in self.late_minutes]
        unit = "minute" if said == ["1"] else "minutes"
        return f"{', '.join(said[:-1])} and {said[-1]} {unit}" if len(said) > 1 else f"{''.join(said)} {unit}"

    @property
    def broken(self) -> int:
        return self.missed + self.kept_late


def line(record: PublicRecord, commitment: Commitment, now: datetime) -> Line:
    return Line(commitment, commitment.state(now), record.incidents[commitment.incident].path)


def lines(record: PublicRecord, now: datetime) -> list[Line]:
    """All of them, newest due date first."""
    found = sorted(record.commitments.values(), key=lambda one: (one.due_at, one.number), reverse=True)
    return [line(record, one, now) for one in found]


def current(found: Iterable[Line], begins: datetime) -> list[Line]:
    """What the first page of the ledger shows: whatever is still owed, and what was due in the last 90 days."""
    return [one for one in found if one.state in ("open", "reported", "missed") or one.commitment.due_at >= begins]


def totals(record: PublicRecord, found: list[Line], now: datetime) -> Totals:
    begins = window_begins(now, ZoneInfo(record.names.zone))
    recent = [one for one in found if begins <= one.commitment.due_at <= now or _settled_early(one, begins, now)]
    due = [one for one in recent if one.state in SETTLED_WELL]
    kept = [one for one in due if one.state == "kept"]
    promises = [
        promise
        for incident in record.live(begins)
        for promise in incident.promises
        if promise.due_at >= begins and not promise.is_running(now)
    ]
    return Totals(
        due=len(due),
        kept=sum(not one.commitment.date_was_changed for one in kept),
        kept_after_change=sum(one.commitment.date_was_changed for one in kept),
        kept_late=sum(one.state == "kept_late" for one in due),
        missed=sum(one.state == "missed" for one in due),
        being_checked=sum(one.state == "reported" for one in recent),
        strip=tuple(reversed(due[:60])),
        all=len(found),
        changed=sum(bool(one.commitment.amendments) for one in found),
        updates_due=len(promises),
        updates_kept=sum(not one.is_late(now) for one in promises),
        updates_late_now=sum(one.answered_at is None for one in promises),
        late_minutes=tuple(_minutes(one) for one in promises if one.answered_at and one.is_late(now)),
    )


def _settled_early(one: Line, begins: datetime, now: datetime) -> bool:
    """Kept before it was due counts at once, not only when its date has come."""
    settled_at = one.commitment.settled_at
    return one.state == "kept" and settled_at is not None and settled_at >= begins and one.commitment.due_at > now


def _minutes(promise: Promise) -> int:
    late = (promise.answered_at or promise.due_at) - promise.due_at
    return max(1, round(late.total_seconds() / 60))


# As JSON. The shape is documented in docs/public-data.md; fields are added, never renamed.


def as_json(one: Line, public_url: str) -> dict[str, Any]:
    commitment = one.commitment
    return {
        "id": commitment.id,
        "number": commitment.number,
        "text": commitment.text,
        "owner": commitment.owner,
        "verification": commitment.verification,
        "state": one.state,
        "due_at": utc(commitment.due_at),
        "first_due_at": utc(commitment.first_due_at),
        "made_at": utc(commitment.made_at),
        "made_in_entry": commitment.made_in,
        "reported_done_at": utc(commitment.reported_at),
        "done_at": utc(commitment.done_at),
        "settled_at": utc(commitment.settled_at),
        "settled_in_entry": commitment.settled_in,
        "missed_in_entry": commitment.missed_in,
        "amendments": [_amendment(amendment) for amendment in commitment.amendments],
        "explanations": [_remark(remark) for remark in commitment.explanations],
        "withdrawal": _remark(commitment.withdrawn) if commitment.withdrawn else None,
        "taken_down": [_notice(notice) for notice in commitment.notices],
        "incident_url": public_url + one.incident_path,
    }


def totals_as_json(found: Totals) -> dict[str, Any]:
    return {
        "commitments_due_in_90_days": found.due,
        "kept_as_first_promised": found.kept,
        "kept_after_a_changed_date": found.kept_after_change,
        "kept_late": found.kept_late,
        "missed": found.missed,
        "being_checked": found.being_checked,
        "commitments_ever": found.all,
        "changed_ever": found.changed,
        "updates_due_in_90_days": found.updates_due,
        "updates_in_time": found.updates_kept,
    }


def utc(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None


def _amendment(amendment: Amendment) -> dict[str, Any]:
    return {
        "entry": amendment.number,
        "at": utc(amendment.at),
        "old_text": amendment.old_text,
        "old_due_at": utc(amendment.old_due_at),
        "new_text": amendment.new_text,
        "new_due_at": utc(amendment.new_due_at),
        "reason": amendment.reason,
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {"entry": remark.number, "at": utc(remark.at), "text": remark.text}


def _notice(notice: Notice) -> dict[str, Any]:
    fields = [field.rpartition(".")[2] for field in notice.fields]
    return {"entry": notice.number, "at": utc(notice.at), "reason": notice.reason, "fields": fields}
