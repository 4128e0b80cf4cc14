"""What must not be in a public text: numbers that pass as cards, and names that the system knows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from incidents.draft_check.normal import read

_WORD = re.compile(r"\w{1,60}")

Index = Mapping[str, tuple[tuple[str, ...], ...]]


def is_luhn(text: str) -> bool:
    """Whether the digits end in the right check digit, as those of a payment card do."""
    total = 0
    for place, digit in enumerate(int(character) for character in reversed(text) if character.isdecimal()):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def names_in(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where a known name stands, whole words only. A name of one word must be written with a capital: Will, not will."""
    index = _index(names)
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)] if index else []
    for at, (word, start, _end) in enumerate(words):
        for name in index.get(word.lower(), ()):
            last = at + len(name) - 1
            if [found.lower() for found, _, _ in words[at : last + 1]] != list(name):
                continue
            if len(name) > 1 or word[0].isupper():
                yield start, words[last][2]
                break


@lru_cache(maxsize=8)
def _index(names: frozenset[str]) -> Index:
    """Names by their first word, the longest first: the time does not grow with the number of names."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for words in sorted({tuple(_WORD.findall(read(name).folded)) for name in names}, key=len, reverse=True):
        if words:
            found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(some, key=len, reverse=True)) for first, some in found.items()}


def allowed_in(folded: str, allow: Iterable[str]) -> list[tuple[int, int]]:
    """Where published contact points and public addresses stand: what lies within them is no leak."""
    found = []
    for one in filter(None, (read(entry).folded.strip() for entry in allow)):
        at = folded.find(one)
        while at >= 0:
            found.append((at, at + len(one)))
            at = folded.find(one, at + len(one))
    return found
