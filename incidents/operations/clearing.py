"""What a redaction leaves outside the rows: messages written to files, our own copies of the database, and old pages of it.

Done after the transaction, at once, and again by the sweep until it is done; only then is the redaction said to be cleared.
Tables are written anew by a task of its own (`rewriting`), for which nothing waits.
The public edition clears itself: each web process reads the record anew when it meets the notice (`statuspage.keeper`).
"""

import logging
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

import clock
from incidents.models import Erasure, Redaction
from incidents.operations import rewriting
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing

logger = logging.getLogger(__name__)

COPY = "before-migration-%Y%m%dT%H%M%SZ.sqlite3"


def clear() -> None:
    """Clear what confirmed redactions left. What cannot be cleared now is said in the log and tried again."""
    gone = [one for one in Redaction.objects.uncleared() if _cleared_files(one)]
    if cleared := [one.pk for one in _forgotten(gone)]:
        Redaction.objects.filter(pk__in=cleared).update(cleared_at=clock.now())


def copy_of_now() -> Path:
    """Where a copy of the whole database goes before a migration (`config.preparation` makes it)."""
    return _backups() / f"{clock.now():{COPY}}"


def copies_before(at: datetime) -> list[Path]:
    """Copies of the whole database that were made before migrations, and before ``at``: they hold what stood in it then.

    A copy under another name is somebody's own, and left alone.
    """
    found = sorted(_backups().glob("before-migration-*"))
    return [path for path in found if (made := _made_at(path.name)) and made <= at]


def _backups() -> Path:
    return Path(settings.DATA_DIR) / "backups"


def _made_at(name: str) -> datetime | None:
    try:
        made = datetime.strptime(name, COPY).replace(tzinfo=UTC)
    except ValueError:
        return None
    return made if f"{made:{COPY}}" == name else None


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


def _forgotten(gone: list[Redaction]) -> list[Redaction]:
    """Those of which the database keeps no old rows or pages either."""
    if connection.in_atomic_block or not gone:
        return []
    if connection.vendor == "sqlite":
        return gone if _emptied_log() else []
    return [one for one in gone if rewriting.is_done(one)]


def _emptied_log() -> bool:
    """SQLite keeps old pages in the log beside its file until nobody reads them and somebody empties it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    return not busy
