"""What is written in each lane of one incident, and what becomes of it, as the tests of lanes begin."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import clock
from accounts.models import User
from incidents.models import (
    FACTS_GATE,
    Approval,
    Statement,
)
from incidents.operations import (
    approval,
    override,
    redaction,
    statement,
    submission,
)
from incidents.operations.places import plan as places_of
from stakeholders.models import StakeholderGroup
from tests import states

ADVICE = "Please delete a letter that is not addressed to you."  # of the holding statement


def around(published: Approval, cast: SimpleNamespace, group: StakeholderGroup) -> SimpleNamespace:
    """The holding statement is out, with its promise for 16:01 UTC. Ada and Cleo write, Ben approves."""
    press = StakeholderGroup.objects.get(slug="journalists")
    return SimpleNamespace(**vars(cast), about=published.incident, entry=published.entry, group=group, press=press)


def wait(draft: Any, by: User) -> Any:
    return submission.submit(states.fresh(draft), by=by, seen_version=states.fresh(draft).version)


def approve(asked: Any, by: User) -> Any:
    return approval.approve(states.fresh(asked), by=by, seen_digest=asked.digest)


def warn(w: SimpleNamespace, by: Any = None, **changes: Any) -> Any:
    """A complete draft of a warning, released by the commander, which says the same to do as the holding statement."""
    begun = statement.begin(w.about, "warning", by=by or w.ada)
    said: dict[str, Any] = {
        "headline": "Do not open letters that came by mistake",
        "acknowledgement": "Our support assistant sent letters to the wrong addresses.",
        "body": "All letters are stopped since 15:10 UTC.",
        "investigating": "We are investigating who got a letter.",
        "affected": "We do not know yet who got one.",
        "what_to_do": ADVICE,
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
        "next_update_at": clock.now() + timedelta(minutes=30),
    }
    draft = statement.edit(begun, by=by or w.ada, seen_version=1, **(said | changes))
    override.let_stand(draft, FACTS_GATE, 0, by=w.cleo, seen_version=draft.version, reason="Letters are opened now.")
    return states.fresh(draft)


def correct(w: SimpleNamespace, entry: Any = None, **changes: Any) -> Any:
    begun = statement.begin(w.about, "correction", by=w.ada, corrects=entry or w.entry)
    said: dict[str, Any] = {
        "acknowledgement": "We wrote that the letters named an order. That was our guess.",
        "body": "The letters named a person and a street, and no order.",
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
        "next_update_at": clock.now() + timedelta(minutes=40),
    }
    return statement.edit(begun, by=w.ada, seen_version=1, **(said | changes))


def take_down(w: SimpleNamespace, field: str) -> None:
    chosen = {w.entry.number: [field]}
    proposed = redaction.propose(w.entry, chosen, by=w.ada, reason="personal_data", note="A name stands there")
    redaction.confirm(proposed, by=w.ben, seen=places_of(proposed).seen)


def everything(w: SimpleNamespace) -> list[Statement]:
    """A draft in each lane: one that is told in its turn, a warning, a correction, messages to two groups."""
    return [
        statement.begin(w.about, "update", by=w.ada),
        statement.begin(w.about, "warning", by=w.ada),
        statement.begin(w.about, "correction", by=w.ada, corrects=w.entry),
        statement.begin(w.about, "direct", by=w.ada, group=w.group),
        statement.begin(w.about, "direct", by=w.ada, group=w.press),
    ]
