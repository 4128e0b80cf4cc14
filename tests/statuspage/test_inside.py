"""S03: whatever happens inside in whatever order, the whole public tree stays as it was, to the byte.

A short run for every change; `test_inside_machine.py` looks for a sequence that breaks it.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Team, User
from agents.models import Component
from incidents.models import Incident, RecordEntry
from incidents.operations import approval
from refusals import Refused
from stakeholders.models import Outgoing
from statuspage import source
from statuspage.edition import build
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests import world as worlds
from tests.statuspage import inside
from tests.statuspage.inside import INSIDE, Do, Hand
from tests.statuspage.test_serving import Visitor

pytestmark = [pytest.mark.check("S03"), pytest.mark.django_db]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def operations() -> Iterator[str]:
    """Every public function of every module of operations."""
    modules = [*ROOT.glob("*/operations/*.py"), *ROOT.glob("*/operations.py")]
    for path in modules:
        room, _, rest = path.relative_to(ROOT).with_suffix("").as_posix().partition("/")
        part = rest.removeprefix("operations").strip("/").replace("/", ".")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield ".".join(filter(None, (room, part, node.name)))


def test_every_operation_is_tried_or_declared() -> None:
    known = [*INSIDE, *inside.PUBLIC, *inside.spelled(inside.PARTS), *inside.spelled(inside.QUESTIONS)]

    assert Counter(operations()) == Counter(known)


Tree = dict[tuple[str, str], tuple[int, dict[str, str], bytes]]


def tree(at: object) -> Tree:
    """Status, headers and bytes at every public address at this moment, and at those of what is not public."""
    head = source.head()
    edition = build(extend(PublicRecord(), source.entries_after(0, head.number)), head.confirmed_at, at)  # type: ignore[arg-type]
    hidden = [f"/incidents/{one.public_id}/" for one in Incident.objects.all()]
    hidden += [f"/components/{one.public_id}/" for one in Component.objects.all()]
    closed = ["/history/2026-11/", "/commitments/2026/", "/record/1.json", "/nothing"]
    visitor, found = Visitor(edition), {}
    for path in {*edition.hot, *hidden, *closed}:
        for encoding in ("", "gzip"):
            answer = visitor.ask(path, accept_encoding=encoding)
            found[path, encoding] = (answer.status, answer.headers, answer.body)
    return found


def happens(do: Do, hand: Hand) -> bool:
    """Something that is tried inside. Whether it was done: a refusal is an answer too."""
    try:
        with transaction.atomic():
            do(hand)
    except (Refused, DatabaseError, IndexError, AttributeError, ValueError):
        return False
    return True


STEPS = 60


def test_what_happens_inside_leaves_the_public_tree_alone(
    world: SimpleNamespace, clock_at: Callable[..., None]
) -> None:
    done: Counter[str] = Counter()
    with worlds.undone():
        before, entries, told = tree(world.now), RecordEntry.objects.count(), outsiders(world)
        for seed in range(STEPS):
            clock_at(world.now + timedelta(seconds=seed))
            name = (hand := Hand(seed * 7919 + STEPS)).choice(INSIDE)
            done[name] += happens(INSIDE[name], hand)
            if seed % 20 == 19:
                assert changed(before, tree(world.now)) == set(), f"after {dict(done)}"
        assert RecordEntry.objects.count() == entries
        assert outsiders(world) == told, "a mail to somebody outside"
    assert done.total() > STEPS / 8, done


def changed(before: Tree, after: Tree) -> set[tuple[str, str]]:
    """Where the public reads something else than before, or anything at all where there was nothing."""
    return {key for key in before if after.get(key) != before[key]} | {
        key for key, answer in after.items() if key not in before and answer[0] != 404
    }


def outsiders(world: SimpleNamespace) -> set[tuple[int, str]]:
    """Every mail to somebody who is not of the house. Before anything happens, those of the direct messages."""
    here = {
        *User.objects.values_list("email", flat=True),
        *Team.objects.values_list("alias", flat=True),
        *worlds_addresses(world),
    }
    return {(pk, address) for pk, address in Outgoing.objects.values_list("pk", "to_address") if address not in here}


def worlds_addresses(world: SimpleNamespace) -> set[str]:
    """Addresses that a team had before it was given another one."""
    return {world.team.alias}


def test_the_comparison_sees_what_is_published(world: SimpleNamespace) -> None:
    """The canary: one operation that may change the public tree does."""
    with worlds.undone():
        before = tree(world.now)
        approval.approve(world.submission, by=world.ben, seen_digest=world.submission.digest)
        after = tree(world.now)

    assert len(changed(before, after)) > 4
