"""Very many rows with a due time, nearly all of them long settled, written by SQL: for plans and measurements.

The rows hang in the air (their foreign keys lead nowhere), so they belong in a transaction that is rolled back or in a
database that is thrown away. Of every 2,000 rows one is still open, and of every two of those one is past due.
"""

from datetime import datetime
from typing import Any

from django.db import connection, models

from incidents.models import Commitment, Promise, Reminder, ScheduledPublication
from stakeholders.models import Outgoing

OPEN_OF = 2_000
SECONDS_BETWEEN = 30


def fill(model: type[models.Model], rows: int, now: datetime) -> None:
    """`rows` rows of one of the five tables. The past-due time of row i lies `i * 30` seconds before `now`."""
    given = COLUMNS[model](_Words(now))
    fields = model._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    values = ", ".join(given.get(field.column, _least(field, _Words(now))) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    many = (
        f"generate_series(1, {rows}) AS n(i)"
        if connection.vendor == "postgresql"
        else f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n)"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {many}")
        cursor.execute("ANALYZE")


class _Words:
    """The few expressions that the databases write differently."""

    def __init__(self, now: datetime) -> None:
        self._base = f"{now:%Y-%m-%d %H:%M:%S}"

    def at(self, seconds: str) -> str:
        if connection.vendor == "postgresql":
            return f"(timestamptz '{self._base}+00' + ({seconds}) * interval '1 second')"
        return f"datetime('{self._base}', ({seconds}) || ' seconds')"

    @property
    def due(self) -> str:
        """In the past, but for every second one that is open."""
        return self.at(f"CASE WHEN i % {2 * OPEN_OF} = 0 THEN i ELSE -i * {SECONDS_BETWEEN} END")

    @property
    def long_ago(self) -> str:
        return self.at(f"-i * {SECONDS_BETWEEN} - 3600")

    def open_or(self, opened: str, settled: str) -> str:
        return f"CASE WHEN i % {OPEN_OF} = 0 THEN {opened} ELSE {settled} END"


def _commitments(say: _Words) -> dict[str, str]:
    return {
        "id": "i", "public_id": "'c' || i", "number": "i", "incident_id": "1", "statement_id": "1", "owner_id": "1",
        "made_in_id": "1", "text": f"'{'Every letter is released by a person. ' * 6}'", "public_owner": "'Letters'",
        "verification": f"'{'The letters carry a name. ' * 4}'", "due_at": say.due, "first_due_at": say.due,
        "state": say.open_or("'open'", "'kept'"), "settled_at": say.open_or("NULL", say.due),
    }  # fmt: skip


def _promises(say: _Words) -> dict[str, str]:
    return {
        "id": "i", "incident_id": "i", "made_in_id": "i", "made_at": say.long_ago, "due_at": say.due,
        "state": say.open_or("'open'", "'kept'"), "answered_by_id": say.open_or("NULL", "i"),
        "settled_at": say.open_or("NULL", say.due),
    }  # fmt: skip


def _reminders(say: _Words) -> dict[str, str]:
    return {
        "id": "i", "commitment_id": "i", "step": "'week'", "about_due_at": say.due, "due_at": say.due,
        "state": say.open_or("'pending'", "'done'"), "settled_at": say.open_or("NULL", say.due),
    }  # fmt: skip


def _schedules(say: _Words) -> dict[str, str]:
    return {
        "id": "i", "submission_id": "i", "basis": "'second_person'", "approver_id": "1", "seen_digest": f"'{'0' * 64}'",
        "consented_at": say.at(f"-i * {SECONDS_BETWEEN} - 7200"), "publish_at": say.due,
        "state": say.open_or("'waiting'", "'published'"), "settled_by_id": say.open_or("NULL", "1"),
        "settled_at": say.open_or("NULL", say.due),
    }  # fmt: skip


def _outgoing(say: _Words) -> dict[str, str]:
    return {
        "id": "i", "key": "'k' || i", "message_id": "'m' || i", "kind": "'commitment'", "due_at": say.due,
        "to_address": "'a@example.org'", "text": f"'{'What you promised is due tomorrow. ' * 12}'",
        "state": say.open_or("'queued'", "'sent'"), "sent_at": say.open_or("NULL", say.due),
        "settled_at": say.open_or("NULL", say.due), "created_at": say.long_ago,
    }  # fmt: skip


COLUMNS: dict[type[models.Model], Any] = {
    Commitment: _commitments,
    Promise: _promises,
    Reminder: _reminders,
    Outgoing: _outgoing,
    ScheduledPublication: _schedules,
}


def _least(field: Any, say: _Words) -> str:
    """What a column holds that does not matter here."""
    if field.null:
        return "NULL"
    if isinstance(field, models.DateTimeField):
        return say.at("0")
    if isinstance(field, models.BooleanField):
        return "false"
    return "0" if isinstance(field, models.IntegerField | models.ForeignKey) else "''"
