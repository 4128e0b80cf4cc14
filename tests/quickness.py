"""How long a piece of work takes by what this process computes, so that a busy machine is not taken for slow code."""

import time
from collections.abc import Callable
from typing import Any

TRIES = 4


def seconds(act: Callable[[], Any], enough: float = 0.5, tries: int = TRIES) -> float:
    """Processor time of the best of a few tries; the first that is quick enough, in seconds, ends it."""
    best = float("inf")
    for _ in range(tries):
        began = time.process_time()
        act()
        best = min(best, time.process_time() - began)
        if best <= enough:
            break
    return best
