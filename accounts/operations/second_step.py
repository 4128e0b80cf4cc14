"""The second step at sign-in: an authenticator app, passkeys, recovery codes.

Whatever changes here ends every other session of the person, is on record with ids only, and is told to the person by
mail. The rows are allauth's `Authenticator`; the app's secret is sealed in them, recovery codes are kept as hashes.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

import clock
from accounts import mail, sealed, tokens, totp
from accounts.actions import Action
from accounts.log import write
from accounts.models import User
from accounts.operations.sessions import end
from accounts.passkeys import Made
from accounts.permissions import administer_refusal, can_administer, must_have_second_step
from refusals import Incomplete, Missing, NotAllowed, WrongState, require

Kind = Authenticator.Type
FACTORS = (Kind.TOTP, Kind.WEBAUTHN)

HOW_MANY_CODES = 10
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
CODE_LENGTH = 16  # 79 bits: as good as a hash can keep, and still typed in half a minute


@transaction.atomic
def add_app(user: User, secret: str, code: str, *, by: User, keep: str) -> list[str]:
    """Ask for a code of this app from now on, in place of any app before. Returns recovery codes if they are the first.

    ``keep`` is the key of the session in which it happens; all others end.
    """
    user = _own(user, by)
    step = totp.step_of(secret, digits(code), apps_time())
    if step is None:
        missing = Missing("This is not the code that the app shows now. Type the newest one.", anchor="id_code")
        raise Incomplete("The code does not fit.", [missing])
    Authenticator.objects.filter(user=user, type=Kind.TOTP).delete()
    made = Authenticator.objects.create(
        user=user, type=Kind.TOTP, data={"secret": sealed.seal(secret), "step": step}, created_at=clock.now()
    )
    return _added(user, made, by=by, keep=keep, said="An authenticator app was added.")


@transaction.atomic
def add_key(user: User, name: str, key: Made, *, by: User, keep: str) -> list[str]:
    """Accept this passkey from now on. Returns recovery codes if they are the first."""
    user = _own(user, by)
    made = Authenticator.objects.create(
        user=user, type=Kind.WEBAUTHN, data={"name": name, "credential": key.credential}, created_at=clock.now()
    )
    return _added(user, made, by=by, keep=keep, said="A passkey was added.")


@transaction.atomic
def rename_key(key: Authenticator, name: str, *, by: User) -> None:
    _own(key.user, by)
    key = Authenticator.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk, type=Kind.WEBAUTHN)
    key.data["name"] = name
    key.save(update_fields=["data"])
    write(Action.KEY_RENAMED, by=by, about=key.user, key=key.pk)


@transaction.atomic
def remove(factor: Authenticator, *, by: User, keep: str) -> None:
    """Ask for this app or passkey no more. With the last one the recovery codes go too."""
    user = _own(factor.user, by)
    others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=factor.pk)
    require(
        others.exists() or not must_have_second_step(user),
        WrongState(
            "This installation asks you for a second step, and this is the only one you have.",
            [Missing("Set up another one first", "desk:two_step")],
        ),
    )
    gone = factor.pk
    factor.delete()
    if not others.exists():
        Authenticator.objects.filter(user=user).delete()
    said = "A passkey was removed." if factor.type == Kind.WEBAUTHN else "The authenticator app was removed."
    _changed(user, Action.SECOND_STEP_REMOVED, by=by, keep=keep, said=said, factor=gone, kind=factor.type)


@transaction.atomic
def renew_codes(user: User, *, by: User, keep: str) -> list[str]:
    """Ten new recovery codes; the ones before are dead."""
    user = _own(user, by)
    require(
        Authenticator.objects.filter(user=user, type__in=FACTORS).exists(),
        WrongState("Recovery codes stand in for a second step, and there is none.", [_set_up()]),
    )
    Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).delete()
    codes, row = _make_codes(user)
    said = "New recovery codes were made. The ones before open nothing any more."
    _changed(user, Action.RECOVERY_CODES_MADE, by=by, keep=keep, said=said, codes=row.pk)
    return codes


@transaction.atomic
def reset(user: User, *, by: User) -> None:
    """Remove somebody else's second step because they have lost it. They sign in with the password, and set it up anew."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(by.is_system or can_administer(by), NotAllowed(administer_refusal()))
    require(user != by, WrongState("Your own second step is removed on the page of your account.", [_set_up()]))
    require(
        Authenticator.objects.filter(user=user).exists(), WrongState(f"{user} has not set up a second step at sign-in.")
    )
    Authenticator.objects.filter(user=user).delete()
    _changed(user, Action.SECOND_STEP_RESET, by=by, keep="", said=f"{by} removed it, because you could not use it.")


