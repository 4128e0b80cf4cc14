"""Whether facts bear out the words: numbers that are those of something else, sentences that rest on nothing (R7, R51)."""

import re
from collections.abc import Iterator

from incidents import draft_check, numbers, sources, wording
from incidents.models import Statement
from incidents.operations.known import Known
from refusals import Missing

_TIME = re.compile(r"(?<![\d:.,])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])")
_ZONE = re.compile(
    r"\b(?:UTC|GMT|WES?T|CES?T|EES?T|BST|IST|MSK|[ECMP][SD]?T|AK[SD]T|HST|JST|KST|SGT|HKT|AE[SD]T|AC[SD]T|AWST|NZ[SD]T|Z"
    r"|Pacific|Eastern|Central|Mountain|local time)\b|(?<=\d)Z\b|[+-]\d{2}:?\d{2}\b"
)


def missing(statement: Statement, found: Known) -> Iterator[Missing]:
    """What stops it: numbers that are those of something else, and times of nowhere."""
    yield from mixed_up(statement, found)
    yield from without_zone(statement)


def mixed_up(statement: Statement, found: Known) -> Iterator[Missing]:
    """Five numbers, of which none is another (R51)."""
    for mixed in numbers.mixed_up(statement.told(), found.figures):
        if mixed.stops:
            yield Missing(f"Put the number right. {mixed.sentence}", "desk:statement", (statement.pk,), "wording")


def to_look_at(statement: Statement, sentences: list[sources.Sentence], found: Known) -> list[str]:
    """What does not stop it but wants a second look, for the author and for the approver."""
    return [*_unsure_numbers(statement, found), *(_bare(sentences) if statement.own_citations() else ())]


def without_zone(statement: Statement) -> Iterator[Missing]:
    """A time of day says in which zone, somewhere in its sentence: readers are everywhere."""
    for sentence in draft_check.sentences_of(statement.told()):
        time = _TIME.search(sentence)
        if time and not _ZONE.search(sentence):
            place = ("desk:statement", (statement.pk,), "wording")
            yield Missing(f"Say in which time zone {time[0]} is: “{sentence}”", *place)


def _unsure_numbers(statement: Statement, found: Known) -> Iterator[str]:
    """A number of things that is the number of people may be right, and mostly is not."""
    return (one.sentence for one in numbers.mixed_up(statement.told(), found.figures) if not one.stops)


def _bare(sentences: list[sources.Sentence]) -> Iterator[str]:
    claims = [one for one in sentences if one.claims]
    bare = sum(one.is_bare for one in claims)
    if bare:
        named = "sentence says" if len(claims) == 1 else "sentences say"
        yield f"{len(claims)} {named} that something is so, {bare} of them without a fact."
    for one in sentences:
        if one.before and not one.facts:
            was = wording.listed([f"fact {fact.pk}" for fact in one.before], "and")
            yield f"Reworded since it was said to rest on {was}: {one.text}"
