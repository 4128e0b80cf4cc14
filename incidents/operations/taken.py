"""Approved words of which some are taken down, and finding these again wherever they stand."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts import chain
from incidents.models import Approval, RecordEntry

LONG = 12  # characters from which on words are looked for within others; shorter ones have to stand there alone
PROMISE = "We will post the next update here by "  # a paragraph that the clock makes, the same in many messages


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
    """The texts that go, for finding them again: white space does not count, since mails break their lines anew."""

    def __init__(self, taken: Iterable[Taken]) -> None:
        self.texts = [text for one in taken for field, whole in one.texts.items() for text in _parts(field, whole)]
        self._alone = {flat(text) for text in self.texts}
        self._within = {text for text in self._alone if len(text) >= LONG}

    def stand_in(self, text: str) -> bool:
        said = flat(text)
        return said in self._alone or any(words in said for words in self._within)

    def hold(self, text: str) -> bool:
        """Whether it is a part of one of them."""
        said = flat(text)
        return len(said) >= LONG and any(said in words for words in self._alone)

    def without(self, text: str) -> str:
        """The text with the notice in the place of the words, or only the notice where they cannot be cut out."""
        left = text
        for words in sorted(self.texts, key=len, reverse=True):
            left = left.replace(words, chain.TAKEN_DOWN) if len(words) >= LONG else left
        return chain.TAKEN_DOWN if self.stand_in(left) or len(left) > len(text) else left


def flat(text: str) -> str:
    return " ".join(text.split())


def _parts(field: str, text: str) -> list[str]:
    """A message also by its paragraphs: the draft holds them one by one."""
    paragraphs = text.split("\n\n") if field == "body" else []
    return [text, *(one for one in paragraphs if len(one) >= LONG and not one.startswith(PROMISE))]
