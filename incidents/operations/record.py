"""The only door into the public record: numbered without gaps, each entry chained to the one before."""

from datetime import datetime
from typing import Any

import crash
from accounts import chain, log
from accounts.models import User
from incidents.actions import Action
from incidents.models import Approval, Commitment, Incident, Promise, RecordEntry, RecordHead


def enter(
    kind: str,
    *,
    at: datetime,
    by: User,
    body: dict[str, Any],
    approval: Approval | None = None,
    incident: Incident | None = None,
    commitment: Commitment | None = None,
    promise: Promise | None = None,
) -> RecordEntry:
    """Append one entry inside the caller's transaction and move the revision, so that the public pages are made anew.

    ``body`` is everything public about it but free text; of the texts of ``approval`` it gets salted digests, which the
    chain covers, so that a text can be erased one day and the chain still holds. Locks the head of the record and then
    that of the log: all other locks come before.
    """
    head = lock_head()
    entry = RecordEntry(
        number=head.number + 1,
        kind=kind,
        at=at,
        approval=approval,
        incident=incident,
        commitment=commitment,
        promise=promise,
        body={**body, "texts": approval.text_digests() if approval else {}},
        previous=head.hash,
    )
    entry.hash = chain.link(entry.previous, entry.hashed())
    entry.save(force_insert=True)
    crash.point("entry.written")
    RecordHead.objects.filter(pk=1).update(number=entry.number, hash=entry.hash, revision=head.revision + 1)
    log.write(Action.RECORD_ENTERED, by=by, about=entry, kind=entry.kind, hash=entry.hash)
    return entry


def lock_head() -> RecordHead:
    """The head of the record, locked: number, hash, and the last C-number that was given."""
    return RecordHead.objects.select_for_update(no_key=True).get(pk=1)
