"""No form is accepted that this site did not give out itself (S08): every address that takes a POST, generated."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from accounts import log
from tests import factories
from tests import world as worlds
from tests.doors import DOORS, Door, browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.check("S08")]

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


@pytest.mark.parametrize(
    "origin", ["null", "http://127.0.0.1:8001", "http://127.0.0.1.elsewhere.example", "https://127.0.0.1:8000"]
)
def test_what_only_resembles_this_site_is_another_site(origin: str, world: SimpleNamespace) -> None:
    browser = browser_of(world, "ada", enforce_csrf_checks=True)
    token = with_token(browser)

    answer = browser.post("/desk/account/", {"name": "Ada"}, headers={"Origin": origin, "X-CSRFToken": token})

    assert answer.status_code == 403


def test_a_script_of_another_site_does_not_pass_as_htmx(world: SimpleNamespace) -> None:
    answer = browser_of(world, "cleo", enforce_csrf_checks=True).post(
        f"/desk/incidents/{world.quiet.pk}/containment/new/", {"text": "x"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 403
    assert "This form has been open for too long" in answer.text


def test_nobody_is_signed_in_by_the_form_of_another_site(world: SimpleNamespace) -> None:
    """Otherwise a person would work, and write, under the account of whoever made that form."""
    known = {"login": world.ada.email, "password": factories.PASSWORD}
    outcomes = []
    for headers in ({}, {"Origin": "https://elsewhere.example"}):
        browser = browser_of(world, "nobody", enforce_csrf_checks=True)
        token = with_token(browser)
        given = known | ({"csrfmiddlewaretoken": token} if headers else {})
        with worlds.undone():
            answer = browser.post("/account/login/", given, headers=headers)
            outcomes.append((answer.status_code, settings.SESSION_COOKIE_NAME in browser.cookies))

    with worlds.undone():
        browser = browser_of(world, "nobody", enforce_csrf_checks=True)
        answer = browser.post("/account/login/", known | {"csrfmiddlewaretoken": with_token(browser)})
        let_in = (answer.status_code, settings.SESSION_COOKIE_NAME in browser.cookies)

    assert outcomes == [(403, False), (403, False)]
    assert let_in == (302, True)


def test_every_door_that_takes_a_form_was_tried(figures: Callable[..., None]) -> None:
    figures("S08", doors=len(TAKE_POST), ways_refused=2)

    assert len(TAKE_POST) > 60
