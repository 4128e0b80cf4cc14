"""Steps with a time: who is told when, about a commitment, a promise, a containment action, a legal clock and the like.

A step is a row. Planning makes the rows, the sweep takes those that are due, and taking one twice is impossible: its
row is settled, and its message has a unique key. Who reads what is in ``incidents.operations.notice``.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

import clock
import crash
from accounts.models import Organisation
from incidents import breaking, deciding, hours
from incidents.breaking import Breaks
from incidents.models import (
    ApprovalPolicy,
    Commitment,
    ContainmentAction,
    EmergencyReview,
    Evidence,
    Inquiry,
    Promise,
    Reminder,
    ReportingClock,
    Submission,
    Urgency,
)
from incidents.operations import alert, alert_approval, alert_inquiry, alert_review, clock_ladder, notice
from incidents.operations.steps import plan as _plan
from incidents.operations.steps import settle as _settle
from incidents.operations.steps import skip as _skip
from stakeholders import operations as stakeholders

Step = Reminder.Step
State = Reminder.State

BEFORE = ((Step.WEEK, timedelta(days=7)), (Step.TWO_DAYS, timedelta(days=2)))
AFTER = ((Step.DUE, timedelta()), (Step.DAY_AFTER, timedelta(days=1)), (Step.THREE_DAYS_AFTER, timedelta(days=3)))
WEEK = timedelta(days=7)
UNSETTLED = (Commitment.State.OPEN, Commitment.State.MISSED)


# Planning


def plan_commitment(commitment: Commitment) -> None:
    """Plan the steps of a published commitment for its present deadline. Steps that lie behind are kept as skipped."""
    now, zone = clock.now(), commitment.owner.zone
    first = commitment.due_at == commitment.first_due_at
    wanted = [(Step.CREATED, now)] if first else []
    wanted += [(step, commitment.due_at - ahead) for step, ahead in BEFORE]
    wanted.append((Step.MORNING, hours.morning_before(commitment.due_at, zone)))
    wanted += [(step, commitment.due_at + later) for step, later in AFTER]
    wanted.append((Step.WEEKLY, commitment.due_at + AFTER[-1][1] + WEEK))
    moved = sorted(_moved(wanted, commitment, zone, now), key=lambda pair: pair[1])
    _plan(now, *moved, commitment=commitment, about_due_at=commitment.due_at)
    crash.point("reminders.planned")


def _moved(
    wanted: Iterable[tuple[Step, datetime]], commitment: Commitment, zone: ZoneInfo, now: datetime
) -> Iterable[tuple[Step, datetime]]:
    """Into the owner's hours, except when the incident cannot wait. A step that lies behind stays where it is."""
    for step, at in wanted:
        yield step, (at if at < now or not keeps_hours(commitment) else hours.into_hours(at, zone))


def keeps_hours(commitment: Commitment) -> bool:
    return commitment.incident.urgency != Urgency.ACT_NOW


def plan_next_week(commitment: Commitment, after: Reminder) -> None:
    """The weekly step after ``after``, planned when that one is taken, so that it goes on until the end."""
    at, now = after.due_at + WEEK, clock.now()
    while at <= now:
        at += WEEK
    zone = commitment.owner.zone
    Reminder.objects.get_or_create(
        commitment=commitment,
        about_due_at=after.about_due_at,
        step=Step.WEEKLY,
        nth=after.nth + 1,
        defaults={"due_at": hours.into_hours(at, zone) if keeps_hours(commitment) else at},
    )


def plan_promise(promise: Promise) -> None:
    """Half time and due to the communications lead, then the deputy, then the commander. At any hour: it is public."""
    half = promise.made_at + (promise.due_at - promise.made_at) / 2
    _plan(
        clock.now(),
        (Step.HALF, half),
        (Step.DUE, promise.due_at),
        (Step.DUE_DEPUTY, promise.due_at + timedelta(minutes=5)),
        (Step.DUE_COMMANDER, promise.due_at + timedelta(minutes=10)),
        promise=promise,
        about_due_at=promise.due_at,
    )


def plan_containment(action: ContainmentAction) -> None:
    """Remind the decider when it is time to look again. A new review time takes the place of the old one."""
    supersede_containment(action, besides=action.review_at)
    if action.review_at:
        _plan(clock.now(), (Step.REVIEW, action.review_at), containment=action, about_due_at=action.review_at)


def plan_review(review: EmergencyReview) -> None:
    """Half time and due, to whoever may review an emergency publication; due also to the deputy and the commander.

    The first mail goes out with the publication itself (``mails_approval.review_due``, ``alert_review.published``).
    """
    now = clock.now()
    half = now + (review.due_at - now) / 2
    _plan(now, (Step.HALF, half), (Step.DUE, review.due_at), review=review, about_due_at=review.due_at)


