"""Who belongs to a group: people outside, added as a list or one by one, changed and removed. Nothing is deleted."""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.models import LogAction, User
from refusals import Incomplete, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing, three_way
from stakeholders import addresses, contact_fields, permissions
from stakeholders.contact_fields import FIELDS, LABELS
from stakeholders.models import Contact, ContactChannel, StakeholderGroup

MOST_AT_ONCE = 5_000
LONGEST_NAME = 120
LONGEST_ADDRESS = 254
FIELD = "id_addresses"
MOST_NAMED = 5  # bad lines that a refusal quotes; the rest is counted


class Action(LogAction):
    CONTACTS_ADDED = "contacts.added"
    CONTACTS_IMPORTED = "contacts.imported"
    CONTACT_ADDED = "contact.added"
    CONTACT_CHANGED = "contact.changed"
    CONTACT_REMOVED = "contacts.removed"


@transaction.atomic
def add(group: StakeholderGroup, typed: str, *, by: User) -> int:
    """How many addresses were added. One to a line, with a name or without: ``Ada Brandt <ada@example.org>``.

    What is in the group already, or twice in the list, is added once. Raises ``Incomplete`` with every line that is no
    address, and adds none then.
    """
    group = locked(group, by=by)
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
def add_one(group: StakeholderGroup, *, by: User, **fields: Any) -> Contact:
    """Somebody with all that is noted about them. Takes any of ``FIELDS``; raises ``Incomplete`` with all that is wrong."""
    group = locked(group, by=by)
    contact = Contact(group=group, added_by=by, added_at=clock.now())
    require_nothing_missing("Nobody was added.", _set(contact, fields))
    contact.save(force_insert=True)
    log.write(Action.CONTACT_ADDED, by=by, about=contact, group=group.pk)
    return contact


@transaction.atomic
def change(
    contact: Contact, *, by: User, seen_version: int, seen: Mapping[str, str] | None = None, **fields: Any
) -> Contact:
    """Note something else about them. Takes any of ``FIELDS``; what is equal already is no change.

    With another address it is another row, which is returned, and this one is removed: what was sent to the address that it
    had is corrected there, and nowhere else (decision 21). ``seen`` is what ``as_seen`` said when the person opened it: Stale
    then holds all three readings of each field.
    """
    group = StakeholderGroup.objects.select_for_update(no_key=True).get(pk=contact.group_id)
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    require(permissions.can_keep_contacts(by), NotAllowed(permissions.keep_contacts_refusal()))
    place = Missing("Add them to the group anew", "desk:contact_new", (group.pk,))
    require(
        contact.removed_at is None, WrongState("This contact was removed. Nothing about it changes any more.", [place])
    )
    before, had = as_seen(contact), {name: getattr(contact, name) for name in FIELDS}
    wrong = _set(contact, had | fields)
    changed = [name for name in FIELDS if getattr(contact, name) != had[name]]
    if contact.version != seen_version:
        typed = {name: _said(name, fields[name]) for name in changed if name in fields}
        sentence = "Somebody changed this contact since you opened it."
        raise Stale(sentence, three_way(before, typed, seen, LABELS.__getitem__))
    require_nothing_missing("The contact was not changed.", wrong)
    if had["address"] and had["address"].lower() != contact.address.lower():
        return _replaced(contact, by=by, fields=sorted(changed))
    if changed:
        contact.version += 1
        contact.save(update_fields=[*changed, "version"])
        log.write(Action.CONTACT_CHANGED, by=by, about=contact, fields=sorted(changed), version=contact.version)
    return contact


@transaction.atomic
def remove(contact: Contact, *, by: User) -> None:
    """Nothing is sent to this address any more, as one of this group. What was sent stays on record."""
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    require(permissions.can_keep_contacts(by), NotAllowed(permissions.keep_contacts_refusal()))
    require(contact.removed_at is None, WrongState("This address was removed already."))
    contact.removed_by, contact.removed_at = by, clock.now()
    contact.save(update_fields=["removed_by", "removed_at"])
    log.write(Action.CONTACT_REMOVED, by=by, about=contact, group=contact.group_id)


def locked(group: StakeholderGroup, *, by: User) -> StakeholderGroup:
    """The group, for adding somebody to it: two people who add the same address at once come one after the other."""
    group = StakeholderGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    require(permissions.can_keep_contacts(by), NotAllowed(permissions.keep_contacts_refusal()))
    require_in_use(group)
    return group


def require_in_use(group: StakeholderGroup) -> None:
    place = Missing("Bring the group back first", "desk:group", (group.pk,), "retired")
    require(group.retired_at is None, WrongState("This group is retired: nobody is added to it.", [place]))


def _replaced(contact: Contact, *, by: User, fields: list[str]) -> Contact:
    """A row of its own for the new address. ``contact`` holds what it shall say."""
    now, old = clock.now(), contact.pk
    Contact.objects.filter(pk=old).update(removed_by=by, removed_at=now)
    values = {name: getattr(contact, name) for name in FIELDS}
    new = Contact.objects.create(group=contact.group, added_by=by, added_at=now, **values)
    log.write(Action.CONTACT_CHANGED, by=by, about=new, fields=fields, version=new.version, instead_of=old)
    return new


def as_seen(contact: Contact) -> dict[str, str]:
    """Everything that the form covers, in the words in which a person reads it."""
    return {name: _said(name, getattr(contact, name)) for name in FIELDS}


def _said(name: str, value: Any) -> str:
    if name == "channel":
        return str(dict(ContactChannel.choices).get(value, value))
    return "" if value is None else str(value)


def _set(contact: Contact, fields: Mapping[str, Any]) -> list[Missing]:
    """What stands in the way of these values, which the contact holds then."""
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"A contact has no {', '.join(sorted(unknown))}.")
    values, problems = contact_fields.read(fields)
    for name, value in values.items():
        setattr(contact, name, value)
    missing = [Missing(sentence, anchor=f"id_{name}") for name, sentence in problems]
    if not missing and contact.is_mailed:
        others = contact.group.contacts.by_email().exclude(pk=contact.pk).filter(address__iexact=contact.address)
        missing += [
            Missing(f"{one.address} is in the group already", "desk:contact", (one.pk,), "id_address")
            for one in others[:1]
        ]
    return missing


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
        raise Incomplete("Nobody was added.", [Missing(said, anchor=FIELD) for said in _said_of(wrong)])
    return found


def _contact(group: StakeholderGroup, line: str) -> Contact:
    name, address = parseaddr(line)
    if not address or ("<" not in line and address != line):
        raise Incomplete("no address")
    plain = addresses.address(address)
    require(len(plain) <= LONGEST_ADDRESS, Incomplete("no address"))
    return Contact(group=group, name=addresses.line(name)[:LONGEST_NAME], address=plain)


def _said_of(wrong: list[tuple[int, str]]) -> Iterator[str]:
    for number, line in wrong[:MOST_NAMED]:
        yield f"Line {number} is no email address: {addresses.line(line)[:80]}"
    if len(wrong) > MOST_NAMED:
        yield f"{len(wrong) - MOST_NAMED} further lines are no email addresses"
