"""docs/reports/faults.md names a test for each fault; each named file is there, and no fault is left out."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = "docs/reports/faults.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)`")
FAULT = re.compile(r"\bF(\d\d)\b")
FAULTS = range(1, 48)


def unproved(report: str) -> list[str]:
    """Rows of a table that name no test."""
    rows = [line for line in report.splitlines() if re.match(r"\| [FS]\d\d ", line)]
    return [row for row in rows if not NAMED.search(row)]


def missing(report: str) -> list[str]:
    return [name for name in sorted(set(NAMED.findall(report))) if not (ROOT / name).is_file()]


def left_out(report: str) -> list[int]:
    return sorted(set(FAULTS) - {int(number) for number in FAULT.findall(report)})


def test_every_fault_is_in_the_report_and_every_row_names_tests_that_are_there() -> None:
    report = (ROOT / REPORT).read_text()

    assert len(re.findall(r"^\| F\d\d ", report, re.MULTILINE)) >= 35
    assert (unproved(report), missing(report), left_out(report)) == ([], [], [])


def test_a_row_without_a_test_and_a_file_that_is_gone_are_seen() -> None:
    report = "| F01 | It is killed | Nothing is lost | |\n| F02 | Again | Nothing | `tests/faults/test_gone.py` |"

    assert unproved(report) == ["| F01 | It is killed | Nothing is lost | |"]
    assert missing(report) == ["tests/faults/test_gone.py"]
    assert left_out(report) == list(range(3, 48))
