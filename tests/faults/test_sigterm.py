"""SIGTERM in the middle of sending: ended within 30 s, nothing lost, nothing twice (R23; F39).

The embedded form as `make run` starts it, and a Celery worker on Redis. The mail server answers what is in its hands only
six seconds after the signal, longer than Ctrl-C would wait.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery

from tests.faults.conftest import Prepared
from tests.faults.stage import Stage
from tests.needs import redis_url
from tests.servers import Installation, until

WITHIN = 30.0
ANSWERS_AFTER = 6.0
NAMES = [f"slow-{number}" for number in range(12)]

pytestmark = [pytest.mark.nightly, pytest.mark.parametrize("url", ["sqlite"], indirect=True)]


@pytest.fixture
def installation(stage: Stage, prepared: Prepared, tmp_path: Path) -> Iterator[Installation]:
    """A whole installation on the prepared database, with messages that wait for the stage's mail server."""
    stage.act("queue", names=NAMES)
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(stage.database, folder / "db.sqlite3")
    running = Installation(folder, EMAIL_URL=stage.relay.url)
    stage.database = str(folder / "db.sqlite3")
    yield running
    running.stop()


def ended_in_the_middle(stage: Stage, process: subprocess.Popen[bytes]) -> float:
    """Let one be sent, hold the next ones, ask the process to end, and answer six seconds later. Seconds it took to end."""
    stage.relay.slow_seconds = 0.1
    stage.relay.hold = lambda: len(stage.relay.accepted) >= 1
    until(lambda: len(stage.relay.handed) > len(stage.relay.accepted) >= 1, what="a message in the hands of the server")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    stage.relay.hold = lambda: time.monotonic() < began + ANSWERS_AFTER
    process.wait(timeout=WITHIN + 30)
    return time.monotonic() - began


def nothing_was_cut_short(stage: Stage) -> int:
    """How many were sent before the end; what was sent is recorded, what was not is untouched."""
    found = stage.act("mails").values()
    sent = [message_id for state, *_, message_id in found if state == "sent"]
    assert sorted(sent) == sorted(str(message["Message-ID"]) for _, message in stage.relay.handed)
    assert {(state, doubted) for state, _, doubted, *_ in found} == {("sent", False), ("queued", False)}
    stage.relay.hold = lambda: False
    stage.relay.slow_seconds = 0
    return len(sent)


def all_are_sent_once(stage: Stage) -> None:
    until(lambda: len(stage.relay.accepted) == len(NAMES), what="the rest of the messages")
    assert stage.relay.counts() == {f"{name}@example.org": 1 for name in NAMES}
    until(lambda: {state for state, *_ in stage.act("mails").values()} == {"sent"}, what="the last one recorded")


@pytest.mark.check("R23")
def test_everything_on_one_machine(stage: Stage, installation: Installation, figures: Callable[..., None]) -> None:
    installation.serve()
    (serving,) = installation.running

    seconds = ended_in_the_middle(stage, serving)

    assert serving.returncode == 0, installation.said()
    assert ANSWERS_AFTER - 1 < seconds <= WITHIN
    before = nothing_was_cut_short(stage)
    installation.running.clear()
    installation.serve()
    all_are_sent_once(stage)
    figures(
        "R23", form="one machine", ended_after_s=round(seconds, 1), server_answered_after_s=ANSWERS_AFTER,
        sent_before=before, sent_after=len(NAMES) - before, lost=0, twice=0,
    )  # fmt: skip


@pytest.fixture
def broker() -> str:
    """A database of the Redis at hand that no other test uses."""
    url = redis_url()
    assert url
    ours = urlsplit(url)._replace(path="/14").geturl()
    redis.Redis.from_url(ours).flushdb()
    return ours


@pytest.mark.redis
@pytest.mark.check("R23")
def test_a_worker_of_its_own(
    stage: Stage, installation: Installation, broker: str, figures: Callable[..., None]
) -> None:
    worker = start_worker(installation, broker)
    ring(broker)

    seconds = ended_in_the_middle(stage, worker)

    assert worker.returncode == 0, installation.said()
    assert seconds <= WITHIN
    before = nothing_was_cut_short(stage)
    installation.running.clear()
    start_worker(installation, broker)
    ring(broker)
    all_are_sent_once(stage)
    figures(
        "R23", form="worker on Redis", ended_after_s=round(seconds, 1), server_answered_after_s=ANSWERS_AFTER,
        sent_before=before, sent_after=len(NAMES) - before, lost=0, twice=0,
    )  # fmt: skip


def start_worker(installation: Installation, broker: str) -> subprocess.Popen[bytes]:
    installation.environment["CELERY_BROKER_URL"] = broker
    return installation.start(
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--queues",
        "clock,send",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    )


def ring(broker: str) -> None:
    """As a web process does after a commit."""
    bell = Celery(broker=broker)
    bell.conf.task_queues = ()
    with bell.connection_for_write() as connection:
        bell.send_task("stakeholders.tasks.drain", queue="send", connection=connection)
