"""Who has been told and who has been forgotten: how one group of one incident stands, of what is known (R19 to R21, R27).

A pure function. Nothing of it is stored, so it can neither be forgotten nor lie: a group is covered because something reached
it after it had to be told, and no longer when the incident went on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from incidents.models import Incident, StakeholderPlan
from stakeholders.models import Decision, Stage

AFTER_POST_MORTEM = timedelta(hours=24)  # by when whoever was told reads how it came about (R27)


class Standing(TextChoices):
    """Worst first: the map shows them in this order."""

    FORGOTTEN = "forgotten", "Not told in time"
    UNANSWERED = "unanswered", "A question is overdue"
    UNDECIDED = "undecided", "Undecided"
    AGAIN = "again", "Decide again"
    ALONE = "alone", "Waits for a second person"
    LOOK = "look", "Time to look again"
    TO_TELL = "to_tell", "To be told"
    LATER = "later", "Told at a later stage"
    READY = "ready", "Ready to answer"
    SILENT = "silent", "Deliberately not told"
    COVERED = "covered", "Told"
    NONE = "none", "Does not apply"

    @property
    def is_covered(self) -> bool:
        """As the metric of coverage counts it (domain 6)."""
        return self in COVERED

    @property
    def needs_somebody(self) -> bool:
        return self in NEEDS_SOMEBODY


COVERED = frozenset({Standing.COVERED, Standing.READY, Standing.SILENT})
NEEDS_SOMEBODY = frozenset(
    {
        Standing.FORGOTTEN,
        Standing.UNANSWERED,
        Standing.UNDECIDED,
        Standing.AGAIN,
        Standing.ALONE,
        Standing.LOOK,
        Standing.TO_TELL,
    }
)
OPEN_DECISION = frozenset({Standing.UNDECIDED, Standing.AGAIN, Standing.ALONE})


@dataclass(frozen=True)
class Told:
    """One time that a group was told: by a direct message, by the public page, or by hand."""

    at: datetime
    how: str  # "message", "page" or "hand"
    words: str = ""
    view: str = ""
    pk: int = 0
    accepted_at: datetime | None = None  # of a message: when a server took the first mail of it

    @property
    def heard_at(self) -> datetime:
        """When the first of them could know. A message that waited for the mail server reached nobody while it waited."""
        return self.accepted_at or self.at


@dataclass(frozen=True)
class Covered:
    """How one group stands at one moment: when it was told last, and by when it has to be."""

    standing: Standing
    due_at: datetime | None = None
    last: Told | None = None


def of(
    plan: StakeholderPlan,
    incident: Incident,
    *,
    now: datetime,
    told: Sequence[Told] = (),
    post_mortem_at: datetime | None = None,
    oldest_inquiry_due_at: datetime | None = None,
) -> Covered:
    """``told`` in any order. ``oldest_inquiry_due_at`` is of the questions that came in and are not answered.

    An answer to one of them tells nobody else of the group, so it is not among ``told``. Who is undecided stays so, however
    long a question waits: deciding is what stands in the way of the first message.
    """
    last = max(told, key=lambda one: one.at, default=None)
    if undecided := _undecided(plan, incident):
        return Covered(undecided, last=last)
    if oldest_inquiry_due_at and oldest_inquiry_due_at <= now:  # also of those of whom nobody thought that it applies
        return Covered(Standing.UNANSWERED, oldest_inquiry_due_at, last)
    if plan.decision == Decision.NOT_APPLICABLE:
        return Covered(Standing.NONE, last=last)
    if plan.decision == Decision.NOT_TOLD:
        over = plan.review_at is not None and plan.review_at <= now
        return Covered(Standing.LOOK if over else Standing.SILENT, plan.review_at, last)
    if plan.decision == Decision.IF_ASKED:
        return Covered(Standing.READY, oldest_inquiry_due_at, last)
    return _to_be_told(plan, incident, last, post_mortem_at, now)


def stage_began(incident: Incident, stage: str, post_mortem_at: datetime | None) -> datetime | None:
    """When the incident reached it, in UTC; None while it has not."""
    if stage == Stage.CONTAINED:
        return incident.contained_at
    return incident.recovered_at if stage == Stage.RECOVERED else post_mortem_at


def _undecided(plan: StakeholderPlan, incident: Incident) -> Standing | None:
    if not plan.decision:
        return Standing.UNDECIDED
    if plan.decision != Decision.NOT_TOLD:
        return None
    if plan.agreed_by_id is None:
        return Standing.ALONE
    return None if plan.confirmed_in == incident.state else Standing.AGAIN


def _to_be_told(
    plan: StakeholderPlan, incident: Incident, last: Told | None, post_mortem_at: datetime | None, now: datetime
) -> Covered:
    since, due_at = _term(plan, incident, post_mortem_at)
    if since is None:
        return Covered(Standing.LATER, None, last)
    if last and last.at >= since:
        if not post_mortem_at or last.at >= post_mortem_at:
            return Covered(Standing.COVERED, None, last)
        due_at = post_mortem_at + AFTER_POST_MORTEM  # who was told of it hears how it came about as well (R27)
    late = due_at is not None and due_at <= now
    return Covered(Standing.FORGOTTEN if late else Standing.TO_TELL, due_at, last)


def _term(
    plan: StakeholderPlan, incident: Incident, post_mortem_at: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Since when telling them counts, and by when they have to be told."""
    if plan.decision == Decision.NOW:
        return incident.detected_at, plan.due_at
    since = stage_began(incident, plan.stage, post_mortem_at)
    return since, since + timedelta(minutes=plan.tell_within or 0) if since else None
