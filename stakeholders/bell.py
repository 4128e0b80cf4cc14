"""The doorbell: tells the sender, after commit, that something waits. Nothing depends on its being heard.

The rows are the queue; the clock looks at them anyway. So ringing may be skipped, lost or late, and must never make a
person wait, or fail what they did.
"""

import threading
import time

from django.conf import settings
from django.db import transaction

import clock
from stakeholders.models import Doorbell

PATIENCE_SECONDS = 0.5
REST_AFTER_FAILURE_SECONDS = 30.0
REST_AFTER_RING_SECONDS = 1.0  # one ring a second is enough: whoever comes takes everything that is due


class Bell:
    """Rings at most once a second, and not at all for half a minute after nobody answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rest_until = 0.0
        self.failed = False

    def ring(self) -> bool:
        """Publish in a thread of its own and wait half a second at most, whatever the broker does to the connection.

        False when it was tried and nobody answered.
        """
        with self._lock:
            if time.monotonic() < self._rest_until:
                return True
            self._rest_until = time.monotonic() + REST_AFTER_RING_SECONDS
        heard = threading.Event()
        threading.Thread(target=_publish, args=(heard,), name="bell", daemon=True).start()
        self.failed = not heard.wait(PATIENCE_SECONDS)
        if self.failed:
            self._rest_until = time.monotonic() + REST_AFTER_FAILURE_SECONDS
        return not self.failed

    def rested(self) -> None:
        """Forget the last ring."""
        self._rest_until, self.failed = 0.0, False


bell = Bell()


def kick() -> None:
    """Ring once the present transaction is committed. Nothing to do when the jobs process looks every second itself."""
    if not settings.EMBEDDED:
        transaction.on_commit(_ring, robust=True)


def unheard() -> None:
    """Remember since when nobody hears the bell: the broker is away, or nobody works behind it. The desk says so."""
    Doorbell.objects.filter(pk=1, unheard_since=None).update(unheard_since=clock.now())


def heard() -> None:
    """Called by whoever was rung for, so it is known that ringing arrives."""
    Doorbell.objects.filter(pk=1, unheard_since__isnull=False).update(unheard_since=None)


def _ring() -> None:
    if not bell.ring():
        unheard()


def _publish(heard: threading.Event) -> None:
    from stakeholders.tasks import drain  # noqa: PLC0415 - the task imports the operations, which ring this bell

    try:
        drain.apply_async(expires=10, retry=False, ignore_result=True)
    except Exception:  # noqa: BLE001 - whatever the broker's client raises, the row is there and the clock finds it
        return
    heard.set()
