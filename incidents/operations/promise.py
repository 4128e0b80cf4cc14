"""The promised time of the next update (R12): kept by a publication by then, otherwise missed for good (R13)."""

from datetime import datetime

from django.db import transaction

import clock
import crash
from accounts import log
from accounts.chain import instant
from accounts.models import User, system_user
from incidents.actions import Action
from incidents.models import Incident, Promise, RecordEntry
from incidents.operations import record, reminder


@transaction.atomic
def make(incident: Incident, entry: RecordEntry, due_at: datetime, *, by: User) -> Promise:
    """Promise the next update of ``incident`` by ``due_at``, in the publication ``entry``, and plan its alerts."""
    promise = Promise.objects.create(incident=incident, made_in=entry, made_at=entry.at, due_at=due_at)
    reminder.plan_promise(promise)
    return promise


def will_be_kept(incident: Incident, at: datetime) -> Promise | None:
    """The promise that a publication at ``at`` keeps, for the body of its record entry."""
    return Promise.objects.open().filter(incident=incident, due_at__gte=at).first()


@transaction.atomic
def answer(incident: Incident, entry: RecordEntry, *, by: User) -> Promise | None:
    """The publication ``entry`` answers the promise before it: kept if it came in time. A miss stays a miss."""
    promise = Promise.objects.select_for_update(no_key=True).filter(incident=incident, answered_by=None).first()
    if promise is None or promise.made_in_id == entry.pk:
        return None
    if promise.state == Promise.State.OPEN and entry.at > promise.due_at:
        _miss(promise, at=entry.at)
    elif promise.state == Promise.State.OPEN:
        promise.state, promise.settled_at = Promise.State.KEPT, entry.at
        log.write(Action.PROMISE_KEPT, by=by, about=promise, entry=entry.pk)
    promise.answered_by = entry
    promise.save()
    reminder.supersede_promise(promise)
    return promise


@transaction.atomic
def miss(promise: Promise, at: datetime | None = None) -> bool:
    """The clock's own act: what was promised for a time that has passed is missed. Twice changes nothing.

    ``at`` is the moment to judge by; a publication gives its own, so that one of that very moment still keeps it.
    """
    now = at or clock.now()
    due = Promise.objects.select_for_update(skip_locked=True, no_key=True).overdue(now).filter(pk=promise.pk).first()
    if due is None:
        return False
    _miss(due, at=now)
    due.save()
    crash.point("promise.missed")
    return True


def _miss(promise: Promise, *, at: datetime) -> None:
    machine = system_user()
    promise.state, promise.settled_at = Promise.State.MISSED, at
    record.enter(
        RecordEntry.Kind.PROMISE_MISSED,
        at=at,
        by=machine,
        incident=promise.incident,
        promise=promise,
        body={
            "incident": promise.incident.public_id,
            "entry": promise.made_in_id,
            "due_at": instant(promise.due_at),
        },
    )
    log.write(Action.PROMISE_MISSED, by=machine, about=promise)
