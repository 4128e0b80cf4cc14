"""Addresses of a group: added as a list, whole or not at all, and removed without being deleted."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import LogEntry, User
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders.models import Contact, StakeholderGroup
from stakeholders.operations import contacts


@pytest.fixture
def group(db: None) -> StakeholderGroup:
    return StakeholderGroup.objects.get(slug="journalists")


def addresses(group: StakeholderGroup) -> list[str]:
    return list(group.contacts.current().values_list("address", flat=True))


def test_a_list_is_added_with_names_or_without(group: StakeholderGroup, ada: User) -> None:
    typed = "Nell Hart <nell@example.org>\n\n  omar@example.org  \n<eve@example.org>"
    assert contacts.add(group, typed, by=ada) == 3
    assert addresses(group) == ["eve@example.org", "nell@example.org", "omar@example.org"]
    assert group.contacts.get(address="nell@example.org").name == "Nell Hart"
    assert LogEntry.objects.latest("number").details == {"number": 3}


def test_what_is_there_already_is_there_once(group: StakeholderGroup, ada: User) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    assert contacts.add(group, "NELL@example.org\nomar@example.org\nomar@example.org", by=ada) == 1
    assert contacts.add(group, "omar@example.org", by=ada) == 0


def test_the_database_keeps_each_once(group: StakeholderGroup, ada: User) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(group=group, address="Nell@example.org", added_by=ada)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write at least one address"),
        ("nell@example.org\nnobody", "Line 2 is no email address: nobody"),
        ("a@example.org, b@example.org", "Line 1 is no email address: a@example.org, b@example.org"),
        ("Nell nell@example.org", "Line 1 is no email address: Nell nell@example.org"),
        ("x\n" * 7, "2 further lines are no email addresses"),
        ("a@example.org\n" * 5_001, "At most 5,000 addresses are added at once, and these are 5,001"),
    ],
)
def test_a_line_that_is_no_address_is_named_and_nothing_is_added(
    group: StakeholderGroup, ada: User, refused: Any, typed: str, said: str
) -> None:
    with refused(Incomplete, "Nobody was added.") as refusal:
        contacts.add(group, typed, by=ada)
    assert said in refusal.missing


@pytest.mark.parametrize("name", ["ben", "tom", "vic", "max", "rosa"])
def test_others_keep_no_addresses(group: StakeholderGroup, cast: Any, ada: User, refused: Any, name: str) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    with refused(NotAllowed, "are kept by communications leads"):
        contacts.add(group, "omar@example.org", by=getattr(cast, name))
    with refused(NotAllowed, "are kept by communications leads"):
        contacts.remove(group.contacts.get(), by=getattr(cast, name))


def test_a_removed_address_stays_on_record_and_may_come_back(group: StakeholderGroup, ada: User, refused: Any) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    gone = group.contacts.get()
    contacts.remove(gone, by=ada)
    assert addresses(group) == []
    with refused(WrongState, "removed already"):
        contacts.remove(gone, by=ada)

    contacts.add(group, "nell@example.org", by=ada)

    assert group.contacts.count() == 2


# Pages


def test_a_bad_list_comes_back_as_it_was_typed(group: StakeholderGroup, ada: User, client_of: Any) -> None:
    answer = client_of(ada).post(reverse("desk:group", args=[group.pk]), {"addresses": "nell@example.org\nnobody"})
    assert answer.status_code == 422
    assert "Line 2 is no email address: nobody" in answer.text
    assert "nell@example.org\nnobody</textarea>" in answer.text
    assert addresses(group) == []


def test_who_only_reads_incidents_reads_no_addresses(
    group: StakeholderGroup, ada: User, vic: User, client_of: Any
) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    address = reverse("desk:group", args=[group.pk])
    assert "nell@example.org" in client_of(ada).get(address).text
    assert "nell@example.org" not in client_of(vic).get(address).text


@pytest.mark.parametrize("number", [1, 3])
def test_the_pages_ask_the_same_for_one_and_for_three(
    group: StakeholderGroup, ada: User, client_of: Any, django_assert_num_queries: Any, number: int
) -> None:
    contacts.add(group, "\n".join(f"reader{one}@example.org" for one in range(number)), by=ada)
    browser = client_of(ada)
    browser.get(reverse("desk:groups"))
    with django_assert_num_queries(6):
        browser.get(reverse("desk:groups"))
    with django_assert_num_queries(8):
        browser.get(reverse("desk:group", args=[group.pk]))
