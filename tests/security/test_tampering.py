"""The log and the record under the hands of somebody who can take the triggers off (S21).

Every column of what the chains cover is changed by raw SQL, rows are removed, put between and exchanged: the two commands
must name the place. So it is with the rows that the log keeps, versions of statements and lines of timelines. And fifty
people at once leave both chains whole.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection, models, transaction

import clock
from accounts import chain, log
from accounts.models import KeptModel, LogEntry, LogHead, SoloDeclaration
from accounts.models.kept import kept_models, seal
from accounts.operations import verify as verifying
from accounts.operations.verify import verify_log
from incidents.models import (
    Approval,
    ClockNote,
    ClockStart,
    FactChange,
    MastheadChange,
    PlanNote,
    RecordEntry,
    RecordHead,
    ReturnComment,
    StatementVersion,
    Telling,
    TimelineEntry,
)
from incidents.operations import (
    approval,
    change,
    masthead,
    record,
    review,
    statement,
    submission,
    sweep,
    timeline,
    verify,
)
from tests import factories, states
from tests.conftest import START
from tests.remembered import remembered
from tests.together import at_once

pytestmark = [pytest.mark.check("S21"), pytest.mark.django_db]

WRITERS = 50
ROWS = 4  # tried of each table, spread over it: each try reads the whole log
KEPT = (
    ClockNote, ClockStart, FactChange, PlanNote, ReturnComment, SoloDeclaration, StatementVersion, Telling, TimelineEntry,
)  # fmt: skip


@pytest.fixture
@remembered
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
        approval.approve_in_emergency(urgent, by=cleo, seen_digest=urgent.digest, reason="It names a child."),
        by=ben,
        verdict="approves",
    )
    _returned(told, ada, ben)
    clock_at(START + timedelta(minutes=5))
    for what in ("Letters are stopped.", "Nobody was charged.", "More at 16:00."):
        states.tell_by_hand(told, by=ada, what=what)
    for event in ("discovered", "classified"):
        states.record_start(told, by=ada, event=event)
    states.record_later_start(told, by=ada, agreed_by=ben)
    for why in ("Nobody else was here.", "Tom fell ill."):
        states.declare_alone(cleo, at=START, reason=why)
    states.note_on_a_clock(told, by=ada)
    states.correct(published.entry, writer=ada, approver=ben)
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


def _returned(told: Any, writer: Any, approver: Any) -> None:
    """Sent back twice, with comments on passages, and given up."""
    draft = states.write(told, "update", by=writer)
    for said in ({("headline", 0): "Say how many.", ("body", 1): "Say since when."}, {("affected", 0): "Not all."}):
        asked = states.submit(states.fresh(draft), by=writer)
        submission.send_back(asked, by=approver, reason="Shorter.", comments=said)
    statement.discard(states.fresh(asked.statement), by=writer)


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
    if isinstance(field, models.BooleanField):
        return [not value]
    if isinstance(field, models.IntegerField):
        return [(value or 0) + 1000]
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


def change_each(model: type[models.Model]) -> tuple[dict[str, int], list[str]]:
    """How often each column was changed, in every row or in some of many, and the changes that nothing named."""
    rows = list(model._base_manager.order_by("pk"))
    # The key of an approval is known by nothing but the entry that points to it, and that is tried with the entries.
    fields = [field for field in model._meta.concrete_fields if not (model is Approval and field.primary_key)]
    tried, unseen = dict.fromkeys((field.column for field in fields), 0), []
    for field in fields:
        for row in rows[:: len(rows) // ROWS or 1]:
            with transaction.atomic():
                if change_one(model, field, row):
                    tried[field.column] += 1
                    if whole():
                        unseen.append(f"{field.column} of {row.pk}")
                transaction.set_rollback(True)
    return tried, unseen


@pytest.mark.parametrize("model", [LogEntry, RecordEntry, Approval, *KEPT], ids=lambda model: model.__name__)
def test_one_changed_cell_is_seen(model, story, figures: Callable[..., None]) -> None:
    assert whole()

    tried, unseen = change_each(model)

    assert unseen == []
    # An approval belongs to one entry at most, and each has one already: there is no other to point to. What starts a clock
    # belongs to one only where that clock alone waits for it.
    alone = {RecordEntry: ["approval_id"], ClockStart: ["clock_id"]}
    assert [column for column, times in tried.items() if not times] == alone.get(model, [])
    figures("S21", **{f"cells_of_{model._meta.model_name}": sum(tried.values())}, unseen=0)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody had forgotten some columns of the timeline."""

    def half(row: Any) -> str:
        if not isinstance(row, TimelineEntry):
            return seal(row)
        return chain.digest([row.pk, chain.instant(row.happened_at), row.by_id, row.salt, row.log_entry_id])

    for module in (log, verifying):
        monkeypatch.setattr(module, "seal", half)


@pytest.fixture
def noted(opened, rosa) -> TimelineEntry:
    return timeline.note(opened, "The supplier called", by=rosa)


def test_columns_that_the_seal_forgets_would_be_found(blind, noted) -> None:
    """That the test above can fail."""
    _, unseen = change_each(TimelineEntry)

    assert {cell.partition(" ")[0] for cell in unseen} == {"entered_at", "is_note", "text"}


def test_every_table_that_the_log_keeps_is_tried_here() -> None:
    assert set(kept_models()) == set(KEPT)


