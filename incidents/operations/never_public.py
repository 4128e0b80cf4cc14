"""Names that no public words may say (R84): of everybody here, of contacts, of who asked, and what agents are called inside."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.functions import Concat

from accounts.models import User
from agents.models import Agent, Component
from incidents.draft_check import called
from incidents.models import Incident, Inquiry
from stakeholders.models import Contact

MOST = 5_000  # of all names together; of contacts the newest

_INTERNAL, _PUBLIC, _STAFF, _ASKED, _CONTACT = range(5)  # in the order in which they count when there are too many
_YES, _NO = "1", "0"


@dataclass(frozen=True)
class Names:
    """``persons`` are personal data, ``internal`` are what agents are called inside; what is ``public`` may stand.

    ``people``: everybody here, by name, each with a column for every mark that was asked for, and no more than that.
    """

    people: tuple[Any, ...]
    persons: frozenset[str]
    internal: frozenset[str]
    public: frozenset[str]


def names(incident: Incident | None = None, **marks: "QuerySet[User]") -> Names:
    """In one question. Who asked is asked of the ``incident`` alone. ``marks`` are columns of the people, which say whether they
    are among those: a page that shows people beside the words need not ask again."""
    rows = list(_rows(incident, marks.values()))
    public = frozenset(row[1] for row in rows if row[0] == _PUBLIC)
    staff = sorted((row[1], row[3], row[2]) for row in rows if row[0] == _STAFF)
    outside = (row[1:3] for row in rows if row[0] in (_ASKED, _CONTACT))
    persons = {*(name for name, *_ in staff), *(named for one in outside for named in _of_person(*one))}
    return Names(
        people=tuple(_marked(User(pk=pk, name=name), marks, among) for name, pk, among in staff),
        persons=_without(persons, public),
        internal=_without((row[1] for row in rows if row[0] == _INTERNAL), public),
        public=public,
    )


def _marked(person: User, marks: Iterable[str], among: str) -> User:
    for mark, is_among in zip(marks, among, strict=False):  # without marks nothing was asked
        setattr(person, mark, is_among == _YES)
    return person


def _without(names: Iterable[str], public: Iterable[str]) -> frozenset[str]:
    said = {name.casefold() for name in public}
    return frozenset(name for name in names if name.casefold() not in said)


def _of_person(name: str, organisation: str) -> Iterator[str]:
    """A name, and the organisation where that is called by it: the practice of Maria Weber is not to be named either."""
    if person := called.person_in(name):
        yield person
        if called.is_of(person, organisation):
            yield organisation


def _rows(incident: Incident | None, marks: "Iterable[QuerySet[User]]") -> QuerySet[Any, Any]:
    """Kind, name, what else is known of it, and the key of the row."""
    among = Concat(Value(""), Value(""), *(Case(_when(mark), default=Value(_NO)) for mark in marks))
    parts = [
        _part(_PUBLIC, Agent.objects.all(), "public_name"),
        _part(_PUBLIC, Component.objects.all(), "public_name"),
        _part(_STAFF, User.objects.people(), "name", among),
        _part(_CONTACT, Contact.objects.current().exclude(name=""), "name", F("organisation")),
    ]
    if incident is not None:
        parts.append(_part(_ASKED, Inquiry.objects.filter(plan__incident=incident), "asked_by"))
    first = _part(_INTERNAL, Agent.objects.exclude(internal_name=""), "internal_name")
    return first.union(*parts, all=True).order_by("kind_", "-row_")[:MOST]


def _when(mark: "QuerySet[User]") -> When:
    return When(Exists(mark.filter(pk=OuterRef("pk"))), then=Value(_YES))


def _part(kind: int, found: QuerySet[Any, Any], column: str, more: Any = None) -> QuerySet[Any, Any]:
    given = {"kind_": Value(kind, IntegerField()), "said_": F(column), "more_": more or Value("")}
    named: QuerySet[Any, Any] = found.order_by().annotate(row_=F("pk"), **given)
    return named.values_list("kind_", "said_", "more_", "row_")
