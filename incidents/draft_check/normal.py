"""A draft as the rules read it, and the way back: every character remembers where it stood in what was typed.

Two readings of one text. Leaks are looked for in nearly everything that was typed, with each run of white space as one
space, so that nothing hides behind a line break or in a tag. Phrases are looked for in the prose: without tags and
without Markdown's marks for emphasis, each sentence on a line of its own.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

# A letter with more marks than this is none: the rest begins anew, so that ordering them cannot take quadratic time.
MOST_MARKS = 30

_STRAIGHT = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
}
_UNSEEN = re.compile("[\u034f\ufe00-\ufe0f]")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_MARKS = re.compile(r"[*`~]{1,3}|(?<!\w)_{1,3}|_{1,3}(?!\w)")
_SPACE = re.compile(r"[^\S\n]{1,200}")
_SPACE_OR_LINE = re.compile(r"\s{1,200}")
_LINES = re.compile(r" ?\n[ \n]{0,200}")


@dataclass(frozen=True)
class Normal:
    """A text and, for each of its characters, where that began and ended in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @cached_property
    def folded(self) -> str:
        """In lower case and exactly as long: the rules are written in lower case, which is far quicker to match."""
        lower = self.text.lower()
        if len(lower) == len(self.text):
            return lower
        return "".join(character.lower()[:1] for character in self.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of this text stands in the original."""
        return self.starts[start], self.ends[end - 1]


def read(original: str) -> Normal:
    """NFKC, straight quotes and hyphens, without characters that nobody sees."""
    if original.isascii() and "\r" not in original and "\x0b" not in original and "\x0c" not in original:
        return Normal(original, range(len(original)), range(1, len(original) + 1))
    found: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _letters(original):
        for character in _composed(original[start:end]):
            found.append(character)
            starts.append(start)
            ends.append(end)
    return Normal("".join(found), starts, ends)


def running(normal: Normal) -> Normal:
    """For leaks: everything, with each run of white space as one space."""
    return _rewritten(normal, _SPACE_OR_LINE, " ")


def prose(normal: Normal) -> Normal:
    """For phrases: without tags and marks, runs of spaces as one, empty lines gone."""
    for pattern, put in ((_TAG, " "), (_MARKS, ""), (_SPACE, " "), (_LINES, "\n")):
        normal = _rewritten(normal, pattern, put)
    return normal


def _letters(original: str) -> Iterator[tuple[int, int]]:
    """Each character together with the marks that combine with it."""
    start = 0
    for at in range(1, len(original) + 1):
        if at == len(original) or at - start > MOST_MARKS or not unicodedata.combining(original[at]):
            yield start, at
            start = at


def _composed(letter: str) -> str:
    plain = "".join(_STRAIGHT.get(character, character) for character in letter)
    seen = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", seen))


def _rewritten(normal: Normal, pattern: re.Pattern[str], put: str) -> Normal:
    """With every match of the pattern replaced by one character or by none."""
    found: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    kept = 0
    for match in pattern.finditer(normal.text):
        start, end = match.span()
        found += (normal.text[kept:start], put)
        starts += normal.starts[kept:start]
        ends += normal.ends[kept:start]
        if put:
            starts.append(normal.starts[start])
            ends.append(normal.ends[end - 1])
        kept = end
    if not kept:
        return normal
    return Normal("".join((*found, normal.text[kept:])), [*starts, *normal.starts[kept:]], [*ends, *normal.ends[kept:]])
