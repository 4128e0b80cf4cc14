"""A door of the table of all doors: who is let in by which method, with what answer, and what is sent there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

import clock
import moments
from incidents.models import ApprovalPolicy
from incidents.operations import guards, places
from tests.browsers import browser

PEOPLE = ("nobody", "ada", "ben", "cleo", "tom", "vic", "rosa", "max", "olga")
INSIDE = PEOPLE[1:]
READERS = ("vic", "max")  # observer and executive: they read incidents and change nothing
WORKERS = tuple(name for name in INSIDE if name not in READERS)

Answers = dict[str, int]
World = SimpleNamespace


def browser_of(w: World, name: str, **options: Any) -> Client:
    """A browser of this person of the world; they signed in when the world was made."""
    opened = browser(**options)
    if name != "nobody":
        opened.cookies[settings.SESSION_COOKIE_NAME] = w.sessions[name]
    return opened


def anyone(status: int) -> Answers:
    """The same for everybody, signed in or not."""
    return dict.fromkeys(PEOPLE, status)


def inside(status: int) -> Answers:
    """The same for everybody who has signed in; others are sent to do so."""
    return dict.fromkeys(INSIDE, status) | {"nobody": 302}


def only(names: str | tuple[str, ...], status: int, *, others: int = 403) -> Answers:
    """Some people, and a refusal that says who may for all other people inside."""
    chosen = names.split() if isinstance(names, str) else names
    return inside(others) | dict.fromkeys(chosen, status)


NOT_BY_GET = inside(405)
NOT_BY_POST = inside(405)


@dataclass(frozen=True)
class Door:
    """`get` and `post` are the answers by person; `sends` fills the form so that it is the operation that decides."""

    name: str
    get: Answers
    post: Answers
    values: Callable[[World], dict[str, Any]] = field(default=lambda _w: {})
    sends: Callable[[World], dict[str, Any]] = field(default=lambda _w: {})
    case: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.case}".strip()

    @property
    def let_in(self) -> list[str]:
        """Who is signed in and may do it by POST; nobody's doors name nobody."""
        return [name for name in INSIDE if self.post[name] not in (403, 404, 405)]

    @property
    def takes_post(self) -> bool:
        return any(self.post[name] not in (404, 405) for name in INSIDE)

    def address(self, w: World) -> str:
        return reverse(self.name, kwargs=self.values(w))

    def ask(self, browser: Client, method: str, w: World, **options: Any) -> Any:
        if method != "post":
            return getattr(browser, method)(self.address(w), **options)
        return browser.post(self.address(w), {"sent": "1", **self.sends(w)}, **options)


def pk(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda w: {"pk": getattr(w, name).pk}


def values(**given: Any) -> Callable[[World], dict[str, Any]]:
    """Values of an address or a form; a function is asked for its value in this world."""
    return lambda w: {name: value(w) if callable(value) else value for name, value in given.items()}


NOTHING = values()


def page(name: str, may: Answers, at: Callable[[World], dict[str, Any]] = NOTHING) -> Door:
    """Only to be read."""
    return Door(name, may, NOT_BY_POST, at)


def verb(
    name: str,
    may: Answers,
    at: Callable[[World], dict[str, Any]],
    sends: Callable[[World], dict[str, Any]] = NOTHING,
    case: str = "",
) -> Door:
    """Only to be done."""
    return Door(name, NOT_BY_GET, may, at, sends, case)


def now(_w: World) -> str:
    return moments.exact(clock.now())


def in_an_hour(_w: World) -> str:
    return moments.exact(clock.now() + timedelta(hours=1))


def seen(w: World) -> str:
    return places.plan(w.redaction).seen


def digest(w: World) -> str:
    return str(w.submission.digest)


def version_of(name: str) -> Callable[[World], int]:
    return lambda w: int(getattr(w, name).version)


def policy(_w: World) -> int:
    return ApprovalPolicy.current().version


def only_a(w: World) -> int:
    """Where the finding stands that stops it, and that nobody answers for."""
    (found,) = guards.look(w.stopped).checked.stopping
    return found.finding.start


FACT_FINDERS = "ada cleo tom rosa"
CONTAINERS = "cleo tom rosa"
WRITERS = "ada cleo"
KEEPERS = "ada cleo olga"  # of the addresses of a group, and of legal clocks
VERIFIERS = "ada ben cleo"  # Tom owns what is verified
A_FINDING = {  # with the fields of the form that it comes with
    "finding": "JARGON what_to_do 4", "what_to_do": "The LLM waits.", "public_status": "investigating", "impact": "minor",
}  # fmt: skip
A_RULE = {
    "regime": "Contract", "reference": "Section 9", "who": "We", "recipient": "Acme", "addressees": "party",
    "starts": "aware", "length": "12", "starts_words": "told of it", "counting": "By the clock", "notes": "Signed in May.",
    "unit": "hours", "closes": "17:00", "status": "in_force", "sure_figures": "high", "sure_applies": "high",
    "switch": "always", "checked_on": "2026-01-05", "checked_by": "Counsel",
}  # fmt: skip
A_FACT = {"question": "agent_did", "known": "known", "text": "It wrote.", "source_kind": "log", "source": "Log"}
