"""People: how they come in, what they may do, and how they leave.

A person's row is locked without its key (`no_key`): every log line of theirs refers to it, and is written last, under the
head of the log.
"""

from collections.abc import Collection
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.urls import reverse

import clock
from accounts import mail, tokens
from accounts.actions import Action
from accounts.log import write
from accounts.models import Invitation, Role, RoleGrant, Team, User, system_user
from accounts.models.team import LEAST_ACTIVE_MEMBERS
from accounts.operations.sessions import end
from accounts.operations.solo import end_unless_alone
from accounts.permissions import administer_refusal, can_administer, can_confirm_address, confirm_address_refusal
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing

INVITATION_LASTS = timedelta(days=7)


@transaction.atomic
def invite(email: str, name: str, roles: Collection[str], *, by: User) -> Invitation:
    """Offer an account, by mail to that address. An earlier offer to it ends, so that one link is good at a time.

    The invitation that is returned, and only that instance, knows its `link`; `sent` says after the commit whether the
    mail server took the message.
    """
    email, now, token = email.strip().lower(), clock.now(), tokens.fresh()
    require(can_administer(by), NotAllowed(administer_refusal()))
    require_nothing_missing("The invitation is not complete.", _missing_in_invitation(name, roles))
    known = User.objects.filter(email=email).first()
    require(known is None, _already_here(known))
    for earlier in Invitation.objects.select_for_update(no_key=True).open(now).filter(email=email):
        _revoke(earlier, by=by)
    invitation = Invitation.objects.create(
        email=email, name=name, roles=sorted(set(roles)), token_hash=tokens.hashed(token),
        invited_by=by, invited_at=now, expires_at=now + INVITATION_LASTS,
    )  # fmt: skip
    invitation.link = settings.DESK_URL + reverse("account_invitation", args=[token])
    write(Action.PERSON_INVITED, by=by, about=invitation, roles=invitation.roles)
    transaction.on_commit(partial(_send, invitation), robust=True)
    return invitation


@transaction.atomic
def accept_invitation(token: str, password: str, time_zone: str) -> User:
    """Make the account that was offered. The password has been checked by the form."""
    now = clock.now()
    invitation = (
        Invitation.objects.select_for_update(no_key=True).open(now).filter(token_hash=tokens.hashed(token)).first()
    )
    if invitation is None:
        raise WrongState("This invitation is not good any more. Ask whoever invited you for a new one.")
    known = User.objects.filter(email=invitation.email).exists()
    require(not known, WrongState("There is an account with this address already. Sign in instead."))
    user = User.objects.create_user(invitation.email, invitation.name, password, time_zone=time_zone, joined_at=now)
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=now) for role in invitation.roles)
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    write(Action.PERSON_JOINED, by=user, about=user, invitation=invitation.pk, roles=invitation.roles)
    end_unless_alone(by=user)
    return user


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> Invitation:
    """Take an offer back. Its link leads nowhere from now on."""
    invitation = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(invitation.accepted_at is None, WrongState("This invitation has been accepted already."))
    require(invitation.revoked_at is None, WrongState("This invitation was taken back already."))
    return _revoke(invitation, by=by)


@transaction.atomic
def grant_role(user: User, role: str, *, by: User) -> RoleGrant:
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(user.is_active, WrongState(f"{user} has no access any more. Give it back before giving a role."))
    held = user.grants.filter(role=role).exists()
    require(not held, WrongState(f"{user} has the role {Role(role).label.lower()} already."))
    grant = RoleGrant.objects.create(user=user, role=Role(role), granted_at=clock.now())
    _new_rights(user)
    write(Action.ROLE_GRANTED, by=by, about=user, role=grant.role)
    end_unless_alone(by=by)
    return grant


@transaction.atomic
def revoke_role(user: User, role: str, *, by: User) -> None:
    _lock_administrators()
    grant = RoleGrant.objects.select_for_update(of=("self",), no_key=True).filter(user=user, role=role).first()
    require(can_administer(by), NotAllowed(administer_refusal()))
    if grant is None:
        raise WrongState(f"{user} does not have the role {Role(role).label.lower()}.")
    if role == Role.ADMINISTRATOR:
        require_nothing_missing("The role cannot be taken away yet.", _last_administrator(user))
    grant.delete()
    _new_rights(user)
    write(Action.ROLE_REVOKED, by=by, about=user, role=role)


@transaction.atomic
def deactivate(user: User, *, by: User) -> User:
    """End somebody's access at once, sessions included. What they did stays in their name."""
    _lock_administrators()
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(user.is_active, WrongState(f"{user} has no access already."))
    require_nothing_missing(
        f"{user} still holds something up. Hand it over first.",
        [*_last_administrator(user), *_teams_led(user), *_teams_too_small_without(user)],
    )
    user.is_active = False
    user.save(update_fields=["is_active"])
    end(user)
    write(Action.PERSON_DEACTIVATED, by=by, about=user)
    return user


