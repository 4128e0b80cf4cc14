"""Ending what is signed in elsewhere."""

from django.db import transaction

from accounts.actions import Action
from accounts.log import write
from accounts.models import Session, User
from accounts.sessions import stored
from refusals import NotAllowed, require


@transaction.atomic
def end_others(user: User, *, by: User, keep: str) -> int:
    """Sign a person out everywhere but in the session with the key ``keep``; how many that were."""
    require(user == by, NotAllowed("Everybody ends their own sessions. An administrator can end somebody’s access."))
    ended = end(user, keep=keep)
    write(Action.SESSIONS_ENDED, by=by, about=user, sessions=ended)
    return ended


def end(user: User, *, keep: str = "") -> int:
    """In the caller's transaction, and part of what that records."""
    ended, _ = Session.objects.filter(user=user).exclude(session_key=stored(keep)).delete()
    return ended
