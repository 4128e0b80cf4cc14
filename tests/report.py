"""Write docs/reports/checks.md from what the last whole run left behind: `make test`, then `python -m tests.report`."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tests.checks import listed
from tests.results import KEPT_IN

PAGE = KEPT_IN.parent / "docs" / "reports" / "checks.md"
RUNS = {"checks": "The run for every change", "nightly": "The long forms, by night"}
GROUPS = {
    "R": "Reliability",
    "G": "The grown installation",
    "S": "Security",
    "U": "Use and accessibility",
    "P": "Load",
}
HEAD = """# The checks, as they last ran

Written by `python -m tests.report` from a whole run (`make test`, or the nightly one with `NIGHTLY=1`); no figure is typed by
hand. What each check holds stands in [tests/checks.toml](../../tests/checks.toml); a check that no test ran makes the run red. A
range is the smallest and the largest of several measurements.
"""


def main() -> int:
    runs = {name: json.loads(file.read_text()) for name in RUNS if (file := KEPT_IN / f"{name}.json").exists()}
    if not runs:
        print("No results yet: run `make test` first.", file=sys.stderr)  # noqa: T201
        return 1
    PAGE.write_text("\n".join(_lines(runs)) + "\n")
    return 0


def _together(runs: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The checks of several runs, each with the tests and figures of all."""
    found: dict[str, dict[str, Any]] = {}
    for run in runs:
        for number, check in run["checks"].items():
            known = found.setdefault(number, {"tests": Counter(), "passed_on": [], "figures": []})
            known["tests"].update(check["tests"])
            known["passed_on"] = sorted({*known["passed_on"], *check["passed_on"]})
            known["figures"] += check["figures"]
    return found


def _lines(runs: dict[str, dict[str, Any]]) -> Iterable[str]:
    checks = _together(runs.values())
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    yield HEAD
    yield f"{datetime.now(UTC):%-d %B %Y}, commit {commit or 'unknown'}.\n"
    for name, run in runs.items():
        counts = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(run["counts"].items(), reverse=True))
        yield f"- {RUNS[name]}: {counts}, {run['seconds'] / 60:.1f} minutes"
    yield ""
    for letter, title in GROUPS.items():
        yield f"## {title}\n"
        yield "| | What holds | Tests | Databases | Measured |"
        yield "|---|---|---|---|---|"
        for number, check in listed().items():
            if number.startswith(letter):
                yield _row(number, str(check["what"]), checks.get(number))
        yield ""


def _row(number: str, what: str, result: dict[str, Any] | None) -> str:
    if result is None:
        return f"| {number} | {what} | **not run** | | |"
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(result["tests"].items(), reverse=True))
    return f"| {number} | {what} | {outcomes} | {', '.join(result['passed_on'])} | {_measured(result['figures'])} |"


def _measured(figures: list[dict[str, Any]]) -> str:
    by_name: dict[str, list[Any]] = {}
    for figure in figures:
        for name, value in figure["measured"].items():
            by_name.setdefault(name.replace("_", " "), []).append(value)
    return "; ".join(f"{name} {_span(values)}" for name, values in by_name.items())


def _span(values: list[Any]) -> str:
    if not all(isinstance(value, int | float) for value in values):
        return ", ".join(dict.fromkeys(str(value) for value in values))
    low, high = min(values), max(values)
    return _plain(low) if low == high else f"{_plain(low)} to {_plain(high)}"


def _plain(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
