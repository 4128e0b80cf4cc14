"""Publish from a process of its own: python -m tests.statuspage.publishing found|update|updates [text]

``updates`` publishes one after the other until it is ended.

Prints the moment after the commit, in seconds, so that another process can measure how long it takes to be seen.
"""

import os
import sys
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import clock  # noqa: E402
from accounts.models import Organisation, Role, User  # noqa: E402
from agents import operations as agents  # noqa: E402
from incidents.models import Incident, Statement  # noqa: E402
from incidents.operations import masthead  # noqa: E402
from tests import factories, states  # noqa: E402

CAST = {
    "ada": Role.COMMUNICATIONS_LEAD,
    "ben": Role.APPROVER,
    "cleo": Role.COMMANDER,
    "tom": Role.TECHNICAL_LEAD,
    "olga": Role.ADMINISTRATOR,
}


def found() -> None:
    """People, an organisation, an agent, and one public incident with a holding statement and a commitment."""
    people = {
        name: factories.UserFactory.create(name=name.title(), email=f"{name}@northwind.example", roles=[role])
        for name, role in CAST.items()
    }
    factories.OrganisationFactory.create(name="Northwind Agents")
    component = agents.add_component(public_name="Support replies", description="", by=people["olga"])
    masthead.found(Organisation.objects.get(pk=1), by=people["olga"])
    agent = agents.add_agent(
        public_name="Support assistant", internal_name="support-7", owner=people["tom"], deputy=None, team=None,
        component=component, by=people["olga"],
    )  # fmt: skip
    opened = states.open_up(
        states.declare(agent, by=people["cleo"]),
        by=people["cleo"], communications=people["ada"], technical=people["tom"],
    )  # fmt: skip
    states.establish_facts(opened, reporter=people["tom"], confirmer=people["cleo"])
    states.contain(opened, by=people["cleo"])
    states.publish(opened, Statement.Kind.HOLDING, writer=people["ada"], approver=people["ben"])
    due_at = clock.now() + timedelta(days=2)
    states.promise(opened, writer=people["ada"], approver=people["ben"], owner=people["tom"], due_at=due_at)


def update(text: str) -> None:
    ada, ben = (User.objects.get(email=f"{name}@northwind.example") for name in ("ada", "ben"))
    told = Incident.objects.filter(statements__state=Statement.State.PUBLISHED).latest("pk")
    states.publish(told, Statement.Kind.UPDATE, writer=ada, approver=ben, body=text)


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    number = 0
    while verb == "updates":
        number += 1
        update(f"News number {number}.")
    found() if verb == "found" else update(*words)
    sys.stdout.write(f"{time.time()}\n")
