"""While somebody types, the check says of the form what it would say of it saved: words, ticked facts, times and states."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client

import clock
from accounts.models import LogEntry, User
from agents.models import Component
from incidents import sources
from incidents.models import Citation, Fact, Incident, Statement
from incidents.operations import fact, statement
from stakeholders.models import StakeholderGroup
from stakeholders.operations import contacts
from tests import factories, states
from tests.incidents.test_statement_pages import page_of, typed

pytestmark = pytest.mark.django_db

SAID = (
    "It sent 37 emails.",
    "It sent 212 letters.",
    "Only 12 people were affected.",
    "No personal data was affected.",
    "This was caused by an old address list.",
    "Everything works again.",
    "The issue is fully resolved.",
    "The LLM called an API.",
    "Nobody lost money.",
    "We take this very seriously.",
    "Customers received letters that named other people’s orders.",
    "We stopped all letters.",
    "",
)
NUMBER = "It sent 37 emails."
ABSOLUTE = "No personal data was affected."


def read(browser: Client, draft: Statement, sent: dict[str, Any]) -> Any:
    return browser.post(f"{page_of(draft)}reading/", sent)


def found_in(said: str) -> tuple[list[str], dict[str, str]]:
    """What the list says, and the marks of each field: as one reads them, without what only saved words can be offered."""
    listed = said.partition('<div id="reading"')[2].partition("The check finds stock phrases")[0]
    items = re.findall(r"<li.*?</li>", re.sub(r"<details.*?</details>", "", listed, flags=re.DOTALL), re.DOTALL)
    marks = re.findall(r'<div class="marks" id="marks-(\w+)"[^>]*>(.*?)</div>', said, re.DOTALL)
    return [_plain(one) for one in items], {field: _plain(lines) for field, lines in marks}


def _plain(markup: str) -> str:
    values = re.findall(r'name="finding" value="([^"]+)"', markup)
    return " ".join([*html.unescape(re.sub(r"<[^>]+>", " ", markup)).split(), *values])


@pytest.fixture
def cause(ready_to_speak: Incident, rosa: User, tom: User) -> Fact:
    """Confirmed, with a number. No draft cites it yet."""
    found = fact.report(
        ready_to_speak, by=rosa, question=Fact.Question.CIRCUMSTANCES, text="An old list was read, and 37 emails left.",
        is_cause=True, source_kind=Fact.Source.LOG, source="run log", observed_at=clock.now(),
    )  # fmt: skip
    fact.confirm(
        found, by=tom, seen_version=found.version, confirmation_kind=Fact.Source.LOG, confirmation_source="import log"
    )
    return states.fresh(found)


KINDS = tuple(Statement.Kind.values)


@pytest.fixture(params=KINDS)
def draft(request: pytest.FixtureRequest, ready_to_speak: Incident, cast: Any) -> Statement:
    """One of each kind, complete. Whatever comes after the first message has it before it."""
    about, kind = ready_to_speak, request.param
    if kind == "direct":
        group = StakeholderGroup.objects.get(slug="affected-users")
        contacts.add(group, "Nell Hart <nell@example.org>", by=cast.ada)
        return statement.begin(about, kind, by=cast.ada, group=group)
    if kind in ("holding", "warning"):
        return states.write(about, kind, by=cast.ada)
    first = states.publish(about, "holding", writer=cast.ada, approver=cast.ben)
    if kind in ("resolution", "post_mortem"):
        states.recover(states.fresh(about), commander=cast.cleo, reporter=cast.rosa, confirmer=cast.tom)
    if kind == "post_mortem":
        states.publish(states.fresh(about), "resolution", writer=cast.ada, approver=cast.ben)
    if kind == "correction":
        return statement.begin(states.fresh(about), kind, by=cast.ada, corrects=first.entry)
    return states.write(states.fresh(about), kind, by=cast.ada)


def a_form(chance: Random, draft: Statement, browser: Client) -> dict[str, Any]:
    """What a browser may send of this editor: as its page shows the fields, with anything typed and ticked there."""
    page = browser.get(page_of(draft)).content.decode()
    sent = typed(draft, rests_shown="True")
    for field in Statement.PUBLIC_TEXTS:
        if f'name="{field}"' in page:
            sent[field] = " ".join(chance.sample(SAID, chance.randint(0, 3))) if chance.random() < 0.8 else ""
    for name in ("headline", "affected"):
        sent[name] = sent.get(name, "")[:150]
    facts = list(draft.incident.facts.all())
    sent["cites"] = [one.pk for one in facts if chance.random() < 0.5]
    for sentence in sources.of(draft):
        named = [one.pk for one in facts if chance.random() < 0.3]
        sent[f"rests-{sentence.key}"] = named
    ahead = clock.now() + timedelta(minutes=chance.choice([30, 60 * 24]))
    sent["next_update_at"] = chance.choice(["", f"{ahead:%Y-%m-%d %H:%M} UTC"])
    offered = re.findall(r'<option value="(\w+)"', page.partition('name="public_status"')[2].partition("</select>")[0])
    sent["public_status"] = chance.choice(offered) if offered else draft.public_status
    well = "maintenance" if draft.kind == "warning" else "operational"  # a warning calls nothing working
    for component in Component.objects.all():
        sent[f"component-{component.public_id}"] = chance.choice(["", "degraded", well])
    return sent


@pytest.mark.parametrize("seed", range(4))
def test_reading_along_says_what_saving_and_looking_says(
    draft: Statement, cause: Fact, ada: User, client_of: Callable[..., Client], seed: int
) -> None:
    factories.ComponentFactory.create(public_name="Reports by API", audience_technical=True)
    chance, browser = Random(f"{draft.kind} {seed}"), client_of(ada)
    draft = states.fresh(draft)
    for _ in range(2):
        sent = a_form(chance, draft, browser)
        along = read(browser, draft, sent)
        unsaved = states.fresh(draft)
        assert (unsaved.version, unsaved.headline) == (draft.version, draft.headline), "reading keeps nothing"

        saved = browser.post(page_of(draft), sent)
        assert saved.status_code == 302, re.findall(r'class="error"[^>]*>.*?</p>', saved.content.decode(), re.DOTALL)
        draft = states.fresh(draft)

        shown = found_in(browser.get(page_of(draft)).content.decode())
        assert found_in(along.content.decode()) == shown


def test_the_forms_differ_in_what_they_are_told(
    holding: Statement, cause: Fact, ada: User, client_of: Callable[..., Client]
) -> None:
    """Of the test above: that it could fail. Its forms get other findings from other facts, and some from none."""
    browser, told = client_of(ada), set()
    for seed in range(6):
        sent = a_form(Random(seed), holding, browser) | {"body": f"{NUMBER} {ABSOLUTE}", "headline": "Letters"}
        told.add(str(found_in(read(browser, holding, sent).content.decode())))
    assert len(told) > 2


# Facts


def test_a_ticked_fact_bears_its_number_at_once(
    holding: Statement, cause: Fact, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    sent = typed(states.fresh(holding), body=NUMBER)
    assert "<mark" in read(browser, holding, sent).content.decode()

    answer = read(browser, holding, sent | {"cites": [cause.pk]}).content.decode()

    assert "<mark" not in answer
    assert "as typed, not saved" in answer
    assert not Citation.objects.filter(statement=holding, fact=cause).exists()


def test_a_fact_taken_out_bears_nothing_any_more(
    holding: Statement, cause: Fact, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    draft = statement.edit(holding, by=ada, seen_version=holding.version, body=NUMBER, cites=[cause])
    assert "<mark" not in read(browser, draft, typed(draft)).content.decode()

    assert "<mark" in read(browser, draft, typed(draft, cites=[])).content.decode()


def test_a_sentence_that_a_fact_is_named_for_may_be_absolute(
    holding: Statement, cause: Fact, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    draft = statement.edit(holding, by=ada, seen_version=holding.version, body=ABSOLUTE)
    sent = typed(draft, rests_shown="True", cites=[cause.pk])
    assert "<mark" in read(browser, draft, sent).content.decode()

    named = {f"rests-{sources.key_of(ABSOLUTE)}": [cause.pk]}

    assert "<mark" not in read(browser, draft, sent | named).content.decode()


def test_the_button_under_what_is_typed_goes_by_the_ticked_facts_too(
    holding: Statement, cause: Fact, ada: User, client_of: Callable[..., Client]
) -> None:
    """What is offered for the form is found again when it is sent."""
    browser = client_of(ada)
    sent = typed(states.fresh(holding), body="It reached only 12 people.", cites=[cause.pk])
    button = re.search(r'value="(MINIMISE body \d+)"', read(browser, holding, sent).content.decode())
    assert button

    assert browser.post(f"{page_of(holding)}fix/", sent | {"finding": button[1]}).status_code == 302

    assert [one.fact_id for one in Citation.objects.filter(statement=holding)] == [cause.pk]


# What is no form


@pytest.mark.parametrize("value", ["987654321", "x", "", "-1", "9" * 18, "9" * 19, "9" * 400, "१२", "1 OR 1=1"])
def test_what_is_no_fact_of_this_incident_is_refused_in_words(
    holding: Statement, ada: User, client_of: Callable[..., Client], value: str
) -> None:
    entries, browser = LogEntry.objects.count(), client_of(ada)

    answer = read(browser, holding, typed(holding, cites=[value]))

    assert answer.status_code == 422
    assert "Facts this rests on: Choose facts of this incident." in answer.content.decode()
    assert browser.post(page_of(holding), typed(holding, cites=[value])).status_code == 422
    assert LogEntry.objects.count() == entries


def test_a_fact_of_another_incident_bears_nothing(
    holding: Statement, agent: Any, cleo: User, rosa: User, ada: User, client_of: Callable[..., Client]
) -> None:
    other = states.declare(agent, by=cleo, title="Another one")
    strange = fact.report(
        other, by=rosa, question=Fact.Question.AGENT_DID, text="It sent 37 emails.", source_kind=Fact.Source.LOG,
        source="run log", observed_at=clock.now(),
    )  # fmt: skip
    browser, words = client_of(ada), NUMBER
    draft = statement.edit(holding, by=ada, seen_version=holding.version, body=words)
    sent = typed(draft, rests_shown="True")

    ticked = read(browser, draft, sent | {"cites": [strange.pk]})
    named = read(browser, draft, sent | {f"rests-{sources.key_of(words)}": [strange.pk]})

    assert (ticked.status_code, named.status_code) == (422, 200)
    assert "<mark" in ticked.content.decode()
    assert "<mark" in named.content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"next_update_at": "16:"}, "Next update by: "),
        ({"next_update_at": "yesterday 9:00"}, "Next update by: "),
        ({"public_status": "rumour"}, "State: "),
        ({"began_at": "whenever"}, "It began: "),
    ],
)
def test_what_cannot_be_read_yet_is_named_and_the_rest_is_read(
    holding: Statement, ada: User, client_of: Callable[..., Client], changes: Any, says: str
) -> None:
    answer = read(client_of(ada), holding, typed(holding, body="It was a minor glitch.", **changes))

    said = answer.content.decode()
    assert answer.status_code == 200
    assert f"Not read yet, so what was saved there counts. {says}" in said
    assert "minor glitch<sup>" in said


def test_more_fields_than_any_form_has_are_not_read(
    holding: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    answer = read(client_of(ada), holding, typed(holding, cites=["1"] * 2_000))

    assert answer.status_code == 400
