"""Reading changes nothing (S07): GET and HEAD of every address, mailed ones too, leave every table as it was."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from django.conf import settings

from stakeholders import mail
from stakeholders.models import Outgoing
from stakeholders.operations import links
from tests import world as worlds
from tests.conftest import rows
from tests.doors import DOORS, Door, browser_of

pytestmark = [pytest.mark.check("S07"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_looking_changes_nothing(door: Door, world: SimpleNamespace) -> None:
    before = rows()

    for name in ("nobody", "cleo", "olga"):
        browser = browser_of(world, name)
        for method in ("get", "head", "get"):
            answer = door.ask(browser, method, world)
            assert answer.status_code < 500

    assert rows() == before


def mailed(world: SimpleNamespace) -> set[str]:
    """Every address of ours in every message as it is sent, links that act included."""
    found: set[str] = set()
    for message in Outgoing.objects.select_related("to_user"):
        token = links.mint(message) if message.link_purpose else ""
        letter = message_from_bytes(mail.build(message, name="", organisation="", token=token), policy=policy.default)
        for part in letter.walk():
            if part.get_content_maintype() == "text":
                found |= set(re.findall(re.escape(settings.DESK_URL) + r"(/[^\s\"<>)]*)", part.get_content()))
    return {address.rstrip(".,") for address in found}


def test_following_every_mailed_link_three_times_changes_nothing(
    world: SimpleNamespace, figures: Callable[..., None]
) -> None:
    """As scanners of mail do (A11): by GET and by HEAD, again and again, and once by somebody who is signed in."""
    with worlds.undone():
        addresses = mailed(world)
        before = rows()
        for name, times in (("nobody", 3), ("tom", 1)):
            browser = browser_of(world, name)
            for address in addresses:
                answers = {getattr(browser, method)(address).status_code for method in ("get", "head") * times}
                assert answers <= {200, 302, 403, 404}, address
        assert rows() == before

    assert sum("/act/" in address for address in addresses) > 4
    figures("S07", doors=len(DOORS), mailed_addresses=len(addresses), rows_changed=0)


def test_the_comparison_sees_a_change(world: SimpleNamespace) -> None:
    before = rows()

    with worlds.undone():
        browser = browser_of(world, "olga")
        browser.post("/desk/account/", {"name": "Olga B.", "time_zone": "UTC"})
        changed = [table for table, held in rows().items() if held != before[table]]

    assert set(changed) == {"accounts_user", "accounts_logentry", "accounts_loghead"}
