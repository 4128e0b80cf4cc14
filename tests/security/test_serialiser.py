"""What is not a task in JSON is refused by a real worker, said in its log, and never opened (S26, A26)."""

import os
import pickle
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Producer, Queue

from tests.brokers import redis_server
from tests.needs import rabbitmq_url
from tests.servers import Installation, until

pytestmark = [pytest.mark.check("S26"), pytest.mark.process]

TASK = "incidents.tasks.sweep"
BODY = b'[[], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'


class Planted:
    """Unpickling this makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


@dataclass
class Message:
    body: bytes
    kind: str = "application/json"
    encoding: str = "utf-8"
    headers: dict[str, Any] = field(default_factory=dict)
    """What differs from the headers of a task of ours."""


def would_act(folder: Path) -> dict[str, Message]:
    """By name. Each would make a folder of that name if somebody opened it."""
    pickled, disguised, data = (
        pickle.dumps(((Planted(folder / name),), {}, {})) for name in ("pickled", "disguised", "data")
    )
    yaml = f"!!python/object/apply:os.mkdir ['{folder / 'yaml'}']".encode()
    return {
        "pickled": Message(pickled, "application/x-python-serialize", "binary"),
        "yaml": Message(yaml, "application/x-yaml"),
        "disguised": Message(disguised),
        "data": Message(data, "application/data", "binary"),  # trusted by Celery whatever is to be accepted
    }


NONSENSE = {
    "text": Message(b"sweep", "application/text"),
    "a number": Message(b"5"),
    "nothing": Message(b"", "application/data", "binary"),
    "a short list": Message(b"[1, 2]"),
    "a task of the first protocol": Message(b'{"task": "incidents.tasks.sweep", "id": "x", "args": 5, "kwargs": {}}'),
    "no task": Message(BODY, headers={"task": None}),
    "a list of tasks": Message(BODY, headers={"task": [TASK]}),
    "no id": Message(BODY, headers={"id": None}),
    "one time limit": Message(BODY, headers={"timelimit": 5}),
    "words for limits": Message(BODY, headers={"timelimit": ["soon", "late"]}),
    "an odd deadline": Message(BODY, headers={"expires": "soon"}),
    "unknown": Message(BODY, headers={"task": "os.mkdir"}),
}
SAID = (
    "cannot be read: Refusing to deserialize untrusted content of type pickle",
    "cannot be read: Refusing to deserialize untrusted content of type yaml",
    "cannot be read: 'utf-8' codec can't decode byte",  # what calls itself JSON and is not
    "has not the body of a task, as application/data",
    "names no task, or has no id",
    "has other time limits than two numbers",
)


def test_the_planted_message_would_act_if_it_were_opened(tmp_path: Path) -> None:
    pickle.loads(would_act(tmp_path)["pickled"].body)  # noqa: S301 - ours, some lines above

    assert (tmp_path / "pickled").is_dir()


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("Redis", marks=pytest.mark.redis),
        pytest.param("RabbitMQ", marks=[pytest.mark.rabbitmq, pytest.mark.nightly]),
    ],
)
def test_a_worker_refuses_what_is_no_task_and_goes_on(kind: str, tmp_path: Path, figures: Any) -> None:
    opened = tmp_path / "planted"
    opened.mkdir()
    planted = {**would_act(opened), **NONSENSE}
    with queue_of(kind) as (address, queue):
        site = Installation(
            tmp_path / "data", CELERY_BROKER_URL=address, OWN_QUEUE=queue.name,
            DJANGO_SETTINGS_MODULE="tests.security.own_queue",
        )  # fmt: skip
        try:
            site.manage("migrate", "-v", "0")
            with Connection(address) as connection:
                for number, message in enumerate([*planted.values(), Message(BODY)]):
                    plant(connection, queue, message, number)
            worker = site.start("-m", "celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING")

            until(lambda: swept(site.folder) or worker.poll() is not None, 90, "the message behind the planted ones")

            assert worker.poll() is None, site.said()
            assert list(opened.iterdir()) == []
            said = site.said()
            assert [words for words in SAID if words not in said] == []
            assert said.count("The message has been ignored and discarded.") == len(planted)
            figures("S26", broker=kind, planted=len(planted), opened=0)
        finally:
            site.stop()


@contextmanager
def queue_of(kind: str) -> Iterator[tuple[str, Queue]]:
    """The address of the broker, and a queue in it that is gone afterwards."""
    name = f"own-{uuid.uuid4().hex[:12]}"
    queue = Queue(name, Exchange(name), routing_key=name)
    if kind == "Redis":
        with redis_server() as broker:
            yield broker.url, queue
        return
    address = rabbitmq_url()
    assert address
    try:
        yield address, queue
    finally:
        with Connection(address) as connection:
            queue.bind(connection.default_channel).delete()
            queue.exchange.bind(connection.default_channel).delete()


def plant(connection: Any, queue: Queue, message: Message, number: int) -> None:
    ours = {"lang": "py", "task": TASK, "id": f"planted-{number}", "root_id": None, "parent_id": None}
    Producer(connection).publish(
        message.body, exchange=queue.exchange, routing_key=queue.routing_key, content_type=message.kind,
        content_encoding=message.encoding, serializer=None, headers=ours | message.headers, declare=[queue],
    )  # fmt: skip


def swept(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "db.sqlite3", timeout=20)) as database:
        return database.execute("SELECT swept_at FROM incidents_heartbeat").fetchone()[0] is not None
