"""What a redaction leaves outside the rows: our own copies of the database, and its old rows. Cleared is said when it is so."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import User
from incidents.models import Approval, Redaction
from incidents.operations import places, redaction, rewriting, sweep
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
    states.rounds(lambda: cleared(about))

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
    states.rounds(lambda: cleared(about))
    assert cleared(about)
    assert "Not cleared yet" not in page(client_of(ben), about)


@pytest.mark.django_db(transaction=True)
def test_it_is_cleared_when_nothing_is_there_to_clear(
    published: Approval, settings: Any, tmp_path: Path, ada: User, ben: User
) -> None:
    settings.DATA_DIR = tmp_path
    about = taken_down(published, by=ada, second=ben)
    states.rounds(lambda: cleared(about))
    assert cleared(about)


def server() -> Any:
    """As whoever runs the server, who alone may look at its files and make roles."""
    there = connection.settings_dict
    where = {"host": there["HOST"], "port": there["PORT"], "dbname": there["NAME"], "password": there["PASSWORD"]}
    return psycopg.connect(**where, user="postgres", autocommit=True)


def on_disk(table: str) -> bytes:
    """The files of a table as they are, after all that waits in memory was written."""
    with server() as session:
        session.execute("CHECKPOINT")
        found = session.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s))", [table]).fetchone()
    assert found is not None
    return bytes(found[0])


def in_statistics() -> bool:
    """Whether PostgreSQL's own tables, which help it plan, hold the words."""
    with connection.cursor() as cursor:
        said = "concat(most_common_vals::text, histogram_bounds::text, most_common_elems::text)"
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM pg_stats WHERE strpos({said}, %s) > 0)", [HEADLINE])
        return bool(cursor.fetchone()[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_is_not_cleared_before_its_tables_were_written_anew(
    published: Approval, ada: User, ben: User
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert in_statistics()
    about = taken_down(published, by=ada, second=ben)
    sweep.sweep()
    assert cleared(about) is None, "neither a visitor nor a deadline waits for it"
    assert HEADLINE.encode() in on_disk("incidents_approval")

    states.rounds(lambda: cleared(about))

    assert cleared(about)
    for table in rewriting.tables():
        assert HEADLINE.encode() not in on_disk(table), table
    assert not in_statistics()


@pytest.fixture
def other() -> Iterator[Any]:
    """Another session of the same database."""
    session = connection.copy()
    yield session
    session.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", ["SELECT count(*) FROM incidents_approval", "SELECT pg_current_xact_id()"])
def test_postgresql_waits_for_whoever_reads_or_writes_since_before(
    begun: str, published: Approval, ada: User, ben: User, other: Any
) -> None:
    with other.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(begun)
        about = taken_down(published, by=ada, second=ben)
        rewriting.rewrite()
        sweep.sweep()
        assert states.fresh(about).old_files == {}, "nothing was begun"
        cursor.execute("COMMIT")
    states.rounds(lambda: cleared(about))
    assert cleared(about)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_waits_for_nobody_who_began_after(published: Approval, ada: User, ben: User, other: Any) -> None:
    about = taken_down(published, by=ada, second=ben)
    for _ in range(100):
        with other.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_current_xact_id()")
            rewriting.rewrite()
            sweep.sweep()
            cursor.execute("COMMIT")
        if cleared(about):
            break
        time.sleep(0.1)  # it looked back as far as a longer transaction of another test
    assert cleared(about)


HELD = "incidents_fact"


def files() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relkind = 'r'")
        return dict(cursor.fetchall())


@pytest.fixture
def all_but_one(
    published: Approval, ada: User, ben: User, other: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Redaction]:
    """Words were taken down, and every table was written anew but one, at which somebody looks all the time."""
    monkeypatch.setattr(rewriting, "LOCK_SECONDS", 0.1)
    about = taken_down(published, by=ada, second=ben)
    other.autocommit = True
    with other.cursor() as cursor:
        for _ in range(100):
            rewriting._begun(about)
            if about.old_files:
                break
            time.sleep(0.1)
        cursor.execute("BEGIN")
        cursor.execute(f"LOCK TABLE {HELD} IN ACCESS SHARE MODE")
        rewriting.rewrite()
        yield states.fresh(about)
        cursor.execute("ROLLBACK")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_in_use_holds_up_no_other_and_none_is_written_twice(
    all_but_one: Redaction, other: Any, caplog: Any
) -> None:
    before = files()
    assert {table for table, file in all_but_one.old_files.items() if before.get(table) == file} == {HELD}
    rewriting.rewrite()
    assert files() == before
    assert f"Table {HELD} with words that were taken down could not be written anew" in caplog.text
    assert states.fresh(all_but_one).by_hand == [], "it is tried again"
    with other.cursor() as cursor:
        cursor.execute("COMMIT")

    states.rounds(lambda: cleared(all_but_one))

    assert cleared(all_but_one)
    assert [table for table, file in files().items() if file != before[table]] == [HELD]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_table_that_takes_too_long_is_left_to_a_person_which_is_said_once(
    all_but_one: Redaction, other: Any, ben: User, client_of: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    with other.cursor() as cursor:
        cursor.execute("COMMIT")
    monkeypatch.setattr(rewriting, "TABLE_SECONDS", 0.001)
    with caplog.at_level(logging.ERROR):
        rewriting.rewrite()
        monkeypatch.undo()
        rewriting.rewrite()
    sweep.sweep()

    assert caplog.text.count(f"has to run VACUUM (FULL, ANALYZE) {HELD}") == 1
    assert cleared(all_but_one) is None
    said = page(client_of(ben), all_but_one)
    assert "<b>This table of the database holds old rows with the words still</b>" in said
    assert f"<code>VACUUM (FULL, ANALYZE) {HELD};</code>" in said
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (FULL, ANALYZE) {HELD}")
    assert "VACUUM" not in page(client_of(ben), all_but_one)
    sweep.sweep()
    assert cleared(all_but_one)


@pytest.fixture
def no_owner() -> Iterator[None]:
    """We may do everything with the rows, and own no table. Such a role sees little of what other sessions do."""
    role, ours = f"{connection.settings_dict['NAME']}_no_owner", connection.settings_dict["USER"]
    with server() as session, connection.cursor() as cursor:
        session.execute(f"CREATE ROLE {role}")
        session.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        session.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
        session.execute(f"GRANT {role} TO {ours}")
        cursor.execute(f"SET ROLE {role}")
        yield
        cursor.execute("RESET ROLE")
        session.execute(f"DROP OWNED BY {role}")
        session.execute(f"DROP ROLE {role}")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_tables_of_another_owner_are_named_and_waited_for(
    published: Approval, ada: User, ben: User, other: Any, no_owner: None
) -> None:
    with other.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM incidents_approval")
        about = taken_down(published, by=ada, second=ben)
        rewriting.rewrite()
        assert states.fresh(about).old_files == {}, "it is seen as well that somebody reads"
        cursor.execute("COMMIT")

    states.rounds(lambda: states.fresh(about).by_hand)

    assert states.fresh(about).by_hand == rewriting.tables() == rewriting.by_hand(states.fresh(about))
    assert cleared(about) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_round_ends_after_its_time_and_the_next_one_goes_on(
    published: Approval, ada: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "BEGIN_FOR_SECONDS", 0.0)
    about = taken_down(published, by=ada, second=ben)
    done = []
    before = files()
    for _ in range(100):
        rewriting.rewrite()
        now = files()
        done += [table for table, file in now.items() if before[table] != file]
        before = now
        if len(done) == 2:
            break
        time.sleep(0.1)
    assert done == [table for table in rewriting.tables() if table.startswith("incidents_")][:2]
    assert cleared(about) is None
