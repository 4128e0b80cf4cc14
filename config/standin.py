"""While the queue between the clock and the workers carries nothing, the clock's own process does the work.

The rows are the queue, so nobody has to be asked: `celery beat` looks when the last round was made, and makes the next
one itself when it is overdue: the broker is away, or no worker is there. It remembers that for the desk.
"""

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections

import clock

logger = logging.getLogger(__name__)

OVERDUE_AFTER = timedelta(seconds=45)
LOOK_EVERY_SECONDS = 5.0


def start(**_: object) -> None:
    """Beside Celery's clock, where that is a process of its own. Embedded, clock and worker are one process."""
    if not settings.EMBEDDED:
        threading.Thread(target=_run, name="stand-in", daemon=True).start()


def _run() -> None:
    began = time.monotonic()
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        # Whoever has just been started gives the workers the same time to make the first round.
        if time.monotonic() - began > OVERDUE_AFTER.total_seconds():
            look()
            close_old_connections()


def look() -> bool:
    """Make a round if it is overdue. Returns whether it was. Raises nothing: the next look is in a few seconds."""
    # Models cannot be imported before Django has loaded its apps, and this module is imported with the Celery app.
    from incidents.models import Heartbeat  # noqa: PLC0415
    from incidents.operations.sweep import sweep  # noqa: PLC0415
    from stakeholders import bell, operations  # noqa: PLC0415

    try:
        if Heartbeat.objects.filter(pk=1, swept_at__gt=clock.now() - OVERDUE_AFTER).exists():
            return False
        bell.unheard()
        sweep()
        operations.drain()
    except Exception:
        logger.exception("The round that was overdue could not be made.")
    return True
