"""The ladder of a legal clock: half time, a day and two hours before, when it is due, and daily until it is submitted."""

from datetime import datetime, timedelta

import clock
from incidents import running
from incidents.models import Reminder, ReportingClock
from incidents.operations import alert_clock, steps
from stakeholders import operations as stakeholders

Step = Reminder.Step
State = Reminder.State
DAY, TWO_HOURS = timedelta(days=1), timedelta(hours=2)


def plan(legal: ReportingClock) -> None:
    """The steps to the deadline as it is now; those to another one are taken back. What is due already is told at once."""
    now, about = clock.now(), legal.deadline
    others = Reminder.objects.filter(clock=legal, state=State.PENDING)
    others = others.exclude(about_due_at=about) if about else others
    others.update(state=State.SKIPPED, settled_at=now)
    if about is None or legal.started_at is None or not legal.is_open:
        return
    wanted = [(Step.DUE, max(about, now)), (Step.DAILY, max(about, now) + DAY)]
    if legal.due_at:
        half = legal.started_at + (about - legal.started_at) / 2
        wanted += [(Step.HALF, half), (Step.DAY_BEFORE, about - DAY), (Step.TWO_HOURS, about - TWO_HOURS)]
    steps.plan(now, *wanted, clock=legal, about_due_at=about)
    planned = Reminder.objects.filter(clock=legal, about_due_at=about)
    if not planned.filter(state=State.PENDING).exists():  # it ran before, and does again after its last step
        _plan_next(planned.filter(step=Step.DAILY).latest("nth"), now)


def supersede(legal: ReportingClock, why: str) -> None:
    """It is submitted or does not apply: nobody is reminded of it any more."""
    steps.skip(clock=legal)
    stakeholders.supersede(alert_clock.clock_key(legal), why)


def take(legal: ReportingClock, rows: list[Reminder], now: datetime) -> bool:
    """The newest step speaks for the ones before it. While an authority asks to wait nobody is hurried."""
    wanted = [row for row in rows if row.about_due_at == legal.deadline and legal.is_open]
    if not wanted or legal.incident.is_final:
        return steps.settle(rows, None, now)
    newest = wanted[-1]
    if legal.held_until and running.is_held(legal, now):
        newest.due_at = legal.held_until
        newest.save(update_fields=["due_at"])
        return False
    if newest.step == Step.DAILY:
        _plan_next(newest, now + DAY)
    alert_clock.clock(legal, newest, now)
    return steps.settle(rows, newest, now)


def _plan_next(after: Reminder, at: datetime) -> None:
    """The daily step after ``after``, so that it goes on until the report is submitted."""
    Reminder.objects.get_or_create(
        clock=after.clock,
        about_due_at=after.about_due_at,
        step=Step.DAILY,
        nth=after.nth + 1,
        defaults={"due_at": at},
    )
