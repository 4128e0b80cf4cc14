"""How the benchmark counts: it must find what is wrong with rules, so its own figures are worked out by hand here."""

import json
from pathlib import Path

import pytest

from benchmarks import draft_check as benchmark

ROWS = [
    {"text": "It was a minor glitch.", "labels": ["minimising"]},
    {"text": "Nineteen letters went astray.", "labels": ["minimising"]},
    {"text": "It was a brief outage.", "labels": []},
    {"text": "Letters are late.", "labels": []},
    {"text": "It was a blip.", "labels": ["minimising"], "ambiguous": True},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n", encoding="utf-8")
    return path


def test_it_counts_what_was_right_wrong_and_missed(labelled: Path) -> None:
    statements, ambiguous = benchmark.read(labelled)

    counted = benchmark.count(statements, "minimising", ["MINIMISE"])

    assert (ambiguous, counted) == (1, benchmark.Count(right=1, wrong=1, missed=1))
    assert (counted.flagged, counted.positives) == (2, 2)
    assert benchmark.figures(statements) == {"minimising, precision": 0.5, "minimising, recall": 0.5}


def test_the_table_says_that_these_are_too_few_and_which_rule_speaks_too_often(
    labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main([str(labelled)]) == 0

    told = capsys.readouterr().out
    assert "4 statements, 2 of them good; 1 ambiguous ones left out" in told
    assert "| MINIMISE | minimising | 2 | 2 | 0.50 (0.09 to 0.91) | 0.50 (0.09 to 0.91) | too few | 0.50" in told
    assert "| scope_unquantified | no rule looks for it | 0 |" in told
    assert "MINIMISE speaks on 1 of 2 good statements (50%)." in told


def test_what_is_stated_flatly_is_taken_as_borne_out_unless_nothing_is() -> None:
    row = {"text": "It was caused by an old list.", "labels": [], "status": "update"}

    assert benchmark._statement(row, bare=False, technical=False).flags == frozenset()
    assert benchmark._statement(row, bare=True, technical=False).flags == {"SPECULATE"}


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        ("identified", {"PREMATURE-RESOLVED"}),
        ("Resolved", {"SPECULATE"}),
        ("postmortem", set()),
        ("update", {"SPECULATE", "PREMATURE-RESOLVED"}),
    ],
)
def test_a_status_bears_out_what_it_asks_for_in_an_incident(status: str, flags: set[str]) -> None:
    row = {"text": "It was caused by an old list. It has been fixed.", "labels": [], "status": status}

    assert benchmark._statement(row, by_status=True).flags == flags


def test_a_message_is_read_as_a_whole_but_nothing_counts_as_missing() -> None:
    row = {"text": "We are still looking into the matter.", "labels": ["vague"], "status": "update"}

    assert benchmark._statement(row).flags == {"VAGUE-COMMIT"}


def test_the_audience_is_the_general_public_unless_said_otherwise() -> None:
    row = {"text": "The pods are slow.", "labels": []}

    assert benchmark._statement(row, bare=False, technical=False).flags == {"JARGON"}
    assert benchmark._statement(row, bare=False, technical=True).flags == frozenset()


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (5, 10, 0.237, 0.763), (27, 30, 0.744, 0.965)]
)  # fmt: skip
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert benchmark.wilson(part, whole) == pytest.approx((low, high), abs=0.001)


def test_a_missed_floor_is_named() -> None:
    good = {f"{label}, {name}": 0.9 for label in benchmark.MUST for name in benchmark.FLOORS}

    assert benchmark.under(good) == []
    assert benchmark.under({**good, "speculating, recall": 0.69}) == [
        "speculating: recall is 0.69, under its floor of 0.7."
    ]


def test_our_own_statements_keep_the_floors(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main([]) == 0
    assert len(benchmark.read(benchmark.OWN)[0]) >= 60
    assert "No rule speaks on more than 5%" in capsys.readouterr().out
