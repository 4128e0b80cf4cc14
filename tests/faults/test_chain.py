"""Killed anywhere between the approver's click and the mail that was accepted, nothing is lost (R01, R02; F01-F08).

Real processes, `kill -9`, a real mail server, both databases. What is killed is started again as a supervisor would, or
the person clicks again; then the run goes on to its end and must look like the one in which nobody died.
"""

import ast
import gzip
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.acts import NEW, OLD
from tests.faults.conftest import NIGHTLY, OWNERS
from tests.faults.points import APPROVE, KILLS, LEASE_OVER, STEPS, Kill
from tests.faults.stage import Stage
from tests.relay import Relay
from tests.test_architecture import calls, sources

IN_STATE_A = ("approve.begin", "approve.mid", "entry.written", "reminders.planned", "approve.precommit")


@pytest.fixture(scope="session")
def tally(url: str) -> Counter[str]:
    return Counter()


@pytest.fixture(scope="session")
def undisturbed(new_stage: Callable[[Relay], Stage]) -> dict[str, Any]:
    """How the run ends in which nobody dies."""
    with Relay().open() as relay:
        stage = new_stage(relay)
        play(stage, 0, APPROVE + 1)
        approved = stage.act("stand", later=LEASE_OVER)
        play(stage, APPROVE + 1)
        found = finish(stage)
        found["once approved"] = approved
        assert Counter(ids_of(relay)) == Counter(set(ids_of(relay))), "nobody died, and yet a mail came twice"
        return found


def play(stage: Stage, first: int, last: int = len(STEPS)) -> None:
    for act, later in STEPS[first:last]:
        stage.act(act, later=later + (LEASE_OVER if first else 0))


def finish(stage: Stage) -> dict[str, Any]:
    """The last round, in which what was left over is sent, and how everything stands then."""
    after = STEPS[-1][1] + 2 * LEASE_OVER
    stage.act("sweep", later=after)
    stage.act("drain", later=after)
    found = stage.act("stand", later=after)
    assert isinstance(found, dict)
    return found


def ids_of(relay: Relay) -> list[str]:
    return [str(message["Message-ID"]) for _, message in relay.accepted]


@pytest.mark.check("R01", "R02")
@pytest.mark.parametrize(
    ("kill", "nth"), [(kill, nth) for kill in KILLS for nth in (kill.nth if NIGHTLY else kill.nth[:1])], ids=str
)
def test_killed_here_nothing_is_lost(
    stage: Stage, undisturbed: dict[str, Any], kill: Kill, nth: int, tally: Counter[str]
) -> None:
    play(stage, 0, kill.step)
    before = stage.act("stand")
    act, later = STEPS[kill.step]

    ended = stage.ends(act, later=later, crash=f"{kill.point}:{nth}")

    assert ended["status"] == -signal.SIGKILL, f"{kill} was not reached: {ended['said']}"
    found = stage.act("stand", later=later)
    in_a_legal_state(kill, before, found)
    shows_old_or_new(stage, kill)
    if kill.point != "approve.postcommit":  # there, jobs and page must do without a second click
        stage.act(act, later=later + LEASE_OVER)
    if kill.point in IN_STATE_A and kill.step == APPROVE:
        assert stage.act("stand", later=LEASE_OVER) == undisturbed["once approved"], (
            "the second click did not publish it all"
        )
    else:
        play(stage, kill.step + 1)
        ends_as_if_nobody_had_died(stage, finish(stage), undisturbed, kill)
    tally["points"] += 1
    tally["repeats"] += len(ids_of(stage.relay)) - len(set(ids_of(stage.relay)))


def in_a_legal_state(kill: Kill, before: dict[str, Any], found: dict[str, Any]) -> None:
    """A: nothing happened. B: published, and all rows are there to do the rest. Never anything between (I1, I2, I7)."""
    assert (found["record"], found["log"]) == ("", "")
    assert [number for number, _ in found["entries"]] == list(range(1, len(found["entries"]) + 1))
    if kill.step == APPROVE and kill.point in IN_STATE_A:
        assert found == before
    elif kill.step == APPROVE:
        assert (found["submission"], found["publications"]) == ("approved", before["publications"] + 1)
        assert [state for _, state in found["commitments"]] == ["open"] * len(OWNERS)
    assert found["on_disk"] <= found["entries"][-1][0]


