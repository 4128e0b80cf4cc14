"""The database is away, slow or read-only (F13 to F15): the public page goes on, the desk says so, and nothing is restarted."""

import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from tests.cluster import Cluster, running
from tests.faults.installations import SETTINGS, fill, oldest_waiting, signed_in
from tests.servers import Browser, Installation, Postbox, until

pytestmark = [pytest.mark.process, pytest.mark.postgres]

BACK_WITHIN = 5.0
CONNECTED_WITHIN = 2.5  # connect_timeout, and a little
AWAY = "The desk is away for a moment"
PUBLIC = ("/", "/commitments/", "/history/", "/history.atom", "/record.json")


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """Not the one of the other tests: this one is stopped."""
    with running() as opened:
        yield opened


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    with Postbox().open() as box:
        yield box


@pytest.fixture(scope="module")
def installation(own: Cluster, tmp_path_factory, postbox: Postbox) -> Iterator[Installation]:
    """Web and jobs as `manage.py serve` keeps them, which would say if one ended. Three statements wait for Ben."""
    found = Installation(
        tmp_path_factory.mktemp("away") / "data", **SETTINGS, DATABASE_URL=own.url, EMAIL_URL=postbox.url
    )
    try:
        fill(found, waiting=3)
        found.serve()
        yield found
    finally:
        found.stop()


@pytest.mark.check("R06", "R07")
def test_the_desk_and_the_jobs_come_back_with_their_database(installation, own, postbox, figures):
    ben = signed_in(installation, "ben")
    until(lambda: postbox.to("ben@northwind.example"), what="the jobs at work")
    first, second = oldest_waiting(ben), "/desk/approvals/"
    ben.get(first)
    before = {path: installation.get(path) for path in PUBLIC}
    processes = children(installation)

    own.stop()
    desk, approval = answer(ben, "/desk/"), ben.post(f"{first}approval/")
    assert desk[0] == approval[0] == 503
    assert desk[2] == "10", "when to come back"
    assert AWAY in desk[1]
    assert AWAY in approval[1]
    asked = 0
    until_at = time.monotonic() + 6  # long enough for three rounds of the jobs to fail
    while time.monotonic() < until_at:
        for path in PUBLIC:
            assert installation.get(path) == before[path]
            asked += 1
        time.sleep(0.1)

    own.start()
    began = time.monotonic()
    until(lambda: ben.get("/desk/")[0] == 200, 30, "the desk")
    web = time.monotonic() - began
    round_before = swept_at(own)
    until(lambda: swept_at(own) != round_before, 30, "a round of the jobs")
    jobs = time.monotonic() - began

    ben.get(first)
    assert "Published as entry" in ben.post(f"{first}approval/")[1]
    assert children(installation) == processes, "no process was restarted"
    assert "started again" not in installation.said()
    assert second in ben.get("/desk/approvals/")[1]
    figures("R06", answers_while_the_database_was_away=asked, not_as_before=0)
    figures("R07", seconds_until_the_desk_is_back=round(web, 1), seconds_until_the_jobs_are_back=round(jobs, 1))
    assert max(web, jobs) <= BACK_WITHIN


@pytest.mark.check("R06")
def test_a_database_that_is_locked_or_read_only_changes_nothing_and_the_page_goes_on(installation, own, figures):
    ben = signed_in(installation, "ben")
    waiting = oldest_waiting(ben)
    ben.get(waiting)
    before, entries = settled(installation, own), numbered(own)

    with closing(psycopg.connect(own.url)) as other:
        other.execute("LOCK TABLE incidents_recordhead IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        status, page = ben.post(f"{waiting}approval/")
        gave_up = time.monotonic() - began
        slowest = max(timed(installation, before) for _ in range(20))
        other.rollback()
    assert (status, AWAY in page) == (503, True)

    ben.get(waiting)
    with psycopg.connect(own.url, autocommit=True) as other:
        other.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
    status, page = ben.post(f"{waiting}approval/")
    assert (status, AWAY in page) == (503, True), page
    assert installation.get("/") == before
    with psycopg.connect(own.url, autocommit=True) as other:
        other.execute("SET default_transaction_read_only = off")
        other.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
    assert numbered(own) == entries, "nothing was half applied"

    ben.get(waiting)
    assert "Published as entry" in ben.post(f"{waiting}approval/")[1]
    figures(
        "R06", seconds_until_a_locked_desk_answers=round(gave_up, 1), slowest_public_page_meanwhile_s=round(slowest, 3)
    )


@pytest.mark.check("R06")
def test_a_database_without_a_free_connection_is_said_at_once_and_the_page_takes_no_longer(installation, own, figures):
    ben, before = signed_in(installation, "ben"), settled(installation, own)
    usual = slowest_but_one(timed(installation, before) for _ in range(100))

    with ExitStack() as held:

        def none_is_left() -> bool:
            take_all(own, held)  # again and again: one that somebody gave back would be enough for the desk
            return ben.get("/desk/")[0] == 503

        until(none_is_left, 20, "a desk without a connection")
        began = time.monotonic()
        desk = answer(ben, "/desk/")
        gave_up = time.monotonic() - began
        meanwhile = slowest_but_one(timed(installation, before) for _ in range(100))

    until(lambda: ben.get("/desk/")[0] == 200, 20, "the desk with one")
    figures("R06", seconds_until_a_desk_without_a_connection_answers=round(gave_up, 2),
            public_page_p99_s=round(usual, 3), public_page_p99_meanwhile_s=round(meanwhile, 3))  # fmt: skip
    assert (desk[0], AWAY in desk[1], desk[2]) == (503, True, "10")
    assert gave_up < CONNECTED_WITHIN
    assert meanwhile < max(3 * usual, 0.25)


def take_all(cluster: Cluster, held: ExitStack) -> None:
    """Every connection that the server has, those kept back for its superuser too."""
    try:
        while True:
            held.enter_context(closing(psycopg.connect(cluster.url)))
    except psycopg.OperationalError:
        return


def slowest_but_one(seconds: Iterable[float]) -> float:
    """Of a hundred: the 99th percentile."""
    return sorted(seconds)[-2]


def answer(browser: Browser, path: str) -> tuple[int, str, str]:
    """With the header that says when to try again."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.jar)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(urllib.request.Request(browser.url + path, headers={"Cookie": cookies}), timeout=15).close()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers["Retry-After"]
    return 200, "", ""


def settled(installation: Installation, cluster: Cluster) -> tuple[int, str]:
    """The public page once it shows the last entry, which another test may have published a moment ago."""
    with psycopg.connect(cluster.url) as connection:
        (number,) = connection.execute("SELECT number FROM incidents_recordhead").fetchone() or (0,)
    until(lambda: f"Latest entry {number}," in installation.get("/")[1], 5, f"entry {number} on the page")
    return installation.get("/")


def timed(installation: Installation, expected: tuple[int, str]) -> float:
    began = time.monotonic()
    assert installation.get("/") == expected
    return time.monotonic() - began


def children(installation: Installation) -> list[str]:
    """The web server and the jobs process of `serve`."""
    (served,) = [one.pid for one in installation.running if one.poll() is None]
    return Path(f"/proc/{served}/task/{served}/children").read_text().split()


def swept_at(cluster: Cluster) -> object:
    with psycopg.connect(cluster.url) as connection:
        return connection.execute("SELECT swept_at FROM incidents_heartbeat").fetchone()


def numbered(cluster: Cluster) -> object:
    with psycopg.connect(cluster.url) as connection:
        return connection.execute("SELECT number, revision FROM incidents_recordhead").fetchone()
