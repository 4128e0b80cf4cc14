"""The picture of the stakeholder map: influence by interest, drawn here as SVG, each group where its two ratings put it.

Groups with the same ratings stand beside each other, in a fixed order, so that the picture never jumps. The text beside it
says the same as the picture; nothing is moved by dragging, since the ratings are changed where the group is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from incidents.views.map_rows import Line
from stakeholders.models import Rating

LEFT, RIGHT, TOP, BOTTOM = 24, 340, 12, 308
STEP_X, STEP_Y = (RIGHT - LEFT) / len(Rating), (BOTTOM - TOP) / len(Rating)
BESIDE = 30  # between two that share a place
IN_A_ROW = 3
RANK = {rating.value: place for place, rating in enumerate(Rating)}


@dataclass(frozen=True)
class Dot:
    """One group in the picture. Whole units of the view box."""

    line: Line
    x: int
    y: int

    @property
    def label_y(self) -> int:
        """The baseline of its number."""
        return self.y + 4

    @property
    def radius(self) -> int:
        return 13 if self.line.ring == "alert" else 12


@dataclass(frozen=True)
class Picture:
    dots: Sequence[Dot]
    said: str


def picture(found: Iterable[Line]) -> Picture:
    """The dots, and in words where each group stands."""
    places: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in sorted(found, key=lambda line: line.number):
        places[(line.group.influence, line.group.interest)].append(line)
    dots = [dot for place, together in places.items() for dot in _spread(place, together)]
    return Picture(sorted(dots, key=lambda dot: dot.line.number), " ".join(_sentences(places)))


def _spread(place: tuple[str, str], together: Sequence[Line]) -> Iterable[Dot]:
    influence, interest = place
    x = LEFT + STEP_X * (RANK[interest] + 0.5)
    y = BOTTOM - STEP_Y * (RANK[influence] + 0.5)
    rows = [together[start : start + IN_A_ROW] for start in range(0, len(together), IN_A_ROW)]
    for down, row in enumerate(rows):
        for along, line in enumerate(row):
            moved_x = x + (along - (len(row) - 1) / 2) * BESIDE
            moved_y = y + (down - (len(rows) - 1) / 2) * BESIDE
            yield Dot(line, round(min(max(moved_x, LEFT + 14), RIGHT - 14)), round(moved_y))


def _sentences(places: dict[tuple[str, str], list[Line]]) -> Iterable[str]:
    ranked = sorted(places, key=lambda place: (-RANK[place[0]], -RANK[place[1]]))
    for influence, interest in ranked:
        names = ", ".join(f"{line.group} ({line.standing.label.lower()})" for line in places[(influence, interest)])
        yield f"{Rating(influence).label} influence, {Rating(interest).label.lower()} interest: {names}."
