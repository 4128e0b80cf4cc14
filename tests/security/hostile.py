"""The world of `tests.world` with hostile words in every text column, and its pages as each reader gets them."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models.functions import Lower
from django.urls import reverse

import clock
from accounts.forms import LineField
from agents.models import Component
from incidents import markdown
from incidents.models import (
    Approval,
    Commitment,
    ContainmentAction,
    Fact,
    Heartbeat,
    Incident,
    Statement,
    StatementTemplate,
    Submission,
)
from stakeholders.models import Contact, Outgoing, StakeholderGroup
from statuspage import source
from statuspage.edition import Edition, build
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests.doors import DOORS, INSIDE, Door, browser_of
from tests.security.corpus import PAYLOADS
from tests.statuspage.feeds import parsed
from tests.test_public_surface import INTERNAL, PUBLIC, pairs

ADDRESSES = {
    ("accounts.Invitation", "email"), ("accounts.Team", "alias"), ("accounts.User", "email"),
    ("stakeholders.Outgoing", "to_address"),
}  # fmt: skip
# Every payload after the other; PostgreSQL knows no NUL. One line, as the shortest fields keep it.
CORPUS = " ".join(PAYLOADS).replace("\n", " ").replace("\r", " ")
MESSAGE = "\n\n".join(PAYLOADS)  # for the renderer of public words, each in a paragraph of its own

# Drawn as a picture for the camera of a phone, which holds no more than its form takes.
FITTED = {("accounts.Organisation", "name"), ("accounts.User", "email")}

Fill = Callable[[str, str], str]


def token(label: str, field: str) -> str:
    """Which column a text came from."""
    return f"«{label}.{field}»"


def everything(label: str, field: str) -> str:
    return token(label, field) + CORPUS


# Typed into fields of one line, which take control characters and turning marks out: mails put these into headers.
LINES = {
    "accounts.Invitation", "accounts.Organisation", "accounts.Team", "accounts.User", "agents.Agent", "agents.Component",
}  # fmt: skip


def as_typed(label: str, field: str) -> str:
    """The same as it comes through the forms."""
    words = everything(label, field)
    return LineField().to_python(words) if label in LINES else words


# In what of these is said, so that the pages have what they make of something found: marks, better words, buttons.
CHECKED = {"incidents.Statement", "incidents.Commitment", "incidents.CommitmentChange"}


def harmless(label: str, field: str) -> str:
    return token(label, field) + (" Fortunately, the API works." if label in CHECKED else "")


def fill(say: Fill, *, without: set[tuple[str, str]] = frozenset()) -> None:  # type: ignore[assignment]
    """Put words into every text that the world has, past forms and operations. Run it where it is rolled back.

    SQLite keeps any length. PostgreSQL does not: there a short column gets as much as fits, from another place each.
    """
    Heartbeat.objects.update(trouble="a row that failed")  # no operation writes it unless something is wrong
    for offset, (label, name) in enumerate(sorted((pairs(PUBLIC) | pairs(INTERNAL)) - without)):
        model = apps.get_model(label)
        column = model._meta.get_field(name)
        for row in model._base_manager.order_by("pk"):
            said = getattr(row, name)
            if said:
                filled = _filled(column, said, say(label, name), row.pk, offset)
                _write(model, row.pk, {name: filled.lower() if (label, name) in ADDRESSES else filled})
    html = markdown.render(MESSAGE) if say is not harmless else markdown.render("Words.")
    _all(apps.get_model("incidents.Approval")).update(body_html=html)


def _all(model: type[models.Model]) -> Any:
    """Past the querysets that refuse: what is frozen is frozen for everybody but this."""
    return models.QuerySet(model)


def _write(model: type[models.Model], pk: Any, values: dict[str, Any]) -> None:
    _all(model).filter(pk=pk).update(**values)


def _filled(column: Any, said: Any, words: str, pk: Any, offset: int) -> Any:
    if isinstance(column, models.JSONField):
        return _replaced(said, words)
    unique = f" {pk}" if column.unique or _is_unique_among_some(column) else ""
    fits = connection.vendor != "sqlite" or (column.model._meta.label, column.name) in FITTED
    limit = column.max_length if fits else None
    if limit and len(words) + len(unique) > limit:
        head, _, rest = words.partition("»")
        start = (offset * 997) % max(len(rest), 1)
        words = (f"{head}»" + rest[start:] + rest[:start])[: limit - len(unique)]
    return words + unique


def _is_unique_among_some(column: Any) -> bool:
    """By a constraint of its own, such as the names of templates that are in use."""
    unique = (one for one in column.model._meta.constraints if isinstance(one, models.UniqueConstraint))
    return any((*one.fields, *_lowered(one)) == (column.name,) for one in unique)


def _lowered(constraint: models.UniqueConstraint) -> tuple[str, ...]:
    """What a constraint compares besides plain columns: the column itself, where it takes the lower case of one."""
    return tuple(
        one.get_source_expressions()[0].name if isinstance(one, Lower) else repr(one) for one in constraint.expressions
    )


def _replaced(value: Any, words: str) -> Any:
    """The same shape with other words. A text with a space or an address is somebody's; ids, times and digests are not."""
    if isinstance(value, dict):
        return {key: _replaced(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, words) for one in value]
    return words if isinstance(value, str) and (" " in value or "@" in value) else value


