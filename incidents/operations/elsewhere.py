"""Where else the same words stand: approved, in other entries and in messages to a group; and inside, past the incident.

A person chooses what of it goes. Found as everywhere (`taken.Words`): by a whole text, by a paragraph and by a sentence that
was carried on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from incidents.models import Approval, RecordEntry
from incidents.operations import cells
from incidents.operations.cells import Cells, Row
from incidents.operations.taken import Taken, Words


def in_entries(words: Words, besides: Iterable[int] = ()) -> list[Taken]:
    """Entries of the record with texts in which some of these words stand: to be chosen as well, or looked at."""
    found = RecordEntry.objects.exclude(approval=None).exclude(pk__in=besides).select_related("approval")
    found = found.defer("approval__body_html").order_by("number")
    return _saying(words, ((one.approval, one) for one in found.iterator() if one.approval))


def in_messages(words: Words, besides: Iterable[int] = ()) -> list[Taken]:
    """The same among the direct messages, which stand in no entry."""
    found = Approval.objects.messages().exclude(pk__in=besides).select_related("submission__statement__group")
    return _saying(words, ((one, None) for one in found.defer("body_html").order_by("pk").iterator()))


@dataclass(frozen=True)
class Inside:
    """Another incident, a change of names that waits, a template or a group in whose texts some of the words stand."""

    kind: str
    pk: int
    called: tuple[str, ...]

    @property
    def name(self) -> str:
        """As `Redaction.also` has it."""
        return f"{self.kind}:{self.pk}"


def inside(words: Words, besides: int | None) -> list[Inside]:
    """What nobody outside reads, of everything but the incident ``besides``. Costs a look at every text, in one question.

    What led to approved words goes with those, or stays with them: `in_entries`, `in_messages`.
    """
    published: set[int | None] = set()
    found: dict[tuple[str, int], list[Row]] = {}
    for row in cells.one_by_one(_everywhere(besides)):
        if row.cells.model is Approval:
            published.add(row.of)
        if any(row.saying(words)):
            found.setdefault((row.cells.subject, row.about), []).append(row)
    published.discard(None)
    standing = {
        subject: [row for row in rows if not (row.kind == "statement" and row.of in published)]
        for subject, rows in sorted(found.items())
    }
    return [Inside(*subject, tuple(_called(rows))) for subject, rows in standing.items() if rows]


def _everywhere(besides: int | None) -> Iterator[tuple[Cells, Q]]:
    for each in cells.EVERY:
        which = Q(**{f"{each.way}__isnull": False})
        if each.subject == "incident" and besides:
            which &= ~Q(**{each.way: besides})
        if each.subject == "names":
            way = "" if each.way == "pk" else f"{each.way}__"
            which &= ~Q(**{f"{way}submissions__approval__isnull": False})
        yield each, which


def _called(rows: Iterable[Row]) -> Iterator[str]:
    counted = Counter(called for called, _ in {(row.cells.called, row.pk) for row in rows})
    for called, number in sorted(counted.items()):
        yield called if number == 1 else f"{called}, {number} times"


def _saying(words: Words, found: Iterable[tuple[Approval, RecordEntry | None]]) -> list[Taken]:
    said = (
        Taken(approval, {field: text for field, text in approval.texts().items() if words.stand_in(text)}, entry)
        for approval, entry in found
    )
    return [one for one in said if one.texts]
