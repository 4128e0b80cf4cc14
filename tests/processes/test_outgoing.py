"""Senders that are killed anywhere lose no commitment's mail, and repeat at most the one they were handing over (R01).

Real processes, `kill -9`, a real SMTP server, both databases. The second sender's clock runs ahead by more than a lease,
which is all that waiting would do.
"""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.config.conftest import ROOT, clean_environment
from tests.relay import Relay

pytestmark = pytest.mark.process

NAMES = [f"ok-{number}" for number in range(8)]
SEND = "import django; django.setup(); from stakeholders.operations import drain; print(drain())"
SWEEP = "import django; django.setup(); from incidents.operations.sweep import sweep; print(sweep())"
LATER = {"CLOCK_OFFSET_SECONDS": "120"}
POINTS = ("send.claimed", "send.before_data", "send.accepted", "send.recorded")


class Sender:
    """Processes on one database and one relay."""

    def __init__(self, folder: Path, relay: Relay, database: str) -> None:
        self.relay = relay
        self.environment = clean_environment(
            folder,
            DATABASE_URL=database,
            EMAIL_URL=f"smtp://127.0.0.1:{relay.port}",
            DJANGO_SETTINGS_MODULE="tests.processes.settings",
        )

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env=self.environment | variables, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT, env=self.environment | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def prepared(self, *names: str) -> dict[str, str]:
        done = self.run("manage.py", "migrate", "-v", "0")
        assert done.returncode == 0, done.stderr
        done = self.run("-m", "tests.processes.promised", *names)
        assert done.returncode == 0, done.stderr
        wanted: dict[str, str] = json.loads(done.stdout)
        assert len(wanted) == len(names)
        return wanted

    def states(self) -> dict[str, tuple[str, bool]]:
        """State of each commitment's mail by address, and whether it is marked as possibly repeated."""
        program = (
            "import django, json; django.setup(); from stakeholders.models import Outgoing as O;"
            "rows = O.objects.filter(kind='commitment').values_list('to_address', 'state', 'possibly_repeated');"
            "print(json.dumps({a: [s, r] for a, s, r in rows}))"
        )
        done = self.run("-c", program)
        assert done.returncode == 0, done.stderr
        return {address: (state, repeated) for address, (state, repeated) in json.loads(done.stdout).items()}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    url = os.environ["DATABASE_URL"]
    name = f"outgoing_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sender(tmp_path: Path, database: str) -> Iterator[Sender]:
    relay = Relay()
    relay.slow_seconds = 3.0
    with relay.open():
        yield Sender(tmp_path / "data", relay, database)


def assert_each_once(sender: Sender, wanted: dict[str, str], *, repeated: int) -> None:
    counts = sender.relay.counts()
    assert set(counts) == set(wanted), "a mail was lost"
    assert sum(counts.values()) - len(counts) == repeated
    for address, message_id in wanted.items():
        assert set(sender.relay.ids(address)) == {message_id}
    assert {state for state, _ in sender.states().values()} == {"sent"}


@pytest.mark.parametrize("point", POINTS)
def test_a_sender_killed_at_this_point_loses_nothing(sender: Sender, point: str) -> None:
    wanted = sender.prepared(*NAMES)

    killed = sender.run("-c", SEND, CRASH_AT=f"{point}:3")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = sender.run("-c", SEND, **LATER)

    assert again.returncode == 0, again.stderr
    # Only in one window nobody can know: the server has said yes, and nobody has written that down.
    assert_each_once(sender, wanted, repeated=1 if point == "send.accepted" else 0)
    marked = [address for address, (_, repeated) in sender.states().items() if repeated]
    assert len(marked) == (1 if point in ("send.accepted", "send.before_data") else 0)


def test_killed_twice_at_the_worst_point_a_person_decides(sender: Sender) -> None:
    sender.prepared("ok-0")
    sender.run("-c", SEND, CRASH_AT="send.accepted:1")
    sender.run("-c", SEND, CRASH_AT="send.accepted:1", CLOCK_OFFSET_SECONDS="120")

    sender.run("-c", SEND, CLOCK_OFFSET_SECONDS="240")

    assert sender.states() == {"ok-0@example.org": ("unsure", True)}
    assert sender.relay.counts() == {"ok-0@example.org": 2}


def test_killed_at_any_moment_of_a_slow_delivery(sender: Sender) -> None:
    """No named point: the process is killed while the server takes its time to answer."""
    wanted = sender.prepared("slow-0", "ok-1", "ok-2")
    running = sender.start("-c", SEND)
    deadline = time.monotonic() + 20
    while not sender.relay.ids("slow-0@example.org") and time.monotonic() < deadline:
        time.sleep(0.05)
    running.kill()
    running.communicate()

    again = sender.run("-c", SEND, **LATER)

    assert again.returncode == 0, again.stderr
    assert_each_once(sender, wanted, repeated=1)


def test_three_senders_at_once_send_each_mail_once(sender: Sender) -> None:
    wanted = sender.prepared(*NAMES)

    running = [sender.start("-c", SEND) for _ in range(3)]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors

    assert_each_once(sender, wanted, repeated=0)


def test_a_sender_whose_own_clock_is_wrong_steals_no_lease(sender: Sender) -> None:
    """Leases are judged by the database's clock; a machine that is an hour ahead reads the same one (F28)."""
    sender.prepared("ok-0")
    claim = "import django; django.setup(); from stakeholders.operations import claim; print(len(claim('x')))"
    ahead = "import time; real = time.time; time.time = lambda: real() + 3600; "

    assert sender.run("-c", claim).stdout.strip() == "1"
    assert sender.run("-c", ahead + claim).stdout.strip() == "0"


def test_the_faults_of_a_real_relay_all_at_once(sender: Sender) -> None:
    wanted = sender.prepared("ok-0", "grey-0", "perm-0", "tmp-0", "drop-0", "ok-1")

    sender.run("-c", SEND)
    sender.run("-c", SEND, CLOCK_OFFSET_SECONDS="400")

    found = {address.split("@")[0]: state for address, (state, _) in sender.states().items()}
    assert found == {
        "ok-0": "sent", "ok-1": "sent", "grey-0": "sent", "drop-0": "sent", "perm-0": "failed", "tmp-0": "queued",
    }  # fmt: skip
    assert sender.relay.counts() == {
        "ok-0@example.org": 1, "ok-1@example.org": 1, "grey-0@example.org": 1, "drop-0@example.org": 2,
    }  # fmt: skip
    assert set(sender.relay.ids("drop-0@example.org")) == {wanted["drop-0@example.org"]}


def test_two_sweeps_at_once_write_each_reminder_once(sender: Sender) -> None:
    sender.prepared(*NAMES[:4])
    week = str(13 * 24 * 3600 + 600)

    running = [sender.start("-c", SWEEP, CLOCK_OFFSET_SECONDS=week) for _ in range(3)]
    taken = 0
    for process in running:
        said, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        taken += int(said.partition("reminders_taken=")[2].partition(",")[0])
        assert "troubles=[]" in said

    program = (
        "import django; django.setup(); from stakeholders.models import Outgoing as O;"
        "print(O.objects.filter(kind='commitment', key__contains=':week:').count())"
    )
    assert sender.run("-c", program).stdout.strip() == "4"
    assert taken >= 4
