"""Passwords: changed by their owner, or reset by an operator at the terminal.

A person's row is locked without its key (`no_key`), as in `accounts.operations.people`.
"""

from functools import partial

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import mail
from accounts.actions import Action
from accounts.log import write
from accounts.models import User
from accounts.operations.sessions import end
from refusals import WrongState, require


@transaction.atomic
def set_password(user: User, password: str, *, by: User, keep: str = "") -> User:
    """Replace a password, which the caller has checked. Every session ends, but the one with the key ``keep``."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(user.is_active and not user.is_system, _no_access(user))
    user.set_password(password)
    user.save(update_fields=["password"])
    end(user, keep=keep)
    write(Action.PASSWORD_CHANGED, by=by, about=user)
    return user


@transaction.atomic
def make_password_link(user: User, *, by: User) -> str:
    """A link with which `user` can choose a new password, once and for an hour."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(user.is_active and not user.is_system, _no_access(user))
    write(Action.PASSWORD_LINK_MADE, by=by, about=user)
    return _link(user)


def send_link(email: str) -> None:
    """Send whoever signs in with this address a link, after the answer: until then everybody costs the same time."""
    mail.after_the_answer("password_reset", partial(_send_link, email.strip().lower()))


def _send_link(email: str) -> None:
    user = User.objects.active().filter(email=email).first()
    if user:
        mail.send("password_reset", user.email, person=user, link=_link(user))


def _link(user: User) -> str:
    """Absolute by our own setting, never by the Host that a request claims."""
    key = default_token_generator.make_token(user)
    return settings.DESK_URL + reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


def _no_access(user: User) -> WrongState:
    return WrongState(f"{user} has no access any more. An administrator can give it back at the desk, under People.")
