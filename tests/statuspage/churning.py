"""A public face that is republished without a pause: tests.statuspage.churning:application, for granian.

Everything is real, with the desk's code loaded behind it, but the database: in its place stands a record that grows by
itself, one publication after the other, ``CHURN_PUBLICATIONS`` of them, ``CHURN_EVERY`` seconds apart from the first
question at ``/desk/`` on, after ``CHURN_HISTORY`` incidents that are over. The keeper compares as fast as it can, so that
as many editions as possible are swapped in, and copies each of them to the disk. ``/desk/`` says how far it is.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.urls import resolve  # noqa: E402

import clock  # noqa: E402
from statuspage import keeper, serving  # noqa: E402
from statuspage.entries import Entries, Entry  # noqa: E402
from statuspage.source import Head  # noqa: E402
from tests.statuspage.chronicle import Chronicle  # noqa: E402

PUBLICATIONS = int(os.environ.get("CHURN_PUBLICATIONS", "1000"))
EVERY = float(os.environ.get("CHURN_EVERY", "0.01"))
HISTORY = int(os.environ.get("CHURN_HISTORY", "0"))
OF_AN_INCIDENT = 4  # so many publications, and then the next incident begins: pages cool and are copied to the disk

story = Chronicle(begin=clock.now())
story.masthead(-PUBLICATIONS - 100 * HISTORY - 60 * 24 * 60)
past = Entries()


def _put_away() -> None:
    """Pack what has been written, as its reader does: this process is weighed."""
    global past  # noqa: PLW0603 - the one record of this process
    past = past.extended(story.entries[len(past) :])
    story.entries[:-1] = [None] * (len(story.entries) - 1)  # type: ignore[list-item]


for number in range(HISTORY):  # the last of them two months ago: they have cooled
    ended = -PUBLICATIONS - 100 * (HISTORY - number) - 60 * 24 * 60 + 60
    story.publish(ended - 30, f"old-{number}", next_update=ended)
    story.resolve(ended, f"old-{number}")
    if number % 250 == 249:
        _put_away()
_put_away()
revisions: set[int] = set()


def _grow() -> None:
    for number in range(1, PUBLICATIONS + 1):
        incident, when = f"incident-{(number - 1) // OF_AN_INCIDENT}", number - PUBLICATIONS
        if number % OF_AN_INCIDENT:
            story.publish(when, incident, text=f"News number {number}. " + "It goes on. " * (number * 7 % 97))
        else:
            story.resolve(when, incident)
        time.sleep(EVERY)


growing = threading.Thread(target=_grow, daemon=True)


def _head() -> Head:
    number = len(story.entries)
    revisions.add(number)
    return Head(revision=number, number=number, confirmed_at=None)


def _entries_after(number: int, upto: int) -> Iterator[Entry]:
    if number < len(past):
        yield from islice(past, number, None)
    yield from story.entries[max(number, len(past)) : upto]


def _told(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if growing.ident is None:
        growing.start()
    start_response("200 OK", [("Content-Type", "application/json")])
    said = {"published": len(story.entries) - 1, "editions": len(revisions), "done": not growing.is_alive()}
    return [json.dumps(said).encode()]


sys.setswitchinterval(0.00001)  # threads take turns often: what can be torn between two lines is torn sooner
keeper.source.head = _head
keeper.source.entries_after = _entries_after
keeper.COMPARE_EVERY_SECONDS = 0.001
resolve("/desk/")  # loads every view, form and operation, as a web process has them
application = serving.wrap(_told)
