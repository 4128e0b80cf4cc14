"""The figures of the metrics as tables, and each table as a picture: drawn here as SVG, of the very words of its rows.

What is done is a filled bar, what is not is a dashed outline: by shape, so that colour never carries the meaning alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import moments
from incidents.stakeholder_metrics import Figures, Share
from incidents.stakeholder_metrics import total as total_of

BEGIN, LENGTH, ROW = 84, 136, 22  # where the bars begin, how long the longest is, how far apart they are
BAR = 12
NOTHING = "None"


@dataclass(frozen=True)
class Part:
    """One incident, or one month, or all of them together, before it is put into words."""

    label: str
    figures: Figures
    about: str = ""  # the title of an incident
    pk: int = 0


@dataclass(frozen=True)
class Bar:
    """One row of a picture. Whole units of the view box; ``dots`` are single values, ``marks`` median and 90th percentile."""

    y: int
    label: str
    said: str
    done: int = 0
    left: int = 0
    dots: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()
    shown: str = ""  # in the picture, where what is said is too long for it

    @property
    def text_y(self) -> int:
        return self.y + BAR - 2

    @property
    def middle(self) -> int:
        return self.y + BAR // 2

    @property
    def left_x(self) -> int:
        return BEGIN + self.done


@dataclass(frozen=True)
class Row:
    part: Part
    cells: tuple[tuple[str, str], ...]  # heading, words


@dataclass(frozen=True)
class Figure:
    """A table, and the picture above it."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row
    bars: tuple[Bar, ...]
    key: str

    @property
    def height(self) -> int:
        return ROW * len(self.bars) + 4

    @property
    def said(self) -> str:
        """The picture in words."""
        return " ".join(f"{bar.label}: {bar.said}." for bar in self.bars)


Words = Callable[[Figures], dict[str, str]]
Draw = Callable[[Sequence[Part]], Iterable[Bar]]


def made(
    name: str,
    parts: Sequence[Part],
    words: Words,
    draw: Draw,
    key: str,
    in_all: Words | None = None,
    of: Sequence[Part] = (),
) -> Figure:
    """``words`` says the cells of a row by heading; ``in_all`` those of the last row, where they are other words.

    ``of`` is what the last row counts, where ``parts`` are one page of it.
    """
    rows = tuple(Row(part, tuple(words(part.figures).items())) for part in parts)
    label = f"All {len(of)}" if len(of) > len(parts) else "All"
    summed = Part(label, total_of(part.figures for part in of or parts))
    total = Row(summed, tuple((in_all or words)(summed.figures).items()))
    return Figure(name, tuple(heading for heading, _ in total.cells), rows, total, tuple(draw(parts)), key)


# Shares


def of(share: Share) -> str:
    """ "5 of 8, 62 %"; of fewer than five without the percentage."""
    percent = "" if share.percent is None else f", {share.percent} %"
    return f"{share.counted} of {share.of}{percent}"


def covered(found: Figures) -> dict[str, str]:
    left = found.covered.of - found.covered.counted
    return {
        "Covered": of(found.covered) if found.covered.of else "Nothing to cover",
        "Not covered": str(left),
    }


def decided(found: Figures) -> dict[str, str]:
    return {
        "Decided before the first message": of(found.decided) if found.decided.of else "Nothing said",
        "Decided later, or not": str(found.decided.of - found.decided.counted),
        "Incidents that have not spoken": str(found.silent),
    }


def questions(now: datetime) -> Words:
    def said(found: Figures) -> dict[str, str]:
        oldest = moments.span(now - found.oldest_since) if found.oldest_since else NOTHING
        return {
            "Open": f"{found.questions_open} of {found.answered.of}" if found.answered.of else "No question noted",
            "Answered": str(found.answered.counted),
            "Oldest open for": oldest,
        }

    return said


def shares(share: Callable[[Figures], Share], words: Words) -> Draw:
    """The filled part of each bar is what is counted; the outline is the rest."""

    def draw(parts: Sequence[Part]) -> Iterable[Bar]:
        for place, part in enumerate(parts):
            found = share(part.figures)
            done = LENGTH * found.counted // found.of if found.of else 0
            first = next(iter(words(part.figures).values()))
            yield Bar(ROW * place + 4, part.label, first, done, LENGTH - done if found.of else 0)

    return draw


# Times


def time_of_one(now: datetime, detected_at: dict[int, datetime]) -> Draw:
    """From detection until they were told; while nobody has, the outline grows."""

    def draw(parts: Sequence[Part]) -> Iterable[Bar]:
        lasted = {part.pk: _lasted(part, now - detected_at[part.pk]) for part in parts}
        longest = max(lasted.values(), default=timedelta()) or timedelta(seconds=1)
        for place, part in enumerate(parts):
            length = round(LENGTH * (lasted[part.pk] / longest))
            done = length if part.figures.took else 0
            yield Bar(ROW * place + 4, part.label, outcome(part.figures)["Told after"], done, length - done)

    return draw


def _lasted(part: Part, since: timedelta) -> timedelta:
    if part.figures.took:
        return part.figures.took[0]
    return since if part.figures.waiting else timedelta()


def outcome(found: Figures) -> dict[str, str]:
    """Of one incident."""
    if found.took:
        return {"Told after": moments.span(found.took[0])}
    return {"Told after": "Not told yet" if found.waiting else "Nobody affected"}


def outcomes(found: Figures) -> dict[str, str]:
    """Of all of them."""
    return {"Told after": f"{len(found.took)} told, {found.waiting} not yet, {found.unconcerned} with nobody affected"}


def times(found: Figures) -> dict[str, str]:
    """Of a month, or of all: nothing averaged over fewer than five, the single values instead."""
    took = sorted(found.took)
    listed = ", ".join(moments.span(one) for one in took)
    half, most = found.median, found.ninetieth
    few = f"Too few: {len(took)}" if took else NOTHING
    return {
        "Told": str(len(took)),
        "Half within": moments.span(half) if half is not None else few,
        "Nine in ten within": moments.span(most) if most is not None else few,
        "Each, shortest first": listed or NOTHING,
        "Not told yet": str(found.waiting),
        "Nobody affected": str(found.unconcerned),
    }


def time_of_months(parts: Sequence[Part]) -> Iterable[Bar]:
    """Each incident as a dot; median and 90th percentile as marks where there are enough of them."""
    longest = max((one for part in parts for one in part.figures.took), default=timedelta()) or timedelta(seconds=1)

    def x(at: timedelta) -> int:
        return BEGIN + 4 + round((LENGTH - 8) * (at / longest))

    for place, part in enumerate(parts):
        found = part.figures
        marks = tuple(x(one) for one in (found.median, found.ninetieth) if one is not None)
        dots = tuple(x(one) for one in sorted(found.took))
        yield Bar(ROW * place + 4, part.label, _in_words(found), dots=dots, marks=marks, shown=_in_short(found))


def _in_short(found: Figures) -> str:
    waiting = f", {found.waiting} not yet" if found.waiting else ""
    return f"{len(found.took)} told{waiting}"


def _in_words(found: Figures) -> str:
    said = times(found)
    if found.is_enough:
        middle = f", half within {said['Half within']}, nine in ten within {said['Nine in ten within']}"
    else:
        middle = ", too few to average" if found.took else ""
    each = f" ({said['Each, shortest first']})" if found.took else ""
    return f"{_in_short(found)}{each}{middle}"
