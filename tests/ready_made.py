"""What takes seconds to make and is the same whoever asks: made once for a whole run, and copied from then on.

`python -m tests` gives all its processes one folder for it (`READY_MADE`); a process started otherwise has its own.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path


def ready_made(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, which `make` filled for the first who asked. Copy from it; it is everybody's."""
    shared = Path(os.environ.get("READY_MADE") or _of_this_process())
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=shared)) / "data"
            make(unfinished)
            unfinished.rename(folder)  # so what failed half-way is made again by the next
    return folder


@cache
def _of_this_process() -> str:
    folder = tempfile.mkdtemp(prefix="answerable-ready-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
