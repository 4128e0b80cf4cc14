"""What a page weighs and how often it asks (U03): every kind of page of the demo against the budgets, as it is sent."""

import gzip
import re
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Demo
from tests.servers import Browser

pytestmark = pytest.mark.check("U03")

KB = 1_000
PUBLIC, DESK = "public", "desk"
BUDGETS = {  # bytes as they travel (gzip), and requests of a first visit
    PUBLIC: {"html": 14 * KB, "css": 8 * KB, "js": 3 * KB, "requests": 4},
    DESK: {"html": 40 * KB, "css": 14 * KB, "js": 30 * KB, "requests": 6},
}
WHOLE_PUBLIC = 40 * KB  # the home page with 90 days and three incidents
FRAGMENT, FRAGMENT_RAW = 5 * KB, 15 * KB
# What is decided is read whole: the difference, the words as the page has them, and each sentence with what it rests on.
SUBMISSION_RAW = 19 * KB
# The room is one board, so that it is never half new: over the budget of a fragment, since it also names the nearest legal
# duty. In the hours after midnight most of its times have a date beside them.
ROOM, ROOM_RAW = 5.5 * KB, 25 * KB
ASKED_FOR = re.compile(
    r'<(?:link\b[^>]*\brel="(stylesheet|icon)"[^>]*\bhref|(script|img|iframe)\b[^>]*\bsrc)="([^"]+)"'
)


def gz(body: bytes) -> int:
    return len(gzip.compress(body, 6))


class Weighed:
    """A page and what it asks for."""

    def __init__(self, demo: Demo, page: str) -> None:
        asked = [(style or other, urljoin(demo.url, address)) for style, other, address in ASKED_FOR.findall(page)]
        self.html = gz(page.encode())
        self.requests = 1 + len(asked)
        self.elsewhere = [address for _kind, address in asked if not address.startswith(demo.url)]
        self.css = sum(size(address) for kind, address in asked if kind == "stylesheet")
        self.js = sum(size(address) for kind, address in asked if kind == "script")

    def beyond(self, budget: dict[str, int]) -> Iterator[str]:
        for name, limit in budget.items():
            if getattr(self, name) > limit:
                yield f"{name} {getattr(self, name)} instead of {limit}"
        yield from (f"asks {address}" for address in self.elsewhere)


SIZES: dict[str, int] = {}


def size(address: str) -> int:
    """As it travels to a browser that takes gzip."""
    if address not in SIZES:
        request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=15) as answer:
            body = answer.read()
            SIZES[address] = len(body) if answer.headers["Content-Encoding"] == "gzip" else gz(body)
    return SIZES[address]


def people(demo: Demo) -> dict[str, Browser]:
    readers = {name: Browser(demo.url) for name in ("nobody", "mara", "sam")}
    for name in ("mara", "sam"):
        readers[name].sign_in(f"{name}@northwind-agents.example", demo.password)
    return readers


def test_every_page_is_within_its_budget(
    standing_demo: Demo, kinds: dict[str, str], figures: Callable[..., None]
) -> None:
    readers, found = people(standing_demo), list[str]()
    heaviest: dict[str, int] = {}
    for address, reader in kinds.items():
        page = Weighed(standing_demo, readers[reader].get(address)[1])
        zone = DESK if urlsplit(address).path.startswith(("/desk/", "/account/", "/setup/", "/act/")) else PUBLIC
        found += [f"{address}: {trouble}" for trouble in page.beyond(BUDGETS[zone])]
        for part in ("html", "css", "js", "requests"):
            heaviest[f"{zone}_{part}"] = max(heaviest.get(f"{zone}_{part}", 0), getattr(page, part))

    assert not found, "\n".join(found)
    figures(
        "U03", pages=len(kinds), third_party_requests=0,
        **{name if "requests" in name else f"{name}_bytes": number for name, number in heaviest.items()},
    )  # fmt: skip


def test_the_public_page_with_ninety_days_and_three_incidents(figures: Callable[..., None]) -> None:
    from tests.statuspage.scenes import SCENES

    whole = gz(SCENES["four"]().edition().hot["/"].body)

    assert whole <= WHOLE_PUBLIC
    figures("U03", public_page_with_ninety_days_and_four_incidents_bytes=whole)


@pytest.mark.parametrize(
    "board", ["/desk/?rev=0", "/desk/approvals/?rev=0", "/desk/incidents/3/?rev=0", "/desk/approvals/latest/?rev=0"]
)
def test_a_live_board_is_a_small_fragment(board: str, standing_demo: Demo, figures: Callable[..., None]) -> None:
    mara = people(standing_demo)["mara"]
    if "latest" in board:
        waiting = re.findall(r"/desk/approvals/\d+/", mara.get("/desk/approvals/")[1])
        board = f"{waiting[0]}?rev=0"
    request = urllib.request.Request(f"{standing_demo.url}{board}", headers={"HX-Request": "true"})
    mara.jar.add_cookie_header(request)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=15) as answer:
        body = answer.read()

    assert b"<html" not in body
    limit, limit_raw = (
        (ROOM, ROOM_RAW) if "/incidents/" in board
        else (FRAGMENT, SUBMISSION_RAW if "/approvals/" in board else FRAGMENT_RAW)
    )  # fmt: skip
    assert (gz(body) <= limit, len(body) <= limit_raw) == (True, True), (board, gz(body), len(body))
    figures("U03", **{f"board_{board.split('?')[0]}": f"{gz(body)} bytes, {len(body)} before gzip"})


@pytest.mark.parametrize(("zone", "address"), [(PUBLIC, "/"), (DESK, "/desk/incidents/3/")])
def test_a_first_visit_asks_no_more_than_the_page_names(
    zone: str, address: str, standing_demo: Demo, open_page: Callable[..., Page], figures: Callable[..., None]
) -> None:
    page = open_page(standing_demo.url)
    if zone == DESK:
        standing_demo.sign_in(page, "mara")
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")
    asked = [url for url in asked if "?rev=" not in url]  # a poll belongs to no visit

    assert 1 < len(asked) <= BUDGETS[zone]["requests"], "\n".join(asked)
    assert all(url.startswith(standing_demo.url) for url in asked)
    figures("U03", **{f"first_visit_requests_{zone}": len(asked)})
