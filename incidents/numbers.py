"""The five numbers of a blast radius, and public words that take one of them for another (R51, domain 3.3).

That 858 mails went out says nothing about how many people got one. A leaf, without questions to the database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from incidents.models import Fact

Measure = Fact.Measure
OF_PEOPLE = (Measure.PEOPLE, Measure.REPEATS, Measure.STRAYS)
OF_THINGS = (Measure.ROWS, Measure.EXECUTIONS)

_NUMBER = r"(?<![\w.,])(\d[\d,.]{0,20})"
_BETWEEN = r"(?:[^\W\d][\w’'-]{0,29}\s){0,3}?"
_PEOPLE = (
    r"(?:people|persons?|users?|customers?|clients?|members?|subscribers?|recipients?|patients?|guests?|travellers?"
    r"|accounts?|households?|individuals?|employees?|students?|readers?)"
)
_THINGS = (
    r"(?:e-?mails?|mails?|letters?|messages?|replies|reply|answers?|calls?|refunds?|orders?|records?|rows?|executions?|runs?"
    r"|payments?|transactions?|charges?|invoices?|bookings?|tickets?|notifications?|posts?)"
)
# What is counted in the sentences about them, each noun as `draft_check.counts_in` has it.
THINGS = (
    "email", "mail", "letter", "message", "replie", "reply", "answer", "call", "refund", "order", "record", "row",
    "execution", "run", "send", "payment", "transaction", "charge", "invoice", "booking", "ticket", "notification", "post",
)  # fmt: skip
_COUNTED = re.compile(rf"{_NUMBER}\s{_BETWEEN}(?:({_PEOPLE})|({_THINGS}))\b", re.IGNORECASE)


@dataclass(frozen=True)
class MixedUp:
    """``words`` give a number of one thing that is known as that of another. ``people``: they speak of people."""

    words: str
    number: int
    counts: str
    instead: str
    people: bool

    @property
    def sentence(self) -> str:
        return f"“{self.words}”: {self.number:,} is {_named(self.counts)}. {self.instead}"


def mixed_up(text: str, figures: Mapping[str, int]) -> Iterator[MixedUp]:
    """Each number whose noun belongs to another of the ``figures`` (by measure) than the one that it equals."""
    for match in _COUNTED.finditer(text):
        number, people = _value(match[1]), bool(match[2])
        own, other = (OF_PEOPLE, OF_THINGS) if people else (OF_THINGS, (Measure.PEOPLE,))
        if number is None or any(figures.get(measure) == number for measure in own):
            continue
        taken = next((measure for measure in other if figures.get(measure) == number), None)
        if taken:
            yield MixedUp(match[0], number, taken, _instead(own, figures, people=people), people)


def _instead(own: tuple[Measure, ...], figures: Mapping[str, int], *, people: bool) -> str:
    known = [f"{measure.label}: {figures[measure]:,}" for measure in own if measure in figures]
    if known:
        return ", ".join(known)
    return "How many people were reached is not on record yet" if people else "How much was done is not on record yet"


def _named(measure: str) -> str:
    return f"the number under “{Measure(measure).label.lower()}”"


def _value(digits: str) -> int | None:
    plain = digits.rstrip(".,").replace(",", "")
    return int(plain) if plain.isdigit() else None
