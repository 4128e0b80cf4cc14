"""The public page as a phone would load it (U02): Lighthouse, three runs, the median. It needs node and `npm ci` in
tests/lighthouse; running Answerable needs neither."""

import json
import os
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Demo
from tests.needs import LIGHTHOUSE, chromium

pytestmark = [pytest.mark.check("U02"), pytest.mark.node, pytest.mark.process, pytest.mark.alone]

RUNS = 3
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
CHROME = "--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu"

# Lighthouse makes a phone of this machine by slowing it down four times. That is meant for a machine whose own measure
# (`benchmarkIndex`) is about 1,600 or more; where other tests run beside this one it measures less, and is slowed down less.
SLOWED_DOWN, MEANT_FOR = 4.0, 1600


def measure(url: str, folder: Path, slower: float) -> dict[str, Any]:
    """One run. Network and processor of the phone are simulated; `slower` is how many times slower its processor is.

    Lighthouse ends without a report where its browser does not answer in time. It is asked once more then; what it finds is
    never asked twice.
    """
    report = folder / "report.json"
    for _ in range(2):
        done = subprocess.run(
            [
                "node", str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--output-path={report}",
                f"--only-categories={','.join(CATEGORIES)}", "--form-factor=mobile", "--throttling-method=simulate",
                f"--throttling.cpuSlowdownMultiplier={slower:.2f}", f"--chrome-flags={CHROME}",
            ],
            env=os.environ | {"CHROME_PATH": chromium() or ""}, check=False, timeout=150, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode == 0:
            return dict(json.loads(report.read_text()))
    pytest.fail(f"Lighthouse ended with {done.returncode}: {done.stderr[-2000:]}")


def runs_of(url: str, folder: Path, number: int) -> list[dict[str, Any]]:
    """Each is slowed down by what the one before it measured of this machine; a first one that was too slow does not count."""
    done = [measure(url, folder, SLOWED_DOWN)]
    if _slower(done[0]) < SLOWED_DOWN:
        done = [measure(url, folder, _slower(done[0]))]
    while len(done) < number:
        done.append(measure(url, folder, _slower(done[-1])))
    return done


def _slower(run: dict[str, Any]) -> float:
    return max(1.0, min(SLOWED_DOWN, SLOWED_DOWN * float(run["environment"]["benchmarkIndex"]) / MEANT_FOR))


def audit(run: dict[str, Any], name: str) -> float:
    return float(run["audits"][name]["numericValue"])


def medians(runs: list[dict[str, Any]], figures: Callable[..., None]) -> tuple[dict[str, int], float, float]:
    """Scores, largest paint in seconds, layout shift."""
    scores = {
        name: round(100 * statistics.median(run["categories"][name]["score"] for run in runs)) for name in CATEGORIES
    }
    paint = statistics.median(audit(run, "largest-contentful-paint") for run in runs) / 1000
    shift = statistics.median(audit(run, "cumulative-layout-shift") for run in runs)
    figures(
        "U02", **{name.replace("-", "_"): score for name, score in scores.items()}, runs=len(runs),
        largest_paint_seconds=round(paint, 2), layout_shift=round(shift, 4),
        processor_slowed_down=min(run["configSettings"]["throttling"]["cpuSlowdownMultiplier"] for run in runs),
    )  # fmt: skip
    return scores, paint, shift


def test_one_run_is_green_on_a_busy_machine_too(
    standing_demo: Demo, tmp_path: Path, figures: Callable[..., None]
) -> None:
    """What does not depend on this machine is held exactly; the performance of one run on a busy machine has room."""
    scores, paint, shift = medians(runs_of(f"{standing_demo.url}/", tmp_path, 1), figures)

    assert scores | {"performance": 100} == dict.fromkeys(CATEGORIES, 100)
    assert scores["performance"] >= 95
    assert paint <= 1.2
    assert shift == 0


@pytest.mark.nightly
def test_the_median_of_three_runs_is_all_green(
    standing_demo: Demo, tmp_path: Path, figures: Callable[..., None]
) -> None:
    scores, paint, shift = medians(runs_of(f"{standing_demo.url}/", tmp_path, RUNS), figures)

    assert scores == dict.fromkeys(CATEGORIES, 100)
    assert paint <= 1.2
    assert shift == 0
