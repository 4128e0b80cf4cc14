"""What kind of process this is, decided by its entry point before the settings are read.

A web process must never make a visitor wait for a slow database or broker; a worker may wait longer. The entry
point says so here, because an environment variable would be inherited by children it does not fit.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

serves_web = False
runs_jobs = False

_PR_SET_PDEATHSIG = 1
SUPERVISED_BY = "ANSWERABLE_SUPERVISOR"  # set by `manage.py serve` for its children: the process id to follow


def death_signal(number: int) -> Callable[[], None]:
    """Return a function for a new child to call: the kernel sends it `number` when its parent dies. Linux only.

    The library is opened here, before the fork, because a child between fork and exec may hardly do anything.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, number)


def end_with_parent() -> None:
    """End this process when the one that started it is gone: no orphan keeps the port or the clock."""
    if not os.environ.get(SUPERVISED_BY):
        return
    parent = os.getppid()
    death_signal(signal.SIGTERM)()
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    """Where the kernel sends no signal, or sent it before it was asked to, this notices within a second."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os._exit(1)
