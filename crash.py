"""Places at which a test may end this process, to see what the next one makes of it. In service they do nothing."""

import itertools
import os
import signal

from django.conf import settings
from django.db import transaction

_wanted, _, _nth = os.environ.get("CRASH_AT", "").partition(":")
_passed = itertools.count(1)


def point(name: str) -> None:
    """End the process as kill -9 does when ``name`` is passed for the n-th time and ``CRASH_AT=name:n`` asks for it.

    Honoured only where the clock may be moved: in tests and in the demo.
    """
    if name == _wanted and settings.CLOCK_MAY_MOVE and next(_passed) == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)


def after_commit(name: str) -> None:
    """The same, just after the caller's transaction is committed and before anything that waits for it."""
    if name == _wanted and settings.CLOCK_MAY_MOVE:
        transaction.on_commit(lambda: point(name))
