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
from django.urls import reverse
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
    '<form method="post" action="/desk/save/" data-keep="words"><textarea name="body" aria-label="Body">{{ body }}</textarea>'
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
        self.person = 7
        self.body = ""
        self.down = self.hangs = False
        self.polls = self.alarm_polls = 0

    def __call__(self, route: Route, request: Request) -> None:
        url = urlsplit(request.url)
        if url.path.startswith("/static/"):
            self._static(route, url.path.removeprefix("/static/"))
        elif url.path == reverse("alarms"):
            self.alarm_polls += 1
            route.fulfill(status=204)
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
        self.polls += 1
        if self.hangs:
            return  # and never answers
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
            body = rendered(source, rev=self.rev, person=self.person, body=self.body)
            route.fulfill(body=body, content_type="text/html", headers={"ETag": tag})


def rendered(source: str, rev: int = 1, person: int = 7, body: str = "") -> str:
    request = SimpleNamespace(path="/desk/", user=SimpleNamespace(name="Ada Brandt", pk=person, is_authenticated=True))
    return str(
        engines["django"].from_string(source).render(
            {
                "organisation": {"name": "Northwind"}, "zone": "Europe/Berlin", "now": NOW, "rev": rev, "body": body,
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


@pytest.mark.check("U15")
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


@pytest.mark.check("U14")
@pytest.mark.parametrize("loop", ["polls", "is dead"])
def test_a_board_that_gets_no_answer_says_so_above_three_intervals_whether_or_not_it_polls(page, site, loop, figures):
    page.goto(f"{SITE}/desk/")
    site.hangs = True
    if loop == "is dead":
        page.evaluate("window.htmx = undefined")

    page.evaluate(
        "() => new MutationObserver(([first]) => (window.said ??= first.target.textContent))"
        ".observe(document.getElementById('stale'), {childList: true})"
    )
    page.clock.run_for(20_000)

    said = page.evaluate("said")
    assert re.search(r"^Not updated for 1[56] s\. Showing 15:16:\d\d UTC\. Retrying\.$", said), said
    expect(page.locator("#announcer")).to_have_text("This page is no longer updated")
    figures("U14", **{f"first_said_when_the_loop_{loop.replace(' ', '_')}": said})


@pytest.mark.check("U14")
def test_a_hidden_desk_asks_nothing_and_a_desk_that_is_seen_again_asks_at_once(page, site):
    page.goto(f"{SITE}/desk/")
    turn(page, hidden=True)
    asked, asked_about_alarms = site.polls, site.alarm_polls

    page.clock.run_for(90_000)
    expect(page.locator("#stale")).to_be_hidden()
    assert (site.polls, site.alarm_polls) == (asked, asked_about_alarms)
    with page.expect_response("**/desk/?rev=1"):
        turn(page, hidden=False)
    page.clock.run_for(3_000)
    expect(page.locator("#stale")).to_be_hidden()

    assert site.polls == asked + 1


def turn(page, *, hidden):
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


@pytest.mark.check("U14")
def test_a_board_that_waits_for_whoever_types_says_that_it_is_not_fresh(page, site):
    page.goto(f"{SITE}/desk/")
    page.locator("#note").press_sequentially("half a sen")
    site.rev = 2

    for _ in range(4):
        with page.expect_response("**/desk/?rev=1"):
            page.clock.run_for(5_000)

    expect(page.locator("#stale")).to_contain_text("What is new waits until you have finished here.")
    expect(page.locator("#note")).to_have_value("half a sen")


@pytest.mark.check("U15")
@pytest.mark.parametrize(("motion", "animation"), [("no-preference", "changed"), ("reduce", "none")])
def test_a_changed_row_flashes_once_unless_motion_is_unwelcome(page, site, motion, animation):
    page.emulate_media(reduced_motion=motion)
    page.goto(f"{SITE}/desk/")
    site.rev = 2
    page.clock.run_for(6_000)
    row = page.locator("#one.changed")
    expect(row).to_have_text("Fact 2")

    shown = row.evaluate("row => [getComputedStyle(row).animationName, getComputedStyle(row).animationIterationCount]")

    assert shown == [animation, "1"]
    page.clock.run_for(20_000)
    expect(page.locator(".changed")).to_have_count(1)


def test_a_countdown_follows_the_clock_in_minutes(page):
    page.goto(f"{SITE}/desk/")
    timer = page.locator("[data-until]")

    expect(timer).to_have_text("in 14 min")
    page.clock.run_for(16 * 60_000)
    expect(timer).to_have_text("2 min over")


@pytest.mark.check("U16")
def test_text_that_did_not_arrive_is_back_in_its_place(page, site):
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

    expect(page.locator("textarea")).to_have_value("Words somebody needs")
    expect(page.locator(".flash")).to_contain_text("It is back in its place, and not sent yet")
    page.click("text=Undo this")
    expect(page.locator("textarea")).to_have_value("")
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.check("U16")
def test_text_for_a_page_that_has_changed_since_is_offered_and_not_put_over_it(page, site):
    page.goto(f"{SITE}/desk/")
    page.fill("textarea", "Words somebody needs")
    site.body = "What somebody else saved meanwhile"

    page.goto(f"{SITE}/desk/")

    expect(page.locator("textarea")).to_have_value("What somebody else saved meanwhile")
    page.click("text=Put it back")
    expect(page.locator("textarea")).to_have_value("Words somebody needs")
    expect(page.locator(".flash")).to_have_count(0)


@pytest.mark.check("U16")
def test_text_is_kept_for_a_day_and_for_nobody_else(page, site):
    page.goto(f"{SITE}/desk/")
    page.fill("textarea", "Words somebody needs")

    site.person = 8
    page.goto(f"{SITE}/desk/")
    expect(page.locator("textarea")).to_have_value("")
    expect(page.locator(".flash")).to_have_count(0)
    site.person = 7
    page.clock.fast_forward("23:00:00")
    page.goto(f"{SITE}/desk/")
    expect(page.locator("textarea")).to_have_value("Words somebody needs")
    page.clock.fast_forward("02:00:00")
    page.goto(f"{SITE}/desk/")

    expect(page.locator("textarea")).to_have_value("")
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.check("U16")
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
