"""No broker and no worker, only the clock: what waits is sent all the same, within the minute that the desk names (F09)."""

import time

import pytest

from tests.brokers import RedisServer
from tests.faults.installations import prepared
from tests.relay import Relay
from tests.servers import free_port, until

pytestmark = [pytest.mark.check("R04"), pytest.mark.process, pytest.mark.nightly]

WITHIN = 60.0
QUEUE = """
from stakeholders.operations import queue
queue(key="canary", kind="probe", to="ok-0@example.org", subject="A probe", text="It arrives.", reason="For a test.")
"""


@pytest.mark.parametrize("broker", ["refuses", "frozen"])
def test_the_clock_sends_what_the_queue_does_not_carry(broker, tmp_path, figures):
    server = RedisServer(tmp_path)
    if broker == "frozen":
        server.start()
        server.freeze()
    try:
        with Relay().open() as relay, prepared(tmp_path / "data", "sqlite", waiting=1) as made:
            address = server.url if broker == "frozen" else f"redis://127.0.0.1:{free_port()}/0"
            alone = made.installation(EMAIL_URL=relay.url, CELERY_BROKER_URL=address)
            try:
                beat = alone.start("-m", "celery", "-A", "config", "beat", "--loglevel", "WARNING")
                time.sleep(50)  # longer than it waits for others after its start
                alone.manage("shell", "-v", "0", "-c", QUEUE)
                began = time.monotonic()
                until(lambda: relay.ids("ok-0@example.org"), 120, "the mail that nobody was rung for")
                took = time.monotonic() - began
                assert beat.poll() is None
            finally:
                alone.stop()
    finally:
        server.thaw_and_kill()
    figures("R04", broker=broker, seconds_until_the_clock_itself_sent_it=round(took, 1))
    assert took <= WITHIN
