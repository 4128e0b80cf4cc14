"""What a redaction leaves outside the rows: our own copies of the database, and its old rows. Cleared is said when it is so."""

import logging
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import User
from incidents.models import Approval, Redaction
from incidents.operations import clearing, places, redaction, sweep
from tests import states

HEADLINE = "Refund letters reached the wrong people"
BEFORE, AFTER = "before-migration-20261101T090000Z.sqlite3", "before-migration-20991101T090000Z.sqlite3"
OWN = "before-migration-kept by Olga.sqlite3"


@pytest.fixture
def backups(settings: Any, tmp_path: Path) -> Path:
    """Copies of the database with the words: from before an upgrade, from long after, and one that a person named."""
    settings.DATA_DIR = tmp_path
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in (BEFORE, AFTER, OWN):
        (folder / name).write_text(HEADLINE)
    return folder


def proposed(published: Approval, by: User) -> Redaction:
    return redaction.propose(
        published.entry, {published.entry.number: ["headline"]}, by=by, reason="secret", note="It is one."
    )


def taken_down(published: Approval, *, by: User, second: User) -> Redaction:
    about = proposed(published, by)
    return redaction.confirm(about, by=second, seen=places.plan(about).seen)


def page(browser: Any, about: Redaction) -> str:
    return " ".join(browser.get(reverse("desk:redaction", args=[about.pk])).content.decode().split())


def cleared(about: Redaction) -> Any:
    return states.fresh(about).cleared_at


def test_the_page_names_the_copies_that_go(
    published: Approval, backups: Path, ada: User, ben: User, client_of: Any
) -> None:
    said = page(client_of(ben), proposed(published, ada))
    assert f"1 copy of the database from before an upgrade, removed: <code>{BEFORE}</code>" in said
    assert AFTER not in said
    assert "Olga" not in said


@pytest.mark.django_db(transaction=True)
def test_copies_from_before_go_and_others_stay(published: Approval, backups: Path, ada: User, ben: User) -> None:
    about = taken_down(published, by=ada, second=ben)
    sweep.sweep()

    assert sorted(path.name for path in backups.iterdir()) == sorted([AFTER, OWN])
    assert cleared(about)


@pytest.mark.django_db(transaction=True)
def test_while_a_copy_is_there_it_is_not_cleared_and_the_page_names_it(
    published: Approval, backups: Path, ada: User, ben: User, client_of: Any, caplog: Any
) -> None:
    (backups / BEFORE).unlink()
    (backups / BEFORE).mkdir()  # cannot be removed as a file

    with caplog.at_level(logging.ERROR):
        about = taken_down(published, by=ada, second=ben)
        sweep.sweep()

    assert cleared(about) is None
    assert "could not be removed" in caplog.text
    said = page(client_of(ben), about)
    assert "Not cleared yet" in said
    assert f"This copy of the database holds the words still</b>: <code>{backups / BEFORE}</code>" in said
    (backups / BEFORE).rmdir()
    sweep.sweep()
    assert cleared(about)
    assert "Not cleared yet" not in page(client_of(ben), about)


@pytest.mark.django_db(transaction=True)
def test_it_is_cleared_when_nothing_is_there_to_clear(
    published: Approval, settings: Any, tmp_path: Path, ada: User, ben: User
) -> None:
    settings.DATA_DIR = tmp_path
    about = taken_down(published, by=ada, second=ben)
    sweep.sweep()
    assert cleared(about)


def on_disk(table: str) -> bytes:
    """The files of a table as they are, after all that waits in memory was written. Only who runs the server may look at them."""
    there = connection.settings_dict
    where = {"host": there["HOST"], "port": there["PORT"], "dbname": there["NAME"], "password": there["PASSWORD"]}
    with psycopg.connect(**where, user="postgres", autocommit=True) as server:
        server.execute("CHECKPOINT")
        found = server.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s))", [table]).fetchone()
    assert found is not None
    return bytes(found[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_is_not_cleared_before_its_tables_were_written_anew(
    published: Approval, ada: User, ben: User
) -> None:
    about = taken_down(published, by=ada, second=ben)
    assert cleared(about) is None, "a visitor does not wait for it"
    clearing.clear()
    assert cleared(about) is None
    assert HEADLINE.encode() in on_disk("incidents_approval")

    sweep.sweep()

    assert cleared(about)
    for table in clearing.tables():
        assert HEADLINE.encode() not in on_disk(table), table


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_waits_for_whoever_reads_since_before(published: Approval, ada: User, ben: User) -> None:
    about = taken_down(published, by=ada, second=ben)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1")
            Redaction.objects.update(decided_at=later_than(other))
            sweep.sweep()
            assert cleared(about) is None
            cursor.execute("COMMIT")
        sweep.sweep()
        assert cleared(about)
    finally:
        other.close()


def later_than(other: Any) -> Any:
    """The database has a clock of its own, which a test does not set."""
    with other.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]
