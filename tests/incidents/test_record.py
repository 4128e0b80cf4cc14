"""The public record: gapless, chained, frozen, and checked by two programs that share nothing but its form."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from accounts import append_only, chain
from incidents.models import (
    Approval,
    EmergencyReview,
    RecordEntry,
    RecordHead,
    StatementVersion,
)
from incidents.operations import approval, review, verify
from statuspage import verify_record
from tests import states
from tests.remembered import remembered

VERIFIER = Path(verify_record.__file__)


@pytest.fixture
@remembered
def history(published, ada, ben, cleo, tom, clock_at):
    """Four entries: published, updated, updated in an emergency, reviewed."""
    states.publish(published.incident, "update", writer=ada, approver=ben)
    asked = states.submit(states.write(published.incident, "update", by=ada, body="Änderung. “Quoted” & <b>."), by=ada)
    urgent = approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="A letter names a child.")
    review.review(urgent, by=ben, verdict="approves")
    return list(RecordEntry.objects.in_order())


def exported() -> dict:
    """As /record.json hands it out."""
    return json.loads(json.dumps({"entries": [entry.public() for entry in RecordEntry.objects.in_order()]}))


def rewrite(table: str, pk_column: str, pk: int, **values) -> None:
    """What somebody with a database shell, and the triggers off, could do."""
    columns = ", ".join(f"{column} = %s" for column in values)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {columns} WHERE {pk_column} = %s", [*values.values(), pk])


# Entering


def test_entries_are_numbered_without_gaps_and_each_names_the_one_before(history):
    assert [entry.number for entry in history] == [1, 2, 3, 4]
    assert [entry.kind for entry in history] == ["publication", "publication", "publication", "reviewed"]
    assert [entry.previous for entry in history] == ["0" * 64, *[entry.hash for entry in history[:-1]]]
    head = RecordHead.objects.get()
    assert (head.number, head.revision, head.hash) == (4, 4, history[-1].hash)


def test_the_hash_covers_digests_and_not_texts(published):
    entry = published.entry
    body = {"number": 1, "kind": "publication", "at": chain.instant(entry.at), **entry.body}
    assert entry.hash == chain.link("0" * 64, body)
    assert published.headline not in json.dumps(entry.body)
    assert set(entry.body["texts"]) == {"headline", "body", "affected", "what_to_do"}


def test_each_text_has_a_salt_of_its_own(published):
    salts = {field: published.salt_of(field) for field in published.texts()}
    assert len(set(salts.values())) == len(salts) == 4
    assert published.salt not in salts.values()


# Verifying


def test_a_whole_record_is_called_whole(history, capsys):
    call_command("verify_record")
    assert capsys.readouterr().out == f"The record is whole: 4 entries. The last hash is {history[-1].hash}.\n"
    assert verify_record.fault(exported()) == ""


def test_an_empty_record_is_whole(db):
    assert verify.first_fault() == ""
    assert verify_record.fault({"entries": []}) == ""


TAMPERING = [
    (
        "incidents_recordentry",
        "number",
        2,
        {"at": "2026-11-19 15:00:00+00:00"},
        "Entry 2 does not follow from the entry before it.",
    ),
    ("incidents_recordentry", "number", 2, {"hash": "f" * 64}, "Entry 2 does not follow from the entry before it."),
    ("incidents_recordentry", "number", 3, {"previous": "f" * 64}, "Entry 3 does not follow from the entry before it."),
    (
        "incidents_recordentry",
        "number",
        4,
        {"body": '{"texts": {}}'},
        "Entry 4 does not follow from the entry before it.",
    ),
]


@pytest.mark.parametrize(("table", "column", "pk", "values", "sentence"), TAMPERING)
def test_a_changed_entry_is_named(history, table, column, pk, values, sentence):
    with transaction.atomic():
        rewrite(table, column, pk, **values)
        assert verify.first_fault() == sentence
        assert verify_record.fault(exported()) == sentence
        with pytest.raises(CommandError, match="does not follow") as raised:
            call_command("verify_record")
        assert raised.value.returncode == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize("field", ["headline", "body", "affected", "what_to_do"])
def test_a_changed_text_is_named(history, field):
    rewrite("incidents_approval", "id", history[1].approval_id, **{field: "We were never at fault."})
    sentence = f"the text {field} is not the one that was published."
    assert verify.first_fault() == f"Entry 2: {sentence}"
    assert verify_record.fault(exported()) == f"Entry 2: {sentence}"


def test_other_html_than_that_of_the_approved_words_is_named(history):
    rewrite("incidents_approval", "id", history[0].approval_id, body_html="<p>Nothing happened.</p>")
    assert verify.first_fault() == "Entry 1: the page shows other words than the approved ones."


def test_a_missing_entry_is_named(history):
    record = exported()
    del record["entries"][1]
    assert verify_record.fault(record) == "Entry 2 is missing: entry 3 stands in its place."


def test_a_cut_off_end_is_seen_by_the_head(history):
    RecordHead.objects.update(number=3, hash=history[2].hash)
    assert verify.first_fault() == "The record ends at entry 4, but its head is entry 3."


def test_an_erased_text_leaves_the_chain_whole_and_is_named_unless_a_redaction_does(history):
    record = exported()
    record["entries"][1]["texts"]["body"] = {"digest": record["entries"][1]["texts"]["body"]["digest"]}
    assert verify_record.fault(record) == "Entry 2: the text body is missing, and no entry says that it was taken down."


def run(record: dict, folder: Path) -> subprocess.CompletedProcess:
    file = folder / "record.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_anybody_can_verify_a_download_with_nothing_but_python(history, tmp_path):
    whole = run(exported(), tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout == f"All 4 entries follow from one another. The last hash is {history[-1].hash}.\n"

    record = exported()
    record["entries"][2]["texts"]["body"]["text"] = "We were never at fault."
    broken = run(record, tmp_path)
    assert (broken.returncode, broken.stdout) == (1, "Entry 3: the text body is not the one that was published.\n")


def test_the_verifier_is_short_and_stands_alone():
    source = VERIFIER.read_text()
    assert len([line for line in source.splitlines() if line.strip()]) < 40
    assert {line.split()[1] for line in source.splitlines() if line.startswith("import ")} == {"hashlib", "json", "sys"}


# Frozen


@pytest.mark.parametrize("model", [Approval, RecordEntry, StatementVersion])
def test_what_is_frozen_refuses_every_way_of_the_orm(published, model):
    row = model.objects.first()
    ways = {
        "save": row.save,
        "delete": row.delete,
        "update": lambda: model.objects.update(pk=row.pk),
        "filtered delete": lambda: model.objects.filter(pk=row.pk).delete(),
        "bulk update": lambda: model.objects.bulk_update([row], [model._meta.fields[-1].name]),
        "base manager update": lambda: model._base_manager.filter(pk=row.pk).update(pk=row.pk),
        "base manager delete": lambda: model._base_manager.all().delete(),
        "default manager": lambda: model._default_manager.update(pk=row.pk),
    }
    for name, way in ways.items():
        with pytest.raises(TypeError, match="frozen"):
            way()
        assert model.objects.filter(pk=row.pk).exists(), name


def test_a_related_manager_changes_nothing_either(published):
    with pytest.raises(TypeError, match="frozen"):
        published.incident.entries.update(kind="kept")
    with pytest.raises(TypeError, match="frozen"):
        published.incident.approvals.all().delete()


@pytest.mark.parametrize("table", ["incidents_approval", "incidents_recordentry", "incidents_statementversion"])
@pytest.mark.parametrize("verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_triggers_refuse_a_database_shell(published, append_only_triggers, table, verb):
    column = {"incidents_recordentry": "kind"}.get(table, "id")
    with pytest.raises(Error, match=append_only.MESSAGE), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table=table, column=column))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"basis": "second_person", "same": True}, "four_eyes"),
        ({"basis": "emergency", "reason": ""}, "emergency_has_a_reason_and_a_kind"),
        ({"basis": "emergency", "kind": "resolution", "reason": "x"}, "emergency_has_a_reason_and_a_kind"),
        ({"basis": "founding"}, "founding_gives_names_only"),
    ],
)
def test_the_database_itself_refuses_an_approval_outside_the_rules(published, ada, values, constraint):
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)
    row = {field.attname: getattr(published, field.attname) for field in Approval._meta.concrete_fields}
    row |= {"id": None, "submission_id": asked.pk}
    if values.get("same"):
        row["approved_by_id"] = row["written_by_id"]
    with pytest.raises(Error) as raised, transaction.atomic():
        Approval(**row | {name: value for name, value in values.items() if name != "same"}).save()
    assert constraint in str(raised.value)


def test_there_is_one_review_of_an_approval(history):
    assert EmergencyReview.objects.count() == 1
