"""The names that the public reads, of the organisation and of its components: what they are once a change is approved.

Each masthead entry of the record is a whole snapshot, so that the newest one says it all. ``content`` of a change
holds, by name, what changes: ``name``, ``place``, ``contact`` and ``zone`` of the organisation; ``name``,
``description`` and ``position`` of a component.
"""

from copy import deepcopy
from typing import Any

from accounts.models import Organisation, User
from agents.models import Component
from incidents.models import Approval, MastheadChange, RecordEntry
from incidents.operations import record

Kind = MastheadChange.Kind
COLUMNS_OF_COMPONENT = {"name": "public_name", "description": "description", "position": "position"}
COLUMNS_OF_ORGANISATION = {"name": "name", "place": "place", "contact": "contact", "zone": "time_zone"}


def public() -> dict[str, Any]:
    """What the public reads now: zone, components in order, and every text by its field."""
    last = RecordEntry.objects.filter(kind=RecordEntry.Kind.MASTHEAD).select_related("approval").first()
    if last is None or last.approval is None:
        return {"organisation": {"zone": "UTC"}, "components": [], "texts": {}}
    return deepcopy(last.approval.masthead)


def snapshot(change: MastheadChange) -> dict[str, Any]:
    """What the public reads once ``change`` is approved. At the founding that is every component there is."""
    found = public()
    if change.component:
        _put_component(found, change.component, change.content)
    else:
        _put_organisation(found, change.content)
    if change.kind == Kind.FOUNDING:
        for component in Component.objects.all():
            _put_component(found, component, {})
    found["components"].sort(key=lambda row: (row["position"], row["id"]))
    return found


def apply(change: MastheadChange, approval: Approval, *, by: User) -> RecordEntry:
    """Carry out what was approved, inside the approval's transaction, and enter it into the record."""
    if change.component:
        values = {COLUMNS_OF_COMPONENT[name]: value for name, value in change.content.items()}
        Component.objects.filter(pk=change.component.pk).update(**values)
    else:
        values = {COLUMNS_OF_ORGANISATION[name]: value for name, value in change.content.items()}
        Organisation.objects.filter(pk=1).update(**values)
    body = {name: approval.masthead[name] for name in ("organisation", "components")}
    return record.enter(RecordEntry.Kind.MASTHEAD, at=approval.approved_at, by=by, approval=approval, body=body)


def _put_organisation(found: dict[str, Any], content: dict[str, Any]) -> None:
    for name, value in content.items():
        if name == "zone":
            found["organisation"]["zone"] = value
        else:
            _put_text(found, f"organisation.{name}", value)


def _put_component(found: dict[str, Any], component: Component, content: dict[str, Any]) -> None:
    position = content.get("position", component.position)
    others = [row for row in found["components"] if row["id"] != component.public_id]
    found["components"] = [*others, {"id": component.public_id, "position": position}]
    _put_text(found, f"component.{component.public_id}.name", content.get("name", component.public_name))
    _put_text(found, f"component.{component.public_id}.description", content.get("description", component.description))


def _put_text(found: dict[str, Any], field: str, text: str) -> None:
    if text:
        found["texts"][field] = text
    else:
        found["texts"].pop(field, None)
