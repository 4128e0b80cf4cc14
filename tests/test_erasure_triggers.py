"""The one update that the database lets through: a redaction's, of a row it has named, and of nothing else in it. In raw SQL."""

import json

import pytest
from django.db import Error, connection, transaction

import clock
from accounts import append_only
from accounts.chain import TAKEN_DOWN
from incidents.models import Approval, Erasure, Override, Redaction, StatementVersion, TimelineEntry
from tests.test_append_only import rows

pytestmark = pytest.mark.usefixtures("append_only_triggers")


@pytest.fixture
def frozen(published, cleo):
    """One row of each table of which words can be taken down."""
    stands = Override.objects.create(
        statement=published.submission.statement, text_digest="0" * 64, rule="JARGON", found="API", kind="commander",
        reason="Its users call it so.", by=cleo, at=published.approved_at,
    )  # fmt: skip
    version = StatementVersion.objects.order_by("pk").last()
    return {
        Approval: published,
        Override: stands,
        StatementVersion: version,
        TimelineEntry: TimelineEntry.objects.order_by("pk").first(),
    }


@pytest.fixture
def named(frozen, published, ada):
    """A redaction that has named all four."""
    about = Redaction.objects.create(
        incident=published.incident, chosen=[{"entry": 1, "fields": ["headline"]}], reason="secret", note="One.",
        proposed_by=ada, proposed_at=clock.now(),
    )  # fmt: skip
    for model, row in frozen.items():
        Erasure.objects.create(redaction=about, table_name=model._meta.db_table, row_id=row.pk)
    return frozen


def write(model, row, **values):
    columns = ", ".join(f"{column} = %s" for column in values)
    given = [json.dumps(value) if isinstance(value, (dict, list)) else value for value in values.values()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {columns} WHERE id = %s", [*given, row.pk])


def content(row, **changes):
    return {**row.content, **changes}


GONE = {"salt": "", "redacted": {"salts": {}, "digests": {}}}
LET_THROUGH = [
    (Approval, lambda row: {"headline": TAKEN_DOWN, "body": TAKEN_DOWN, "body_html": TAKEN_DOWN, **GONE}),
    (Approval, lambda row: {"reason": TAKEN_DOWN, **GONE}),
    (Override, lambda row: {"found": TAKEN_DOWN, "reason": TAKEN_DOWN, "text_digest": "f" * 64}),
    (StatementVersion, lambda row: {"content": content(row, headline=TAKEN_DOWN), **GONE}),
    (TimelineEntry, lambda row: {"text": TAKEN_DOWN, **GONE}),
]
REFUSED = [
    (Approval, "other words", lambda row: {"headline": "All was well", **GONE}),
    (Approval, "no words", lambda row: {"headline": "", **GONE}),
    (Approval, "the salt stays", lambda row: {"headline": TAKEN_DOWN, "redacted": GONE["redacted"]}),
    (Approval, "another salt", lambda row: {"headline": TAKEN_DOWN, **GONE, "salt": "f" * 64}),
    (Approval, "another state", lambda row: {"headline": TAKEN_DOWN, "public_status": "resolved", **GONE}),
    (Approval, "another approver", lambda row: {"headline": TAKEN_DOWN, "approved_by_id": row.written_by_id, **GONE}),
    (Approval, "another digest", lambda row: {"headline": TAKEN_DOWN, "digest": "f" * 64, **GONE}),
    (Approval, "a commitment more", lambda row: {"commitments": [{"text": TAKEN_DOWN}], **GONE}),
    (Approval, "another key", lambda row: {"headline": TAKEN_DOWN, "id": row.pk + 1000, **GONE}),
    (Override, "other words", lambda row: {"reason": "Because.", "found": TAKEN_DOWN}),
    (Override, "another rule", lambda row: {"found": TAKEN_DOWN, "rule": "PII"}),
    (StatementVersion, "other words", lambda row: {"content": content(row, headline="All was well"), **GONE}),
    (StatementVersion, "a field less", lambda row: {"content": {"headline": TAKEN_DOWN}, **GONE}),
    (StatementVersion, "a field more", lambda row: {"content": content(row, more=TAKEN_DOWN), **GONE}),
    (StatementVersion, "a list for a text", lambda row: {"content": content(row, headline=[TAKEN_DOWN]), **GONE}),
    (StatementVersion, "a text for a list", lambda row: {"content": content(row, cites=TAKEN_DOWN), **GONE}),
    (StatementVersion, "another list", lambda row: {"content": content(row, cites=[987]), **GONE}),
    (StatementVersion, "another writer", lambda row: {"saved_by_id": row.saved_by_id + 1, **GONE}),
    (StatementVersion, "no object", lambda row: {"content": [], **GONE}),
    (TimelineEntry, "other words", lambda row: {"text": "Nothing happened.", **GONE}),
    (TimelineEntry, "another time", lambda row: {"text": TAKEN_DOWN, "entered_at": row.happened_at.replace(year=2020), **GONE}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "values"), LET_THROUGH, ids=lambda value: getattr(value, "__name__", ""))
def test_a_named_row_loses_its_words_and_keeps_everything_else(named, model, values):
    row = named[model]
    before = model._base_manager.filter(pk=row.pk).values().get()
    changed = values(row)

    write(model, row, **changed)

    after = model._base_manager.filter(pk=row.pk).values().get()
    assert after == before | changed


@pytest.mark.parametrize(("model", "values"), LET_THROUGH, ids=lambda value: getattr(value, "__name__", ""))
def test_a_row_that_no_redaction_has_named_is_not_changed(frozen, model, values):
    before = rows(model)

    with pytest.raises(Error, match=append_only.MESSAGE):
        write(model, frozen[model], **values(frozen[model]))

    assert rows(model) == before


@pytest.mark.parametrize(
    ("model", "what", "values"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_nothing_else_is_let_through_with_it(named, model, what, values):
    before = rows(model)

    with pytest.raises(Error, match=append_only.MESSAGE):
        write(model, named[model], **values(named[model]))

    assert rows(model) == before


@pytest.mark.parametrize(
    "model", [Approval, Override, StatementVersion, TimelineEntry], ids=lambda model: model.__name__
)
def test_a_named_row_is_still_not_removed(named, model):
    before = rows(model)

    with (
        pytest.raises(Error, match=append_only.MESSAGE),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = %s", [named[model].pk])

    assert rows(model) == before
