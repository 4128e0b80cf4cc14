"""The first hour in a browser: one click, with and without scripts; on paper it is the template to fill in (R73)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Demo

ROOM = "/desk/incidents/3/"


def test_on_paper_it_is_the_template_on_two_pages(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = demo.sign_in(open_page(demo.url), "mara")
    page.goto(f"{ROOM}first-hour/")
    page.emulate_media(media="print")
    left = page.locator("#step-recovery")  # before the tests below tick it
    assert left.get_by_role("button").count() == 0
    assert left.locator(".fillin .rule").first.is_visible()
    assert not page.locator(".rail").is_visible()

    sheets = page.pdf(format="A4").count(b"/Type /Page\n")

    assert 1 <= sheets <= 2


@pytest.mark.parametrize(
    ("step", "size", "scripts"),
    [("Stock-take", DESKTOP, True), ("Recovery plan before restart", PHONE, False)],
)
def test_one_click_ticks_a_step_and_leaves_the_next_one_on_top(
    demo: Demo, open_page: Callable[..., Page], step: str, size: Any, scripts: bool
) -> None:
    page = demo.sign_in(open_page(demo.url, size=size, scripts=scripts), "karim")
    page.goto(ROOM)
    hour = page.get_by_role("region", name="First hour")
    expect(hour.locator(".first")).to_contain_text("Recovery plan before restart")
    before = int(hour.get_by_role("heading").inner_text().split()[2])

    hour.get_by_role("button", name=re.compile(f"^Done ?: {step}")).click()

    expect(hour.get_by_role("heading")).to_contain_text(f"{before + 1} of 19")
    expect(hour.get_by_role("button", name=re.compile(f"^Done ?: {step}"))).to_have_count(0)
    hour.locator("#first-hour-done summary").click()
    expect(hour.locator("#first-hour-done")).to_contain_text(step)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
