"""A task that is delivered again and again, to eight processes at once, has its effect once (R09).

Real processes, a real SMTP server, both databases. What the deliveries leave is compared with what a single process leaves
that takes the tasks one after the other: every entry, line of the log and the timeline, step and mail, by how often. Times
within texts are not compared.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.points import LATER
from tests.faults.stage import Stage
from tests.relay import Relay

PROCESSES, EACH = 8, 3  # twenty-four deliveries at each hour, of either task more than fifty in all
AT_ITS_TIME = 6 * 60  # what was approved for in five minutes
HALF_OVER = 32 * 60  # half of the time in which an approval is to be given
RECEIVERS = ["ok-nell", "ok-omar", "ok-eve"]
# Task by task, as the day goes: the scheduled statement; who is reminded; what is late by then; what bounced, to the alias.
DAY = (
    ("sweep", AT_ITS_TIME), ("drain", AT_ITS_TIME), ("sweep", HALF_OVER), ("sweep", LATER), ("drain", LATER),
    ("sweep", LATER), ("drain", LATER),
)  # fmt: skip


TIMES = Counter(task for task, _ in DAY)


@pytest.fixture
def control(new_stage: Callable[[Relay], Stage]) -> Iterator[Stage]:
    """The same installation, where each task is delivered as often, to one process, one after the other."""
    with Relay().open() as relay:
        yield new_stage(relay)


def everything_is_due(stage: Stage) -> None:
    """A consent to a time, commitments, a promise, a direct message, and something that nobody approves in time."""
    assert stage.act("schedule") == "waiting"
    stage.act("send_and_ask", names=RECEIVERS)


def deliver(stage: Stage, task: str, later: float, *, processes: int) -> None:
    ended = stage.together(*(stage.order("redeliver", later=later, task=task, times=EACH) for _ in range(processes)))
    assert [one["status"] for one in ended] == [0] * processes, ended
    stage.act("redeliver", later=later, task=task, times=1)  # what waited too long for the others comes once more


def accepted(stage: Stage) -> Counter[str]:
    """What the relay took, by receiver."""
    return Counter(address for address, _ in stage.relay.accepted)


@pytest.mark.check("R09")
def test_fifty_deliveries_of_each_task_to_eight_processes_have_one_effect(
    stage: Stage, control: Stage, figures: Callable[..., None], url: str
) -> None:
    assert all(PROCESSES * EACH * number >= 50 for number in TIMES.values())
    for one, processes in ((stage, PROCESSES), (control, 1)):
        everything_is_due(one)
        for task, later in DAY:
            deliver(one, task, later, processes=processes)

    found, alone = (one.act("done", later=LATER) for one in (stage, control))

    covers(alone)
    assert found == alone
    assert found["broken"] == ["", ""]
    assert accepted(stage) == accepted(control)
    ids = [str(message["Message-ID"]) for _, message in stage.relay.accepted]
    assert len(ids) == len(set(ids)), "a mail was sent twice"
    figures(
        "R09", database="PostgreSQL" if url else "SQLite", processes=PROCESSES, mails=len(ids), effects_beyond_one=0,
        **{f"deliveries_of_{task}": PROCESSES * EACH * number for task, number in TIMES.items()},
    )  # fmt: skip


def covers(done: dict[str, Any]) -> None:
    """That each kind of work was there to be done, the newer ones included; else the comparison says nothing."""
    assert {"publication", "promise_missed", "missed"} <= set(done["entries"])
    assert done["schedules"] == ["published"]
    steps = {step for step, state in done["reminders"] if state == "done"}
    assert {"half", "due", "target_deputy", "target_commander"} <= steps, steps
    mails = Counter(kind for kind, *_ in done["mails"])
    assert mails["direct"] == len(RECEIVERS)
    assert {"approval", "approval_requested", "commitment", "promise"} <= set(mails), mails
    assert {state for _, _, state in done["mails"]} <= {"sent", "failed"}


@pytest.mark.check("R09", "R13")
def test_two_sweeps_in_processes_of_their_own_publish_what_is_due_once(stage: Stage, control: Stage) -> None:
    for one in (stage, control):
        assert one.act("schedule") == "waiting"

    ended = stage.together(*(stage.order("sweep", later=AT_ITS_TIME) for _ in range(2)))
    assert [one["status"] for one in ended] == [0, 0], ended
    assert control.act("sweep", later=AT_ITS_TIME) == []
    for one in (stage, control):  # once more: the commitments that it made have their first letters
        assert one.act("sweep", later=AT_ITS_TIME) == []
        one.act("drain", later=AT_ITS_TIME)

    found, alone = (one.act("done", later=AT_ITS_TIME) for one in (stage, control))
    assert found["schedules"] == ["published"]
    assert Counter(found["entries"])["publication"] == 2, "the one of the preparation, and this"
    assert found == alone
    assert accepted(stage) == accepted(control)


@pytest.mark.check("R09")
def test_a_cancel_among_the_sweeps_wins_or_comes_too_late(new_stage: Callable[[Relay], Stage]) -> None:
    for _ in range(3):
        with Relay().open() as relay:
            stage = new_stage(relay)
            stage.act("schedule")

            said, *swept = stage.together(
                stage.order("cancel", later=AT_ITS_TIME), *(stage.order("sweep", later=AT_ITS_TIME) for _ in range(2))
            )

            assert [one["status"] for one in swept] == [0, 0], swept
            assert stage.act("sweep", later=AT_ITS_TIME) == []
            found = stage.act("done", later=AT_ITS_TIME)
            publications = Counter(found["entries"])["publication"]
            assert (said["status"], found["broken"]) == (0, ["", ""])
            if said["said"] == "cancelled":
                assert (found["schedules"], publications) == (["cancelled"], 1)
            else:
                assert said["said"] == "This waits for no time: it went out, came back or was cancelled."
                assert (found["schedules"], publications) == (["published"], 2)
