"""The list of checks is held: a check that did not run, or not on each of its databases, is named."""

from pathlib import Path

import pytest

from tests.results import Tally

REPORT = """<testsuites><testsuite><testcase classname="tests.x" name="test_a" time="1.5">
<properties><property name="check" value="{number}"/>
<property name="figures" value='{{"check": "{number}", "lost": 0}}'/></properties>{outcome}</testcase></testsuite></testsuites>"""


def tally_of(folder: Path, number: str, run: str, outcome: str = "") -> Tally:
    report = folder / "report.xml"
    report.write_text(REPORT.format(number=number, outcome=outcome))
    tally = Tally()
    tally.read(report, run)
    return tally


def missing(tally: Tally, *, nightly: bool = False) -> dict[str, str]:
    when = ("merge", "nightly") if nightly else ("merge",)
    return {sentence.split(":")[0].removeprefix("check "): sentence for sentence in tally.not_run(when)}


def test_a_check_that_ran_everywhere_is_not_missing(tmp_path: Path) -> None:
    tally = tally_of(tmp_path, "R02", "SQLite")

    assert "R02" not in missing(tally)
    assert "R06" in missing(tally)
    assert tally.checks["R02"].figures == [{"database": "SQLite", "test": "test_a", "measured": {"lost": 0}}]


def test_a_check_that_ran_on_one_of_two_databases_is_missing_on_the_other(tmp_path: Path) -> None:
    assert "R01 on PostgreSQL" in missing(tally_of(tmp_path, "R01", "SQLite"))


@pytest.mark.parametrize("outcome", ["<skipped message='no'/>", "<failure/>", "<error/>"])
def test_a_check_that_was_skipped_or_failed_did_not_run(tmp_path: Path, outcome: str) -> None:
    assert "R02" in missing(tally_of(tmp_path, "R02", "SQLite", outcome))


def test_what_takes_too_long_is_asked_for_by_night_only(tmp_path: Path) -> None:
    tally = tally_of(tmp_path, "R02", "SQLite")

    assert "R17" not in missing(tally)
    assert "R17" in missing(tally, nightly=True)
