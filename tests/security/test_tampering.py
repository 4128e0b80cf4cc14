"""The log and the record under the hands of somebody who can take the triggers off (S21).

Every column of what the chains cover is changed by raw SQL, rows are removed, put between and exchanged: the two commands
must name the place. And fifty people at once leave both chains whole.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, models, transaction

import clock
from accounts.models import LogEntry, LogHead
from accounts.operations.verify import verify_log
from incidents.models import Approval, MastheadChange, RecordEntry, RecordHead
from incidents.operations import approval, change, masthead, record, review, sweep, timeline, verify
from tests import factories, states
from tests.conftest import START
from tests.together import at_once

pytestmark = [pytest.mark.check("S21"), pytest.mark.django_db]

WRITERS = 50


@pytest.fixture
def story(published, ada, ben, cleo, tom, olga, clock_at) -> None:
    """Entries of every sort: names, publications, an emergency and its review, a commitment amended, kept and missed."""
    proposed = masthead.propose(
        MastheadChange.Kind.COMPONENT_ADDED, {"name": "Letters"}, factories.ComponentFactory.create(), by=olga
    )
    asked = proposed.submissions.get()
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    told = published.incident
    urgent = states.submit(states.write(told, "update", by=ada), by=ada)
    review.review(
        approval.approve_in_emergency(urgent, by=cleo, seen_digest=urgent.digest, reason="It names a child."), by=ben
    )
    made = states.promise(told, writer=ada, approver=ben, owner=tom, due_at=START + timedelta(days=2))
    wanted = change.propose(
        made, "amendment", by=ada, new_text="Each is read.", new_due_at=None, public_reason="Clearer."
    )
    amended = wanted.submissions.get()
    approval.approve(amended, by=ben, seen_digest=amended.digest)
    states.declare(told.agent, by=cleo, title="Another one")
    masthead.propose(MastheadChange.Kind.ORGANISATION, {"place": "Leipzig"}, None, by=olga)
    clock_at(START + timedelta(hours=2))
    sweep.sweep()


def whole() -> bool:
    return verify.first_fault() == "" and verify_log().broken == ""


def others(field: Any, value: Any) -> list[Any]:
    """Other values that the column might take."""
    if isinstance(field, models.ForeignKey):
        return list(field.related_model._base_manager.exclude(pk=value).values_list("pk", flat=True))
    if isinstance(field, models.JSONField):
        return [json.dumps({"planted": 1})]
    if isinstance(field, models.DateTimeField):
        return [(value or START) + timedelta(seconds=1)]
    if isinstance(field, models.IntegerField):
        return [value + 1000]
    if field.choices:
        return [key for key, _ in field.flatchoices if key != value]
    return ["f" * 64] if field.name in ("hash", "previous") else [f"{value[:-1]}?" if value else "planted"]


def change_one(model: type[models.Model], field: Any, row: Any) -> bool:
    """Change one cell to whatever the database itself lets in. False where a constraint refuses every other value."""
    table, key = model._meta.db_table, model._meta.pk.column
    for value in others(field, getattr(row, field.attname)):
        with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {field.column} = %s WHERE {key} = %s", [value, row.pk])
            connection.check_constraints()
            return True
    return False


@pytest.mark.parametrize("model", [LogEntry, RecordEntry, Approval], ids=lambda model: model.__name__)
def test_one_changed_cell_is_seen(model, story, figures: Callable[..., None]) -> None:
    """Every column, in every row of the record and of its approvals, and in some of the log, whose rows are all alike."""
    assert whole()
    rows = list(model._base_manager.order_by("pk"))
    # The key of an approval is known by nothing but the entry that points to it, and that is tried with the entries.
    fields = [field for field in model._meta.concrete_fields if not (model is Approval and field.primary_key)]
    tried, unseen = dict.fromkeys((field.column for field in fields), 0), []
    for field in fields:
        for row in rows[:: len(rows) // 8 or 1]:
            with transaction.atomic():
                if change_one(model, field, row):
                    tried[field.column] += 1
                    if whole():
                        unseen.append(f"{field.column} of {row.pk}")
                transaction.set_rollback(True)

    assert unseen == []
    # An approval belongs to one entry at most, and each has one already: there is no other to point to.
    assert [column for column, times in tried.items() if not times] == (["approval_id"] if model is RecordEntry else [])
    figures("S21", **{f"cells_of_{model._meta.model_name}": sum(tried.values())}, unseen=0)


@pytest.mark.parametrize("model", [LogEntry, RecordEntry], ids=lambda model: model.__name__)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_removed_row_is_named(model, place: str, story) -> None:
    rows = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    gone = {"first": rows[0], "middle": rows[len(rows) // 2], "last": rows[-1]}[place]

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE number = %s", [gone])
        said = _said(model)
        transaction.set_rollback(True)  # before the database asks what referred to it

    assert f"ntry {gone} is missing" in said or f"ends at entry {gone - 1}" in said


@pytest.mark.parametrize("model", [LogEntry, RecordEntry], ids=lambda model: model.__name__)
def test_a_row_put_behind_the_end_is_named(model, story) -> None:
    last = model._base_manager.order_by("pk").last()
    values = {field.column: getattr(last, field.attname) for field in model._meta.concrete_fields}
    values |= {"number": last.number + 5, "hash": "e" * 64}
    values |= {name: None for name in ("approval_id", "promise_id", "commitment_id") if name in values}
    _insert(model, values)

    assert _said(model) != ""


@pytest.mark.parametrize("model", [LogEntry, RecordEntry], ids=lambda model: model.__name__)
def test_two_rows_exchanged_are_named(model, story) -> None:
    first, second = list(model._base_manager.order_by("pk"))[1:3]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for number, to in ((first.number, 90_000), (second.number, first.number), (90_000, second.number)):
            cursor.execute(f"UPDATE {table} SET number = %s WHERE number = %s", [to, number])

    assert f"ntry {first.number} " in _said(model)


def test_both_commands_end_with_a_status_that_a_timer_notices(story) -> None:
    call_command("verify_log")
    call_command("verify_record")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_logentry SET object_id = '9' WHERE number = 3")
        cursor.execute("UPDATE incidents_recordentry SET kind = 'reviewed' WHERE kind = 'promise_missed'")

    for command, named in (("verify_log", "Entry 3"), ("verify_record", "Entry")):
        with pytest.raises(CommandError, match=named):
            call_command(command)


def _said(model: type[models.Model]) -> str:
    return verify_log().broken if model is LogEntry else verify.first_fault()


def _insert(model: type[models.Model], values: dict[str, Any]) -> None:
    fields = {field.column: field for field in model._meta.concrete_fields}
    given = [fields[name].get_db_prep_save(value, connection) for name, value in values.items()]
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(given))
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(values)}) VALUES ({marks})", given)


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_at_once_leave_both_chains_whole(
    opened, organisation, cast, figures: Callable[..., None]
) -> None:
    """Half of them enter something into the record, which goes into both chains; half note something, for the log."""
    logged, entered = LogHead.objects.get().number, RecordHead.objects.get().number

    enter = [partial(_enter, opened, number, cast.ben) for number in range(WRITERS // 2)]
    note = [partial(timeline.note, opened, f"Note {number}", by=cast.tom) for number in range(WRITERS - len(enter))]
    acts: list[Callable[[], Any]] = [*enter, *note]
    results = at_once(*(partial(_again_when_told_to_wait, act) for act in acts))

    assert [result for result in results if isinstance(result, Exception)] == []
    assert whole()
    assert RecordHead.objects.get().number == entered + len(enter)
    assert LogHead.objects.get().number == logged + WRITERS
    figures("S21", writers_at_once=WRITERS)


def _again_when_told_to_wait(act: Callable[[], Any]) -> Any:
    """PostgreSQL lets nobody wait longer than three seconds for a lock; who is told so sends the form again."""
    for _ in range(20):
        with suppress(OperationalError):
            return act()
    return act()


@transaction.atomic
def _enter(incident: Any, number: int, by: Any) -> None:
    body = {"incident": incident.public_id, "entry": number}
    record.enter(RecordEntry.Kind.REVIEWED, at=clock.now(), by=by, incident=incident, body=body)
