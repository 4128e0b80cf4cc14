"""The main job by keyboard alone (U11): declare, add a fact, write, and approve as somebody else."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Demo

AT_MOST = 160

# The demo's story is always told in the same order, so that its numbers are the same.
OPEN_INCIDENT, OPEN_UPDATE = "/desk/incidents/3/", "/desk/statements/9/"

# Where the focus is: whether it can be seen, and whether anything lies over it (a sticky bar, for example).
FOCUS = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return {nowhere: true};
    at.scrollIntoView({block: 'nearest'});
    const box = at.getBoundingClientRect(), style = getComputedStyle(at);
    const label = at.labels && at.labels[0] ? at.labels[0] : at;
    const x = Math.min(Math.max(box.x + Math.min(box.width / 2, 40), 1), innerWidth - 1);
    const y = Math.min(Math.max(box.y + Math.min(box.height / 2, 20), 1), innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    const marked = element => {
        const found = getComputedStyle(element);
        return found.outlineStyle !== 'none' && parseFloat(found.outlineWidth) >= 2;
    };
    return {
        what: at.outerHTML.slice(0, 120),
        marked: marked(at) || (label !== at && marked(label)),
        covered: !(top && (at.contains(top) || top.contains(at) || label.contains(top))),
    };
}"""


class Keyboard:
    """Hands that have no mouse. Every stop of the focus on the way is looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def to(self, target: Locator) -> "Keyboard":
        expect(target).to_have_count(1)
        for _ in range(AT_MOST):
            self.page.keyboard.press("Tab")
            self._look()
            if target.evaluate("element => element === document.activeElement"):
                return self
        raise AssertionError(f"{target} is not reached with Tab in {AT_MOST} steps")

    def press(self, key: str) -> "Keyboard":
        self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> "Keyboard":
        """In place of what may stand there."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        return self

    def choose(self, first_radio: Locator, label: str) -> "Keyboard":
        """A radio button: Tab to its group, then arrows."""
        self.to(first_radio)
        wanted = self.page.get_by_label(label, exact=True)
        self.press("Space")
        for _ in range(12):
            if wanted.is_checked():
                return self
            self.press("ArrowDown")
        raise AssertionError(f"{label} is not reached with the arrows")

    def send(self) -> "Keyboard":
        """Press the button that has the focus, and wait for the next page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def _look(self) -> None:
        focus = self.page.evaluate(FOCUS)
        if not focus.get("nowhere") and (not focus["marked"] or focus["covered"]):
            self.unseen.append(f"{'covered' if focus['covered'] else 'not marked'}: {focus['what']}")


@pytest.mark.check("U11")
def test_an_incident_is_declared_and_a_fact_added(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = demo.sign_in(open_page(demo.url), "mara")
    hands = Keyboard(page)

    page.goto("/desk/incidents/new/")
    hands.to(page.locator("#id_title")).type("Delivery agent wrote to people at night")
    hands.choose(page.locator("#id_agent_0"), "Delivery agent")
    hands.choose(page.locator("#id_worst_harm_0"), "People are delayed or annoyed")
    hands.to(page.get_by_role("button", name="Declare it now")).send()
    expect(page.get_by_role("main")).to_contain_text("Delivery agent wrote to people at night")
    page.goto(f"{OPEN_INCIDENT}facts/new/")
    hands.to(page.locator("#id_text")).type("Nine people have called about it")
    hands.choose(page.locator("#id_question_0"), "What did people experience?")
    hands.to(page.locator("#id_source_kind")).press("ArrowDown")
    hands.to(page.locator("#id_source")).type("Telephone list")
    hands.to(page.get_by_role("button", name="Report it")).send()

    expect(page.get_by_role("main")).to_contain_text("Nine people have called about it")
    assert hands.unseen == []


@pytest.mark.check("U11")
def test_words_are_written_by_one_and_published_by_another(demo: Demo, open_page: Callable[..., Page]) -> None:
    ines = demo.sign_in(open_page(demo.url), "ines")
    writing = Keyboard(ines)
    tomas = demo.sign_in(open_page(demo.url), "tomas")
    deciding = Keyboard(tomas)

    ines.goto(OPEN_UPDATE)
    writing.to(ines.locator("#id_headline")).type("Refund agent approved refunds it should not have")
    writing.to(ines.get_by_role("button", name="Save and check again")).send()
    writing.to(ines.get_by_role("button", name="Submit for approval")).send()
    tomas.goto("/desk/approvals/")
    deciding.to(tomas.get_by_role("main").get_by_role("link", name="Update: Refund agent")).send()
    deciding.to(tomas.get_by_role("button", name="Approve and publish")).send()

    expect(tomas.get_by_role("main")).to_contain_text("Published as entry")
    public = open_page(demo.url)
    public.goto("/")
    for _ in range(20):
        if public.get_by_text("Refund agent approved refunds it should not have").count():
            break
        public.wait_for_timeout(250)
        public.reload()
    expect(public.get_by_text("Refund agent approved refunds it should not have").first).to_be_visible()
    assert writing.unseen == []
    assert deciding.unseen == []


@pytest.mark.check("U11")
def test_the_check_sees_a_focus_that_nobody_can_see(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(demo.url)
    page.goto("/account/login/")
    hands = Keyboard(page)
    page.evaluate("document.querySelector('input[name=login]').style.outline = 'none'")

    hands.to(page.locator("input[name=password]"))

    assert [line for line in hands.unseen if 'name="login"' in line]
