"""No form is accepted that this site did not give out itself (S08): every address that takes a POST, generated."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from accounts import log
from tests import world as worlds
from tests.doors import DOORS, Door, browser_of

pytestmark = pytest.mark.django_db

TAKE_POST = [door for door in DOORS if door.takes_post]


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def let_in(w: SimpleNamespace, door: Door) -> Client:
    """A browser that checks forms, of somebody whom this door lets in, or of the administrator if it opens for nobody."""
    return browser_of(w, [*door.let_in, "olga"][0], enforce_csrf_checks=True)


def with_token(browser: Client) -> str:
    request = RequestFactory().get("/")
    token = get_token(request)
    browser.cookies["csrf"] = request.META["CSRF_COOKIE"]
    return token


@pytest.mark.parametrize("door", TAKE_POST, ids=str)
def test_a_form_without_a_token_is_refused(door: Door, world: SimpleNamespace) -> None:
    before = log.revision()

    with worlds.undone():
        answer = door.ask(let_in(world, door), "post", world)
        unchanged = log.revision() == before

    assert answer.status_code == 403
    assert unchanged


@pytest.mark.parametrize("door", TAKE_POST, ids=str)
def test_a_form_from_another_site_is_refused_even_with_the_right_token(door: Door, world: SimpleNamespace) -> None:
    browser = let_in(world, door)
    token = with_token(browser)
    before = log.revision()

    with worlds.undone():
        headers = {"Origin": "https://elsewhere.example", "X-CSRFToken": token}
        answer = door.ask(browser, "post", world, headers=headers)
        unchanged = log.revision() == before

    assert answer.status_code == 403
    assert unchanged


@pytest.mark.parametrize("door", TAKE_POST, ids=str)
def test_our_own_form_is_accepted(door: Door, world: SimpleNamespace) -> None:
    """Otherwise the two tests above would prove nothing but that the door is shut."""
    browser = let_in(world, door)
    token = with_token(browser)

    with worlds.undone():
        headers = {"Origin": "http://127.0.0.1:8000", "X-CSRFToken": token}
        answer = door.ask(browser, "post", world, headers=headers)

    assert (answer.status_code != 403) == bool(door.let_in)
