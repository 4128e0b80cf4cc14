"""Stretches of one text, by where they begin and end, and the two questions that are asked of many at once."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

Span = tuple[int, int]


class Spans:
    """Sorted once, so that each question takes the same short time however many there are."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))  # the furthest end up to each start

    def hold(self, span: Span) -> bool:
        """Whether it lies within one of them."""
        before = bisect_right(self._starts, span[0])
        return before > 0 and self._ends[before - 1] >= span[1]

    def touch(self, start: int, end: int) -> bool:
        """Whether one of them has a character in common with it."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start
