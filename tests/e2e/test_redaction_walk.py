"""Words that must not stand in public: asked for by one, taken down by another by keyboard; what is left is a dated notice."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Demo
from tests.e2e.test_keyboard import Keyboard

pytestmark = pytest.mark.check("U11")

ROOM, HEADLINE = "/desk/incidents/1/", "Warranty questions are answered once again"
WORDS = "sent the same answer again and again to people who asked about a warranty"
NOTE = "It names a product that is not announced yet."


def test_words_are_taken_down_by_two_people_and_a_notice_stays(demo: Demo, open_page: Callable[..., Page]) -> None:
    public = open_page(demo.url, size=PHONE)
    public.goto("/history/")
    public.get_by_role("link", name=HEADLINE).click()
    expect(public.get_by_text(WORDS)).to_be_visible()
    places = [public.url, f"{demo.url}/history.atom", f"{demo.url}/record.json"]
    assert all(WORDS in public.request.get(place).text() for place in places)

    ines = demo.sign_in(open_page(demo.url), "ines")
    ines.goto(ROOM)
    ines.get_by_role("main").get_by_role("link", name="Take words down of entry 2").click()
    expect(ines.get_by_role("main")).to_contain_text("It cannot be brought back.")
    ines.get_by_label(re.compile("Message: ")).check()
    ines.get_by_label("A secret").check()
    ines.locator("[name=note]").fill(NOTE)
    ines.get_by_role("button", name="Ask a second person to take them down").click()
    expect(ines.get_by_role("main")).to_contain_text("The words stay public until a second person takes them down.")
    expect(ines.get_by_role("button", name="Take them down")).to_have_count(0)
    public.reload()
    expect(public.get_by_text(WORDS)).to_be_visible()

    tomas = demo.sign_in(open_page(demo.url), "tomas")
    tomas.goto("/desk/approvals/")
    deciding = Keyboard(tomas)
    deciding.to(tomas.get_by_role("main").get_by_role("link", name=re.compile("^Words of entry 2"))).send()
    for shown in (WORDS, NOTE, "It cannot be undone. The public reads a dated notice: a secret."):
        expect(tomas.get_by_role("main")).to_contain_text(shown)
    deciding.to(tomas.get_by_role("button", name=re.compile("^Take them down"))).send()
    expect(tomas.get_by_role("main")).to_contain_text(
        re.compile(r"Taken down\. Entry \d+ of the public record says so\.")
    )
    expect(tomas.get_by_role("main")).not_to_contain_text(WORDS)
    assert deciding.unseen == []

    for _ in range(20):
        public.reload()
        if not public.get_by_text(WORDS).count():
            break
        public.wait_for_timeout(250)
    notice = r"Words taken down \d+ \w+ \d{4}, \d\d:\d\d UTC \(\d\d:\d\d \w+\): a secret\. The message stood here\. Entry \d+\."
    expect(public.locator("article").filter(has_text="First message")).to_contain_text(re.compile(notice))
    assert public.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    for place in places:
        left = public.request.get(place).text()
        assert WORDS not in left, place
        assert place.endswith(".json") or "Words taken down" in left
    ines.goto("/desk/statements/1/")
    expect(ines.get_by_role("main")).to_contain_text("[Words taken down]")
    expect(ines.get_by_role("main")).not_to_contain_text(WORDS)
