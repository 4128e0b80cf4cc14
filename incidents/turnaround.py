"""How long approvals take (R79): from the question to the decision, per request; in hours and out of hours apart.

Sent back counts as decided, and the next request is a new one. What is approved for a time was decided when somebody
consented, whatever hour it went out at. What one person published alone waited for nobody, and
what was changed or taken back was not decided: neither is counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from incidents.approvers import hours_at
from incidents.models import Approval, Duty, ScheduledPublication, Submission

DAYS = 90
LEAST = 5  # nothing is averaged over fewer
ALONE = (Approval.Basis.EMERGENCY, Approval.Basis.SOLO, Approval.Basis.FOUNDING)


@dataclass(frozen=True)
class Turnaround:
    """Of the requests of one kind of hours."""

    label: str
    took: tuple[timedelta, ...]
    within: int
    returned: int

    @property
    def decided(self) -> int:
        return len(self.took)

    @property
    def is_enough(self) -> bool:
        return self.decided >= LEAST

    @property
    def share(self) -> int | None:
        """Percent within the target, rounded down so that it never says more than it was."""
        return self.within * 100 // self.decided if self.is_enough else None

    @property
    def median(self) -> timedelta | None:
        seconds = [one.total_seconds() for one in self.took]
        return timedelta(seconds=median(seconds)) if self.is_enough else None


def decided(now: datetime) -> QuerySet[Any, Any]:
    """The requests that are counted, newest first, each with when it was ``answered_at``."""
    consented = ScheduledPublication.objects.filter(
        submission=OuterRef("pk"), state=ScheduledPublication.State.PUBLISHED
    ).values("consented_at")
    outcomes = (Submission.Outcome.APPROVED, Submission.Outcome.RETURNED)
    asked = Submission.objects.filter(asked_at__gte=now - timedelta(days=DAYS), due_at__isnull=False)
    counted = asked.filter(outcome__in=outcomes).exclude(approval__basis__in=ALONE)
    found: QuerySet[Any, Any] = counted.annotate(answered_at=Coalesce(Subquery(consented[:1]), "decided_at"))
    return found.order_by("-asked_at", "-pk")


def measured(now: datetime) -> list[Turnaround]:
    """In hours, then out of hours: by when it was asked. One query, whatever is counted."""
    rows: dict[str, list[Any]] = {hours: [] for hours in Duty.Hours.values}
    for row in decided(now).values_list("asked_at", "answered_at", "due_at", "outcome"):
        rows[hours_at(row[0])].append(row)
    return [
        Turnaround(
            label=Duty.Hours(hours).label,
            took=tuple(at - asked for asked, at, _, _ in found),
            within=sum(at <= due for _, at, due, _ in found),
            returned=sum(outcome == Submission.Outcome.RETURNED for *_, outcome in found),
        )
        for hours, found in rows.items()
    ]
