"""Extra fields on any form change nothing (S27).

`inputs.toml` says which names each address takes. What the program reads there must be exactly that; and with every
other column of every table sent along, in the form and in the address, the database ends as it does without.
"""

import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from tests import world as worlds
from tests.conftest import dump
from tests.doors import DOORS, Door, browser_of
from tests.security.surface import EVERYTHING, OF_DJANGO, planted, recorded, same_chance

pytestmark = [pytest.mark.check("S27"), pytest.mark.django_db]

TAKE_POST = [door for door in DOORS if door.takes_post]
INPUTS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("inputs.toml").read_text())


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def who_may(door: Door) -> list[str]:
    """Everybody to whom the form means something; nobody's own pages are asked by nobody."""
    by_nobody = ["nobody"] if door.post["nobody"] not in (302, 403, 404, 405) else []
    return by_nobody + door.let_in


def undeclared(door: Door, read: set[str]) -> set[str]:
    """The names that the program read there and that `inputs.toml` does not give it."""
    declared = INPUTS.get(door.name, [])
    return {name for name in read if not any(fnmatchcase(name, known) for known in declared)}


def sent(door: Door, person: str, w: SimpleNamespace, extra: dict[str, str]) -> tuple[Any, set[str]]:
    """What the database holds and what was answered after this form, and the names that were read. Nothing stays."""
    with worlds.undone(), same_chance(), recorded() as read:
        browser = browser_of(w, person)
        given = {
            **extra,
            **door.sends(w),
            "sent": "1",
        }  # last: what is read while the form is put together does not count
        answer = browser.post(door.address(w), given, query_params=extra or None)
        after = dump(without={"shared_cache": {"expires"}})
        target = answer.headers.get("Location", "").partition("?")[0]
        signed_in = settings.SESSION_COOKIE_NAME in answer.cookies
    return (answer.status_code, target, signed_in, after), read - OF_DJANGO


def compare(door: Door, person: str, w: SimpleNamespace) -> int:
    """How many extra fields were sent without being read and without a trace."""
    own = set(INPUTS.get(door.name, [])) | set(door.sends(w))
    extra = {name: value for name, value in planted().items() if name not in own}
    without, _ = sent(door, person, w, {})
    with_them, read = sent(door, person, w, extra)

    assert EVERYTHING not in read, "it takes whatever comes"
    assert undeclared(door, read) == set(), "it reads names that inputs.toml does not give it"
    assert with_them[:3] == without[:3]
    assert {table: rows for table, rows in with_them[3].items() if rows != without[3][table]} == {}
    return len(extra)


@pytest.mark.parametrize("door", TAKE_POST, ids=str)
def test_extra_fields_change_nothing(door: Door, world: SimpleNamespace, figures: Callable[..., None]) -> None:
    tried = compare(door, [*who_may(door), "olga"][0], world)

    assert tried > 100
    if door is TAKE_POST[0]:
        figures("S27", forms=len(TAKE_POST), extra_fields=tried, changed=0)


@pytest.mark.nightly
@pytest.mark.parametrize("door", TAKE_POST, ids=str)
def test_extra_fields_change_nothing_for_anybody_who_may(door: Door, world: SimpleNamespace) -> None:
    assert all(compare(door, person, world) > 100 for person in who_may(door))


def test_two_runs_of_the_same_form_end_alike(world: SimpleNamespace) -> None:
    """Otherwise a difference would say nothing."""
    door = next(door for door in DOORS if door.name == "desk:declare")

    first, _ = sent(door, "cleo", world, {})
    again, _ = sent(door, "cleo", world, {})
    other, _ = sent(
        Door(door.name, door.get, door.post, sends=lambda w: {**door.sends(w), "title": "Another"}), "cleo", world, {}
    )

    assert first == again
    assert first != other


def test_the_list_of_inputs_names_no_address_that_is_gone() -> None:
    assert set(INPUTS) <= {door.name for door in TAKE_POST}
