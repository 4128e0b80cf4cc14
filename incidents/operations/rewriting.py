"""What PostgreSQL keeps of words that were taken down: old rows, until their table is written anew.

A task of its own does it, in short rounds, so that no deadline waits for it. A table is done when its file is another one than
at the moment from which on nobody was given old rows any more; so it does not matter who writes it anew, and nothing else has
to be remembered. What cannot be done within its time, or is not ours to do, is left to a person and named on the page.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, models

from incidents.models import Redaction
from incidents.operations import cells
from stakeholders.models import Outgoing

logger = logging.getLogger(__name__)

# The sweep comes every 15 seconds and puts aside what it could not do five times: a table is locked for two of its rounds.
TABLE_SECONDS = 30
LOCK_SECONDS = 2  # others queue behind whoever waits, three seconds at most; and autovacuum gives way after one
BEGIN_FOR_SECONDS = 5.0  # after that a round begins with no other table, so that the sweep has its turn in between
NOT_WITHIN_ITS_TIME, NO_ROOM, NOT_ALLOWED = "57014", "53100", "42501"  # SQLSTATE
A_PERSONS = (NOT_WITHIN_ITS_TIME, NO_ROOM, NOT_ALLOWED)

# Old rows are given to whoever has an older transaction in view. A transaction of another database counts, since what begins
# here while it lasts looks back as far. Autovacuum asks for nothing to be kept, but while it analyses.
IN_THE_WAY = """
WITH taken AS (SELECT age(xmin) AS since FROM incidents_redaction WHERE id = %s),
held AS (
    SELECT greatest(age(backend_xid), CASE WHEN coalesce(datname = current_database(), true) THEN age(backend_xmin) END) AS since
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND NOT coalesce(
        backend_type = 'autovacuum worker' AND query LIKE 'autovacuum: VACUUM %%'
        AND query NOT LIKE 'autovacuum: VACUUM ANALYZE %%', false)
    UNION ALL SELECT age(transaction) FROM pg_prepared_xacts
    UNION ALL SELECT age(xmin) FROM pg_replication_slots
)
SELECT EXISTS (SELECT 1 FROM held, taken WHERE held.since >= taken.since)
"""
FILES = """
SELECT relname, pg_relation_filenode(oid) FROM pg_class
WHERE relname = ANY(%s) AND relkind = 'r' AND pg_table_is_visible(oid)
"""
LIMITS = "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)"


def tables() -> list[str]:
    """Every table that a redaction changes."""
    changed: set[type[models.Model]] = {*(each.model for each in cells.EVERY), Outgoing}
    return sorted(model._meta.db_table for model in changed)


def is_done(redaction: Redaction) -> bool:
    return bool(redaction.old_files) and not _old(redaction)


def by_hand(redaction: Redaction) -> list[str]:
    """The tables that a person has to write anew, as far as nobody has."""
    return sorted(_old(redaction).intersection(redaction.by_hand)) if redaction.by_hand else []


def rewrite() -> None:
    """One round. What fails is in the log, and is tried in the next round or left to a person."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    waiting = [one for one in Redaction.objects.uncleared() if one.old_files or _begun(one)]
    left = {table for one in waiting for table in _old(one).difference(one.by_hand)}
    ends = time.monotonic() + BEGIN_FOR_SECONDS
    for table in sorted(left):
        if _left_to_a_person(table):
            _leave(table, waiting)
        if time.monotonic() > ends:
            return


def _begun(redaction: Redaction) -> bool:
    """Remember the files of all tables, once nobody is given old rows any more."""
    with connection.cursor() as cursor:
        cursor.execute(IN_THE_WAY, [redaction.pk])
        if cursor.fetchone()[0]:
            return False
    redaction.old_files = _files(tables())
    redaction.save(update_fields=["old_files"])
    return True


def _old(redaction: Redaction) -> set[str]:
    """The tables that have not been written anew since."""
    return {table for table, file in _files(redaction.old_files).items() if redaction.old_files[table] == file}


def _files(of: Iterable[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(FILES, [list(of)])
        return dict(cursor.fetchall())


def _left_to_a_person(table: str) -> bool:
    """Write it anew. Returns whether that is for a person to do. What it held is in the statistics as well, which are made anew
    with it."""
    before = _files([table])
    try:
        with connection.cursor() as cursor, _limits(cursor):
            cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}")
    except DatabaseError as error:
        logger.warning("Table %s with words that were taken down could not be written anew: %s", table, error)
        return getattr(error.__cause__, "sqlstate", None) in A_PERSONS
    return _files([table]) == before  # to whoever may not, PostgreSQL says so in a notice and does nothing


@contextmanager
def _limits(cursor: Any) -> Iterator[None]:
    """Of the session, since there is no transaction; put back afterwards."""
    cursor.execute(LIMITS, [f"{TABLE_SECONDS}s", f"{LOCK_SECONDS}s"])
    try:
        yield
    finally:
        if connection.is_usable():
            cursor.execute("RESET statement_timeout")
            cursor.execute("RESET lock_timeout")


def _leave(table: str, waiting: Iterable[Redaction]) -> None:
    """Said once: it is not tried again, and whoever looks at the page reads what to do."""
    logger.error("Whoever runs the database has to run VACUUM (FULL, ANALYZE) %s: it holds words taken down.", table)
    for one in waiting:
        if table in one.old_files:
            one.by_hand = sorted({*one.by_hand, table})
            one.save(update_fields=["by_hand"])
