"""What a forked process may be asked to do: the steps of the chain, and the questions about where it stands."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connections

import clock
from accounts.models import LogEntry, LogHead, Organisation, Role, User
from accounts.operations.verify import verify_log
from agents import operations as agents
from agents.models import Agent
from incidents import tasks as incident_tasks
from incidents.models import (
    Commitment,
    Heartbeat,
    Promise,
    RecordEntry,
    RecordHead,
    Reminder,
    ScheduledPublication,
    Submission,
    TimelineEntry,
)
from incidents.operations import approval, commitment, masthead, promise, reminder, statement
from incidents.operations import schedule as schedules
from incidents.operations import sweep as sweeping
from incidents.operations import verify as verify_record
from refusals import Refused
from stakeholders import operations as stakeholders
from stakeholders import tasks as outbox_tasks
from stakeholders import transport
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts
from statuspage.disk import Disk
from statuspage.keeper import Keeper
from tests import factories, states

PREPARED = (Role.COMMANDER, Role.COMMUNICATIONS_LEAD, Role.TECHNICAL_LEAD, Role.APPROVER, Role.RESPONDER)
TASKS = {"sweep": incident_tasks.sweep, "drain": outbox_tasks.drain}
OLD, NEW = "Refund letters reached the wrong people", "The addresses are being put right"


# Before the curtain


def where_it_is_noon(now: datetime) -> str:
    """A zone in which mail goes out at once, whatever the hour at which the tests run."""
    ahead = 12 - now.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def prepare(owners: list[str]) -> None:
    """Migrated, one incident in public, and an update that waits for approval and promises something for each owner."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    zone = where_it_is_noon(clock.now())
    people = {
        role: factories.UserFactory.create(email=f"ok-{role}@example.net", roles=[role], time_zone=zone)
        for role in PREPARED
    }
    writer, technical = people[Role.COMMUNICATIONS_LEAD], people[Role.TECHNICAL_LEAD]
    factories.OrganisationFactory.create(time_zone=zone)
    administrator = factories.UserFactory.create(email="ok-administrator@example.net", roles=[Role.ADMINISTRATOR])
    component = agents.add_component(public_name="Support replies", by=administrator)
    masthead.found(Organisation.objects.get(pk=1), by=administrator)
    agent = factories.AgentFactory.create(owner=technical, deputy=people[Role.RESPONDER], component=component)
    told = states.declare(agent, by=people[Role.COMMANDER])
    told = states.open_up(told, by=people[Role.COMMANDER], communications=writer, technical=technical)
    states.establish_facts(told, reporter=people[Role.RESPONDER], confirmer=technical)
    states.contain(told, by=technical)
    states.publish(states.fresh(told), "holding", writer=writer, approver=people[Role.APPROVER], headline=OLD)
    draft = states.write(states.fresh(told), "update", by=writer, headline=NEW)
    for run, name in enumerate(owners, 1):
        commitment.draft(
            draft,
            by=writer,
            seen_version=states.fresh(draft).version,
            text=f"Run {run} of the letters is released by a person.",
            public_owner="Support team",
            owner=factories.UserFactory.create(email=f"{name}@example.org", name=name.title(), time_zone=zone),
            due_at=clock.now() + (timedelta(days=20) if name != owners[0] else timedelta(minutes=90)),
            verification="The letters name who released them.",
        )
    states.submit(states.fresh(draft), by=writer)
    Outgoing.objects.update(state=Outgoing.State.SUPERSEDED)  # of what went before, so that what follows stands alone


def queue(names: list[str]) -> None:
    """One plain message to each of these."""
    for name in names:
        stakeholders.queue(
            key=f"plain:{name}",
            kind="plain",
            to=f"{name}@example.org",
            subject="News",
            text="Words.\n",
            reason="Because.",
        )


# The chain


def approve() -> int:
    """The approver's click. Returns the number of the newest entry."""
    waiting = Submission.objects.latest("pk")
    approval.approve(waiting, by=User.objects.get(email__startswith="ok-approver"), seen_digest=waiting.digest)
    return RecordHead.objects.get(pk=1).number


def schedule() -> str:
    """The approver lets it go out in five minutes."""
    waiting = Submission.objects.latest("pk")
    approver = User.objects.get(email__startswith="ok-approver")
    at = clock.now() + timedelta(minutes=5)
    return schedules.consent(waiting, by=approver, seen_digest=waiting.digest, publish_at=at).state


def cancel() -> str:
    """Somebody takes the time back, or is told that it is too late."""
    author = User.objects.get(email__startswith="ok-communications_lead")
    try:
        return schedules.cancel(Submission.objects.filter(schedules__isnull=False).latest("pk"), by=author).state
    except Refused as refusal:
        return refusal.sentence


def send_and_ask(names: list[str]) -> None:
    """In an incident of its own: a direct message to a group of these, and a statement that waits for approval."""
    people = {role: User.objects.get(email=f"ok-{role}@example.net") for role in PREPARED}
    writer, approver = people[Role.COMMUNICATIONS_LEAD], people[Role.APPROVER]
    told = states.declare(Agent.objects.get(), by=people[Role.COMMANDER])
    told = states.open_up(told, by=people[Role.COMMANDER], communications=writer, technical=people[Role.TECHNICAL_LEAD])
    states.establish_facts(told, reporter=people[Role.RESPONDER], confirmer=people[Role.TECHNICAL_LEAD])
    states.contain(told, by=people[Role.TECHNICAL_LEAD])
    group = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(group, "\n".join(f"{name}@example.org" for name in names), by=writer)
    begun = statement.begin(told, "direct", by=writer, group=group)
    said: dict[str, Any] = {"headline": "A letter of ours reached you", "body": "It was meant for somebody else.",
            "what_to_do": "Please delete the letter.", "disclosure_note": "Nothing is left out.",
            "withheld": ["nothing"]}  # fmt: skip
    statement.edit(begun, by=writer, seen_version=1, cites=told.facts.confirmed(), **said)
    asked = states.submit(states.fresh(begun), by=writer)
    approval.approve(asked, by=approver, seen_digest=asked.digest)
    states.submit(states.write(states.fresh(told), "holding", by=writer), by=writer)


