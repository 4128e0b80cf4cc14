"""A ping to a monitor elsewhere, once a minute, for as long as all is well. When it stops, somebody is told from outside.

It runs beside Celery's clock, in a thread of its own: whatever the other side does, no round waits for it. A clock that
stands still, a machine that is gone and anything that `config.health` calls wrong end the pings alike.
"""

import http.client
import logging
import threading
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, close_old_connections

logger = logging.getLogger(__name__)

PING_EVERY_SECONDS = 60.0
PATIENCE_SECONDS = 5.0  # for each wait: to be connected, and for each piece of the answer
SUCCESS = 2  # the first digit


def can_be_pinged(url: str) -> bool:
    """https to wherever, or http on this machine. The address may be as good as a password, so it travels sealed."""
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc and port != 0
    sealed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in settings.LOOPBACK)
    return plain and sealed and bool(parts.hostname)


def start(**_: object) -> None:
    """Beside Celery's clock, wherever that runs."""
    if can_be_pinged(settings.DEADMAN_URL):
        threading.Thread(target=_run, name="dead man's ping", daemon=True).start()


def _run() -> None:
    pinger = Pinger(settings.DEADMAN_URL)
    while True:
        time.sleep(PING_EVERY_SECONDS)
        pinger.look_and_ping()
        close_old_connections()


class Pinger:
    def __init__(self, url: str) -> None:
        self.url = url
        self._failed = False

    def look_and_ping(self) -> bool:
        """Whether a ping arrived. Raises nothing: the next look is in a minute."""
        # Models cannot be imported before Django has loaded its apps, and this module is imported with the Celery app.
        from config import health  # noqa: PLC0415

        try:
            return not health.look().wrong and self._ping()
        except DatabaseError:
            return False
        except Exception:
            logger.exception("Whether all is well could not be seen, so the monitor hears nothing.")
            return False

    def _ping(self) -> bool:
        try:
            status = get(self.url)
        except (OSError, http.client.HTTPException) as error:
            self._say(type(error).__name__)
            return False
        if status // 100 == SUCCESS:
            self._failed = False
            return True
        self._say(f"it answered {status}")
        return False

    def _say(self, why: str) -> None:
        """Once, until a ping arrives again. Without the address, which only the two of us should know."""
        if not self._failed:
            logger.warning("The monitor that DEADMAN_URL names cannot be told that all is well: %s.", why)
        self._failed = True


def get(url: str) -> int:
    """The status of the answer. No redirect is followed, no proxy of the environment is used, no body is read."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=PATIENCE_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"User-Agent": "Answerable", "Connection": "close"})
        return connection.getresponse().status
    finally:
        connection.close()
