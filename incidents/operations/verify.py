"""Whether the record is whole. Reads only; written apart from ``record``, so that one can catch the other.

What an entry hashes is its body. The columns beside it (whose incident, which approval) and those of the approval are
what the desk shows and the next operation goes by: they must say the same as the body, and as the log of who approved.
A direct message has no entry; of its words the log holds the digests.
"""

from typing import Any

from accounts import chain
from accounts.models import GENESIS, LogEntry
from incidents import markdown
from incidents.actions import Action
from incidents.models import Approval, RecordEntry, RecordHead, Statement
from incidents.models.approval import INTERNAL

TEXTS = "texts"  # the detail of the log that holds the digests of a direct message
Logged = dict[str, tuple[int, dict[str, Any]]]


def first_fault() -> str:
    """The first broken link in a sentence, or nothing: numbers, hashes, texts, their HTML, and the head at the end."""
    number, previous = 0, GENESIS
    logged, gone = _logged(), RecordEntry.taken_down()
    for entry in RecordEntry.objects.in_order().select_related("incident", "commitment", "promise").iterator():
        number += 1
        if entry.number != number:
            return f"Entry {number} is missing: entry {entry.number} stands in its place."
        if entry.previous != previous or entry.hash != chain.link(previous, entry.hashed()):
            return f"Entry {number} does not follow from the entry before it."
        if trouble := _beside(entry, logged, gone.get(entry.number, set())):
            return f"Entry {number}: {trouble}"
        previous = entry.hash
    head = RecordHead.objects.get(pk=1)
    if (head.number, head.hash) != (number, previous):
        return f"The record ends at entry {number}, but its head is entry {head.number}."
    return _of_messages(logged)


def _beside(entry: RecordEntry, logged: Logged, gone: set[str]) -> str:
    """What is wrong with what stands beside the hashed body. Nothing that was planted there may end the check."""
    try:
        return _texts(entry) or _gone(entry, gone) or _columns(entry) or _who(entry, logged)
    except (AttributeError, KeyError, TypeError, ValueError):
        return "what stands beside it cannot be read as what was published."


def _texts(entry: RecordEntry) -> str:
    approval = entry.approval
    if approval is None:
        return "" if not entry.body["texts"] else "it has texts that nobody approved."
    found = approval.text_digests()
    for field in sorted(found.keys() | entry.body["texts"].keys()):
        if found.get(field) != entry.body["texts"].get(field):
            return f"the text {field} is not the one that was published."
    page = chain.TAKEN_DOWN if "body" in approval.taken_down() else ""
    if page and approval.body_html != page:
        return "the page shows words that were taken down."
    if not page and approval.renderer == markdown.RENDERER and approval.body_html != markdown.render(approval.body):
        return "the page shows other words than the approved ones."
    return ""


def _gone(entry: RecordEntry, named: set[str]) -> str:
    """A text may be missing only where a later entry names it as taken down, and then it has to be gone."""
    erased = entry.approval.taken_down().keys() - set(INTERNAL) if entry.approval else set()
    for field in sorted(erased - named):
        return f"the text {field} is gone, and no entry says that it was taken down."
    for field in sorted(named - erased):
        return f"the text {field} was taken down, and it stands there still."
    return ""


def _columns(entry: RecordEntry) -> str:
    """The rows an entry points at, and the facts of its approval, against the hashed body."""
    said: dict[str, Any] = {name: entry.body.get(name) for name in ("incident", "commitment")}
    told: dict[str, Any] = {
        "incident": entry.incident.public_id if entry.incident else None,
        "commitment": entry.commitment.public_id if entry.commitment else None,
    }
    if entry.promise:
        said["entry"], told["entry"] = entry.body.get("entry"), entry.promise.made_in_id
    if entry.approval:
        said |= _approved(entry)
        told |= _facts_of(entry.approval)
    for name, value in told.items():
        if said[name] != value:
            return f"the {name.replace('_', ' ')} beside it is not the one that was published."
    return ""


def _approved(entry: RecordEntry) -> dict[str, Any]:
    body = entry.body
    return {
        "time": chain.instant(entry.at),
        "incident of the approval": entry.incident_id,
        "basis": body.get("basis", entry.approval.basis if entry.approval else ""),
        "kind": body.get("statement", ""),
        "status": body.get("status", ""),
        "impact": body.get("impact", ""),
        "components": body.get("components", {}) if "statement" in body else {},
        "commitments": [(made["id"], made["due_at"]) for made in body.get("commitments", [])],
        "names": {part: body[part] for part in ("organisation", "components")} if "organisation" in body else {},
        "corrects": body.get("corrects", []),
        **{field: body.get(field) for field in ("began_at", "next_update_at", "new_due_at")},
    }


def _facts_of(approval: Approval) -> dict[str, Any]:
    times = ("began_at", "next_update_at", "new_due_at")
    return {
        "time": chain.instant(approval.approved_at),
        "incident of the approval": approval.incident_id,
        "basis": approval.basis,
        "kind": approval.kind,
        "status": approval.public_status,
        "impact": approval.impact,
        "components": approval.component_states,
        "commitments": [(made["id"], made["due_at"]) for made in approval.commitments],
        "names": {part: value for part, value in approval.masthead.items() if part != "texts"},
        "corrects": approval.corrects,
        **{field: chain.instant(at) if (at := getattr(approval, field)) else None for field in times},
    }


def _logged() -> Logged:
    """By approval, who approved it and what the log, which has a chain of its own, says about it."""
    rows = LogEntry.objects.filter(object_kind=Approval._meta.label_lower, details__has_key="written_by")
    return {about: (actor, details) for about, actor, details in rows.values_list("object_id", "actor_id", "details")}


def _who(entry: RecordEntry, logged: Logged) -> str:
    if entry.approval is None:
        return ""
    return "" if _is_logged(entry.approval, logged) else "its approval is not the one that the log knows."


def _is_logged(approval: Approval, logged: Logged) -> bool:
    actor, said = logged.get(str(approval.pk), (None, {}))
    sealed = {name: value for name, value in said.items() if name != TEXTS}
    texts = said.get(TEXTS, {})
    return (actor, sealed) == (approval.approved_by_id, approval.sealed()) and (
        not texts or texts == approval.text_digests()
    )


def _of_messages(logged: Logged) -> str:
    """Of each direct message: that it is the one that was approved, and that a text is gone only where the log says so."""
    named = taken_down_of_messages()
    for message in Approval.objects.filter(kind=Statement.Kind.DIRECT).order_by("pk").iterator():
        if trouble := _of_message(message, logged, named.get(message.pk, set())):
            return f"Direct message of submission {message.submission_id}: {trouble}"
    return ""


def _of_message(message: Approval, logged: Logged, named: set[str]) -> str:
    try:
        if not _is_logged(message, logged):
            return "it is not the one that the log knows."
        erased = message.taken_down().keys() - set(INTERNAL)
    except (AttributeError, KeyError, TypeError, ValueError):
        return "it cannot be read as what was sent."
    for field in sorted(erased - named):
        return f"the text {field} is gone, and the log does not say that it was taken down."
    for field in sorted(named - erased):
        return f"the text {field} was taken down, and it stands there still."
    return ""


def taken_down_of_messages() -> dict[int, set[str]]:
    """By approval of a direct message, the fields that the log says were taken down."""
    done = (Action.REDACTED, Action.REDACTED_SOLO)
    found: dict[int, set[str]] = {}
    for details in LogEntry.objects.filter(action__in=done, details__has_key="message").values_list(
        "details", flat=True
    ):
        found.setdefault(details["message"], set()).update(details["fields"])
    return found
