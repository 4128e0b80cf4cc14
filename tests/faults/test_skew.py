"""A process whose own clock is an hour wrong, with the kernel's answers changed under it (F28, libfaketime).

On PostgreSQL every process reads the database's clock, so it steals no lease, sends nothing early and says how far it is
off. On SQLite the machine's clock is the only one and all processes share it; there the desk says that they disagree.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.config.conftest import ROOT
from tests.faults.installations import Prepared, prepared
from tests.relay import Relay

pytestmark = [pytest.mark.check("R14"), pytest.mark.process]

# A message that is being sent by somebody, one that is due in half an hour, a promise that falls due in 45 minutes.
ON_ITS_WAY = """
from datetime import timedelta
import clock
from accounts.models import User
from incidents.models import Submission
from incidents.operations import approval
from stakeholders import operations
from stakeholders.models import Outgoing

ben = User.objects.get(email="ben@northwind.example")
waiting = Submission.objects.waiting().get()
approval.approve(waiting, by=ben, seen_digest=waiting.digest)
Outgoing.objects.all().delete()
said = {"kind": "probe", "subject": "A probe", "text": "Whether it is early.", "reason": "Because it is a test."}
operations.queue(key="leased", to="ok-leased@example.org", **said)
assert len(operations.claim("somebody else")) == 1
operations.queue(key="later", to="ok-later@example.org", due_at=clock.now() + timedelta(minutes=30), **said)
"""
WORK = """
import django, json; django.setup()
import clock
from datetime import UTC, datetime
from incidents.models import Heartbeat
from incidents.operations.sweep import sweep
from stakeholders import operations
swept = sweep()
print(json.dumps({
    "own_hour": datetime.now(UTC).isoformat(), "now": clock.now().isoformat(), "sent": operations.drain(),
    "stolen": len(operations.claim("me")), "missed": swept.promises_missed, "reminders": swept.reminders_taken,
    "ahead": round(clock.ahead_of_database().total_seconds()), "swept_at": Heartbeat.objects.get().swept_at.isoformat(),
}))
"""
NOTHING = {"sent": 0, "stolen": 0, "missed": 0, "reminders": 0}


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay().open() as opened:
        yield opened


def made_on(kind: str, tmp_path):
    assert shutil.which("faketime"), "faketime is not installed (Debian: faketime)"
    return prepared(tmp_path / "data", kind, waiting=1)


def work(made: Prepared, relay: Relay, shift: str) -> dict[str, object]:
    """A round and a delivery by a process that is told another time by its kernel."""
    environment = made.installation(EMAIL_URL=relay.url).environment
    done = subprocess.run(
        ["faketime", "-f", shift, sys.executable, "-c", WORK],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.postgres
def test_on_postgresql_it_reads_the_databases_clock(tmp_path, relay, figures):
    with made_on("postgres", tmp_path) as made:
        made.installation(EMAIL_URL=relay.url).manage("shell", "-v", "0", "-c", ON_ITS_WAY)
        for shift, seconds in (("+1h", 3600), ("-1h", -3600)):
            wrong = work(made, relay, shift)

            assert {name: wrong[name] for name in NOTHING} == NOTHING
            assert relay.accepted == []
            assert abs(int(str(wrong["ahead"])) - seconds) <= 5, "the shift did not arrive, or was not noticed"
    figures("R14", on="PostgreSQL", processes_an_hour_ahead_or_behind=2, leases_stolen=0, sent_early=0)


def test_on_sqlite_one_that_is_behind_is_harmless_and_one_that_is_ahead_is_said(tmp_path, relay, figures):
    """The machine's clock is the only one there; what cannot be prevented is shown, on every page of the desk."""
    with made_on("sqlite", tmp_path) as made:
        installation = made.installation(EMAIL_URL=relay.url)
        installation.manage("shell", "-v", "0", "-c", ON_ITS_WAY)

        behind = work(made, relay, "-1h")
        assert {name: behind[name] for name in NOTHING} == NOTHING
        assert relay.accepted == []

        work(made, relay, "+1h")
        said = installation.manage("shell", "-v", "0", "-c", SAID)
    assert "The background jobs read a clock that is" in said
    figures(
        "R14", on="SQLite", process_an_hour_behind="0 leases stolen, 0 sent early", an_hour_ahead="said at the desk"
    )


SAID = """
from config.alarms import Alarms
from django.test import RequestFactory
for alarm in Alarms(RequestFactory().get("/desk/")).found:
    print(alarm.what)
"""
