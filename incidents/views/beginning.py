"""What a statement begins with: the answers of the builder, or nothing yet."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

import clock
from incidents.context import rail_of
from incidents.forms.builder import BUILT, BuilderForm
from incidents.forms.direct import GroupForm
from incidents.models import ContainmentAction, Incident, Statement, StatementTemplate
from incidents.operations import template as templates

MOST_DIGITS = 18
BUILD = "build"  # the button of the builder; without it an empty draft is begun


def builder(request: HttpRequest, incident: Incident, kind: str) -> BuilderForm | None:
    """The form of the kinds that are built, with what was typed into it if it was sent."""
    if kind not in BUILT:
        return None
    data = request.POST if request.method == "POST" and BUILD in request.POST else None
    in_force = incident.containment_actions.filter(state=ContainmentAction.State.DONE)
    return BuilderForm(data, incident=incident, actions=in_force, zone=request.user.time_zone)


def group(request: HttpRequest, kind: str) -> GroupForm | None:
    """The form that asks whom a direct message goes to."""
    if kind != Statement.Kind.DIRECT:
        return None
    return GroupForm(request.POST if request.method == "POST" else None)


def choices(request: HttpRequest, incident: Incident, kind: str) -> list[tuple[StatementTemplate, dict[str, str]]]:
    """The templates of this kind with their texts as a draft would begin, the best match first."""
    organisation = rail_of(request).organisation
    fitting = StatementTemplate.objects.fitting(incident, kind)
    return [(one, templates.words(one, incident, organisation=organisation)) for one in fitting]


def chosen(request: HttpRequest) -> StatementTemplate | None:
    """The template that was sent with the button, if any."""
    named = request.POST.get("template", "")
    if not named:
        return None
    if not named.isdecimal() or len(named) > MOST_DIGITS:
        raise Http404
    return get_object_or_404(StatementTemplate, pk=int(named))


def words(request: HttpRequest, form: BuilderForm | None) -> dict[str, Any]:
    """The fields with which the statement begins, from a form that is valid."""
    if form is None or not form.is_bound:
        return {}
    organisation = rail_of(request).organisation
    return form.words(zone=organisation.zone if organisation else "UTC", now=clock.now())
