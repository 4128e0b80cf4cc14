"""How often somebody may guess: counted exactly, in the database, so that several web processes count together.

A stranger who guesses at an account uses up what strangers may try, and never what its owner may: a browser in which the
owner has signed in before is counted by itself (`accounts.devices`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import transaction

import clock
from accounts import mail, tokens
from accounts.actions import Action
from accounts.log import write
from accounts.models import Organisation, Tally, User, system_user


class Rate(NamedTuple):
    """At most `tries` within any stretch of time this long."""

    tries: int
    within: timedelta


ACCOUNT = Rate(10, timedelta(minutes=10))
DEVICE = Rate(10, timedelta(minutes=10))
NETWORK = Rate(10, timedelta(minutes=1))
NOTICE = Rate(1, timedelta(hours=24))


class Taken(NamedTuple):
    """Whether it may be tried; if not, from when on. ``first`` is the first refusal in a row."""

    until: datetime | None = None
    first: bool = False


@transaction.atomic
def take(key: str, rate: Rate) -> Taken:
    """Count one try, unless there were too many. Whoever asks at the same moment queues for the row."""
    now, hashed = clock.now(), tokens.hashed(key)
    Tally.objects.filter(ends_at__lt=now).exclude(pk=hashed).delete()
    Tally.objects.bulk_create([Tally(key=hashed, ends_at=now + rate.within)], ignore_conflicts=True)
    tally = Tally.objects.select_for_update(no_key=True).get(pk=hashed)
    now = clock.now()  # after the wait for the row; even so another process may have counted a moment ahead of it
    recent = [at for at in map(datetime.fromisoformat, tally.moments) if at > now - rate.within]
    if len(recent) >= rate.tries:
        first, tally.held = not tally.held, True
        tally.save(update_fields=["held"])
        return Taken(until=recent[0] + rate.within, first=first)
    tally.moments, tally.held = [at.isoformat() for at in (*recent, now)], False
    tally.ends_at = now + rate.within
    tally.save()
    return Taken()


def give_back(*keys: str) -> None:
    """The last try was right: it does not count."""
    with transaction.atomic():
        for tally in Tally.objects.select_for_update(no_key=True).filter(pk__in=[tokens.hashed(key) for key in keys]):
            tally.moments = tally.moments[:-1]
            tally.save(update_fields=["moments"])


def take_sign_in(email: str, network: str, device: str) -> tuple[Taken, list[str]]:
    """Count a password tried for an account; also the keys to give back if it is right.

    ``device`` names a browser that the account's owner has signed in from, and is empty for every other.
    """
    stranger = [(f"network {network}", NETWORK), (f"account {email}", ACCOUNT)]
    wanted = [(f"device {device}", DEVICE)] if device else stranger
    for key, rate in wanted:
        taken = take(key, rate)
        if taken.until:
            _note(taken, email if rate is not NETWORK else "")
            return taken, []
    return Taken(), [key for key, _ in wanted]


def take_code(user: User) -> Taken:
    """Count a code tried by somebody who knows the password already."""
    taken = take(code_key(user), ACCOUNT)
    _note(taken, user.email)
    return taken


def take_password_again(user: User) -> Taken:
    """Count a password asked for once more from somebody who is signed in."""
    taken = take(again_key(user), ACCOUNT)
    _note(taken, user.email)
    return taken


def code_key(user: User) -> str:
    return f"code {user.pk}"


def again_key(user: User) -> str:
    return f"again {user.pk}"


@transaction.atomic
def _note(taken: Taken, email: str) -> None:
    """Once for each time that the door closes: on record, and the owner of the account hears of it once a day."""
    if not taken.first:
        return
    user = User.objects.active().filter(email=email).first() if email else None
    about = user or Organisation.current()
    if about is None:
        return
    write(Action.SIGN_IN_HELD, by=system_user(), about=about)
    if user and not take(f"notice {user.pk}", NOTICE).until:
        transaction.on_commit(_telling(user), robust=True)


def _telling(user: User) -> Callable[[], object]:
    return partial(mail.send_unseen, "sign_in_held", user.email, person=user)
