"""Cookies (S11): with an https address each one is bound to the host, kept from scripts and from other sites."""

from typing import Any

import pytest
from django.test import override_settings
from django.urls import reverse

from tests import world as worlds
from tests.config.conftest import effective  # noqa: F401 - a fixture
from tests.conftest import PASSWORD
from tests.doors import DOORS, THRESHOLD, browser_of

pytestmark = [pytest.mark.check("S11"), pytest.mark.django_db]

NAMES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "DEVICE_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")


@pytest.fixture
def https(effective: Any) -> Any:  # noqa: F811
    """The values of the shipped settings with an https address, as a process of its own reads them."""
    words = ", ".join(f"{name!r}: settings.{name}" for name in NAMES)
    return effective(f"{{{words}}}", PUBLIC_URL="https://status.example.org")


def wrong(cookie: Any) -> list[str]:
    """What is missing of one Set-Cookie line."""
    rules = {
        "__Host-": cookie.key.startswith("__Host-"),
        "Secure": bool(cookie["secure"]),
        "HttpOnly": bool(cookie["httponly"]),
        "SameSite": cookie["samesite"] == "Lax",
        "Path=/": cookie["path"] == "/",
        "no Domain": not cookie["domain"],
    }
    return [f"{cookie.key} lacks {rule}" for rule, kept in rules.items() if not kept]


def test_every_cookie_of_every_page_is_locked_to_the_host(world, clock_at, https, figures):
    clock_at(world.now)
    seen: list[Any] = []
    with override_settings(**https):
        for door in DOORS:
            for person in ("nobody", "ada", "olga"):
                with worlds.undone():
                    seen += door.ask(browser_of(world, person), "get", world).cookies.values()
        for door in THRESHOLD:
            with worlds.undone():
                seen += door.ask(browser_of(world, "nobody"), "post", world).cookies.values()
        with worlds.undone():
            browser = browser_of(world, "nobody")
            answer = browser.post(reverse("account_login"), {"login": world.ada.email, "password": PASSWORD})
            assert answer.status_code == 302
            seen += answer.cookies.values()

    assert {cookie.key for cookie in seen} == {"__Host-session", "__Host-csrf", "__Host-device"}
    assert sorted({line for cookie in seen for line in wrong(cookie)}) == []
    figures("S11", cookies_set=len(seen), kinds=3, not_locked=0)


def test_a_cookie_that_is_not_locked_is_noticed(client_of, organisation):
    answer = client_of(None).get(reverse("account_login"))

    assert {"csrf lacks __Host-", "csrf lacks Secure"} <= {
        line for one in answer.cookies.values() for line in wrong(one)
    }


def test_without_https_they_have_plain_names_because_a_browser_would_refuse_the_others(effective):  # noqa: F811
    assert effective("settings.SESSION_COOKIE_NAME") == "session"
