"""Working alone: declared on record, and only for as long as there is nobody else (R116).

A declaration stands in for every second person, so it is slow to begin (72 hours, and everybody who was active lately
is told) and quick to end: by hand at once, and by itself as soon as a second person could approve.
"""

from datetime import timedelta
from functools import partial

from django.db import transaction

import clock
from accounts import mail
from accounts.actions import Action
from accounts.log import write
from accounts.models import Organisation, SoloDeclaration, User
from accounts.permissions import APPROVING_ROLES, administer_refusal, can_administer, second_person_available
from refusals import Incomplete, Missing, NotAllowed, WrongState, require

DELAY = timedelta(hours=72)
ACTIVE_LATELY = timedelta(days=90)


@transaction.atomic
def declare_solo(*, by: User, reason: str, at_setup: bool = False) -> Organisation:
    """Say on record that one person works alone, and why. In effect at once at set-up, else in 72 hours; everyone is told.

    The reason is kept for whoever looks later at what was done alone. It stays inside, and out of the mail: whose access
    has ended gets that too.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=1)
    now = clock.now()
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(organisation.solo_declared_at is None, WrongState("That one person works alone has been declared already."))
    require(not second_person_available(by, APPROVING_ROLES), _not_alone(by))
    place = Missing("Say why nobody else can approve", anchor="id_reason")
    require(reason.strip(), Incomplete("Working alone needs a reason.", [place]))
    organisation.solo_declared_by, organisation.solo_declared_at = by, now
    organisation.solo_effective_at = now if at_setup else now + DELAY
    organisation.save(update_fields=_FIELDS)
    declared = SoloDeclaration(
        declared_by=by, declared_at=now, effective_at=organisation.solo_effective_at, reason=reason.strip()
    )
    write(Action.SOLO_DECLARED, by=by, about=organisation, keep=[declared], at_setup=at_setup)
    if not at_setup:
        transaction.on_commit(partial(_tell_everyone, organisation), robust=True)
    return organisation


@transaction.atomic
def end_solo(*, by: User) -> Organisation:
    """Two people are needed again, from this moment."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=1)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(organisation.solo_declared_at is not None, WrongState("Nobody has declared to work alone."))
    return _end(organisation, by=by)


def end_unless_alone(*, by: User) -> None:
    """End the declaration once a second person may approve. Called by what can bring one; inside its transaction."""
    organisation = Organisation.objects.select_for_update(no_key=True).filter(solo_declared_at__isnull=False).first()
    alone = organisation.solo_declared_by if organisation else None
    if organisation and alone and second_person_available(alone, APPROVING_ROLES):
        _end(organisation, by=by)


_FIELDS = ["solo_declared_by", "solo_declared_at", "solo_effective_at"]


def _end(organisation: Organisation, *, by: User) -> Organisation:
    organisation.solo_declared_by = organisation.solo_declared_at = organisation.solo_effective_at = None
    organisation.save(update_fields=_FIELDS)
    write(Action.SOLO_ENDED, by=by, about=organisation)
    return organisation


def _not_alone(by: User) -> WrongState:
    others = User.objects.with_role(*APPROVING_ROLES).exclude(pk=by.pk)
    return WrongState(
        "You are not alone: somebody else may approve.",
        [Missing(f"{person} may approve", "desk:person", (person.pk,)) for person in others],
    )


def _tell_everyone(organisation: Organisation) -> None:
    """Also those whose access has ended: whoever removes the others to be alone is not unseen."""
    seen = User.objects.people().filter(last_seen_at__gte=clock.now() - ACTIVE_LATELY)
    mail.send_all("solo_declared", seen, by=organisation.solo_declared_by, effective_at=organisation.solo_effective_at)
