"""Where a sentence ends: at a stop before a space and a capital, digit, quote or bracket, and at every line break."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_STOP = re.compile(r"[.!?][\"')\]]{0,3} (?=(.))")
_SHORTENED = re.compile(r"\b(?:no|approx|e\.g|i\.e|vs|inc|ltd|st|mr|mrs|ms|dr|a\.m|p\.m|art|fig|sec)\.$", re.IGNORECASE)
_LONGEST_SHORTENED = 12


def on_lines(prose: str) -> str:
    """The same text, as long as before, with a line break for the space after each sentence."""
    found, kept = [], 0
    for match in _STOP.finditer(prose):
        if _begins_one(match.group(1)) and not _is_shortened(prose, match.start() + 1):
            found.append(prose[kept : match.end() - 1])
            kept = match.end()
    return "\n".join([*found, prose[kept:]])


def _begins_one(character: str) -> bool:
    return character.isupper() or character.isdigit() or character in "\"'(["


def _is_shortened(prose: str, end: int) -> bool:
    return bool(_SHORTENED.search(prose[max(0, end - _LONGEST_SHORTENED) : end]))


@dataclass(frozen=True)
class Sentences:
    """The sentences of a text that has each on a line of its own, found by position."""

    starts: Sequence[int]
    length: int

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return (self.span(number) for number in range(len(self.starts)))

    def at(self, position: int) -> int:
        """The number of the sentence that stands there."""
        return bisect_right(self.starts, position) - 1

    def span(self, number: int) -> tuple[int, int]:
        last = number + 1 == len(self.starts)
        return self.starts[number], self.length if last else self.starts[number + 1] - 1


def of(lined: str) -> Sentences:
    starts = [0, *(match.end() for match in re.finditer("\n", lined))]
    return Sentences(starts, len(lined))
