"""Approved for a time: a second person's consent is kept, and carried out by the clock as if it were given then.

Nothing is published here. At its time the sweep calls the very operation that a click on "Approve" calls, in the name of
whoever consented, so that every guard is asked again of the words, the facts and the person. Whatever it refuses brings the
statement back to the queue, with the reason.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

import clock
import moments
from accounts.models import User, system_user
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents import mails_schedule
from incidents.actions import Action
from incidents.models import Fact, ScheduledPublication, Setback, Statement, Submission
from incidents.operations import approval, guards, known, override, plan, reminder, timeline
from incidents.operations.submission import decided_sentence, lock
from incidents.permissions import (
    approve_refusal,
    can_approve,
    can_approve_alone,
)
from incidents.permissions_words import can_cancel_schedule, cancel_schedule_refusal
from refusals import Missing, NotAllowed, Refused, WrongState, require, require_nothing_missing
from stakeholders.bell import kick

Basis, State = ScheduledPublication.Basis, ScheduledPublication.State
AT_LEAST, AT_MOST = timedelta(minutes=1), timedelta(days=7)
# A consent is to a time. What should have gone out longer ago than this is asked about again.
LATE = timedelta(minutes=30)
# So long before its time its author and whoever consented are told that the state of now will be too old by then.
AHEAD = timedelta(minutes=30)
# People are warned at once, and what is wrong in public is put right at once; names and changes to commitments have no hour.
KINDS = (Statement.Kind.HOLDING, Statement.Kind.UPDATE, *Statement.SAYING_IT_IS_OVER)


@transaction.atomic
def consent(submission: Submission, *, by: User, seen_digest: str, publish_at: datetime) -> ScheduledPublication:
    """A second person, or somebody who works alone, lets exactly the words they have read go out at ``publish_at``.

    All that approving now would refuse is refused now as well. Raises ``Incomplete`` for a time too near, too far or too
    close to the update that the words promise.
    """
    submission = lock(submission)
    by = User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    basis = _basis(submission, by)
    require(submission.outcome == Submission.Outcome.WAITING, WrongState(decided_sentence(submission)))
    statement = _schedulable(submission)
    waiting = submission.schedules.waiting().first()
    require(waiting is None, WrongState("This is approved for a time already. Cancel that first."))
    override.require_somebody_else(submission, basis, by=by)
    approval.require_as_seen(submission, seen_digest)
    missing = [*guards.missing(statement), *plan.undecided(statement)]
    require_nothing_missing("This cannot go out as it stands.", missing)
    now, publish_at = clock.now(), publish_at.replace(second=0, microsecond=0)
    require_nothing_missing("It cannot go out at that time.", _missing_time(submission, statement, publish_at, now))
    made = ScheduledPublication.objects.create(
        submission=submission,
        basis=basis,
        approver=by,
        seen_digest=seen_digest,
        consented_at=now,
        publish_at=publish_at,
    )
    reminder.supersede_submission(submission)
    _note(
        made, f"Approved for {_said(publish_at, now)}: {_named(statement)}.", Action.PUBLICATION_SCHEDULED, by=by,
        submission=submission.pk, digest=seen_digest, basis=basis, publish_at=publish_at.isoformat(),
    )  # fmt: skip
    kick()
    return made


@transaction.atomic
def cancel(submission: Submission, *, by: User) -> ScheduledPublication:
    """Before its time. The submission waits in the queue again; whoever consented hears of it."""
    submission = lock(submission)
    require(can_cancel_schedule(by, submission), NotAllowed(cancel_schedule_refusal()))
    made = submission.schedules.waiting().with_people().first()
    if made is None:
        raise WrongState("This waits for no time: it went out, came back or was cancelled.")
    _settle(made, State.CANCELLED, by=by, reason=f"{by} cancelled it.")
    reminder.plan_submission_again(submission)
    line = f"Cancelled before it went out: {_named(made.submission.statement)}."
    _note(made, line, Action.SCHEDULE_CANCELLED, by=by, submission=submission.pk)
    if made.approver != by:
        mails_schedule.cancelled(made)
    kick()
    return made


def take(due: ScheduledPublication) -> bool:
    """The clock's act: publish what is due, or bring it back to the queue. Twice, or on two machines, changes nothing."""
    try:
        return _publish(due)
    except Refused as refusal:
        return _come_back(due, _why(due, refusal))


def lacks_state_now(kind: str, publish_at: datetime, state_now_at: datetime | None) -> bool:
    """Whether the newest state of now will be too old at ``publish_at``, so that it comes back unless one is entered.

    What looks back needs none. A fact helps when its time is less than an hour before, so not long ahead.
    """
    if kind == Statement.Kind.POST_MORTEM:
        return False
    return state_now_at is None or state_now_at < enter_from(publish_at)


def wants_state_now(kind: str, publish_at: datetime, state_now_at: datetime | None, now: datetime) -> bool:
    """Whether one has to be entered ``now``: it will be too old at ``publish_at``, and a newer one helps already."""
    return now >= enter_from(publish_at) and lacks_state_now(kind, publish_at, state_now_at)


def enter_from(publish_at: datetime) -> datetime:
    """From when on a state of now is new enough for what goes out at ``publish_at``."""
    return publish_at - guards.STATE_NOW_LASTS


