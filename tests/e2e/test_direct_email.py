"""The mail of a direct message in its frame: in its own style, in the colours of whoever reads it, and without any rights."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from incidents.models import Incident, Submission
from stakeholders.models import StakeholderGroup
from stakeholders.operations import contacts
from tests import states
from tests.conftest import PASSWORD
from tests.e2e.conftest import DESKTOP, PHONE, sign_in, with_static_files

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(ready_to_speak: Incident, ada: User) -> Submission:
    group = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(group, "nell@example.org\nomar@example.org", by=ada)
    return states.submit(states.write_to(group, ready_to_speak, by=ada), by=ada)


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)])
@pytest.mark.parametrize("shown_as", ["email", "phone"])
def test_the_approver_reads_the_mail_as_a_mail_program_shows_it(
    asked: Submission, ben: User, live_server: Any, open_page: Callable[..., Page], shown_as: str, size: Any, dark: bool
) -> None:
    page = open_page(live_server.url, size=size, dark=dark)
    with_static_files(page.context)
    sign_in(page, ben.email, PASSWORD)
    page.goto(f"/desk/approvals/{asked.pk}/?preview={shown_as}")
    frame = page.locator("iframe.preview")
    frame.scroll_into_view_if_needed()
    mail = page.frame_locator("iframe.preview")

    expect(mail.get_by_role("heading", level=1)).to_contain_text("writes to you about")
    expect(mail.locator(".marked")).to_contain_text("meant for somebody else")

    said = mail.locator("body").evaluate(
        "e => [getComputedStyle(e).fontSize, getComputedStyle(e).backgroundColor, document.documentElement.scrollWidth]"
    )
    assert said[:2] == ["16px", "rgb(18, 22, 27)" if dark else "rgb(255, 255, 255)"], "its own style is let in"
    assert said[2] <= 360 or shown_as == "email"
    if size == DESKTOP and shown_as == "phone":
        assert frame.evaluate("e => e.clientWidth") == 360
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert frame.evaluate("e => e.contentDocument") is None, "it is of no origin"
