"""What a page of the desk may cost the database (U12): at most twelve queries, whoever reads it and whatever it shows."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.models import Commitment, Incident, Statement, Submission
from tests.doors import DOORS, PEOPLE, Door, browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.check("U12")]

MOST = 12
PAGES = [door for door in DOORS if door.name.startswith("desk:") and 200 in door.get.values()]

# Of each kind of page the objects of the world, in every state there is.
OBJECTS: dict[str, Any] = {
    "desk:incident": Incident.objects,
    "desk:statement": Statement.objects,
    "desk:submission": Submission.objects,
    "desk:commitment": Commitment.objects.published(),
}
READERS = ("ada", "ben", "cleo")


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def reader(w: SimpleNamespace, name: str) -> Any:
    """Somebody's browser, a page after signing in: the session has been written."""
    browser = browser_of(w, name)
    browser.get("/desk/solo/")
    return browser


def queries(browser: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    assert answer.status_code == 200, address
    return len(asked)


@pytest.mark.parametrize("door", PAGES, ids=str)
def test_every_page_of_the_desk_asks_twelve_questions_at_most(door: Door, world: SimpleNamespace) -> None:
    readers = [name for name in PEOPLE if door.get[name] == 200][:3]
    found = {name: queries(reader(world, name), door.address(world)) for name in readers}

    assert max(found.values()) <= MOST, found


@pytest.mark.parametrize("name", OBJECTS)
def test_whatever_state_it_shows(name: str, world: SimpleNamespace, figures: Any) -> None:
    browsers = [reader(world, person) for person in READERS]
    found = {
        f"{row} {row.pk}": max(queries(browser, reverse(name, args=[row.pk])) for browser in browsers)
        for row in OBJECTS[name].all()
    }

    figures("U12", **{f"queries of {name.removeprefix('desk:')} at most": max(found.values()), "in states": len(found)})
    assert len(found) > 1
    assert {row: asked for row, asked in found.items() if asked > MOST} == {}
