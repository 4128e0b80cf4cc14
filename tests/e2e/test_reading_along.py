"""The draft check reads along while somebody types: it never takes the words, the caret or the focus out of their hands."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import clock
from accounts.models import User
from incidents.models import Fact, Statement
from incidents.operations import fact
from tests import states
from tests.conftest import PASSWORD
from tests.e2e.conftest import Troubles, sign_in, with_static_files

pytestmark = [pytest.mark.django_db(transaction=True)]

BEFORE = "👩‍👩‍👧 The API of nobody. "


@pytest.fixture
def editor(browser: Browser, live_server: Any, holding: Statement, ada: User) -> Iterator[Page]:
    context = with_static_files(browser.new_context(base_url=live_server.url, reduced_motion="reduce"))
    context.set_default_timeout(10_000)
    page, troubles = context.new_page(), Troubles()
    troubles.watch(page)
    sign_in(page, ada.email, PASSWORD)
    page.goto(f"/desk/statements/{holding.pk}/")
    yield page
    context.close()
    assert troubles == []


def selected(page: Page) -> list[Any]:
    field = page.locator(":focus")
    found: list[Any] = field.evaluate(
        "e => [e.name, e.value.slice(e.selectionStart, e.selectionEnd), e.selectionStart]"
    )
    return found


def test_what_is_found_is_marked_below_its_field_while_typing(editor: Page, holding: Statement) -> None:
    body = editor.locator("[name=body]")
    body.fill("")
    body.press_sequentially("It was a minor glitch.")

    mark = editor.locator("#marks-body mark")
    expect(mark).to_have_text("minor glitch1")
    expect(editor.locator("#reading")).to_contain_text("as typed, not saved")
    expect(body).to_be_focused()
    expect(body).to_have_value("It was a minor glitch.")
    assert selected(editor)[2] == len("It was a minor glitch.")
    expect(editor.locator("#announcer")).to_contain_text("1 stop it")
    assert states.fresh(holding).version == holding.version, "reading keeps nothing"

    body.fill("It sent letters.")
    expect(mark).to_have_count(0)


def test_a_click_selects_the_words_that_are_meant(editor: Page) -> None:
    """The second of two equal ones, behind signs that a browser counts otherwise than the server."""
    editor.locator("[name=body]").fill(f"{BEFORE}\nThe API wrote.")
    marks = editor.locator("#marks-body mark")
    expect(marks).to_have_count(2)

    marks.nth(1).click()
    assert selected(editor)[:2] == ["body", "API"]
    second = selected(editor)[2]
    editor.locator("#reading .findings li").nth(0).get_by_role("link").click()
    assert selected(editor)[:2] == ["body", "API"]
    assert selected(editor)[2] < second


def test_the_last_words_are_the_ones_that_are_answered(editor: Page) -> None:
    """A slow answer about earlier words does not come after the one about later words."""
    asked: list[str] = []
    editor.on("request", lambda request: asked.append(request.url) if "reading" in request.url else None)
    body = editor.locator("[name=body]")
    body.fill("It was a minor glitch.")
    editor.wait_for_timeout(100)
    body.fill("It sent letters. The API wrote.")

    expect(editor.locator("#marks-body mark")).to_have_text("API1")
    assert len(asked) == 1, "typing on waits"


def test_a_ticked_fact_takes_the_mark_away_before_anything_is_saved(
    editor: Page, holding: Statement, rosa: User, tom: User
) -> None:
    cause = fact.report(
        holding.incident, by=rosa, question=Fact.Question.CIRCUMSTANCES, text="An old list was read, and 37 emails left.",
        is_cause=True, source_kind=Fact.Source.LOG, source="run log", observed_at=clock.now(),
    )  # fmt: skip
    fact.confirm(
        cause, by=tom, seen_version=cause.version, confirmation_kind=Fact.Source.LOG, confirmation_source="import log"
    )
    editor.reload()
    editor.locator("[name=body]").fill("It sent 37 emails.")
    mark = editor.locator("#marks-body mark")
    expect(mark).to_have_text("37 emails1")

    editor.locator(f"[name=cites][value='{cause.pk}']").check()
    expect(mark).to_have_count(0)
    expect(editor.locator("#reading")).to_contain_text("as typed, not saved")
    assert states.fresh(holding).version == holding.version, "reading keeps nothing"
    assert not holding.citations.filter(fact=cause).exists()

    editor.locator(f"[name=cites][value='{cause.pk}']").uncheck()
    expect(mark).to_have_text("37 emails1")


def test_a_commitment_is_read_along_too(editor: Page, holding: Statement) -> None:
    editor.goto(f"/desk/statements/{holding.pk}/commitments/new/")
    text = editor.locator("[name=text]")
    text.press_sequentially("Today. Going forward, we count every letter.")

    mark = editor.locator("#marks-text mark")
    expect(mark).to_have_text("Going forward1")
    expect(text).to_be_focused()
    mark.click()
    assert selected(editor)[:2] == ["text", "Going forward"]
    editor.get_by_role("button", name="Say “We” instead of “Going forward, we”").click()

    expect(editor.get_by_text("“Going forward, we” is now “We”. It is not saved yet.")).to_be_visible()
    expect(text).to_have_value("Today. We count every letter.")
    expect(mark).to_have_count(0)
    assert not holding.commitments.exists()


def test_without_an_answer_one_types_on(editor: Page) -> None:
    body = editor.locator("[name=body]")
    editor.route("**/reading/", lambda route: route.fulfill(status=403, body="no"))
    body.fill("It was a minor glitch.")
    editor.wait_for_timeout(1_200)

    expect(body).to_have_value("It was a minor glitch.")
    expect(body).to_be_focused()
    assert "/desk/statements/" in editor.url


def test_a_button_under_what_was_typed_mends_and_saves_it(editor: Page, holding: Statement) -> None:
    editor.locator("[name=body]").fill("It reached only 12 people.")
    editor.locator("[name=headline]").fill("Letters went astray")
    editor.get_by_role("button", name="Say “12 people” instead of “only 12 people”").click()

    expect(editor.get_by_text("“only 12 people” is now “12 people”")).to_be_visible()
    saved = states.fresh(holding)
    assert (saved.headline, saved.body) == ("Letters went astray", "It reached 12 people.")


def test_a_reason_that_is_being_written_stays(editor: Page, holding: Statement, cleo: User) -> None:
    editor.context.clear_cookies(name="session")
    sign_in(editor, cleo.email, PASSWORD)
    editor.goto(f"/desk/statements/{holding.pk}/")
    editor.locator("[name=affected]").fill("Only a small number of customers.")
    editor.get_by_role("button", name="Save and check again").click()
    editor.get_by_text("Let it stand, with a reason").click()
    reason = editor.locator("#reading textarea")
    reason.fill("The register names two.")
    with editor.expect_response("**/reading/"):
        editor.locator("[name=headline]").fill("Letters went astray")
    editor.wait_for_timeout(200)

    expect(reason).to_have_value("The register names two.")
