"""A warning that the author sets aside, by one click, in these very words; the approver reads that somebody did."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

import clock
from accounts.models import User
from incidents.models import Override, Statement
from incidents.operations import approval, checking, guards, override, statement, submission
from incidents.operations.passages import Passage
from refusals import NotAllowed, Stale, WrongState
from tests import states
from tests.incidents.test_statement_pages import page_of, typed
from tests.remembered import remembered

pytestmark = pytest.mark.django_db


def jargon(draft: Statement, field: str = "body") -> Passage:
    (found,) = [p for p in guards.look(draft).checked.passages if p.field == field and p.finding.rule == "JARGON"]
    return found


def click(draft: Statement, *, by: User, field: str = "body") -> Override:
    return override.dismiss(draft, "JARGON", field, jargon(draft, field).at, by=by, seen_version=draft.version)


@pytest.fixture
@remembered
def technical(holding: Statement, ada: User) -> Statement:
    return statement.edit(holding, by=ada, seen_version=holding.version, body="The API answered twice.")


def test_the_author_dismisses_a_warning_without_a_reason(technical: Statement, ada: User) -> None:
    row = click(technical, by=ada)

    assert (row.kind, row.reason, row.found, row.by) == ("author", "", "API", ada)
    logged = states.last_log()
    assert (logged.action, logged.details["rule"], logged.details["override"]) == (
        "statement.finding_dismissed", "JARGON", row.pk,
    )  # fmt: skip
    assert jargon(states.fresh(technical)).is_dismissed
    assert states.fresh(technical).version == technical.version


def test_other_words_void_it(technical: Statement, ada: User) -> None:
    click(technical, by=ada)

    other = statement.edit(technical, by=ada, seen_version=technical.version, what_to_do="Please keep the letter.")

    assert not jargon(states.fresh(other)).is_dismissed
    assert jargon(states.fresh(other)).can_be_dismissed


def test_the_same_word_elsewhere_is_another_finding(technical: Statement, ada: User) -> None:
    draft = statement.edit(technical, by=ada, seen_version=technical.version, affected="Users of the API.")
    click(draft, by=ada)

    draft = states.fresh(draft)
    assert jargon(draft).is_dismissed
    assert not jargon(draft, "affected").is_dismissed


def test_the_approver_reads_that_it_was_dismissed_before_and_after(
    technical: Statement, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    click(technical, by=ada)
    asked = submission.submit(states.fresh(technical), by=ada, seen_version=technical.version)
    page = f"/desk/approvals/{asked.pk}/"

    assert "Ada Brandt dismissed it" in client_of(ben).get(page).content.decode()
    assert asked.content["dismissed"] == [{"rule": "JARGON", "found": "API"}]
    assert "let_stand" not in asked.content
    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry
    assert "Warnings dismissed by the author" in client_of(ben).get(page).content.decode()


def test_what_is_not_the_authors_to_dismiss(holding: Statement, ada: User, cleo: User, refused: Any) -> None:
    draft = statement.edit(holding, by=ada, seen_version=holding.version, body="It was a minor glitch.")
    (passage,) = [p for p in guards.look(draft).checked.passages if p.finding.rule == "MINIMISE"]
    assert not passage.can_be_dismissed

    for person in (ada, cleo):
        with refused(NotAllowed, "“Minimising” is not dismissed by a click. Change the words."):
            override.dismiss(draft, "MINIMISE", "body", passage.at, by=person, seen_version=draft.version)


def test_a_warning_of_the_author_is_not_the_commanders_to_reason_about(
    technical: Statement, cleo: User, refused: Any
) -> None:
    found = jargon(technical).finding
    with refused(Stale, "The check does not find that"):
        override.let_stand(technical, "JARGON", found.start, by=cleo, seen_version=technical.version, reason="Why not.")


def test_it_is_asked_who_when_and_what(technical: Statement, ada: User, tom: User, cleo: User, refused: Any) -> None:
    at = jargon(technical).at
    with refused(NotAllowed, "communications leads and commanders"):
        override.dismiss(technical, "JARGON", "body", at, by=tom, seen_version=technical.version)
    with refused(Stale, "The check does not find that"):
        override.dismiss(technical, "JARGON", "body", at + 1, by=ada, seen_version=technical.version)
    click(technical, by=ada)
    with refused(Stale, "The check does not find that"):
        override.dismiss(technical, "JARGON", "body", at, by=ada, seen_version=technical.version)
    states.submit(states.fresh(technical), by=ada)
    with refused(WrongState, "Take it back"):
        override.dismiss(states.fresh(technical), "JARGON", "body", at, by=ada, seen_version=technical.version)
    later = statement.edit(technical, by=cleo, seen_version=technical.version, headline="Other words")
    with refused(Stale, "Somebody saved this statement"):
        override.dismiss(later, "JARGON", "body", at, by=ada, seen_version=technical.version)


@pytest.mark.parametrize(("kind", "reason"), [("author", "With words."), ("commander", ""), ("two_person", "")])
def test_the_database_holds_each_kind_to_its_reason(technical: Statement, ada: User, kind: str, reason: str) -> None:
    row = Override(
        statement=technical, text_digest="0" * 64, rule="JARGON", found="API", kind=kind, reason=reason, by=ada,
        at=clock.now(),
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_one_button_saves_what_is_typed_and_dismisses(
    technical: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    said = browser.get(page_of(technical)).content.decode()
    button = re.search(r'name="finding" value="(JARGON body \d+)" formaction="([^"]+dismissals/)">', said)
    assert button

    answer = browser.post(button[2], typed(technical, finding=button[1], headline="Typed just now"), follow=True)

    draft = states.fresh(technical)
    assert (draft.headline, draft.version) == ("Typed just now", technical.version + 1)
    assert jargon(draft).is_dismissed
    assert "Ada Brandt dismissed it" in answer.content.decode()
    assert f'value="{button[1]}"' not in answer.content.decode()


def test_a_click_on_what_moved_saves_what_is_typed_and_says_so(
    technical: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    place = f"JARGON body {jargon(technical).at}"
    sent = typed(technical, finding=place, body="Today the API answered twice.")

    answer = client_of(ada).post(f"{page_of(technical)}dismissals/", sent)

    assert answer.status_code == 409
    assert "The check does not find that in these words any more." in answer.content.decode()
    assert states.fresh(technical).body == "Today the API answered twice."
    assert not Override.objects.exists()


def test_a_click_with_a_field_too_long_keeps_everything_typed(
    technical: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    sent = typed(technical, finding="JARGON body 4", headline="a" * 201, affected="Typed with care.")

    answer = client_of(ada).post(f"{page_of(technical)}dismissals/", sent)

    assert answer.status_code == 422
    assert "Typed with care." in answer.content.decode()


def test_each_passage_that_a_saved_version_had_is_counted_once(technical: Statement, ada: User) -> None:
    words = [("body", "An API and an LLM. The LLM wrote."), ("headline", "Letters"), ("body", "It wrote to people.")]
    draft = technical
    for field, said in words:
        changed: dict[str, Any] = {field: said}
        draft = statement.edit(draft, by=ada, seen_version=draft.version, **changed)

    assert set(states.fresh(draft).cases["JARGON"]) == {checking.case_of("API"), checking.case_of("LLM")}
    assert "API" not in str(states.fresh(draft).cases)