def plan_submission(asked: Submission, breaks: Breaks | None) -> None:
    """The approver's clock (R79): half time to whoever is on, then the deputy, then the commander, before ``breaks``.

    The first mail goes out with the question itself (``mails_approval.requested``).
    """
    if asked.decide_by is not None:
        steps = _approval_steps(asked, asked.asked_at, asked.decide_by, breaks)
        _plan(asked.asked_at, *steps, submission=asked, about_due_at=asked.decide_by)


def plan_submission_again(asked: Submission) -> None:
    """It was approved for a time, and waits for a decision again: a round of its own, with the whole target from now on.

    Not from ``due_at``, which every round puts off. The round is counted, because each of its mails has a key with that number.
    """
    if asked.due_at is None:
        return
    now, breaks = clock.now(), breaking.look_up(asked)
    target = timedelta(minutes=ApprovalPolicy.current().target_minutes)
    asked.due_at, asked.decide_by = now + target, deciding.decide_by(now, target, breaks.at if breaks else None)
    asked.save(update_fields=["due_at", "decide_by"])
    for step, at in _approval_steps(asked, now, asked.decide_by, breaks):
        rows = Reminder.objects.filter(submission=asked, step=step)
        rows.update(
            nth=F("nth") + 1, due_at=at, about_due_at=asked.decide_by, state=State.PENDING, settled_at=None, failures=0
        )


def _approval_steps(
    asked: Submission, since: datetime, decide_by: datetime, breaks: Breaks | None
) -> list[tuple[Step, datetime]]:
    half, deputy, commander = deciding.ladder(since, decide_by, breaks.at if breaks else None)
    if not alert_approval.incident_of(asked):
        return [(Step.HALF, half), (Step.DUE, decide_by)]
    return [(Step.HALF, half), (Step.TARGET_DEPUTY, deputy), (Step.TARGET_COMMANDER, commander)]


def plan_inquiry(asked: Inquiry) -> None:
    """Half time and due to whoever does it for the group, ten minutes later the commander.

    A question that is noted when its time is over already alerts at once.
    """
    now = clock.now()
    half, due_at = asked.received_at + (asked.due_at - asked.received_at) / 2, max(asked.due_at, now)
    steps = ((Step.HALF, half), (Step.DUE, due_at), (Step.DUE_COMMANDER, due_at + timedelta(minutes=10)))
    _plan(now, *steps, inquiry=asked, about_due_at=asked.due_at)


# Taking back


def supersede_commitment(commitment: Commitment, why: str) -> None:
    """No further step: it is settled, or has another deadline or another owner. Waiting messages are taken back too."""
    _skip(commitment=commitment)
    stakeholders.supersede(notice.key(commitment), why)


def supersede_promise(promise: Promise) -> None:
    _skip(promise=promise)
    stakeholders.supersede(alert.promise_key(promise), "The update was published.")


def supersede_containment(action: ContainmentAction, besides: datetime | None = None) -> None:
    """No further step, besides the one for the review time ``besides``."""
    pending = Reminder.objects.filter(containment=action, state=State.PENDING)
    if besides:
        pending = pending.exclude(about_due_at=besides)
    pending.update(state=State.SKIPPED, settled_at=clock.now())


def supersede_review(review: EmergencyReview) -> None:
    _skip(review=review)
    stakeholders.supersede(alert_review.review_key(review), "The review was done.")


def supersede_submission(asked: Submission) -> None:
    """It is decided, was changed or taken back: nobody is reminded of it any more."""
    _skip(submission=asked)
    stakeholders.supersede(alert_approval.approval_key(asked), "It does not wait any more.")


def supersede_inquiry(asked: Inquiry) -> None:
    _skip(inquiry=asked)
    stakeholders.supersede(alert_inquiry.inquiry_key(asked), "The question was answered.")


# Taking


@transaction.atomic
def take(reminder: Reminder) -> bool:
    """Take this step, together with every other one about the same thing that is due: one mail for all of them.

    False when there is nothing to take: somebody else has it, it was taken, or it has to wait for its reader's morning.
    """
    now = clock.now()
    subject = _locked_subject(reminder)
    if subject is None:
        return False
    name = _name(reminder)
    rows = list(Reminder.objects.select_for_update(no_key=True).filter(**{name: subject}).due(now))
    if not rows:
        return False
    crash.point("reminder.claimed")
    taken = _TAKE[name](subject, rows, now)
    return bool(taken)


def _name(reminder: Reminder) -> str:
    return next(name for name in _TAKE if getattr(reminder, f"{name}_id"))


def _locked_subject(reminder: Reminder) -> Any:
    """The row that the step is about, locked; nothing while somebody else works on it."""
    name = _name(reminder)
    rows = _SUBJECTS[name].select_for_update(of=("self",), skip_locked=True, no_key=True)
    return rows.filter(pk=getattr(reminder, f"{name}_id")).first()


