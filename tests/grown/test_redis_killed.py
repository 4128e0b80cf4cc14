"""Redis killed three times under a working worker, with everything that was queued in it: work goes on (F11, R22)."""

import time
from functools import partial

import pytest

from tests.brokers import redis_server
from tests.relay import Relay
from tests.servers import until

pytestmark = [pytest.mark.check("R22"), pytest.mark.redis, pytest.mark.nightly]

WITHIN = 10.0
CANARY = """
from stakeholders.operations import queue
queue(key="{name}", kind="probe", to="{name}", subject="A probe", text="It arrives.", reason="Because it is a test.")
"""


def test_work_goes_on_within_ten_seconds_of_its_return(grown, relay: Relay, figures) -> None:
    with redis_server() as broker:
        running = grown(broker.url)
        until(running.works, 60, "the first round")
        took = []
        for number in range(3):
            broker.kill()
            name = f"ok-{number}@example.org"
            running.first.manage("shell", "-v", "0", "-c", CANARY.format(name=name))  # nobody hears this bell
            assert relay.ids(name) == []
            broker.start()
            began = time.monotonic()
            until(partial(relay.ids, name), 60, "the canary")
            took.append(round(time.monotonic() - began, 1))
        figures("R22", kills=3, slowest_seconds_until_work_goes_on=max(took), lost=0, twice=len(relay.accepted) - 3)
        assert len(relay.accepted) == 3
        assert max(took) <= WITHIN, took
