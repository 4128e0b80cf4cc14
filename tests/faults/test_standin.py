"""A queue that carries nothing, and the clock: what waits is sent all the same, within the minute that the desk names.

No broker and no worker (F09, F10), or a broker that has no room for a message while a worker listens to it (F12).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.brokers import redis_server
from tests.faults.installations import Prepared, prepared
from tests.relay import Relay
from tests.servers import Installation, free_port, until

pytestmark = [pytest.mark.check("R04"), pytest.mark.process, pytest.mark.nightly]

WITHIN = 60.0
CELERY = ("-m", "celery", "-A", "config")
QUEUE = """
from stakeholders.operations import queue
queue(key="{name}", kind="probe", to="{name}@example.org", subject="A probe", text="It arrives.", reason="For a test.")
"""


@pytest.mark.parametrize("broker", ["refuses", "frozen"])
def test_the_clock_sends_what_the_queue_does_not_carry(broker, tmp_path, figures):
    with redis_server() as server, Relay().open() as relay, prepared(tmp_path / "data", "sqlite", waiting=1) as made:
        if broker == "frozen":
            server.freeze()
        address = server.url if broker == "frozen" else f"redis://127.0.0.1:{free_port()}/0"
        with clock_of(made, relay, address) as alone:
            took = seconds_until_sent(alone, relay)
    figures("R04", broker=broker, seconds_until_the_clock_itself_sent_it=took)
    assert took <= WITHIN


@pytest.mark.redis
@pytest.mark.parametrize("worker", ["that works already", "that is started then"])
def test_a_full_broker_ends_neither_clock_nor_worker_and_carries_again_once_it_has_room(worker, tmp_path, figures):
    with (
        redis_server() as server,
        Relay().open() as relay,
        prepared(tmp_path / "data", "sqlite", waiting=1) as made,
        clock_of(made, relay, server.url) as running,
    ):
        if worker == "that works already":
            start_worker(running)
            until(lambda: heard(made), 60, "a worker that was rung for")
            server.fill()
        else:
            server.fill()
            start_worker(running)

        took = seconds_until_sent(running, relay)
        assert not heard(made), "the desk says that the queue carries nothing"

        server.empty()
        began = time.monotonic()
        until(lambda: heard(made), 60, "a worker that was rung for again")
        again = round(time.monotonic() - began, 1)
    figures("R04", broker="full", seconds_until_the_clock_itself_sent_it=took, seconds_until_it_carries_again=again)
    assert took <= WITHIN


@contextmanager
def clock_of(made: Prepared, relay: Relay, broker: str) -> Iterator[Installation]:
    """`celery beat` on this broker. Whatever was started must live to the end."""
    running = made.installation(EMAIL_URL=relay.url, CELERY_BROKER_URL=broker)
    try:
        running.start(*CELERY, "beat", "--loglevel", "WARNING")
        time.sleep(50)  # longer than it waits for others after its start
        until(lambda: not heard(made), 30, "a round that the clock made itself")
        yield running
        assert [process.poll() for process in running.running] == [None] * len(running.running), running.said()
    finally:
        running.stop()


def seconds_until_sent(running: Installation, relay: Relay) -> float:
    running.manage("shell", "-v", "0", "-c", QUEUE.format(name="ok-0"))
    began = time.monotonic()
    until(lambda: relay.ids("ok-0@example.org"), 120, "the mail that nobody was rung for")
    return round(time.monotonic() - began, 1)


def start_worker(running: Installation) -> None:
    running.start(*CELERY, "worker", "--queues", "clock,send", "--concurrency", "1", "--loglevel", "WARNING")


def heard(made: Prepared) -> bool:
    """Whether the last ring was heard. What the clock does itself counts as not heard."""
    return made.ask("SELECT unheard_since FROM stakeholders_doorbell") == [(None,)]
