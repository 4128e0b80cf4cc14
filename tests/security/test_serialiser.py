"""What is not JSON is refused by a real worker, said in its log, and never opened (S26, A26)."""

import os
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Producer, Queue

from tests.brokers import redis_server
from tests.servers import Installation, until

pytestmark = [pytest.mark.check("S26"), pytest.mark.process, pytest.mark.redis]

TASK = "incidents.tasks.sweep"
QUEUE = Queue("clock", Exchange("clock"), routing_key="clock")


class Planted:
    """Unpickling this makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def headers(number: int) -> dict[str, Any]:
    return {
        "lang": "py",
        "task": TASK,
        "id": f"planted-{number}",
        "root_id": None,
        "parent_id": None,
        "argsrepr": "",
        "kwargsrepr": "",
    }


def messages(folder: Path) -> dict[str, tuple[bytes, str, str]]:
    """By name: body, content type and encoding. Each would make a folder of that name if somebody opened it."""
    pickled = pickle.dumps(((Planted(folder / "pickled"),), {}, {}))
    disguised = pickle.dumps(((Planted(folder / "disguised"),), {}, {}))
    yaml = f"!!python/object/apply:os.mkdir ['{folder / 'yaml'}']".encode()
    return {
        "pickled": (pickled, "application/x-python-serialize", "binary"),
        "yaml": (yaml, "application/x-yaml", "utf-8"),
        "disguised": (disguised, "application/json", "utf-8"),
    }


def test_the_planted_message_would_act_if_it_were_opened(tmp_path: Path) -> None:
    body, _, _ = messages(tmp_path)["pickled"]

    pickle.loads(body)  # noqa: S301 - ours, three lines above

    assert (tmp_path / "pickled").is_dir()


def test_a_worker_refuses_what_is_not_json_and_goes_on(tmp_path: Path, figures: Any) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    with redis_server() as broker:
        site = Installation(tmp_path / "data", CELERY_BROKER_URL=broker.url)
        try:
            site.manage("migrate", "-v", "0")
            worker = site.start(
                "-m", "celery", "-A", "config", "worker", "--queues", "clock,send", "--concurrency", "1", "--loglevel", "WARNING",
            )  # fmt: skip
            given = messages(planted)
            with Connection(broker.url) as connection:
                for number, (body, kind, encoding) in enumerate(given.values()):
                    _put(connection, body, kind, encoding, number)
                _put(
                    connection,
                    b'[[], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]',
                    "application/json",
                    "utf-8",
                    99,
                )

            until(
                lambda: _swept(tmp_path / "data") or worker.poll() is not None,
                90,
                "the message behind the planted ones",
            )

            assert worker.poll() is None, site.said()
            assert list(planted.iterdir()) == []
            said = site.said()
            assert "Refusing to deserialize untrusted content of type pickle" in said
            assert "Refusing to deserialize untrusted content of type yaml" in said
            assert "Can't decode message body" in said  # what calls itself JSON and is not
            figures("S26", planted=len(given), opened=0)
        finally:
            site.stop()


def _put(connection: Any, body: bytes, kind: str, encoding: str, number: int) -> None:
    Producer(connection).publish(
        body, exchange=QUEUE.exchange, routing_key="clock", content_type=kind, content_encoding=encoding,
        serializer=None, headers=headers(number), correlation_id=f"planted-{number}", declare=[QUEUE],
    )  # fmt: skip


def _swept(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database:
        return database.execute("SELECT swept_at FROM incidents_heartbeat").fetchone()[0] is not None
