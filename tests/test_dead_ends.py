"""No link of the desk leads the person who sees it to a refusal, nor to nothing."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from django.urls import resolve

from tests import world as worlds
from tests.doors import INSIDE, browser_of

pytestmark = pytest.mark.django_db

OF_EACH_KIND = 400 if os.environ.get("NIGHTLY") else 3  # of what there are many; by night all


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> Iterator[None]:
    clock_at(world.now)
    with worlds.undone():
        yield


def links(page: str, path: str) -> set[str]:
    found = re.findall(r'<a\b[^>]*\bhref="([^"#]+)', page)
    whole = {(path.partition("?")[0] + to if to.startswith("?") else to).replace("&amp;", "&") for to in found}
    return {to for to in whole if to.startswith("/desk/")}


def refused(w: SimpleNamespace, name: str, begin: str = "/desk/") -> dict[str, str]:
    """Where links lead that this person is shown and may not follow, and the page that shows them."""
    browser, kinds, wrong = browser_of(w, name), Counter[str](), {}
    waiting, known = [begin], {begin: ""}
    while waiting:
        path = waiting.pop(0)
        answer = browser.get(path)
        if answer.status_code >= 400:
            wrong[path] = f"{answer.status_code}, linked from {known[path]}"
            continue
        for to in sorted(links(answer.content.decode(), path) - known.keys()):
            known[to] = path
            kinds[kind := resolve(to.partition("?")[0]).url_name or to] += 1
            if kinds[kind] <= OF_EACH_KIND:
                waiting.append(to)
    assert len(kinds) > 8, kinds
    return wrong


@pytest.mark.parametrize("name", INSIDE)
def test_no_link_leads_to_a_refusal(name: str, world: SimpleNamespace) -> None:
    assert refused(world, name) == {}


def test_a_link_to_a_refusal_is_found(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.context.guarded_rooms", lambda _user: frozenset({"log"}))

    assert refused(world, "vic")["/desk/log/"] == "403, linked from /desk/"
