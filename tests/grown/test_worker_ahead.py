"""A worker whose machine is an hour ahead takes every task for expired (F28): the clock sees that no round was made."""

import shutil
import time
from collections import Counter

import pytest

from tests.brokers import redis_server
from tests.grown.machines import Grown, Person
from tests.relay import Relay
from tests.servers import until

pytestmark = [pytest.mark.check("R14"), pytest.mark.redis, pytest.mark.nightly]

WITHIN = 60.0
QUEUE = """
from datetime import timedelta
import clock
from stakeholders.operations import queue
said = {"kind": "probe", "subject": "A probe", "text": "It arrives.", "reason": "Because it is a test."}
queue(key="now", to="ok-now@example.org", **said)
queue(key="later", to="ok-later@example.org", due_at=clock.now() + timedelta(minutes=30), **said)
"""


def test_mail_leaves_within_a_minute_nothing_early_and_the_desk_says_so(grown, relay: Relay, figures) -> None:
    assert shutil.which("faketime"), "faketime is not installed (Debian: faketime)"
    with redis_server() as broker:
        running: Grown = grown(broker.url, started=False)
        running.first.start_web()
        running.first.start_worker(under=("faketime", "-f", "+1h"))
        running.first.start_beat()
        time.sleep(50)  # longer than the clock waits for others after its start
        running.first.manage("shell", "-v", "0", "-c", QUEUE)
        began = time.monotonic()
        until(lambda: relay.ids("ok-now@example.org"), 120, "the mail that is due")
        took = round(time.monotonic() - began, 1)
        ben = Person("ben", running.first)
        assert "The background queue cannot be reached, since" in ben.get("/desk/")[1]

    assert Counter(address for address, _ in relay.accepted) == {"ok-now@example.org": 1}
    figures("R14", on="PostgreSQL", worker_ahead="1 h", seconds_until_mail_leaves=took, sent_early=0)
    assert took <= WITHIN
