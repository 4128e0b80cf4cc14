"""What a redaction leaves outside the rows: messages written to files, and the old pages of an SQLite file.

Done after the transaction, at once, and again by the sweep until it is done. The public edition clears itself: each web
process reads the record anew when it meets the notice (`statuspage.keeper`).
"""

import logging

from django.db import connection

import clock
from incidents.models import Erasure, Redaction
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing

logger = logging.getLogger(__name__)


def clear() -> None:
    """Clear what confirmed redactions left. What cannot be cleared now is said in the log and tried again."""
    for redaction in Redaction.objects.uncleared():
        rows = Erasure.objects.filter(redaction=redaction, table_name=Outgoing._meta.db_table)
        messages = list(rows.values_list("row_id", flat=True))
        try:
            stakeholders.remove_files(messages)
        except OSError as error:
            logger.error("Files of messages that %s took down could not be removed: %s", redaction, error)
            continue
        if not stakeholders.in_hand(messages) and _emptied_log():
            Redaction.objects.filter(pk=redaction.pk).update(cleared_at=clock.now())


def _emptied_log() -> bool:
    """SQLite keeps old pages in the log beside its file until nobody reads them and somebody empties it."""
    if connection.vendor != "sqlite":
        return True
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    return not busy
