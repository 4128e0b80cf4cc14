"""The clock's round: what is over is missed, what is due is told, and the public learns that we are still watching.

It asks first, in autocommit, and opens a transaction for each due row alone. Running it twice, or in two places at
once, changes nothing: every step looks at the locked row again. A row that fails stops no other, nor does one at which
the process ends: what was begun is counted before it is done. At the fifth time it is put aside, and the desk says so.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat

import clock
import crash
from incidents.models import (
    Commitment,
    Confirmation,
    Heartbeat,
    Incident,
    Promise,
    Reminder,
    ScheduledPublication,
    Setback,
)
from incidents.operations import clearing, commitment, notice, promise, reminder, schedule
from stakeholders.models import Outgoing

log = logging.getLogger(__name__)

AT_ONCE = 500
FAILURES = 5
ASIDE_FOR = timedelta(
    hours=1
)  # a deadline is never given up: what is put aside is tried once an hour, after all others
BOUNCES_FOR = timedelta(days=14)


@dataclass
class Swept:
    """What one round did."""

    taken_at_their_time: int = 0
    warned_ahead: int = 0
    promises_missed: int = 0
    commitments_missed: int = 0
    reminders_taken: int = 0
    passed_on: int = 0
    troubles: list[str] = field(default_factory=list)


def sweep() -> Swept:
    """One round. Returns what it did; what failed is in ``troubles``, in the log and at the desk."""
    swept, now = Swept(), clock.now()
    swept.taken_at_their_time = _each(
        lambda: ScheduledPublication.objects.due(now).with_people(), schedule.take, swept, give_up=schedule.give_up
    )
    _warn(swept, now)
    swept.promises_missed = _each(lambda: Promise.objects.overdue(now), promise.miss, swept)
    swept.commitments_missed = _each(lambda: Commitment.objects.overdue(now), commitment.miss, swept)
    swept.reminders_taken = _each(lambda: Reminder.objects.due(now), reminder.take, swept, give_up=_stick)
    swept.passed_on = _each(lambda: _bounced(now), _pass_on, swept)
    _clear(swept)
    _confirm(now)
    crash.point("sweep.confirmed")
    Heartbeat.objects.filter(pk=1).update(swept_at=now, trouble="; ".join(swept.troubles)[:300])
    return swept


def _each(
    asked: Callable[[], models.QuerySet[Any]],
    act: Callable[[Any], bool],
    swept: Swept,
    give_up: Callable[[Any], None] | None = None,
) -> int:
    """Act on each due row, those that failed before after the others. A kind that cannot even be asked stops no other."""
    try:
        rows = list(asked()[:AT_ONCE])
        setbacks = _setbacks(rows) if rows else {}
    except Exception:
        log.exception("The sweep could not ask for what is due")
        swept.troubles.append(f"what {act.__module__.rpartition('.')[2]}.{act.__name__} is for")
        return 0
    rows.sort(key=lambda row: setbacks[row.pk].times if row.pk in setbacks else 0)
    return sum(_careful(row, setbacks.get(row.pk), act, swept, give_up) for row in rows)


def _careful(
    row: Any, setback: Setback | None, act: Callable[[Any], bool], swept: Swept, give_up: Callable[[Any], None] | None
) -> bool:
    """Count, act, and take the count back: so a process that ends in between has counted too."""
    kind = row._meta.model_name
    if setback and setback.times >= FAILURES and give_up:
        give_up(row)
        return False
    if setback and setback.again_at > clock.now():
        swept.troubles.append(f"{row._meta.verbose_name} {row.pk}")
        return False
    times = _begun(kind, row.pk, setback)
    try:
        done = act(row)
    except Exception:  # one poisoned row must not hold up the promises of all the others
        log.exception("The sweep could not handle %s %s", row._meta.label_lower, row.pk)
        swept.troubles.append(f"{row._meta.verbose_name} {row.pk}")
        if times >= FAILURES and give_up:
            give_up(row)
        return False
    Setback.objects.filter(kind=kind, row=row.pk).delete()
    return done


def _setbacks(rows: list[Any]) -> dict[int, Setback]:
    """What is known of these rows by their keys. What was mended meanwhile in another way is forgotten."""
    known = Setback.objects.filter(kind=rows[0]._meta.model_name)
    found = {setback.row: setback for setback in known}
    if gone := found.keys() - {row.pk for row in rows}:
        known.filter(row__in=gone).delete()
    return found


def _begun(kind: str, row: int, setback: Setback | None) -> int:
    """How often this row was begun by now."""
    times = setback.times + 1 if setback else 1
    again_at = clock.now() + (ASIDE_FOR if times >= FAILURES else timedelta())
    if setback:
        Setback.objects.filter(pk=setback.pk).update(times=times, again_at=again_at)
    else:  # another sweep may have begun with it at the same moment
        Setback.objects.bulk_create(
            [Setback(kind=kind, row=row, times=times, again_at=again_at)], ignore_conflicts=True
        )
    return times


def _stick(step: Reminder) -> None:
    """A step that fails again and again is put aside for good, where the desk shows it: a person tells the reader."""
    with transaction.atomic():
        given_up = Reminder.objects.filter(pk=step.pk, state=Reminder.State.PENDING)
        given_up.update(state=Reminder.State.STUCK, settled_at=clock.now(), failures=FAILURES)
        Setback.objects.filter(kind=step._meta.model_name, row=step.pk).delete()


def _bounced(now: datetime) -> models.QuerySet[Outgoing]:
    """Mails to owners that their servers refused, and that the team's alias has not had yet."""
    passed_on = Outgoing.objects.filter(key=Concat(OuterRef("key"), Value(":alias")))
    refused = Outgoing.objects.filter(
        state=Outgoing.State.FAILED,
        kind=notice.KIND,
        link_purpose=commitment.LINKS,
        settled_at__gte=now - BOUNCES_FOR,
    )
    return refused.exclude(Exists(passed_on)).order_by("settled_at", "pk")


