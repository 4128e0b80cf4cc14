"""Who may manage people, and when one person may stand in for the second one (R116)."""

from collections.abc import Collection
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings

import clock
from accounts.models import Organisation, Role, User
from refusals import Missing, NotAllowed

# Whoever holds one of these may approve what the public reads. Being an administrator is not enough.
APPROVING_ROLES = (Role.APPROVER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD)


def can_administer(user: User) -> bool:
    """People, teams, agents, components, names, and whether one person works alone."""
    return user.has_role(Role.ADMINISTRATOR)


def administer_refusal() -> str:
    return "Only an administrator may do that. People shows who is one."


def can_read_address(user: User, person: User) -> bool:
    """Colleagues know how to reach each other. Where somebody is reached who has left concerns administrators alone."""
    return person.is_active or can_administer(user)


def can_read_second_step(user: User, person: User) -> bool:
    """Which accounts a password alone opens is for their owners, and for those who can do something about it."""
    return user == person or can_administer(user)


def must_have_second_step(user: User) -> bool:
    """Whether the operator asks this person for a second step at sign-in (``REQUIRE_MFA``)."""
    if settings.REQUIRE_MFA == "approvers":
        return user.has_role(*APPROVING_ROLES, Role.ADMINISTRATOR)
    return bool(settings.REQUIRE_MFA == "everyone" and user.is_active)


def has_second_step(user: User) -> bool:
    """An app or a passkey. Recovery codes alone are none: they stand in for one."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user=user, type__in=kinds).exists())


def lacks_second_step(user: User) -> bool:
    return must_have_second_step(user) and not has_second_step(user)


def second_step_refusal() -> NotAllowed:
    return NotAllowed(
        "This installation asks everybody who may do that for a second step at sign-in, and you have none yet.",
        [Missing("Set it up now; it takes a minute", "desk:two_step")],
    )


def can_confirm_address(user: User, person: User) -> bool:
    """Say that a refused address works again."""
    return user.is_active and (user == person or can_administer(user))


def confirm_address_refusal(person: User) -> str:
    return f"Only {person} or an administrator may say that the address works again."


def second_person_available(besides: User, roles: Collection[Role]) -> bool:
    """Whether another active person holds one of `roles`."""
    return User.objects.with_role(*roles).exclude(pk=besides.pk).exists()


def works_alone(now: datetime) -> bool:
    """Whether the installation has declared to be one person's, and the declaration is in effect."""
    organisation = Organisation.current()
    return organisation is not None and organisation.is_solo(now)


def may_act_alone(user: User, roles: Collection[Role]) -> bool:
    """Whether `user` may take both seats now: solo is in effect and nobody else could take the second one."""
    return user.has_role(*roles) and works_alone(clock.now()) and not second_person_available(user, roles)
