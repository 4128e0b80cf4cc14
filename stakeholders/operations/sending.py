"""Send what is due: claim under a lease, hand over outside any transaction, then record.

The rows are the queue. Any number of senders may run at once, be killed anywhere and start again: a message is lost
never, and repeated only where a mail server itself leaves open whether it has it (RFC 1047). Then the repeat carries
the same Message-ID and the row says so; if that is doubtful again, a person decides.
"""

import logging
import mmap
import os
import random
import socket
import threading
import time
from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError, models, transaction

import clock
import crash
from accounts.models import Organisation
from accounts.operations import people
from stakeholders import mail, transport
from stakeholders.models import ABANDONED, Outgoing
from stakeholders.operations import links

log = logging.getLogger(__name__)

# Longer than the longest hand-over: DATA 10 s, the message 10 s, the answer 60 s.
LEASE = timedelta(seconds=90)
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720, 1440))
ATTEMPTS = len(BACKOFF) + 1
NOT_TRIED = (
    "Not tried: a mail server said before that there is no such address. Somebody has to say that it works again."
)
ROUND_SECONDS = 40.0  # then the next round takes over, so that no task lasts for ever
SENDERS = 3  # at once in one process: the sweep must find a free thread

_senders = threading.BoundedSemaphore(SENDERS)
_ending = mmap.mmap(-1, 1)  # shared with the processes that a worker forks: they are not told otherwise that it ends


class Breaker:
    """Rests between two tries of a relay that is away, so that messages burn no attempts while it is."""

    def __init__(self) -> None:
        self.failures = 0
        self.until = 0.0

    def rests(self) -> bool:
        return time.monotonic() < self.until

    def trip(self) -> None:
        self.failures += 1
        rest = min(60.0, 2.5 * 2**self.failures)
        self.until = time.monotonic() + rest * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, keeps no secret

    def mend(self) -> None:
        self.failures, self.until = 0, 0.0


breaker = Breaker()


def begin_nothing_more() -> None:
    """This process and those it forked are to end: what is in hand is finished, the rest waits for the next start."""
    _ending[0] = 1


def drain() -> int:
    """Send everything that is due, over one connection. Returns how many messages were accepted."""
    if _ending[0] or breaker.rests() or not Outgoing.objects.due(clock.now()).exists():
        return 0
    if not _senders.acquire(blocking=False):
        return 0
    try:
        with transport.opened() as way:
            return _send_all(way)
    except transport.Away as away:
        breaker.trip()
        _note(away.words)
        return 0
    finally:
        _senders.release()


def _send_all(way: transport.Way) -> int:
    sent, end, worker = 0, time.monotonic() + ROUND_SECONDS, _name()
    while time.monotonic() < end and not _ending[0]:
        way.ready()
        breaker.mend()
        claimed = claim(worker)
        if not claimed:
            break
        for message in claimed:
            crash.point("send.claimed")
            sent += deliver(message, way)
    return sent


@transaction.atomic
def claim(worker: str, limit: int = 1) -> list[Outgoing]:
    """Take up to ``limit`` due messages under a lease by the database's clock. Nobody else gets them meanwhile.

    A message whose attempt had begun when its lease ran out was being handed over by a process that is gone: it is
    doubtful. The first time it is sent again with the same Message-ID, the second time it becomes unsure.
    """
    now = clock.now()
    while rows := list(Outgoing.objects.select_for_update(skip_locked=True, no_key=True).due(now)[:limit]):
        if taken := [row for row in rows if _taken(row, worker, now)]:
            return taken
    return []


def _taken(row: Outgoing, worker: str, now: datetime) -> bool:
    if row.attempt_started_at and row.possibly_repeated:
        _settle(row, Outgoing.State.UNSURE, "The sender ended twice while handing it over. It may have arrived.", now)
        return False
    row.abandoned += row.lease_until is not None  # nobody gave it back
    if row.abandoned >= ABANDONED:
        _settle(row, Outgoing.State.FAILED, f"Put aside: {row.abandoned} senders ended with it in their hands.", now)
        return False
    if row.attempts >= ATTEMPTS:
        _settle(row, Outgoing.State.FAILED, _given_up(row, row.outcome), now)
        return False
    row.possibly_repeated = row.possibly_repeated or row.attempt_started_at is not None
    row.attempts += 1
    row.attempt_started_at, row.lease_until, row.lease_by = None, now + LEASE, worker
    row.save(
        update_fields=["possibly_repeated", "attempts", "abandoned", "attempt_started_at", "lease_until", "lease_by"]
    )
    return True


