"""Who belongs to a group: addresses outside, added as a list and removed one by one. Nothing is deleted."""

from collections.abc import Iterator
from email.utils import parseaddr

from django.db import transaction

import clock
from accounts import log
from accounts.models import LogAction, User
from refusals import Incomplete, Missing, NotAllowed, WrongState, require
from stakeholders import addresses, permissions
from stakeholders.models import Contact, StakeholderGroup

MOST_AT_ONCE = 5_000
LONGEST_NAME = 120
FIELD = "id_addresses"
MOST_NAMED = 5  # bad lines that a refusal quotes; the rest is counted


class Action(LogAction):
    CONTACTS_ADDED = "contacts.added"
    CONTACT_REMOVED = "contacts.removed"


@transaction.atomic
def add(group: StakeholderGroup, typed: str, *, by: User) -> int:
    """How many addresses were added. One to a line, with a name or without: ``Ada Brandt <ada@example.org>``.

    What is in the group already, or twice in the list, is added once. Raises ``Incomplete`` with every line that is no
    address, and adds none then.
    """
    group = StakeholderGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    require(permissions.can_keep_contacts(by), NotAllowed(permissions.keep_contacts_refusal()))
    found = _read(group, typed)
    known = {address.lower() for address in group.contacts.by_email().values_list("address", flat=True)}
    new = {key: contact for key, contact in found.items() if key not in known}
    now = clock.now()
    for contact in new.values():
        contact.added_by, contact.added_at = by, now
    Contact.objects.bulk_create(new.values(), batch_size=500)
    if new:
        log.write(Action.CONTACTS_ADDED, by=by, about=group, number=len(new))
    return len(new)


@transaction.atomic
def remove(contact: Contact, *, by: User) -> None:
    """Nothing is sent to this address any more, as one of this group. What was sent stays on record."""
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    require(permissions.can_keep_contacts(by), NotAllowed(permissions.keep_contacts_refusal()))
    require(contact.removed_at is None, WrongState("This address was removed already."))
    contact.removed_by, contact.removed_at = by, clock.now()
    contact.save(update_fields=["removed_by", "removed_at"])
    log.write(Action.CONTACT_REMOVED, by=by, about=contact, group=contact.group_id)


def _read(group: StakeholderGroup, typed: str) -> dict[str, Contact]:
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    require(lines, Incomplete("Nobody was added.", [Missing("Write at least one address", anchor=FIELD)]))
    sentence = f"At most {MOST_AT_ONCE:,} addresses are added at once, and these are {len(lines):,}"
    require(len(lines) <= MOST_AT_ONCE, Incomplete("Nobody was added.", [Missing(sentence, anchor=FIELD)]))
    found: dict[str, Contact] = {}
    wrong = []
    for number, line in enumerate(lines, 1):
        try:
            contact = _contact(group, line)
            found.setdefault(contact.address.lower(), contact)
        except Incomplete:
            wrong.append((number, line))
    if wrong:
        raise Incomplete("Nobody was added.", [Missing(said, anchor=FIELD) for said in _said(wrong)])
    return found


def _contact(group: StakeholderGroup, line: str) -> Contact:
    name, address = parseaddr(line)
    if not address or ("<" not in line and address != line):
        raise Incomplete("no address")
    return Contact(group=group, name=addresses.line(name)[:LONGEST_NAME], address=addresses.address(address))


def _said(wrong: list[tuple[int, str]]) -> Iterator[str]:
    for number, line in wrong[:MOST_NAMED]:
        yield f"Line {number} is no email address: {addresses.line(line)[:80]}"
    if len(wrong) > MOST_NAMED:
        yield f"{len(wrong) - MOST_NAMED} further lines are no email addresses"
