"""The ping of DEADMAN_URL stops when the scheduler does, or anything is wrong, and holds nothing up (F31)."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

import clock
from config import deadman, health
from incidents.models import Heartbeat
from tests.servers import Installation, free_port, until

PATH = "/ping/a-name-that-nobody-guesses?of=answerable"


class Monitor:
    """A real server that keeps which addresses were asked for, and answers as `status` says. 0 is not at all."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.closing = Event()
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                monitor.asked.append(self.path)
                if not monitor.status:
                    monitor.closing.wait(20)
                    return
                self.send_response(monitor.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002 (the server's own name)
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"

    @contextmanager
    def open(self) -> Iterator["Monitor"]:
        Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with Monitor().open() as opened:
        yield opened


# With a real jobs process


@pytest.mark.nightly
@pytest.mark.check("R13")
def test_the_ping_stops_with_the_scheduler_and_with_whatever_is_wrong(monitor: Monitor, tmp_path: Path) -> None:
    site = Installation(tmp_path / "data", DEADMAN_URL=monitor.url, DJANGO_SETTINGS_MODULE="tests.faults.pinging")

    def ask(statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(site.folder / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(statement).fetchall()

    try:
        site.manage("migrate", "-v", "0")
        jobs = site.start("manage.py", "jobs")
        until(lambda: monitor.asked, 60, "a ping")
        assert set(monitor.asked) == {PATH}

        ask("INSERT INTO incidents_setback (kind, row, times, again_at) VALUES ('promise', 1, 5, '2026-01-01')")
        silent(monitor)
        ask("DELETE FROM incidents_setback")
        heard_again(monitor)

        monitor.status = 0  # it takes the connection and says nothing
        heard_again(monitor)
        seen = ask("SELECT swept_at FROM incidents_heartbeat")
        until(lambda: ask("SELECT swept_at FROM incidents_heartbeat") != seen, 20, "a round meanwhile")
        monitor.status = 200

        jobs.kill()
        jobs.wait()
        silent(monitor)
    finally:
        monitor.closing.set()
        site.stop()


def silent(monitor: Monitor) -> None:
    """What is on its way may arrive; then six pings' time passes without one."""
    time.sleep(1)
    before = len(monitor.asked)
    time.sleep(3)
    assert len(monitor.asked) == before


def heard_again(monitor: Monitor) -> None:
    before = len(monitor.asked)
    until(lambda: len(monitor.asked) > before, 30, "another ping")


# One look and one ping


@pytest.fixture
def pinger(monitor: Monitor, db: None, monkeypatch: pytest.MonkeyPatch) -> deadman.Pinger:
    Heartbeat.objects.update(swept_at=clock.now())
    monkeypatch.setattr(deadman, "PATIENCE_SECONDS", 0.3)
    return deadman.Pinger(monitor.url)


def test_a_ping_goes_out_only_while_all_is_well(pinger: deadman.Pinger, monitor: Monitor) -> None:
    assert pinger.look_and_ping()

    Heartbeat.objects.update(trouble="promise 7")

    assert not pinger.look_and_ping()
    assert monitor.asked == [PATH]


@pytest.mark.parametrize("status", [301, 307, 404, 500, 0])
def test_any_other_answer_is_a_failure_that_is_said_once_and_goes_nowhere_else(
    pinger: deadman.Pinger, monitor: Monitor, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    monitor.status = status
    with caplog.at_level(logging.WARNING):
        assert [pinger.look_and_ping() for _ in range(3)] == [False] * 3
        assert said(caplog) == 1
        monitor.status = 204
        assert pinger.look_and_ping()
        monitor.status = status
        assert not pinger.look_and_ping()

    assert said(caplog) == 2
    assert set(monitor.asked) == {PATH}
    assert "nobody-guesses" not in caplog.text, "the address is as good as a password"


def said(caplog: pytest.LogCaptureFixture) -> int:
    return sum("cannot be told that all is well" in record.getMessage() for record in caplog.records)


def test_nobody_there_is_a_failure_too(pinger: deadman.Pinger, caplog: pytest.LogCaptureFixture) -> None:
    pinger.url = f"http://127.0.0.1:{free_port()}/"

    assert not pinger.look_and_ping()

    assert said(caplog) == 1


def test_a_proxy_of_the_environment_is_not_asked(
    pinger: deadman.Pinger, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    assert pinger.look_and_ping()


def test_whoever_cannot_look_says_so_and_does_not_ping(
    pinger: deadman.Pinger, monitor: Monitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "look", lambda: 1 / 0)

    assert not pinger.look_and_ping()

    assert "Whether all is well could not be seen" in caplog.text
    assert monitor.asked == []
