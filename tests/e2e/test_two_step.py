"""The second step in a real browser: an app and its codes, passkeys with a virtual authenticator, and how the pages look."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts import totp
from tests.e2e.conftest import DESKTOP, NARROW, PHONE, Demo
from tests.e2e.test_every_page import STATES, too_wide, violations

pytestmark = [pytest.mark.check("S28"), pytest.mark.check("U01")]


@pytest.fixture(scope="module")
def desk(demo: Demo) -> Demo:
    """The demo at the name under which browsers offer passkeys. Each test signs in as somebody else."""
    demo.url = demo.url.replace("127.0.0.1", "localhost")
    return demo


def authenticator(page: Page) -> CDPSession:
    """A passkey device that lives in this browser and says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def confirm(page: Page, demo: Demo) -> None:
    if "/confirm/" in page.url:
        page.locator("input[name=password]").fill(demo.password)
        page.get_by_role("button", name="Go on").click()


def code(secret: str, steps: int = 0) -> str:
    return totp.code_of(secret, int(time.time()) // totp.STEP_SECONDS + steps)


def set_up_app(page: Page, demo: Demo) -> str:
    """From the page of the account to the recovery codes; returns the app's secret."""
    page.goto("/desk/account/")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page, demo)
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.locator("input[name=code]").fill(code(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".codes li")).to_have_count(10)
    return secret


def add_key(page: Page, demo: Demo, name: str) -> None:
    page.goto("/desk/account/two-step/keys/new/")
    confirm(page, demo)
    page.locator("input[name=name]").fill(name)
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/two-step/**")


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.locator("main button").click()
    page.wait_for_url("**/account/login/**")


def give_password(page: Page, demo: Demo, first_name: str) -> None:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(f"{first_name}@northwind-agents.example")
    page.locator("input[name=password]").fill(demo.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/account/second-step/")


def test_the_address_by_number_says_why_it_offers_no_passkey(desk: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(desk.installation.url, size=DESKTOP)
    desk.sign_in(page, "mara")
    page.goto("/desk/account/two-step/keys/new/")
    page.locator("input[name=name]").fill("Laptop")
    page.get_by_role("button", name="Add the passkey").click()

    expect(page.get_by_text("Passkeys do not work at this address.")).to_be_visible()


@pytest.mark.parametrize(
    ("scripts", "who"),
    [
        pytest.param(True, "tomas", id="with scripts", marks=pytest.mark.nightly),
        pytest.param(False, "karim", id="without"),
    ],
)
def test_an_app_is_set_up_and_asked_for(desk: Demo, open_page: Callable[..., Page], scripts: bool, who: str) -> None:
    page = open_page(desk.url, scripts=scripts)
    desk.sign_in(page, who)
    secret = set_up_app(page, desk)
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("It is on: your password alone opens nothing.")).to_be_visible()

    sign_out(page)
    give_password(page, desk, who)
    page.locator("input[name=code]").fill(code(secret, 1))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/desk/")

    sign_out(page)
    give_password(page, desk, who)
    page.locator("input[name=code]").fill(recovery)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/desk/")


def test_passkeys_are_made_named_used_and_removed(desk: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(desk.url)
    desk.sign_in(page, "sam")
    device = authenticator(page)
    add_key(page, desk, "Office laptop")
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("button", name="I have kept them").click()

    sign_out(page)
    page.goto("/desk/people/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()

    sign_out(page)
    give_password(page, desk, "sam")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/desk/")

    page.goto("/desk/account/two-step/keys/new/")
    page.locator("input[name=name]").fill("The same device")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("This device keeps a passkey for you here already.")).to_be_visible()

    page.goto("/desk/account/")
    page.get_by_role("link", name="Rename Office laptop").click()
    page.locator("input[name=name]").fill("Old laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Remove Old laptop").click()
    confirm(page, desk)
    if page.get_by_role("button", name="Remove Old laptop").count():
        page.get_by_role("button", name="Remove Old laptop").click()
    expect(page.get_by_text("It is off: whoever knows your password is in.")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/login/**")
    expect(page.get_by_text("That did not work.")).to_be_visible()
    assert device.send("WebAuthn.disable") == {}


@pytest.mark.nightly
def test_two_devices_are_two_keys(desk: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(desk.url)
    desk.sign_in(page, "ines")
    authenticator(page)
    add_key(page, desk, "Laptop")
    page.get_by_role("button", name="I have kept them").click()
    other = open_page(desk.url)
    authenticator(other)
    give_password(other, desk, "ines")
    expect(other.get_by_role("button", name="Use a passkey")).to_be_visible()
    other.get_by_role("button", name="Use a passkey").click()
    expect(other.get_by_text("No passkey was used")).to_be_visible(timeout=20_000)

    page.goto("/desk/account/")

    expect(page.get_by_role("row", name=re.compile("Passkey Laptop"))).to_be_visible()


@pytest.mark.parametrize(
    ("state", "who"),
    [
        ("light desktop", "mara"),
        pytest.param("dark desktop", "jun", marks=pytest.mark.nightly),
        pytest.param("light phone", "helene", marks=pytest.mark.nightly),
        ("dark phone", "noor"),
    ],
)
def test_the_pages_of_the_second_step_break_no_rule(
    desk: Demo, open_page: Callable[..., Page], state: str, who: str
) -> None:
    size, dark = STATES[state]
    page = open_page(desk.url, size=size, dark=dark)
    found: list[str] = []

    def look(name: str) -> None:
        page.wait_for_load_state()
        found.extend(f"{name} {wrong}" for wrong in violations(page))
        if size == PHONE:
            found.extend(f"{name} is wider than {width}" for width in (PHONE[0], NARROW[0]) if too_wide(page, width))
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})

    page.goto("/account/login/")
    look("sign in")
    desk.sign_in(page, who)
    page.goto("/desk/account/confirm/")
    look("confirm")
    page.goto("/desk/account/two-step/app/")
    look("app")
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="Set it up").click()
    look("app, wrong code")
    set_up_app(page, desk)
    look("codes")
    page.get_by_role("button", name="I have kept them").click()
    look("two-step")
    page.goto("/desk/account/two-step/keys/new/")
    look("key")
    page.goto("/desk/account/")
    look("account")
    sign_out(page)
    give_password(page, desk, who)
    look("second step")

    assert "\n".join(found) == ""
