"""Several senders at once, a mail server with every fault, and senders that are killed with a message in their hands.

Real processes and a real SMTP server, both databases (R01, R08; F06, F07, F16-F21).
"""

import signal
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.points import LEASE_OVER
from tests.faults.stage import Stage
from tests.servers import until

SENDERS = 3
# When a message that is put off is tried again at the latest: its backoff and a tenth more, and then some.
AGAIN = [0, *(60 * 1.2 * minutes for minutes in (5, 20, 80, 320, 1040, 2480))]


def send(stage: Stage, *, later: float = 0, senders: int = SENDERS) -> int:
    """All senders at the same moment; how many messages were accepted."""
    ended = stage.together(*(stage.order("drain", later=later) for _ in range(senders)))
    assert [one["status"] for one in ended] == [0] * senders, ended
    return sum(one["said"] for one in ended)


def fates(stage: Stage) -> dict[str, Any]:
    """State, attempts, whether possibly repeated, what was said, Message-ID: by the name before the @."""
    return {address.partition("@")[0]: rest for address, rest in stage.act("mails").items()}


@pytest.mark.check("R08")
def test_each_fault_of_a_mail_server_ends_as_promised(stage: Stage, figures: Callable[..., None], url: str) -> None:
    kinds = {"ok": 6, "grey": 2, "tmp": 2, "perm": 2, "drop": 2, "gone": 1, "slow": 1}
    names = [f"{kind}-{number}" for kind, count in kinds.items() for number in range(count)]
    stage.act("queue", names=names)

    send(stage)
    first = fates(stage)
    for later in AGAIN[1:]:
        send(stage, later=later)

    found = fates(stage)
    assert {name: state for name, (state, *_) in first.items() if not name.startswith("slow")} == {
        name: {"perm": "failed", "ok": "sent"}.get(name.split("-")[0], "queued")
        for name in names
        if not name.startswith("slow")
    }
    assert {name: (state, attempts, doubted) for name, (state, attempts, doubted, *_) in found.items()} == {
        name: {
            "ok": ("sent", 1, False), "slow": ("sent", 1, False), "grey": ("sent", 2, False), "drop": ("sent", 2, True),
            "perm": ("failed", 1, False), "tmp": ("failed", 7, False), "gone": ("unsure", 2, True),
        }[name.split("-")[0]]
        for name in names
    }  # fmt: skip
    copies = {address.partition("@")[0]: count for address, count in stage.relay.counts().items()}
    assert copies == {
        name: 2 if name[:4] in ("drop", "gone") else 1 for name in names if name[:4] not in ("perm", "tmp-")
    }
    for address, message in stage.relay.handed:
        assert message["Message-ID"] == found[address.partition("@")[0]][-1], "another Message-ID on another attempt"
    figures(
        "R08", database="PostgreSQL" if url else "SQLite", messages=len(names), senders=SENDERS,
        lost=0, attempts_before_giving_up=7, attempts_after_a_permanent_refusal=1, most_copies_of_one=2,
    )  # fmt: skip


@pytest.mark.check("R08")
def test_a_receiver_that_takes_its_time_holds_up_nobody_else(stage: Stage) -> None:
    """The server answers the slow one only when all others were accepted: were they behind it, it would never answer."""
    others = [f"ok-{number}" for number in range(12)]
    stage.relay.hold = lambda: len(stage.relay.accepted) < len(others)
    stage.act("queue", names=["slow-0", *others])

    send(stage)

    accepted = [address.partition("@")[0] for address, _ in stage.relay.accepted]
    assert sorted(accepted) == sorted(["slow-0", *others])
    assert accepted[-1] == "slow-0"
    assert {(state, attempts) for state, attempts, *_ in fates(stage).values()} == {("sent", 1)}


