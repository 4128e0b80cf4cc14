"""Where else the same words stand: approved, in other entries and in messages to a group; and inside, past the incident.

A person chooses what of it goes. Found as everywhere (`taken.Words`): by a whole text, by a paragraph and by a sentence that
was carried on.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass

from django.db.models import F, Q

from incidents.models import Approval, Statement
from incidents.operations import cells
from incidents.operations.cells import Cells, Row
from incidents.operations.taken import Taken, Words

Subject = tuple[str, int]  # its kind and its key


def approved(words: Words) -> list[Taken]:
    """Entries of the record in their order, then direct messages, with the texts in which some of these words stand."""
    found = Approval.objects.filter(Q(entry__isnull=False) | Q(kind=Statement.Kind.DIRECT)).defer("body_html")
    found = found.select_related("entry", "submission__statement__group")
    said = (
        Taken(
            one,
            {field: text for field, text in one.texts().items() if words.stand_in(text)},
            getattr(one, "entry", None),
        )
        for one in found.order_by(F("entry__number").asc(nulls_last=True), "pk").iterator()
    )
    return [one for one in said if one.texts]


def in_entries(found: Iterable[Taken], besides: Collection[int] = ()) -> list[Taken]:
    """Of those `approved` the entries: to be chosen as well, or looked at."""
    return [one for one in found if one.entry and one.entry.number not in besides]


def in_messages(found: Iterable[Taken], besides: Collection[int] = ()) -> list[Taken]:
    """The direct messages, which stand in no entry."""
    return [one for one in found if not one.entry and one.approval.pk not in besides]


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
    """What nobody outside reads, of everything but the incident ``besides``."""
    return look_through(words, {("incident", besides)} if besides else set())[1]


def look_through(words: Words, own: Set[Subject]) -> tuple[list[Row], list[Inside]]:
    """All rows of the subjects that are ``own``, and of all others those that say some of the words.

    Costs a look at every text there is, in one question. What led to approved words of others goes with those, or stays with
    them (`approved`), and is not named again.
    """
    ours: list[Row] = []
    published: set[int | None] = set()
    found: dict[Subject, list[Row]] = {}
    for row in cells.one_by_one(_everywhere(own)):
        subject = (row.cells.subject, row.about)
        if subject in own:
            ours.append(row)
            continue
        if row.cells.model is Approval:
            published.add(row.of)
        if any(row.saying(words)):
            found.setdefault(subject, []).append(row)
    published.discard(None)
    standing = {
        subject: [row for row in rows if not (row.kind == "statement" and row.of in published)]
        for subject, rows in sorted(found.items())
    }
    return cells.joined(ours), [Inside(*subject, tuple(_called(rows))) for subject, rows in standing.items() if rows]


def _everywhere(own: Set[Subject]) -> Iterator[tuple[Cells, Q]]:
    """Published names are entries, so of others' names those that wait."""
    for each in cells.EVERY:
        which = Q(**{f"{each.way}__isnull": False})
        if each.subject == "names":
            way = "" if each.way == "pk" else f"{each.way}__"
            which &= ~Q(**{f"{way}submissions__approval__isnull": False})
            which |= Q(**{f"{each.way}__in": [pk for kind, pk in own if kind == "names"]})
        yield each, which


def _called(rows: Iterable[Row]) -> Iterator[str]:
    counted = Counter(called for called, _ in {(row.cells.called, row.pk) for row in rows})
    for called, number in sorted(counted.items()):
        yield called if number == 1 else f"{called}, {number} times"
