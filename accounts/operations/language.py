"""The language in which the public is spoken to: the draft check knows the phrases of one, and says so for the others."""

from django.conf.global_settings import LANGUAGES
from django.db import transaction

from accounts.actions import Action
from accounts.log import write
from accounts.models import Organisation, User
from accounts.permissions import administer_refusal, can_administer
from refusals import Incomplete, Missing, NotAllowed, require

CHOICES = sorted(((code, str(name)) for code, name in LANGUAGES), key=lambda choice: choice[1])


@transaction.atomic
def set_public_language(code: str, *, by: User) -> Organisation:
    """A setting of the desk, which the public reads nowhere: nobody else has to approve it. The same again is no change."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=1)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(
        code in dict(CHOICES),
        Incomplete("Nothing was changed.", [Missing("Choose a language from the list", anchor="id_language")]),
    )
    if code != organisation.public_language:
        before, organisation.public_language = organisation.public_language, code
        organisation.save(update_fields=["public_language"])
        write(Action.PUBLIC_LANGUAGE_SET, by=by, about=organisation, before=before, after=code)
    return organisation
