"""The first hour: all steps on one page, which prints as the template to fill in, and each step on its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from incidents import clock_signs, permissions
from incidents.first_hour import FirstHour, Line
from incidents.forms.triage import ExemptForm, ReopenStepForm, TickForm
from incidents.models import Incident, TriageEntry
from incidents.operations import triage as operations
from incidents.permissions_map import can_read_map
from incidents.views.answers import page
from refusals import Refused

SETTLED_SHOWN = 6


@dataclass(frozen=True)
class Shown:
    """A line and the address behind its name; everything else is the line's own."""

    line: Line
    href: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.line, name)


def shown(lines: Iterable[Line], incident: Incident, user: User) -> list[Shown]:
    """Open steps that tick themselves lead to where the work is done, if this reader may do it; others to their own page."""
    return [Shown(line, _place(line, incident, user)) for line in lines]


def in_the_room(hour: FirstHour, incident: Incident, user: User) -> dict[str, Any]:
    """What is open, all of it, and what was settled last; the page of all steps has the rest."""
    newest = sorted(hour.settled, key=lambda line: line.at or incident.detected_at, reverse=True)
    return {
        "hour": hour,
        "hour_open": shown(hour.open, incident, user),
        "hour_settled": shown(newest[:SETTLED_SHOWN], incident, user),
        "hour_settled_before": max(0, len(newest) - SETTLED_SHOWN),
        "ticks": permissions.can_work(user) and not incident.is_final,
    }


def _place(line: Line, incident: Incident, user: User) -> str:
    if not line.is_open or line.may_tick_by_hand:
        return reverse("desk:triage", args=[line.entry.pk])
    view, part = line.step.place
    may = {
        "fact_new": permissions.can_report_fact,
        "containment_new": permissions.can_act_on_containment,
        "describe": permissions.can_command,
        "map": lambda user, _incident: can_read_map(user),
    }.get(view, lambda _user, _incident: True)
    if incident.is_final or not may(user, incident):
        return reverse("desk:triage", args=[line.entry.pk])
    return reverse(f"desk:{view}", args=[incident.pk]) + part


@require_safe
def first_hour(request: HttpRequest, pk: int) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.with_people().select_related("declared_by"), pk=pk)
    hour = operations.of(incident)
    context = in_the_room(hour, incident, request.user)
    lines = shown(hour.lines, incident, request.user)
    return page(request, "first_hour", context | {"incident": incident, "hour_lines": lines})


@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk)


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    form = TickForm(request.POST)
    return _say(request, pk, "tick_form", form, operations.tick, "Ticked, in your name.")


@require_POST
def exempt(request: HttpRequest, pk: int) -> HttpResponse:
    form = ExemptForm(request.POST)
    return _say(request, pk, "exempt_form", form, operations.leave_out, "Left out, in your name.")


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReopenStepForm(request.POST)
    return _say(request, pk, "reopen_form", form, operations.reopen, "Open again.")


def _say(request: HttpRequest, pk: int, name: str, form: forms.Form, operation: Any, said: str) -> HttpResponse:
    """Say it in this person's name; refused, the step comes back with the form as it was typed."""
    found = get_object_or_404(TriageEntry, pk=pk)
    if not form.is_valid():
        return _page(request, pk, status=422, **{name: form})
    try:
        found = operation(found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, pk, refusal=refusal, **{name: form})
    messages.success(request, said)
    if request.POST.get("to") == "page":
        return redirect(f"{reverse('desk:first_hour', args=[found.incident_id])}#step-{found.step}")
    return redirect(f"{reverse('desk:incident', args=[found.incident_id])}#first-hour")


def _page(
    request: HttpRequest, pk: int, *, refusal: Refused | None = None, status: int = 200, **filled: forms.Form
) -> HttpResponse:
    found = get_object_or_404(TriageEntry, pk=pk)
    incident = Incident.objects.with_people().select_related("declared_by").get(pk=found.incident_id)
    line = operations.of(incident).line(found)
    (seen,) = shown([line], incident, request.user)
    context = {"incident": incident, "line": seen, "typed": next(iter(filled.values()), None)}
    if line.step.alters and can_read_map(request.user):
        context["bars_change"] = clock_signs.bars_change(incident)
    return page(
        request, "triage", context | _forms(line, incident, request.user) | filled, refusal=refusal, status=status
    )


def _forms(line: Line, incident: Incident, user: User) -> dict[str, forms.Form | None]:
    """Those that would work for this reader, as the step stands."""
    works, commands = (may and not incident.is_final for may in (permissions.can_work(user), _commands(user, incident)))
    said = {"ticked": works, "left_out": commands}.get(line.state, False)
    return {
        "tick_form": TickForm(fill_in=line.step.fill_in) if line.is_open and line.may_tick_by_hand and works else None,
        "exempt_form": ExemptForm() if line.is_open and commands else None,
        "reopen_form": ReopenStepForm() if said else None,
    }


def _commands(user: User, incident: Incident) -> bool:
    return permissions.can_command(user, incident)
