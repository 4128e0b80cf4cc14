"""Where the record comes from: the database. The only module of the public face that reads it.

It reads three things: the head, the entries with their approved words, and the time of the last confirmation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incidents.models import Confirmation, RecordEntry, RecordHead
from statuspage.entries import Entry


@dataclass(frozen=True, slots=True)
class Head:
    """What is compared four times a second: when neither has moved, nothing public has changed."""

    revision: int
    number: int
    confirmed_at: datetime | None


def head() -> Head:
    """Raises django.db.DatabaseError while the database is away or not yet migrated."""
    revision, number = RecordHead.objects.values_list("revision", "number").get(pk=1)
    confirmed_at = Confirmation.objects.values_list("confirmed_at", flat=True).filter(pk=1).first()
    return Head(revision, number, confirmed_at)


def entries_after(number: int, upto: int) -> Iterator[Entry]:
    """One after the other, so that a long record is never there as a whole. Raises DatabaseError while it is read."""
    found = RecordEntry.objects.in_order().filter(number__gt=number, number__lte=upto)
    return (_entry(row) for row in found.iterator(chunk_size=500))


def _entry(row: RecordEntry) -> Entry:
    """The allow-list: of an approval, its texts and the safe HTML made of its body, and nothing else."""
    approval = row.approval
    return Entry(
        number=row.number,
        kind=row.kind,
        at=row.at,
        hash=row.hash,
        previous=row.previous,
        body=row.body,
        words=approval.texts() if approval else {},
        html=approval.body_html if approval and "body" not in approval.taken_down() else "",
        public=row.public(),
    )
