"""Two people in two browsers open the same fact and both change it (R12): the second sees all three readings."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Demo

pytestmark = pytest.mark.check("R12")

ROOM = "/desk/incidents/3/"


@pytest.mark.parametrize(
    ("size", "scripts"), [(DESKTOP, True), (PHONE, False)], ids=["desktop", "phone without scripts"]
)
def test_the_second_save_shows_what_stood_there_what_stands_and_what_was_typed(
    demo: Demo, open_page: Callable[..., Page], figures: Callable[..., None], size: Any, scripts: bool
) -> None:
    first, second = (
        demo.sign_in(open_page(demo.url, size=size, scripts=scripts), person) for person in ("jun", "karim")
    )
    for page in (first, second):
        page.goto(ROOM)
        page.get_by_role("main").get_by_role("link", name=re.compile("was final")).first.click()
    was = second.get_by_label("Fact", exact=True).input_value()
    theirs, mine = f"Theirs, on a {size[0]} wide page: it was final", f"Mine, on a {size[0]} wide page: it was final"

    first.get_by_label("Fact", exact=True).fill(theirs)
    first.get_by_role("button", name="Change the fact").click()
    expect(first).to_have_url(re.compile("/desk/incidents/3/"))
    second.get_by_label("Fact", exact=True).fill(mine)
    second.get_by_label("Source", exact=True).fill("4 customers, by telephone")
    second.get_by_role("button", name="Change the fact").click()

    row = second.get_by_role("row", name=re.compile("^text "))
    for reading in (was, theirs, mine):
        expect(row).to_contain_text(reading)
    expect(second.get_by_label("Fact", exact=True)).to_have_value(mine)
    expect(second.get_by_label("Source", exact=True)).to_have_value("4 customers, by telephone")
    assert second.evaluate("document.documentElement.scrollWidth") <= size[0]
    if scripts:
        expect(second.locator("#refusal")).to_be_focused()
    first.reload()
    expect(first.get_by_role("main")).to_contain_text(theirs)

    second.get_by_role("button", name="Save what stands below").click()
    expect(second).to_have_url(re.compile("/desk/incidents/3/"))
    expect(second.get_by_role("main")).to_contain_text(mine)
    figures("R12", browsers=2, silent_overwrites=0, texts_lost=0)