def warn(soon: ScheduledPublication) -> bool:
    """Tell its author and whoever consented, once, that it will come back unless the state of now is entered (domain 2.3).

    Whether anybody had to be told. Twice, or on two machines, sends one mail to each.
    """
    statement = soon.submission.statement
    if statement is None or mails_schedule.was_warned(soon):
        return False
    newest = known.of(statement.incident).newest.get(Fact.Question.STATE_NOW)
    if not lacks_state_now(statement.kind, soon.publish_at, newest):
        return False
    with transaction.atomic():
        submission = lock(soon.submission)
        made = ScheduledPublication.objects.waiting().with_people().filter(pk=soon.pk, submission=submission).first()
        if made is None:
            return False
        mails_schedule.too_old(made, statement.incident, newest)
    kick()
    return True


def give_up(due: ScheduledPublication) -> None:
    """It failed again and again for no reason that it could say. A person looks at it; it does not go out at some later hour."""
    _come_back(
        due, "It could not be published, five times in a row. Approve it again, or ask whoever runs this installation."
    )


@transaction.atomic
def _come_back(due: ScheduledPublication, reason: str) -> bool:
    """Nothing is public. The submission waits in the queue, and its author and whoever consented are told why."""
    submission = lock(due.submission)
    made = _still_due(due)
    if made is None:
        return False
    machine = system_user()
    _settle(made, State.RETURNED, by=machine, reason=reason)
    reminder.plan_submission_again(submission)
    # The reason may quote the draft, which not everybody reads who reads the timeline.
    line = f"Not published at {_said(made.publish_at, clock.now())}: {_named(submission.statement)}. It waits again."
    _note(made, line, Action.SCHEDULE_RETURNED, by=machine, submission=submission.pk)
    mails_schedule.returned(made)
    Setback.objects.filter(kind=due._meta.model_name, row=due.pk).delete()
    kick()
    return True


@transaction.atomic
def _publish(due: ScheduledPublication) -> bool:
    """By the door that everybody takes, in the name of whoever consented. The approval settles the schedule with itself."""
    submission = lock(due.submission)
    made = _still_due(due)
    if made is None:
        return False
    now = clock.now()
    late = now - made.publish_at
    passed = (
        f"Its time, {_said(made.publish_at, now)}, had passed by {moments.span(late)} before anything could publish it."
    )
    again = f"{made.approver} said yes to that time, and has to confirm it again."
    require(late <= LATE, WrongState(f"{passed} {again}"))
    _schedulable(submission)
    door = approval.approve if made.basis == Basis.SECOND_PERSON else approval.approve_alone
    door(submission, by=made.approver, seen_digest=made.seen_digest)
    return True


def _why(due: ScheduledPublication, refusal: Refused) -> str:
    """All that stood in the way, in words for the author."""
    who = f"{due.approver} may not approve it any more." if isinstance(refusal, NotAllowed) else ""
    return " ".join(filter(None, [who, refusal.sentence, *(f"{item.sentence}." for item in refusal.missing)]))


def _still_due(due: ScheduledPublication) -> ScheduledPublication | None:
    """Looked at again once the submission is locked: another machine may have been faster, or somebody cancelled it."""
    return ScheduledPublication.objects.due(clock.now()).with_people().filter(pk=due.pk).first()


def _basis(submission: Submission, by: User) -> str:
    if can_approve(by, submission):
        return Basis.SECOND_PERSON
    require(can_approve_alone(by, submission), NotAllowed(approve_refusal(by, submission)))
    return Basis.SOLO


def _schedulable(submission: Submission) -> Statement:
    statement = submission.statement
    if statement is None or statement.kind not in KINDS:
        raise WrongState(
            "Only a holding statement, an update, a resolution or a post-mortem goes out at a time. "
            "A warning, a correction or a change of what was promised goes out as soon as it is approved."
        )
    return statement


def _missing_time(submission: Submission, statement: Statement, at: datetime, now: datetime) -> list[Missing]:
    place = ("desk:submission", (submission.pk,), "id_schedule_publish_at")
    if at < now + AT_LEAST:
        return [Missing("Choose a time at least one minute ahead, or approve it now", *place)]
    if at > now + AT_MOST:
        return [Missing("Choose a time within the next seven days", *place)]
    promised = statement.next_update_at
    if promised and promised < at + guards.LEAST_NOTICE:
        sentence = "Choose a time at least ten minutes before the next update that it promises"
        return [Missing(sentence, *place)]
    return []


def _settle(made: ScheduledPublication, state: str, *, by: User, reason: str) -> None:
    made.state, made.settled_by, made.settled_at, made.reason = state, by, clock.now(), reason
    made.save(update_fields=["state", "settled_by", "settled_at", "reason"])


def _note(made: ScheduledPublication, line: str, action: Action, *, by: User, **details: Any) -> None:
    statement = made.submission.statement
    if statement is None:
        raise AssertionError("only statements go out at a time")
    timeline.enter(statement.incident, line, action, by=by, about=made, **details)


def _named(statement: Statement | None) -> str:
    return f"{statement.get_kind_display().lower()}, version {statement.version}" if statement else ""


def _said(at: datetime, now: datetime) -> str:
    return moments.phrase(at, "UTC", now=now)
