"""After `kill -9` of each process of `manage.py serve`, how long until it works again without a human hand (R03).

Measured on the real clock. A message that was in the hands of the process that died is taken up when its lease has run
out: here one of twelve seconds, nightly the lease as shipped.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stakeholders.operations import sending
from tests.faults.conftest import Prepared
from tests.faults.stage import Databases, Stage
from tests.servers import Installation, until

AFTER_THE_LEASE = 5.0
AT_MOST = 60.0
SHORT = 12.0
AS_SHIPPED = sending.LEASE.total_seconds()


@pytest.fixture
def served(
    stage: Stage, databases: Databases, prepared: Prepared, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    """`manage.py serve` on the stage's database and mail server, with the lease that the test asks for."""
    folder = tmp_path / "data"
    folder.mkdir()
    if not databases.url:
        shutil.copy(stage.database, folder / "db.sqlite3")
        stage.database = str(folder / "db.sqlite3")
    running = Installation(
        folder,
        EMAIL_URL=stage.relay.url,
        DATABASE_URL=databases.address(stage.database),
        DJANGO_SETTINGS_MODULE="tests.faults.short_lease",
        LEASE_SECONDS=str(request.param),
    )
    try:
        running.serve()
        yield running
    finally:
        running.stop()


def kill(installation: Installation, words: str) -> float:
    """End every process whose command has these words; when that was."""
    killed = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"DATA_DIR={installation.folder}\0".encode() in (entry / "environ").read_bytes() + b"\0"
            if ours and words in (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode():
                os.kill(int(entry.name), signal.SIGKILL)
                killed += 1
        except OSError:
            continue
    assert killed, f"no process runs {words}"
    return time.monotonic()


def web_is_back(installation: Installation) -> float:
    began = kill(installation, "granian")
    until(lambda: installation.get("/")[0] == 200, AT_MOST, "the public page")
    return time.monotonic() - began


def message_in_hand_is_taken_up(stage: Stage, installation: Installation) -> float:
    stage.relay.hold = lambda: (
        len(stage.relay.handed) < 2
    )  # the answer to the first comes when somebody sends the second
    stage.act("queue", names=["slow-0"])
    until(lambda: len(stage.relay.handed) == 1, what="the message in the hands of the server")
    began = kill(installation, "manage.py jobs")
    until(lambda: len(stage.relay.handed) == 2, AS_SHIPPED + AT_MOST, "the message sent again")
    return time.monotonic() - began


@pytest.mark.check("R03")
@pytest.mark.parametrize(
    "served", [SHORT, pytest.param(AS_SHIPPED, marks=pytest.mark.nightly)], indirect=True, ids=["12 s", "as shipped"]
)
def test_each_process_comes_back_and_takes_up_what_the_dead_one_held(
    stage: Stage, served: Installation, figures: Callable[..., None], url: str, request: pytest.FixtureRequest
) -> None:
    lease = float(served.environment["LEASE_SECONDS"])

    web = web_is_back(served)
    held = message_in_hand_is_taken_up(stage, served)

    assert lease - 1 <= held <= lease + AFTER_THE_LEASE
    stage.act("queue", names=["ok-0"])
    until(lambda: stage.relay.counts()["ok-0@example.org"], what="what is new")
    until(lambda: {state for state, *_ in stage.act("mails").values()} == {"sent"}, what="both recorded")
    assert len(set(stage.relay.ids("slow-0@example.org"))) == 1
    assert stage.act("mails")["slow-0@example.org"][2], "it is not marked as possibly repeated"
    figures(
        "R03", database="PostgreSQL" if url else "SQLite", public_page_back_after_s=round(web, 1), lease_s=lease,
        message_in_hand_taken_up_after_s=round(held, 1), lease_as_shipped_s=AS_SHIPPED,
    )  # fmt: skip
