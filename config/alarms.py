"""What ails the installation itself, said in a strip on every page of the desk. Nothing of it is ever public.

The rows say whether the background jobs run and whether the queue is heard; this process knows how fresh its own public
pages are and how far this machine's clock is from the database's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

import clock
from incidents.context import Rail, rail_of
from moments import span
from statuspage import serving

# With the strip asked for every half minute, a desk that lies open says it within two minutes.
JOBS_ARE_LATE_AFTER = timedelta(seconds=80)
MAIL_IS_LATE_AFTER = timedelta(minutes=2)  # longer than a sender rests between two tries of a server that is away
CLOCKS_MAY_DIFFER_BY = timedelta(seconds=5)


@dataclass(frozen=True)
class Alarm:
    """`what` stands in bold, followed by `since` if that is known, and by what it means and what to do."""

    what: str
    means: str
    since: datetime | None = None


class Alarms:
    """Read once, when a page of the desk first asks. `mark` changes when the strip does."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._found: list[Alarm] | None = None

    @property
    def found(self) -> list[Alarm]:
        if self._found is None:
            named = by_name(rail_of(self._request), clock.now())
            if named["jobs"]:  # while nothing runs at all, nothing goes out a minute later either
                named |= {"queue": [], "mail": []}
            self._found = [alarm for alarms in named.values() for alarm in alarms]
        return self._found

    @property
    def mark(self) -> str:
        return ".".join(f"{hash_of(alarm):x}" for alarm in self.found) or "0"


def by_name(rail: Rail, at: datetime) -> dict[str, list[Alarm]]:
    """What is to be said, by the name under which a monitor hears of it (`config.health`)."""
    return {
        "jobs": _jobs(rail, at),
        "queue": _queue(rail),
        "mail": _mail(rail, at),
        "clock": _clocks(rail, at),
        **_pages(),
    }


def hash_of(alarm: Alarm) -> int:
    """The same in every process, so that a strip asked for from another one is not taken for a new one."""
    return sum(index * ord(letter) for index, letter in enumerate(f"{alarm.what}{alarm.since}", 1))


def _jobs(rail: Rail, at: datetime) -> list[Alarm]:
    means = (
        "Nothing is checked and nothing is sent: reminders, deadlines and emails wait, and leave late. "
        f"Start {'manage.py jobs' if settings.EMBEDDED else 'celery worker and celery beat'}; nothing is lost."
    )
    if rail.swept_at is None:
        return [Alarm("The background jobs have never run.", means)]
    if at - rail.swept_at > JOBS_ARE_LATE_AFTER:
        return [Alarm("No sign of life from the background jobs since", means, rail.swept_at)]
    return []


def _queue(rail: Rail) -> list[Alarm]:
    """Embedded there is none; a row may remain from before."""
    if settings.EMBEDDED or rail.unheard_since is None:
        return []
    means = "What is approved is public at once. Emails and reminders go out up to 60 seconds later. Nothing is lost."
    return [Alarm("The background queue cannot be reached, since", means, rail.unheard_since)]


def _mail(rail: Rail, at: datetime) -> list[Alarm]:
    """Nearly always a mail server that cannot be reached, or does not accept our password (F16)."""
    if rail.mail_due_at is None or at - rail.mail_due_at <= MAIL_IS_LATE_AFTER:
        return []
    means = "It is tried again and again, and nothing is lost. The outbox says what the mail server answered."
    return [Alarm("Email does not leave. The oldest waits since", means, rail.mail_due_at)]


def _clocks(rail: Rail, at: datetime) -> list[Alarm]:
    ahead = clock.ahead_of_database()
    if abs(ahead) > CLOCKS_MAY_DIFFER_BY:
        way = "ahead of" if ahead > timedelta() else "behind"
        means = "Deadlines go by the database. Let both machines set their clocks from the network (NTP)."
        return [Alarm(f"The clock of this machine is {span(abs(ahead))} {way} the database’s.", means)]
    if rail.swept_at is not None and rail.swept_at - at > CLOCKS_MAY_DIFFER_BY:
        means = "Their last round is dated in the future. Let every machine set its clock from the network (NTP)."
        return [Alarm(f"The background jobs read a clock that is {span(rail.swept_at - at)} ahead.", means)]
    return []


def _pages() -> dict[str, list[Alarm]]:
    """Of this web process. Each keeps pages of its own."""
    status = serving.status()
    if status is None:
        return {}
    stale = Alarm(f"{status.problem} Since", "Readers see the last good pages.", status.problem_since)
    on_disk = "What is published is public; a process that starts while the database is away would show older pages."
    unwritten = Alarm(status.disk_problem, on_disk)
    return {
        "pages": [stale] if status.problem else [],
        "pages_on_disk": [unwritten] if status.disk_problem else [],
    }
