"""One row at which every process dies: it is put aside, a person is told, and all others are done (R21; F32, F33, F46).

Real processes that end by SIGKILL, as the kernel ends one for want of memory. What is killed is started again, as a
supervisor or a broker would, up to ten times.
"""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.points import LATER, LEASE_OVER
from tests.faults.stage import Stage

TIMES = 5


def restarted(stage: Stage, act: str, *, apart: float, **how: Any) -> tuple[int, float]:
    """Run it again as long as it dies, each time `apart` seconds later. How often it died, and the last offset."""
    later = how.pop("later", 0)
    for deaths in range(11):
        ended = stage.ends(act, later=later, **how)
        if ended["status"] == 0:
            return deaths, later
        assert ended["status"] == -signal.SIGKILL, ended["said"]
        later += apart
    raise AssertionError("it dies for ever")


@pytest.mark.check("R21")
def test_a_message_at_which_every_sender_dies(stage: Stage, figures: Callable[..., None], url: str) -> None:
    stage.act("queue", names=["ok-0", "ok-poison", "ok-1", "ok-2"])

    deaths, _ = restarted(stage, "drain_with_poison", apart=LEASE_OVER, poison="ok-poison@example.org")

    found = {address.partition("@")[0]: rest for address, rest in stage.act("mails").items()}
    assert deaths == TIMES
    assert found["ok-poison"][:2] == ["failed", TIMES]
    assert found["ok-poison"][3] == "Put aside: 5 senders ended with it in their hands."
    assert {found[name][0] for name in ("ok-0", "ok-1", "ok-2")} == {"sent"}
    assert max(stage.relay.counts().values()) == 1
    figures("R21", database="PostgreSQL" if url else "SQLite", deaths_before_put_aside=deaths, others_left_undone=0)


@pytest.mark.check("R21")
@pytest.mark.parametrize("kind", ["promise", "commitment", "reminder"])
def test_a_due_row_at_which_every_sweep_dies(stage: Stage, kind: str) -> None:
    for act in ("approve", "sweep"):
        stage.act(act)

    deaths, later = restarted(stage, "sweep_with_poison", later=LATER, apart=15, poison=kind)

    found = stage.act("stand", later=later)
    steps = [state for step, state in found["reminders"] if step == "due"]
    assert deaths == TIMES
    assert (found["record"], found["log"]) == ("", "")
    entered = [name for _, name in found["entries"]]
    assert ("promise_missed" in entered) == (kind != "promise")
    assert ("missed" in entered) == (kind != "commitment")
    assert steps.count("stuck") == (1 if kind == "reminder" else 0)
    assert found["held_up"] == 0
    assert found["trouble"].startswith("" if kind == "reminder" else f"{kind} ")
