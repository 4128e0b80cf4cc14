"""What the tables of incidents say about each one: who commands, whether it still acts, what is notable."""

from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery

from incidents.models import ContainmentAction, Incident, Promise, RecordEntry, RoleHeld
from incidents.models.incident import IncidentQuerySet

HELD = RoleHeld.objects.filter(until=None).select_related("user").only("incident", "role", "user__name")


def seated(incidents: IncidentQuerySet) -> IncidentQuerySet:
    """With the agent and the names of those who hold a seat, and no more of either: `with_people` for long tables."""
    return incidents.select_related("agent").prefetch_related(
        Prefetch("roles_held", queryset=HELD, to_attr="present_roles")
    )


def with_signs(incidents: IncidentQuerySet) -> list[Any]:
    """With agent, people, containment in force, unanswered promise and last publication, in two queries.

    Sets `stopped` (words), `promised_at`, `last` (the key of the entry that the public reads now), `seats` and `signs` on
    each.
    """
    in_force = ContainmentAction.objects.filter(incident=OuterRef("pk"), state=ContainmentAction.State.DONE)
    unanswered = Promise.objects.unanswered().filter(incident=OuterRef("pk")).order_by("due_at")
    publications = RecordEntry.objects.publications().filter(incident=OuterRef("pk")).order_by("-number")
    found: list[Any] = list(
        seated(incidents).annotate(
            stopped=Subquery(in_force.order_by("planned_at", "pk").values("text")[:1]),
            promised_at=Subquery(unanswered.values("due_at")[:1]),
            last=Subquery(publications.values("pk")[:1]),
        )
    )
    for incident in found:
        incident.signs = _signs(incident)
        incident.seats = [(role, incident.holder(role)) for role in RoleHeld.Role]
    return found


def _signs(incident: Any) -> list[str]:
    """What is notable about one incident, as short sentences below its title."""
    if incident.state == Incident.State.DRAFT:
        return ["To be opened by its commander"]
    said = []
    if incident.is_public and not incident.last:
        said.append("No public message yet")
    if not incident.communications_lead:
        said.append("No communications lead")
    if not incident.technical_lead:
        said.append("No technical lead")
    return said
