"""The one command, with real processes and real signals."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.config.conftest import ROOT, clean_environment

pytestmark = pytest.mark.process

WITHIN = 30.0
FIRST_START = 90.0  # makes every table, beside other tests that do the same

Manage = Callable[..., subprocess.CompletedProcess[str]]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], seconds: float = WITHIN) -> float:
    """Wait until the condition holds; the seconds it took. Fails after `seconds`."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Serving:
    """A running `manage.py serve` on a folder and a port of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.output = folder.with_name(f"output-{port}")
        environment = clean_environment(folder, PORT=str(port), PYTHONUNBUFFERED="1")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text()

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def wait_until_ready(self) -> float:
        seconds = until(lambda: self.process.poll() is not None or "Ctrl-C stops it." in self.said(), FIRST_START)
        assert self.process.poll() is None, self.said()
        return seconds

    def family(self) -> dict[int, str]:
        """Every process that was started for this folder, by its environment: also one that lost its parent."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if f"DATA_DIR={self.folder}\0".encode() in (entry / "environ").read_bytes() + b"\0":
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def one(self, words: str) -> int:
        (number,) = [number for number, command in self.family().items() if words in command]
        return number

    def end(self) -> None:
        for number in [self.process.pid, *self.family()]:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    started: list[Serving] = []

    def start(*, port: int | None = None, folder: Path | None = None) -> Serving:
        started.append(Serving(folder or tmp_path / "data", port or free_port()))
        return started[-1]

    yield start
    for serving in started:
        serving.end()


def test_the_first_start_says_where_it_is_and_how_to_begin(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.wait_until_ready()
    said = serving.said()

    assert f"http://127.0.0.1:{serving.port}/" in said
    link = next(line.strip() for line in said.splitlines() if "/setup/" in line)
    assert serving.get(link.partition(str(serving.port))[2])[0] == 200
    assert serving.get("/healthz") == (200, b"ok\n")
    assert serving.get("/account/login/")[0] == 200
    assert "Traceback" not in said
    assert "WARNING" not in said


@pytest.mark.alone
def test_the_second_start_takes_little_more_than_loading_the_program(
    serve: Callable[..., Serving], manage: Manage
) -> None:
    """Against one process that only loads it, in the same run: 1.7 times that on a quiet machine, where it is one second."""
    first = serve()
    first.wait_until_ready()
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(timeout=5)

    second = serve(port=first.port)
    ready = until(lambda: second.get("/healthz")[0] == 200)
    second.end()
    began = time.monotonic()
    manage("check")

    assert ready < 4 * (time.monotonic() - began)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_five_seconds_and_leaves_no_process(serve: Callable[..., Serving], number: int) -> None:
    serving = serve()
    serving.wait_until_ready()
    assert len(serving.family()) >= 3

    serving.process.send_signal(number)

    assert until(lambda: serving.process.poll() is not None, 5) < 5
    assert serving.process.returncode == 0
    assert serving.family() == {}
    assert "Traceback" not in serving.said()


@pytest.mark.nightly
@pytest.mark.parametrize(("words", "name"), [("manage.py jobs", "jobs process"), ("granian", "web server")])
def test_a_child_that_is_killed_is_started_again(serve: Callable[..., Serving], words: str, name: str) -> None:
    serving = serve()
    serving.wait_until_ready()
    before = min(number for number, command in serving.family().items() if words in command)

    os.kill(before, signal.SIGKILL)

    until(lambda: f"The {name} ended and is started again." in serving.said())
    until(lambda: any(words in command and number != before for number, command in serving.family().items()))
    until(lambda: serving.get("/healthz")[0] == 200)
    assert before not in serving.family()


@pytest.mark.nightly
def test_a_supervisor_that_is_killed_leaves_no_process(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.wait_until_ready()

    serving.process.kill()

    assert until(lambda: len(serving.family()) == 0, 8) < 8


@pytest.mark.nightly
def test_a_child_that_cannot_live_is_given_up_with_a_sentence(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.wait_until_ready()

    def kill_jobs() -> bool:
        for number, command in serving.family().items():
            if "manage.py jobs" in command:
                os.kill(number, signal.SIGKILL)
        return serving.process.poll() is not None

    until(kill_jobs)

    assert serving.process.returncode == 1
    assert "The jobs process ended 5 times within a minute, so everything was stopped." in serving.said()
    assert serving.family() == {}


def test_a_busy_port_is_one_sentence_that_names_the_setting(serve: Callable[..., Serving]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serving = serve(port=taken.getsockname()[1])
        serving.process.wait(timeout=WITHIN)

    assert serving.process.returncode == 1
    assert f"Port {serving.port} on 127.0.0.1 cannot be used" in serving.said()
    assert "PORT=" in serving.said()
    assert serving.said().count("\n") == 1


@pytest.mark.nightly
def test_two_cannot_run_on_one_folder(serve: Callable[..., Serving]) -> None:
    first = serve()
    first.wait_until_ready()
    second = serve()
    second.process.wait(timeout=WITHIN)

    assert second.process.returncode == 1
    assert "Answerable already runs on" in second.said()
    assert first.get("/healthz")[0] == 200


@pytest.mark.nightly
def test_the_database_is_copied_before_its_structure_is_changed(serve: Callable[..., Serving], tmp_path: Path) -> None:
    serving = serve()
    serving.wait_until_ready()
    serving.process.send_signal(signal.SIGTERM)
    serving.process.wait(timeout=5)
    assert not (serving.folder / "backups").exists()
    with closing(sqlite3.connect(serving.folder / "db.sqlite3")) as database, database:
        database.execute("DELETE FROM django_migrations WHERE app = 'account' AND name NOT LIKE '0001%'")
        before = database.execute("SELECT count(*) FROM django_migrations").fetchone()

    again = serve(port=serving.port)
    until(lambda: again.process.poll() is not None or "was copied to" in again.said())

    (copy,) = (serving.folder / "backups").glob("before-migration-*.sqlite3")
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM django_migrations").fetchone() == before


@pytest.mark.nightly
def test_the_jobs_process_sweeps_and_drains_by_itself(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.wait_until_ready()

    until(lambda: (serving.folder / "db.sqlite3").exists() and beaten(serving.folder))
    assert "ERROR" not in serving.said()


@pytest.mark.nightly
def test_the_jobs_process_keeps_no_file_where_it_is_started(manage: Manage, tmp_path: Path) -> None:
    folder, started_from = tmp_path / "data", tmp_path / "started-from"
    started_from.mkdir()
    assert manage("migrate").returncode == 0
    jobs = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "jobs"],
        cwd=started_from, env=clean_environment(folder), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    try:
        until(lambda: jobs.poll() is not None or beaten(folder))
        jobs.send_signal(signal.SIGTERM)
        _, said = jobs.communicate(timeout=10)
    finally:
        jobs.kill()

    assert jobs.returncode == 0, said
    assert list(started_from.iterdir()) == []


def beaten(folder: Path) -> bool:
    """Whether the sweep has left its sign of life."""
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        (count,) = database.execute("SELECT count(*) FROM incidents_heartbeat WHERE swept_at IS NOT NULL").fetchone()
    return bool(count)
