"""What counts as a name in running words, so that no word that everybody uses is taken for one.

A person outside counts by two words or more: a contact called "May" or "Support" would stop ordinary sentences. The internal
name of an agent counts in its exact spelling: "returns-bot" is one, "our returns bot" describes.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from incidents.draft_check import normal
from incidents.draft_check.normal import Normal

# What rooms, offices, papers and machines are called by. A name that has one is no person's; of these alone, no agent's.
ORDINARY_WORDS = """
    account accounts admin advice agency agent alert alerts answer answers assistant association authority bank billing board
    booking bookings bot bureau centre center chat commission committee communications company concierge contact council courier
    court customer customers daily data department desk dispatch duty editorial federation finance foundation general group
    gazette health help helpdesk herald hospital hotline info information institute invoices journal law legal line magazine mail
    manager marketing media ministry monitor network news office officer operations order orders owner partner partners payments
    planner police policy post press privacy protection public queue radio refund refunds regulator relations reports returns
    safety sales school search security service services shop society software support switchboard system team technical
    television times trade translator tribune trust union university user users watch worker
"""
CALENDAR_WORDS = """
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
"""
# Said before a name and no part of it.
TITLE_WORDS = (
    "mr mrs ms miss mx dr prof professor sir dame a an the our customer user client reporter journalist editor caller"
)
PARTICLE_WORDS = "al bin da de del den der di dos du el la le ten ter van von y zu"

_ORDINARY, _TITLES, _PARTICLES = (frozenset(words.split()) for words in (ORDINARY_WORDS, TITLE_WORDS, PARTICLE_WORDS))
_NO_NAME = _ORDINARY | set(CALENDAR_WORDS.split())
_ENDS = re.compile(r"[,;:()\[\]/|<>@\n–—\d]| - |\s(?:of|from|at|for|with|by|on|in|and|via)\s", re.IGNORECASE)
_PARTS = re.compile(r"[^\W\d_]+")
_MARKED = re.compile(r"[\d_.\-/]|[a-z][A-Z]")
_FEWEST, _MOST = 2, 5
_BEFORE_A_SENTENCE = ".!?:\n\"'“”‘’([*-•>"


@lru_cache(maxsize=8_192)
def person_in(text: str) -> str:
    """The person whom the beginning of a free text names ("Dana River, Northern Post"), or nothing: at least two words, each
    with a capital where its script has one, and none by which an office or a paper is called."""
    words = _ENDS.split(text.strip(), maxsplit=1)[0].split()
    while words and _plain(words[0]) in _TITLES:
        words.pop(0)
    parts = {_plain(word) for word in words}
    named = _FEWEST <= len(words) <= _MOST and not parts & _ORDINARY and not parts <= _NO_NAME
    return " ".join(words) if named and all(map(_may_be_of_a_name, words)) else ""


def is_of(person: str, organisation: str) -> bool:
    """Whether an organisation is called by the person's own name, so that naming it names them."""
    names = {part for part in map(_plain, person.split()) if len(part) > 2}
    words = [_plain(word) for word in organisation.split()]
    return len(words) >= _FEWEST and not names.isdisjoint(words)


def internal_in(read: Normal, original: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the internal name of an agent stands, spelled as it is kept.

    One with a digit, a hyphen, an underscore or a capital inside is found in either case. One of plain words needs their
    capitals, and of a single word also a place inside a sentence, where a capital is no accident.
    """
    for name in names:
        parts = _PARTS.findall(name)
        marked = _MARKED.search(name) is not None
        if not parts or (not marked and {part.lower() for part in parts} <= _NO_NAME):
            continue
        for match in _spelled(name).finditer(read.folded) if _folded(name) in read.folded else ():
            start, end = match.span()
            if marked or _is_called(read, original, start, end, len(parts)):
                yield start, end


def _is_called(read: Normal, original: str, start: int, end: int, words: int) -> bool:
    if not all(word[0].isupper() for word in read.text[start:end].split()):
        return False
    before = original[: read.starts[start]].rstrip(" \t_")
    return words > 1 or not (before == "" or before[-1] in _BEFORE_A_SENTENCE)


@lru_cache(maxsize=1_024)
def _spelled(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(_folded(name))}(?![\w-])")


@lru_cache(maxsize=1_024)
def _folded(name: str) -> str:
    """As the text is read in which it is looked for."""
    return " ".join(normal.read(name).folded.split())


def _may_be_of_a_name(word: str) -> bool:
    return word.lower() in _PARTICLES or (word[0].isalpha() and not word[0].islower())


def _plain(word: str) -> str:
    return word.strip(".,'’\"()").lower()