def redeliver(task: str, times: int) -> int:
    """What a broker does that delivers one task again and again: the task's own body, so many times.

    Returns how many of these failed because they waited too long for all the others, on a machine with much to do.
    """
    failed = 0
    for _ in range(times):
        try:
            TASKS[task].run()
        except OperationalError:
            failed += 1
    return failed


def done() -> dict[str, Any]:
    """Every effect there is, by how often: of entries, lines of the log and the timeline, steps, and mails."""
    mails = Outgoing.objects.exclude(state=Outgoing.State.SUPERSEDED)
    return {
        "entries": list(RecordEntry.objects.order_by("number").values_list("kind", flat=True)),
        "log": sorted(LogEntry.objects.values_list("action", flat=True)),
        "timeline": sorted(re.sub(r"\d+", "0", text) for text in TimelineEntry.objects.values_list("text", flat=True)),
        "schedules": sorted(ScheduledPublication.objects.values_list("state", flat=True)),
        "reminders": sorted(Reminder.objects.values_list("step", "state")),
        "mails": sorted(mails.values_list("kind", "to_address", "state")),
        "broken": [verify_record.first_fault(), verify_log().broken],
    }


def sweep() -> list[str]:
    return sweeping.sweep().troubles


def drain() -> int:
    return stakeholders.drain()


def claim() -> int:
    return len(stakeholders.claim("somebody"))


def claim_by_a_wrong_clock() -> int:
    """In a process whose own clock is an hour ahead."""
    real = time.time
    time.time = lambda: real() + 3600
    return claim()


def edition() -> dict[str, Any]:
    """One round of a web process's keeper, which just started: what it serves, and what it says is wrong."""
    keeper = Keeper(Path(settings.EDITION_DIR))
    keeper.tick()
    assert keeper.edition is not None
    page = keeper.edition.page("/")
    assert page is not None
    return {
        "entry": keeper.status.entry,
        "problem": keeper.status.problem or keeper.status.disk_problem,
        "page": page.body.decode(),
    }


# Poison: a row at which the process is ended as the kernel ends one for want of memory


def drain_with_poison(poison: str) -> int:
    real = transport.Relay._send

    def send(way: Any, sender: str, to: str, *rest: Any) -> str:
        return _die() if to == poison else real(way, sender, to, *rest)

    transport.Relay._send = send  # type: ignore[method-assign, assignment]
    return drain()


def sweep_with_poison(poison: str) -> list[str]:
    """The first due row of this kind, by its key."""
    now = clock.now()
    asked: dict[str, Any] = {
        "promise": Promise.objects.overdue(now),
        "commitment": Commitment.objects.overdue(now),
        "reminder": Reminder.objects.filter(step="due", due_at__lte=now, commitment__isnull=False),
    }
    row = asked[poison].order_by("pk").first()
    module, name = {"promise": (promise, "miss"), "commitment": (commitment, "miss"), "reminder": (reminder, "take")}[
        poison
    ]
    real = getattr(module, name)
    setattr(module, name, lambda due: _die() if row and due.pk == row.pk else real(due))
    return sweep()


def _die() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


# Questions


def stand() -> dict[str, Any]:
    """All that the invariants are about, as the next process finds it."""
    remembered = Disk(Path(settings.EDITION_DIR)).load()
    mails = Outgoing.objects.exclude(state=Outgoing.State.SUPERSEDED).order_by("pk")
    return {
        "submission": Submission.objects.latest("pk").outcome,
        "publications": RecordEntry.objects.publications().count(),
        "entries": list(RecordEntry.objects.order_by("number").values_list("number", "kind")),
        "record": verify_record.first_fault(),
        "log": verify_log().broken,
        "logged": LogHead.objects.get(pk=1).number,
        "commitments": list(Commitment.objects.order_by("pk").values_list("number", "state")),
        "promises": list(Promise.objects.order_by("pk").values_list("state", flat=True)),
        "held_up": Reminder.objects.due(clock.now()).count(),
        "reminders": list(Reminder.objects.order_by("pk").values_list("step", "state")),
        "mails": list(mails.values_list("kind", "to_address", "state", "message_id", "possibly_repeated")),
        "leases": mails.exclude(lease_until=None).count(),
        "trouble": Heartbeat.objects.get(pk=1).trouble,
        "on_disk": remembered.record.number if remembered else 0,
    }


def mails() -> dict[str, list[Any]]:
    """Each mail by its address: state, attempts, whether it may have been repeated, and what was said of it."""
    found = Outgoing.objects.exclude(state=Outgoing.State.SUPERSEDED)
    fields = ("to_address", "state", "attempts", "possibly_repeated", "outcome", "message_id")
    return {address: rest for address, *rest in found.values_list(*fields)}


def without_database() -> dict[str, Any]:
    """What a web process serves that starts while the database is away."""
    away = {"NAME": "/nowhere/at/all"} if connections["default"].vendor == "sqlite" else {"PORT": "1"}
    connections["default"].settings_dict.update(away)
    with contextlib.suppress(OSError):
        return edition()
    return {}


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__: act
    for act in (
        prepare, queue, approve, sweep, drain, claim, claim_by_a_wrong_clock, edition, stand, mails, without_database,
        drain_with_poison, sweep_with_poison, schedule, cancel, send_and_ask, redeliver, done,
    )
}  # fmt: skip
