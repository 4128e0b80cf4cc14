"""What is written once stays as it was, whoever tries and however: proven on both databases, in raw SQL."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import Error, connection, transaction

from accounts import append_only
from accounts.models import LogEntry, SoloDeclaration
from accounts.models.frozen import FrozenModel
from accounts.operations.verify import verify_log
from incidents.models import (
    Approval,
    ClockNote,
    ClockStart,
    Erasure,
    FactChange,
    Override,
    PlanNote,
    RecordEntry,
    Redaction,
    ReturnComment,
    StatementVersion,
    Telling,
    TimelineEntry,
)
from incidents.operations import approval, fact, statement, submission, sweep, verify
from tests import states
from tests.conftest import APPEND_ONLY
from tests.remembered import remembered

FROZEN = (
    Approval, ClockNote, ClockStart, Erasure, FactChange, LogEntry, Override, PlanNote, RecordEntry, ReturnComment,
    SoloDeclaration, StatementVersion, Telling, TimelineEntry,
)  # fmt: skip

EVERYWHERE = {
    "update": "UPDATE {table} SET {key} = {key}",
    "update of one": "UPDATE {table} SET {key} = {key} + 1000 WHERE {key} = {value}",
    "delete": "DELETE FROM {table}",
    "delete of one": "DELETE FROM {table} WHERE {key} = {value}",
    "upsert": "INSERT INTO {table} SELECT * FROM {table} WHERE {key} = {value} ON CONFLICT ({key}) DO UPDATE SET {key} = 9",
}
POSTGRES = {
    "truncate": "TRUNCATE {table}",
    "truncate with all that refers to it": "TRUNCATE {table} CASCADE",
    "merge": "MERGE INTO {table} AS old USING {table} AS new ON old.{key} = new.{key} WHEN MATCHED THEN DELETE",
}
SQLITE = {
    "replace": "REPLACE INTO {table} SELECT * FROM {table} WHERE {key} = {value}",
    "insert or replace": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "update or replace": "UPDATE OR REPLACE {table} SET {key} = {value}",
}
STATEMENTS = EVERYWHERE | (POSTGRES if connection.vendor == "postgresql" else SQLITE)


@pytest.fixture
@remembered
def published(published, ada, ben, cleo):
    """With a finding that was let stand, an update that was returned with a comment, and a row that a redaction has named."""
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)
    submission.send_back(asked, by=ben, reason="Shorter.", comments={("headline", 0): "Say how many."})
    statement.discard(states.fresh(asked.statement), by=ada)
    about = Redaction.objects.create(
        chosen=[{"entry": 9, "fields": ["body"]}], reason="secret", note="One.", proposed_by=cleo, proposed_at=published.approved_at
    )  # fmt: skip
    Erasure.objects.create(redaction=about, table_name="nothing", row_id=1)
    Override.objects.create(
        statement=published.submission.statement, text_digest="0" * 64, rule="JARGON", found="API", kind="commander",
        reason="Its users call it so.", by=cleo, at=published.approved_at,
    )  # fmt: skip
    states.tell_by_hand(published.incident, by=ada)
    known = published.incident.facts.filter(statements=None).first() or published.incident.facts.first()
    fact.retract(known, by=ada, seen_version=known.version, reason="It was another import.")
    states.record_start(published.incident, by=ada)
    states.note_on_a_clock(published.incident, by=ada)
    states.declare_alone(ada, at=published.approved_at, reason="Nobody else was here.")
    return published


def rows(model):
    return list(model._base_manager.order_by("pk").values())


def run(model, sql):
    first = model._base_manager.order_by("pk").first()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table=model._meta.db_table, key=model._meta.pk.column, value=first.pk))


@pytest.mark.parametrize("model", FROZEN, ids=lambda model: model.__name__)
def test_the_database_refuses_to_change_what_was_written(published, append_only_triggers, model):
    before = rows(model)

    for sql in STATEMENTS.values():
        with pytest.raises(Error, match=f"{append_only.MESSAGE}|cannot truncate a table referenced"):
            run(model, sql)

    assert rows(model) == before != []


@pytest.mark.parametrize("model", [Approval, LogEntry, RecordEntry], ids=lambda model: model.__name__)
def test_a_row_cannot_take_the_place_of_another_by_any_of_its_unique_columns(published, append_only_triggers, model):
    """With a new key and the hash, the submission or the number of a row that is there."""
    before = rows(model)
    beside = ", ".join(field.column for field in model._meta.concrete_fields if not field.primary_key)
    replace = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"

    with pytest.raises(Error):
        run(model, f"{replace} INTO {{table}} ({{key}}, {beside}) SELECT {{key}} + 1000, {beside} FROM {{table}}")

    assert rows(model) == before


def test_an_entry_cannot_take_the_place_of_another_by_a_unique_index_with_a_condition(
    commitment, clock_at, append_only_triggers
):
    """A second "missed" of the same commitment, under a number and a hash of its own."""
    clock_at(commitment.due_at + timedelta(minutes=1))
    sweep.sweep()
    settled = RecordEntry.objects.get(kind=RecordEntry.Kind.MISSED)
    before = rows(RecordEntry)
    own = {"number": "number + 1000", "hash": "'g' || substr(hash, 2)"}
    columns = [field.column for field in RecordEntry._meta.concrete_fields]
    values = ", ".join(own.get(column, column) for column in columns)
    replace = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"

    with pytest.raises(Error, match=f"{append_only.MESSAGE}|commitment_settled_once"):
        run(
            RecordEntry,
            f"{replace} INTO {{table}} ({', '.join(columns)}) SELECT {values} FROM {{table}} WHERE {{key}} = {settled.pk}",
        )

    assert rows(RecordEntry) == before


@pytest.mark.parametrize("model", FROZEN, ids=lambda model: model.__name__)
def test_the_models_refuse_a_second_save_and_a_deletion(published, model):
    row = model._base_manager.first()
    for act in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(pk=1)):
        with pytest.raises(TypeError, match=r"frozen|append-only"):
            act()


def test_writing_something_new_goes_on(holding, append_only_triggers, ada, ben):
    asked = states.submit(holding, by=ada)
    approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert verify.first_fault() == verify_log().broken == ""
    assert RecordEntry.objects.count() == 1


def test_no_frozen_table_is_forgotten():
    """The tables with triggers are those whose models refuse: in the migrations, in the fixtures and here."""
    heads = importlib.import_module("incidents.migrations.0002_heads")
    # each protected by the migration that makes it
    later = {"incidents_override", "incidents_erasure", "incidents_returncomment", "incidents_telling"}
    later |= {"incidents_clocknote", "incidents_clockstart", "incidents_plannote", "incidents_factchange"}
    later |= {"accounts_solodeclaration"}
    frozen = {model._meta.db_table for model in apps.get_models() if issubclass(model, FrozenModel)}
    assert frozen == set(heads.FROZEN) | later
    assert {model._meta.db_table for model in FROZEN} == set(APPEND_ONLY) == frozen | {"accounts_logentry"}
