"""What is noted about one contact: added with all of it, changed, and the ways to be reached."""

from typing import Any

import pytest

from accounts.models import LogEntry, User
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Contact, StakeholderGroup
from stakeholders.operations import contacts, groups

pytestmark = pytest.mark.django_db

NELL: dict[str, Any] = {
    "name": "Nell Hart", "organisation": "Harbour", "address": "nell@example.org", "channel": "email", "reach": "",
    "language": "pt-BR", "zone": "Europe/Berlin", "notice_hours": 24,
}  # fmt: skip


@pytest.fixture
def group(db: None) -> StakeholderGroup:
    return StakeholderGroup.objects.get(slug="partners")


@pytest.fixture
def nell(group: StakeholderGroup, ada: User) -> Contact:
    return contacts.add_one(group, by=ada, **NELL)


def test_somebody_is_added_with_all_that_is_noted(nell: Contact, ada: User) -> None:
    nell.refresh_from_db()

    assert {name: getattr(nell, name) for name in NELL} == NELL
    entry = LogEntry.objects.latest("number")
    assert (entry.action, entry.details) == ("contact.added", {"group": nell.group_id})


def test_who_is_reached_otherwise_needs_no_address(group: StakeholderGroup, ada: User) -> None:
    duty = contacts.add_one(group, by=ada, channel="In person", reach=" Pier 4,\n office ")

    assert (duty.channel, duty.reach, duty.address, str(duty)) == ("in_person", "Pier 4, office", "", "Pier 4, office")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"address": ""}, "Write an email address, or choose another way to reach them"),
        ({"channel": "phone"}, "Write what reaches them by this way: phone"),
        ({"channel": "pigeon"}, "Say how they are reached: email, phone, portal, post or in person"),
        ({"address": "nell"}, "“nell” cannot be used as an email address"),
        ({"address": "nell@example"}, "“nell@example” cannot be used as an email address"),
        (
            {"address": f"nell@{'x' * 63}.{'y' * 63}.{'z' * 63}.{'w' * 63}.org"},
            "Shorten this to 254 characters, it has 264: email address",
        ),
        ({"language": "German"}, "Write the language as a code such as de or pt-BR"),
        ({"zone": "Berlin"}, "Write the time zone by its name, such as Europe/Berlin"),
        ({"notice_hours": 0}, "Write the notice term as a number of hours, 1 to 8,760"),
        ({"notice_hours": 8_761}, "Write the notice term as a number of hours, 1 to 8,760"),
        ({"name": "x" * 121}, "Shorten this to 120 characters, it has 121: name"),
    ],
)
def test_what_is_wrong_with_a_contact_is_said(
    nell: Contact, group: StakeholderGroup, ada: User, refused: Any, values: dict[str, Any], said: str
) -> None:
    with refused(Incomplete, "Nobody was added.") as adding:
        contacts.add_one(group, by=ada, **(NELL | {"address": "eve@example.org"} | values))
    with refused(Incomplete, "was not changed") as changing:
        contacts.change(nell, by=ada, seen_version=1, **values)

    assert said in adding.missing
    assert said in changing.missing


def test_an_address_is_in_a_group_once(nell: Contact, group: StakeholderGroup, ada: User, refused: Any) -> None:
    eve = contacts.add_one(group, by=ada, address="eve@example.org")
    with refused(Incomplete) as adding:
        contacts.add_one(group, by=ada, address="NELL@example.org")
    with refused(Incomplete) as changing:
        contacts.change(eve, by=ada, seen_version=1, address="Nell@example.org")

    assert adding.missing == changing.missing == ["nell@example.org is in the group already"]
    assert adding.value.missing[0].args == (nell.pk,)


def test_a_change_is_logged_by_the_names_of_fields(nell: Contact, ada: User) -> None:
    changed = contacts.change(nell, by=ada, seen_version=1, name="Nell H.", channel="phone", reach="+49 30 1")

    entry = LogEntry.objects.latest("number")
    assert (entry.action, entry.details) == (
        "contact.changed", {"fields": ["channel", "name", "reach"], "version": 2},
    )  # fmt: skip
    assert (changed.address, changed.version) == ("nell@example.org", 2)
    assert not nell.group.contacts.by_email().exists()


def test_what_is_equal_already_is_no_change(nell: Contact, ada: User, snapshot: Any) -> None:
    before = snapshot()

    contacts.change(nell, by=ada, seen_version=1, **NELL)

    assert snapshot() == before


@pytest.mark.parametrize(
    "values", [{"address": "nell@port.example"}, {"channel": "phone", "reach": "+49 30 1", "address": ""}]
)
def test_with_another_address_it_is_another_row_and_the_old_one_stays_on_record(
    nell: Contact, ada: User, values: dict[str, Any]
) -> None:
    new = contacts.change(nell, by=ada, seen_version=1, **values)

    nell.refresh_from_db()
    assert (nell.address, nell.removed_by) == ("nell@example.org", ada)
    assert list(nell.group.contacts.current()) == [new]
    assert {name: getattr(new, name) for name in NELL} == NELL | values
    entry = LogEntry.objects.latest("number")
    assert (entry.action, entry.object_id) == ("contact.changed", str(new.pk))
    assert entry.details == {"fields": sorted(values), "version": 1, "instead_of": nell.pk}


def test_an_address_in_other_capitals_is_the_same_row(nell: Contact, ada: User) -> None:
    assert contacts.change(nell, by=ada, seen_version=1, address="Nell@Example.org").pk == nell.pk


def test_two_who_change_the_same_contact_see_three_readings(nell: Contact, ada: User, cleo: User, refused: Any) -> None:
    seen = contacts.as_seen(nell)
    contacts.change(nell, by=cleo, seen_version=1, name="Nell Hartmann")

    with refused(Stale, "Somebody changed this contact") as refusal:
        contacts.change(nell, by=ada, seen_version=1, seen=seen, **(NELL | {"notice_hours": 48}))

    found = {one.field: (one.seen, one.now, one.typed) for one in refusal.value.difference}
    assert found == {
        "name": ("Nell Hart", "Nell Hartmann", "Nell Hart"),
        "notice_hours": ("24", "24", "48"),
    }


def test_who_was_removed_is_not_changed(nell: Contact, ada: User, refused: Any) -> None:
    contacts.remove(nell, by=ada)

    with refused(WrongState, "This contact was removed."):
        contacts.change(nell, by=ada, seen_version=1, name="Nell")


def test_nobody_is_added_to_a_retired_group(group: StakeholderGroup, ada: User, refused: Any) -> None:
    groups.retire(group, by=ada)

    with refused(WrongState, "nobody is added to it") as one:
        contacts.add_one(group, by=ada, **NELL)
    with refused(WrongState, "nobody is added to it"):
        contacts.add(group, "eve@example.org", by=ada)
    assert one.missing == ["Bring the group back first"]


@pytest.mark.parametrize("name", ["ben", "tom", "vic", "max", "rosa"])
def test_others_keep_no_contacts(nell: Contact, cast: Any, refused: Any, name: str) -> None:
    with refused(NotAllowed, "are kept by communications leads"):
        contacts.add_one(nell.group, by=getattr(cast, name), address="eve@example.org")
    with refused(NotAllowed, "are kept by communications leads"):
        contacts.change(nell, by=getattr(cast, name), seen_version=1, name="Eve")
