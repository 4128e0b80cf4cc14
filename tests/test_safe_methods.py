"""Reading changes nothing (S07): GET and HEAD of every address, mailed ones too, leave every table as it was."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tests import world as worlds
from tests.conftest import dump
from tests.doors import DOORS, Door, browser_of

pytestmark = [pytest.mark.check("S07"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_looking_changes_nothing(door: Door, world: SimpleNamespace) -> None:
    before = dump()

    for name in ("nobody", "cleo", "olga"):
        browser = browser_of(world, name)
        for method in ("get", "head", "get"):
            answer = door.ask(browser, method, world)
            assert answer.status_code < 500

    assert dump() == before


def test_the_comparison_sees_a_change(world: SimpleNamespace) -> None:
    before = dump()

    with worlds.undone():
        browser = browser_of(world, "olga")
        browser.post("/desk/account/", {"name": "Olga B.", "time_zone": "UTC"})
        changed = [table for table, rows in dump().items() if rows != before[table]]

    assert set(changed) == {"accounts_user", "accounts_logentry", "accounts_loghead"}