@transaction.atomic
def reactivate(user: User, *, by: User) -> User:
    """Give access back, with the roles and the password of before."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(not user.is_active and not user.is_system, WrongState(f"{user} has access already."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    write(Action.PERSON_REACTIVATED, by=by, about=user)
    end_unless_alone(by=by)
    return user


@transaction.atomic
def change_own_account(user: User, *, by: User, name: str, time_zone: str) -> User:
    """What people may change about themselves. An address is changed by a new invitation."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(user == by, NotAllowed("Everybody changes their own name and time zone, nobody somebody else's."))
    require(user.is_active, WrongState("This account has no access any more."))
    new = {"name": name, "time_zone": time_zone}
    changed = [field for field, value in new.items() if getattr(user, field) != value]
    if changed:
        user.name, user.time_zone = name, time_zone
        user.save(update_fields=changed)
        write(Action.PERSON_CHANGED, by=by, about=user, fields=changed)
    return user


def refuse_address(user: User, address: str) -> None:
    """A mail server said for good that there is no such address: nothing more about deadlines is sent there (F20).

    In the caller's transaction. ``address`` is the one that was tried: a person may have another one by now.
    """
    found = (
        User.objects.select_for_update(no_key=True).filter(pk=user.pk, email=address, address_refused_at=None).first()
    )
    if found:
        found.address_refused_at = clock.now()
        found.save(update_fields=["address_refused_at"])
        write(Action.ADDRESS_REFUSED, by=system_user(), about=found)


@transaction.atomic
def confirm_address(user: User, *, by: User) -> User:
    """Say that the address works again: by its owner, or by an administrator who has asked them."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require(can_confirm_address(by, user), NotAllowed(confirm_address_refusal(user)))
    require(user.address_refused_at is not None, WrongState(f"Nothing is wrong with the address of {user}."))
    user.address_refused_at = None
    user.save(update_fields=["address_refused_at"])
    write(Action.ADDRESS_CONFIRMED, by=by, about=user)
    return user


def _new_rights(user: User) -> None:
    """The sessions of this person get new keys when they are next used (`config.middleware.SessionLimits`)."""
    User.objects.filter(pk=user.pk).update(roles_changed_at=clock.now())


def _send(invitation: Invitation) -> None:
    invitation.sent = mail.send("invitation", invitation.email, invitation=invitation)


def _revoke(invitation: Invitation, *, by: User) -> Invitation:
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    write(Action.INVITATION_REVOKED, by=by, about=invitation)
    return invitation


def _missing_in_invitation(name: str, roles: Collection[str]) -> list[Missing]:
    missing = []
    if not name.strip():
        missing.append(Missing("Enter a name", anchor="id_name"))
    if not roles or not set(roles) <= set(Role.values):
        missing.append(Missing("Choose at least one role", anchor="id_roles_0"))
    return missing


def _already_here(known: User | None) -> WrongState:
    if known is None or known.is_system:
        return WrongState("This address cannot be invited.")
    state = "has an account already" if known.is_active else "had an account, which can be given back"
    return WrongState(f"{known} {state}.", [Missing(f"Open {known}", "desk:person", (known.pk,))])


def _lock_administrators() -> None:
    """Two administrators who remove each other at the same moment queue here."""
    list(RoleGrant.objects.select_for_update(no_key=True).filter(role=Role.ADMINISTRATOR).order_by("pk"))


def _last_administrator(user: User) -> list[Missing]:
    others = User.objects.with_role(Role.ADMINISTRATOR).exclude(pk=user.pk)
    if not user.has_role(Role.ADMINISTRATOR) or others.exists():
        return []
    return [Missing("Make somebody else an administrator first: nobody is left who could", "desk:people")]


def _teams_led(user: User) -> list[Missing]:
    return [
        Missing(f"Name another lead of {team}", "desk:team", (team.pk,), "id_lead") for team in user.teams_led.all()
    ]


def _teams_too_small_without(user: User) -> list[Missing]:
    """Teams behind an agent need two active people: the alias must have a reader when one is away (R55)."""
    mine = user.memberships.values("team")
    used = Team.objects.filter(pk__in=mine, agents__isnull=False).exclude(lead=user).values("pk")
    small = Team.objects.with_active_count().filter(pk__in=used, active_count__lte=LEAST_ACTIVE_MEMBERS)
    return [
        Missing(f"Add somebody to {team}, which an agent relies on", "desk:team", (team.pk,), "members")
        for team in small
    ]
