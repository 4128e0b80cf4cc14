"""Installations for the faults around them, and the acts of people that they are tried with."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.databases import Database, postgres
from tests.factories import PASSWORD
from tests.servers import Browser, Installation

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings"}

# One incident for each fault to come: its holding statement waits for approval.
WAITING = """
import sys
from accounts.models import Organisation, Role
from agents import operations as agents
from incidents.operations import masthead
from tests import factories, states

factories.OrganisationFactory.create()
ada, ben, cleo, tom, olga = (
    factories.UserFactory.create(email=f"{{name}}@northwind.example", name=name.title(), roles=[role])
    for name, role in {{
        "ada": Role.COMMUNICATIONS_LEAD, "ben": Role.APPROVER, "cleo": Role.COMMANDER, "tom": Role.TECHNICAL_LEAD,
        "olga": Role.ADMINISTRATOR,
    }}.items()
)
component = agents.add_component(public_name="Support replies", by=olga)
masthead.found(Organisation.objects.get(pk=1), by=olga)
agent = agents.add_agent(
    public_name="Support assistant", internal_name="", owner=tom, deputy=None, team=None, component=component, by=olga
)
for number in range({number}):
    told = states.open_up(states.declare(agent, by=cleo), by=cleo, communications=ada, technical=tom)
    states.establish_facts(told, reporter=tom, confirmer=cleo)
    states.contain(told, by=tom)
    states.submit(states.write(told, "holding", by=ada, headline=f"News number {{number}}"), by=ada)
"""


@dataclass
class Prepared:
    """A folder and a database in which `waiting` holding statements wait for Ben: `News number 0` and so on."""

    folder: Path
    database: Database | None

    def installation(self, **variables: str) -> Installation:
        address = {"DATABASE_URL": self.database.url} if self.database else {}
        return Installation(self.folder, **SETTINGS, **address, **variables)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        if self.database:
            return self.database.ask(statement)
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=10)) as connection, connection:
            return connection.execute(statement).fetchall()


@contextmanager
def prepared(folder: Path, kind: str, waiting: int) -> Iterator[Prepared]:
    """`kind` is sqlite or postgres."""
    if kind == "postgres":
        with postgres() as database:
            yield _filled(Prepared(folder, database), waiting)
    else:
        yield _filled(Prepared(folder, None), waiting)


def _filled(made: Prepared, waiting: int) -> Prepared:
    fill(made.installation(), waiting)
    return made


def fill(installation: Installation, waiting: int) -> None:
    installation.prepare()
    installation.manage("shell", "-v", "0", "-c", WAITING.format(number=waiting))


def signed_in(installation: Installation, name: str) -> Browser:
    browser = Browser(installation.url)
    browser.sign_in(f"{name}@northwind.example", PASSWORD)
    return browser


def oldest_waiting(browser: Browser) -> str:
    """The address of what has waited longest for approval."""
    page = browser.get("/desk/approvals/")[1]
    numbers = {part.split("/")[0] for part in page.split('href="/desk/approvals/')[1:]}
    return f"/desk/approvals/{min(int(number) for number in numbers if number.isdecimal())}/"
