"""Two people write in one statement, with scripts and without: both texts are in view, and nothing typed is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from incidents.models import Statement
from incidents.operations import statement
from tests import states
from tests.conftest import PASSWORD
from tests.e2e.conftest import sign_in, with_static_files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.check("U16")]

HERS, MINE = "We stopped the letters at noon.", "We stopped all of the letters."


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def page(request: pytest.FixtureRequest, browser: Browser, live_server: Any) -> Any:
    context = opened(browser, live_server, scripts=request.param)
    yield context.new_page()
    context.close()


def opened(browser: Browser, live_server: Any, *, scripts: bool) -> BrowserContext:
    made = browser.new_context(base_url=live_server.url, reduced_motion="reduce", java_script_enabled=scripts)
    context = with_static_files(made)
    context.set_default_timeout(10_000)
    return context


def meanwhile(draft: Statement, by: User, **fields: Any) -> None:
    draft = states.fresh(draft)
    statement.edit(draft, by=by, seen_version=draft.version, **fields)


def test_both_texts_are_shown_and_the_second_decides(page: Page, holding: Statement, ada: User, cleo: User) -> None:
    sign_in(page, ada.email, PASSWORD)
    page.goto(f"/desk/statements/{holding.pk}/")
    page.locator("[name=body]").fill(MINE)
    page.locator("[name=affected]").fill("Everybody who asked.")
    meanwhile(holding, cleo, body=HERS, headline="Cleo’s headline")
    save = page.get_by_role("button", name="Save and check again")
    save.click()

    asks = page.locator(".merge")
    expect(asks).to_contain_text("You and Cleo Marsh both changed 1 field")
    expect(asks).to_contain_text("Taken over from Cleo Marsh")
    expect(asks.get_by_text(HERS, exact=True)).to_be_visible()
    expect(page.locator("[name=body]")).to_have_value(MINE)
    expect(page.locator("[name=headline]")).to_have_value("Cleo’s headline")
    expect(page.get_by_text("was not saved")).to_have_count(0)
    save.click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Save what stands in the field below").check()
    page.locator("[name=body]").fill(f"{MINE} {HERS}")
    save.click()

    expect(page.get_by_text("Saved. What is still missing")).to_be_visible()
    after = states.fresh(holding)
    assert (after.body, after.headline, after.affected) == (f"{MINE} {HERS}", "Cleo’s headline", "Everybody who asked.")


def test_words_kept_by_the_browser_do_not_undo_what_was_saved_meanwhile(
    browser: Browser, live_server: Any, holding: Statement, ada: User, cleo: User, kept: Callable[[Page], list[str]]
) -> None:
    """Back the next morning, on a statement that somebody has worked on: what she typed goes back, and both are shown."""
    context = opened(browser, live_server, scripts=True)
    page = context.new_page()
    sign_in(page, ada.email, PASSWORD)
    page.goto(f"/desk/statements/{holding.pk}/")
    page.locator("[name=body]").fill(MINE)
    page.locator("[name=impact]").select_option("critical")
    page.goto("/desk/")
    meanwhile(holding, cleo, body=HERS, headline="Cleo’s headline")
    page.goto(f"/desk/statements/{holding.pk}/")
    expect(page.get_by_text("this page has changed since")).to_be_visible()
    expect(page.locator("[name=body]")).to_have_value(HERS)

    page.get_by_role("button", name="Put it back").click()

    expect(page.locator("[name=headline]")).to_have_value("Cleo’s headline")  # she did not touch that
    expect(page.locator("[name=body]")).to_have_value(MINE)
    expect(page.locator("[name=impact]")).to_have_value("critical")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.locator(".merge")).to_contain_text("You and Cleo Marsh both changed 1 field")
    assert states.fresh(holding).body == HERS
    page.get_by_label("Keep what Cleo Marsh saved").check()
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_text("Saved. What is still missing")).to_be_visible()
    after = states.fresh(holding)
    assert (after.body, after.headline, after.impact) == (HERS, "Cleo’s headline", "critical")
    assert kept(page) == []
    context.close()


@pytest.fixture
def kept() -> Callable[[Page], list[str]]:
    def names(page: Page) -> list[str]:
        found: list[str] = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('kept:'))")
        return found

    return names


# Every field that somebody can type into, tick or choose.
TYPED = {
    "headline": "Kept headline", "acknowledgement": "Kept acknowledgement", "body": "Kept body",
    "investigating": "Kept investigation", "affected": "Kept people", "what_to_do": "Kept advice",
    "began_at": "2026-11-19 09:00 UTC", "next_update_at": "in 3 hours", "disclosure_note": "Kept note",
}  # fmt: skip


def test_every_field_is_kept_for_a_day_and_no_longer(
    browser: Browser, live_server: Any, holding: Statement, ada: User, kept: Callable[[Page], list[str]]
) -> None:
    context = opened(browser, live_server, scripts=True)
    page = context.new_page()
    sign_in(page, ada.email, PASSWORD)
    page.goto(f"/desk/statements/{holding.pk}/")
    for name, words in TYPED.items():
        page.locator(f"[name={name}]").fill(words)
    page.locator("[name=impact]").select_option("critical")
    page.locator("[name=public_status]").select_option("identified")
    component = page.locator("select[name^=component-]").first
    component.select_option("major_outage")
    fact = page.locator("[name=cites]").first
    fact.set_checked(not fact.is_checked())
    ticked = fact.is_checked()
    page.context.clear_cookies(name="session")  # her session has run out

    sign_in(page, ada.email, PASSWORD)
    page.goto(f"/desk/statements/{holding.pk}/")

    for name, words in TYPED.items():
        expect(page.locator(f"[name={name}]")).to_have_value(words)
    expect(page.locator("[name=impact]")).to_have_value("critical")
    expect(page.locator("[name=public_status]")).to_have_value("identified")
    expect(component).to_have_value("major_outage")
    assert fact.is_checked() is ticked
    expect(page.get_by_text("It is back in its place, and not sent yet")).to_contain_text("UTC")
    page.evaluate(
        """() => { for (const key of Object.keys(localStorage).filter((one) => one.startsWith("kept:"))) {
             const record = JSON.parse(localStorage.getItem(key));
             localStorage.setItem(key, JSON.stringify({ ...record, at: record.at - 24 * 60 * 60 * 1000 })) } }"""
    )
    page.goto("/desk/")
    assert kept(page) == []
    page.goto(f"/desk/statements/{holding.pk}/")
    expect(page.locator("[name=body]")).to_have_value(holding.body)
    context.close()
