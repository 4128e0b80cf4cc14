"""S04, the objects: every door at every object of its kind, in every state, mine and others', and at a number of nobody.

Every change is tried with one person of each answer, so that each answer of each line is seen; the nightly run tries
everybody, with every method.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Role
from tests import objects
from tests import world as worlds
from tests.doors import DOORS, INSIDE, PEOPLE, Door, browser_of
from tests.routes import routes

pytestmark = [pytest.mark.check("S04"), pytest.mark.django_db]

NIGHTLY = os.environ.get("NIGHTLY") == "1"
TABLE = objects.table()
BY_DOOR = {
    str(door): [(what, one) for what, one in objects.doors() if str(one) == str(door)]
    for door in DOORS
    if any(str(one) == str(door) for _, one in objects.doors())
}


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def lines() -> Iterator[tuple[str, str, Door, str]]:
    for what, door in objects.doors():
        for method in objects.methods(door):
            yield f"{door}, {what}, {method}", what, door, method


def asked(key: str) -> list[tuple[str, int]]:
    """The people who are tried at this line with what they are to get: one of each answer, or everybody at night."""
    declared = list(zip(PEOPLE, map(int, TABLE[key].split()), strict=True))
    if NIGHTLY:
        return declared
    inside = sorted(declared[1:], key=lambda pair: (pair[1], (len(key) + PEOPLE.index(pair[0])) % 5))
    return [next(people) for _, people in itertools.groupby(inside, key=lambda pair: pair[1])]


@pytest.mark.parametrize("name", BY_DOOR)
def test_every_object_answers_as_declared(name: str, world: SimpleNamespace) -> None:
    found = []
    for what, door in BY_DOOR[name]:
        for method in objects.methods(door):
            key = f"{door}, {what}, {method}"
            for person, declared in asked(key):
                with worlds.undone():
                    answer = door.ask(browser_of(world, person), method, world).status_code
                if answer != declared:
                    found.append(f"{key}: {person} got {answer}, not {declared}")

    assert found == []


def test_every_door_with_a_number_and_every_object_has_its_line(figures: Callable[..., None]) -> None:
    numbered = {route.name for route in routes() if "pk" in route.arguments}

    assert {kind if kind.startswith("preview") else f"desk:{kind}" for kind in objects.KINDS} == numbered
    assert {key for key, _, _, _ in lines()} == set(TABLE)
    assert {len(answers.split()) for answers in TABLE.values()} == {len(PEOPLE)}
    tried = sum(len(asked(key)) for key in TABLE)
    figures("S04", doors=len(DOORS), lines=len(TABLE), answers_declared=len(TABLE) * len(PEOPLE), answers_tried=tried)


def test_every_role_has_its_column() -> None:
    assert {role for role, _ in zip(worlds.CAST.values(), INSIDE, strict=True)} == set(Role)
    assert tuple(sorted(worlds.CAST)) == tuple(sorted(INSIDE))


def test_the_table_says_what_the_rule_says() -> None:
    """Nobody is always sent to sign in; what there is not is 404 to all who may read its kind, and done to nobody."""
    for key, answers in TABLE.items():
        nobody, *others = answers.split()
        assert nobody == "302", key
        if ", unknown, " in key:
            assert set(others) <= {"403", "404"}, key


# The address of what there is, and of what there is not: to whom may not read its kind they must look the same.
HIDDEN = {"statement": "vic", "submission": "max", "outgoing": "vic", "review": "max", "component": "vic"}


@pytest.mark.parametrize(("kind", "person"), HIDDEN.items())
def test_no_number_tells_whether_there_is_something(kind: str, person: str, world: SimpleNamespace) -> None:
    there = next(door for door in DOORS if door.name == f"desk:{kind}").address(world)
    nowhere = reverse(f"desk:{kind}", args=[objects.UNKNOWN])

    for name in ("nobody", person):
        one, other = (plain(browser_of(world, name).get(path), path) for path in (there, nowhere))
        assert one == other


def plain(answer: Any, path: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without the address itself, and the token that is new each time."""
    headers = {name: value.replace(path, "") for name, value in answer.headers.items() if name != "Content-Length"}
    said = [line for line in answer.content.decode().replace(path, "").splitlines() if "csrf" not in line.lower()]
    return answer.status_code, headers, "\n".join(said)


# Class-based pages of allauth answer OPTIONS with the methods they have, and take PUT for a form that was not sent.
FORMS_OF_ALLAUTH = {name for name in {door.name for door in DOORS} if name.startswith(("account_", "mfa_"))} - {
    "account_invitation"
}
REFUSED = ("put", "patch", "delete", "options")


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_other_methods_are_refused_and_head_answers_as_get_does(door: Door, world: SimpleNamespace) -> None:
    reader = next((name for name in INSIDE if door.get[name] == 200), "cleo")
    for name in PEOPLE if NIGHTLY else ("nobody", reader):
        browser = browser_of(world, name)
        cache.clear()
        with worlds.undone():
            assert browser.head(door.address(world)).status_code == door.get[name]
            if door.name in FORMS_OF_ALLAUTH:
                continue
            answers = {getattr(browser, method)(door.address(world)).status_code for method in REFUSED}
        assert answers == ({302} if name == "nobody" and door.get["nobody"] == 302 else {405})


@pytest.mark.parametrize("door", [door for door in DOORS if door.name in FORMS_OF_ALLAUTH], ids=str)
def test_other_methods_change_nothing_on_the_pages_of_allauth(
    door: Door, world: SimpleNamespace, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()
    for name, method in itertools.product(("nobody", "cleo"), REFUSED):
        cache.clear()
        assert getattr(browser_of(world, name), method)(door.address(world)).status_code in (200, 302, 405)

    assert snapshot() == before
