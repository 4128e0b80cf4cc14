"""Run everything: `make test`, or `python -m tests` with pytest's own options after it.

The suite runs on SQLite, and all that touches a database again on PostgreSQL: on the server that `TEST_POSTGRES_URL`
names, else where its programs are on one of our own for this run alone, else on one that answers on this machine. The
browser's part runs where Chromium is, once, with SQLite underneath (the nightly run repeats it on PostgreSQL). What was left
out is named at the end, so that a green run never means more than it does. What is the same whichever database is underneath
(the surface: who is let in, headers, hostile words) is repeated on PostgreSQL by night as well.
`REQUIRE_POSTGRES=1`, `REQUIRE_REDIS=1`, `REQUIRE_RABBITMQ=1` and `REQUIRE_CHROMIUM=1` turn what is missing into a
failure, as continuous integration does. `REQUIRE_NO_SKIPS=1` does the same for a test that was skipped and for a check of
`checks.toml` that no test ran. `NIGHTLY=1` adds what takes too long for every change; `NIGHTLY=only` runs that alone, and
the browser's part on PostgreSQL.

A whole run is spread over several processes (`TEST_PROCESSES`, one more than the machine has processors); a run with
options of its own is not, unless they say so (`-n 2`). `TEST_REPORTS` names a folder in which the JUnit report of each part
is kept.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import cluster as clusters
from tests.needs import SCANNERS, chromium, lighthouse, rabbitmq_url, redis_url
from tests.results import Tally

ROOT = Path(__file__).resolve().parent.parent
REVIEWED_SKIPS = Path(__file__).with_name("reviewed_skips.txt")
POSTGRES, ON_THIS_MACHINE = os.environ.get("TEST_POSTGRES_URL", ""), "postgres://127.0.0.1:5432/postgres"
COUNTED = ("passed", "failed", "skipped")
NIGHTLY = os.environ.get("NIGHTLY", "")
PROCESSES = os.environ.get("TEST_PROCESSES") or str(min((os.cpu_count() or 1) + 1, 6))
SIDE_BY_SIDE = ["-n", PROCESSES, "--dist", "loadscope"]  # tests/side_by_side.py says what stays together


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="answerable-ready-") as shared:
        os.environ["READY_MADE"] = shared
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each of a thousand processes compiles the program anew
        with _postgres() as postgres:
            return _run(postgres, arguments)


def _run(postgres: str | None, arguments: list[str]) -> int:
    tally = Tally()
    began = time.monotonic()
    _look_around(postgres, tally)
    if not tally.wrong:
        _suites("SQLite", {"DATABASE_URL": ""}, "", arguments, tally)
        if postgres:
            again = {"DATABASE_URL": postgres, "ONLY_WITH_DATABASE": "1"}  # the others would say the same twice
            _suites("PostgreSQL", again, _on_postgres(), arguments, tally)
        if not arguments:
            _every_check(tally)
            tally.keep("nightly" if NIGHTLY == "only" else "checks", time.monotonic() - began)
    return _conclude(tally)


def _every_check(tally: Tally) -> None:
    missing = tally.not_run({"": ("merge",), "only": ("nightly",)}.get(NIGHTLY, ("merge", "nightly")))
    if os.environ.get("REQUIRE_NO_SKIPS") == "1":
        tally.wrong += [f"not run: {sentence}" for sentence in missing]
    else:
        tally.left_out += missing


def _on_postgres() -> str:
    """Processes bring a database of their own, so most would only repeat themselves; those that mean PostgreSQL say so."""
    return "(postgres or not process)" if NIGHTLY else "not browser and not surface and (postgres or not process)"


def _suites(name: str, variables: dict[str, str], which: str, arguments: list[str], tally: Tally) -> None:
    """Side by side, and after that one at a time what measures and wants the machine to itself."""
    if arguments:
        _suite(name, variables, [*(("-m", which) if which else ()), *arguments], tally, may_be_empty=True)
        return
    also = f" and {which}" if which else ""
    if NIGHTLY == "only":
        also += " and (nightly or browser or surface)" if name == "PostgreSQL" else " and nightly"
    _suite(name, variables, ["-m", f"not alone{also}", *SIDE_BY_SIDE], tally)
    _suite(name, variables, ["-m", f"alone{also}"], tally, may_be_empty=True)


def _look_around(postgres: str | None, tally: Tally) -> None:
    missing = {
        "POSTGRES": None if postgres else "the run on PostgreSQL, and the races: no PostgreSQL (set TEST_POSTGRES_URL)",
        "REDIS": None if redis_url() else "the tests with Redis: no Redis (set TEST_REDIS_URL)",
        "RABBITMQ": None if rabbitmq_url() else "the tests with RabbitMQ: no RabbitMQ (set TEST_RABBITMQ_URL)",
        "CHROMIUM": None if chromium() else "the tests in a browser: no Chromium (set CHROMIUM to its path)",
        "LIGHTHOUSE": None if lighthouse() else "Lighthouse: it is not installed (npm ci --prefix tests/lighthouse)",
        "SCANNERS": None if SCANNERS.exists() else "the scanners: they are not installed (make scan)",
    }
    for name, sentence in missing.items():
        if sentence and os.environ.get(f"REQUIRE_{name}") == "1":
            tally.wrong.append(f"REQUIRE_{name} is set, but {sentence.split(': ', 1)[1]}")
        elif sentence:
            tally.left_out.append(sentence)


def _suite(
    name: str, variables: dict[str, str], arguments: list[str], tally: Tally, *, may_be_empty: bool = False
) -> None:
    print(f"\n== {name}: {' '.join(arguments)}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="answerable-report-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}"]
        done = subprocess.run([*command, *arguments], cwd=ROOT, env=os.environ | variables, check=False)
        if report.exists():
            tally.read(report, name)
            _keep(report, f"{name}, {' '.join(arguments[:2])}".replace("/", "."))
    print(f"== {name}: {time.monotonic() - began:.0f} s", flush=True)
    if done.returncode not in (0, 1) and not (may_be_empty and done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED):
        tally.wrong.append(f"the run on {name} did not complete (pytest ended with {done.returncode})")


def _keep(report: Path, name: str) -> None:
    """For finding out where the time goes: a folder for the reports of all parts."""
    if folder := os.environ.get("TEST_REPORTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(report, Path(folder) / f"{name}.xml")


def _conclude(tally: Tally) -> int:
    reviewed = {line.strip() for line in REVIEWED_SKIPS.read_text().splitlines() if line.strip()[:1] not in ("", "#")}
    if os.environ.get("REQUIRE_NO_SKIPS") == "1":
        for name in tally.skipped:
            if name.rpartition(" on ")[0] not in reviewed:
                tally.wrong.append(f"skipped without being on {REVIEWED_SKIPS.name}: {name}")
    print("\n== Left out")
    for sentence in [*tally.left_out, *(f"{name}: {reason}" for name, reason in tally.skipped.items())]:
        print(f"- {sentence}")
    if not tally.left_out and not tally.skipped:
        print("nothing was left out")
    for sentence in tally.wrong:
        print(f"FAILED: {sentence}")
    counts = {name: tally.counts[name] for name in COUNTED}
    counts["failed"] += len(tally.wrong)
    nothing_ran = counts["passed"] + counts["failed"] == 0
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    print(line + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
    return 1 if counts["failed"] or nothing_ran else 0


@contextmanager
def _postgres() -> Iterator[str | None]:
    """One of our own writes nothing through to the disk: emptying its tables takes a tenth of the time."""
    if POSTGRES or clusters.programs() is None:
        yield _reachable(POSTGRES or ON_THIS_MACHINE)
        return
    with clusters.running() as own:
        os.environ["POSTGRES_OF_THIS_RUN"] = "1"  # what is left in it goes with it
        yield own.plain()


def _reachable(address: str) -> str | None:
    """The address as it lets us in, trying the user postgres when it names none. Quick: two seconds at most."""
    for url in (address, address.replace("://", "://postgres@", 1)):
        try:
            with psycopg.connect(url, connect_timeout=2) as connection:
                user = connection.info.user
        except psycopg.Error:
            continue
        return url if urlsplit(url).username else url.replace("://", f"://{user}@", 1)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