@pytest.mark.check("R08")
def test_a_server_that_is_away_burns_no_attempt_and_all_goes_when_it_is_back(
    stage: Stage, new_stage: Callable[..., Stage]
) -> None:
    nobody = type(stage.relay)()
    away = Stage(stage.parent, stage.database, stage.folder, nobody)
    away.act("queue", names=["ok-0", "ok-1"])
    for later in AGAIN:
        assert send(away, later=later) == 0

    before = fates(away)
    sent = send(stage, later=AGAIN[-1])

    assert {(state, attempts) for state, attempts, *_ in before.values()} == {("queued", 0)}
    assert {said for *_, said, _ in before.values()} == {
        "The mail server 127.0.0.1 cannot be used: connection refused."
    }
    assert sent == 2


@pytest.mark.check("R08")
def test_a_server_that_refuses_our_password_burns_no_attempt(stage: Stage) -> None:
    stage.act("queue", names=["ok-0"])
    login = {"EMAIL_HOST_USER": "desk", "EMAIL_HOST_PASSWORD": "wrong"}

    (ended,) = stage.together(stage.order("drain", settings=login))

    assert ended == {"status": 0, "said": 0}
    state, attempts, _, said, _ = fates(stage)["ok-0"]
    assert (state, attempts) == ("queued", 0)
    assert said.startswith("The mail server 127.0.0.1 cannot be used: 535")
    assert stage.relay.handed == []


@pytest.mark.check("R08", "R01")
def test_three_senders_at_once_send_each_mail_once(stage: Stage) -> None:
    names = [f"ok-{number}" for number in range(24)]
    stage.act("queue", names=names)

    assert send(stage) == len(names)

    assert stage.relay.counts() == Counter(f"{name}@example.org" for name in names)


@pytest.mark.check("R01")
def test_killed_twice_at_the_worst_point_a_person_decides(stage: Stage) -> None:
    stage.act("queue", names=["ok-0"])
    for later in (0, LEASE_OVER):
        assert stage.ends("drain", crash="send.accepted:1", later=later)["status"] == -signal.SIGKILL

    stage.act("drain", later=2 * LEASE_OVER)

    state, _, doubted, *_ = fates(stage)["ok-0"]
    assert (state, doubted) == ("unsure", True)
    assert stage.relay.counts() == {"ok-0@example.org": 2}


@pytest.mark.check("R01")
def test_killed_while_the_server_takes_its_time(stage: Stage) -> None:
    """At no named point: between the message and the answer to it, which the dead never hear."""
    stage.act("queue", names=["slow-0", "ok-1", "ok-2"])
    stage.relay.hold = lambda: True
    killed: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: killed.append(stage.ends("drain", tell="sender")))
    thread.start()
    until(lambda: stage.relay.ids("slow-0@example.org"), what="the message with the server")
    stage.kill("sender")
    thread.join()
    stage.relay.hold = lambda: False

    stage.act("drain", later=LEASE_OVER)

    assert killed[0]["status"] == -signal.SIGKILL
    found = fates(stage)
    assert {name: (state, doubted) for name, (state, _, doubted, *_) in found.items()} == {
        "slow-0": ("sent", True), "ok-1": ("sent", False), "ok-2": ("sent", False)
    }  # fmt: skip
    assert set(stage.relay.ids("slow-0@example.org")) == {found["slow-0"][-1]}
    assert stage.relay.counts()["slow-0@example.org"] == 2


@pytest.mark.check("R14")
def test_a_sender_whose_own_clock_is_wrong_steals_no_lease(stage: Stage) -> None:
    """Leases are judged by the database's clock; a machine that is an hour ahead reads the same one (F28)."""
    stage.act("queue", names=["ok-0"])

    assert stage.act("claim") == 1
    assert stage.act("claim_by_a_wrong_clock") == 0
    assert stage.act("claim", later=LEASE_OVER) == 1


@pytest.mark.check("R13")
def test_three_sweeps_at_once_write_each_reminder_once(stage: Stage) -> None:
    stage.act("approve")

    ended = stage.together(*(stage.order("sweep") for _ in range(3)))

    assert [one["said"] for one in ended] == [[]] * 3
    found = stage.act("stand")["mails"]
    assert len(found) == len({(kind, address) for kind, address, *_ in found}) > 0
    assert {kind for kind, *_ in found} == {"approval_published", "commitment"}
