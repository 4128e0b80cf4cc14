"""The pages of groups, of one contact and of the import, as a browser uses them."""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from stakeholders.models import Contact, Scenario, StakeholderGroup
from stakeholders.operations import contacts, groups
from tests.doors_of_groups import A_CONTACT, A_GROUP

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db: None) -> StakeholderGroup:
    return StakeholderGroup.objects.get(slug="partners")


@pytest.fixture
def desk(ada: User, client_of: Any) -> Client:
    return client_of(ada)


def at(name: str, pk: int | None = None) -> str:
    return reverse(f"desk:{name}", args=[pk] if pk else [])


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser sends them back."""
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


# Groups


def test_the_list_says_what_is_decided_by_default_and_offers_the_order(desk: Client, group: StakeholderGroup) -> None:
    page = desk.get(at("groups")).text

    assert '<td data-h="Dispute">Does not apply' in page
    assert '<td data-h="Policy breach">When contained' in page
    assert page.count('value="up"') == page.count('value="down"') == 7
    desk.post(at("group_move", group.pk), {"to": "up"})
    assert StakeholderGroup.objects.current()[5] == group


def test_who_keeps_no_groups_is_offered_no_buttons(ben: User, client_of: Any, group: StakeholderGroup) -> None:
    browser = client_of(ben)

    assert "<button" not in browser.get(at("groups")).text.partition("<main")[2].partition("</main>")[0]
    assert at("group_details", group.pk) not in browser.get(at("group", group.pk)).text


def test_retired_groups_stand_at_the_end_and_come_back(desk: Client, group: StakeholderGroup) -> None:
    desk.post(at("group_retire", group.pk))
    page = desk.get(at("groups")).text
    assert page.index("Employees</a>") < page.index("Retired <span>1</span>") < page.index(f"{group.name}</a>")
    assert "Bring the group back" in desk.get(at("group", group.pk)).text

    desk.post(at("group_return", group.pk))
    assert "Retired" not in desk.get(at("groups")).text


def test_without_a_group_the_list_says_what_comes_next(desk: Client, ada: User) -> None:
    for one in StakeholderGroup.objects.all():
        groups.retire(one, by=ada)

    assert "No group is in use. Add one, or bring one of those below back." in desk.get(at("groups")).text


def test_a_group_is_added_and_shown(desk: Client) -> None:
    answer = desk.post(at("group_new"), A_GROUP | {"default_dispute": "post_mortem"}, follow=True)

    added = StakeholderGroup.objects.get(name="Unions")
    assert answer.redirect_chain[-1][0] == at("group", added.pk)
    assert "Tell them with the post-mortem" in answer.text
    assert "No contact yet. A direct message to this group reaches nobody. Add addresses below" in answer.text
    default = added.default_for(Scenario.DISPUTE)
    assert (default.stage, default.note) == ("post_mortem", "in private")


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    answer = desk.post(at("group_new"), A_GROUP | {"name": "journalists", "tell_within": "240"})

    assert answer.status_code == 422
    assert "“240” is no length of time. Write it like 30 min, 4 h or 2 days." in answer.text
    assert 'value="240"' in answer.text
    assert "They speak for the staff" in answer.text

    answer = desk.post(at("group_new"), A_GROUP | {"name": "journalists"})

    assert answer.status_code == 422
    assert '<a href="#id_name">Give it another name: there is a group called journalists already</a>' in answer.text


def test_two_who_edit_a_group_lose_nothing(desk: Client, group: StakeholderGroup, cleo: User) -> None:
    opened = hidden(desk.get(at("group_details", group.pk)).text)
    groups.change(group, by=cleo, seen_version=1, tone="Dry", name="Partners")
    stood = groups.as_it_stands(group) | {"tell_within": "1 d", "answer_within": "1 d"}
    stood |= {"name": "Partners and enterprise customers", "tone": group.tone}

    answer = desk.post(at("group_details", group.pk), opened | stood | {"timing": "At once"})

    assert answer.status_code == 409
    assert "You typed" in answer.text
    again = hidden(answer.text)
    form = answer.context["form"]
    typed = {name: form[name].value() or "" for name in groups.FIELDS if name != "told_by_page"}
    assert desk.post(at("group_details", group.pk), again | typed).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.tone, group.timing) == ("Partners", "Dry", "At once")


def test_a_length_of_time_is_shown_as_it_was_written_and_kept_to_the_minute(desk: Client) -> None:
    desk.post(at("group_new"), A_GROUP | {"tell_within": "1 day 1 h 10 min", "answer_within": "90 min"})
    added = StakeholderGroup.objects.get(name="Unions")
    assert (added.tell_within, added.answer_within) == (1_510, 90)

    form = desk.get(at("group_details", added.pk)).context["form"]
    assert [form[name].value() for name in ("tell_within", "answer_within")] == ["1 d 1 h 10 min", "1 h 30 min"]


# Contacts


def test_a_contact_is_added_read_and_changed(desk: Client, group: StakeholderGroup) -> None:
    assert desk.post(at("contact_new", group.pk), A_CONTACT).status_code == 302
    eve = group.contacts.get()

    page = desk.get(at("contact", eve.pk))
    answer = desk.post(at("contact", eve.pk), A_CONTACT | hidden(page.text) | {"notice_hours": "48"})

    assert answer.status_code == 302
    assert "notice within 48 h" in desk.get(at("group", group.pk)).text


def test_an_address_that_is_there_already_leads_to_who_has_it(desk: Client, group: StakeholderGroup, ada: User) -> None:
    contacts.add(group, "eve@example.org", by=ada)

    answer = desk.post(at("contact_new", group.pk), A_CONTACT)

    assert answer.status_code == 422
    assert at("contact", group.contacts.get().pk) in answer.text


def test_a_contact_that_somebody_else_changed_is_shown_with_both(
    desk: Client, group: StakeholderGroup, cleo: User
) -> None:
    eve = contacts.add_one(group, by=cleo, **A_CONTACT)
    opened = hidden(desk.get(at("contact", eve.pk)).text)
    contacts.change(eve, by=cleo, seen_version=1, name="Eve Lund")

    answer = desk.post(at("contact", eve.pk), A_CONTACT | opened | {"organisation": "Port"})

    assert answer.status_code == 409
    assert "Eve Lund" in answer.text
    assert 'value="Port"' in answer.text
    assert 'value="2"' in answer.text


def test_what_is_typed_about_somebody_who_was_removed_meanwhile_is_not_lost(
    desk: Client, group: StakeholderGroup, cleo: User
) -> None:
    eve = contacts.add_one(group, by=cleo, **A_CONTACT)
    opened = hidden(desk.get(at("contact", eve.pk)).text)
    contacts.remove(eve, by=cleo)

    answer = desk.post(at("contact", eve.pk), A_CONTACT | opened | {"organisation": "Port"})

    assert answer.status_code == 409
    assert 'value="Port"' in answer.text
    assert at("contact_new", group.pk) in answer.text
    assert "Remove the contact" not in answer.text


def test_who_was_removed_is_only_read(desk: Client, group: StakeholderGroup, ada: User) -> None:
    eve = contacts.add_one(group, by=ada, **A_CONTACT)
    desk.post(at("contact_remove", eve.pk))

    page = desk.get(at("contact", eve.pk)).text

    assert "Removed by Ada" in page
    assert "Save the contact" not in page
    assert "<dd>Harbour authority</dd>" in page


# The import

LIST = "name;address\nNell Hart;nell@example.org\nEve;nobody\n"


def shown(desk: Client, group: StakeholderGroup, text: str = LIST) -> Any:
    return desk.post(at("contacts_import", group.pk), {"text": text})


def test_a_list_is_shown_and_then_imported(desk: Client, group: StakeholderGroup) -> None:
    page = shown(desk, group).text
    assert "The first row was taken as a header: name, address. It is not imported." in page
    assert "Line 3, column address: “nobody” cannot be used as an email address" in page
    assert "Leave out the 1 broken row" in page
    assert not group.contacts.exists()

    answer = desk.post(at("contacts_import_confirm", group.pk), hidden(page) | {"leave_out": "on"}, follow=True)

    assert "1 contact added." in answer.text
    assert [one.name for one in group.contacts.all()] == ["Nell Hart"]


def test_broken_rows_come_back_with_the_list(desk: Client, group: StakeholderGroup) -> None:
    answer = desk.post(at("contacts_import_confirm", group.pk), hidden(shown(desk, group).text))

    assert answer.status_code == 422
    assert "Correct 1 row that cannot be added, or choose to leave it out" in answer.text
    assert LIST in html.unescape(answer.text)
    assert not group.contacts.exists()


def test_without_anybody_new_there_is_no_button(desk: Client, group: StakeholderGroup) -> None:
    page = shown(desk, group, "name;address\nEve;nobody\n").text

    assert "There is nobody new in this list." in page
    assert '<button class="btn">Add' not in page


def test_a_group_that_changed_meanwhile_is_shown_anew(desk: Client, group: StakeholderGroup, cleo: User) -> None:
    fields = hidden(shown(desk, group, "nell@example.org\neve@example.org").text)
    contacts.add(group, "nell@example.org", by=cleo)

    answer = desk.post(at("contacts_import_confirm", group.pk), fields)
    assert answer.status_code == 409
    assert "Line 1: nell@example.org" in answer.text
    assert group.contacts.count() == 1

    assert desk.post(at("contacts_import_confirm", group.pk), hidden(answer.text)).status_code == 302
    assert group.contacts.count() == 2


def test_a_file_is_read_and_stands_in_the_field_afterwards(desk: Client, group: StakeholderGroup) -> None:
    chosen = SimpleUploadedFile("list.csv", "\ufeffname;address\nJörg;nell@example.org\n".encode())

    answer = desk.post(at("contacts_import", group.pk), {"file": chosen, "text": ""})

    assert "Jörg &lt;nell@example.org&gt;" in answer.text
    assert "name;address\nJörg;nell@example.org\n</textarea>" in answer.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The list is empty"),
        (b"PK\x03\x04", "This is a spreadsheet and not a list"),
        (b"a\0b", "This file is no text"),
        (b"address\n\xff", "Line 2 is not in UTF-8"),
        (b"x" * 1_000_001, "The file is larger than 1 MB"),
        (b"address\n", "There is a header and no row below it"),
    ],
)
def test_a_file_that_is_no_list_is_refused_on_the_page(
    desk: Client, group: StakeholderGroup, snapshot: Any, data: bytes, said: str
) -> None:
    before = snapshot()

    answer = desk.post(at("contacts_import", group.pk), {"file": SimpleUploadedFile("list.csv", data), "text": ""})

    assert answer.status_code == 422
    assert said in answer.text
    assert snapshot() == before


def test_what_cannot_be_read_any_more_is_refused_when_it_is_confirmed(desk: Client, group: StakeholderGroup) -> None:
    answer = desk.post(at("contacts_import_confirm", group.pk), {"text": "", "digest": "x", "verdicts": ""})

    assert answer.status_code == 422
    assert "The list is empty" in answer.text


def test_a_pasted_nul_is_refused_and_what_was_pasted_comes_back(desk: Client, group: StakeholderGroup) -> None:
    answer = shown(desk, group, "nell@example.org\n\0")

    assert answer.status_code == 422
    assert "nell@example.org" in answer.text


def test_markup_in_a_list_is_inert(desk: Client, group: StakeholderGroup) -> None:
    page = shown(desk, group, "name;address\n<script>x</script>\"'>;nell@example.org\n").text

    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_the_sample_is_a_file(desk: Client) -> None:
    answer = desk.get(at("contacts_sample"))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert answer.text.startswith("name,organisation,address")


@pytest.mark.parametrize("number", [1, 3])
def test_the_pages_ask_the_same_for_one_row_and_for_three(
    group: StakeholderGroup, ada: User, desk: Client, django_assert_num_queries: Any, number: int
) -> None:
    for one in range(number):
        contacts.add_one(group, by=ada, channel="phone", reach=f"{one}")
    desk.get(at("groups"))
    rows = "".join(f"reader{one}@example.org\n" for one in range(number))

    for queries, address in (
        (8, at("group", group.pk)),
        (6, at("group_details", group.pk)),
        (5, at("contact", Contact.objects.earliest("pk").pk)),
        (5, at("contacts_import", group.pk)),
    ):
        with django_assert_num_queries(queries):
            desk.get(address)
    with django_assert_num_queries(6):
        shown(desk, group, rows)
