"""How long an answer takes, measured so that a busy machine does not blur it.

A sample is the time of the serving thread less the time in which it was ready to run and the machine did something else:
what remains is its work and whatever it waited for, a lock or a mail server too. The kinds take turns in a new order
each round, so that whatever slows the machine for a while slows all of them. Of each kind the calmer half of the samples
counts: what disturbs an answer makes it longer, while a difference in what is done is there each time. What is left of
chance is measured too, and a gap that is no larger tells nobody anything.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SAMPLES = 50
WARM_UP = 3
WITHIN, WITHIN_SECONDS = 0.10, 0.01

_SCHEDULED = Path(
    "/proc/thread-self/schedstat"
)  # of this thread: nanoseconds it ran, nanoseconds it was kept from running


def own_seconds() -> float:
    """A clock of this thread alone. It stands while the thread could run and is not let."""
    now = time.perf_counter()
    return now - int(_SCHEDULED.read_text().split()[1]) / 1e9


@dataclass(frozen=True)
class Measured:
    """Seconds of each sample by kind, in the order of the rounds."""

    took: dict[str, list[float]]

    @property
    def seconds(self) -> dict[str, float]:
        return {kind: typical(took) for kind, took in self.took.items()}

    @property
    def gap(self) -> float:
        return max(self.seconds.values()) - min(self.seconds.values())

    @property
    def noise(self) -> float:
        """How far a kind is from itself: its rounds with an even number from those with an odd one."""
        return max(abs(typical(took[::2]) - typical(took[1::2])) for took in self.took.values())

    @property
    def tells(self) -> bool:
        """Whether somebody who measures patiently could tell the kinds apart, by more than chance."""
        return self.gap - self.noise > min(WITHIN_SECONDS, WITHIN * min(self.seconds.values()))

    @property
    def figures(self) -> dict[str, float]:
        percent = 100 / min(self.seconds.values())
        return {"apart_percent": round(percent * self.gap, 1), "noise_percent": round(percent * self.noise, 1)}

    def __str__(self) -> str:
        each = ", ".join(f"{kind} {1000 * seconds:.1f} ms" for kind, seconds in self.seconds.items())
        return f"{each}; noise {1000 * self.noise:.1f} ms"


def typical(took: list[float]) -> float:
    """The median of the calmer half."""
    return statistics.median(sorted(took)[: (len(took) + 1) // 2])


def measure(answers: Mapping[str, Callable[[], object]], *, samples: int = SAMPLES) -> Measured:
    took: dict[str, list[float]] = {kind: [] for kind in answers}
    turns = random.Random(15)
    for number in range(-WARM_UP, samples):
        for kind in turns.sample(list(answers), len(answers)):
            settle()
            began = own_seconds()
            answers[kind]()
            if number >= 0:
                took[kind].append(own_seconds() - began)
    return Measured(took)


def settle() -> None:
    """What the last answer left to be done after it must not weigh on the next one."""
    for thread in threading.enumerate():
        if thread.name.startswith("mail "):
            thread.join(10)
