"""The clock's round: what is over is missed, what is due is told, and the public learns that we are still watching.

It asks first, in autocommit, and opens a transaction for each due row alone. Running it twice, or in two places at
once, changes nothing: every step looks at the locked row again. A row that fails stops no other.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat

import clock
import crash
from incidents.models import Commitment, Confirmation, Heartbeat, Incident, Promise, Reminder
from incidents.operations import commitment, notice, promise, reminder
from stakeholders.models import Outgoing

log = logging.getLogger(__name__)

AT_ONCE = 500
FAILURES = 5
BOUNCES_FOR = timedelta(days=14)


@dataclass
class Swept:
    """What one round did."""

    promises_missed: int = 0
    commitments_missed: int = 0
    reminders_taken: int = 0
    passed_on: int = 0
    troubles: list[str] = field(default_factory=list)


def sweep() -> Swept:
    """One round. Returns what it did; what failed is in ``troubles``, in the log and at the desk."""
    swept, now = Swept(), clock.now()
    swept.promises_missed = _each(Promise.objects.overdue(now), promise.miss, swept)
    swept.commitments_missed = _each(Commitment.objects.overdue(now), commitment.miss, swept)
    swept.reminders_taken = _each(Reminder.objects.due(now), reminder.take, swept, failed=_count_failure)
    swept.passed_on = _each(_bounced(now), _pass_on, swept)
    _confirm(now)
    crash.point("sweep.confirmed")
    Heartbeat.objects.filter(pk=1).update(swept_at=now, trouble="; ".join(swept.troubles)[:300])
    return swept


def _each(
    rows: models.QuerySet[Any],
    act: Callable[[Any], bool],
    swept: Swept,
    failed: Callable[[Any], None] | None = None,
) -> int:
    """Act on each due row in order. What fails is noted and left; the others go on."""
    done = 0
    for row in _first(rows):
        try:
            done += act(row)
        except Exception:  # one poisoned row must not hold up the promises of all the others
            log.exception("The sweep could not handle %s %s", row._meta.label_lower, row.pk)
            swept.troubles.append(f"{row._meta.verbose_name} {row.pk}")
            if failed:
                failed(row)
    return done


def _first(rows: models.QuerySet[Any]) -> Iterable[Any]:
    return list(rows[:AT_ONCE])


def _count_failure(step: Reminder) -> None:
    """A step that fails again and again is put aside, where the desk shows it."""
    Reminder.objects.filter(pk=step.pk).update(failures=F("failures") + 1)
    given_up = Reminder.objects.filter(pk=step.pk, failures__gte=FAILURES, state=Reminder.State.PENDING)
    given_up.update(state=Reminder.State.STUCK, settled_at=clock.now())


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
    made = Commitment.objects.with_people().select_for_update(of=("self",)).get(public_id=message.link_subject)
    if made.state not in commitment.UNSETTLED:
        Outgoing.objects.filter(pk=message.pk).update(state=Outgoing.State.SUPERSEDED, outcome=message.outcome)
        return False
    notice.bounced(message, made)
    crash.point("mail.passed_on")
    return True


def _confirm(now: datetime) -> None:
    """Say "all is well" anew, only while no public incident is open or declared. A draft counts until it is triaged."""
    declared = Q(state=Incident.State.DRAFT) & ~Q(is_visible=False, draws_attention=False, needs_answer=False)
    public = Q(is_visible=True) | Q(draws_attention=True) | Q(needs_answer=True)
    going_on = Incident.objects.filter(declared | (Q(state__in=Incident.ONGOING) & public))
    Confirmation.objects.filter(~Exists(going_on), pk=1).update(confirmed_at=now)