@transaction.atomic
def _pass_on(message: Outgoing) -> bool:
    made = (
        Commitment.objects.with_people()
        .select_for_update(of=("self",), no_key=True)
        .get(public_id=message.link_subject)
    )
    if made.state not in commitment.UNSETTLED:
        Outgoing.objects.filter(pk=message.pk).update(state=Outgoing.State.SUPERSEDED, outcome=message.outcome)
        return False
    notice.bounced(message, made)
    crash.point("mail.passed_on")
    return True


def _warn(swept: Swept, now: datetime) -> None:
    """Ahead of its time, what will come back as it stands. Nothing is lost if that fails: it is tried until its time."""
    try:
        soon = list(ScheduledPublication.objects.soon(now, schedule.AHEAD).with_people()[:AT_ONCE])
        swept.warned_ahead = sum(schedule.warn(one) for one in soon)
    except Exception:
        log.exception("The sweep could not say what will come back")
        swept.troubles.append("what is approved for a time and will come back")


def _clear(swept: Swept) -> None:
    """Once more what a redaction could not clear at once. It holds up nothing else."""
    try:
        clearing.clear()
    except Exception:
        log.exception("The sweep could not clear what was taken down")
        swept.troubles.append("what words taken down left in files")


def _confirm(now: datetime) -> None:
    """Say "all is well" anew, only while no public incident is open or declared. A draft counts until it is triaged."""
    declared = Q(state=Incident.State.DRAFT) & ~Q(is_visible=False, draws_attention=False, needs_answer=False)
    public = Q(is_visible=True) | Q(draws_attention=True) | Q(needs_answer=True)
    going_on = Incident.objects.filter(declared | (Q(state__in=Incident.ONGOING) & public))
    Confirmation.objects.filter(~Exists(going_on), pk=1).update(confirmed_at=now)
