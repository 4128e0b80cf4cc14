"""Run as a program: a parent that has imported the code and done nothing, and forks one process for each act it is asked for.

Each act is a process of its own, with its own connections, and may end by a real SIGKILL. Forking spares the second that a
fresh interpreter takes to import everything, so that every place of the whole chain can be swept on every change.

Reads one JSON list of orders per line, runs them at the same moment, and answers with one JSON list: for each its status
(negative: the signal that ended it) and what it returned, or the traceback it left.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django


def main() -> None:
    django.setup()
    from tests.faults import acts, migrating

    known = acts.ACTS | migrating.ACTS
    for line in sys.stdin:
        started = [_start(order, known[order["act"]]) for order in json.loads(line)]
        print(json.dumps([_ended(*one) for one in started]), flush=True)  # noqa: T201


def _start(order: dict[str, Any], act: Callable[..., Any]) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    status = 1
    try:
        _settle_in(order)
        answer = act(**order.get("with", {}))
        _connections().close_all()  # SQLite writes its log back into the file, which is then whole by itself
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the test shows it
        answer = traceback.format_exc()
    os.write(writing, json.dumps(answer).encode())
    os._exit(status)


def _connections() -> Any:
    from django.db import connections

    return connections


def _settle_in(order: dict[str, Any]) -> None:
    """What the environment and the settings would have said to a process started for this order."""
    from django.conf import settings

    import clock
    import crash

    if order.get("tell"):
        Path(order["tell"]).write_text(str(os.getpid()))
    os.environ["CRASH_AT"] = order.get("crash", "")
    importlib.reload(crash)
    for name, value in order.get("settings", {}).items():
        setattr(settings, name, value)
    _connections().settings["default"].update(order["database"])
    clock._database_clock.forget()


def _ended(child: int, reading: int) -> dict[str, Any]:
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"status": status, "said": json.loads(said) if said else None}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.processes.settings")
    main()
