"""Where words stand that are to be taken down, or were: named so that a person knows the place, with the way to it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model
from django.urls import reverse

from incidents.models import Approval, Incident, MastheadChange, StatementTemplate
from incidents.operations import elsewhere, places
from stakeholders.models import StakeholderGroup

MODELS: dict[str, type[Model]] = {
    "incident": Incident,
    "names": MastheadChange,
    "template": StatementTemplate,
    "group": StakeholderGroup,
}
KEEPING = ("incident", "names")  # whose rows are written once in part


class Somewhere(NamedTuple):
    """A place as a page names it. ``is_approved``: its words go by a proposal of their own; else somebody edits them there, but
    for what is written once, where it ``keeps`` such rows."""

    called: str
    address: str
    is_approved: bool
    sent_at: datetime | None = None
    keeps: bool = False


def staying(plan: places.Plan) -> list[Somewhere]:
    """While it waits: what would be left."""
    approved = [_approved(one.approval) for one in plan.staying]
    return [*approved, *inside(one.name for one in plan.inside).values()]


def standing(left: Iterable[dict[str, Any]]) -> list[Somewhere]:
    """Once it is done: of `Redaction.left` the entries and messages that say those texts still, and what is inside."""
    said = {one["approval"]: one["fields"] for one in left if "approval" in one}
    found = Approval.objects.filter(pk__in=said).select_related("entry", "submission__statement__group")
    still = [one for one in found if not one.taken_down().keys() >= set(said[one.pk])]
    return [*map(_approved, still), *inside(one["inside"] for one in left if "inside" in one).values()]


def inside(names: Iterable[str]) -> dict[str, Somewhere]:
    """By the name that `elsewhere.Inside` has. What is gone is left out."""
    keys: dict[str, list[int]] = {}
    for kind, _, pk in (name.partition(":") for name in names):
        keys.setdefault(kind, []).append(int(pk))
    return {
        f"{kind}:{row.pk}": Somewhere(*_inside(row), is_approved=False, keeps=kind in KEEPING)
        for kind, pks in keys.items()
        for row in MODELS[kind]._base_manager.filter(pk__in=pks).order_by("pk")
    }


def offered(found: Iterable[elsewhere.Inside]) -> list[tuple[str, str]]:
    """The boxes on the page that proposes it."""
    rows = list(found)
    places = inside(one.name for one in rows)
    return [(one.name, f"Inside, in {places[one.name].called}: {'; '.join(one.called)}") for one in rows]


def _approved(approval: Approval) -> Somewhere:
    about = approval.submission.statement
    if about and not about.is_public:
        at = reverse("desk:take_down_message", args=[approval.pk])
        return Somewhere(f"the direct message to {about.group}", at, is_approved=True, sent_at=approval.approved_at)
    number = approval.entry.number
    return Somewhere(f"entry {number}", reverse("desk:take_down", args=[number]), is_approved=True)


def _inside(row: Model) -> tuple[str, str]:
    if isinstance(row, Incident):
        return f"incident {row.pk}, {row.title}", reverse("desk:incident", args=[row.pk])
    if isinstance(row, StatementTemplate):
        return f"the template “{row}”", reverse("desk:template", args=[row.pk])
    if isinstance(row, StakeholderGroup):
        return f"what is kept for {row}", reverse("desk:group", args=[row.pk])
    return "a change of names that waits", reverse("desk:approvals")
