"""Write messages to be sent, take back those that are no longer needed, and decide about those that are stuck."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

import clock
import crash
from accounts import log
from accounts.models import LogAction, User
from refusals import NotAllowed, WrongState, require
from stakeholders import addresses, bell, permissions
from stakeholders.models import Outgoing

STUCK = (Outgoing.State.FAILED, Outgoing.State.UNSURE)


class Action(LogAction):
    OUTGOING_RETRIED = "outgoing.retried"


@transaction.atomic
def queue(
    *,
    key: str,
    kind: str,
    to: User | str,
    subject: str,
    text: str,
    reason: str,
    html: str = "",
    thread: str = "",
    due_at: datetime | None = None,
    link_purpose: str = "",
    link_subject: str = "",
    link_valid_until: datetime | None = None,
) -> Outgoing | None:
    """Write one message to one address in the caller's transaction, and ring after commit.

    ``None`` when ``key`` was queued before, so that doing it twice sends it once. Raises ``Incomplete`` for an address
    or a subject that cannot stand in a header, ``ValueError`` for links to something that is not a person.
    """
    if link_purpose and (not isinstance(to, User) or link_valid_until is None):
        raise ValueError("Links are for one person and for a time.")
    person = to if isinstance(to, User) else None
    message = Outgoing(
        key=key,
        kind=kind,
        to_user=person,
        to_address=addresses.address(person.email if person else str(to)),
        subject=addresses.header(subject, "subject")[:200],
        text=addresses.TURNING.sub("", text),
        html=addresses.TURNING.sub("", html),
        message_id=message_id(key),
        thread=addresses.header(thread, "thread"),
        reason=addresses.line(reason)[:200],
        link_purpose=link_purpose,
        link_subject=link_subject,
        link_valid_until=link_valid_until,
        due_at=due_at or clock.now(),
    )
    if not _insert(message):
        return None
    crash.point("outgoing.queued")
    bell.kick()
    return message


def _insert(message: Outgoing) -> bool:
    if Outgoing.objects.filter(key=message.key).exists():
        return False
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:  # somebody else queued it between the look and the writing
        return False
    return True


def message_id(key: str) -> str:
    """The Message-ID of what is queued under ``key``: the same on every attempt, and silent about what it is about."""
    host = settings.MAIL_FROM.rpartition("@")[2].strip(">") or settings.PUBLIC_HOST
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"


@transaction.atomic
def supersede(key_prefix: str, why: str, *, stuck: bool = False) -> int:
    """Take back every waiting message whose key begins with ``key_prefix``."""
    return take_back(Outgoing.objects.filter(key__startswith=key_prefix), why, stuck=stuck)


def take_back(messages: QuerySet[Outgoing], why: str, *, stuck: bool = False) -> int:
    """Those of these that have not left are not sent any more. Returns how many."""
    return not_left(messages, stuck=stuck).update(
        state=Outgoing.State.SUPERSEDED, settled_at=clock.now(), outcome=why, lease_until=None, lease_by=""
    )


def not_left(messages: QuerySet[Outgoing], *, stuck: bool = False) -> QuerySet[Outgoing]:
    """Those of these that wait. One being sent is left alone. With ``stuck`` also what a person could send again."""
    states = [Outgoing.State.QUEUED, *(STUCK if stuck else ())]
    return messages.filter(state__in=states, attempt_started_at=None)


@transaction.atomic
def retry(outgoing: Outgoing, *, by: User) -> Outgoing:
    """Send again what was given up, or what may or may not have arrived: a person's decision, never the clock's."""
    message = Outgoing.objects.select_for_update(no_key=True).get(pk=outgoing.pk)
    require(permissions.can_retry(by), NotAllowed(permissions.retry_refusal()))
    require(
        message.state in STUCK,
        WrongState("Only a message that was given up, or of which we are unsure, can be sent again."),
    )
    message.possibly_repeated = message.possibly_repeated or message.state == Outgoing.State.UNSURE
    message.state, message.due_at = Outgoing.State.QUEUED, clock.now()
    message.attempts = message.abandoned = 0
    message.attempt_started_at = message.settled_at = message.lease_until = None
    message.outcome = "A person asked to send it again."
    message.save()
    log.write(Action.OUTGOING_RETRIED, by=by, about=message)
    bell.kick()
    return message
