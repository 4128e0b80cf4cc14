"""The one door into the append-only log (R115)."""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction

import clock
from accounts import chain
from accounts.models import KeptModel, LogAction, LogEntry, LogHead, User
from accounts.models.kept import label, seal


def write(
    action: LogAction, *, by: User, about: models.Model, keep: Sequence[KeptModel] = (), **details: Any
) -> LogEntry:
    """Append one entry inside the caller's transaction.

    ``details`` are ids, field names, states and digests; texts and names of people do not belong in the log. The rows to
    ``keep`` are saved here and nowhere else: the entry holds their seals. Locks the head of the chain, so it comes after
    every other lock. Raises ``TypeError`` for an action that is not registered and
    ``TransactionManagementError`` outside a transaction.
    """
    if not isinstance(action, LogAction):
        raise TypeError(f"{action!r} is not a LogAction")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A log entry belongs to the transaction of what it records.")
    head = LogHead.objects.select_for_update(no_key=True).get(pk=1)
    entry = LogEntry(
        number=head.number + 1,
        at=clock.now(),
        actor=by,
        action=action.value,
        object_kind=about._meta.label_lower,
        object_id=str(about.pk),
        details=details,
        kept=[_saved(row, head.number + 1) for row in keep],
        previous=head.hash,
    )
    entry.hash = chain.link(head.hash, body_of(entry))
    entry.save(force_insert=True)
    LogHead.objects.filter(pk=1).update(number=entry.number, hash=entry.hash)
    return entry


def _saved(row: KeptModel, number: int) -> dict[str, Any]:
    """What entry ``number`` keeps of a row. The row has its key only once it is saved."""
    row.log_entry_id = number
    row.save(force_insert=True)
    return {"row": label(row), "of": row.part_of, "seal": seal(row)}


def body_of(entry: LogEntry) -> dict[str, Any]:
    """What the hash of an entry covers."""
    body = {
        "number": entry.number,
        "at": chain.instant(entry.at),
        "actor": entry.actor_id,
        "action": entry.action,
        "object": f"{entry.object_kind}:{entry.object_id}",
        "details": entry.details,
    }
    return body if entry.kept == [] else {**body, "kept": entry.kept}


def revision() -> int:
    """The number of the newest entry: it moves whenever anything moved inside."""
    return LogHead.objects.values_list("number", flat=True).get(pk=1)


def mark() -> tuple[int, str]:
    """The revision together with the hash of its entry: no other history of this desk has the same."""
    return LogHead.objects.values_list("number", "hash").get(pk=1)
