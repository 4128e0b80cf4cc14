"""Who may manage people, and when one person may stand in for the second one (R116)."""

from collections.abc import Collection
from datetime import datetime

import clock
from accounts.models import Organisation, Role, User

# Whoever holds one of these may approve what the public reads. Being an administrator is not enough.
APPROVING_ROLES = (Role.APPROVER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD)


def can_administer(user: User) -> bool:
    """People, teams, agents, components, names, and whether one person works alone."""
    return user.has_role(Role.ADMINISTRATOR)


def administer_refusal() -> str:
    return "Only an administrator may do that. People shows who is one."


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
