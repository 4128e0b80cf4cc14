"""The grown form: web, worker and clock as processes of their own, with a network broker between them."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.config.conftest import ROOT, clean_environment
from tests.needs import rabbitmq_url, redis_url

pytestmark = pytest.mark.process

BROKERS = [
    pytest.param(redis_url, marks=pytest.mark.redis, id="Redis"),
    pytest.param(rabbitmq_url, marks=pytest.mark.rabbitmq, id="RabbitMQ"),
]


@pytest.fixture
def started_from(tmp_path: Path) -> Path:
    """The folder that the processes find themselves in. They keep nothing there."""
    folder = tmp_path / "started-from"
    folder.mkdir()
    return folder


@pytest.fixture
def start(tmp_path: Path, started_from: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def run(broker: str, *words: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"output-{len(started)}").open("wb") as output:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "celery", "-A", "config", *words],
                    cwd=started_from,
                    env=clean_environment(tmp_path / "data", CELERY_BROKER_URL=broker, PYTHONPATH=str(ROOT)),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
        return started[-1]

    yield run
    for process in started:
        with_group(process, signal.SIGKILL)
        process.wait()


def with_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def swept_at(folder: Path) -> str | None:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=10)) as database:
        row = database.execute("SELECT swept_at FROM incidents_heartbeat").fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("broker", BROKERS)
def test_a_worker_and_a_clock_of_their_own_do_the_work_through_the_broker(
    broker: Callable[[], str | None],
    start: Callable[..., subprocess.Popen[bytes]],
    manage: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    started_from: Path,
) -> None:
    address = broker()
    assert address
    assert manage("migrate", CELERY_BROKER_URL=address).returncode == 0
    worker = start(address, "worker", "--queues", "clock,send", "--concurrency", "1", "--loglevel", "WARNING")
    beat = start(address, "beat", "--loglevel", "WARNING")

    deadline = time.monotonic() + 45
    while not swept_at(tmp_path / "data") and time.monotonic() < deadline:
        assert worker.poll() is None
        assert beat.poll() is None
        time.sleep(0.2)

    assert swept_at(tmp_path / "data")
    output = (tmp_path / "output-0").read_text()
    assert "Traceback" not in output, output
    assert list(started_from.iterdir()) == []
