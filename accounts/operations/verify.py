"""Checking the log: does every entry still follow from the one before, and are the rows that it keeps as they were?"""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from django.db import models

from accounts import chain
from accounts.log import body_of
from accounts.models import GENESIS, KeptModel, LogEntry, LogHead
from accounts.models.kept import kept_models, label, seal

AT_ONCE = 500  # rows of each table in memory
ERASED = "erased"  # the detail of an entry that says which texts of which kept rows were taken down
NONSENSE = (KeyError, AttributeError, TypeError, ValueError)  # what a value that belongs into no such column may cause

M = TypeVar("M", bound=models.Model)


class Verdict(NamedTuple):
    """What is wrong with the first thing that is, or nothing when the log holds; how many entries and kept rows were read."""

    entries: int
    broken: str
    rows: int = 0


class Unreadable(Exception):
    """Something was planted that no column of its kind can hold."""


def verify_log() -> Verdict:
    """Recompute the whole chain, oldest entry first, beside the rows that it keeps, and compare its end with the head."""
    try:
        return _verdict()
    except Unreadable as trouble:
        return Verdict(0, str(trouble))


def _verdict() -> Verdict:
    behind = LogEntry.objects.order_by("-number").values_list("number", flat=True).first() or 0
    head = LogHead.objects.get(pk=1)  # read after it: whatever was written meanwhile moved the head as well
    read, number, previous, kept = 0, 0, GENESIS, _Kept()
    for entry in _read(LogEntry.objects.filter(number__lte=head.number).order_by("number")):
        read += 1
        if broken := _fault(entry, number, previous) or kept.fault(entry):
            return Verdict(read, broken)
        number, previous = entry.number, entry.hash
    if (number, previous) != (head.number, head.hash):
        return Verdict(read, f"Entry {number + 1} is missing: the log ends before its head, number {head.number}.")
    if behind > head.number:
        return Verdict(read, f"Entry {behind} stands behind the end of the log, number {head.number}.")
    return Verdict(read, kept.left_over() or kept.taken_past_the_log(), kept.read)


def faults(entries: Iterable[LogEntry]) -> list[str]:
    """What is wrong among neighbouring entries, newest first: for a page of the log."""
    found = []
    for entry, before in pairwise(entries):
        found.append(_fault(entry, before.number, before.hash))
    return [fault for fault in found if fault]


def _fault(entry: LogEntry, number: int, previous: str) -> str:
    if entry.number != number + 1:
        return f"Entry {number + 1} is missing."
    if entry.previous != previous:
        return f"Entry {entry.number} does not follow from the entry before it."
    if entry.hash != chain.link(entry.previous, body_of(entry)):
        return f"Entry {entry.number} was changed after it was written."
    return ""


class _Kept:
    """The kept rows of all tables, read beside the log: both come in the order of the entries."""

    def __init__(self) -> None:
        self.read = 0
        self._taken: dict[str, tuple[str, set[str]]] = {}
        self._said: dict[str, set[str]] = {}
        self._models = {model._meta.label_lower: model for model in kept_models()}
        tables = (_read(model._base_manager.order_by("log_entry_id", "pk")) for model in self._models.values())
        self._rows = merge(*tables, key=_place)
        self._next = next(self._rows, None)

    def fault(self, entry: LogEntry) -> str:
        """Whether the rows that point to this entry are those that it keeps, each as it was."""
        kept = {row["row"]: row for row in entry.kept}
        for name, paths in entry.details.get(ERASED, {}).items():
            self._said.setdefault(name, set()).update(paths)
        for row in self._up_to(entry.number):
            if trouble := self._changed(row, kept.pop(label(row), None)):
                return trouble
        for gone in kept.values():
            return f"The {self._spoken_of(gone)} is missing: entry {entry.number} keeps it."
        return ""

    def left_over(self) -> str:
        """Rows that no entry was there for. Those of entries that were written meanwhile are for the next time."""
        newest = LogHead.objects.values_list("number", flat=True).get(pk=1) if self._next else 0
        while self._next:
            if not 0 < _place(self._next) <= newest:
                return _planted(self._next)
            self._next = next(self._rows, None)
        return ""

    def taken_past_the_log(self) -> str:
        """A text may be gone only where an entry, a later one, says that it was taken down."""
        for name, (spoken_of, paths) in self._taken.items():
            if not paths <= self._said.get(name, set()):
                return f"The {spoken_of} lost words that no entry says were taken down."
        return ""

    def _up_to(self, number: int) -> Iterator[KeptModel]:
        while self._next and _place(self._next) <= number:
            yield self._next
            self.read += 1
            self._next = next(self._rows, None)

    def _changed(self, row: KeptModel, kept: dict[str, Any] | None) -> str:
        if kept is None:
            return _planted(row)
        try:
            same = seal(row) == kept["seal"]
            if row.redacted is not None:
                self._taken[label(row)] = (self._spoken_of(kept), set(row.redacted["digests"]))
        except NONSENSE:
            same = False
        return "" if same else f"The {self._spoken_of(kept)} was changed after it was written."

    def _spoken_of(self, kept: dict[str, Any]) -> str:
        table, _, pk = kept["row"].partition(":")
        return self._models[table].spoken_of(pk, kept["of"])


def _place(row: KeptModel) -> int:
    """The number of the entry that keeps the row. What points to none comes before the first."""
    return row.log_entry_id if isinstance(row.log_entry_id, int) else 0


def _planted(row: KeptModel) -> str:
    return f"The {row.spoken_of(row.pk, row.part_of)} was put or moved there past the log."


def _read(rows: models.QuerySet[M]) -> Iterator[M]:
    """One batch after the other. Raises ``Unreadable`` at a row whose values are none of their columns'."""
    try:
        yield from rows.iterator(chunk_size=AT_ONCE)
    except NONSENSE as trouble:
        row = f"{rows.model._meta.verbose_name} in row {_unreadable(rows)}"
        raise Unreadable(f"The {row} cannot be read: it was changed or planted.") from trouble


def _unreadable(rows: models.QuerySet[M]) -> Any:
    for key in rows.values_list("pk", flat=True).iterator():
        try:
            rows.get(pk=key)
        except NONSENSE:
            return key
    return "unknown"
