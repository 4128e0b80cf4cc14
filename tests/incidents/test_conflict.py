"""Two people write in one statement: nothing typed is lost, and no field silently overwrites the other's."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.models import LogEntry, User
from agents.models import Component
from incidents.models import Statement
from incidents.operations import statement
from tests import states
from tests.incidents.test_statement_pages import page_of, typed
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

BASE, HERS, MINE = "We stopped the letters.", "We stopped the letters at noon.", "We stopped all of the letters."


@pytest.fixture
@remembered
def draft(holding: Statement, ada: User) -> Statement:
    return statement.edit(holding, by=ada, seen_version=holding.version, body=BASE, headline="Letters")


def meanwhile(draft: Statement, by: User, **fields: Any) -> Statement:
    draft = states.fresh(draft)
    return statement.edit(draft, by=by, seen_version=draft.version, **fields)


def value_of(said: str, name: str) -> str:
    area = re.search(rf'<textarea name="{name}"[^>]*>\s*([^<]*)</textarea>', said)
    line = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', said)
    found = area or line
    assert found, name
    return found[1]


def merge_of(said: str) -> str:
    return said.partition('<section class="merge"')[2].partition("</section>")[0]


def test_what_only_the_other_changed_is_taken_over_and_said(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    saved = meanwhile(draft, cleo, headline="Cleo’s headline", impact="none")

    answer = client_of(ada).post(page_of(draft), typed(draft, body=MINE))
    said = answer.content.decode()

    assert answer.status_code == 409
    assert "Somebody saved this statement after you opened it." in said
    assert "Headline, Impact" in merge_of(said)
    assert (value_of(said, "headline"), value_of(said, "body")) == ("Cleo’s headline", MINE)
    assert '<option value="none" selected>' in said
    assert value_of(said, "version") == str(saved.version)
    assert 'name="clash"' not in said
    assert states.fresh(draft).body == BASE

    again = typed(saved, body=MINE)
    assert client_of(ada).post(page_of(draft), again).status_code == 302
    both = states.fresh(draft)
    assert (both.headline, both.impact, both.body) == ("Cleo’s headline", "none", MINE)


def test_what_both_changed_shows_both_texts_and_asks(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    meanwhile(draft, cleo, body=f"{HERS} <b>Bold</b>")

    said = client_of(ada).post(page_of(draft), typed(draft, body=MINE)).content.decode()

    part = merge_of(said)
    assert "You and Cleo Marsh both changed 1 field" in part
    assert '<input type="hidden" name="clash" value="body">' in part
    assert f'<p class="words">{HERS} &lt;b&gt;Bold&lt;/b&gt;</p>' in part
    assert f'<p class="words">{MINE}</p>' in part
    assert "<ins>" in part
    assert "<del>" in part
    assert "checked" not in part, "nobody decides for her"
    assert value_of(said, "body") == MINE


@pytest.mark.parametrize("way", ["", "submission/", "dismissals/", "fix/"])
def test_nothing_is_saved_before_it_is_decided(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client], way: str
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)
    entries = LogEntry.objects.count()
    sent = typed(saved, body=MINE, clash="body", affected="Typed with care.", finding="JARGON body 0")

    answer = client_of(ada).post(f"{page_of(draft)}{way}", sent)
    said = answer.content.decode()

    assert answer.status_code == 422
    assert "Say whose is saved: what stands in this field now, or what Cleo Marsh saved." in said
    assert 'name="clash" value="body"' in said
    assert HERS in merge_of(said)
    assert (value_of(said, "body"), value_of(said, "affected")) == (MINE, "Typed with care.")
    assert states.fresh(draft).body == HERS
    assert LogEntry.objects.count() == entries


@pytest.mark.parametrize("choice", ["", "theirs"])
def test_what_was_saved_is_fetched_once(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client], choice: str
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)
    sent = typed(saved, body=MINE, clash="body") | {"choice-body": choice}

    with CaptureQueriesContext(connection) as asked:
        answer = client_of(ada).post(page_of(draft), sent)

    assert answer.status_code == (302 if choice else 422)
    of_version = 'FROM "incidents_statementversion" INNER JOIN "accounts_user"'  # with whoever saved it
    assert len([one for one in asked if of_version in one["sql"]]) == 1


@pytest.mark.parametrize(("choice", "kept"), [("mine", "Both: noon, all letters."), ("theirs", HERS)])
def test_the_choice_is_saved(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client], choice: str, kept: str
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)
    sent = typed(saved, body="Both: noon, all letters.", clash="body", headline="Other") | {"choice-body": choice}

    assert client_of(ada).post(page_of(draft), sent).status_code == 302

    after = states.fresh(draft)
    assert (after.body, after.headline) == (kept, "Other")


def test_the_same_words_of_both_are_no_conflict(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)

    said = client_of(ada).post(page_of(draft), typed(draft, body=HERS, headline="Other")).content.decode()

    assert 'name="clash"' not in said
    again = typed(saved, body=HERS, headline="Other", clash="body")
    assert client_of(ada).post(page_of(draft), again).status_code == 302, "no longer two texts: nothing to decide"


def test_choices_times_and_components_are_decided_too(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    component = Component.objects.get()
    key, at = f"component-{component.public_id}", clock.now().replace(second=0, microsecond=0)
    hers, mine = at + timedelta(hours=5), at + timedelta(hours=6)
    saved = meanwhile(
        draft, cleo, impact="none", next_update_at=hers, component_states={component.public_id: "degraded"}
    )
    typed_time = f"{mine:%Y-%m-%d %H:%M} UTC"
    sent = typed(draft, impact="critical", next_update_at=typed_time) | {key: "major_outage"}

    said = client_of(ada).post(page_of(draft), sent).content.decode()

    assert set(re.findall(r'name="clash" value="([^"]+)"', said)) == {"impact", "next_update_at", key}
    assert all(state in merge_of(said) for state in ("Degraded", "Down", "Critical", "None"))
    clashes = {"clash": ["impact", "next_update_at", key], "choice-impact": "mine", "choice-next_update_at": "theirs"}
    sent = typed(saved, impact="critical", next_update_at=typed_time) | {key: "major_outage", f"choice-{key}": "theirs"}
    assert client_of(ada).post(page_of(draft), sent | clashes).status_code == 302
    after = states.fresh(draft)
    assert (after.impact, after.next_update_at) == ("critical", hers)
    assert after.component_states == {component.public_id: "degraded"}


def test_facts_that_were_ticked_or_unticked_come_together(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    facts = list(draft.facts.order_by("pk"))
    first, second, *rest = facts
    meanwhile(draft, cleo, cites=[second, *rest])  # she takes out the first, Ada the second

    said = client_of(ada).post(page_of(draft), typed(draft, cites=[one.pk for one in (first, *rest)])).content.decode()

    ticked = {int(pk) for pk in re.findall(r'name="cites" value="(\d+)" checked', said)}
    assert ticked == {one.pk for one in rest}
    assert "Facts this rests on" in merge_of(said)


def test_a_third_save_is_no_blind_one_either(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)
    third = meanwhile(saved, cleo, body="We stopped the letters at one.")
    sent = typed(saved, body=MINE, clash="body") | {"choice-body": "mine"}

    answer = client_of(ada).post(page_of(draft), sent)
    said = answer.content.decode()

    assert answer.status_code == 409
    assert "We stopped the letters at one." in merge_of(said)
    assert value_of(said, "version") == str(third.version)
    assert states.fresh(draft).body == "We stopped the letters at one."


def test_one_decision_waits_for_the_other_and_is_not_forgotten(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    saved = meanwhile(draft, cleo, body=HERS, headline="Cleo’s headline")
    sent = typed(saved, body=MINE, headline="Ada’s headline", clash=["body", "headline"]) | {"choice-body": "theirs"}

    said = client_of(ada).post(page_of(draft), sent).content.decode()

    assert re.search(r'name="choice-body" value="theirs" checked', said)
    assert f'<p class="words">{MINE}</p>' in merge_of(said), "what she typed stays in view"
    assert (value_of(said, "body"), value_of(said, "headline")) == (MINE, "Ada’s headline")
    assert states.fresh(draft).body == HERS


def test_what_was_given_up_stays_given_up_when_somebody_saves_again(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)
    meanwhile(saved, cleo, headline="Cleo’s headline")
    sent = typed(saved, body=MINE, clash="body") | {"choice-body": "theirs"}

    said = client_of(ada).post(page_of(draft), sent).content.decode()

    assert (value_of(said, "body"), value_of(said, "headline")) == (HERS, "Cleo’s headline")
    assert 'name="clash"' not in said


@pytest.mark.parametrize("version", ["0", "999", "-1"])
def test_a_version_that_was_never_there_is_refused_as_before(
    draft: Statement, ada: User, client_of: Callable[..., Client], version: str
) -> None:
    answer = client_of(ada).post(page_of(draft), typed(draft, version=version, body=MINE))

    assert answer.status_code == 409
    assert value_of(answer.content.decode(), "body") == MINE
    assert states.fresh(draft).body == BASE


def test_a_field_that_cannot_be_read_is_mended_first(
    draft: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    saved = meanwhile(draft, cleo, body=HERS)
    sent = typed(saved, body=MINE, clash="body", headline="a" * 201)

    answer = client_of(ada).post(page_of(draft), sent)

    assert answer.status_code == 422
    assert 'name="clash" value="body"' in answer.content.decode(), "the question does not get lost"
    assert states.fresh(draft).body == HERS
