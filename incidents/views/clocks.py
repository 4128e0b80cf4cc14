"""The strip of clocks at the top of the desk and of a room: only those that exist, the nearest and the overdue marked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Clock:
    """Counts up since `at`, or down to it. `is_over` and `is_nearest` are set by `strip`."""

    label: str
    at: datetime
    detail: str
    href: str = ""
    counts_up: bool = False
    is_over: bool = False
    is_nearest: bool = False


def strip(clocks: Iterable[Any], now: datetime) -> list[Clock]:
    """Without what does not exist (None); deadlines that have passed are over, and the next one to come is the nearest."""
    found: list[Clock] = [clock for clock in clocks if clock]
    ahead = [clock.at for clock in found if not clock.counts_up and clock.at > now]
    return [
        replace(
            clock,
            is_over=not clock.counts_up and clock.at <= now,
            is_nearest=bool(ahead) and not clock.counts_up and clock.at == min(ahead),
        )
        for clock in found
    ]
