"""One click puts the better words in the place of those that the draft check found, and touches nothing else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import LogEntry, User
from incidents.models import Statement
from incidents.operations import guards, mend, statement, submission
from incidents.operations.passages import Passage
from refusals import NotAllowed, Stale, WrongState
from tests import states
from tests.incidents.test_statement_pages import page_of, typed

pytestmark = pytest.mark.django_db

ONLY = "It reached only 12 people."


def passages(draft: Statement) -> tuple[Passage, ...]:
    return guards.look(draft).checked.passages


def fixable(draft: Statement, field: str) -> Passage:
    (found,) = [one for one in passages(draft) if one.field == field and one.fix]
    return found


def click(draft: Statement, passage: Passage, *, by: User, **fields: Any) -> mend.Mended:
    place = (passage.finding.rule, passage.field, passage.at)
    return mend.mend(draft, *place, by=by, seen_version=draft.version, **fields)


@pytest.fixture
def only(holding: Statement, ada: User) -> Statement:
    return statement.edit(holding, by=ada, seen_version=holding.version, body=f"We stopped it. {ONLY}")


def test_one_click_saves_a_version_with_the_better_words(only: Statement, ada: User) -> None:
    done = click(only, fixable(only, "body"), by=ada)

    assert states.fresh(only).body == "We stopped it. It reached 12 people."
    assert (done.statement.version, done.label, done.before, done.after) == (
        only.version + 1, "Message", "only 12 people", "12 people",
    )  # fmt: skip
    logged = states.last_log()
    assert (logged.action, logged.details["fields"]) == ("statement.edited", ["body"])
    assert "MINIMISE" not in {one.finding.rule for one in passages(states.fresh(only))}


def test_whole_words_are_named_where_a_letter_becomes_a_capital(only: Statement, ada: User) -> None:
    draft = statement.edit(only, by=ada, seen_version=only.version, body="Fortunately, the letters were stopped.")

    done = click(draft, fixable(draft, "body"), by=ada)

    assert (done.before, done.after) == ("Fortunately, the", "The")
    assert done.statement.body == "The letters were stopped."


def test_what_was_typed_beside_it_is_saved_with_it(only: Statement, ada: User) -> None:
    facts = list(only.facts.all())[:1]

    done = click(only, fixable(only, "body"), by=ada, cites=facts, body=only.body, headline="Letters went astray")

    saved = states.fresh(done.statement)
    assert (saved.headline, saved.body) == ("Letters went astray", "We stopped it. It reached 12 people.")
    assert list(saved.facts.all()) == facts
    assert saved.version == only.version + 1


def test_words_that_moved_are_not_mended_blindly(only: Statement, ada: User, refused: Any) -> None:
    passage = fixable(only, "body")
    with refused(Stale, "The words have changed since the check read them."):
        click(only, passage, by=ada, body=f"Today. {only.body}")
    with refused(Stale, "The words have changed"):
        click(only, passage, by=ada, body="We stopped it. It reached nobody now.")


def test_what_somebody_else_saved_is_not_mended(only: Statement, ada: User, cleo: User, refused: Any) -> None:
    passage = fixable(only, "body")
    statement.edit(only, by=cleo, seen_version=only.version, headline="Cleo’s headline")

    with refused(Stale, "Somebody saved this statement after you opened it."):
        click(only, passage, by=ada)


def test_a_finding_without_a_fix_has_none(holding: Statement, ada: User, refused: Any) -> None:
    draft = statement.edit(holding, by=ada, seen_version=holding.version, body="It was a minor glitch.")
    (passage,) = [one for one in passages(draft) if one.field == "body" and one.finding.rule == "MINIMISE"]

    assert passage.fix is None
    with refused(Stale):
        click(draft, passage, by=ada)


def test_it_is_asked_who_and_when(only: Statement, ada: User, tom: User, refused: Any) -> None:
    passage = fixable(only, "body")
    with refused(NotAllowed, "communications leads and commanders"):
        click(only, passage, by=tom)
    states.submit(statement.edit(only, by=ada, seen_version=only.version, body="We stopped it."), by=ada)
    waiting = states.fresh(only)
    with refused(WrongState, "Take it back"):
        click(waiting, passage, by=ada)


def test_what_waits_for_approval_has_no_button(only: Statement, ada: User, client_of: Callable[..., Client]) -> None:
    draft = statement.edit(only, by=ada, seen_version=only.version, body="The LLM wrote it.")
    assert "instead of “LLM”" in client_of(ada).get(page_of(draft)).content.decode()

    submission.submit(draft, by=ada, seen_version=draft.version)

    said = client_of(ada).get(page_of(draft)).content.decode()
    assert "The LLM wrote it." in said
    assert "instead of “LLM”" not in said


# --- With a click, without scripts ----------------------------------------------------------------


def test_the_button_belongs_to_the_form_and_says_what_it_does(
    only: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    said = browser.get(page_of(only)).content.decode()
    button = re.search(
        r'<button [^>]*form="writing" name="finding" value="([^"]+)" formaction="([^"]+)">([^<]+)<', said
    )
    assert button
    assert button[3] == "Say “12 people” instead of “only 12 people”"

    answer = browser.post(button[2], typed(only, finding=button[1], headline="Typed just now"), follow=True)

    assert "Saved. Message: “only 12 people” is now “12 people”." in answer.content.decode()
    assert (states.fresh(only).headline, states.fresh(only).body) == (
        "Typed just now", "We stopped it. It reached 12 people.",
    )  # fmt: skip


def test_a_refused_click_keeps_everything_typed(
    only: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    browser, address = client_of(ada), f"{page_of(only)}fix/"
    place = f"MINIMISE body {fixable(only, 'body').at}"
    sent = typed(only, finding=place, body="Other words.", affected="Typed with care.")
    entries = LogEntry.objects.count()

    moved = browser.post(address, sent)
    too_long = browser.post(address, sent | {"headline": "a" * 201})
    statement.edit(only, by=cleo, seen_version=only.version, headline="Cleo’s headline")
    late = browser.post(address, sent)

    assert (moved.status_code, too_long.status_code, late.status_code) == (409, 422, 409)
    assert all("Typed with care." in answer.content.decode() for answer in (moved, too_long, late))
    assert LogEntry.objects.count() == entries + 1
    for wrong in ("", "MINIMISE body", "MINIMISE body x"):
        assert browser.post(address, sent | {"finding": wrong}).status_code == 404


# --- Only its own passage -------------------------------------------------------------------------

FIXABLE = (
    "Fortunately, the letters stopped.", "It reached only 12 people.", "It is fully restored.", "An LLM wrote it.",
    "Going forward, we ask first.", "Please rest assured that yours stands.", "It holds PII.",
)  # fmt: skip
NOISE = (
    "“Curly” quotes and ‘single’ ones.", "Zero\u200bwidth\u200d inside.", "Line one\r\nline two.", "**Bold** and `code`.",
    "A [link](https://example.org/a_b).", "Ｆｕｌｌ width ½ and ﬁ.", "e\u0301 and é.", "<b>a tag</b> and *stars*.",
    "\u2066turned\u2069 round.", "👩‍👩‍👧 wrote\ufe0f.", "\u00adsoft\u00ad hyphen – dash.", "İstanbul ǅ ẞ.",
)  # fmt: skip
TEXT = st.lists(st.sampled_from((*FIXABLE, *NOISE)) | st.text(max_size=12), min_size=1, max_size=6).map(" ".join)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=TEXT, affected=TEXT)
def test_a_fix_touches_only_its_span(holding: Statement, ada: User, body: str, affected: str) -> None:
    draft = states.fresh(holding)
    body, affected = f"{body} {FIXABLE[1]}", affected[:900]
    draft = statement.edit(draft, by=ada, seen_version=draft.version, body=body, affected=affected)
    before = {name: getattr(draft, name) for name in statement.FIELDS}
    fixes = [one for one in passages(draft) if one.fix]
    assert fixes

    for passage in fixes:
        assert passage.fix
        draft = states.fresh(holding)
        draft = statement.edit(draft, by=ada, seen_version=draft.version, **before)
        words = before[passage.field]
        left, right = words[: passage.fix.start], words[passage.fix.end :]

        done = click(draft, passage, by=ada)

        after = {name: getattr(states.fresh(holding), name) for name in statement.FIELDS}
        assert after.pop(passage.field) == left + passage.fix.put + right
        assert after == {name: said for name, said in before.items() if name != passage.field}
        assert words == left + done.before + right
        assert done.before != done.after