def _take_commitment(made: Commitment, rows: list[Reminder], now: datetime) -> bool:
    """The newest step speaks for the ones that were held up. What no longer applies is skipped."""
    wanted = [row for row in rows if row.about_due_at == made.due_at and made.state in UNSETTLED]
    waiting = made.evidence.filter(outcome=Evidence.Outcome.WAITING).select_related("owner", "submitted_by").first()
    if not wanted:
        return _settle(rows, None, now)
    newest = wanted[-1]
    if not waiting and _postponed(made, newest, now):
        return False
    if newest.step == Step.WEEKLY:
        plan_next_week(made, newest)
    if waiting:
        waiting.commitment = made
        notice.reported_done(waiting, again=f"{newest.step}{newest.nth}")
    else:
        notice.step(made, newest, wanted, now)
    return _settle(rows, newest, now)


def _postponed(made: Commitment, newest: Reminder, now: datetime) -> bool:
    """Whether the step has to wait until its reader's day begins; then it is given that time."""
    if not keeps_hours(made):
        return False
    zone = made.owner.zone if made.owner.reads_mail else zone_of_aliases()
    at = hours.into_hours(now, zone)
    if at <= now:
        return False
    newest.due_at = at
    newest.save(update_fields=["due_at"])
    return True


def _take_promise(due: Promise, rows: list[Reminder], now: datetime) -> bool:
    """Each alert is for another person, so each is sent; half time says nothing any more once the time is over."""
    if due.answered_by_id:
        return _settle(rows, None, now)
    for row in rows:
        if row.step == Step.HALF and now >= due.due_at:
            _settle([row], None, now)
        else:
            alert.promise(due, row, now)
            _settle([row], row, now)
    return True


def _take_containment(action: ContainmentAction, rows: list[Reminder], now: datetime) -> bool:
    current = [
        row for row in rows if row.about_due_at == action.review_at and action.state == ContainmentAction.State.DONE
    ]
    if not current:
        return _settle(rows, None, now)
    alert.containment(action, current[-1], now)
    return _settle(rows, current[-1], now)


def _take_review(wanted: EmergencyReview, rows: list[Reminder], now: datetime) -> bool:
    if wanted.reviewed_by_id:
        return _settle(rows, None, now)
    alert_review.review(wanted, rows[-1].step, now)
    return _settle(rows, rows[-1], now)


def _take_submission(asked: Submission, rows: list[Reminder], now: datetime) -> bool:
    """Each step is for another reader, so each is sent; half time says nothing any more once the time is over."""
    if asked.outcome != Submission.Outcome.WAITING or asked.decide_by is None:
        return _settle(rows, None, now)
    past = [row for row in rows if row.step == Step.HALF and now >= asked.decide_by]
    wanted = [row for row in rows if row not in past]
    alert_approval.approval(asked, wanted, now)
    for row in rows:
        _settle([row], None if row in past else row, now)
    return True


def _take_inquiry(asked: Inquiry, rows: list[Reminder], now: datetime) -> bool:
    """As with a promise: each step is for another reader, and half time says nothing once the time is over."""
    if asked.answered_at:
        return _settle(rows, None, now)
    for row in rows:
        if row.step == Step.HALF and now >= asked.due_at:
            _settle([row], None, now)
        else:
            alert_inquiry.inquiry(asked, row.step, now)
            _settle([row], row, now)
    return True


_TAKE: dict[str, Callable[[Any, list[Reminder], datetime], bool]] = {
    "commitment": _take_commitment,
    "promise": _take_promise,
    "containment": _take_containment,
    "review": _take_review,
    "submission": _take_submission,
    "inquiry": _take_inquiry,
    "clock": clock_ladder.take,
}
_SUBJECTS: dict[str, Any] = {
    "commitment": Commitment.objects.with_people(),
    "promise": Promise.objects.select_related("incident__agent__deputy"),
    "containment": ContainmentAction.objects.select_related("decider", "incident"),
    "review": EmergencyReview.objects.select_related("approval__approved_by", "approval__incident__agent__deputy"),
    "submission": Submission.objects.with_subject().select_related(
        "statement__incident__agent__deputy", "change__commitment__incident__agent__deputy"
    ),
    "inquiry": Inquiry.objects.select_related("plan__incident", "plan__group", "plan__owner"),
    "clock": ReportingClock.objects.with_people().select_related("incident__agent__deputy"),
}


def zone_of_aliases() -> ZoneInfo:
    """The zone for an address behind which several people read: the organisation's."""
    organisation = Organisation.current()
    return organisation.zone if organisation else ZoneInfo("UTC")
