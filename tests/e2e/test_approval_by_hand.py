"""The queue and the page of a submission with the keyboard alone, and with a thumb at 360 px (U11, 2.4.11, 2.5.8)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Demo
from tests.e2e.test_approval_page import open_waiting
from tests.e2e.test_every_page import violations
from tests.e2e.test_keyboard import FOCUS, Keyboard
from tests.e2e.test_touch import HIGH, LOW

ROOMS = ["/desk/approvals/", "/desk/approvals/policy/", "/desk/approvals/turnaround/", "/desk/approvals/by-one-person/"]
OPEN_ALL = "document.querySelectorAll('main details').forEach(one => one.open = true)"


def through(page: Page, at_most: int = 200) -> list[str]:
    """Tab from the first stop to the last; what was covered or not to be seen on the way."""
    unseen: list[str] = []
    page.evaluate("document.querySelector('main').focus()")
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus.get("nowhere"):
            return unseen
        if not page.evaluate("document.querySelector('main').contains(document.activeElement)"):
            return unseen
        if focus["covered"] or not focus["marked"]:
            unseen.append(focus["what"])
    raise AssertionError("there is no end to it")


@pytest.mark.check("U11")
def test_it_is_returned_with_a_comment_and_taken_over_with_the_keyboard_alone(
    demo: Demo, open_page: Callable[..., Page]
) -> None:
    tomas = demo.sign_in(open_page(demo.url), "tomas")
    hands = Keyboard(tomas)
    tomas.goto("/desk/approvals/")
    hands.to(tomas.get_by_role("main").get_by_role("link", name="Update: Refund agent")).send()
    hands.to(tomas.locator("#returning > summary")).press("Enter")
    hands.to(tomas.get_by_role("link", name="Comment on single passages")).send()
    hands.to(tomas.locator("#id_return_starter")).press("ArrowDown")
    hands.to(tomas.get_by_label("Headline: your comment")).type("Say since when.")
    hands.to(tomas.get_by_role("button", name="Return it to")).send()
    expect(tomas.get_by_role("main")).to_contain_text("Nothing waits for approval.")

    mara = demo.sign_in(open_page(demo.url), "mara")
    taking = Keyboard(mara)
    mara.goto("/desk/statements/9/")
    expect(mara.get_by_role("main")).to_contain_text("Returned by Tomas Reyes")
    expect(mara.locator(".comment")).to_contain_text("Say since when.")
    taking.to(mara.locator("#taking-over > summary")).press("Enter")
    taking.to(mara.get_by_role("button", name="Take it over")).send()
    expect(mara.get_by_role("main")).to_contain_text("It is yours to write now.")

    assert hands.unseen == []
    assert taking.unseen == []


@pytest.mark.check("U17")
@pytest.mark.parametrize("who", ["tomas", "mara"])
def test_on_a_phone_the_bar_covers_no_focus(standing_demo: Demo, open_page: Callable[..., Page], who: str) -> None:
    page = open_waiting(standing_demo.sign_in(open_page(standing_demo.url, size=PHONE), who))
    page.goto(f"{page.url}?comment=1")
    page.evaluate(OPEN_ALL)

    assert through(page) == []
    expect(page.locator(".actionbar")).to_have_count(1)


def test_the_walk_sees_what_a_bar_covers(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_waiting(standing_demo.sign_in(open_page(standing_demo.url, size=PHONE), "tomas"))
    page.evaluate("Object.assign(document.querySelector('.actionbar').style, {position: 'fixed', inset: '0'})")

    assert through(page)


def test_on_a_phone_everything_is_high_enough_for_a_thumb(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(standing_demo.url, size=PHONE, has_touch=True, is_mobile=True)
    standing_demo.sign_in(page, "mara")
    found = []
    for address in ROOMS:
        page.goto(address)
        found += [f"{address}: {one}" for one in page.evaluate(LOW, HIGH)]
    open_waiting(page)
    page.goto(f"{page.url}?comment=1")
    page.evaluate(OPEN_ALL)
    found += page.evaluate(LOW, HIGH)

    assert found == []


def test_at_360_px_nothing_is_wider_than_the_screen(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = standing_demo.sign_in(open_page(standing_demo.url, size=PHONE), "mara")
    open_waiting(page)
    addresses = [*ROOMS, *(f"{page.url}{more}" for more in ("?preview=phone", "?preview=feed", "preview/feed/"))]
    wide = []
    for address in addresses:
        page.goto(address)
        page.evaluate(OPEN_ALL)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)

    assert wide == []


@pytest.mark.check("U17")
def test_the_preview_is_the_public_page_at_the_width_of_a_phone(
    standing_demo: Demo, open_page: Callable[..., Page]
) -> None:
    page = open_waiting(standing_demo.sign_in(open_page(standing_demo.url), "tomas"))
    page.get_by_role("link", name="On a phone, 360 px").click()
    page.wait_for_url("**preview=phone*")

    frame = page.frame_locator("iframe.preview")
    expect(frame.get_by_text("Nothing new on this page is public yet.")).to_be_visible()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Refund agent approved refunds")
    assert page.locator("iframe.preview").evaluate("one => one.clientWidth") == 360


@pytest.mark.check("U17")
def test_the_entry_in_the_feed_is_shown_in_its_frame(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_waiting(standing_demo.sign_in(open_page(standing_demo.url), "tomas"))
    page.get_by_role("link", name="In the feed").click()
    page.wait_for_url("**preview=feed*")

    frame = page.frame_locator("iframe.preview")
    expect(frame.get_by_text("Nothing new in it is public yet.")).to_be_visible()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Refund agent approved refunds")
    expect(frame.get_by_text("Next update by")).to_be_visible()


@pytest.mark.check("U01")
def test_what_no_link_of_the_crawl_leads_to_breaks_no_rule_of_accessibility(
    standing_demo: Demo, open_page: Callable[..., Page]
) -> None:
    page = open_waiting(standing_demo.sign_in(open_page(standing_demo.url, dark=True), "mara"))
    waiting = page.url
    found = []
    for more in ("?preview=phone", "?preview=feed", "?comment=1", "preview/", "preview/feed/"):
        address = f"{waiting}{more}"
        page.goto(address)
        page.evaluate(OPEN_ALL)
        found += [f"{address}: {wrong}" for wrong in violations(page)]

    assert found == []
