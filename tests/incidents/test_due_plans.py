"""What the clock asks every 15 seconds is found by a partial index, whatever has been settled since (P19)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction

from incidents.models import Commitment, Promise, Reminder, ScheduledPublication
from stakeholders.models import Outgoing
from tests import due_rows
from tests.conftest import START

pytestmark = [pytest.mark.django_db, pytest.mark.check("P19")]

ROWS = 20_000
DUE = ROWS // due_rows.OPEN_OF // 2

# The table, what asks, and the index that finds it. SQLite may as well take the one of all that is owed: it begins with
# the state, so it leads to the same few rows.
QUESTIONS: dict[str, tuple[type[models.Model], Any, str]] = {
    "overdue commitments": (
        Commitment,
        lambda now: Commitment.objects.overdue(now)[:500],
        "commitment_due|commitment_owed",
    ),
    "overdue promises": (Promise, lambda now: Promise.objects.overdue(now)[:500], "promise_due"),
    "due reminders": (Reminder, lambda now: Reminder.objects.due(now)[:500], "reminder_due"),
    "publications at their time": (
        ScheduledPublication,
        lambda now: ScheduledPublication.objects.due(now)[:500],
        "schedule_due",
    ),
    "messages to send": (Outgoing, lambda now: Outgoing.objects.due(now)[:500], "outgoing_due"),
}


@pytest.fixture
def filled(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """Twenty thousand rows of the table, gone afterwards. What refers to nothing is never committed."""
    with transaction.atomic():
        due_rows.fill(request.param, ROWS, START)
        yield START
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("filled", "question"), [(found[0], name) for name, found in QUESTIONS.items()], indirect=["filled"]
)
def test_what_is_due_is_found_by_its_partial_index(filled: datetime, question: str) -> None:
    model, ask, index = QUESTIONS[question]

    plan = ask(filled).explain()

    assert re.search(index, plan), plan
    assert not re.search(rf"Seq Scan on {model._meta.db_table}|SCAN {model._meta.db_table}(?! USING)", plan), plan
    assert len(ask(filled)) == DUE


@pytest.mark.parametrize("filled", [Commitment], indirect=True)
def test_what_is_still_owed_is_found_by_a_partial_index(filled: datetime) -> None:
    """For the desk: the board of what is owed, and the number of missed ones in the rail of every page."""
    Commitment.objects.overdue(filled).update(state="missed", settled_at=filled)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    owed, missed = Commitment.objects.unsettled(), Commitment.objects.missed()

    assert "commitment_owed" in owed.explain()
    assert "commitment_owed" in missed.explain()
    assert (len(missed), len(owed)) == (DUE, 2 * DUE)


@pytest.mark.parametrize("filled", [Commitment], indirect=True)
def test_without_the_condition_said_literally_the_index_is_not_used(filled: datetime) -> None:
    """Why the questions repeat the condition: this is what a plan without the index looks like."""
    asked = Commitment.objects.filter(due_at__lt=filled - timedelta(days=1)).exclude(state="kept")

    assert "commitment_due" not in asked.explain()


@pytest.mark.parametrize("filled", [Reminder], indirect=True)
def test_reminders_that_could_not_be_sent_are_found_by_a_partial_index(filled: datetime) -> None:
    """For the board of commitments, and for a monitor that asks once a minute."""
    plan = Reminder.objects.filter(state="stuck", settled_at__gte=filled - timedelta(days=7)).explain()

    assert "reminder_stuck" in plan, plan
