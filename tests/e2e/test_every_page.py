"""Every page of the demo, found by following links: no violation that axe knows (U01), nothing wider than the screen (U05)."""

import os
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import DESKTOP, NARROW, PHONE, Demo

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The dark changes colours and nothing else, so beside the light only the rules about colours have something new to say.
COLOURS = ["color-contrast", "link-in-text-block"]
STATES = {
    "light desktop": (DESKTOP, False),
    "dark desktop": (DESKTOP, True),
    "light phone": (PHONE, False),
    "dark phone": (PHONE, True),
}
# By night in all four, and the narrow light by every rule; for every change in two of them, which between them have both themes
# and both widths.
RULES_IN: dict[str, list[str]] = (
    {"light desktop": [], "dark desktop": COLOURS, "light phone": [], "dark phone": COLOURS}
    if os.environ.get("NIGHTLY")
    else {"light desktop": [], "dark phone": COLOURS}
)


def violations(page: Page, *rules: str) -> list[str]:
    page.evaluate(f"window.axe || (() => {{ {AXE} }})()")
    found: list[dict[str, Any]] = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(result => result.violations)",
        {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES},
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def dated(page: Page) -> None:
    """What the page says of today as it says it of another day: a demo is always of today, but for the hours about midnight."""
    page.evaluate("""for (const time of document.querySelectorAll("main time.num")) {
        time.textContent = `30 September 2026, ${time.textContent}`; time.className = "";
    }""")


def too_wide(page: Page, width: int) -> int:
    """By how many pixels the page can be scrolled sideways on a screen of that width."""
    page.set_viewport_size({"width": width, "height": PHONE[1]})
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.check("U01", "U05")
@pytest.mark.parametrize("reader", ["nobody", "mara", "sam"])
def test_no_page_breaks_a_rule_of_accessibility_or_is_wider_than_a_phone(
    reader: str,
    standing_demo: Demo,
    kinds: dict[str, str],
    open_page: Callable[..., Page],
    figures: Callable[..., None],
) -> None:
    """Each page is loaded once; theme and width change under it, as they do for its readers."""
    page = open_page(standing_demo.url)
    if reader != "nobody":
        standing_demo.sign_in(page, reader)
    addresses = [address for address, first in kinds.items() if first == reader]
    found: list[str] = []
    for address in addresses:
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        page.emulate_media(color_scheme="light")
        page.goto(address)
        for state, rules in RULES_IN.items():
            size, dark = STATES[state]
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(color_scheme="dark" if dark else "light")
            found += [f"{address}, {state}: {wrong}" for wrong in violations(page, *rules)]
        dated(page)
        found += [f"{address} is wider than {width} px" for width in (PHONE[0], NARROW[0]) if too_wide(page, width)]

    assert addresses
    assert "\n".join(found) == ""
    figures("U01", **{f"pages_of_{reader}_in_{len(RULES_IN)}_states": len(addresses), "violations": 0})
    figures("U05", **{f"pages_of_{reader}": len(addresses), "wider_than_360_or_320_px": 0})


def test_the_check_finds_a_violation(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(standing_demo.url)
    page.goto("/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/\"><input>')")

    assert {line.split(":")[0] for line in violations(page)} >= {"image-alt", "label"}


def test_the_check_finds_a_colour_that_is_weak_in_the_dark_alone(
    standing_demo: Demo, open_page: Callable[..., Page]
) -> None:
    page = open_page(standing_demo.url)
    page.goto("/")
    page.evaluate("for (const one of document.querySelectorAll('main p')) one.style.color = '#444'")
    in_the_light = violations(page, *COLOURS)
    page.emulate_media(color_scheme="dark")

    assert in_the_light == []
    assert {line.split(":")[0] for line in violations(page, *COLOURS)} == {"color-contrast"}


def test_the_check_finds_what_is_too_wide(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(standing_demo.url, size=PHONE)
    page.goto("/")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<pre>' + 'x'.repeat(400) + '</pre>')"
    )
    page.evaluate("document.querySelector('main pre:last-child').style.overflow = 'visible'")

    assert too_wide(page, PHONE[0]) > 0
