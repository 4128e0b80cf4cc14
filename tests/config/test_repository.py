"""What must not be in a file of this repository."""

import re
import subprocess
import sys

import pytest

from tests.config.conftest import ROOT

# The names are spelled in parts, so that this file is no example of what it looks for.
INDEX = re.compile(
    "|".join(
        [
            "index" + "-url",
            "find" + "-links",
            r"\[\[tool\.uv\." + "index",
            "pypi" + r"\.org",
            "python" + "hosted",
            "/sim" + "ple/",
        ]
    ),
    re.IGNORECASE,
)


def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_index() -> None:
    found = []
    for name in tracked():
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {line.strip()[:100]}" for line in text.splitlines() if INDEX.search(line)]

    assert found == []


@pytest.mark.parametrize("line", ["--extra-index" + "-url x", "url = 'https://mirror.example/sim" + "ple/'"])
def test_the_search_would_find_one(line: str) -> None:
    assert INDEX.search(line)


def test_every_locked_package_is_pinned_and_hashed() -> None:
    for name in ("requirements.lock", "requirements-test.lock", "requirements-scan.lock"):
        text = re.sub(r"\\\n\s*", " ", (ROOT / name).read_text())
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

        assert len(lines) > 20
        assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []
        assert "://" not in text


def test_pip_installs_the_locks_and_looks_for_nothing_else() -> None:
    installs = re.findall(r"pip install.*requirements\S+", (ROOT / "Makefile").read_text())

    assert len(installs) == 3
    assert [line for line in installs if "--require-hashes --no-deps -r" not in line] == []


def test_the_locks_name_everything_that_they_need() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_lock_with_addresses_is_not_kept() -> None:
    assert "uv.lock" not in tracked()
