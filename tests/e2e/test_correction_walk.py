"""From a fact that turns out wrong to the published correction beside the first words, by three people in three browsers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Demo
from tests.e2e.test_keyboard import Keyboard

pytestmark = pytest.mark.check("U11")

ROOM, HEADLINE = "/desk/incidents/1/", "Warranty questions are answered once again"
WRONG = "People who wrote to us about a warranty since yesterday evening. We do not know yet how many."
FIRST = "has sent the same answer again and again to people who asked about a warranty"
RIGHT = "People who asked about a warranty. We do not know yet how many of them had more than one copy."
SAID = {
    "acknowledgement": "We wrote how many people had more than one copy. That number counted some of them twice.",
    "body": "Fewer people had more than one copy than we wrote. We are counting them again, one by one.",
    "affected": RIGHT,
    "disclosure_note": "Nothing is left out.",
}


def test_a_wrong_fact_is_corrected_in_public_beside_what_was_said_first(
    demo: Demo, open_page: Callable[..., Page]
) -> None:
    public = open_page(demo.url, size=PHONE)
    public.goto("/history/")
    public.get_by_role("link", name=HEADLINE).click()
    entry = public.locator("article").filter(has_text=FIRST)
    expect(entry).not_to_contain_text("Corrected")

    mara = demo.sign_in(open_page(demo.url), "mara")
    mara.goto(ROOM)
    mara.get_by_role("main").get_by_role("link", name=re.compile("^412 people had two or more")).first.click()
    mara.get_by_role("link", name="Retract it").click()
    expect(mara.get_by_role("main")).to_contain_text("The public has read this")
    mara.get_by_label("Why it is not so").fill("The support inbox was read again: some people were counted twice.")
    mara.get_by_role("button", name="Retract the fact").click()
    expect(
        mara.get_by_text("Fact 2 is retracted. Published in entries 2, 3, 4, 5, a correction is owed.")
    ).to_be_visible()

    ines = demo.sign_in(open_page(demo.url), "ines")
    ines.get_by_role("main").get_by_role("link", name="Write the correction").first.click()
    expect(ines.get_by_role("main")).to_contain_text("What entry 2 says")
    ines.get_by_role("button", name="Begin the correction").click()
    for name, words in SAID.items():
        ines.locator(f"[name={name}]").fill(words)
    ines.locator("[name=withheld][value=nothing]").check()
    ines.get_by_role("button", name="Save and submit for approval").click()
    expect(ines.get_by_role("heading", name=re.compile("^Correction of entry 2: Triage agent"))).to_be_visible()

    tomas = demo.sign_in(open_page(demo.url), "tomas")
    tomas.goto("/desk/approvals/")
    deciding = Keyboard(tomas)
    deciding.to(tomas.get_by_role("main").get_by_role("link", name="Correction of entry 2: Triage agent")).send()
    for shown in ("What entry 2 says", WRONG, SAID["body"], RIGHT):
        expect(tomas.get_by_role("main")).to_contain_text(shown)
    deciding.to(tomas.get_by_role("button", name="Approve and publish")).send()
    expect(tomas.get_by_role("main")).to_contain_text("Published as entry")
    assert deciding.unseen == []

    correction = public.locator("article").filter(has_text=SAID["body"]).first  # the others quote it
    _until(public, SAID["body"])
    for shown in (
        "Correction",
        "This corrects entry 2, entry 3, entry 4 and entry 5, which stay readable.",
        SAID["acknowledgement"],
    ):
        expect(correction).to_contain_text(shown)
    expect(public.get_by_role("main").get_by_text(RIGHT, exact=True)).to_be_visible()
    expect(entry.get_by_text(FIRST)).to_be_visible()
    expect(entry).to_contain_text(re.compile(r"Corrected .* in entry \d+\. What we wrote first stays here\."))
    expect(entry).to_contain_text(f"Who is affected, as we wrote first: {WRONG}")
    assert public.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    mara.goto("/desk/")
    expect(mara.get_by_role("main")).not_to_contain_text("Write the correction")


def _until(page: Page, words: str) -> None:
    """The public page holds them within a few seconds."""
    for _ in range(20):
        page.reload()
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"not public: {words}")
