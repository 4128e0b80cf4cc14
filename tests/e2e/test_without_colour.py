"""Without colour a state is still its word and its shape: seen in greys, and with the colours of the reader's system (U10)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.design import contrast
from tests.e2e.conftest import DESKTOP, Demo
from tests.e2e.pages import kinds_of_pages

pytestmark = [pytest.mark.check("U10"), pytest.mark.nightly]

# Every drawn state, with the words beside it and what it is drawn in. A shape inside a hidden part of the page is not drawn.
SHAPES = """() => [...document.querySelectorAll("svg.shape, .bars path:not(.clear)")]
.filter(one => one.checkVisibility()).map(one => {
  const row = one.closest("ul[aria-hidden=true]");  // a row of shapes says in figures what the words after it say
  const beside = row ? row.parentElement : one.closest("td, th, li, dd, dt, p, h1, h2, h3, a, summary, span.status, figure, div");
  const cut = one.querySelector(".cut");
  return {
    bar: one.tagName === "path",
    words: beside.innerText.trim() || one.closest("[aria-label]")?.ariaLabel || "",
    fill: getComputedStyle(one)[one.matches(".ok, .none") ? "stroke" : "fill"],
    stroke: cut ? getComputedStyle(cut).stroke : "",
    where: beside.outerHTML.slice(0, 160),
  };
})"""
SYSTEM = """name => { const probe = document.createElement("i"); probe.style.color = name; document.body.append(probe);
  const colour = getComputedStyle(probe).color; probe.remove(); return colour; }"""


SEEN: dict[str, Callable[[Page], None]] = {
    "light": lambda page: page.emulate_media(color_scheme="light", forced_colors="none"),
    "dark": lambda page: page.emulate_media(color_scheme="dark", forced_colors="none"),
    "system": lambda page: page.emulate_media(color_scheme="light", forced_colors="active"),
}


@pytest.fixture(scope="module")
def shapes(demo: Demo, browser: Browser) -> dict[str, list[dict[str, Any]]]:
    """The drawn states of every page that Mara, who commands, or anybody may open, as each kind of reader sees them."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in SEEN}
    page = browser.new_page(base_url=demo.url, viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    signed_in = "nobody"
    for address, reader in kinds_of_pages(demo).items():
        if reader == "sam":
            break
        if reader != signed_in:
            demo.sign_in(page, reader)
            signed_in = reader
        page.goto(address)
        for name, see in SEEN.items():
            see(page)
            found[name] += [shape | {"page": address} for shape in page.evaluate(SHAPES)]
    page.close()
    return found


def wordless(shapes: list[dict[str, Any]]) -> list[str]:
    return sorted({f"{one['page']} {one['where']}" for one in shapes if not one["bar"] and not one["words"]})


def grey(colour: str) -> str:
    """The grey of the same lightness that an eye without colour sees."""
    red, green, blue = (int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")[:3])
    level = round(0.299 * red + 0.587 * green + 0.114 * blue)
    return f"#{level:02x}{level:02x}{level:02x}"


@pytest.mark.parametrize(("name", "paper"), [("light", "#ffffff"), ("dark", "#10151c")])
def test_in_greys_every_state_has_its_word_and_stands_out(
    name: str, paper: str, shapes: dict[str, list[dict[str, Any]]], figures: Callable[..., None]
) -> None:
    drawn = [one for one in shapes[name] if one["fill"].startswith("rgb(")]

    assert len(drawn) > 50
    assert wordless(shapes[name]) == []
    assert [one for one in drawn if contrast(grey(one["fill"]), paper) < 3] == []
    figures("U10", states_seen_in_grey=len(drawn))


def test_with_the_colours_of_the_system_every_state_is_drawn_in_them(
    shapes: dict[str, list[dict[str, Any]]], open_page: Callable[..., Page], demo: Demo, figures: Callable[..., None]
) -> None:
    page = open_page(demo.url, forced_colors="active")
    page.goto("/")
    ink, paper = page.evaluate(SYSTEM, "CanvasText"), page.evaluate(SYSTEM, "Canvas")
    drawn = [one for one in shapes["system"] if not one["bar"]]

    assert ink != paper
    assert wordless(drawn) == []
    assert [one for one in drawn if one["fill"] not in (ink, "none")] == []
    assert [one for one in shapes["system"] if one["fill"] == paper] == []
    assert [one for one in drawn if one["stroke"] not in ("", "none", paper)] == []
    figures("U10", states_seen_in_the_colours_of_the_system=len(drawn))
