"""Run as a program: one public incident with a commitment for each of COUNT owners, and the mails that tell them.

Prints the Message-ID that each address must get, as JSON.
"""

import json
import os
import sys
from datetime import datetime, timedelta

import django


def where_it_is_noon(now: datetime) -> str:
    """A zone in which mail goes out at once, whatever the hour at which the tests run."""
    ahead = 12 - now.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def main(names: list[str]) -> None:
    django.setup()

    import clock
    from accounts.models import Role
    from incidents.operations import approval, commitment, sweep
    from stakeholders.models import Outgoing
    from tests import factories, states

    people = {
        role: factories.UserFactory.create(email=f"{role}@example.net", roles=[role])
        for role in (Role.COMMANDER, Role.COMMUNICATIONS_LEAD, Role.TECHNICAL_LEAD, Role.APPROVER, Role.RESPONDER)
    }
    writer, approver = people[Role.COMMUNICATIONS_LEAD], people[Role.APPROVER]
    factories.OrganisationFactory.create()
    incident = states.declare(factories.AgentFactory.create(), by=people[Role.COMMANDER])
    incident = states.open_up(
        incident, by=people[Role.COMMANDER], communications=writer, technical=people[Role.TECHNICAL_LEAD]
    )
    states.establish_facts(incident, reporter=people[Role.RESPONDER], confirmer=people[Role.TECHNICAL_LEAD])
    states.contain(incident, by=people[Role.TECHNICAL_LEAD])
    states.publish(states.fresh(incident), "holding", writer=writer, approver=approver)
    draft = states.write(states.fresh(incident), "update", by=writer)
    for name in names:
        commitment.draft(
            draft,
            by=writer,
            seen_version=states.fresh(draft).version,
            text=f"The letters of {name} are released by a person.",
            public_owner="Support team",
            owner=factories.UserFactory.create(
                email=f"{name}@example.org", name=name.title(), time_zone=where_it_is_noon(clock.now())
            ),
            due_at=clock.now() + timedelta(days=20),
            verification="The letters name who released them.",
        )
    asked = states.submit(states.fresh(draft), by=writer)
    approval.approve(asked, by=approver, seen_digest=asked.digest)
    Outgoing.objects.exclude(kind="commitment").update(state="superseded")
    sweep.sweep()
    mails = Outgoing.objects.filter(kind="commitment", state="queued")
    print(json.dumps(dict(mails.values_list("to_address", "message_id"))))  # noqa: T201


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.processes.settings")
    main(sys.argv[1:])
