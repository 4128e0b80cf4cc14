"""The parent of the web server and the jobs process: starts them, restarts what ends, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from django.conf import settings
from django.core.management.base import CommandError

from config import process

Say = Callable[[str], object]

RESTARTS_ALLOWED = 5
WITHIN_SECONDS = 60.0
GRACE_SECONDS = 4.0  # Ctrl-C ends everything within five
GRACE_IN_SERVICE_SECONDS = 25.0  # SIGTERM: nobody waits, and a message that is being handed over may be finished
THREADS = "4"


@dataclass
class Child:
    name: str
    command: list[str]
    popen: subprocess.Popen[bytes] | None = None
    ends: deque[float] = field(default_factory=deque)

    def start(self) -> None:
        """In a session of its own: Ctrl-C in a terminal reaches only the supervisor, which ends it in order."""
        self.popen = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            env=os.environ | {process.SUPERVISED_BY: str(os.getpid())},
            start_new_session=True,
            preexec_fn=process.death_signal(signal.SIGTERM),  # noqa: PLW1509 (no other thread runs at this point)
        )

    @property
    def has_ended(self) -> bool:
        return self.popen is None or self.popen.poll() is not None

    def send(self, number: int) -> None:
        """To the whole group: the web server has workers of its own."""
        if self.popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, number)

    def too_often(self) -> bool:
        now = time.monotonic()
        self.ends.append(now)
        while now - self.ends[0] > WITHIN_SECONDS:
            self.ends.popleft()
        return len(self.ends) >= RESTARTS_ALLOWED


def run(*, say: Say, welcome: Callable[[], str]) -> None:
    """Return when asked to stop (Ctrl-C, SIGTERM). Raises CommandError when a child cannot be kept alive."""
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    children = [Child("web server", _web()), Child("jobs process", _jobs())]
    try:
        for child in children:
            child.start()
        greeted = False
        while not stopping:
            _keep_alive(children, say=say)
            if not greeted and _answers():
                say(welcome())
                greeted = True
            time.sleep(0.05 if not greeted else 0.25)
    finally:
        _end(children, stopping)


def _keep_alive(children: list[Child], *, say: Say) -> None:
    for child in children:
        if not child.has_ended:
            continue
        child.send(signal.SIGKILL)  # what it may have left in its group, which could still hold the port
        if child.too_often():
            raise CommandError(
                f"The {child.name} ended {RESTARTS_ALLOWED} times within a minute, so everything was stopped. "
                "The lines above say why."
            )
        say(f"The {child.name} ended and is started again.")
        child.start()


def _end(children: list[Child], stopping: list[int]) -> None:
    for child in children:
        child.send(signal.SIGTERM)
    began = time.monotonic()
    while not all(child.has_ended for child in children):
        somebody_waits = not stopping or signal.SIGINT in stopping  # Ctrl-C after SIGTERM counts too
        if time.monotonic() - began > (GRACE_SECONDS if somebody_waits else GRACE_IN_SERVICE_SECONDS):
            break
        time.sleep(0.05)
    for child in children:
        child.send(signal.SIGKILL)
        if child.popen is not None:
            child.popen.wait()


def _answers() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.BIND, settings.BIND)  # noqa: S104 (compared, not bound)
    try:
        with socket.create_connection((host, settings.PORT), timeout=0.2):
            return True
    except OSError:
        return False


def _web() -> list[str]:
    options = {
        "--interface": "wsgi",
        "--host": settings.BIND,
        "--port": str(settings.PORT),
        "--workers": "1",
        "--blocking-threads": THREADS,
        "--workers-kill-timeout": "3",
        "--log-level": "warning",
    }
    flat = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "granian", *flat, "--no-ws", "--no-access-log", "config.wsgi:application"]


def _jobs() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "jobs"]
