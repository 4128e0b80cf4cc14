"""What a run of the suite said: read from pytest's report, checked against the list of acceptance checks, kept as JSON."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.checks import listed

KEPT_IN = Path(__file__).resolve().parent.parent / "test-results"


@dataclass
class Check:
    """What became of one acceptance check: tests by outcome, on which databases it passed, what was measured there."""

    counts: Counter[str] = field(default_factory=Counter)
    passed_on: set[str] = field(default_factory=set)
    seconds: float = 0.0
    figures: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)

    def read(self, report: Path, run: str) -> None:
        """Add what pytest wrote about the run on one database."""
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314
            outcome = self._count(case, run)
            for number in _properties(case, "check"):
                check = self.checks.setdefault(number, Check())
                check.counts[outcome] += 1
                check.seconds += float(case.get("time") or 0)
                if outcome == "passed":
                    check.passed_on.add(run)
            for text in _properties(case, "figures"):
                measured = json.loads(text)
                check = self.checks.setdefault(measured.pop("check"), Check())
                check.figures.append({"database": run, "test": case.get("name"), "measured": measured})

    def _count(self, case: ElementTree.Element, run: str) -> str:
        outcome = "passed"
        if (skipped := case.find("skipped")) is not None:
            outcome = "skipped"
            self.skipped[f"{case.get('classname')}::{case.get('name')} on {run}"] = (
                skipped.get("message") or "no reason given"
            )
        elif case.find("failure") is not None or case.find("error") is not None:
            outcome = "failed"
        self.counts[outcome] += 1
        return outcome

    def not_run(self, when: tuple[str, ...]) -> list[str]:
        """The checks that should have been run then (``merge``, ``nightly``) and were not, each as a sentence."""
        missing = []
        for number, check in listed().items():
            if check.get("when", "merge") not in when:
                continue
            ran = self.checks.get(number, Check())
            databases = check.get("on", [])
            assert isinstance(databases, list)
            if not ran.passed_on:
                missing.append(f"check {number}: {check['what']}")
            elif absent := sorted(set(databases) - ran.passed_on):
                missing.append(f"check {number} on {' and '.join(absent)}: {check['what']}")
        return missing

    def keep(self, name: str, seconds: float) -> None:
        """Leave the checks and their figures where `tests.report` finds them."""
        KEPT_IN.mkdir(exist_ok=True)
        checks = {
            number: {
                "tests": dict(check.counts),
                "passed_on": sorted(check.passed_on),
                "seconds": round(check.seconds, 1),
                "figures": check.figures,
            }
            for number, check in sorted(self.checks.items())
        }
        (KEPT_IN / f"{name}.json").write_text(
            json.dumps({"counts": self.counts, "seconds": round(seconds), "checks": checks}, indent=1)
        )


def _properties(case: ElementTree.Element, name: str) -> list[str]:
    return [found.get("value", "") for found in case.iter("property") if found.get("name") == name]
