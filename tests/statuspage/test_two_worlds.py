"""S02, generated: two worlds that have in common only what is declared public give the same answers to a stranger."""

import dataclasses
import re
import statistics
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

import clock
from statuspage import source
from statuspage.edition import Edition, build
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests import world as worlds
from tests.browsers import browser
from tests.doors import THRESHOLD, values
from tests.statuspage import differing
from tests.statuspage.test_serving import Visitor

pytestmark = [pytest.mark.check("S02"), pytest.mark.django_db]

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
NOWHERE = (
    "/nothing",
    "/incidents/AAAAAAAAAAAAAAAAAAAAAA/",
    "/history/2020-13/",
    "/record/999999.json",
    "/static/x",
    "/desk",
)


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


@pytest.fixture
def other_world(world: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The same, and every internal value another one."""
    with worlds.undone():
        try:
            yield SimpleNamespace(changed=differing.make_differ())
        finally:
            differing.with_checks()


def edition() -> Edition:
    head = source.head()
    return build(extend(PublicRecord(), source.entries_after(0, head.number)), head.confirmed_at, clock.now())


def public_answers() -> dict[tuple[str, ...], Any]:
    """Status, headers and bytes of every page, in both encodings, by every method, and where there is none."""
    now = edition()
    visitor, closed = Visitor(now), ("/history/2026-11/", "/commitments/2026/", "/record/1.json")
    found: dict[tuple[str, ...], Any] = {}
    for path in [*now.hot, *closed, *NOWHERE, *(path.rstrip("/") for path in now.hot if path != "/")]:
        for method in METHODS if path in ("/", "/record.json", "/nothing") else METHODS[:2]:
            for encoding in ("", "gzip"):
                answer = visitor.ask(path, method, accept_encoding=encoding)
                found[path, method, encoding] = (answer.status, list(answer.headers.items()), answer.body)
    found["order",] = list(now.hot)
    found["host",] = dataclasses.astuple(Answer.of(visitor.ask("/", host="elsewhere.example")))
    found["held",] = visitor.ask("/", if_none_match=visitor.ask("/").headers["ETag"]).status
    return found


@dataclasses.dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def of(cls, answer: Any) -> "Answer":
        return cls(answer.status, list(answer.headers.items()), answer.body)


TOKENS = values(token="made-up", step="organisation", uidb36="1", key="made-up-key")


def threshold_answers() -> dict[tuple[str, str], Any]:
    """Every page that asks for a token or a sign-in, to somebody who has neither; and the refusals of the desk."""
    found: dict[tuple[str, str], Any] = {}
    made_up = TOKENS(SimpleNamespace())
    for door in THRESHOLD:
        path = reverse(door.name, kwargs={name: made_up[name] for name in door.values(NO_WORLD)})
        for method in ("get", "head", "post"):
            cache.clear()
            answer = getattr(browser(), method)(path)
            found[path, method] = (answer.status_code, without_tokens(str(sorted(answer.headers.items()))),
                                   without_tokens(answer.content.decode()))  # fmt: skip
    for path in ("/desk/", "/desk/incidents/1/", "/desk/incidents/987654/", "/desk/nothing", "/account/nothing"):
        answer = browser().get(path)
        found[path, "get"] = (
            answer.status_code,
            sorted(answer.headers.items()),
            without_tokens(answer.content.decode()),
        )
    return found


class _Anything(SimpleNamespace):
    """A world of which a door of the threshold may ask anything: it is given made-up values instead."""

    def __getattr__(self, name: str) -> str:
        return "made-up"


NO_WORLD = _Anything()


def without_tokens(text: str) -> str:
    """Tokens against forged forms are new in every page, and errors carry a reference of their own."""
    text = re.sub(r'(csrfmiddlewaretoken" value="|"X-CSRFToken": ")[^"]+', r"\1", text)
    text = re.sub(
        r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "", text
    )  # when the answer was given, by the machine's clock
    return re.sub(r"e-[0-9a-f]{4}-[0-9a-f]{4}", "", text)


def test_every_column_is_declared_or_differs(other_world: SimpleNamespace, figures: Callable[..., None]) -> None:
    same = {name for name, rows in other_world.changed.items() if rows == 0}

    assert same == WITHOUT_ANOTHER_VALUE
    figures(
        "S02",
        columns_that_differ=len(other_world.changed) - len(same),
        values_changed=sum(other_world.changed.values()),
    )


# Tables without a row in this world, and columns whose one other value a unique key or a table of one row forbids.
WITHOUT_ANOTHER_VALUE = {
    *(f"accounts.Tally.{name}" for name in ("ends_at", "held", "moments")),
    *(f"incidents.Setback.{name}" for name in ("again_at", "kind", "row", "times")),
    "accounts.Membership.team",
    "agents.Agent.team",
    "incidents.ApprovalPolicy.scope",
    "incidents.Duty.policy",
    "incidents.Incident.agent",
    "incidents.ReportingClock.incident",
    "incidents.StakeholderPlan.incident",
    "stakeholders.GroupDefault.scenario",
    "incidents.TriageEntry.incident",
}


def test_the_answers_of_two_worlds_are_the_same(world: SimpleNamespace, figures: Callable[..., None]) -> None:
    one = public_answers()
    outside = threshold_answers()
    with worlds.undone():
        try:
            differing.make_differ()
            other, other_outside = public_answers(), threshold_answers()
        finally:
            differing.with_checks()

    assert {key for key in {*one, *other} if one.get(key) != other.get(key)} == set()
    assert {key for key in {*outside, *other_outside} if outside.get(key) != other_outside.get(key)} == set()
    figures("S02", answers_compared=len(one) + len(outside))


@pytest.mark.parametrize(
    "leak",
    [
        pytest.param(
            lambda row: {"html": f"{row.approval.basis if row.approval else ''}<!-- {row.approval_id} -->"},
            id="approval",
        ),
        pytest.param(lambda row: {"html": str(row.incident and row.incident.title)}, id="the title inside"),
        pytest.param(lambda row: {"html": str(row.incident and row.incident.facts.count())}, id="a count"),
        pytest.param(lambda row: {"html": " " * (row.incident.version if row.incident else 1)}, id="a length alone"),
        pytest.param(lambda row: {"words": {"headline": str(row.incident and row.incident.commander)}}, id="a name"),
    ],
)
def test_a_planted_leak_is_seen(
    leak: Callable[[Any], dict[str, Any]], world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = source._entry
    monkeypatch.setattr(source, "_entry", lambda row: dataclasses.replace(kept(row), **_for_publications(row, leak)))
    one = public_answers()
    with worlds.undone():
        try:
            differing.make_differ()
            other = public_answers()
        finally:
            differing.with_checks()

    assert one != other


def _for_publications(row: Any, leak: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    return leak(row) if row.kind == "publication" else {}


REQUESTS = 1_000


@pytest.mark.nightly
def test_no_time_tells_the_worlds_apart(world: SimpleNamespace, figures: Callable[..., None]) -> None:
    """1,000 requests each for what is hidden and for what does not exist, in turns: the middle halves overlap."""
    hidden = f"/incidents/{world.quiet.public_id}/"
    visitor = Visitor(edition())
    times: dict[str, list[float]] = {hidden: [], "/incidents/AAAAAAAAAAAAAAAAAAAAAA/": []}
    for _ in range(REQUESTS):
        for path, taken in times.items():
            began = time.perf_counter()
            visitor.ask(path)
            taken.append((time.perf_counter() - began) * 1e6)
    (low, middle, high), (other_low, other_middle, other_high) = (statistics.quantiles(one) for one in times.values())

    assert low <= other_high and other_low <= high  # noqa: PT018 - two intervals overlap
    figures("S02", hidden_microseconds=round(middle), unknown_microseconds=round(other_middle), requests=2 * REQUESTS)
