"""The words of a draft with what was found in them marked where it stands, numbered as in the list beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from incidents.operations.passages import Passage

Numbered = tuple[int, Passage]
Line = list["Run"]


@dataclass(frozen=True)
class Run:
    """A stretch of a line. ``numbers`` are those of the findings that it belongs to: of none, if nothing was found in it.

    ``found`` are the whole words of the first of them, and ``nth`` says which of several such it is, so that a browser
    finds the place again in what somebody has typed.
    """

    text: str
    numbers: tuple[int, ...] = ()
    stops: bool = False
    found: str = ""
    nth: int = 0


def marked(words: Mapping[str, str], shown: Sequence[Passage]) -> dict[str, list[Line]]:
    """For each field that somebody types words into: the lines in which something was found."""
    numbered = list(enumerate(shown, 1))
    return {
        field: list(_lines(said, [(number, passage) for number, passage in numbered if passage.field == field]))
        for field, said in words.items()
    }


def _lines(words: str, found: list[Numbered]) -> Iterator[Line]:
    start = 0
    for line in words.split("\n"):
        end = start + len(line)
        here = [(number, one) for number, one in found if one.at < end and start < _end(one)]
        if here and line:
            yield list(_runs(words, start, end, here))
        start = end + 1


def _runs(words: str, start: int, end: int, found: list[Numbered]) -> Iterator[Run]:
    edges = {start, end} | {place for _, one in found for place in (one.at, _end(one)) if start < place < end}
    places = sorted(edges)
    for first, last in pairwise(places):
        here = [(number, one) for number, one in found if one.at <= first and last <= _end(one)]
        if not here:
            yield Run(words[first:last])
            continue
        one = here[0][1]
        numbers = tuple(number for number, _ in here)
        stops = any(passage.stops for _, passage in here)
        yield Run(words[first:last], numbers, stops, one.finding.text, one.nth)


def _end(passage: Passage) -> int:
    return passage.at + len(passage.finding.text)
