"""Where the record comes from: the database. The only module of the public face that reads it.

It reads three things: the head, the entries with their approved words, and the time of the last confirmation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Subquery

from incidents.models import Approval, Confirmation, Incident, RecordEntry, RecordHead
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


def entries_about(incident: Incident) -> list[Entry]:
    """What the page of one incident is made of: everything about it, and the names as they are now."""
    rows = RecordEntry.objects.in_order()
    names = RecordEntry.objects.filter(kind=RecordEntry.Kind.MASTHEAD).order_by("-number").values("number")[:1]
    return [_entry(row) for row in rows.filter(Q(incident=incident) | Q(number=Subquery(names)))]


def would_be(number: int, approval: Approval, body: dict[str, Any]) -> Entry:
    """An entry that nobody has made: without a hash, and not to be verified."""
    kind = RecordEntry.Kind.PUBLICATION.value
    return Entry(number, kind, approval.approved_at, "", "", body, approval.texts(), approval.body_html, {})


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
