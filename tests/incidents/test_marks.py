"""What was found is marked where it stands, beside each field and while somebody types."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import LogEntry, User
from incidents import draft_check
from incidents.draft_check import Finding
from incidents.models import Fact, Statement
from incidents.operations import fact, guards, statement
from incidents.operations.passages import Passage
from incidents.views import marks
from tests import states
from tests.incidents.test_statement_pages import page_of, typed

pytestmark = pytest.mark.django_db

SMALL = "Only a small number of customers were affected."


def found_at(start: int, end: int, words: str, *, blocking: bool = False) -> Passage:
    severity = draft_check.Severity.BLOCKING if blocking else draft_check.Severity.WARNING
    finding = Finding(
        rule="R", name="Rule", severity=severity, override=draft_check.Override.AUTHOR, start=start, end=end,
        text=words[start:end], message="", better="",
    )  # fmt: skip
    return Passage(finding, "body", "Message", "", "", at=start)


def lines_of(words: str, *passages: Passage) -> list[list[marks.Run]]:
    return marks.marked({"body": words}, passages)["body"]


def test_a_line_is_cut_where_a_finding_begins_and_ends() -> None:
    words = "First line.\nIt was a minor glitch here.\nLast line."
    at = words.index("minor")

    (line,) = lines_of(words, found_at(at, at + 12, words, blocking=True))

    assert [(run.text, run.numbers, run.stops) for run in line] == [
        ("It was a ", (), False), ("minor glitch", (1,), True), (" here.", (), False),
    ]  # fmt: skip


def test_findings_that_overlap_share_their_words() -> None:
    words = "only 12 people here"

    (line,) = lines_of(words, found_at(0, 7, words), found_at(5, 14, words))

    assert [(run.text, run.numbers) for run in line] == [
        ("only ", (1,)), ("12", (1, 2)), (" people", (2,)), (" here", ()),
    ]  # fmt: skip


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=5)


@given(words=st.text(alphabet="ab \n\u200b“👩", min_size=1, max_size=40), spans=SPANS)
def test_the_runs_of_a_line_are_its_words(words: str, spans: list[tuple[int, int]]) -> None:
    found = [found_at(at, min(at + long, len(words)), words) for at, long in spans if at < len(words)]

    for line in lines_of(words, *found):
        assert "".join(run.text for run in line) in words.split("\n")
        assert any(run.numbers for run in line)
    marked = [number for line in lines_of(words, *found) for run in line for number in run.numbers]
    visible = {number for number, one in enumerate(found, 1) if one.finding.text.strip("\n")}
    assert set(marked) == visible


def test_each_field_shows_its_passages_with_the_numbers_of_the_list(
    holding: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    draft = statement.edit(
        holding, by=ada, seen_version=holding.version, affected=SMALL, body="The API and <b>the</b> API answered.",
    )  # fmt: skip

    said = client_of(ada).get(page_of(draft)).content.decode()

    shown = guards.look(states.fresh(draft)).checked.shown
    number = 1 + next(at for at, one in enumerate(shown) if one.finding.text == "Only a small number of")
    assert f'data-find="Only a small number of" data-nth="0">Only a small number of<sup>{number}</sup></mark>' in said
    marked = said.partition('id="marks-body">')[2].partition("</div>")[0]
    assert "&lt;b&gt;the&lt;/b&gt;" in marked
    assert re.search(r'id="marks-headline">\s*</div>', said)


# --- While somebody types -------------------------------------------------------------------------


def read(browser: Client, draft: Statement, **changes: Any) -> Any:
    return browser.post(f"{page_of(draft)}reading/", typed(draft, **changes))


def test_words_are_read_as_typed_and_nothing_is_kept(
    holding: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    entries, browser = LogEntry.objects.count(), client_of(ada)

    answer = read(browser, holding, affected=SMALL)
    said = answer.content.decode()

    assert answer.status_code == 200
    assert 'data-said="1 stop it, ' in said
    assert "as typed, not saved" in said
    assert '<div class="marks" id="marks-affected" hx-swap-oob="true">' in said
    assert "<html" not in said
    assert states.fresh(holding).affected == holding.affected
    assert LogEntry.objects.count() == entries
    assert "as saved" in read(browser, holding).content.decode()


def test_the_incident_is_known_while_typing_too(
    holding: Statement, ada: User, rosa: User, tom: User, client_of: Callable[..., Client]
) -> None:
    """As for the saved words: what may be said of a cause depends on whether one is confirmed."""
    browser, words, sentence = client_of(ada), "This was caused by an old address list.", "Cause stated or guessed"
    assert sentence in read(browser, holding, body=words).content.decode()
    cause = fact.report(
        holding.incident, by=rosa, question=Fact.Question.CIRCUMSTANCES, text="An old list was read.", is_cause=True,
        source_kind=Fact.Source.LOG, source="run log", observed_at=holding.edited_at,
    )  # fmt: skip
    fact.confirm(
        cause, by=tom, seen_version=cause.version, confirmation_kind=Fact.Source.LOG, confirmation_source="import log"
    )

    assert sentence not in read(browser, holding, body=words).content.decode()


def test_nobody_is_let_stand_what_is_not_saved(
    holding: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    assert "Let it stand, with a reason" not in read(client_of(cleo), holding, affected=SMALL).content.decode()
    draft = statement.edit(holding, by=ada, seen_version=holding.version, affected=SMALL)

    assert "Let it stand, with a reason" in read(client_of(cleo), draft).content.decode()


def test_a_fix_offered_while_typing_mends_what_was_typed(
    holding: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    browser, sent = client_of(ada), {"body": "Today. It reached only 12 people."}
    button = re.search(
        r'value="(MINIMISE body \d+)" formaction="([^"]+)"', read(browser, holding, **sent).content.decode()
    )
    assert button

    answer = browser.post(button[2], typed(holding, finding=button[1], **sent))

    assert answer.status_code == 302
    assert states.fresh(holding).body == "Today. It reached 12 people."


def test_whoever_may_not_read_drafts_is_not_answered(
    holding: Statement, vic: User, client_of: Callable[..., Client]
) -> None:
    assert read(client_of(vic), holding, affected=SMALL).status_code == 403


@pytest.mark.parametrize("words", ["x" * 30_000, "<script>" * 3_000, "\x00\u202e" * 50, "only a " * 3_000])
def test_long_and_hostile_words_are_read_too(
    holding: Statement, ada: User, client_of: Callable[..., Client], words: str
) -> None:
    answer = read(client_of(ada), holding, body=words)

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()


def test_reading_along_costs_few_questions(
    holding: Statement, ada: User, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    browser = client_of(ada)
    read(browser, holding)
    with django_assert_max_num_queries(12):
        read(browser, holding, affected=SMALL)
