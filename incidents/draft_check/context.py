"""What the check has to know besides the words: the kind of text, what is established, and what may stand in it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

ENGLISH = "en"
NO_PHRASES = "und"  # a language of which no phrases are known, as of a name: leaks are looked for

_COUNT = re.compile(r"\b(\d[\d,.]{0,20})\s?(?:[\w-]{1,30} )??([a-z]{3,20})\b|([$€£]|usd|eur|gbp)\s?(\d[\d,.]{0,20})")
_PEOPLE = ("person", "people", "user", "customer", "client", "member", "subscriber", "recipient", "patient")


class Stage(StrEnum):
    """The kinds of statement, and the text of a commitment. The holding statement is the first message."""

    HOLDING = "holding"
    WARNING = "warning"
    UPDATE = "update"
    CORRECTION = "correction"
    RESOLUTION = "resolution"
    POST_MORTEM = "post_mortem"
    DIRECT = "direct"
    COMMITMENT = "commitment"


@dataclass(frozen=True)
class Context:
    """What the incident and the statement say. The defaults are those of a text about which nothing is known.

    ``counts`` are those of the cited confirmed facts (see ``counts_in``): a number that is among them is cited, whatever
    ``number_cited`` says. ``verified`` are the sentences that rest on a confirmed fact, whatever ``claim_verified`` says of the
    others (see ``sentences_of``). ``fields`` names the required fields that are filled. ``allow`` are published contact points
    and addresses of public documents, ``cleared`` what an administrator has cleared. ``known_names`` are staff, contacts and
    affected people, ``internal_names`` what agents are called inside, and ``public_names`` those within which neither counts.
    """

    cause_established: bool = False
    recovered: bool = False
    claim_verified: bool = False
    number_cited: bool = True
    audience_technical: bool = False
    counts: frozenset[tuple[str, str]] = frozenset()
    verified: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()
    known_names: frozenset[str] = frozenset()
    internal_names: frozenset[str] = frozenset()
    public_names: frozenset[str] = frozenset()
    language: str = ENGLISH

    @classmethod
    def of(cls, given: Mapping[str, Any], around: Self | None = None) -> Self:
        """From plain values, as a file or a form has them, in place of those ``around``. An unknown key is an error that
        names those there are."""
        known = {field.name: field.default for field in fields(cls)}
        if strange := sorted(set(given) - set(known)):
            raise ValueError(f"The context has no {', '.join(strange)}. It has {', '.join(known)}.")
        sets = {key: frozenset(value) for key, value in given.items() if isinstance(known[key], frozenset)}
        return replace(around or cls(), **{**given, **sets})

    @property
    def is_english(self) -> bool:
        return self.language.lower().partition("-")[0] == ENGLISH


CONDITIONS = tuple(field.name for field in fields(Context) if isinstance(field.default, bool))


def counts_in(text: str) -> frozenset[tuple[str, str]]:
    """Each number with what it counts: "858 emails" is no reason to say "858 customers". Money by its currency."""
    found = set()
    for number, noun, currency, amount in _COUNT.findall(text.lower()):
        found.add((_digits(amount), currency) if currency else (_digits(number), _kind(noun)))
    return frozenset(found)


def all_counts(texts: Iterable[str]) -> frozenset[tuple[str, str]]:
    return frozenset().union(*(counts_in(text) for text in texts))


def _digits(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _kind(noun: str) -> str:
    single = noun.removesuffix("s")
    return "people" if single in _PEOPLE or noun in _PEOPLE else single
