"""Bandit, our own semgrep rules and detect-secrets (S22): nothing unreviewed, and each finds what was planted for it.

There is no zizmor: it reads workflow files of a hosting service, and this repository has none.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.config.conftest import ROOT
from tests.security import scanners
from tests.security.scanners import Finding, Report

pytestmark = [pytest.mark.check("S22"), pytest.mark.scanners]

# Invented passwords and addresses are what a test is made of (ruff leaves them alone there as well, S105 and S106).
INVENTED = ("Secret Keyword", "Basic Auth Credentials")

PLANTED_FOR_BANDIT = {
    "B602": "import subprocess\nsubprocess.run(line, shell=True, timeout=3)\n",
    "B307": "def f(text):\n    return eval(text)\n",
    "B301": "import pickle\npickle.loads(given)\n",
    "B501": "import requests\nrequests.get('https://x.example', verify=False, timeout=3)\n",
}
# In halves, so that this file holds none of them.
PLANTED_SECRETS = {
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n",
    "AWS Access Key": "key = 'AKIA" + "IOSFODNN7EXAMPLQ'\n",
    "Basic Auth Credentials": "url = 'smtps://relay:hunter" + "2hunter2@mail.example.org'\n",
    "Secret Keyword": "mail_pass" + "word = 'correct-horse-battery'\n",
    "Hex High Entropy String": f"digest = '{hashlib.sha256(b'planted').hexdigest()}'\n",
}


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def planted(beside: Path) -> dict[str, tuple[str, bool]]:
    return scanners.plant(beside)


@pytest.fixture(scope="module")
def by_semgrep(beside: Path, planted: dict[str, tuple[str, bool]]) -> Report:
    return scanners.semgrep(beside)


@pytest.fixture(scope="module")
def by_bandit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, dict[str, str]]:
    folder = tmp_path_factory.mktemp("planted-for-bandit")
    files = {}
    for test, text in PLANTED_FOR_BANDIT.items():
        (folder / f"{test.lower()}.py").write_text(text)
        files[test] = str(folder / f"{test.lower()}.py")
    return scanners.bandit(folder), files


def unreviewed(scanner: str, found: list[Finding]) -> Iterator[str]:
    """Each finding that nobody has read, and each reading that no longer meets a finding."""
    read = scanners.reviewed(scanner)
    met = set()
    for finding in found:
        hits = [
            at for at, entry in enumerate(read)
            if (entry["rule"], entry["file"]) == (finding.rule, finding.file) and entry["line"] in finding.text
        ]  # fmt: skip
        met.update(hits)
        if not hits:
            yield f"{finding}: {finding.text.strip()[:100]}"
    yield from (f"reviewed, but no longer found: {entry}" for at, entry in enumerate(read) if at not in met)


def test_the_list_of_what_was_read_hides_nothing_else() -> None:
    new = Finding("printed", "clock.py", 1)

    said = list(unreviewed("semgrep", [new]))

    assert said[0].startswith("clock.py:1: printed")
    assert len(said) == 1 + len(scanners.reviewed("semgrep"))


# --- Our own rules --------------------------------------------------------------------------------


def test_our_rules_find_nothing_that_nobody_has_read(
    by_semgrep: Report, planted: dict[str, tuple[str, bool]], figures: Callable[..., None]
) -> None:
    found = [finding for finding in by_semgrep.findings if finding.file not in planted]
    figures("S22", own_rules=len(scanners.rules()), files=len(by_semgrep.looked_at - set(planted)), reviewed=len(found))

    assert list(unreviewed("semgrep", found)) == []
    assert by_semgrep.errors == []


def test_our_rules_look_at_every_file_of_the_program(by_semgrep: Report) -> None:
    kinds = (".py", ".html", ".js", ".txt")
    wanted = {
        name for name in scanners.tracked()
        if name.endswith(kinds) and name.startswith((*(f"{room}/" for room in scanners.PROGRAM), "templates/", "static/"))
    }  # fmt: skip
    empty = {name for name in wanted if not (ROOT / name).read_text().strip()}

    assert len(wanted) > 300
    assert wanted - empty - by_semgrep.looked_at == set()


def test_every_rule_has_samples_and_every_sample_a_rule() -> None:
    assert scanners.rules() == set(scanners.samples())
    assert all(sample["breaks"] and sample["keeps"] for sample in scanners.samples().values())


@pytest.mark.parametrize("rule", sorted(scanners.samples()))
def test_a_rule_finds_what_breaks_it_and_leaves_alone_what_keeps_it(
    rule: str, by_semgrep: Report, planted: dict[str, tuple[str, bool]]
) -> None:
    mine = {file: breaks for file, (of, breaks) in planted.items() if of == rule}
    found = {finding.file for finding in by_semgrep.findings if finding.rule == rule and finding.file in mine}

    assert found == {file for file, breaks in mine.items() if breaks}


# --- Bandit ---------------------------------------------------------------------------------------


def test_bandit_finds_nothing_that_nobody_has_read(by_bandit: tuple[Report, dict[str, str]]) -> None:
    report, planted = by_bandit
    found = [finding for finding in report.findings if finding.file not in planted.values()]
    wanted = {
        n for n in scanners.tracked() if n.endswith(".py") and n.startswith(tuple(f"{r}/" for r in scanners.PROGRAM))
    }

    assert list(unreviewed("bandit", found)) == []
    assert report.errors == []
    assert wanted - report.looked_at == set()


@pytest.mark.parametrize("test", PLANTED_FOR_BANDIT)
def test_bandit_finds_what_was_planted(test: str, by_bandit: tuple[Report, dict[str, str]]) -> None:
    report, planted = by_bandit

    assert test in {finding.rule for finding in report.findings if finding.file == planted[test]}


# --- Secrets --------------------------------------------------------------------------------------


def test_no_file_holds_a_secret_that_nobody_has_read() -> None:
    """The locks are left out: they are made of hashes, and a test of their own says so."""
    files = [name for name in scanners.tracked() if not name.endswith((".lock", ".png", ".woff2"))]

    report = scanners.detect_secrets(files)

    found = [one for one in report.findings if not (one.file.startswith("tests/") and one.rule in INVENTED)]
    assert list(unreviewed("secrets", found)) == []


def test_detect_secrets_finds_what_was_planted(tmp_path: Path) -> None:
    for number, text in enumerate(PLANTED_SECRETS.values()):
        (tmp_path / f"planted_{number}.py").write_text(text)

    report = scanners.detect_secrets([file.name for file in tmp_path.iterdir()], tmp_path)

    assert {finding.rule for finding in report.findings} >= set(PLANTED_SECRETS)


# --- What is not run ------------------------------------------------------------------------------


def test_there_are_no_workflow_files_that_zizmor_would_have_to_read() -> None:
    names = scanners.tracked()

    assert [name for name in names if name.startswith((".github/", ".gitlab-ci", ".circleci/", ".forgejo/"))] == []
    assert ".ci/run" in names
