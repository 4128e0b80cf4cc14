"""A statement that was typed and did not arrive is back in its field (U16), whatever the server answered, and only for whoever
typed it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from incidents.models import Statement
from incidents.views import statement as views
from tests.conftest import PASSWORD
from tests.e2e.conftest import sign_in, with_static_files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.check("U16")]

WORDS = "We have found why. Nobody needs to pay anything back; each of the 187 people hears from a person by Friday."
NOT_LOST = "What you typed is not lost."


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """Not `open_page`: here the pages do fail."""
    context = with_static_files(browser.new_context(base_url=live_server.url, reduced_motion="reduce"))
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def fails_with(error: Exception) -> Callable[[Page, pytest.MonkeyPatch], None]:
    def fail(_page: Page, patch: pytest.MonkeyPatch) -> None:
        def edit(*_words: Any, **_named: Any) -> None:
            raise error

        patch.setattr(views.operations, "edit", edit)

    return fail


def forgets_who_it_is(page: Page, _patch: pytest.MonkeyPatch) -> None:
    page.context.clear_cookies(name="session")


def loses_the_network(page: Page, _patch: pytest.MonkeyPatch) -> None:
    page.context.set_offline(True)


FAILURES = {
    "500": (fails_with(RuntimeError("planted")), "Sorry, there is a problem with this page"),
    "503": (fails_with(OperationalError("planted")), "The desk is away for a moment"),
    "401": (forgets_who_it_is, "Sign in"),
    "no network": (loses_the_network, ""),
}


def test_an_unsent_statement_is_back_in_its_field(
    page: Page, holding: Statement, ada: User, monkeypatch: pytest.MonkeyPatch, figures: Callable[..., None]
) -> None:
    address = f"/desk/statements/{holding.pk}/"
    sign_in(page, ada.email, PASSWORD)
    for name, (fail, heading) in FAILURES.items():
        words = f"{WORDS} ({name})"
        page.goto(address)
        page.locator("[name=body]").fill(words)
        with monkeypatch.context() as patch:
            fail(page, patch)
            page.get_by_role("button", name="Save and check again").click()
            if heading:
                expect(page.get_by_role("heading", level=1)).to_have_text(heading)
                expect(page.get_by_text(NOT_LOST)).to_be_visible()
            else:
                page.wait_for_url("chrome-error://**")
        page.context.set_offline(False)
        if name == "401":
            page.locator("[name=login]").fill(ada.email)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("[name=password]").press("Enter")
            page.wait_for_url(f"**{address}")
        else:
            page.goto(address)

        expect(page.locator("[name=body]")).to_have_value(words)
        expect(page.get_by_text("It is back in its place, and not sent yet")).to_be_visible()

    page.get_by_role("button", name="Save and check again").click()
    page.wait_for_url(f"**{address}")
    expect(page.locator("[name=body]")).to_have_value(f"{WORDS} (no network)")
    assert kept(page) == [], "what has arrived is not kept"
    figures("U16", failures=", ".join(FAILURES), lost=0)


def test_nobody_else_on_the_same_browser_is_shown_it_and_signing_out_ends_it(
    page: Page, holding: Statement, ada: User, cleo: User
) -> None:
    address = f"/desk/statements/{holding.pk}/"
    sign_in(page, ada.email, PASSWORD)
    page.goto(address)
    given = page.locator("[name=body]").input_value()
    page.locator("[name=body]").fill(WORDS)
    page.context.clear_cookies(name="session")  # her session has run out

    sign_in(page, cleo.email, PASSWORD)
    page.goto(address)
    expect(page.locator("[name=body]")).to_have_value(given)
    expect(page.get_by_text("What you typed here")).to_have_count(0)
    page.context.clear_cookies(name="session")
    sign_in(page, ada.email, PASSWORD)
    page.goto(address)
    expect(page.locator("[name=body]")).to_have_value(WORDS)
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")

    assert kept(page) == []


def test_a_fact_that_its_board_could_not_send_says_so_and_stays(
    page: Page, ready_to_speak: Any, rosa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here htmx sends, and no error page comes: without a word the button would seem to do nothing."""
    sign_in(page, rosa.email, PASSWORD)
    page.goto(f"/desk/incidents/{ready_to_speak.pk}/")
    page.get_by_role("link", name="Add a fact").click()
    page.locator("#new-fact [name=text]").fill(WORDS)
    page.context.set_offline(True)
    page.get_by_role("button", name="Report it").click()

    problem = page.locator("#new-fact .problem")
    expect(problem).to_be_focused()
    expect(problem).to_contain_text("This was not sent")
    page.context.set_offline(False)
    page.reload()
    page.get_by_role("link", name="Add a fact").click()
    expect(page.locator("#new-fact [name=text]")).to_have_value(WORDS)


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('kept:'))")
    return found
