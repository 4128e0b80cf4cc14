"""Organisation, components and the log, as pages."""

import re

import pytest
from django.db import transaction

from accounts import log
from accounts.actions import Action
from accounts.operations import people
from incidents.models import MastheadChange, Submission
from incidents.operations import approval, masthead
from tests.factories import ComponentFactory


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


@pytest.fixture
def founded(organisation, component, olga):
    masthead.found(organisation, by=olga)
    return organisation


@pytest.fixture
def administration(client_of, olga, founded):
    return client_of(olga)


NAMES = {"name": "Northwind", "place": "Berlin", "time_zone": "Europe/Berlin", "contact": "help@northwind.example"}


def test_the_page_shows_what_the_public_reads_now_and_what_waits(administration, component, ben):
    proposed = administration.post("/desk/organisation/change/", NAMES, follow=True)
    asked = Submission.objects.waiting().get()

    assert "Northwind Agents" in text(proposed)
    assert "has proposed something else" in text(proposed)
    assert f'href="/desk/approvals/{asked.pk}/"' in proposed.content.decode()

    approval.approve(asked, by=ben, seen_digest=asked.digest)
    after = administration.get("/desk/organisation/")
    assert "<dd>Northwind</dd>" in after.content.decode()
    assert "has proposed something else" not in text(after)


def test_a_component_is_proposed_and_shown_as_not_public_yet(administration):
    answer = administration.post("/desk/components/new/", {"name": "Billing", "description": "Invoices"}, follow=True)

    assert "Billing" in text(answer)
    assert "Not public yet, waits for approval" in text(answer)


def test_a_component_gets_another_name_proposed(administration, component):
    page = f"/desk/components/{component.pk}/"
    assert 'value="Support replies"' in administration.get(page).content.decode()

    answer = administration.post(page, {"name": "Replies", "description": ""}, follow=True)

    assert "A change waits for approval" in text(answer)
    assert MastheadChange.objects.first().content == {"name": "Replies", "description": ""}


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        ("organisation/change/", NAMES | {"name": ""}, "Enter the name of your organisation."),
        ("organisation/change/", NAMES | {"name": "Northwind Agents"}, "Change something"),
        ("organisation/change/", NAMES | {"contact": "call us"}, "Write it like help@example.org"),
        ("components/new/", {"name": ""}, "Enter what people use."),
        ("components/new/", {"name": "Support Replies"}, "There is a component called"),
        (
            "components/{}/",
            {"name": "Support replies", "description": "Answers to questions by email"},
            "Change something",
        ),
    ],
)
def test_a_wrong_proposal_is_explained_and_changes_nothing(administration, component, snapshot, path, typed, sentence):
    path = f"/desk/{path.format(component.pk)}"
    administration.get("/desk/organisation/")
    before = snapshot()

    answer = administration.post(path, typed)

    assert (answer.status_code, sentence in text(answer)) == (422, True)
    assert snapshot() == before


def test_whoever_is_no_administrator_reads_and_is_told_who_may(client_of, vic, founded, component, snapshot):
    browser = client_of(vic)
    page = text(browser.get("/desk/organisation/"))
    before = snapshot()

    assert "An administrator can propose one." in page
    assert "Propose a change" not in page
    for path in ("organisation/change/", "components/new/", f"components/{component.pk}/"):
        answer = browser.post(f"/desk/{path}", NAMES)
        assert (answer.status_code, "Only an administrator" in text(answer)) == (403, True)
    assert snapshot() == before


def test_the_components_cost_the_same_when_there_are_more(client_of, vic, founded, agent, django_assert_num_queries):
    browser = client_of(vic)
    browser.get("/desk/organisation/")

    with django_assert_num_queries(7):
        assert "Support assistant" in text(browser.get("/desk/organisation/"))
    ComponentFactory.create_batch(2)
    with django_assert_num_queries(7):
        browser.get("/desk/organisation/")


# The log


@pytest.fixture
def some_entries(ada, olga, organisation):
    def write(number):
        with transaction.atomic():
            for _ in range(number):
                log.write(Action.PERSON_CHANGED, by=olga, about=ada, fields=["name", "time_zone"])

    return write


def test_the_log_reads_as_sentences_and_links_to_what_it_is_about(client_of, cleo, olga, vic, organisation):
    people.grant_role(vic, "approver", by=olga)

    page = client_of(cleo).get("/desk/log/")

    assert "Olga Petrenko" in text(page)
    assert f"Role granted person {vic.pk}" in text(page)
    assert "role: approver" in text(page)
    assert f'<a href="/desk/people/{vic.pk}/">person {vic.pk}</a>' in page.content.decode()


def test_every_kind_of_thing_that_was_logged_has_a_word(client_of, cleo, published, commitment):
    page = text(client_of(cleo).get("/desk/log/"))

    for technical in (
        "recordentry",
        "roleheld",
        "containmentaction",
        "mastheadchange",
        "timelineentry",
        "triageentry",
        ".",
    ):
        assert f" {technical} " not in page
    assert "public entry" in page


def test_the_log_can_be_narrowed_to_one_thing(client_of, cleo, olga, vic, ada, organisation):
    people.grant_role(vic, "approver", by=olga)
    people.grant_role(ada, "approver", by=olga)

    page = text(client_of(cleo).get(f"/desk/log/?about=accounts.user:{vic.pk}"))

    assert f"Only person {vic.pk}" in page
    assert f"person {ada.pk}" not in page
    assert "Nothing is logged about person 9999" in text(client_of(cleo).get("/desk/log/?about=accounts.user:9999"))


def test_the_log_is_paged_fifty_to_a_page(client_of, cleo, some_entries):
    some_entries(120)
    browser = client_of(cleo)

    first = browser.get("/desk/log/").content.decode()
    second = browser.get("/desk/log/?before=71").content.decode()
    last = browser.get("/desk/log/?before=21").content.decode()

    assert re.findall(r'class="ref">(\d+)<', first) == [str(number) for number in range(120, 70, -1)]
    assert '<a rel="next" href="?before=71">Older</a>' in first
    assert re.findall(r'class="ref">(\d+)<', second)[0] == "70"
    assert "Older" not in last


def test_the_log_costs_the_same_when_there_is_more(client_of, cleo, some_entries, django_assert_num_queries):
    browser = client_of(cleo)
    some_entries(1)
    browser.get("/desk/log/")

    with django_assert_num_queries(4):
        browser.get("/desk/log/")
    some_entries(2)
    with django_assert_num_queries(4):
        browser.get("/desk/log/")


def test_the_whole_log_can_be_checked_from_the_page(client_of, cleo, some_entries):
    some_entries(3)

    page = text(client_of(cleo).get("/desk/log/?check=1"))

    assert (
        "The whole log holds: 3 entries and the 0 rows of timelines and statements they keep, none changed, none missing."
        in page
    )


@pytest.mark.parametrize(("who", "status"), [("olga", 200), ("cleo", 200), ("ben", 200), ("ada", 403), ("vic", 403)])
def test_who_reads_the_log(request, client_of, organisation, who, status):
    answer = client_of(request.getfixturevalue(who)).get("/desk/log/")

    assert answer.status_code == status
    if status == 403:
        assert "The log is read by administrators, commanders and approvers." in text(answer)


@pytest.mark.parametrize("query", ["before=x", "before=-1"])
def test_a_page_of_the_log_that_cannot_be_is_not_found(client_of, cleo, organisation, query):
    assert client_of(cleo).get(f"/desk/log/?{query}").status_code == 404
