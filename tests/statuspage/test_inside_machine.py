"""S03 by night: Hypothesis looks for a sequence of operations after which the public reads one byte that is different.

What it finds it makes as short as it can, and prints the steps with who did them.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from incidents.models import RecordEntry, RecordHead
from incidents.operations import approval
from tests import world as worlds
from tests.statuspage.inside import INSIDE, Do, Hand
from tests.statuspage.test_inside import Tree, changed, happens, tree

pytestmark = [pytest.mark.check("S03"), pytest.mark.django_db, pytest.mark.nightly]

STEPS, RUNS = 500, 5
LONGEST_PAUSE = 600  # seconds: so that the longest run takes two days

# Every night other sequences. Nothing is kept on disk: what is found is printed, with a line that repeats it.
NIGHTLY = settings(
    max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
)  # fmt: skip


class Inside(RuleBasedStateMachine):
    """One sequence, in a world of its own that is undone at its end. Below it is made ready by `machine`."""

    world: SimpleNamespace
    clock_at: Callable[..., None]
    before: Tree
    table: dict[str, Do]
    runs: list[list[tuple[str, bool]]]

    def __init__(self) -> None:
        super().__init__()
        self._undone = worlds.undone()
        self._undone.__enter__()
        self.now = self.world.now
        self.clock_at(self.now)
        self.said = record()
        self.steps: list[tuple[str, bool]] = []
        self.runs.append(self.steps)

    @rule(
        name=some.runner().flatmap(lambda machine: some.sampled_from(list(machine.table))),
        seed=some.integers(0, 2**16),
        pause=some.integers(0, LONGEST_PAUSE),
    )
    def somebody_tries(self, name: str, seed: int, pause: int) -> None:
        self.now += timedelta(seconds=pause)
        self.clock_at(self.now)
        hand = Hand(seed)
        done = happens(self.table[name], hand)
        self.steps.append((name, done))
        note(f"{'Done' if done else 'Refused'}: {', '.join(map(str, hand.people)) or 'the machine'}")

    @invariant()
    def the_record_says_what_it_said(self) -> None:
        assert record() == self.said

    def teardown(self) -> None:
        """The whole tree is compared once, at the end; where the record has changed, that was said already."""
        try:
            if record() == self.said:
                assert changed(self.before, tree(self.world.now)) == set()
        finally:
            self.clock_at(self.world.now)
            self._undone.__exit__(None, None, None)


def record() -> tuple[object, ...]:
    """What the public pages are made of."""
    return (*RecordHead.objects.values_list(), *RecordEntry.objects.order_by("number").values_list("number", "hash"))


@pytest.fixture
def machine(world: SimpleNamespace, clock_at: Callable[..., None]) -> type[Inside]:
    clock_at(world.now)
    ready = {"world": world, "clock_at": staticmethod(clock_at), "before": tree(world.now), "table": INSIDE, "runs": []}
    return type("InThisWorld", (Inside,), ready)


def test_no_sequence_of_operations_inside_changes_what_the_public_reads(
    machine: type[Inside], figures: Callable[..., None]
) -> None:
    run_state_machine_as_test(machine, settings=NIGHTLY)

    longest = max(machine.runs, key=len)
    tried = sum(map(len, machine.runs))
    done = Counter(name for run in machine.runs for name, happened in run if happened)
    figures(
        "S03", longest_run=len(longest), tried=tried, happened=done.total(), kinds=len(INSIDE),
        kinds_that_happened=len(done), happened_percent=round(100 * done.total() / tried), bytes_changed=0,
    )  # fmt: skip
    assert len(longest) == STEPS
    assert done.total() > tried / 6
    assert len(done) > len(INSIDE) / 2, sorted(INSIDE.keys() - done)


def _approve(w: SimpleNamespace) -> Do:
    return lambda _hand: approval.approve(w.submission, by=w.ben, seen_digest=w.submission.digest)


def test_an_operation_that_reaches_the_public_is_found_and_shown_alone(
    machine: type[Inside], world: SimpleNamespace
) -> None:
    """The canary: among others, somewhere in a sequence, something is published."""
    machine.table = {name: INSIDE[name] for name in list(INSIDE)[::20]} | {"planted": _approve(world)}

    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=settings(NIGHTLY, stateful_step_count=20, derandomize=True))

    assert max(map(len, machine.runs)) > 1
    assert machine.runs[-1] == [("planted", True)]
