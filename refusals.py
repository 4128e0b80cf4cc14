"""Refusals: how an operation says no.

An operation that cannot do what it was asked raises one of these, and has then changed and logged nothing. Each
carries a sentence for a person and names what is missing together with the page where it is mended. The middleware in
``config`` turns them into a page; nothing else needs to catch them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Missing:
    """One thing that stands in the way, and the place where it is put right.

    ``view`` is a URL name and ``args`` its arguments; an empty ``view`` means this very page. ``anchor`` is the id of
    the part or field.
    """

    sentence: str
    view: str = ""
    args: tuple[Any, ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Change:
    """One field that is no longer what the person had before them: what they saw, and what stands now.

    Of a form that edits, ``typed`` is what they wanted there and ``field`` its name, so that all three stand side by side.
    """

    label: str
    seen: str
    now: str
    typed: str | None = None
    field: str = ""

    @property
    def was_left_alone(self) -> bool:
        """The person changed nothing here: what stands now can be taken over."""
        return self.typed == self.seen


def three_way(
    now: Mapping[str, str], typed: Mapping[str, str], seen: Mapping[str, str] | None, label: Callable[[str], str]
) -> list[Change]:
    """Each field that either of two people changed. `typed` leaves out what is equal to `now`.

    What the person left as they saw it is not theirs: where only the other one changed something, `typed` is what was seen.
    """
    if not seen:
        return [Change(label(name), words, now[name]) for name, words in typed.items()]
    found = []
    for name, stands in now.items():
        before, wanted = seen.get(name, stands), typed.get(name, stands)
        if wanted != before or stands != before:
            found.append(Change(label(name), before, stands, wanted, name))
    return found


class Refused(Exception):
    """The operation was not carried out. ``status`` is the HTTP status a view answers with."""

    status = 409

    def __init__(self, sentence: str, missing: Iterable[Missing] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.missing = tuple(missing)


class NotAllowed(Refused):
    """This person may not do this. The sentence says who may."""

    status = 403


class WrongState(Refused):
    """The thing is not in a state in which this can be done."""

    status = 409


class Stale(Refused):
    """Something changed since the person looked. ``difference`` lists what."""

    status = 409

    def __init__(self, sentence: str, difference: Iterable[Change] = (), missing: Iterable[Missing] = ()) -> None:
        super().__init__(sentence, missing)
        self.difference = tuple(difference)


class Incomplete(Refused):
    """Guards are not met. ``missing`` names every one of them, not only the first."""

    status = 422


def require(condition: object, refusal: Refused) -> None:
    """Raise ``refusal`` unless ``condition`` holds."""
    if not condition:
        raise refusal


def require_nothing_missing(sentence: str, missing: Iterable[Missing]) -> None:
    """Raise ``Incomplete`` with the whole list, unless it is empty."""
    found = tuple(missing)
    if found:
        raise Incomplete(sentence, found)


def wrong_words(text: str, sentence: str, limit: int) -> str:
    """What is wrong with words that are asked for by ``sentence``: none, or more than ``limit`` characters. Else nothing."""
    if not text:
        return sentence
    return f"{sentence}, in at most {limit:,} characters" if len(text) > limit else ""