@transaction.atomic
def use_code(user: User, code: str, *, by: User) -> Authenticator | None:
    """What this code belongs to, if it is good; it is then used up. Nothing is said about why one is not."""
    rows = Authenticator.objects.select_for_update(of=("self",), no_key=True).filter(user=user).order_by("pk")
    found = {row.type: row for row in rows if row.type != Kind.WEBAUTHN}
    app, codes = found.get(Kind.TOTP), found.get(Kind.RECOVERY_CODES)
    if app and _is_of_app(app, digits(code)):
        used = app
    elif codes and _is_of_codes(codes, tokens.hashed(letters(code))):
        used = codes
        left = len(codes.data["hashes"])
        write(Action.RECOVERY_CODE_USED, by=by, about=user, codes=codes.pk, left=left)
        _tell(user, f"A recovery code was used to sign in. {left} {'is' if left == 1 else 'are'} left.")
    else:
        return None
    used.last_used_at = clock.now()
    used.save(update_fields=["data", "last_used_at"])
    return used


def apps_time() -> datetime:
    """The time on people's telephones, which know nothing of a demo's moved clock."""
    return clock.now() - timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)


def digits(code: str) -> str:
    return "".join(letter for letter in code if letter.isdecimal() and letter.isascii())


def letters(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter in CODE_LETTERS)


def _is_of_app(app: Authenticator, code: str) -> bool:
    """Each code is good once: a step that was used, and every one before it, is over."""
    try:
        secret = sealed.unseal(app.data["secret"])
    except sealed.Unreadable:
        return False
    step = totp.step_of(secret, code, apps_time())
    if step is None or step <= app.data["step"]:
        return False
    app.data = {"secret": sealed.seal(secret), "step": step}
    return True


def _is_of_codes(codes: Authenticator, hashed: str) -> bool:
    hashes: list[str] = codes.data["hashes"]
    fitting = [kept for kept in hashes if secrets.compare_digest(kept, hashed)]
    codes.data = {"hashes": [kept for kept in hashes if kept not in fitting]}
    return bool(fitting)


def _own(user: User, by: User) -> User:
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(user == by, NotAllowed("Everybody sets up their own second step. An administrator can remove a lost one."))
    require(user.is_active, WrongState("This account has no access any more."))
    return user


def _added(user: User, made: Authenticator, *, by: User, keep: str, said: str) -> list[str]:
    _changed(user, Action.SECOND_STEP_ADDED, by=by, keep=keep, said=said, factor=made.pk, kind=made.type)
    if Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).exists():
        return []
    codes, row = _make_codes(user)
    write(Action.RECOVERY_CODES_MADE, by=by, about=user, codes=row.pk)
    return codes


def _make_codes(user: User) -> tuple[list[str], Authenticator]:
    """The codes themselves are known this once."""
    codes = ["".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)) for _ in range(HOW_MANY_CODES)]
    row = Authenticator.objects.create(
        user=user,
        type=Kind.RECOVERY_CODES,
        data={"hashes": sorted(tokens.hashed(code) for code in codes)},
        created_at=clock.now(),
    )
    return ["-".join(_groups(code)) for code in codes], row


def _groups(code: str) -> Iterable[str]:
    return (code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def _changed(user: User, action: Action, *, by: User, keep: str, said: str, **details: Any) -> None:
    end(user, keep=keep)
    write(action, by=by, about=user, **details)
    _tell(user, said)


def _tell(user: User, said: str) -> None:
    transaction.on_commit(partial(mail.send, "second_step", user.email, person=user, said=said), robust=True)


def _set_up() -> Missing:
    return Missing("Your second step", "desk:two_step")