@pytest.mark.parametrize("model", [LogEntry, RecordEntry], ids=lambda model: model.__name__)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_removed_row_is_named(model, place: str, story) -> None:
    rows = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    gone = {"first": rows[0], "middle": rows[len(rows) // 2], "last": rows[-1]}[place]

    with tried(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE number = %s", [gone])
        said = _said(model)

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


@contextmanager
def tried() -> Iterator[None]:
    """Undone afterwards, before the database asks what refers to what. A story is told once for all that is tried of it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_a_kept_row_that_is_gone_is_named(model: type[KeptModel], story) -> None:
    rows = list(model._base_manager.order_by("pk"))
    for gone in (rows[0], rows[len(rows) // 2], rows[-1]):
        with tried(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [gone.pk])
            said = verify_log().broken

        named = model.spoken_of(gone.pk, gone.part_of)
        assert said == f"The {named} is missing: entry {gone.log_entry_id} keeps it."


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_a_row_that_was_put_there_is_named(model: type[KeptModel], story) -> None:
    """A copy in every column but its key, which anybody with the database can make."""
    row = model._base_manager.order_by("pk").first()
    assert row
    values = {field.column: getattr(row, field.attname) for field in model._meta.concrete_fields}
    values |= {"id": row.pk + 5000} | ({"version": 77} if "version" in values else {})
    values |= {"part": "body", "paragraph": 77} if "paragraph" in values else {}
    values |= {"event": "belief"} if "event" in values else {}
    points_to = {
        "an entry that keeps others": row.log_entry_id,
        "an entry that keeps nothing": LogEntry.objects.filter(kept=[]).latest("number").number,
        "no entry": LogHead.objects.get().number + 7,
        "zero": 0,
    }
    named = model.spoken_of(row.pk + 5000, row.part_of)
    for entry, number in points_to.items():
        with tried():
            _insert(model, values | {"log_entry_id": number})
            said = verify_log().broken

        assert said == f"The {named} was put or moved there past the log.", entry


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
def test_two_kept_rows_exchanged_are_named(model: type[KeptModel], story) -> None:
    for what in ("keys", "all but the keys", "words and salts", "entries"):
        with tried():
            first, second, said = _exchanged(model, what)
        assert any(f"{model._meta.verbose_name} in row {row.pk} " in said for row in (first, second)), what


def _exchanged(model: type[KeptModel], what: str) -> tuple[Any, Any, str]:
    """Two rows, and what is said after ``what`` of them was exchanged."""
    first, second = list(model._base_manager.order_by("pk"))[-2:]
    columns = {field.column for field in model._meta.concrete_fields} - {"id"}
    columns -= {"statement_id", "version"} if model is StatementVersion and what == "all but the keys" else set()
    columns -= (
        {"submission_id", "part", "paragraph"} if model is ReturnComment and what == "all but the keys" else set()
    )
    columns -= {"fact_id", "version"} if model is FactChange and what == "all but the keys" else set()
    columns -= {"event"} if model is ClockStart and what == "all but the keys" else set()
    with connection.cursor() as cursor:
        if what == "keys":
            for pk, to in ((first.pk, 90_000), (second.pk, first.pk), (90_000, second.pk)):
                cursor.execute(f"UPDATE {model._meta.db_table} SET id = %s WHERE id = %s", [to, pk])
        else:
            chosen = {"words and salts": {"text", "content", "salt"} & columns, "entries": {"log_entry_id"}}
            _exchange(cursor, model, first, second, sorted(chosen.get(what, columns)))
    return first, second, verify_log().broken


def _exchange(cursor: Any, model: type[models.Model], first: Any, second: Any, columns: list[str]) -> None:
    fields = {field.column: field for field in model._meta.concrete_fields}
    for row, other in ((first, second), (second, first)):
        given = [fields[name].get_db_prep_save(getattr(other, fields[name].attname), connection) for name in columns]
        cells = ", ".join(f"{name} = %s" for name in columns)
        cursor.execute(f"UPDATE {model._meta.db_table} SET {cells} WHERE id = %s", [*given, row.pk])


def test_what_cannot_be_read_ends_no_check(noted) -> None:
    """SQLite keeps anything in any column. PostgreSQL lets no such value in."""
    plant = "UPDATE incidents_timelineentry SET happened_at = '2026-13-45 00:00' WHERE id = %s"
    with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(plant, [noted.pk])

    said = verify_log().broken

    named = f"The timeline entry in row {noted.pk} cannot be read: it was changed or planted."
    assert said == ("" if connection.vendor == "postgresql" else named)


def test_both_commands_end_with_a_status_that_a_timer_notices(story) -> None:
    call_command("verify_log")
    call_command("verify_record")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_logentry SET object_id = object_id || '9' WHERE number = 3")
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
    kept = verify_log().rows

    enter = [partial(_enter, opened, number, cast.ben) for number in range(WRITERS // 2)]
    note = [partial(timeline.note, opened, f"Note {number}", by=cast.tom) for number in range(WRITERS - len(enter))]
    acts: list[Callable[[], Any]] = [*enter, *note]
    results = at_once(*(partial(_again_when_told_to_wait, act) for act in acts))

    assert [result for result in results if isinstance(result, Exception)] == []
    assert whole()
    assert RecordHead.objects.get().number == entered + len(enter)
    assert verify_log().rows == kept + len(note)
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
