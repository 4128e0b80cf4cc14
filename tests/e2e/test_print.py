"""On paper (U23): Chromium prints the public pages, and the PDF is read: few pages, nothing cut off, links spelled out."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Page

from tests.statuspage.scenes import SCENES
from tests.statuspage.site import Site

pytestmark = pytest.mark.check("U23")

INCIDENT = "/incidents/incident-one/"
AT_MOST = {"/": 3, INCIDENT: 6, "/commitments/": 3}  # sheets of A4
LOOKED_AT = [
    ("clear", "/"),
    ("one", "/"),
    ("late", "/"),
    ("resolved", INCIDENT),
    ("late", INCIDENT),
    ("clear", "/commitments/"),
]

# Of each piece of text in what is printed: that it stands on the sheet and that its box does not cut it off.
CUT_OFF = """() => {
    const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement, range = document.createRange();
        if (!node.data.trim() || element.closest('svg, .vh, [hidden]')) continue;
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1) found.push('beside the sheet: ' + node.data.trim().slice(0, 60));
        for (let around = element; around !== document.body; around = around.parentElement) {
            const style = getComputedStyle(around), frame = around.getBoundingClientRect();
            if (style.overflow !== 'visible' && (box.right > frame.right + 1 || box.bottom > frame.bottom + 1)) {
                found.push('cut off: ' + node.data.trim().slice(0, 60));
                break;
            }
        }
    }
    return found;
}"""
LETTERS = re.compile(r"\W+")


@pytest.fixture
def site() -> Iterator[Callable[[str], Site]]:
    with ExitStack() as stack:
        yield lambda scene: stack.enter_context(Site(SCENES[scene]().edition()).open())


@pytest.mark.parametrize(("scene", "path"), LOOKED_AT)
def test_a_public_page_prints_whole(
    scene: str, path: str, site: Callable[[str], Site], open_page: Callable[..., Page], figures: Callable[..., None]
) -> None:
    page = open_page(site(scene).url, scripts=False, size=(680, 960))  # the width between the margins of A4
    page.goto(path)
    words = page.locator("main").evaluate(WORDS)
    page.emulate_media(media="print")
    links = page.locator("main a[href^='http'], main a[href^='/']").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.getAttribute('href'))"
    )
    cut_off = page.evaluate(CUT_OFF)

    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    text = LETTERS.sub("", "".join(sheet.extract_text() for sheet in printed.pages))

    assert cut_off == []
    assert len(printed.pages) <= AT_MOST[path]
    missing = [word for word in words if LETTERS.sub("", word) not in text]
    assert missing == []
    unspelled = [link for link in links if LETTERS.sub("", link) not in text]
    assert unspelled == []
    assert "Skip to the status" not in text
    assert LETTERS.sub("", "Past incidents How we compute") not in text
    figures("U23", **{f"sheets_{scene}_{path.strip('/').split('/')[0] or 'home'}": len(printed.pages), "cut_off": 0})


WORDS = """main => {
    const found = new Set(), walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const hidden = node.parentElement.closest('svg, .vh, [hidden], nav, .no-print, .contents, .subscribe, .outlets');
        if (hidden || node.data.trim().length <= 3) continue;
        let around = node.parentElement;
        while (around && getComputedStyle(around).display !== 'none') around = around.parentElement;
        if (!around) found.add(node.data.trim());
    }
    return [...found];
}"""


def test_details_are_open_and_navigation_is_gone(site: Callable[[str], Site], open_page: Callable[..., Page]) -> None:
    page = open_page(site("one").url, scripts=False)
    page.goto("/")
    page.emulate_media(media="print")

    closed: list[Any] = page.locator("details > :not(summary)").evaluate_all(
        "all => all.filter(one => !one.checkVisibility({contentVisibilityAuto: true})).map(one => one.className)"
    )

    assert page.locator("details").count() > 0
    assert closed == []
    assert [nav.is_visible() for nav in page.locator("nav, .skip").all()] == [False] * page.locator(
        "nav, .skip"
    ).count()
