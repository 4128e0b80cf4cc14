"""The beginning: a one-time link from the terminal, and the first account."""

from django.db import transaction

import clock
from accounts import tokens
from accounts.actions import Action
from accounts.log import write
from accounts.models import Organisation, Role, RoleGrant, User
from refusals import NotAllowed, WrongState, require

FIRST_ROLES = (Role.ADMINISTRATOR, Role.COMMANDER)


@transaction.atomic
def issue_setup_token() -> str:
    """A new set-up token; the one before is dead. Raises WrongState once there is an account."""
    organisation, _ = Organisation.objects.select_for_update(no_key=True).get_or_create(pk=1)
    require(not organisation.set_up_at and not User.objects.people().exists(), _set_up_already())
    token = tokens.fresh()
    organisation.setup_token_hash = tokens.hashed(token)
    organisation.save(update_fields=["setup_token_hash"])
    return token


def opens_setup(token: str) -> bool:
    """Whether this token still opens the set-up."""
    return Organisation.objects.filter(pk=1, set_up_at=None, setup_token_hash=tokens.hashed(token)).exists()


@transaction.atomic
def found(
    token: str, *, name: str, place: str, time_zone: str, contact: str, person: str, email: str, password_hash: str
) -> User:
    """Name the organisation and make its first account. The token is dead from here on.

    The password comes hashed, because the answers wait in the session until the last page.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).filter(pk=1).first()
    require(organisation and not organisation.set_up_at, _set_up_already())
    if organisation is None or organisation.setup_token_hash != tokens.hashed(token):
        raise NotAllowed("This set-up link is not good. Open the one that was printed last in the terminal.")
    now = clock.now()
    organisation.name, organisation.place, organisation.time_zone = name, place, time_zone
    organisation.contact, organisation.set_up_at, organisation.setup_token_hash = contact, now, ""
    organisation.save()
    user = User.objects.create(
        email=email.lower(), name=person, time_zone=time_zone, password=password_hash, joined_at=now
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=now) for role in FIRST_ROLES)
    write(Action.ORGANISATION_FOUNDED, by=user, about=organisation, first_person=user.pk)
    return user


def _set_up_already() -> WrongState:
    return WrongState("This installation has been set up. Sign in instead.")
