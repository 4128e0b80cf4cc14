"""The scanners of the source, run from an environment of their own (`make scan`), without a network.

Each is run over the tree and over planted samples in one go. Whoever reads the findings must see the samples among them:
a scanner that did not run, or went blind, finds nothing and says so with status 0.
"""

import json
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.config.conftest import ROOT

HERE = Path(__file__).parent
BIN = ROOT / ".venv-scan" / "bin"
RULES = HERE / "semgrep"
PROGRAM = ("accounts", "agents", "config", "incidents", "stakeholders", "statuspage")
LEAVES = ("clock.py", "manage.py", "moments.py", "refusals.py")
# Longest a scanner may take on a machine that does other things too, in seconds.
PATIENCE = 300


@dataclass(frozen=True)
class Finding:
    rule: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}"

    @property
    def text(self) -> str:
        return (ROOT / self.file).read_text().splitlines()[self.line - 1]


@dataclass(frozen=True)
class Report:
    """What was found, the files that were looked at, and what the scanner could not read."""

    findings: list[Finding]
    looked_at: set[str]
    errors: list[Any]


def tracked() -> list[str]:
    """Every file of this checkout, new ones included, without what is ignored."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def run(*words: str, folder: Path = ROOT) -> str:
    """The output of a scanner. Status 1 means that it found something; anything above, that it did not work."""
    done = subprocess.run(
        [str(BIN / words[0]), *words[1:]],
        cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode in (0, 1), f"{words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def semgrep(*beside: Path) -> Report:
    """Our own rules over the program, its pages and scripts, and over the folders `beside`. Nothing leaves the machine."""
    quietly = ("--json", "--quiet", "--metrics=off", "--disable-version-check")
    where = (*PROGRAM, *LEAVES, "templates", "static", *map(str, beside))
    said = json.loads(run("semgrep", "scan", "--config", str(RULES), *quietly, *where))
    findings = [Finding(r["check_id"].rpartition(".")[2], r["path"], r["start"]["line"]) for r in said["results"]]
    return Report(findings, set(said["paths"]["scanned"]), said["errors"])


def bandit(*beside: Path) -> Report:
    """Findings of medium severity and above; the low ones are ruff's, which asks for a reason in the line."""
    said = json.loads(run("bandit", "-q", "-r", "-ll", "-f", "json", *PROGRAM, *LEAVES, *map(str, beside)))
    findings = [Finding(r["test_id"], r["filename"].removeprefix("./"), r["line_number"]) for r in said["results"]]
    looked_at = {name.removeprefix("./") for name in said["metrics"] if name != "_totals"}
    return Report(findings, looked_at, said["errors"])


def detect_secrets(files: list[str], folder: Path = ROOT) -> Report:
    said = json.loads(run("detect-secrets", "scan", *files, folder=folder))
    found = [
        Finding(secret["type"], file, secret["line_number"])
        for file, rows in said["results"].items()
        for secret in rows
    ]
    return Report(found, set(files), [])


def reviewed(scanner: str) -> list[dict[str, str]]:
    return list(tomllib.loads((HERE / "reviewed.toml").read_text()).get(scanner, []))


def samples() -> dict[str, dict[str, Any]]:
    return tomllib.loads((HERE / "samples.toml").read_text())


def rules() -> set[str]:
    """The ids of our rules, read as text: nothing here needs a YAML reader."""
    lines = [line for file in RULES.glob("*.yaml") for line in file.read_text().splitlines()]
    return {line.removeprefix("  - id: ").strip() for line in lines if line.startswith("  - id: ")}


def plant(folder: Path) -> dict[str, tuple[str, bool]]:
    """Write the samples under `folder`; by file, the rule it belongs to and whether it breaks it."""
    planted = {}
    for rule, sample in samples().items():
        for breaks in (True, False):
            for number, text in enumerate(sample["breaks" if breaks else "keeps"]):
                file = folder / f"{rule}-{'breaks' if breaks else 'keeps'}-{number}" / sample["at"]
                file.parent.mkdir(parents=True)
                file.write_text(text + "\n")
                planted[str(file)] = (rule, breaks)
    return planted
