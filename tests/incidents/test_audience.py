"""Who is spoken to and in which language: set inside, never public, and heard by the draft check."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import LogEntry, Organisation, User
from accounts.operations import language
from agents import operations as agents
from agents.models import Component
from incidents import draft_check
from incidents.models import RecordEntry, Statement
from incidents.operations import checking, guards, statement
from refusals import Incomplete, NotAllowed
from tests import states

pytestmark = pytest.mark.django_db

JARGON = "The API answered twice."


@pytest.fixture
def draft(holding: Statement, ada: User) -> Statement:
    return statement.edit(holding, by=ada, seen_version=holding.version, body=JARGON)


def rules(draft: Statement, **handed_over: Any) -> set[str]:
    found = guards.look(states.fresh(draft), **handed_over).checked.passages
    return {passage.finding.rule for passage in found}


def test_technical_people_know_the_jargon(draft: Statement, component: Component, olga: User) -> None:
    assert "JARGON" in rules(draft)

    agents.set_audience(component, technical=True, by=olga)

    assert "JARGON" not in rules(draft)
    assert "JARGON" not in rules(draft, components=list(Component.objects.all()))
    logged = states.last_log()
    assert (logged.action, logged.details) == ("component.audience_set", {"technical": True})


def test_one_component_of_everybody_is_enough_to_keep_to_plain_words(
    draft: Statement, component: Component, ada: User, olga: User
) -> None:
    other = agents.add_component("Bookings", by=olga)
    agents.set_audience(component, technical=True, by=olga)
    both = {component.public_id: "degraded", other.public_id: "degraded"}

    draft = statement.edit(draft, by=ada, seen_version=draft.version, component_states=both)

    assert "JARGON" in rules(draft)


def test_a_statement_that_names_none_is_about_the_agents_own(
    draft: Statement, component: Component, ada: User, olga: User
) -> None:
    draft = statement.edit(draft, by=ada, seen_version=draft.version, component_states={})
    assert "JARGON" in rules(draft)

    agents.set_audience(component, technical=True, by=olga)

    assert "JARGON" not in rules(draft)


def test_other_rules_stay(draft: Statement, component: Component, ada: User, olga: User) -> None:
    agents.set_audience(component, technical=True, by=olga)

    draft = statement.edit(draft, by=ada, seen_version=draft.version, body="It was a minor glitch.")

    assert "MINIMISE" in rules(draft)


def test_administrators_set_it_on_the_page_and_nothing_becomes_public(
    draft: Statement, component: Component, olga: User, client_of: Callable[..., Client]
) -> None:
    browser, entries = client_of(olga), RecordEntry.objects.count()
    page, verb = (reverse(f"desk:{name}", args=[component.pk]) for name in ("component", "component_audience"))
    assert "Those who use it are technical people" in browser.get(page).content.decode()

    said = browser.post(verb, {"technical": "on"}, follow=True).content.decode()

    assert "are checked as read by technical people" in said
    assert "Used by technical people." in said
    box = browser.get(page).content.decode().partition('name="technical"')[2].partition(">")[0]
    assert "checked" in box
    assert states.fresh(component).audience_technical is True
    assert RecordEntry.objects.count() == entries
    assert "technical" not in json.dumps(list(RecordEntry.objects.values("body")), default=str)
    browser.post(verb, {})
    assert states.fresh(component).audience_technical is False


def test_the_same_again_is_no_entry_and_others_may_not(
    holding: Statement, component: Component, olga: User, cleo: User, refused: Any
) -> None:
    entries = LogEntry.objects.count()
    agents.set_audience(component, technical=False, by=olga)
    language.set_public_language("en", by=olga)
    assert LogEntry.objects.count() == entries

    with refused(NotAllowed):
        agents.set_audience(component, technical=True, by=cleo)
    with refused(NotAllowed):
        language.set_public_language("de", by=cleo)
    with refused(Incomplete, "Nothing was changed."):
        language.set_public_language("xx", by=olga)


# --- Language -------------------------------------------------------------------------------------


def test_in_another_language_fields_and_leaks_are_checked_and_the_pages_say_so(
    draft: Statement, ada: User, olga: User, client_of: Callable[..., Client]
) -> None:
    language.set_public_language("de", by=olga)
    logged = states.last_log()
    assert (logged.action, logged.details) == ("organisation.public_language_set", {"before": "en", "after": "de"})

    words = "Nur ein minor glitch. Schreiben Sie an anna.schmidt@gmail.example."
    draft = statement.edit(draft, by=ada, seen_version=draft.version, body=words, next_update_at=None)

    assert rules(draft) == {"PII"}
    assert "Promise a time for the next update" in [item.sentence for item in guards.missing(states.fresh(draft))]
    said = client_of(ada).get(reverse("desk:statement", args=[draft.pk])).content.decode()
    assert draft_check.findings.NOT_ENGLISH in said
    answer = client_of(ada).post("/desk/draft-check/", {"text": "It was a minor glitch.", "kind": "update"}).json()
    assert answer["phrases_checked"] is False
    assert checking.known().language == "de"


def test_the_language_is_chosen_on_the_page_of_the_organisation(
    draft: Statement, olga: User, ada: User, client_of: Callable[..., Client]
) -> None:
    page, browser = reverse("desk:organisation"), client_of(olga)
    assert '<option value="en" selected>English</option>' in browser.get(page).content.decode()

    said = browser.post(reverse("desk:public_language"), {"language": "de"}, follow=True).content.decode()

    assert "Your public words are checked as German." in said
    assert '<option value="de" selected>German</option>' in said
    assert Organisation.objects.get().public_language == "de"
    assert "Language of your public words" not in client_of(ada).get(page).content.decode()
    assert browser.post(reverse("desk:public_language"), {"language": "xx"}).status_code == 422
