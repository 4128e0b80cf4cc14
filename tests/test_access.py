"""Who gets in where (S04): every address, every person of the cast, reading and doing, against the table of doors.

The headers of each answer are looked at on the way (S10).
"""

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tests import world as worlds
from tests.doors import DOORS, PEOPLE, Door, browser_of
from tests.routes import routes
from tests.security.headers import faults

pytestmark = [pytest.mark.check("S04", "S10"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def answers(door: Door, method: str, w: SimpleNamespace) -> dict[str, int]:
    """The status that each person gets. Nothing of it stays: each asks the same world."""
    found = {}
    for name in PEOPLE:
        browser = browser_of(w, name)
        with worlds.undone():
            answer = door.ask(browser, method, w)
        found[name] = answer.status_code
        assert faults(door.address(w), answer.status_code, answer.headers) == []
    return found


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_who_may_read(door: Door, world: SimpleNamespace) -> None:
    assert answers(door, "get", world) == door.get


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_who_may_do(door: Door, world: SimpleNamespace) -> None:
    assert answers(door, "post", world) == door.post


def test_every_address_stands_in_the_table() -> None:
    known = Counter(route.name for route in routes())

    assert known.keys() == {door.name for door in DOORS}
    assert {name for name, patterns in known.items() if patterns > 1} == set(), "a second address with the same name"


def test_everything_inside_sends_nobody_to_sign_in() -> None:
    inside = {route.name for route in routes() if route.pattern.startswith("desk/")}

    answered = {(door.get["nobody"], door.post["nobody"]) for door in DOORS if door.name in inside}

    assert answered == {(302, 302)}


def test_a_person_without_access_any_more_is_nobody(world: SimpleNamespace) -> None:
    browser = browser_of(world, "rosa")

    with worlds.undone():
        before = browser.get("/desk/").status_code
        type(world.rosa).objects.filter(pk=world.rosa.pk).update(is_active=False)
        after = browser.get("/desk/").status_code

    assert (before, after) == (200, 302)
