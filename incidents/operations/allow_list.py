"""The administrators' list of addresses that are no leak, because the public is meant to have them (domain 3.2).

The one way out of a finding that nobody may let stand. It clears an address, never a rule, and never a secret.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

import clock
from accounts import chain, log
from accounts.models import Organisation, User
from accounts.permissions import administer_refusal, can_administer
from incidents import draft_check
from incidents.actions import Action
from incidents.draft_check import Context, Stage
from incidents.draft_check.cleared import Address, address_of
from incidents.draft_check.context import NO_PHRASES
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing

MOST = 100
LONGEST = 300
LEAKS = ("PII", "INTERNAL-LEAK")
WANTED = "Give a host such as help.example.org, an email address, or the whole address of a page"
NEVER_CLEARED = "Leave out what looks like a secret or a person in it. That is never cleared"


@transaction.atomic
def clear(address: str, *, by: User, reason: str) -> dict[str, Any]:
    """Let a host, an email address or the address of a page stand in public words. Returns the entry of the list.

    A host stands with every page on it. Refused is what is no address, and one with a secret in it.
    """
    organisation = _locked(by)
    address, reason = address.strip(), reason.strip()
    found = address_of(address) if len(address) <= LONGEST else None
    require_nothing_missing("Nothing was cleared.", _missing(address, found, reason))
    assert found is not None  # noqa: S101 - what is missing was refused
    require(found.whole not in organisation.cleared_addresses, WrongState("This address is on the list already."))
    require(
        len(organisation.cleared_addresses) < MOST,
        WrongState(f"The list has {MOST} addresses. Take one off before another is cleared."),
    )
    entry = {
        "number": len(organisation.cleared) + 1,
        "address": found.whole,
        "reason": reason,
        "by": by.pk,
        "at": chain.instant(clock.now()),
    }
    organisation.cleared = [*organisation.cleared, entry]
    organisation.save(update_fields=["cleared"])
    log.write(Action.ADDRESS_CLEARED, by=by, about=organisation, number=entry["number"])
    return entry


@transaction.atomic
def take_off(number: int, *, by: User) -> Organisation:
    """From now on the address is a finding again. The entry is kept, with who ended it. Raises ``WrongState`` if it is none."""
    organisation = _locked(by)
    standing = [one["number"] for one in organisation.cleared_now]
    require(number in standing, WrongState("This address is not on the list any more."))
    ended = {"ended_by": by.pk, "ended_at": chain.instant(clock.now())}
    organisation.cleared = [{**one, **ended} if one["number"] == number else one for one in organisation.cleared]
    organisation.save(update_fields=["cleared"])
    log.write(Action.ADDRESS_NO_LONGER_CLEARED, by=by, about=organisation, number=number)
    return organisation


def _locked(by: User) -> Organisation:
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=1)
    require(can_administer(by), NotAllowed(administer_refusal()))
    return organisation


def _missing(address: str, found: Address | None, reason: str) -> Iterator[Missing]:
    if len(address) > LONGEST:
        yield Missing(f"The address has {len(address):,} characters. It may have {LONGEST}", anchor="id_address")
    elif found is None:
        yield Missing(WANTED, anchor="id_address")
    elif _holds_a_secret(found.whole):
        yield Missing(NEVER_CLEARED, anchor="id_address")
    if not reason:
        yield Missing("Say why the public is meant to have it", anchor="id_reason")


def _holds_a_secret(address: str) -> bool:
    known = Context(cleared=frozenset({address}), language=NO_PHRASES)
    return any(one.rule in LEAKS for one in draft_check.check(address, Stage.UPDATE, known, whole=False).findings)
