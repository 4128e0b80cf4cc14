"""The append-only log: chained, checked, and refused to every hand, on both databases."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts import append_only, log
from accounts.actions import Action
from accounts.models import GENESIS, LogEntry, LogHead
from accounts.operations.verify import faults, verify_log

TABLE = "accounts_logentry"


@pytest.fixture
def written(ada, olga):
    """Five entries about two people."""
    with transaction.atomic():
        for role in ("approver", "responder", "observer"):
            log.write(Action.ROLE_GRANTED, by=olga, about=ada, role=role)
        log.write(Action.PERSON_CHANGED, by=ada, about=ada, fields=["name", "time_zone"])
        log.write(Action.PERSON_DEACTIVATED, by=olga, about=olga)
    return list(LogEntry.objects.order_by("number"))


@pytest.fixture
def tamper(written, append_only_triggers):
    """Change the log as somebody would who can take the triggers off first."""

    def change(sql, *values):
        with connection.cursor() as cursor:
            append_only.remove(connection.schema_editor(), TABLE)
            cursor.execute(sql, values)

    return change


def check():
    out = io.StringIO()
    call_command("verify_log", stdout=out)
    return out.getvalue().strip()


def test_each_entry_carries_the_hash_of_the_one_before(written):
    assert [entry.number for entry in written] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in written] == [GENESIS, *[entry.hash for entry in written[:-1]]]
    head = LogHead.objects.get()
    assert (head.number, head.hash) == (5, written[-1].hash)
    assert log.revision() == 5


def test_a_log_that_nobody_touched_holds(written):
    assert (
        check()
        == "The log holds: 5 entries and the 0 rows of timelines and statements they keep, none changed, none missing."
    )


def test_an_empty_log_holds(db):
    assert (
        check()
        == "The log holds: 0 entries and the 0 rows of timelines and statements they keep, none changed, none missing."
    )


@pytest.mark.parametrize(
    ("sql", "values", "fault"),
    [
        (f"UPDATE {TABLE} SET details = %s WHERE number = 2", ['{"role": "administrator"}'], "Entry 2 was changed"),
        (f"UPDATE {TABLE} SET action = 'person.joined' WHERE number = 3", [], "Entry 3 was changed"),
        (f"UPDATE {TABLE} SET actor_id = 1 WHERE number = 1", [], "Entry 1 was changed"),
        (f"UPDATE {TABLE} SET at = '2026-11-19 15:16:01+00:00' WHERE number = 4", [], "Entry 4 was changed"),
        (f"UPDATE {TABLE} SET object_id = '987654' WHERE number = 5", [], "Entry 5 was changed"),
        (f"UPDATE {TABLE} SET previous = %s WHERE number = 3", ["0" * 64], "Entry 3 does not follow"),
        (f"DELETE FROM {TABLE} WHERE number = 1", [], "Entry 1 is missing"),
        (f"DELETE FROM {TABLE} WHERE number = 3", [], "Entry 3 is missing"),
        (f"DELETE FROM {TABLE} WHERE number >= 4", [], "Entry 4 is missing"),
    ],
)
def test_the_first_broken_entry_is_named(tamper, ada, sql, values, fault):
    sql = sql.replace("actor_id = 1", f"actor_id = {ada.pk}")

    tamper(sql, *values)

    with pytest.raises(CommandError, match=fault):
        check()


def test_an_entry_rewritten_with_its_hash_breaks_the_next_one(tamper, written):
    forged = written[1]
    forged.details = {"role": "administrator"}
    forged.hash = log.chain.link(forged.previous, log.body_of(forged))

    tamper(f"UPDATE {TABLE} SET details = %s, hash = %s WHERE number = 2", json.dumps(forged.details), forged.hash)

    assert verify_log().broken == "Entry 3 does not follow from the entry before it."


def test_a_log_that_was_cut_off_ends_before_its_head(tamper):
    tamper(f"DELETE FROM {TABLE} WHERE number = 5")

    assert verify_log() == (4, "Entry 5 is missing: the log ends before its head, number 5.", 0)


def test_the_page_names_a_fault_among_its_own_entries(tamper):
    tamper(f"UPDATE {TABLE} SET object_id = '987654' WHERE number = 4")

    assert faults(LogEntry.objects.all()) == ["Entry 4 was changed after it was written."]


@pytest.mark.parametrize(
    "sql", [f"UPDATE {TABLE} SET object_id = '987654' WHERE number = 1", f"DELETE FROM {TABLE} WHERE number = 1"]
)
def test_the_database_itself_refuses_to_change_the_log(written, append_only_triggers, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert verify_log() == (5, "", 0)


@pytest.mark.postgres
def test_the_database_itself_refuses_to_empty_the_log(written, append_only_triggers):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE} CASCADE")  # with what it keeps, or PostgreSQL refuses by itself

    assert verify_log() == (5, "", 0)


def test_the_models_refuse_too(written):
    entry = written[0]

    for change in (
        entry.save,
        entry.delete,
        LogEntry.objects.all().delete,
        lambda: LogEntry.objects.update(object_id="9"),
    ):
        with pytest.raises(TypeError, match="append-only"):
            change()


def test_only_an_action_that_is_registered_can_be_written(ada):
    invented: Any = "person.invented"
    with pytest.raises(TypeError, match="is not a LogAction"):
        log.write(invented, by=ada, about=ada)


@pytest.mark.django_db(transaction=True)
def test_an_entry_belongs_to_a_transaction(ada):
    with pytest.raises(transaction.TransactionManagementError, match="belongs to the transaction"):
        log.write(Action.PERSON_CHANGED, by=ada, about=ada)

    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_logged(ada):
    with transaction.atomic():
        log.write(Action.PERSON_CHANGED, by=ada, about=ada)
        transaction.set_rollback(True)

    assert log.revision() == 0
