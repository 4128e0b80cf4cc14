"""Whether the record is whole. Reads only; written apart from ``record``, so that one can catch the other."""

from accounts import chain
from accounts.models import GENESIS
from incidents import markdown
from incidents.models import RecordEntry, RecordHead


def first_fault() -> str:
    """The first broken link in a sentence, or nothing: numbers, hashes, texts, their HTML, and the head at the end."""
    number, previous = 0, GENESIS
    for entry in RecordEntry.objects.in_order().iterator():
        number += 1
        if entry.number != number:
            return f"Entry {number} is missing: entry {entry.number} stands in its place."
        if entry.previous != previous or entry.hash != chain.link(previous, entry.hashed()):
            return f"Entry {number} does not follow from the entry before it."
        if trouble := _texts(entry):
            return f"Entry {number}: {trouble}"
        previous = entry.hash
    head = RecordHead.objects.get(pk=1)
    if (head.number, head.hash) != (number, previous):
        return f"The record ends at entry {number}, but its head is entry {head.number}."
    return ""


def _texts(entry: RecordEntry) -> str:
    approval = entry.approval
    if approval is None:
        return "" if not entry.body["texts"] else "it has texts that nobody approved."
    found = approval.text_digests()
    for field in sorted(found.keys() | entry.body["texts"].keys()):
        if found.get(field) != entry.body["texts"].get(field):
            return f"the text {field} is not the one that was published."
    if approval.renderer == markdown.RENDERER and approval.body_html != markdown.render(approval.body):
        return "the page shows other words than the approved ones."
    return ""
