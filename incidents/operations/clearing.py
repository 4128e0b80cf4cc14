"""What a redaction leaves outside the rows: messages written to files, our own copies of the database, and old pages of it.

Done after the transaction, at once, and again by the sweep until it is done; only then is the redaction said to be cleared.
The public edition clears itself: each web process reads the record anew when it meets the notice (`statuspage.keeper`).
"""

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, models

import clock
from incidents.models import Approval, Erasure, Redaction
from incidents.operations import cells
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing

logger = logging.getLogger(__name__)

BACKUPS = "backups"  # in the data folder; `config.preparation` writes them
OF_A_MIGRATION = re.compile(r"before-migration-(\d{8}T\d{6}Z)\.sqlite3")
COMMITTED_WITHIN = timedelta(minutes=1)  # of the decision
IN_THE_WAY = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < %s
"""
NOT_OURS = (
    "SELECT count(*) FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r' AND NOT pg_has_role(relowner, 'USAGE')"
)


def clear(*, rewriting: bool = False) -> None:
    """Clear what confirmed redactions left. What cannot be cleared now is said in the log and tried again.

    ``rewriting``: tables may be rewritten, which PostgreSQL needs to forget. It may take longer than a visitor waits, so only
    the sweep does it.
    """
    gone = [one for one in Redaction.objects.uncleared() if _cleared_files(one)]
    if gone and _cleared_database(gone, rewriting=rewriting):
        Redaction.objects.filter(pk__in=[one.pk for one in gone]).update(cleared_at=clock.now())


def copies_before(at: datetime) -> list[Path]:
    """Copies of the whole database that were made before migrations, and before ``at``: they hold what stood in it then.

    A copy under another name is somebody's own, and left alone.
    """
    found = []
    for path in sorted((Path(settings.DATA_DIR) / BACKUPS).glob("before-migration-*")):
        made = OF_A_MIGRATION.fullmatch(path.name)
        if made and datetime.strptime(made[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) <= at:
            found.append(path)
    return found


def _cleared_files(redaction: Redaction) -> bool:
    rows = Erasure.objects.filter(redaction=redaction, table_name=Outgoing._meta.db_table)
    messages = list(rows.values_list("row_id", flat=True))
    assert redaction.decided_at is not None  # noqa: S101 - the database holds that somebody decided
    try:
        stakeholders.remove_files(messages)
        for copy in copies_before(redaction.decided_at):
            copy.unlink(missing_ok=True)
    except OSError as error:
        logger.error("Files with words that %s took down could not be removed: %s", redaction, error)
        return False
    return not stakeholders.in_hand(messages)


def _cleared_database(redactions: list[Redaction], *, rewriting: bool) -> bool:
    if connection.in_atomic_block:
        return False
    if connection.vendor == "sqlite":
        return _emptied_log()
    return rewriting and _rewritten(max(one.decided_at for one in redactions if one.decided_at))


def _emptied_log() -> bool:
    """SQLite keeps old pages in the log beside its file until nobody reads them and somebody empties it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    return not busy


def _rewritten(since: datetime) -> bool:
    """PostgreSQL keeps old rows until VACUUM, and their bytes until the room is used again; FULL writes each table anew.

    Whoever reads since before the redaction would still be given the old rows, so they are kept for that session.
    """
    try:
        with connection.cursor() as cursor:
            if _count(cursor, IN_THE_WAY, since + COMMITTED_WITHIN):
                return False
            if _count(cursor, NOT_OURS, tables()):
                logger.error(
                    "Their owner has to run VACUUM FULL on the tables with words taken down: %s", ", ".join(tables())
                )
                return False
            cursor.execute("SET statement_timeout = '10min'")
            try:
                for table in tables():
                    cursor.execute(f"VACUUM (FULL) {connection.ops.quote_name(table)}")
            finally:
                cursor.execute("RESET statement_timeout")
    except DatabaseError as error:
        logger.warning("Tables with words that were taken down could not be rewritten: %s", error)
        return False
    return True


def tables() -> list[str]:
    """Every table that a redaction changes."""
    changed: set[type[models.Model]] = {*(each.model for each in cells.EVERY), Approval, Outgoing}
    return sorted(model._meta.db_table for model in changed)


def _count(cursor: Any, question: str, of: Any) -> int:
    cursor.execute(question, [of])
    return int(cursor.fetchone()[0])
