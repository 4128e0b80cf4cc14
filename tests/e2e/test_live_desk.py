"""The desk while others work on it and while the server hangs: it says when it is not fresh (U14), and a live swap takes
nothing out of anybody's hands (U15)."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Demo
from tests.servers import Browser, Installation

Figures = Callable[..., None]

ROOM = "/desk/incidents/3/"  # the demo's story is always told in the same order
EVERY, LIMIT = 5, 15  # seconds between two polls; the age above which the desk says that it is old

HANDS = """() => {
    const field = document.activeElement;
    return {
        name: field.name, text: field.value, caret: [field.selectionStart, field.selectionEnd],
        inside: field.scrollTop, onScreen: Math.round(field.getBoundingClientRect().top),
    };
}"""


@contextmanager
def hanging(installation: Installation) -> Iterator[None]:
    """The server accepts connections and answers nothing: every process of it is stopped, and goes on afterwards."""
    found = [pid for process in installation.running for pid in _family(process.pid)]
    for pid in found:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in found:
            os.kill(pid, signal.SIGCONT)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def colleague(demo: Demo, first_name: str) -> Browser:
    browser = Browser(demo.url)
    browser.sign_in(f"{first_name}@northwind-agents.example", demo.password)
    return browser


@pytest.fixture
def room(demo: Demo, open_page: Callable[..., Page]) -> Page:
    """Mara's, with a clock that the test moves: what takes seconds there takes none here."""
    page = demo.sign_in(open_page(demo.url), "mara")
    page.clock.install()
    page.goto(ROOM)
    return page


@pytest.mark.check("U14")
def test_a_desk_whose_server_hangs_says_how_old_it_is_until_it_is_fresh_again(
    demo: Demo, room: Page, figures: Figures
) -> None:
    strip, board = room.locator("#stale"), room.locator("#board")
    with room.expect_response("**/desk/incidents/3/?rev=*"):
        room.clock.run_for(EVERY * 1000)
    expect(strip).to_be_hidden()
    with hanging(demo.installation):
        waited = 0
        while strip.is_hidden():
            room.clock.run_for(1000)
            waited += 1
            assert waited <= LIMIT + 2, "the desk has not said that it is old"
        said = strip.inner_text()
        assert board.evaluate("board => getComputedStyle(board).filter") == "grayscale(1)"
        note = room.locator("#add-note")
        note.locator("summary").click()
        note.locator("textarea").fill("Words while nothing answers")
        room.clock.run_for(30_000)
        expect(strip).to_contain_text("Not updated for")
    room.clock.run_for(EVERY * 1000)
    expect(strip).to_be_hidden()

    assert said.startswith("Not updated for 1")
    assert "Showing " in said
    assert said.endswith(" UTC. Retrying.")
    assert board.evaluate("board => getComputedStyle(board).filter") == "none"
    expect(note.locator("textarea")).to_have_value("Words while nothing answers")
    assert room.evaluate("htmx.config.timeout") == 10_000
    figures("U14", seconds_until_it_is_said=waited, limit_seconds=LIMIT, forms_usable_meanwhile="yes")


def test_a_link_to_a_line_that_is_left_out_finds_it_in_the_whole_list(room: Page) -> None:
    room.goto(f"{ROOM}?timeline=all")
    oldest = room.locator(".log li").last.get_attribute("id")
    room.goto(ROOM)
    expect(room.locator(f"#{oldest}")).to_have_count(0)

    room.goto("about:blank")
    room.goto(f"{ROOM}#{oldest}")

    room.wait_for_url(f"**{ROOM}?timeline=all#{oldest}")
    expect(room.locator(f"#{oldest}")).to_be_in_viewport()


@pytest.mark.check("U15")
@pytest.mark.parametrize("form", ["a note", "a fact"])
def test_a_live_swap_while_typing_keeps_text_focus_caret_and_scroll(
    form: str, demo: Demo, room: Page, figures: Figures
) -> None:
    field = open_form(room, form)
    field.fill("\n".join(f"Line {number} of what we saw" for number in range(40)))
    field.evaluate("field => { field.setSelectionRange(25, 31); field.scrollTop = 60; }")
    room.evaluate("scrollBy(0, 40)")
    before = room.evaluate(HANDS)

    mate = colleague(demo, "jun")
    mate.get(ROOM)
    assert mate.post(f"{ROOM}notes/", **{"note-text": f"A colleague adds a line beside {form}"})[0] == 200
    room.clock.run_for(EVERY * 1000)

    new = room.locator(".log li", has_text=f"A colleague adds a line beside {form}")
    expect(new).to_have_class("changed")
    assert room.evaluate(HANDS) == before
    room.keyboard.type("and")
    assert field.input_value()[25:28] == "and"
    figures("U15", **{f"kept_while_typing_{form.replace(' ', '_')}": "text, focus, selection, inner and page scroll"})


def open_form(room: Page, form: str) -> Locator:
    if form == "a note":
        room.locator("#add-note summary").click()
        return room.locator("#add-note textarea")
    room.get_by_role("link", name="Add a fact").click()
    return room.locator("#new-fact textarea[name=text]")