def deliver(message: Outgoing, way: transport.Way) -> bool:
    """Hand over one claimed message, outside any transaction, and record how it fared. True when it was accepted."""
    if why_not := _why_not(message):
        _settle(message, *why_not, clock.now())
        return False
    try:
        content = _content(message)
    except DatabaseError:  # no fault of the message: its lease runs out, and somebody tries again
        raise
    except Exception as error:  # one message that cannot be built must not stop the others
        log.exception("Message %s cannot be built", message.pk)
        _settle(message, Outgoing.State.FAILED, f"It could not be put together: {error}"[:300], clock.now())
        return False
    try:
        begin = partial(_begin, message)
        said = way.send(message.file_name, mail.sender(), message.to_address, content, begin)
    except transport.Taken:
        return False
    except transport.Trouble as trouble:
        _record_trouble(message, trouble)
        return False
    except DatabaseError:
        raise
    except Exception as error:  # nor one at which something happens that nobody foresaw
        log.exception("Message %s cannot be handed over", message.pk)
        way.close()
        _stumbled(message, error)
        return False
    _settle(message, Outgoing.State.SENT, said, clock.now())
    crash.point("send.recorded")
    return True


def _why_not(message: Outgoing) -> tuple[Outgoing.State, str] | None:
    """What became of its receiver between the writing and the sending (R27)."""
    if message.to_user and not message.to_user.is_active:
        return Outgoing.State.SUPERSEDED, "This person no longer has access."
    if message.to_user and message.to_user.address_refused_at:
        return Outgoing.State.FAILED, NOT_TRIED
    return None


def _content(message: Outgoing) -> bytes:
    organisation = Organisation.current()
    return mail.build(
        message,
        name=message.to_user.name if message.to_user else "",
        organisation=organisation.name if organisation else "",
        token=links.mint(message) if message.link_purpose else "",
    )


def _begin(message: Outgoing) -> bool:
    """Commit that the attempt begins. False when the lease is lost, or nobody needs the message any more."""
    now = clock.now()
    mine = Outgoing.objects.filter(
        pk=message.pk,
        state=Outgoing.State.QUEUED,
        lease_by=message.lease_by,
        lease_until__gt=now,
        attempt_started_at=None,
    )
    return mine.update(attempt_started_at=now, lease_until=now + LEASE) == 1


def _record_trouble(message: Outgoing, trouble: transport.Trouble) -> None:
    now = clock.now()
    doubtful = isinstance(trouble, transport.Doubtful)
    if isinstance(trouble, transport.Never):
        _refused(message, trouble, now)
    elif doubtful and message.possibly_repeated:
        _settle(message, Outgoing.State.UNSURE, trouble.words, now)
    elif message.attempts >= ATTEMPTS or message.abandoned >= ABANDONED:
        _settle(message, Outgoing.State.FAILED, _given_up(message, trouble.words), now)
    else:
        due_at = now + BACKOFF[message.attempts - 1] * random.uniform(1.0, 1.1)  # noqa: S311
        _held(message).update(
            due_at=due_at,
            outcome=trouble.words,
            possibly_repeated=message.possibly_repeated or doubtful,
            abandoned=message.abandoned,
            attempt_started_at=None,
            lease_until=None,
            lease_by="",
        )


def _stumbled(message: Outgoing, error: Exception) -> None:
    """Tried again later, and at the fifth time put aside. Doubtful if the message itself had been begun."""
    begun = Outgoing.objects.filter(pk=message.pk).exclude(attempt_started_at=None).exists()
    message.abandoned += 1
    words = f"It could not be handed over: {error}"
    _record_trouble(message, transport.Doubtful(words) if begun else transport.Later(words))


@transaction.atomic
def _refused(message: Outgoing, trouble: transport.Never, now: datetime) -> None:
    """Given up at once. When it was the address, it is remembered of its person, who is not tried again (F20)."""
    _settle(message, Outgoing.State.FAILED, trouble.words, now)
    if message.to_user and isinstance(trouble, transport.NoSuchAddress):
        people.refuse_address(message.to_user, message.to_address)


def _settle(message: Outgoing, state: str, words: str, now: datetime) -> None:
    _held(message).update(
        state=state,
        outcome=words[:300],
        settled_at=now,
        sent_at=now if state == Outgoing.State.SENT else None,
        attempt_started_at=None,
        lease_until=None,
        lease_by="",
    )


def _held(message: Outgoing) -> models.QuerySet[Outgoing]:
    """The row while it is still ours: a message that was settled or leased anew meanwhile is left alone."""
    return Outgoing.objects.filter(pk=message.pk, state=Outgoing.State.QUEUED, lease_by=message.lease_by)


def _note(words: str) -> None:
    """Write beside every waiting message why it waits."""
    Outgoing.objects.due(clock.now()).exclude(outcome=words).update(outcome=words)


def _given_up(message: Outgoing, words: str) -> str:
    return f"Given up after {message.attempts} attempts. {words}"


def _name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"
