"""Where tests run side by side, a module stays with one worker: its fixtures are made once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.conftest import ROOT
from tests.side_by_side import TOGETHER, group

SEEN = re.compile(r"\[(gw\d)\] .* PASSED (\S+?)::")


def test_every_module_that_stays_with_others_is_there() -> None:
    assert [path for path in TOGETHER if not (ROOT / path).exists()] == []


def test_what_shares_its_preparation_stays_together() -> None:
    assert group("tests/faults/test_chain.py::test_x[sqlite]") == group("tests/faults/test_senders.py::test_y")
    assert group("tests/grown/test_main_job.py::test_x") == group("tests/security/test_serialiser.py::test_y")
    assert group("tests/test_moments.py::test_x[a::b@c]") == "tests/test_moments.py"


def test_a_module_stays_with_one_worker_and_what_is_long_begins(tmp_path: Path) -> None:
    """With the real scheduler: it once sent every test its own way, and nothing said so."""
    for name in "abcd":
        mark = "pytestmark = pytest.mark.process\n" if name == "d" else ""
        (tmp_path / f"test_{name}.py").write_text(
            f"import pytest\n{mark}@pytest.mark.parametrize('number', range(12))\ndef test_it(number): pass\n"
        )
    command = [sys.executable, "-m", "pytest", "-v", "-p", "tests.side_by_side", "-n", "2", "--dist", "loadscope"]
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = process\n")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, "-p", "no:django", str(tmp_path)],
        cwd=tmp_path, env=variables | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    seen = SEEN.findall(done.stdout)

    assert len(seen) == 48, done.stdout + done.stderr
    assert len(set(seen)) == 4
    assert {worker for worker, _ in seen} == {"gw0", "gw1"}
    first = dict(reversed(seen))  # which module each worker began with
    assert "test_d.py" in first.values()


@pytest.mark.parametrize("name", sorted(set(TOGETHER.values())))
def test_a_group_has_more_than_one_module(name: str) -> None:
    assert sum(len([*(ROOT / path).glob("test_*.py")]) or 1 for path, of in TOGETHER.items() if of == name) > 1
