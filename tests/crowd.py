"""A desk after a busy year, for measurements: python -m tests.crowd (on the installation's own, empty database)

200 incidents, of which 30 are still going on; 10,000 facts, 500 of them in one room; 4,000 lines of timeline; 20
statements that wait for approval; 120 commitments. People, names, one public incident with its publications and a
commitment come from operations; the crowd is put in by `bulk_create`, because only its size matters here.

Prints the pages to look at as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from itertools import cycle, islice

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import clock  # noqa: E402
from accounts import chain  # noqa: E402
from accounts.models import LogEntry, User  # noqa: E402
from agents.models import Agent  # noqa: E402
from incidents.models import (  # noqa: E402
    Commitment,
    ContainmentAction,
    Fact,
    Incident,
    RecordEntry,
    RoleHeld,
    Statement,
    StatementVersion,
    Submission,
    TimelineEntry,
)
from incidents.operations import dossier  # noqa: E402
from tests import states  # noqa: E402
from tests.statuspage import publishing  # noqa: E402

INCIDENTS, GOING_ON, FACTS, IN_ONE_ROOM, LINES, WAITING, OWED = 200, 30, 10_000, 500, 20, 20, 120


def fill() -> dict[str, str]:
    publishing.found()
    people = {user.name.lower(): user for user in User.objects.people()}
    incidents = _incidents(Agent.objects.get(), people)
    _facts(incidents, people)
    _around(incidents, people)
    asked = _waiting(incidents[:WAITING], people)
    _owed(incidents, people)
    return {
        "dashboard": "/desk/",
        "incidents": "/desk/incidents/",
        "approvals": "/desk/approvals/",
        "approval": f"/desk/approvals/{asked.pk}/",
        "commitments": "/desk/commitments/",
        "room": f"/desk/incidents/{incidents[1].pk}/",
        "fullest room": f"/desk/incidents/{incidents[0].pk}/",
    }


def _incidents(agent: Agent, people: dict[str, User]) -> list[Incident]:
    now = clock.now()
    made = Incident.objects.bulk_create(
        Incident(
            title=f"Refund letters went astray, case {number}", agent=agent, worst_harm="misled", urgency="within_hour",
            state="open" if number < GOING_ON else "recovered", failure_mode="visible", category="bulk_send",
            scenario="mass_failure", is_visible=True, draws_attention=False, needs_answer=True,
            detected_at=now - timedelta(hours=number), declared_by=people["cleo"],
            declared_at=now - timedelta(hours=number), restart_point="" if number < GOING_ON else "Monday",
            contained_at=None if number < GOING_ON else now, recovered_at=None if number < GOING_ON else now,
        )
        for number in range(INCIDENTS)
    )  # fmt: skip
    seats = (("commander", "cleo"), ("communications_lead", "ada"), ("technical_lead", "tom"))
    RoleHeld.objects.bulk_create(
        RoleHeld(incident=one, role=role, user=people[who], since=one.declared_at)
        for one in made
        for role, who in seats
    )
    return made


def _facts(incidents: list[Incident], people: dict[str, User]) -> None:
    """Half of them confirmed, the others reported, evenly under the four questions."""
    now = clock.now()
    each = (FACTS - IN_ONE_ROOM) // (INCIDENTS - 1)
    places = [incidents[0]] * IN_ONE_ROOM + [one for one in incidents[1:] for _ in range(each)]
    places += list(islice(cycle(incidents[1:]), FACTS - len(places)))
    questions = Fact.Question.values
    Fact.objects.bulk_create(
        (
            Fact(
                incident=about, question=questions[number % 4], source_kind="log", source="run log", version=1,
                text=f"Between 14:{number % 60:02d} and 15:00 UTC {number} letters named an order of somebody else.",
                observed_at=now - timedelta(minutes=number % 600), reported_by=people["tom"],
                reported_at=now - timedelta(minutes=number % 600), changed_at=now - timedelta(minutes=number % 600),
                confidence="confirmed" if number % 2 else "reported",
                confirmed_by=people["cleo"] if number % 2 else None, confirmed_at=now if number % 2 else None,
                confirmation_kind="log" if number % 2 else "",
                confirmation_source="relay log" if number % 2 else "",
            )
            for number, about in enumerate(places)
        ),
        batch_size=1_000,
    )  # fmt: skip


def _around(incidents: list[Incident], people: dict[str, User]) -> None:
    now = clock.now()
    kept_by = LogEntry.objects.get(number=1)
    TimelineEntry.objects.bulk_create(
        (
            TimelineEntry(
                incident=one,
                happened_at=now,
                entered_at=now,
                by=people["tom"],
                text=f"Looked at run {line}.",
                log_entry=kept_by,
            )
            for one in incidents
            for line in range(LINES)
        ),
        batch_size=1_000,
    )
    ContainmentAction.objects.bulk_create(
        ContainmentAction(
            incident=one, scope="process", text="Letters wait for a person", decider=people["tom"], planned_at=now,
            state="done", done_at=now, settled_at=now, ends_when="Addresses are checked",
            review_at=now + timedelta(hours=1),
        )
        for one in incidents[:GOING_ON]
    )  # fmt: skip


def _waiting(incidents: list[Incident], people: dict[str, User]) -> Submission:
    """Statements that wait, each with a version, citing facts."""
    now = clock.now()
    for one in incidents:
        words = states.words(one, "holding")
        written = Statement.objects.create(
            incident=one, kind="holding", state="submitted", created_by=people["ada"], created_at=now,
            edited_by=people["ada"], edited_at=now, **words,
        )  # fmt: skip
        written.facts.set(one.facts.filter(confidence="confirmed")[:8])
        StatementVersion.objects.create(
            statement=written, version=1, saved_by=people["ada"], saved_at=now, content={},
            log_entry=LogEntry.objects.get(number=1),
        )  # fmt: skip
        asked = Submission(submitted_by=people["ada"], asked_at=now, statement=written)
        asked.content = dossier.of(asked)
        asked.digest = chain.digest(asked.content)
        asked.save()
    return asked


def _owed(incidents: list[Incident], people: dict[str, User]) -> None:
    made_in = RecordEntry.objects.publications().first()
    statement, now = Statement.objects.filter(state="published").first(), clock.now()
    assert made_in
    assert statement
    Commitment.objects.bulk_create(
        Commitment(
            number=1_000 + number, incident=incidents[number], statement=statement, made_in=made_in,
            text=f"Letters of kind {number} are released by a person.", public_owner="Support team",
            owner=people["tom"], due_at=now + timedelta(hours=number), first_due_at=now + timedelta(hours=number),
            verification="The letters carry a name.", state="open",
        )
        for number in range(OWED)
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill()) + "\n")
