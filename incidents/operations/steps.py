"""Rows of reminders as all ladders make them: planned, taken back, settled. What each ladder is made of stands with it."""

from datetime import datetime

import clock
from incidents.models import Reminder

Step = Reminder.Step
State = Reminder.State
NUMBERED = (Step.WEEKLY, Step.DAILY)  # those that come again are counted from one


def plan(now: datetime, *steps: tuple[Step, datetime], **about: object) -> None:
    """Steps that were planned before and taken back, because the time was another one meanwhile, come back.

    ``now`` is the caller's: a step that is due at once would lie behind a clock that was read again.
    """
    Reminder.objects.bulk_create([_made(step, at, now, **about) for step, at in steps], ignore_conflicts=True)
    taken_back = Reminder.objects.filter(**about, state=State.SKIPPED, due_at__gt=now)
    taken_back.update(state=State.PENDING, settled_at=None)


def _made(step: Step, at: datetime, now: datetime, **about: object) -> Reminder:
    behind = at < now
    return Reminder(
        step=step,
        due_at=at,
        state=State.SKIPPED if behind else State.PENDING,
        settled_at=now if behind else None,
        nth=1 if step in NUMBERED else 0,
        **about,
    )


def skip(**about: object) -> None:
    Reminder.objects.filter(**about, state=State.PENDING).update(state=State.SKIPPED, settled_at=clock.now())


def settle(rows: list[Reminder], done: Reminder | None, now: datetime) -> bool:
    """Close ``rows``: one of them done, the others skipped. Returns whether one was done."""
    for row in rows:
        row.state, row.settled_at = (State.DONE if row is done else State.SKIPPED), now
        row.save(update_fields=["state", "settled_at"])
    return done is not None
