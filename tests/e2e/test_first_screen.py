"""What a commander sees without scrolling on a laptop (U13), and how far away anything due is (U26)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import PHONE, Demo
from tests.e2e.test_every_page import too_wide
from tests.e2e.test_live_desk import colleague

WIDTH, FOLD = 1366, 768
LONG = ("Refund agent told customers that their claims had been decided although nobody had read any of them " * 2)[
    :200
]

# In the order in which they are read: the five things, each with all that belongs to it.
FIRST = "tbody tr:first-child"
DASHBOARD = {
    "severity, title, state, elapsed": [
        f"{FIRST} {part}" for part in (".nowrap", "th a", "[data-h=State]", "[data-h=Elapsed]")
    ],
    "roles": [f"{FIRST} .seated"],
    "the two clocks": [f".clocks > div:has-text('{label}')" for label in ("Next public promise", "Nearest commitment")],
    "what the public reads and what changed since": [f"{FIRST} .reading"],
    "the next action": [".todo .btn >> nth=0"],
}
ROOM = {
    "severity, title, state, elapsed": [".kickline", "h1", ".steps", ".elapsed b"],
    "roles": ["#seats"],
    "the clocks": [".clocks"],
    "what the public reads": ["#reads", "section:has(#reads) p >> nth=0"],
    "what changed since": ["#changed", "section:has(#changed) p >> nth=0"],
    "the next action": [".next h2", ".next .btn >> nth=0"],
}  # fmt: skip


@pytest.fixture
def mara(demo: Demo, open_page: Callable[..., Page]) -> Page:
    return demo.sign_in(open_page(demo.url, size=(WIDTH, FOLD)), "mara")


def below_the_fold(page: Page, things: dict[str, list[str]]) -> list[str]:
    """Without what ails the installation, which stands above all: beside other tests the jobs of a demo may be late."""
    page.evaluate("document.querySelector('#alarms').replaceChildren()")
    found = []
    for what, parts in things.items():
        for part in parts:
            box = page.locator(f"main {part}").first.bounding_box()
            if box is None or not box["height"] or box["y"] + box["height"] > FOLD or box["x"] + box["width"] > WIDTH:
                found.append(f"{what}: {part} at {box}")
    return found


@pytest.mark.check("U13")
def test_the_five_things_stand_above_the_fold(mara: Page, figures: Callable[..., None]) -> None:
    found = []
    lowest = {}
    for address, things in {"/desk/": DASHBOARD, "/desk/incidents/3/": ROOM}.items():
        mara.goto(address)
        found += [f"{address} {trouble}" for trouble in below_the_fold(mara, things)]
        boxes = [mara.locator(f"main {part}").first.bounding_box() for parts in things.values() for part in parts]
        lowest[address] = round(max(box["y"] + box["height"] for box in boxes if box))

    assert not found, "\n".join(found)
    figures(
        "U13",
        lowest_on_the_dashboard_px=lowest["/desk/"],
        lowest_in_the_room_px=lowest["/desk/incidents/3/"],
        fold_px=FOLD,
    )


@pytest.mark.check("U26")
def test_whatever_is_due_is_at_most_two_clicks_away(
    mara: Page, demo: Demo, open_page: Callable[..., Page], figures: Callable[..., None]
) -> None:
    """Each thing that is due in the demo, from the dashboard: the links one follows, and where one arrives."""
    tomas = demo.sign_in(open_page(demo.url), "tomas")
    ways = {
        "the public promise": (mara, r"Refund agent", "Read and approve|Draft the|Finish the"),
        "the waiting approval": (tomas, r"Approve: Refund agent", "Approve and publish"),
        "the nearest commitment": (mara, r"^C-6$", "Report"),
        "the missed commitment": (mara, r"^C-5 ", "Explain|explain"),
        "the look at containment": (mara, r"Refund agent", "Containment"),
        "facts to confirm": (mara, r"Confirm or retract", "Confirm"),
        "all that is owed": (mara, r"^All$", "Commitments"),
    }
    clicks = {}
    for what, (page, link, arrived) in ways.items():
        page.goto("/desk/")
        page.get_by_role("main").get_by_role("link", name=re.compile(link)).first.click()
        page.wait_for_load_state()
        assert re.search(arrived, page.get_by_role("main").inner_text()), (what, page.url)
        clicks[what] = 1

    assert max(clicks.values()) <= 2
    figures("U26", most_clicks=max(clicks.values()), ways=len(ways))


@pytest.mark.check("U13")
def test_long_titles_push_none_of_it_down(mara: Page, demo: Demo) -> None:
    """Last in this module: three incidents more, each with a title as long as one may be."""
    noor = colleague(demo, "mara")
    for number in range(2):
        noor.get("/desk/incidents/new/")
        agent = re.findall(r'name="agent" value="(\d+)"', noor.page)[0]
        status, page = noor.post(
            "/desk/incidents/new/", title=LONG[:198] + f" {number}", agent=agent, worst_harm="misled"
        )
        assert status == 200, page
        assert "/incidents/" in noor.at

    mara.goto("/desk/")
    found = below_the_fold(mara, DASHBOARD)
    mara.get_by_role("main").get_by_role("link", name=LONG[:60]).first.click()
    mara.wait_for_url("**/desk/incidents/*/")
    found += below_the_fold(
        mara, {what: parts for what, parts in ROOM.items() if what != "the clocks"}
    )  # a draft has none

    assert not found, "\n".join(found)


@pytest.mark.check("U05")
def test_one_word_of_two_hundred_letters_makes_no_page_of_it_wider(mara: Page, demo: Demo) -> None:
    """After those above, which it pushes down: a title without a place to break it."""
    tomas = colleague(demo, "tomas")
    tomas.get("/desk/incidents/new/")
    agent = re.findall(r'name="agent" value="(\d+)"', tomas.page)[0]
    tomas.post("/desk/incidents/new/", title="Ü" + "W" * 199, agent=agent, worst_harm="misled")
    room = re.search(r"/desk/incidents/\d+/", tomas.at)
    assert room is not None, tomas.at

    wide = []
    for address in ("/desk/", "/desk/incidents/", room[0], f"{room[0]}first-hour/"):
        mara.goto(address)
        assert "WWWWW" in mara.content(), address
        wide += [f"{address} on {width} px" for width in (WIDTH, *PHONE[:1]) if too_wide(mara, width)]

    assert wide == []
