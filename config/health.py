"""How the installation fares, in figures: for a monitor (`/healthz/deep`) and for the ping that stops when something is wrong.

The desk says the same in words (config.alarms). Here are numbers and the names of what is wrong, and no text that anybody
wrote. All of it comes by one query, each part of which is a single row or stands on an index of what is due.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery

import clock
from accounts.models import LogHead
from config.alarms import CLOCKS_MAY_DIFFER_BY, JOBS_ARE_LATE_AFTER, MAIL_IS_LATE_AFTER
from incidents.context import counted
from incidents.models import Commitment, Heartbeat, Promise, Reminder, Setback
from incidents.operations.sweep import FAILURES
from stakeholders.models import Doorbell, Outgoing
from statuspage import serving

DEADLINES_ARE_LATE_AFTER = timedelta(minutes=2)
PUT_ASIDE_WITHIN = timedelta(days=7)  # longer ago, somebody has seen it at the desk, or nobody ever will


@dataclass(frozen=True)
class Health:
    """`None` is what cannot be known here: no round was ever made, no queue is used, another process has the pages."""

    seconds_since_last_round: float | None
    seconds_queue_unheard: float | None
    seconds_mail_overdue: float
    seconds_deadline_overdue: float
    seconds_clock_ahead: float
    last_round_was_whole: bool
    rows_put_aside: int
    messages_put_aside: int
    pages_are_current: bool | None
    pages_are_on_disk: bool | None

    @property
    def wrong(self) -> list[str]:
        """The names of what needs somebody. Empty when all is well."""
        late = JOBS_ARE_LATE_AFTER.total_seconds()
        may_differ = CLOCKS_MAY_DIFFER_BY.total_seconds()
        since = self.seconds_since_last_round
        names = {
            "jobs": since is None or since > late,
            "queue": self.seconds_queue_unheard is not None,
            "mail": self.seconds_mail_overdue > MAIL_IS_LATE_AFTER.total_seconds(),
            "deadlines": self.seconds_deadline_overdue > DEADLINES_ARE_LATE_AFTER.total_seconds(),
            "clock": abs(self.seconds_clock_ahead) > may_differ or (since is not None and since < -may_differ),
            "put_aside": not self.last_round_was_whole or self.rows_put_aside + self.messages_put_aside > 0,
            "pages": self.pages_are_current is False,
            "pages_on_disk": self.pages_are_on_disk is False,
        }
        return [name for name, is_wrong in names.items() if is_wrong]

    @property
    def said(self) -> dict[str, Any]:
        """As the monitor reads it."""
        return {"well": not self.wrong, "wrong": self.wrong, **asdict(self)}


AWAY = {"well": False, "wrong": ["database"]}


def look() -> Health:
    """Raises ``django.db.DatabaseError`` when the database does not answer."""
    now = clock.now()
    found, pages = _asked(now), serving.status()
    due = [found[name] for name in ("promise", "commitment", "reminder") if found[name]]
    return Health(
        seconds_since_last_round=_seconds(found["swept_at"], now),
        seconds_queue_unheard=None if settings.EMBEDDED else _seconds(found["unheard_since"], now),
        seconds_mail_overdue=_seconds(found["mail"], now) or 0,
        seconds_deadline_overdue=_seconds(min(due, default=None), now) or 0,
        seconds_clock_ahead=round(clock.ahead_of_database().total_seconds(), 1),
        last_round_was_whole=not found["trouble"],
        rows_put_aside=(found["rows"] or 0) + (found["reminders"] or 0),
        messages_put_aside=found["messages"] or 0,
        pages_are_current=None if pages is None else not pages.problem,
        pages_are_on_disk=None if pages is None else not pages.disk_problem,
    )


def _asked(now: datetime) -> dict[str, Any]:
    lately = now - PUT_ASIDE_WITHIN
    stuck = Reminder.objects.filter(state="stuck", settled_at__gte=lately)
    asked = {
        "swept_at": Subquery(Heartbeat.objects.filter(pk=1).values("swept_at")),
        "trouble": Subquery(Heartbeat.objects.filter(pk=1).values("trouble")),
        "unheard_since": Subquery(Doorbell.objects.filter(pk=1).values("unheard_since")),
        "mail": _oldest(Outgoing.objects.due(now)),
        "promise": _oldest(Promise.objects.overdue(now)),
        "commitment": _oldest(Commitment.objects.overdue(now)),
        "reminder": _oldest(Reminder.objects.due(now)),
        "rows": counted(Setback.objects.filter(times__gte=FAILURES)),
        "reminders": counted(stuck),
        "messages": counted(Outgoing.objects.put_aside(since=lately)),
    }
    return dict(LogHead.objects.filter(pk=1).values(**asked).get())


def _oldest(rows: QuerySet[Any]) -> Subquery:
    """When the first of them was due; they come in that order."""
    return Subquery(rows.values("due_at")[:1])


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else round((now - since).total_seconds(), 1)
