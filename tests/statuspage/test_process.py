"""With real processes: seen within a second, there while the database is not, and back by itself (R05, R06, R07)."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from functools import partial

import pytest

from tests import cluster as clusters
from tests.config.conftest import ROOT
from tests.servers import Installation, until

pytestmark = pytest.mark.process

SEEN_WITHIN = 1.0
BACK_WITHIN = 5.0


def says(installation: Installation, words: bytes) -> bool:
    return words in ask(installation, "/")[1]


def ask(installation: Installation, path: str, **headers: str) -> tuple[int, bytes, Message]:
    request = urllib.request.Request(installation.url + path, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def publish(installation: Installation, *words: str) -> float:
    """Returns when the commit was done."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.statuspage.publishing", *words],
        cwd=ROOT, env=installation.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[-1])


def published(installation: Installation, text: str) -> float:
    """Publish an update while watching the page. Returns the seconds from its commit until it is seen."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.statuspage.publishing", "update", text],
        cwd=ROOT, env=installation.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: text.encode() in ask(installation, "/")[1], what=text)
    seen = time.time()
    said, _ = process.communicate(timeout=60)
    return seen - float(said)


@pytest.fixture
def sqlite(tmp_path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data")
    installation.prepare()
    publish(installation, "found")
    installation.serve_web_only()
    yield installation
    installation.stop()


@pytest.fixture
def cluster() -> Iterator[clusters.Cluster]:
    if clusters.programs() is None:
        pytest.skip("needs initdb and pg_ctl")
    with clusters.running() as found:
        yield found


@pytest.mark.check("R05")
def test_words_are_seen_within_a_second_of_their_commit(sqlite, figures):
    assert b"Support replies: partly down" in ask(sqlite, "/")[1]

    slowest = max(published(sqlite, f"News number {number}.") for number in range(3))
    figures("R05", publications=3, slowest_seconds_from_commit_to_page=round(slowest, 2))
    assert slowest <= SEEN_WITHIN


@pytest.mark.check("R06", "R07")
def test_the_page_outlives_its_database_and_goes_on_with_it(tmp_path, cluster, figures):
    """R06 and R07: no process is restarted; one more starts while the database is away."""
    installation = Installation(tmp_path / "data", DATABASE_URL=cluster.url)
    second = Installation(tmp_path / "data", DATABASE_URL=cluster.url, PUBLIC_URL=installation.url)
    try:
        installation.prepare()
        publish(installation, "found")
        installation.serve_web_only()
        paths = [
            "/",
            "/commitments/",
            "/commitments.json",
            "/history/",
            "/history.atom",
            "/record.json",
            "/verify/",
            "/how-we-compute/",
            "/no/",
        ]
        before = {path: ask(installation, path) for path in paths}
        assert {answer[0] for answer in before.values()} == {200, 404}

        cluster.stop()
        began, asked = time.monotonic(), 0
        while time.monotonic() - began < 2:
            for path in paths:
                asked += 2
                status, body, headers = ask(installation, path)
                assert (status, body) == before[path][:2]
                held = ask(installation, path, **{"If-None-Match": headers["ETag"]})
                assert held[0] == (304 if status == 200 else 404)

        second.serve_web_only()
        for path in paths:
            assert ask(second, path)[:2] == before[path][:2], f"{path} of a process that started without its database"

        cluster.start()
        committed = publish(installation, "update", "The database is back.")
        for each in (installation, second):
            until(partial(says, each, b"The database is back."), seconds=BACK_WITHIN)
        back = round(time.time() - committed, 1)
        figures("R06", pages=len(paths), requests_without_the_database=asked, answered_otherwise_than_before=0)
        figures("R07", public_pages_of_both_processes_current_after_seconds=back)
    finally:
        second.stop()
        installation.stop()


def test_a_process_without_database_and_without_a_copy_says_so(tmp_path):
    installation = Installation(tmp_path / "data", DATABASE_URL="postgres://root@127.0.0.1:1/nothing")
    try:
        installation.serve_web_only()
        status, body, headers = ask(installation, "/")
    finally:
        installation.stop()

    assert (status, headers["Retry-After"]) == (503, "10")
    assert b"cannot be shown right now" in body
