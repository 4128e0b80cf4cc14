"""A commitment's deadline passes: the mail from a real SMTP server, its link in a real browser, and what becomes of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from incidents.models import Commitment
from incidents.operations.sweep import sweep
from stakeholders.operations.sending import drain
from tests.conftest import PASSWORD, dump
from tests.e2e.conftest import sign_in
from tests.servers import Postbox, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def postbox(settings: Any) -> Any:
    box = Postbox()
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = box.url, "127.0.0.1", box.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    with box.open():
        yield box


def test_the_owner_answers_the_mail_and_somebody_else_verifies(
    live_server: Any,
    open_page: Callable[..., Page],
    postbox: Postbox,
    clock_at: Callable[..., None],
    commitment: Commitment,
    tom: User,
    ben: User,
) -> None:
    clock_at(commitment.due_at + timedelta(minutes=1))
    sweep()
    drain()
    (late,) = [message for message in postbox.to(tom.email) if "missed in public" in str(message["Subject"])]
    path = re.search(r"/act/[\w-]+/", text_of(late))
    assert path is not None, text_of(late)

    owner = open_page(live_server.url)
    before = dump()
    owner.goto(path[0])
    expect(owner.get_by_role("main")).to_contain_text(commitment.text)
    assert dump() == before, "opening the link changed something"
    owner.get_by_role("link", name="Done, and here is the evidence").click()
    owner.locator("[name=text]").fill("Since Monday every letter carries a name; the list is in the folder.")
    owner.locator("[name=dated_at]").fill("20 Nov 2026 15:00 UTC")
    owner.locator("main button[type=submit]").click()
    if owner.locator("[name=dated_at]").count():  # the reading of a typed time is shown once before it counts
        owner.locator("main button[type=submit]").click()
    expect(owner.get_by_role("heading", name="Thank you. That is done.")).to_be_visible()
    verifier = sign_in(open_page(live_server.url), ben.email, PASSWORD)
    verifier.goto(f"/desk/commitments/{commitment.pk}/")
    verifier.locator("form[action$='/acceptance/'] button").click()
    expect(verifier.get_by_role("main")).to_contain_text("Kept late")

    again = owner.goto(path[0])
    assert again is not None
    assert again.status == 404
    assert Commitment.objects.get(pk=commitment.pk).state == Commitment.State.KEPT_LATE
