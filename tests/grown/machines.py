"""The grown form: machines with a web process, a worker and a clock each, on one database, one broker and one relay."""

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

from tests.databases import Database
from tests.factories import PASSWORD
from tests.servers import Browser, Installation, until

# People, one agent and one component, before anything has happened. Tom owns what will be promised, where it is noon.
PEOPLE = """
import clock
from accounts.models import Organisation, Role
from agents import operations as agents
from incidents.operations import masthead
from tests import factories
from tests.faults.acts import where_it_is_noon

factories.OrganisationFactory.create()
cast = {
    name: factories.UserFactory.create(
        email=f"{name}@northwind.example", name=name.title(), roles=[role], time_zone=where_it_is_noon(clock.now())
    )
    for name, role in {
        "ada": Role.COMMUNICATIONS_LEAD, "ben": Role.APPROVER, "cleo": Role.COMMANDER, "tom": Role.TECHNICAL_LEAD,
        "olga": Role.ADMINISTRATOR,
    }.items()
}
component = agents.add_component(public_name="Support replies", by=cast["olga"])
masthead.found(Organisation.objects.get(pk=1), by=cast["olga"])
agents.add_agent(
    public_name="Support assistant", internal_name="", owner=cast["tom"], deputy=None, team=None,
    component=component, by=cast["olga"],
)
"""


class Machine(Installation):
    """Its own disk and its own processes. What makes it part of the whole comes with the variables."""

    def start_web(self) -> None:
        self.serve_web_only(seconds=90)

    def start_worker(self, under: tuple[str, ...] = ()) -> None:
        """One message at a time, so that a kill finds at most one in its hands. `under` is a program to run it under."""
        self.worker = self.start(
            "-m", "celery", "-A", "config", "worker", "--queues", "clock,send", "--concurrency", "1",
            "--loglevel", "WARNING", under=under,
        )  # fmt: skip

    def kill_worker(self) -> None:
        """With the process of its pool, which would otherwise end what it began."""
        children = Path(f"/proc/{self.worker.pid}/task/{self.worker.pid}/children").read_text().split()
        for pid in [self.worker.pid, *(int(child) for child in children)]:
            os.kill(pid, signal.SIGKILL)
        self.worker.wait()

    def start_beat(self) -> None:
        self.start("-m", "celery", "-A", "config", "beat", "--loglevel", "WARNING")


class Grown:
    """Two machines. The second one's pages are asked for under the address of the first, as behind one web server."""

    def __init__(self, folder: Path, database: Database, broker: str, relay: str) -> None:
        self.database = database
        shared = {
            "DATABASE_URL": database.url,
            "CELERY_BROKER_URL": broker,
            "EMAIL_URL": relay,
            "SECRET_KEY": "one-secret-for-both-machines-of-this-test-0123456789",
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        }
        self.first = Machine(folder / "first", **shared)
        self.second = Machine(folder / "second", **shared, PUBLIC_URL=self.first.url)
        self.machines = (self.first, self.second)

    def prepare(self) -> None:
        for machine in self.machines:
            machine.prepare()
        self.first.manage("shell", "-v", "0", "-c", PEOPLE)

    def start(self) -> None:
        for machine in self.machines:
            machine.start_web()
        for machine in self.machines:
            machine.start_worker()
            machine.start_beat()

    def stop(self) -> None:
        for machine in self.machines:
            machine.stop()

    def works(self) -> bool:
        """The clocks and workers have found each other: a round was made through the broker."""
        return bool(self.database.ask("SELECT 1 FROM incidents_heartbeat WHERE swept_at IS NOT NULL"))

    def sent(self) -> dict[str, str]:
        """The Message-ID of every mail that was to leave, and its state."""
        return dict(self.database.ask("SELECT message_id, state FROM stakeholders_outgoing"))


class Person(Browser):
    """Somebody at the desk, who may be answered by another machine at every click."""

    def __init__(self, name: str, machine: Installation) -> None:
        super().__init__(machine.url)
        self.name = name
        self.sign_in(f"{name}@northwind.example", PASSWORD)

    def goes_to(self, machine: Installation) -> None:
        self.at = self.url = machine.url

    def does(self, path: str, **fields: Any) -> str:
        """Open a page and send its form. The reading of a typed time is shown once before it counts, so send it again."""
        self.get(path)
        return self.sends(path, **fields)

    def sends(self, path: str, **fields: Any) -> str:
        status, page = self.post(path, **fields)
        if status == 422 and fields:
            status, page = self.post(path, **fields)
        assert status == 200, f"{self.name} at {path}: {status} {words_of(page)}"
        return page


def words_of(page: str) -> str:
    """What a page says, for the message of a test that failed."""
    main = page.partition("<main")[2] or page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))[:2000]


def link_in(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, f"no {pattern} in {words_of(page)}"
    return found[0]


def seen_everywhere(grown: Grown, path: str, text: str) -> float:
    """Wait until both web processes show the text. Returns the seconds until the slower one did."""
    began = time.monotonic()
    until(lambda: all(text in machine.get(path)[1] for machine in grown.machines), 10, text)
    return time.monotonic() - began
