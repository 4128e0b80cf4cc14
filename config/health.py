"""How the installation fares, in figures: for a monitor (`/healthz/deep`) and for the ping that stops when something is wrong.

What the desk says in words (`config.alarms`) is wrong here by the same judgment; what a person finds on its own page, a
monitor hears of as well. Here are numbers and the names of what is wrong, and no text that anybody wrote. It takes two
queries, each part of which is a single row or stands on an index of what is due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery

import clock
from accounts.models import LogHead
from config import alarms
from incidents.context import Rail, counted
from incidents.models import Commitment, Heartbeat, Promise, Reminder, Setback
from incidents.operations.sweep import FAILURES
from stakeholders.models import Outgoing

DEADLINES_ARE_LATE_AFTER = timedelta(minutes=2)
PUT_ASIDE_WITHIN = timedelta(days=7)  # longer ago, somebody has seen it at the desk, or nobody ever will


@dataclass(frozen=True)
class Health:
    """`wrong` names what needs somebody, and is empty when all is well. Of the figures, None is what cannot be known here:
    no round was ever made, no queue is used, another process has the pages."""

    wrong: list[str]
    figures: dict[str, float | bool | None]

    @property
    def said(self) -> dict[str, Any]:
        """As the monitor reads it."""
        return {"well": not self.wrong, "wrong": self.wrong, **self.figures}


AWAY = Health(["database"], {})


def look() -> Health:
    """Raises ``django.db.DatabaseError`` when the database does not answer."""
    rail, now = Rail(), clock.now()
    said, found = {name: bool(told) for name, told in alarms.by_name(rail, now).items()}, _asked(now)
    due = min((found[name] for name in ("promise", "commitment", "reminder") if found[name]), default=None)
    put_aside = {name: found[name] or 0 for name in ("rows_put_aside", "reminders_put_aside", "messages_put_aside")}
    wrong = {
        **said,
        "deadlines": due is not None and now - due > DEADLINES_ARE_LATE_AFTER,
        "put_aside": bool(found["trouble"]) or any(put_aside.values()),
    }
    figures = {
        "seconds_since_last_round": _seconds(rail.swept_at, now),
        "seconds_queue_unheard": None if settings.EMBEDDED else _seconds(rail.unheard_since, now),
        "seconds_mail_overdue": _seconds(rail.mail_due_at, now) or 0,
        "seconds_deadline_overdue": _seconds(due, now) or 0,
        "seconds_clock_ahead": round(clock.ahead_of_database().total_seconds(), 1),
        "last_round_was_whole": not found["trouble"],
        **put_aside,
        "pages_are_current": not said["pages"] if "pages" in said else None,
        "pages_are_on_disk": not said["pages_on_disk"] if "pages_on_disk" in said else None,
    }
    return Health(sorted(name for name, is_wrong in wrong.items() if is_wrong), figures)


def _asked(now: datetime) -> dict[str, Any]:
    """What no page of the desk needs at its top."""
    lately = now - PUT_ASIDE_WITHIN
    asked = {
        "trouble": Subquery(Heartbeat.objects.filter(pk=1).values("trouble")),
        "promise": _oldest(Promise.objects.overdue(now)),
        "commitment": _oldest(Commitment.objects.overdue(now)),
        "reminder": _oldest(Reminder.objects.due(now)),
        "rows_put_aside": counted(Setback.objects.filter(times__gte=FAILURES)),
        "reminders_put_aside": counted(Reminder.objects.filter(state="stuck", settled_at__gte=lately)),
        "messages_put_aside": counted(Outgoing.objects.put_aside(since=lately)),
    }
    return dict(LogHead.objects.filter(pk=1).values(**asked).get())


def _oldest(rows: QuerySet[Any]) -> Subquery:
    """When the first of them was due; they come in that order."""
    return Subquery(rows.values("due_at")[:1])


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else round((now - since).total_seconds(), 1)
