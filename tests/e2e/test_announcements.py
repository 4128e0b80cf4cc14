"""What a screen reader hears of a desk that changes by itself (U25): at most one announcement in 15 seconds, none of a clock."""

import re
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Demo
from tests.e2e.test_live_desk import EVERY, ROOM, colleague

pytestmark = [pytest.mark.check("U25"), pytest.mark.nightly]

APART = 15_000  # milliseconds between two announcements

# Notes what every live region says from now on, and when, as the accessibility tree would hand it to a screen reader.
LISTEN = """() => {
    const spoken = '[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive], output';
    const live = element => element.closest(spoken);
    window.heard = [];
    new MutationObserver(changes => {
        const said = new Set(changes.flatMap(change => {
            const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
            const added = [...change.addedNodes].filter(node => node.nodeType === 1 && live(node));
            return [at && live(at), ...added.map(live)].filter(Boolean);
        }));
        for (const region of said) {
            const words = region.textContent.replace(/\\s+/g, ' ').trim();
            if (words && !region.hidden) window.heard.push([Date.now(), region.id || region.className || region.tagName, words]);
        }
    }).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
COUNTS = re.compile(r"\bin \d+ (min|h|d)\b|\d+ min (over|late)|\d+ (min|s) ago|\b\d+ h \d+ min\b")


def live_regions(page: Page) -> list[str]:
    """The live nodes of Chromium's own accessibility tree."""
    tree: dict[str, Any] = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    return [
        str(node.get("role", {}).get("value"))
        for node in tree["nodes"]
        for one in node.get("properties", [])
        if one["name"] == "live" and one["value"].get("value") in ("polite", "assertive")
    ]


def listen(demo: Demo, page: Page, *, changes: int, every: Callable[[], None]) -> list[tuple[int, str, str]]:
    page.goto(ROOM)
    page.evaluate(LISTEN)
    mate = colleague(demo, "jun")
    mate.get(ROOM)
    for number in range(changes):
        mate.post(f"{ROOM}notes/", **{"note-text": f"Something happened, number {number}"})
        every()
    heard: list[tuple[int, str, str]] = [tuple(one) for one in page.evaluate("heard")]
    return heard


def hold(heard: list[tuple[int, str, str]]) -> int:
    """The shortest time between two announcements, in milliseconds."""
    assert heard, "nothing was announced at all"
    assert [words for _at, _region, words in heard if COUNTS.search(words)] == []
    assert {region for _at, region, _words in heard} == {"announcer"}
    apart = [after[0] - before[0] for before, after in pairwise(heard)]
    assert all(gap >= APART - 100 for gap in apart), heard
    return min(apart, default=0)


def test_three_minutes_of_a_busy_room_on_a_faster_clock(
    demo: Demo, open_page: Callable[..., Page], figures: Callable[..., None]
) -> None:
    page = demo.sign_in(open_page(demo.url), "mara")
    page.clock.install()

    heard = listen(demo, page, changes=9, every=lambda: _twenty_seconds(page))

    assert live_regions(page).count("timer") == 0
    figures(
        "U25", announcements=len(heard), shortest_pause_seconds=round(hold(heard) / 1000), minutes_on_a_faster_clock=3
    )


def _twenty_seconds(page: Page) -> None:
    for _ in range(4):
        with page.expect_response("**/desk/incidents/3/?rev=*"):
            page.clock.run_for(EVERY * 1000)


def test_three_real_minutes_of_a_busy_room(
    demo: Demo, open_page: Callable[..., Page], figures: Callable[..., None]
) -> None:
    page = demo.sign_in(open_page(demo.url), "mara")
    ends = time.monotonic() + 180

    heard = listen(demo, page, changes=int((ends - time.monotonic()) / 4), every=lambda: page.wait_for_timeout(4_000))

    figures("U25", announcements_in_three_minutes=len(heard), shortest_pause_seconds_real=round(hold(heard) / 1000))


def test_the_log_hears_a_clock_that_speaks(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = demo.sign_in(open_page(demo.url), "mara")
    page.goto(ROOM)
    page.evaluate(LISTEN)
    page.evaluate("document.getElementById('announcer').textContent = 'in 14 min'")
    page.wait_for_function("heard.length > 0")

    with pytest.raises(AssertionError):
        hold([tuple(one) for one in page.evaluate("heard")])
