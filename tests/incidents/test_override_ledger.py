"""How often what each rule finds is set aside, counted from rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import clock
from accounts.models import User
from incidents.models import Statement
from incidents.operations import guards, override, statement
from incidents.set_aside import SPAN, Row, rows
from tests import states

pytestmark = pytest.mark.django_db

PAGE = "/desk/draft-check/overrides/"


def saved(draft: Statement, by: User, **fields: Any) -> Statement:
    draft = states.fresh(draft)
    return statement.edit(draft, by=by, seen_version=draft.version, **fields)


def by_rule() -> dict[str, Row]:
    return {row.rule: row for row in rows(clock.now() - SPAN)}


def dismiss(draft: Statement, words: str, by: User) -> None:
    draft = states.fresh(draft)
    passage = next(one for one in guards.look(draft).checked.passages if one.finding.text == words)
    override.dismiss(draft, passage.finding.rule, passage.field, passage.at, by=by, seen_version=draft.version)


def test_what_was_found_and_what_was_set_aside_are_counted_once_each(holding: Statement, ada: User, cleo: User) -> None:
    draft = saved(holding, ada, body="The API answered. An LLM wrote. The cron ran.")
    dismiss(draft, "API", ada)
    again = saved(draft, ada, headline="Other words")
    dismiss(again, "API", ada)

    row = by_rule()["JARGON"]
    assert (row.dismissed, row.reasoned, row.aside) == (1, 0, 1)
    assert row.found == len(states.fresh(draft).cases["JARGON"]) > 1
    small = saved(again, ada, affected="Only a small number of customers were affected.")
    found = next(one.finding for one in guards.look(small).checked.stopping if one.finding.rule == "MINIMISE")
    override.let_stand(small, "MINIMISE", found.start, by=cleo, seen_version=small.version, reason="They are two.")
    row = by_rule()["MINIMISE"]
    assert (row.found, row.reasoned, row.percent, row.is_too_often) == (1, 1, 100, True)


def test_what_was_reworded_counts_as_found(holding: Statement, ada: User) -> None:
    saved(holding, ada, affected="Only a small number of customers were affected.")
    saved(holding, ada, affected="187 customers.")

    row = by_rule()["MINIMISE"]
    assert (row.found, row.aside, row.percent, row.is_too_often) == (1, 0, 0, False)


@pytest.mark.parametrize(("aside", "found", "too_often"), [(1, 5, False), (2, 9, True), (0, 1, False), (1, 4, True)])
def test_over_a_fifth_is_too_often(aside: int, found: int, too_often: bool) -> None:
    assert Row("JARGON", "Jargon", found, aside, 0).is_too_often is too_often


def test_statements_begun_before_are_left_out(
    holding: Statement, ada: User, client_of: Callable[..., Client], clock_at: Callable[..., None]
) -> None:
    saved(holding, ada, body="The API answered.")
    dismiss(holding, "API", ada)
    assert "JARGON" in by_rule()

    clock_at(clock.now() + timedelta(days=91))

    assert by_rule() == {}
    assert "has found nothing in 90 days" in client_of(ada).get(PAGE).content.decode()


def test_the_page_names_the_rule_and_what_was_set_aside(
    holding: Statement, ada: User, vic: User, client_of: Callable[..., Client]
) -> None:
    draft = saved(holding, ada, body="The API answered.")
    dismiss(draft, "API", ada)

    said = client_of(ada).get(PAGE).content.decode()

    assert "1 of 1, 100 %. <b>Over 20 %: look at the rule</b>" in said
    assert '<q class="words">API</q>' in said
    assert f'href="{PAGE}"' in client_of(ada).get("/desk/approvals/").content.decode()
    assert client_of(vic).get(PAGE).status_code == 403
