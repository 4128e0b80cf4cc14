"""A broker that refuses, never answers, is frozen or full (F09, F10, F12): approving waits for nobody, and the words are public."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.brokers import redis_server
from tests.faults.installations import Prepared, oldest_waiting, prepared, signed_in
from tests.servers import Browser, Installation, free_port, until

SLOWER_BY_AT_MOST = 1.0
VISIBLE_WITHIN = 5.0
SAID = "The background queue cannot be reached, since"
FAULTS = ("refuses", "never answers", "never answers, RabbitMQ", "frozen", "full")


@pytest.mark.check("R04", "R05")
@pytest.mark.redis
@pytest.mark.alone  # it measures
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_approving_publishes_at_once_whatever_the_broker_does(kind, tmp_path, figures):
    with prepared(tmp_path / "data", kind, waiting=1 + len(FAULTS)) as made:
        took = {fault: approved_under(made, fault, number) for number, fault in enumerate(("none", *FAULTS))}

    added = {fault: round(took[fault][0] - took["none"][0], 2) for fault in FAULTS}
    on = {"on": {"sqlite": "SQLite", "postgres": "PostgreSQL"}[kind]}
    figures(
        "R04", **on, seconds_without_a_fault=took["none"][0], **{f"seconds_more_if_it_{k}": added[k] for k in FAULTS}
    )
    figures("R05", **on, seconds_until_public=max(seen for _, seen, _ in took.values()),
            seconds_until_on_disk=max(kept for _, _, kept in took.values()))  # fmt: skip
    assert max(added.values()) <= SLOWER_BY_AT_MOST, took
    assert max(max(seen, kept) for _, seen, kept in took.values()) <= VISIBLE_WITHIN, took


def approved_under(made: Prepared, fault: str, number: int) -> tuple[float, float, float]:
    """Seconds of the approval itself, until its words are on the page, and until they are in the copy on the disk."""
    made.ask("UPDATE stakeholders_doorbell SET unheard_since = NULL")
    made.ask(
        "UPDATE incidents_heartbeat SET swept_at = CURRENT_TIMESTAMP"
    )  # else the desk says that nothing runs at all
    with broker(fault) as address, serving(made.installation(CELERY_BROKER_URL=address)) as web:
        ben = signed_in(web, "ben")
        waiting = oldest_waiting(ben)
        ben.get(waiting)
        began = time.monotonic()
        status, page = ben.post(f"{waiting}approval/")
        took = time.monotonic() - began
        assert (status, "Published as entry" in page) == (200, True), page
        words = f"News number {number}"
        until(lambda: words in web.get("/")[1], 10, f"{words} on the page")
        seen = time.monotonic() - began - took
        until(lambda: on_disk(web.folder, words), 10, f"{words} in the edition on the disk")
        kept = time.monotonic() - began - took
        if fault == "none":
            assert SAID not in desk(ben)
        else:
            until(lambda: SAID in desk(ben), 15, f"the desk says that the broker {fault}")
        assert SAID not in web.get("/")[1]
    return round(took, 2), round(seen, 2), round(kept, 2)


def desk(browser: Browser) -> str:
    return browser.get("/desk/")[1]


def on_disk(folder: Path, words: str) -> bool:
    kept = (gzip.decompress(file.read_bytes()).decode() for file in (folder / "edition").glob("generation-*.json.gz"))
    return any(words in generation for generation in kept)


@contextmanager
def serving(web: Installation) -> Iterator[Installation]:
    try:
        web.serve_web_only(seconds=60)
        yield web
    finally:
        web.stop()


@contextmanager
def broker(fault: str) -> Iterator[str]:
    """The address of a broker with this fault; nothing for none, as on one machine."""
    with ExitStack() as after:
        if fault == "none":
            yield ""
        elif fault == "refuses":
            yield f"redis://127.0.0.1:{free_port()}/0"
        elif fault in ("frozen", "full"):
            server = after.enter_context(redis_server())
            server.freeze() if fault == "frozen" else server.fill()
            yield server.url
        else:
            scheme, path = ("amqp", "//") if "RabbitMQ" in fault else ("redis", "/0")
            yield f"{scheme}://127.0.0.1:{after.enter_context(swallowing())}{path}"


@contextmanager
def swallowing() -> Iterator[int]:
    """A port where connections are accepted and nothing is ever answered."""
    held: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield int(server.getsockname()[1])
        for connection in held:
            connection.close()
