"""Approved words of which some are taken down, and finding these again wherever they stand."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts import chain
from incidents import draft_check, wording
from incidents.models import Approval, RecordEntry

LONG = 12  # characters from which on words are looked for within others; shorter ones have to stand there alone
FEW = 4  # words from which on a sentence is looked for by itself
_MARK = re.compile(r"(?:[-*>#]+\s+|\d+[.)]\s+)+")  # of a list, a quotation or a heading
_AROUND = ".,;:!?()[]{}<>\"'“”‘’„«»*_"  # of a word, and no part of it
TELLING = 5  # digits: of a telephone or an order, not a time or a year
CUT = "…"  # ends what was quoted in part


@dataclass(frozen=True)
class Taken:
    """Approved words and what of them goes: texts by field. Those of a direct message stand in no entry."""

    approval: Approval
    texts: dict[str, str]
    entry: RecordEntry | None = None

    @property
    def commitment(self) -> int | None:
        return self.entry.commitment_id if self.entry else None


class Words:
    """The texts that go, for finding them again by their paragraphs and sentences: white space does not count, since mails
    break their lines anew."""

    def __init__(self, texts: Iterable[str]) -> None:
        parts = dict(part for text in texts for part in _parts(text))
        self._cut_out = sorted((text for text, is_anybodys in parts.items() if not is_anybodys), key=len, reverse=True)
        self._alone = {flat(text) for text in parts}
        self._within = {flat(text) for text in self._cut_out}

    @classmethod
    def of(cls, taken: Iterable[Taken]) -> "Words":
        return cls(text for one in taken for text in one.texts.values())

    def stand_in(self, text: str) -> bool:
        said = flat(text)
        return said in self._alone or any(words in said for words in self._within) or self._break_off(said)

    def are_quoted_in(self, text: str) -> bool:
        """Whether it gives part of them away: four words in a row, or an address or a number of theirs."""
        said = _words(text)
        runs = {tuple(said[at : at + FEW]) for at in range(len(said) - FEW + 1)}
        telling = {one for one in said if "@" in one or sum(sign.isdigit() for sign in one) >= TELLING}
        for theirs in map(_words, self._alone):
            if not telling.isdisjoint(theirs):
                return True
            if any(tuple(theirs[at : at + FEW]) in runs for at in range(len(theirs) - FEW + 1)):
                return True
        return False

    def hold(self, text: str) -> bool:
        """Whether it is a part of one of them."""
        said = flat(text)
        return len(said) >= LONG and any(said in words for words in self._alone)

    def without(self, text: str) -> str:
        """The text with the notice in the place of the words, or only the notice where they cannot be cut out."""
        left = text
        for words in self._cut_out:
            left = left.replace(words, chain.TAKEN_DOWN)
        return chain.TAKEN_DOWN if self.stand_in(left) or len(left) > len(text) else left

    def _break_off(self, said: str) -> bool:
        """Whether it is the beginning of a longer text, cut within the words: a line of the timeline quotes a fact so."""
        if not said.endswith(CUT):
            return False
        begun = said.removesuffix(CUT).rstrip()
        return any(
            begun.endswith(words[:length])
            for words in self._within
            for length in range(LONG, min(len(words), len(begun)) + 1)
        )


def flat(text: str) -> str:
    return " ".join(text.split())


def _words(text: str) -> list[str]:
    return [found for one in text.lower().split() if (found := one.strip(_AROUND))]


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The whole, its paragraphs, which a draft holds one by one, and its sentences, which others carry on.

    With each, whether it is anybody's ("We are sorry."): that has to stand alone.
    """
    for paragraph in text.split("\n\n"):
        if len(paragraph) < LONG or paragraph.startswith(wording.PROMISING):
            continue  # the same paragraph stands in many messages, and the clock makes it
        for sentence in (*draft_check.sentences_of(paragraph), *draft_check.sentences_of(flat(paragraph))):
            said = _MARK.sub("", sentence)
            yield said, len(said) < LONG or len(said.split()) < FEW
        yield paragraph, False
    yield text, len(text) < LONG
