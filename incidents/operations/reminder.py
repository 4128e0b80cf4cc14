"""Steps with a time: when who is told about a commitment, a promise, a containment action or an emergency review.

A step is a row. Planning makes the rows, the sweep takes those that are due, and taking one twice is impossible: its
row is settled, and its message has a unique key. Who reads what is in ``incidents.operations.notice``.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import clock
from accounts.models import Organisation
from incidents import hours
from incidents.models import Commitment, ContainmentAction, EmergencyReview, Promise, Reminder, Urgency
from stakeholders import operations as stakeholders

Step = Reminder.Step
State = Reminder.State

BEFORE = ((Step.WEEK, timedelta(days=7)), (Step.TWO_DAYS, timedelta(days=2)))
AFTER = ((Step.DUE, timedelta()), (Step.DAY_AFTER, timedelta(days=1)), (Step.THREE_DAYS_AFTER, timedelta(days=3)))
WEEK = timedelta(days=7)


# Planning


def plan_commitment(commitment: Commitment) -> list[Reminder]:
    """Plan the steps of a published commitment for its present deadline. Steps that lie behind are kept as skipped."""
    now, zone = clock.now(), commitment.owner.zone
    first = commitment.due_at == commitment.first_due_at
    wanted = [(Step.CREATED, now)] if first else []
    wanted += [(step, commitment.due_at - ahead) for step, ahead in BEFORE]
    wanted.append((Step.MORNING, hours.morning_before(commitment.due_at, zone)))
    wanted += [(step, commitment.due_at + later) for step, later in AFTER]
    wanted.append((Step.WEEKLY, commitment.due_at + AFTER[-1][1] + WEEK))
    return Reminder.objects.bulk_create(
        [
            _step(step, at, now, commitment=commitment, about_due_at=commitment.due_at)
            for step, at in sorted(_moved(wanted, commitment, zone), key=lambda pair: pair[1])
        ],
        ignore_conflicts=True,
    )


def _moved(
    wanted: Iterable[tuple[Step, datetime]], commitment: Commitment, zone: ZoneInfo
) -> Iterable[tuple[Step, datetime]]:
    """Into the owner's hours, except when the incident cannot wait. A step that lies behind stays where it is."""
    now = clock.now()
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
        _plan((Step.REVIEW, action.review_at), containment=action, about_due_at=action.review_at)


def plan_review(review: EmergencyReview) -> None:
    """Remind everybody who may review an emergency publication at half time and when it is due.

    The first mail goes out with the publication itself (``mails_approval.review_due``).
    """
    now = clock.now()
    _plan((Step.HALF, now + (review.due_at - now) / 2), (Step.DUE, review.due_at), review=review, about_due_at=review.due_at)


def _plan(*steps: tuple[Step, datetime], **about: object) -> None:
    now = clock.now()
    Reminder.objects.bulk_create([_step(step, at, now, **about) for step, at in steps], ignore_conflicts=True)


def _step(step: Step, at: datetime, now: datetime, **about: object) -> Reminder:
    behind = at < now
    return Reminder(
        step=step,
        due_at=at,
        state=State.SKIPPED if behind else State.PENDING,
        settled_at=now if behind else None,
        nth=1 if step == Step.WEEKLY else 0,
        **about,
    )


# Taking back


def supersede_commitment(commitment: Commitment, why: str) -> None:
    """No further step: it is settled, or has another deadline or another owner. Waiting messages are taken back too."""
    _skip(commitment=commitment)
    stakeholders.supersede(f"commitment:{commitment.pk}:", why)


def supersede_promise(promise: Promise) -> None:
    _skip(promise=promise)
    stakeholders.supersede(f"promise:{promise.pk}:", "The update was published.")


def supersede_containment(action: ContainmentAction, besides: datetime | None = None) -> None:
    """No further step, besides the one for the review time ``besides``."""
    Reminder.objects.filter(containment=action, state=State.PENDING).exclude(about_due_at=besides).update(
        state=State.SKIPPED, settled_at=clock.now()
    )


def supersede_review(review: EmergencyReview) -> None:
    _skip(review=review)
    stakeholders.supersede(f"review:{review.pk}:", "The review was done.")


def _skip(**about: object) -> None:
    Reminder.objects.filter(**about, state=State.PENDING).update(state=State.SKIPPED, settled_at=clock.now())


def zone_of_aliases() -> ZoneInfo:
    """The zone for an address behind which several people read: the organisation's."""
    organisation = Organisation.current()
    return organisation.zone if organisation else ZoneInfo("UTC")
