"""The public pages in a real browser: whole without scripts, on a phone, in the dark, on paper, and at their minute."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from statuspage.edition import build
from tests.e2e.conftest import DESKTOP, NARROW, PHONE
from tests.statuspage.scenes import SCENES, Scene
from tests.statuspage.site import Site

INCIDENT = "/incidents/incident-one/"
LOOKED_AT = [
    *((name, "/") for name in SCENES),
    ("late", INCIDENT), ("resolved", INCIDENT), ("solo", INCIDENT), ("corrected", INCIDENT),
    ("clear", "/commitments/"), ("first_day", "/commitments/"),
    ("clear", "/history/"), ("clear", "/history/2026-10/"), ("clear", "/verify/"), ("clear", "/how-we-compute/"),
    ("clear", "/nothing/"), ("long_titles", "/incidents/one/"), ("long_titles", "/commitments/"),
]  # fmt: skip


@pytest.fixture
def site() -> Iterator:
    """`site("late")` serves that scene."""
    with ExitStack() as stack:

        def serve(scene: Scene | str) -> Site:
            found = SCENES[scene]() if isinstance(scene, str) else scene
            return stack.enter_context(Site(found.edition()).open())

        yield serve


@pytest.mark.check("U04")
def test_the_page_is_whole_without_scripts(site, open_page):
    page = open_page(site("one").url, scripts=False)
    page.goto("/")

    assert page.get_by_role("heading", level=1).inner_text() == "Refund agent: degraded"
    assert page.get_by_text("187 customers whose refund the agent approved").is_visible()
    assert page.locator(".promise").get_by_text("Next update by 15:30 UTC (16:30 CET)").is_visible()
    assert page.get_by_text("We have found why.").is_visible()
    assert "90 days to 19 November" in page.get_by_role("img").first.get_attribute("aria-label")
    page.get_by_text("The same as a table").click()
    assert page.get_by_role("cell", name="Degraded").is_visible()
    page.get_by_role("link", name="Commitments", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "What we promised"
    page.get_by_role("link", name="Past incidents").click()
    page.get_by_role("link", name="October 2026").click()
    page.get_by_role("link", name="Triage agent sent customers").click()
    assert page.locator(".st").first.inner_text().strip() == "Resolved: it is over"


@pytest.mark.check("U05")
@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["360", "320"])
@pytest.mark.parametrize(("scene", "path"), LOOKED_AT)
def test_nothing_runs_out_of_a_narrow_screen(site, open_page, scene, path, size):
    page = open_page(site(scene).url, size=size)
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.check("U05")
@pytest.mark.parametrize("path", ["/", INCIDENT])
@pytest.mark.parametrize("scene", ["one", "late"])
def test_a_phone_opens_on_the_verdict_who_is_affected_and_the_next_update(site, open_page, scene, path):
    page = open_page(site(scene).url, size=PHONE)
    page.clock.install(time=SCENES[scene]().now)
    page.goto(path)
    update = page.get_by_text(re.compile("Next update by|The update promised for")).first

    for seen in (page.get_by_role("heading", level=1), page.locator(".answers dd").first, update):
        box = seen.bounding_box()
        assert box["y"] + box["height"] <= 640, seen.inner_text()


@pytest.mark.check("U01")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    ("scene", "path"), [("one", "/"), ("clear", "/"), ("late", INCIDENT), ("clear", "/commitments/")]
)
def test_axe_finds_nothing(site, open_page, scene, path, size, dark):
    page = open_page(site(scene).url, size=size, dark=dark)
    page.goto(path)
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}

    found = Axe().run(page, options=options).response["violations"]

    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.check("U07")
def test_the_reader_sees_his_own_zone_and_the_time_left(site, open_page):
    page = open_page(site("one").url, timezone_id="Asia/Kolkata")
    page.clock.install(time="2026-11-19T15:08:00Z")
    page.goto("/")

    said = page.locator(".promise b").inner_text()

    assert said.startswith("Next update by 15:30 UTC (21:00 ")
    assert said.endswith("in 22 min")


@pytest.mark.check("U08")
def test_a_late_update_shows_on_an_open_page_within_a_minute(site, open_page):
    """U08: the reader does nothing; the page fetches what the edition has become."""
    scene = SCENES["one"]()
    served = site(scene)
    page = open_page(served.url)
    page.clock.install(time="2026-11-19T15:29:30Z")
    page.goto("/")
    assert "Next update by" in page.locator(".promise").inner_text()

    served.edition = build(scene.record, scene.confirmed_at, served.edition.next_change_at)
    began = time.monotonic()
    page.clock.run_for(61_000)
    page.get_by_text("It counts as late in our record").wait_for()

    assert "The update promised for 15:30 UTC" in page.locator(".promise").inner_text()
    assert time.monotonic() - began < 10
    assert served.edition.record.incidents["incident-one"].promises[-1].is_late(served.edition.next_change_at)


def test_a_new_update_is_announced_once(site, open_page):
    served = site("late")
    page = open_page(served.url)
    page.clock.install(time="2026-11-19T15:36:00Z")
    page.goto(INCIDENT)
    page.clock.run_for(61_000)
    assert page.locator("#announcer").inner_text() == ""

    served.edition = SCENES["resolved"]().edition()
    page.clock.run_for(61_000)
    page.get_by_text("It is over. Every refund").wait_for()

    assert page.locator("#announcer").inner_text() == "New: Resolved"


def test_on_paper_everything_is_open_and_nothing_is_navigation(site, open_page):
    page = open_page(site("one").url, scripts=False)
    page.goto("/")
    page.emulate_media(media="print")

    assert page.get_by_role("table").is_visible()
    assert not page.locator("nav").first.is_visible()


def test_the_page_needs_four_requests_and_nobody_else(site, open_page):
    served = site("one")
    page = open_page(served.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.wait_for_load_state("networkidle")

    assert len(asked) <= 4
    assert all(url.startswith(served.url) for url in asked)


def test_every_page_has_one_heading_and_skips_no_level(site, open_page):
    for scene, path in LOOKED_AT:
        page = open_page(site(scene).url, scripts=False)
        page.goto(path)
        levels = [int(tag[1]) for tag in page.locator("h1,h2,h3,h4").evaluate_all("all => all.map(one => one.tagName)")]
        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        page.close()
