"""How often the draft check is right, on statements that a person has labelled: python benchmarks/draft_check.py FILE.jsonl

Each line of the file is a statement: {"id", "status", "text", "labels", "ambiguous"}, and, where they are not the usual
ones, "stage" and "context". Ambiguous ones are left out. Without a file it reads our own invented statements beside this
program, which prove the harness and not the rules: rules and statements have the same authors.

Every statement is read as an update. Whether a cause or a recovery that is stated flatly is also on record, no text shows:
it is taken as borne out, so that what is measured is the wording. With --bare nothing is; with --by-status what the status
under which it was posted asks for in an incident: "identified" a confirmed cause, "resolved" a recovery. A rule is right
where the statement has a label that the rule looks for, and one without such a label is only counted for how often it
speaks on good statements, which are those without any label. Intervals are Wilson's, at 95 %; under thirty positives they
say little, and the table says so. The last lines are the rules that speak on more than one good statement in twenty. On our
own statements it exits with 1 when a floor is missed.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from incidents.draft_check import Context, check  # noqa: E402 - the path is set above
from incidents.draft_check.rules import shipped  # noqa: E402

OWN = Path(__file__).with_suffix(".jsonl")
MUST = ("minimising", "speculating", "over_promising")
FLOORS = {"precision": 0.85, "recall": 0.70}
FEW = 30
MOST_ON_GOOD = 0.05
Z = 1.959964

# The rules that look for what a label names. What no rule looks for is said in the table. No label names a share without a
# count (SCOPE-RELATIVE) or a time that nobody can check (TIMEFRAME-VAGUE).
LOOKED_FOR = {
    "minimising": ("MINIMISE",),
    "speculating": ("SPECULATE",),
    "over_promising": ("PREMATURE-FIX", "PREMATURE-RESOLVED", "ABSOLUTE"),
    "vague": ("VAGUE-COMMIT",),
    "blames_third_party": ("BLAME-SHIFT",),
    "scope_unquantified": (),
}
BORNE_OUT = {"cause_established": True, "recovered": True}
BY_STATUS = {
    "identified": {"cause_established": True},
    "resolved": {"recovered": True},
    "available": {"recovered": True},
    "postmortem": BORNE_OUT,
}


@dataclass(frozen=True)
class Statement:
    text: str
    labels: frozenset[str]
    stage: str
    context: Context

    @cached_property
    def flags(self) -> frozenset[str]:
        """The rules that find words. What a message lacks is not counted: labels are about what it says."""
        found = check(self.text, self.stage, self.context).findings
        return frozenset(finding.rule for finding in found if finding.text)

    @property
    def is_good(self) -> bool:
        return not self.labels


@dataclass(frozen=True)
class Count:
    """How often a prediction was right, wrong, and missing."""

    right: int
    wrong: int
    missed: int

    @property
    def positives(self) -> int:
        return self.right + self.missed

    @property
    def flagged(self) -> int:
        return self.right + self.wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Precision and recall of the draft check on labelled statements.")
    parser.add_argument("file", nargs="?", type=Path, default=OWN)
    reading = parser.add_mutually_exclusive_group()
    reading.add_argument("--bare", action="store_true", help="take no cause and no recovery as established")
    reading.add_argument("--by-status", action="store_true", help="take as established what the status it has asks for")
    parser.add_argument("--technical", action="store_true", help="read them as written for people who know the terms")
    options = parser.parse_args(arguments)
    statements, ambiguous = read(
        options.file, bare=options.bare, by_status=options.by_status, technical=options.technical
    )
    good = [statement for statement in statements if statement.is_good]
    print(f"{len(statements)} statements, {len(good)} of them good; {ambiguous} ambiguous ones left out\n")
    print("\n".join(by_label(statements)), "\n")
    print("\n".join(by_rule(statements)), "\n")
    often = too_often(good)
    print("\n".join(often) or f"No rule speaks on more than {MOST_ON_GOOD:.0%} of the good statements.")
    missed = under(figures(statements)) if options.file == OWN else []
    if missed:
        print("\n".join(missed))
    print(json.dumps({"figures": figures(statements)}))
    return 1 if missed else 0


def read(
    path: Path, *, bare: bool = False, by_status: bool = False, technical: bool = False
) -> tuple[list[Statement], int]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    kept = [row for row in rows if not row.get("ambiguous")]
    read_as = {"bare": bare, "by_status": by_status, "technical": technical}
    return [_statement(row, **read_as) for row in kept], len(rows) - len(kept)


def _statement(
    row: dict[str, Any], *, bare: bool = False, by_status: bool = False, technical: bool = False
) -> Statement:
    said = {} if bare else BY_STATUS.get(row.get("status", "").lower(), {}) if by_status else BORNE_OUT
    context = Context.of({"audience_technical": technical, **said, **row.get("context", {})})
    return Statement(row["text"], frozenset(row["labels"]), row.get("stage", "update"), context)


def by_label(statements: Iterable[Statement]) -> list[str]:
    """Each label, and whether any of the rules that look for it speaks."""
    statements = list(statements)
    labels = [*LOOKED_FOR, *sorted({label for one in statements for label in one.labels} - set(LOOKED_FOR))]
    lines = ["| label | rules | positives | flagged | precision | recall | |", "|---|---|---|---|---|---|---|"]
    for label in labels:
        rules = LOOKED_FOR.get(label, ())
        if rules:
            lines.append(f"| {label} | {', '.join(rules)} {_told(count(statements, label, rules))}")
        else:
            lines.append(
                f"| {label} | no rule looks for it | {sum(label in one.labels for one in statements)} | | | | |"
            )
    return lines


def by_rule(statements: Sequence[Statement]) -> list[str]:
    """Each rule that spoke or should have, against its label, and how often it speaks where nothing is wrong."""
    good = [statement for statement in statements if statement.is_good]
    lines = [
        "| rule | label | positives | flagged | precision | recall | | on good ones |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rule in [rule.id for rule in shipped()]:
        label = next((label for label, rules in LOOKED_FOR.items() if rule in rules), None)
        spoken = sum(rule in one.flags for one in statements)
        if label:
            told = _told(count(statements, label, (rule,)))
        elif spoken:
            told = f"| | {spoken} | | | |"
        else:
            continue
        lines.append(f"| {rule} | {label or ''} {told} {_share(sum(rule in one.flags for one in good), len(good))} |")
    return lines


def count(statements: Iterable[Statement], label: str, rules: Iterable[str]) -> Count:
    looking = set(rules)
    pairs = [(label in one.labels, bool(one.flags & looking)) for one in statements]
    return Count(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))


def _told(counted: Count) -> str:
    few = "too few" if counted.positives < FEW else ""
    precision, recall = (_share(counted.right, of) for of in (counted.flagged, counted.positives))
    return f"| {counted.positives} | {counted.flagged} | {precision} | {recall} | {few} |"


def _share(part: int, whole: int) -> str:
    if not whole:
        return "none"
    low, high = wilson(part, whole)
    return f"{part / whole:.2f} ({low:.2f} to {high:.2f})"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, which stays within 0 and 1 and is honest about small numbers."""
    share, weight = part / whole, Z * Z / whole
    middle = (share + weight / 2) / (1 + weight)
    half = Z * sqrt(share * (1 - share) / whole + weight / (4 * whole)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def too_often(good: Sequence[Statement]) -> list[str]:
    told = {rule.id: sum(rule.id in one.flags for one in good) for rule in shipped()}
    asked = {rule.id for rule in shipped() if rule.blocks[0].when.get("audience_technical") is False}
    return [
        f"{rule} speaks on {number} of {len(good)} good statements ({number / len(good):.0%})"
        f"{', which are read as for the general public: --technical reads them otherwise' if rule in asked else ''}."
        for rule, number in sorted(told.items(), key=lambda pair: -pair[1])
        if number > MOST_ON_GOOD * len(good)
    ]


def figures(statements: Sequence[Statement]) -> dict[str, float]:
    found: dict[str, float] = {}
    for label, rules in LOOKED_FOR.items():
        counted = count(statements, label, rules)
        for name, of in (("precision", counted.flagged), ("recall", counted.positives)):
            if rules and of:
                found[f"{label}, {name}"] = round(counted.right / of, 2)
    return found


def under(measured: dict[str, float]) -> list[str]:
    """Which floors our own statements miss."""
    wanted = {(label, name): floor for label in MUST for name, floor in FLOORS.items()}
    return [
        f"{label}: {name} is {measured.get(f'{label}, {name}', 0)}, under its floor of {floor}."
        for (label, name), floor in wanted.items()
        if measured.get(f"{label}, {name}", 0) < floor
    ]


if __name__ == "__main__":
    sys.exit(main())
