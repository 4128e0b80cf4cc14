"""Keeps the edition of this process fresh, off the request path.

One thread compares four times a second: has the record moved, was there a new confirmation, has a moment passed at which
a page changes by itself? If so it builds the next edition and swaps one reference. It never steps back. When anything
fails, the last good edition stays, the log says so, and `status` tells the desk.
"""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, connections

import clock
from statuspage import source
from statuspage.disk import Disk
from statuspage.edition import Edition, build, unavailable
from statuspage.fold import BrokenChain, extend
from statuspage.record import PublicRecord

logger = logging.getLogger("statuspage")

COMPARE_EVERY_SECONDS = 0.25
FIRST_BUILD_SECONDS = 20.0


@dataclass(frozen=True)
class Status:
    """For the desk. `problem` and `disk_problem` are sentences, empty when all is well."""

    entry: int = 0
    built_at: datetime | None = None
    compared_at: datetime | None = None
    problem: str = ""
    problem_since: datetime | None = None
    disk_problem: str = ""


class Keeper:
    def __init__(self, folder: Path) -> None:
        self.edition: Edition | None = None
        self.status = Status()
        self._disk = Disk(folder)
        self._record = PublicRecord()
        self._revision = -1
        self._moved = False
        self._confirmed_at: datetime | None = None
        self._latest_now: datetime | None = None
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._ready = threading.Event()

    # The thread

    def start(self) -> None:
        """Idempotent, and cheap once it runs. Started by the first request, so that importing has no effect."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._stop.clear()
                self._thread = threading.Thread(target=self._run, name="edition", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def first(self) -> Edition:
        """The edition, waiting for the very first one. A page that apologises if even that cannot be made."""
        self.start()
        self._ready.wait(FIRST_BUILD_SECONDS)
        return self.edition or unavailable()

    def _run(self) -> None:
        try:
            while True:
                self.tick()
                if self._stop.wait(COMPARE_EVERY_SECONDS):
                    return
        finally:
            connections.close_all()

    # One comparison

    def tick(self) -> None:
        """Compare, and build if something moved. Never raises: the last good edition stays."""
        try:
            trouble = self._read()
            self._renew()
        except Exception:  # noqa: BLE001 - whatever fails here, readers keep the last good pages
            self._say("The public pages could not be renewed, so the last good ones are shown.", with_traceback=True)
        else:
            self._say(trouble)
        self._ready.set()

    def _read(self) -> str:
        """Take over what is new in the database. Returns what is wrong with it, in a sentence."""
        try:
            head = source.head()
            self._advance(head)
        except DatabaseError:
            connections.close_all()
            if self.edition is None:
                self._recall()
            return "The database does not answer, so the public pages show what was last read."
        except BrokenChain:
            return "The database holds another record than was published here. Was it replaced? Restart to show it."
        if head.number < self._record.number:
            return "The database holds less than was published. Was an older copy restored? Restart to show it."
        self.status = replace(self.status, compared_at=self._now())
        return ""

    def _advance(self, head: source.Head) -> None:
        if (head.revision, head.confirmed_at) == (self._revision, self._confirmed_at) and self.edition:
            return
        if head.number > self._record.number:
            longer = extend(self._record, source.entries_after(self._record.number, head.number))
            if longer.redacted_in > self._record.redacted_in:  # words are gone from entries that were read before
                longer = extend(PublicRecord(), source.entries_after(0, head.number))
            self._record = longer
        self._confirmed_at = max(filter(None, (self._confirmed_at, head.confirmed_at)), default=None)
        self._revision = head.revision
        self._moved = True

    def _recall(self) -> None:
        """A process that starts while the database is away begins with what the disk remembers."""
        found = self._disk.load()
        if found is not None:
            self._record, self._confirmed_at = found.record, found.confirmed_at
            self._moved = True

    def _renew(self) -> None:
        now, current = self._now(), self.edition
        due = current is not None and now >= current.next_change_at
        if not self._moved and not due:
            return
        self.edition = build(self._record, self._confirmed_at, now, before=current, closed=self._disk.closed)
        self.status = replace(self.status, entry=self._record.number, built_at=now)
        if self._moved:
            self._moved = False
            self._remember()

    def _remember(self) -> None:
        try:
            self._disk.save(self._record, self._confirmed_at)
            self.status = replace(self.status, disk_problem="")
        except OSError as error:
            if not self.status.disk_problem:
                logger.error("The copy of the public pages on disk could not be written: %s", error)
            sentence = f"The copy of the public pages on disk could not be written ({error.strerror or error})."
            self.status = replace(self.status, disk_problem=sentence)

    def _now(self) -> datetime:
        """The clock, which may be set back; what has passed has passed."""
        self._latest_now = max(filter(None, (self._latest_now, clock.now())))
        return self._latest_now

    def _say(self, trouble: str, *, with_traceback: bool = False) -> None:
        """Tell the log once, and the desk for as long as it lasts."""
        if trouble == self.status.problem:
            return
        if trouble:
            logger.error(trouble, exc_info=with_traceback)
        self.status = replace(self.status, problem=trouble, problem_since=self._now() if trouble else None)
