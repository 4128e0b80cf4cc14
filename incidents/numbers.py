"""The five numbers of a blast radius, and public words that take one of them for another (R51, domain 3.3).

That 858 mails went out says nothing about how many people got one, and that 6 people got one more than once is no number of
people reached. A leaf, without questions to the database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from incidents.models import Fact

Measure = Fact.Measure
PART_OF_PEOPLE = (Measure.REPEATS, Measure.STRAYS)  # people as well, of whom a sentence has to say which
OF_THINGS = (Measure.ROWS, Measure.EXECUTIONS)

_NUMBER = r"(?<![\w.,])(\d[\d,.]{0,20})"
_BETWEEN = r"(?:[^\W\d][\w’'-]{0,29}\s){0,3}?"
_PEOPLE = (
    r"(?:people|persons?|users?|customers?|clients?|members?|subscribers?|recipients?|patients?|guests?|travellers?"
    r"|accounts?|households?|individuals?|employees?|students?|readers?)"
)
_ROWS = r"(?:records?|rows?)"
_EXECUTIONS = (
    r"(?:e-?mails?|mails?|letters?|messages?|replies|reply|answers?|calls?|refunds?|executions?|runs?|sends?"
    r"|payments?|transactions?|charges?|notifications?|posts?)"
)
_EITHER = r"(?:orders?|invoices?|bookings?|tickets?)"  # what was handled, and what was done
# What is counted in the sentences about them, each noun as `draft_check.counts_in` has it.
_BOTH = ("order", "booking", "ticket", "invoice")
NOUNS: Mapping[str, tuple[str, ...]] = {
    Measure.PEOPLE: ("people",),
    Measure.ROWS: ("record", "row", *_BOTH),
    Measure.EXECUTIONS: (
        "email", "mail", "letter", "message", "replie", "reply", "answer", "call", "refund", "execution", "run", "send",
        "payment", "transaction", "charge", "notification", "post", *_BOTH,
    ),
}  # fmt: skip
_COUNTED = re.compile(rf"{_NUMBER}\s{_BETWEEN}(?:({_PEOPLE})|({_ROWS})|({_EXECUTIONS})|({_EITHER}))\b", re.IGNORECASE)
_OWN: tuple[tuple[Measure, ...], ...] = ((Measure.PEOPLE,), (Measure.ROWS,), (Measure.EXECUTIONS,), OF_THINGS)

_SENTENCE_ENDS = re.compile(r"[.!?]\s|\n")
_CLAUSE_ENDS = re.compile(r"[,;:()–—]|\b(?:and|but|of whom|while)\b", re.IGNORECASE)
_MORE_THAN_ONCE = (
    r"(?<!not )(?<!no )(?<!nobody )(?<!none )(?:more than (?:once|one|a single)|twice|repeatedly|(?:several|many|multiple|two|three"
    r"|four|five|six|seven|eight|nine|ten|\d{1,3}) (?:times|copies)|duplicates?|again and again)"
)
_NOT_MEANT = (
    r"(?:should(?: not|n[’']t) (?:have|get|be)|(?:was|were|is|are) (?:not|never|no|n[’']t)\b|(?:was|were|is|are)n[’']t"
    r"|not (?:meant|intended|addressed)|no (?:customer|client|user|member)s?\b|outside the (?:list|group)|unintended|strangers?)"
)
_SAID = {
    Measure.REPEATS: re.compile(rf"\b{_MORE_THAN_ONCE}", re.IGNORECASE),
    Measure.STRAYS: re.compile(rf"\b{_NOT_MEANT}|\b(?:by mistake|mistakenly|in error|wrong(?:ly)?)\b", re.IGNORECASE),
}
# So said that nobody else can be meant: people who got something wrong, or by mistake, may be all of them.
_SAID_ALONE = {
    Measure.REPEATS: _SAID[Measure.REPEATS],
    Measure.STRAYS: re.compile(r"\bshould(?: not|n[’']t) have\b", re.IGNORECASE),
}
# People who turned to us, or we to them, are counted by nobody here.
_OTHERWISE = re.compile(
    r"\b(?:wrote|written|told|tells?|spoke|spoken|talked|complain\w{0,3}|report(?:ed|s)?|rang|called|phoned|asked|contacted"
    r"|replied|answered|heard from|still|so far)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MixedUp:
    """``words`` give a number of one thing that is known as that of another. ``people``: they speak of people.

    ``stops``: it cannot be right. A number of mails that is that of people may be, and mostly is not.
    """

    words: str
    number: int
    counts: str
    instead: str
    people: bool
    stops: bool

    @property
    def sentence(self) -> str:
        return f"“{self.words}”: {self.number:,} is {_named(self.counts)}. {self.instead}"


@dataclass(frozen=True)
class Counted:
    """A number with what it counts: ``own`` are the measures that it may be. ``near`` and ``around``: what its part of the
    sentence, and its sentence up to another number, say of it."""

    words: str
    number: int
    own: tuple[Measure, ...]
    near: str
    around: str

    @property
    def people(self) -> bool:
        return self.own == (Measure.PEOPLE,)

    def may_be(self, figures: Mapping[str, int]) -> tuple[Measure, ...]:
        """The measures that these words may give: a part of the people only where they say which."""
        if not self.people:
            return self.own
        parts = tuple(one for one in PART_OF_PEOPLE if _SAID[one].search(self.around))
        alone = tuple(one for one in parts if one in figures and _SAID_ALONE[one].search(self.near))
        return alone or (*self.own, *parts)


def mixed_up(text: str, figures: Mapping[str, int]) -> Iterator[MixedUp]:
    """Each number that the words give as one of the ``figures`` (by measure), and that equals another one of them."""
    for one in counted(text):
        own = one.may_be(figures)
        if any(figures.get(measure) == one.number for measure in own):
            continue
        others = [measure for measure in _others(one) if measure not in own]
        taken = next((measure for measure in others if figures.get(measure) == one.number), None)
        if taken:
            stops = one.people or (taken in OF_THINGS and any(measure in figures for measure in own))
            yield MixedUp(one.words, one.number, taken, _instead(taken, own, figures, one.people), one.people, stops)


def says_of_each(text: str, measure: str, value: int) -> bool:
    """Whether the words say, of every number of people that is ``value``, that it is this part of them."""
    found = [one for one in counted(text) if one.people and one.number == value]
    return all(_SAID[Measure(measure)].search(one.around) for one in found)


def counted(text: str) -> Iterator[Counted]:
    for sentence in _SENTENCE_ENDS.split(text):
        found = [match for match in _COUNTED.finditer(sentence) if _value(match[1]) is not None]
        borders = [0, *(_border(sentence, one.end(), other.start()) for one, other in pairwise(found)), len(sentence)]
        for match, start, end in zip(found, borders, borders[1:], strict=False):
            own = next(own for own, noun in zip(_OWN, match.groups()[1:], strict=True) if noun)
            near = _clause(sentence, start, match.start(), match.end(), end)
            yield Counted(match[0], _value(match[1]) or 0, own, near, sentence[start:end])


def _border(sentence: str, after: int, before: int) -> int:
    """Between two numbers, where one part of the sentence ends and the next begins."""
    ends = [match.start() for match in _CLAUSE_ENDS.finditer(sentence, after, before)]
    return ends[-1] if ends else before


def _clause(sentence: str, start: int, first: int, last: int, end: int) -> str:
    """The part of the sentence, within these borders, in which the number stands."""
    before = [match.end() for match in _CLAUSE_ENDS.finditer(sentence, start, first)]
    after = _CLAUSE_ENDS.search(sentence, last, end)
    return sentence[before[-1] if before else start : after.start() if after else end]


def _others(one: Counted) -> tuple[Measure, ...]:
    """What it may have been taken for. That few people turned to us may happen to be as many as were reached twice."""
    if not one.people:
        return (*OF_THINGS, Measure.PEOPLE)
    return (*OF_THINGS, Measure.PEOPLE, *(() if _OTHERWISE.search(one.around) else PART_OF_PEOPLE))


def _instead(taken: Measure, own: tuple[Measure, ...], figures: Mapping[str, int], people: bool) -> str:
    known = [f"{measure.label}: {figures[measure]:,}" for measure in own if measure in figures]
    if not known:
        return (
            "How many people were reached is not on record yet" if people else "How much was done is not on record yet"
        )
    hint = f". {_SAY_SO[taken]}" if people and taken in _SAY_SO else ""
    return ", ".join(known) + hint


_SAY_SO = {
    Measure.REPEATS: "If it is those who were reached more than once, say so beside it",
    Measure.STRAYS: "If it is those who should not have been reached, say so beside it",
}


def _named(measure: str) -> str:
    return f"the number under “{Measure(measure).label.lower()}”"


def _value(digits: str) -> int | None:
    plain = digits.rstrip(".,").replace(",", "")
    return int(plain) if plain.isdigit() else None
