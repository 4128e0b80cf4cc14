"""Checking the log: does every entry still follow from the one before?"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from accounts import chain
from accounts.log import body_of
from accounts.models import GENESIS, LogEntry, LogHead


class Verdict(NamedTuple):
    """How many entries were read, and what is wrong with the first one that is; nothing when the log holds."""

    entries: int
    broken: str


def verify_log() -> Verdict:
    """Recompute the whole chain, oldest entry first, and compare its end with the head."""
    behind = LogEntry.objects.order_by("-number").values_list("number", flat=True).first() or 0
    head = LogHead.objects.get(pk=1)  # read after it: whatever was written meanwhile moved the head as well
    read, number, previous = 0, 0, GENESIS
    for entry in LogEntry.objects.filter(number__lte=head.number).order_by("number").iterator():
        read += 1
        if broken := _fault(entry, number, previous):
            return Verdict(read, broken)
        number, previous = entry.number, entry.hash
    if (number, previous) != (head.number, head.hash):
        return Verdict(read, f"Entry {number + 1} is missing: the log ends before its head, number {head.number}.")
    if behind > head.number:
        return Verdict(read, f"Entry {behind} stands behind the end of the log, number {head.number}.")
    return Verdict(read, "")


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
