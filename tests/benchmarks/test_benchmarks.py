"""The benchmarks as part of the nightly run: each fails when a floor is missed, and leaves its figures."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.config.conftest import ROOT

pytestmark = [pytest.mark.nightly, pytest.mark.process, pytest.mark.alone]


def run(name: str) -> Any:
    """What the benchmark measured. Fails with what it printed when it missed a floor."""
    done = subprocess.run(
        [sys.executable, f"benchmarks/{name}.py"],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    told = [line for line in done.stdout.splitlines() if line.startswith('{"figures"')]
    return json.loads(told[-1])["figures"]


@pytest.mark.check("P11", "P13", "P14")
def test_the_page_is_of_one_piece_quick_among_stalled_clients_and_small(figures: Callable[..., None]) -> None:
    for number, told in run("consistency").items():
        figures(number, **told)


@pytest.mark.check("P19")
def test_deadlines_among_a_million(figures: Callable[..., None]) -> None:
    figures("P19", **run("deadlines"))


@pytest.mark.check("U12")
@pytest.mark.browser
def test_the_desk_of_a_busy_year(figures: Callable[..., None]) -> None:
    figures("U12", **run("desk"))
