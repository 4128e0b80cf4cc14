"""The page on which a second person decides (U17): what is read, in which order, and who is given a button."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Demo

ORDER = ["diff", "preview", "cited", "check", "clock", "aud", "makes", "seats"]
WAITING = "/desk/approvals/"


def open_waiting(page: Page) -> Page:
    page.goto(WAITING)
    page.get_by_role("main").get_by_role("link", name="Update: Refund agent").click()
    page.wait_for_url("**/desk/approvals/*/")
    return page


@pytest.mark.check("U17")
def test_it_is_read_in_the_order_in_which_one_decides(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_waiting(demo.sign_in(open_page(demo.url), "tomas"))

    parts = page.evaluate("[...document.querySelectorAll('main h2[id]')].map(part => part.id)")

    assert [part for part in parts if part in ORDER] == ORDER
    expect(page.get_by_role("button", name="Approve and publish")).to_have_count(1)
    expect(page.get_by_role("button", name="Approve and publish")).to_contain_text("public page")


@pytest.mark.check("U17")
def test_the_author_has_no_button_and_reads_who_has(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_waiting(demo.sign_in(open_page(demo.url), "ines"))

    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.locator("section", has=page.locator("#seats"))).to_contain_text("Tomas Reyes")


def test_whoever_reads_only_is_told_so(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = demo.sign_in(open_page(demo.url), "noor")

    answer = page.goto(WAITING)

    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("main")).to_contain_text("read by everybody but executives and observers")


@pytest.mark.check("U17")
def test_on_a_phone_what_changes_comes_first(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_waiting(demo.sign_in(open_page(demo.url, size=PHONE), "tomas"))

    tops = page.evaluate(
        "ids => ids.map(id => document.getElementById(id).getBoundingClientRect().top + scrollY)", ORDER
    )

    assert tops == sorted(tops)
    expect(page.get_by_role("button", name="Approve and publish")).to_be_in_viewport()
