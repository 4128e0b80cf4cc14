"""What the public reads now and a statement would put something else in place of: part of what its approver consents to.

Statements of different lanes wait beside each other. Whichever is approved first changes what the other one replaces, and may
say what the other one's author did not know: the advice of a warning, a correction, that it is over. Then the other one is
stale, and its author looks at it again. Where they do not contradict each other, both go out as they were submitted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Subquery

from accounts import chain
from incidents.models import Approval, Incident, RecordEntry, Statement
from incidents.models.record import RecordEntryQuerySet

NAMES = ("replaces", "taken_down", "last_correction")  # of what ``content`` holds
CHOSEN = ("public_status", "impact")
WRITTEN = ("affected", "what_to_do")  # what stands beside the newest words until something else is said


def told(incident: Incident) -> list[RecordEntry]:
    """What the public was told of it, the newest first."""
    return list(RecordEntry.objects.publications().filter(incident=incident).select_related("approval"))


def last_correction(incident: Any) -> Subquery:
    """The number of the last correction of the incident that this column names, or that this is."""
    return Subquery(_corrections(incident).values("number")[:1])


def _corrections(incident: Any) -> RecordEntryQuerySet:
    """The newest first."""
    return RecordEntry.objects.publications().filter(approval__kind=Statement.Kind.CORRECTION, incident=incident)


def at_hand(statement: Any, last: int | None) -> None:
    """For a page, which asks once and has asked for the ``last_correction``. An operation asks the database each time."""
    statement.told_at_hand = told(statement.incident) if statement.is_public else []
    statement.last_correction_at_hand = last


def content(statement: Statement, corrected: Sequence[int] = ()) -> dict[str, Any]:
    """What a dossier holds of it: nothing where nothing is put in the place of anything. ``corrected``: by the statement."""
    known: list[RecordEntry] | None = getattr(statement, "told_at_hand", None)
    entries = told(statement.incident) if known is None and statement.is_public else known or []
    found: dict[str, Any] = {"replaces": _replaces(statement, entries) if statement.is_public else {}}
    found["taken_down"] = [one.number for one in reversed(entries) if one.number in corrected and _said(one).redacted]
    if statement.kind != Statement.Kind.CORRECTION:
        found["last_correction"] = _last_correction(statement, entries)
    return {name: value for name, value in found.items() if value}


def _last_correction(statement: Statement, entries: list[RecordEntry]) -> int | None:
    """Of a direct message, for which nothing else that is public is read, it is asked for."""
    if statement.is_public:
        return last_of_corrections(entries)
    if hasattr(statement, "last_correction_at_hand"):
        at_hand: int | None = statement.last_correction_at_hand
        return at_hand
    return _corrections(statement.incident_id).values_list("number", flat=True).first()


def last_of_corrections(entries: list[RecordEntry]) -> int | None:
    """Its number, of what the public was told, the newest first."""
    return next((one.number for one in entries if _said(one).kind == Statement.Kind.CORRECTION), None)


def _replaces(statement: Statement, entries: list[RecordEntry]) -> dict[str, Any]:
    """By field what the public reads, where the statement says something else. Of words the entry that said them first."""
    if not entries:
        return {}
    last = _said(entries[0])
    found: dict[str, Any] = {field: getattr(last, field) for field in CHOSEN}
    found = {field: value for field, value in found.items() if value != getattr(statement, field)}
    began = began_at(entries)
    if began and statement.began_at and began != statement.began_at:
        found["began_at"] = chain.instant(began)
    for field in WRITTEN:
        said, number = _first_to_say(field, entries)
        if said and said != getattr(statement, field) and not _is_of_a_warning(field, statement.kind):
            found[field] = number
    states = RecordEntry.states_told(entries)
    changed = statement.component_states.items()
    return found | {key: states[key] for key, state in changed if states.get(key, state) != state}


def began_at(entries: list[RecordEntry]) -> datetime | None:
    """When the public was told last that it began. Not all words say so."""
    return next((at for one in entries if (at := _said(one).began_at)), None)


def _first_to_say(field: str, entries: list[RecordEntry]) -> tuple[str, int]:
    """The newest words of this field, and the entry since which they stand unchanged. Which words is not copied."""
    said, number = "", 0
    for one in entries:
        words = "" if _is_of_a_warning(field, _said(one).kind) else _said(one).says(field)
        if said and words not in ("", said):
            break
        if words:
            said, number = words, one.number
    return said, number


def _is_of_a_warning(field: str, kind: str) -> bool:
    """Whom it warns, which takes back nothing of who is affected."""
    return field == "affected" and kind == Statement.Kind.WARNING


def _said(entry: RecordEntry) -> Approval:
    assert entry.approval is not None  # noqa: S101 - a publication is approved words; the database holds it to that
    return entry.approval
