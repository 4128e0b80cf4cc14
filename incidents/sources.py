"""What each sentence of a statement rests on: the facts that its author named for these very words (R7, R8).

As with everything that is answered for, other words are not covered: a sentence that was reworded rests on nothing until
somebody names its facts again. What it rested on before is shown beside it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from incidents import draft_check, wording
from incidents.models import Citation, Fact, Statement

# What people should do, and what nobody knows yet, claims nothing that a fact could bear out.
CLAIMING = ("headline", "acknowledgement", "body", "what_happened", "why_it_happened", "affected")
CLAIMS_NOTHING = re.compile(
    r"(?:[-*>#\s]|\d+[.)]\s)*(?:"
    r"we (?:are|’re|'re) (?:still )?(?:investigating|looking into|checking|finding out|sorry)"
    r"|we (?:do not|don['’]t) (?:yet )?know|we (?:have|are) not (?:yet )?(?:established|found)"
    r"|(?:it is not|nothing is) (?:yet )?(?:known|clear)|we (?:apologi[sz]e|will|shall)\b"
    r"|please\b|if you\b|you (?:do not|don['’]t) (?:have|need) to\b|you need not\b)",
    re.IGNORECASE,
)
# Of the words of two sentences, how large a part stands in both when one came out of the other.
ALIKE = 0.5
MOST_COMPARED = 200


@dataclass(frozen=True)
class Sentence:
    """One sentence where it stands. ``facts`` were named for it, ``before`` for what it said until it was reworded."""

    field: str
    label: str
    text: str
    facts: tuple[Fact, ...]
    before: tuple[Fact, ...]

    @property
    def key(self) -> str:
        return key_of(self.text)

    @property
    def claims(self) -> bool:
        """Whether it says that something is so."""
        return self.field in CLAIMING and not CLAIMS_NOTHING.match(self.text)

    @property
    def is_bare(self) -> bool:
        """It says that something is so, and no fact is named for it."""
        return self.claims and not self.facts

    @property
    def is_verified(self) -> bool:
        return any(fact.is_confirmed for fact in self.facts)


def of(statement: Statement) -> list[Sentence]:
    """Every sentence of its public words, in the order in which they are read; not the one with the promise."""
    citations = statement.own_citations()
    said = list(_said(statement))
    named = _facts_by_key(citations)
    reworded = _reworded([text for _, text in said], citations)
    return [
        Sentence(
            field, wording.label(field, statement.kind), text, tuple(named.get(key_of(text), ())), tuple(reworded[text])
        )
        for field, text in said
    ]


def key_of(text: str) -> str:
    """What stands for a sentence in a form: its words, whatever the space between them."""
    return sha256(_plain(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def still_said(statement: Statement, texts: Iterable[str]) -> list[str]:
    """Those of the sentences that stand in its words, or that something like them took the place of."""
    said = [text for _, text in _said(statement)]
    keys = {key_of(text) for text in said}
    return [text for text in texts if key_of(text) in keys or _likest(text, said) is not None]


def _said(statement: Statement) -> Iterator[tuple[str, str]]:
    for field in wording.texts_of(statement.kind):
        for text in draft_check.sentences_of(getattr(statement, field)):
            yield field, text


def _facts_by_key(citations: Iterable[Citation]) -> Mapping[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for citation in citations:
        for text in citation.sentences:
            found.setdefault(key_of(text), []).append(citation.fact)
    return found


def _reworded(said: Sequence[str], citations: Iterable[Citation]) -> Mapping[str, list[Fact]]:
    """By sentence, the facts named for an earlier wording of it that stands nowhere any more."""
    found: dict[str, list[Fact]] = {text: [] for text in said}
    keys = {key_of(text) for text in said}
    for citation in citations:
        for text in citation.sentences:
            now = None if key_of(text) in keys else _likest(text, said)
            if now is not None and citation.fact not in found[now]:
                found[now].append(citation.fact)
    return found


def _likest(text: str, said: Sequence[str]) -> str | None:
    words = _words(text)
    ranked = [(_likeness(words, _words(other)), other) for other in said[:MOST_COMPARED]]
    share, likest = max(ranked, key=lambda pair: pair[0], default=(0.0, ""))
    return likest if share >= ALIKE else None


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