def edition() -> Edition:
    head = source.head()
    return build(extend(PublicRecord(), source.entries_after(0, head.number)), head.confirmed_at, clock.now())


def public_pages() -> dict[str, tuple[dict[str, str], str]]:
    """Path to headers and text of everything the edition holds in memory."""
    return {path: (dict(page.identity.headers), page.body.decode()) for path, page in edition().hot.items()}


def shown_html(headers: dict[str, str], text: str) -> list[str]:
    """What a reader's program takes for HTML of a public page: the page itself, or each entry of the feed."""
    if headers["Content-Type"].startswith("text/html"):
        return [text]
    return [item.html for item in parsed(text.encode()).items] if "atom" in headers["Content-Type"] else []


def reader_of(door: Door) -> str:
    """Who is let in to read: those of the cast who see the most, first; for a page that is for nobody inside, nobody."""
    order = [*dict.fromkeys(("cleo", "ben", "tom", "olga", *INSIDE)), "nobody"]
    return next((name for name in order if door.get[name] == 200), "")


def desk_pages(w: SimpleNamespace, *, each_state: bool = True) -> Iterator[tuple[str, Any]]:
    """Every page behind a door, whole and as the fragment that htmx asks for, and the page of an object in each state."""
    for door in DOORS:
        if not (name := reader_of(door)):
            continue
        yield f"{door} as {name}", browser_of(w, name).get(door.address(w))
        if door.name.startswith("desk:"):
            answer = browser_of(w, name).get(door.address(w), headers={"HX-Request": "true"})
            yield f"{door} as {name} (fragment)", answer
    for route, row, name in objects() if each_state else ():
        yield f"{route} {row.pk} as {name}", browser_of(w, name).get(reverse(route, args=[row.pk]))


# The page of a row, what its states are told by (one of each is looked at), and who reads it.
SHOWN = (
    ("desk:incident", Incident, ("pk",), "tom"),
    ("desk:incident", Incident, ("state",), "cleo"),
    ("desk:fact", Fact, ("confidence", "question"), "tom"),
    ("desk:containment", ContainmentAction, ("state",), "tom"),
    ("desk:statement", Statement, ("state", "kind"), "ada"),
    ("desk:submission", Submission, ("outcome", "change", "masthead"), "ben"),
    ("desk:commitment", Commitment, ("pk",), "ben"),
    ("desk:review", Approval, ("basis",), "ben"),
    ("desk:component", Component, ("pk",), "olga"),
    ("desk:outgoing", Outgoing, ("kind", "state"), "cleo"),
    ("desk:template", StatementTemplate, ("kind",), "ada"),
    ("desk:group", StakeholderGroup, ("retired_at",), "ada"),
    ("desk:contact", Contact, ("channel",), "ada"),
)


def objects() -> Iterator[tuple[str, models.Model, str]]:
    for route, model, told_by, name in SHOWN:
        seen = set()
        for row in model._default_manager.order_by("-pk"):
            state = tuple(getattr(row, field) for field in told_by)
            if state not in seen:
                seen.add(state)
                yield route, row, name
