"""The labelled sentences: each must get exactly its flags. And our variations on the families of phrases behind the rules."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from incidents.draft_check import Context, check
from incidents.draft_check.rules import shipped

HERE = Path(__file__).parent


@cache
def examples() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load((HERE / "examples.yaml").read_text(encoding="utf-8"))["examples"]
    return {row["id"]: row for row in rows}


@cache
def families() -> list[dict[str, Any]]:
    return yaml.safe_load((HERE / "variations.yaml").read_text(encoding="utf-8"))


def variations() -> list[tuple[int, str, bool]]:
    """Each sentence with the number of its family, and whether it must be caught."""
    return [
        (number, sentence, caught)
        for number, family in enumerate(families())
        for key, caught in (("catches", True), ("lets_pass", False))
        for sentence in family[key]
    ]


def flags(row: dict[str, Any]) -> set[str]:
    whole = row.get("scope") == "document"
    result = check(row["text"], row["stage"], Context.of(row.get("ctx", {})), whole=whole)
    return {finding.rule for finding in result.findings}


def test_there_are_as_many_as_there_were() -> None:
    rows = examples().values()

    assert len(rows) == 282
    assert sum(bool(row["flags"]) for row in rows) == 184
    assert len(variations()) > 200


@pytest.mark.parametrize("name", examples())
def test_an_example_gets_exactly_its_flags(name: str) -> None:
    assert flags(examples()[name]) == set(examples()[name]["flags"])


def test_every_rule_has_an_example_that_it_flags() -> None:
    flagged = {name for row in examples().values() for name in row["flags"]}

    assert {rule.id for rule in shipped()} == flagged


# The tests that the requirements name: what is refused, and what passes.
NAMED = {
    "R10": (["D03"], ["D01"]),
    "R11": (["D04"], ["D01"]),
    "R12": (["D09"], ["D01"]),
    "R14": (["S01", "S02", "S03", "S04", "S05", "S06"], ["S07"]),
    "R15": (["S12"], ["S19"]),
    "R16": (["S24"], ["S27", "S28"]),
    "R17": (["D10"], []),
    "R18": (["S31", "S32", "S33", "S34"], []),
    "R22": (["S38"], ["S39"]),
}


@pytest.mark.parametrize("requirement", NAMED)
def test_what_a_requirement_refuses_blocks_and_what_it_allows_is_clean(requirement: str) -> None:
    refused, allowed = NAMED[requirement]
    for name in refused:
        row = examples()[name]
        result = check(row["text"], row["stage"], Context.of(row.get("ctx", {})), whole=row.get("scope") == "document")
        assert result.blocking, name

    assert [flags(examples()[name]) for name in allowed] == [set()] * len(allowed)


@pytest.mark.parametrize(("family", "sentence", "caught"), variations())
def test_a_family_catches_its_own_and_lets_its_neighbours_pass(family: int, sentence: str, caught: bool) -> None:
    told = families()[family]

    context, whole = Context.of(told.get("context", {})), told.get("whole", False)
    result = check(sentence, told.get("stage", "update"), context, whole=whole)

    assert (told["rule"] in {finding.rule for finding in result.findings}) is caught
