"""Direct messages that are not so any more, and what became of them: for the tests of their corrections."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from incidents.models import Approval, Fact, Incident
from incidents.operations import fact
from incidents.views import room_rows
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

NELL, OMAR, EVE = "nell@example.org", "omar@example.org", "eve@example.org"
LATER = START + timedelta(minutes=5)


def cited(message: Any) -> list[Fact]:
    return list(Fact.objects.filter(statements__submissions__approval=message).order_by("pk"))


def retract(known: Fact, by: User) -> Fact:
    known = states.fresh(known)
    return fact.retract(known, by=by, seen_version=known.version, reason="The log counts attempts, not letters.")


def send_correction(message: Any, ada: User, ben: User, **changes: Any) -> Approval:
    return states.send(states.correct_to(message, by=ada, **changes), writer=ada, approver=ben)


def owing() -> list[int]:
    """By the database, and by the rows of the rooms, which say it without asking again: they must be of one mind."""
    found = sorted(Approval.objects.owing_correction().messages().values_list("pk", flat=True))
    reader = User.objects.active().earliest("pk")
    said = [one.pk for incident in Incident.objects.all() for one in room_rows.rows(incident.pk, reader).unsaid]
    assert sorted(said) == found
    return found


def mails(out: Approval) -> list[Outgoing]:
    return list(Outgoing.objects.filter(key__startswith=f"direct:{out.pk}:").order_by("to_address"))


def reached(out: Approval) -> list[str]:
    return [mail.to_address for mail in mails(out)]


def flat(text: str) -> str:
    return " ".join(text.replace("> ", "").split())