def shows_old_or_new(stage: Stage, kill: Kill) -> None:
    """The copy on disk is whole after the kill, and a process that starts without the database serves it (I3, F04)."""
    kept = list(stage.folder.glob("*.json.gz"))
    for file in kept:
        assert json.loads(gzip.decompress(file.read_bytes())), f"{file.name} is torn"
    left = list(stage.folder.rglob(".aside-*"))
    assert len(left) == (1 if kill.point in ("edition.half", "edition.written") else 0)
    for file in left:  # as old as it would be the next time that somebody looks
        os.utime(file, (time.time() - 7200, time.time() - 7200))
    shown = stage.act("without_database")
    assert (OLD in shown["page"]) or (NEW in shown["page"])
    assert shown["page"].rstrip().endswith("</html>")


def ends_as_if_nobody_had_died(stage: Stage, found: dict[str, Any], undisturbed: dict[str, Any], kill: Kill) -> None:
    """The record, the promises, the reminders and the mails are those of the run in which nobody died (I1-I8)."""
    for what in ("submission", "publications", "entries", "record", "log", "commitments", "promises", "reminders"):
        assert found[what] == undisturbed[what], what
    assert mailed(found) == mailed(undisturbed), "a mail is lost, or there is one too many"
    assert {state for _, _, state, _, _ in found["mails"]} == {"sent", "failed"}
    assert (found["leases"], found["trouble"]) == (0, "")
    assert sum(doubted for *_, doubted in found["mails"]) == kill.doubted
    sent = {message_id: address for _, address, state, message_id, _ in found["mails"] if state == "sent"}
    seen = Counter(ids_of(stage.relay))
    assert set(seen) == set(sent), "the relay was given other mails than those that count as sent"
    assert {str(message["Message-ID"]): address for address, message in stage.relay.accepted} == sent
    assert sum(seen.values()) - len(seen) == kill.repeats
    assert max(seen.values()) <= 2
    shown = stage.act("edition", later=STEPS[-1][1])
    assert NEW in shown["page"]
    assert not list(stage.folder.rglob(".aside-*")), "what the killed process left half-written was not cleared away"


def mailed(found: dict[str, Any]) -> Counter[tuple[str, str, str]]:
    return Counter((kind, address, state) for kind, address, state, _, _ in found["mails"])


@pytest.mark.check("R01")
def test_what_the_sweep_found(tally: Counter[str], figures: Callable[..., None], url: str) -> None:
    """Not a check of its own: keeps the figures of the runs before it."""
    name = "PostgreSQL" if url else "SQLite"
    if tally["points"]:
        figures(
            "R01",
            database=name,
            kills=tally["points"],
            mails_lost=0,
            mails_repeated=tally["repeats"],
            most_copies_of_one_mail=2 if tally["repeats"] else 1,
        )


# R02: the list is the code's


def named_in(source: str, path: str = "") -> Iterator[str]:
    for call, name in calls(ast.parse(source)):
        if name in ("crash.point", "crash.after_commit"):
            (argument,) = call.args
            assert isinstance(argument, ast.Constant), f"{path}:{call.lineno}: the name of a point is a plain text"
            yield str(argument.value)


def not_swept(named: set[str], swept: set[str]) -> set[str]:
    return named ^ swept


@pytest.mark.check("R02")
def test_every_point_in_the_code_is_swept_and_no_other(figures: Callable[..., None]) -> None:
    named = {name for path, source in sources().items() for name in named_in(source, path)}

    assert not_swept(named, {kill.point for kill in KILLS}) == set()
    assert len(named) >= 18
    figures("R02", points_in_the_code=len(named), points_swept=len(named))


def test_a_point_that_nobody_sweeps_and_one_that_is_nowhere_are_seen() -> None:
    named = set(named_in("crash.point('new.one')\ncrash.after_commit('send.claimed')"))

    assert not_swept(named, {"send.claimed", "long.gone"}) == {"new.one", "long.gone"}
    with pytest.raises(AssertionError, match="plain text"):
        list(named_in("crash.point(name)"))


def test_nothing_imports_the_points_by_another_name() -> None:
    """`from crash import point` would be missed by the list."""
    found = [path for path, source in sources().items() if "from crash import" in source or "import crash as" in source]

    assert found == []
