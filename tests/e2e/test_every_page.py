"""Every page of the demo, found by following links: no violation that axe knows (U01), nothing wider than the screen (U05)."""

from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import DESKTOP, NARROW, PHONE, Demo
from tests.e2e.pages import kinds_of_pages

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STATES = {
    "light desktop": (DESKTOP, False),
    "dark desktop": (DESKTOP, True),
    "light phone": (PHONE, False),
    "dark phone": (PHONE, True),
}


@pytest.fixture(scope="module")
def pages(demo: Demo) -> dict[str, str]:
    """One address of each kind of page, for the commander and for the administrator."""
    return kinds_of_pages(demo)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(result => result.violations)",
        RULES,
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def too_wide(page: Page, width: int) -> int:
    """By how many pixels the page can be scrolled sideways on a screen of that width."""
    page.set_viewport_size({"width": width, "height": PHONE[1]})
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.check("U01", "U05")
@pytest.mark.parametrize("state", STATES)
def test_no_page_breaks_a_rule_of_accessibility_or_is_wider_than_a_phone(
    state: str, demo: Demo, pages: dict[str, str], open_page: Callable[..., Page]
) -> None:
    size, dark = STATES[state]
    found: list[str] = []
    for address, page in visits(demo, pages, open_page, size=size, dark=dark):
        found += [f"{address} {wrong}" for wrong in violations(page)]
        if size == PHONE and not dark:
            found += [f"{address} is wider than {width} px" for width in (PHONE[0], NARROW[0]) if too_wide(page, width)]
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})

    assert "\n".join(found) == ""


def visits(
    demo: Demo, pages: dict[str, str], open_page: Callable[..., Page], **options: Any
) -> Iterator[tuple[str, Page]]:
    """Each page in turn, as the first person who is let in."""
    for person in ("nobody", "mara", "sam"):
        page = open_page(demo.url, **options)
        if person != "nobody":
            demo.sign_in(page, person)
        for address, reader in pages.items():
            if reader == person:
                page.goto(address)
                yield address, page


def test_the_check_finds_a_violation(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(demo.url)
    page.goto("/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")

    assert {line.split(":")[0] for line in violations(page)} >= {"image-alt", "label"}


def test_the_check_finds_what_is_too_wide(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(demo.url, size=PHONE)
    page.goto("/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<pre>' + 'x'.repeat(400) + '</pre>')"
    )
    page.evaluate("document.querySelector('main pre:last-child').style.overflow = 'visible'")

    assert too_wide(page, PHONE[0]) > 0
