"""What the scripts add, in a real browser. The pages are rendered from the skeletons; no server is needed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from playwright.sync_api import Browser, Page, Request, Route, expect

SITE = "http://desk.example"
NOW = datetime(2026, 11, 19, 15, 16, tzinfo=UTC)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

BOARD = """<div id="board" data-poll hx-get="/desk/?rev={{ rev }}" hx-trigger="refresh" hx-swap="outerHTML"
  data-said="{{ rev }} facts"><ul><li id="one"><a id="first" href="#x">Fact {{ rev }}</a></li>
  <li id="two">Unchanged</li></ul><form><input id="note" aria-label="Note"></form></div>"""
DESK = (
    '{% extends "base.html" %}{% block title %}Now{% endblock %}{% block main %}<h1>Now</h1>'
    + BOARD
    + "{% countdown due %}"
    '<form method="post" action="/desk/save/" data-keep="words"><textarea name="body" aria-label="Body"></textarea>'
    '<input type="password" name="secret" aria-label="Secret"><button class="btn">Save</button></form>'
    '<a href="#fact" data-key="n">Add a fact</a>{% endblock %}'
)
PUBLIC = (
    '{% extends "public_base.html" %}{% block title %}Status{% endblock %}{% block main %}<h1>Status {{ rev }}</h1>'
    '<article class="entry" id="e{{ rev }}"><h3>Update {{ rev }}</h3>{% moment now %} {% countdown due %}</article>'
    "{% endblock %}"
)


class Site:
    """Answers the browser as the server would: pages from templates, static files from disk."""

    def __init__(self) -> None:
        self.rev = 1
        self.down = False

    def __call__(self, route: Route, request: Request) -> None:
        url = urlsplit(request.url)
        if url.path.startswith("/static/"):
            self._static(route, url.path.removeprefix("/static/"))
        elif url.path == "/desk/save/":
            self._save(route, request)
        elif seen := parse_qs(url.query).get("rev"):
            self._poll(route, int(seen[0]))
        else:
            self._show(route, request, PUBLIC if url.path == "/" else DESK)

    def _static(self, route: Route, name: str) -> None:
        name = re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", name)  # the hash that production puts into the name
        found = finders.find(name)
        if found:
            route.fulfill(body=Path(found).read_bytes(), content_type=TYPES[Path(name).suffix])
        else:
            route.fulfill(status=404)

    def _save(self, route: Route, request: Request) -> None:
        if self.down:
            route.fulfill(status=500, body=rendered('{% extends "500.html" %}'), content_type="text/html")
        else:
            route.fulfill(status=302, headers={"Location": f"{SITE}/desk/"})

    def _poll(self, route: Route, seen: int) -> None:
        if self.down:
            route.fulfill(status=503)
        elif seen == self.rev:
            route.fulfill(status=204)
        else:
            route.fulfill(body=rendered(BOARD, rev=self.rev), content_type="text/html")

    def _show(self, route: Route, request: Request, source: str) -> None:
        tag = f'"{self.rev}"'
        if request.headers.get("if-none-match") == tag:
            route.fulfill(status=304)
        else:
            route.fulfill(body=rendered(source, rev=self.rev), content_type="text/html", headers={"ETag": tag})


def rendered(source: str, rev: int = 1) -> str:
    request = SimpleNamespace(path="/desk/", user=SimpleNamespace(name="Ada Brandt"))
    return str(
        engines["django"].from_string(source).render(
            {
                "organisation": {"name": "Northwind"}, "zone": "Europe/Berlin", "now": NOW, "rev": rev,
                "request": request, "due": NOW.replace(hour=15, minute=30),
            }
        )
    )  # fmt: skip


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(timezone_id="America/New_York")
    context.route("**/*", site)
    context.set_default_timeout(5_000)
    page = context.new_page()
    page.clock.install(time=NOW)
    yield page
    context.close()


def test_a_board_takes_what_is_new_and_keeps_focus_and_announces_it(page, site):
    page.goto(f"{SITE}/desk/")
    page.focus("#first")
    site.rev = 2

    page.clock.run_for(6_000)

    expect(page.locator("#one")).to_have_text("Fact 2")
    expect(page.locator("#first")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("2 facts")
    assert page.locator(".changed").evaluate_all("rows => rows.map(row => row.id)") == ["one"]


def test_a_board_is_not_pulled_from_under_somebody_who_types(page, site):
    page.goto(f"{SITE}/desk/")
    page.locator("#note").press_sequentially("half a sen")
    site.rev = 2

    with page.expect_response("**/desk/?rev=1"):
        page.clock.run_for(6_000)

    page.clock.run_for(1_000)
    expect(page.locator("#note")).to_have_value("half a sen")
    expect(page.locator("#one")).to_have_text("Fact 1")


def test_a_board_that_is_no_longer_fresh_says_how_old_it_is(page, site):
    page.goto(f"{SITE}/desk/")
    expect(page.locator("#stale")).to_be_hidden()
    site.down = True

    page.clock.run_for(20_000)

    expect(page.locator("#stale")).to_contain_text("Not updated for")
    site.down = False
    page.clock.run_for(7_000)
    expect(page.locator("#stale")).to_be_hidden()


def test_a_countdown_follows_the_clock_in_minutes(page):
    page.goto(f"{SITE}/desk/")
    timer = page.locator("[data-until]")

    expect(timer).to_have_text("in 14 min")
    page.clock.run_for(16 * 60_000)
    expect(timer).to_have_text("2 min over")


def test_text_that_did_not_arrive_is_offered_back(page, site):
    page.goto(f"{SITE}/desk/")
    page.fill("textarea", "Words somebody needs")
    page.fill("[name=secret]", "never kept")
    site.down = True
    page.click("text=Save")
    expect(page.locator("h1")).to_have_text("Sorry, there is a problem with this page")
    expect(page.locator("[data-kept-note]")).to_be_visible()
    assert "never kept" not in page.evaluate("JSON.stringify(localStorage)")
    site.down = False

    page.goto(f"{SITE}/desk/")
    page.click("text=Put it back")

    expect(page.locator("textarea")).to_have_value("Words somebody needs")
    expect(page.locator(".flash")).to_have_count(0)


def test_who_signs_out_leaves_no_text_behind(page):
    page.goto(f"{SITE}/desk/")
    page.fill("textarea", "Words somebody needs")
    assert page.evaluate("localStorage.length") == 1

    page.click(".account summary")
    page.click(".account >> text=Sign out")

    page.wait_for_load_state()
    page.goto(f"{SITE}/desk/")
    assert page.evaluate("localStorage.length") == 0


def test_keys_go_to_rooms_but_never_act_while_one_types_and_can_be_switched_off(page):
    page.goto(f"{SITE}/desk/")
    page.locator("textarea").press_sequentially("n?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator("textarea").blur()

    page.keyboard.press("n")
    assert page.url.endswith("#fact")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.uncheck("[data-shortcuts-on]")
    page.click("#shortcuts >> text=Close")
    page.keyboard.press("?")

    expect(page.locator("#shortcuts")).to_be_hidden()


def test_no_key_reaches_a_button(page):
    page.goto(f"{SITE}/desk/")

    assert page.locator("button[data-key], button[data-go], input[data-key]").count() == 0


def test_the_public_page_adds_the_readers_zone_and_announces_only_a_new_entry(page, site):
    page.goto(f"{SITE}/")
    expect(page.locator(".entry")).to_contain_text("15:16 UTC (10:16 GMT-5)")
    expect(page.locator(".entry")).to_contain_text("in 14 min")

    page.clock.run_for(61_000)
    expect(page.locator("#announcer")).to_have_text("")
    site.rev = 2
    page.clock.run_for(60_000)

    expect(page.locator("h1")).to_have_text("Status 2")
    expect(page.locator("#announcer")).to_have_text("New: Update 2")
