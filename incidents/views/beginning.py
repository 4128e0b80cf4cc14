"""What a statement begins with: the answers of the builder, or nothing yet."""

from typing import Any

from django.http import HttpRequest

import clock
from incidents.context import rail_of
from incidents.forms.builder import BUILT, BuilderForm
from incidents.models import ContainmentAction, Incident

BUILD = "build"  # the button of the builder; without it an empty draft is begun


def builder(request: HttpRequest, incident: Incident, kind: str) -> BuilderForm | None:
    """The form of the kinds that are built, with what was typed into it if it was sent."""
    if kind not in BUILT:
        return None
    data = request.POST if request.method == "POST" and BUILD in request.POST else None
    in_force = incident.containment_actions.filter(state=ContainmentAction.State.DONE)
    return BuilderForm(data, incident=incident, actions=in_force, zone=request.user.time_zone)


def words(request: HttpRequest, form: BuilderForm | None) -> dict[str, Any]:
    """The fields with which the statement begins, from a form that is valid."""
    if form is None or not form.is_bound:
        return {}
    organisation = rail_of(request).organisation
    return form.words(zone=organisation.zone if organisation else "UTC", now=clock.now())
