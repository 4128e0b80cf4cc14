"""Under a finger, on a phone: whatever stands alone is 44 px high (3.5 of the bar: 2.5.8, and more than it asks)."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.e2e.conftest import PHONE, Demo

HIGH = 43  # 44 with what rounding takes
PUBLIC = ["/", "/commitments/", "/history/"]
DESK = [
    "/desk/",
    "/desk/incidents/3/",
    "/desk/incidents/3/details/",
    "/desk/approvals/11/",
    "/desk/people/",
    "/desk/account/",
]

# A link amid words has the height of their line; a choice is as high as its label.
LOW = """least => [...document.querySelectorAll('main :is(a[href], button, select, textarea, summary, input:not([type=hidden]))')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height)
    .filter(one => !one.matches('a') || one.matches('.btn') || one.parentElement.textContent.trim() === one.textContent.trim())
    .filter(one => !one.closest('tbody td, .findings'))
    .map(one => one.matches('[type=radio], [type=checkbox]') ? one.closest('label') : one)
    .filter(one => one.getBoundingClientRect().height < least)
    .map(one => `${one.tagName} ${Math.round(one.getBoundingClientRect().height)} ${one.textContent.trim().slice(0, 40)}`)"""


def test_what_stands_alone_is_high_enough_for_a_finger(standing_demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(standing_demo.url, size=PHONE, has_touch=True, is_mobile=True)
    found = low(page, PUBLIC)
    standing_demo.sign_in(page, "mara")
    found += low(page, DESK)

    assert found == []


def test_with_a_mouse_the_same_links_keep_the_height_of_their_line(
    standing_demo: Demo, open_page: Callable[..., Page]
) -> None:
    """Which also shows that the check sees a low target."""
    page = open_page(standing_demo.url)

    assert low(page, PUBLIC)


def low(page: Page, addresses: list[str]) -> list[str]:
    found: list[str] = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found += [f"{address}: {one}" for one in page.evaluate(LOW, HIGH)]
    return found
