"""Incidents: the list, declaring, describing, and the steps of their life."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.models import Agent
from incidents import permissions
from incidents.forms.incident import (
    DeclareForm,
    DescribeForm,
    DismissForm,
    NoteForm,
    RecoverForm,
    ReopenForm,
)
from incidents.models import Incident
from incidents.operations import incident as operations
from incidents.operations import timeline
from incidents.permissions_map import can_read_map
from incidents.views.answers import page, put_together
from incidents.views.room import show
from incidents.views.signs import seated, with_signs
from refusals import NotAllowed, Refused, require

PER_PAGE = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All of them, those that still need somebody first."""
    active = with_signs(Incident.objects.active().by_urgency())
    over = Incident.objects.exclude(state__in=Incident.ACTIVE)
    shown = Paginator(seated(over).order_by("-detected_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    for incident in shown:
        incident.lasted = incident.recovered_at and incident.recovered_at - incident.detected_at
    context = {
        "active": active,
        "over": shown.object_list,
        "shown": shown,
        "declares": permissions.can_declare(request.user),
        "reads_map": can_read_map(request.user),
    }
    return page(request, "incidents", context)


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    require(permissions.can_declare(request.user), NotAllowed(permissions.declare_refusal()))
    form = DeclareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        incident = operations.declare(**form.cleaned_data, by=request.user)
        messages.success(request, "Declared. You command it, and it counts from now. What is left to answer opens it.")
        return redirect("desk:describe", incident.pk)
    context = {"form": form, "has_agents": Agent.objects.exists()}
    return page(request, "declare", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """What the declaration left open. A draft that is complete afterwards can be opened in the room."""
    incident = get_object_or_404(Incident.objects.with_people(), pk=pk)
    require(permissions.can_command(request.user, incident), NotAllowed(permissions.command_refusal(incident)))
    form = DescribeForm(request.POST or None, initial=_as_it_stands(incident), zone=request.user.zone)
    if request.method != "POST" or not form.is_valid():
        return page(request, "describe", {"form": form, "incident": incident}, status=422 if form.errors else 200)
    try:
        operations.describe(incident, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        incident = get_object_or_404(Incident.objects.with_people(), pk=pk)
        current = DescribeForm(initial=_as_it_stands(incident), zone=request.user.zone)
        form = DescribeForm(put_together(request.POST, current, refusal), zone=request.user.zone)
        return page(request, "describe", {"form": form, "incident": incident}, refusal=refusal)
    messages.success(request, "Saved.")
    return redirect("desk:incident", pk)


def _as_it_stands(incident: Incident) -> dict[str, Any]:
    stands = {name: getattr(incident, name) for name in operations.DESCRIBED}
    return stands | {"seen_version": incident.version, "seen": operations.as_seen(incident)}


# The steps of its life: each is a button or a small form of the room


@require_POST
def open_incident(request: HttpRequest, pk: int) -> HttpResponse:
    incident = operations.open_incident(get_object_or_404(Incident, pk=pk), by=request.user)
    messages.success(request, f"Opened as {'a public' if incident.is_public else 'an internal'} incident.")
    return redirect("desk:incident", pk)


@require_POST
def contain(request: HttpRequest, pk: int) -> HttpResponse:
    operations.contain(get_object_or_404(Incident, pk=pk), by=request.user)
    messages.success(request, "Contained.")
    return redirect("desk:incident", pk)


@require_POST
def recover(request: HttpRequest, pk: int) -> HttpResponse:
    form = RecoverForm(request.POST)
    return _step(request, pk, operations.recover, "recover_form", form, "Recovered.")


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReopenForm(request.POST)
    return _step(request, pk, operations.reopen, "reopen_form", form, "Reopened. It counts from when it was detected.")


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    form = DismissForm(request.POST, incident=get_object_or_404(Incident, pk=pk))
    return _step(request, pk, operations.dismiss, "dismiss_form", form, "Dismissed.")


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    form = NoteForm(request.POST, zone=request.user.zone)
    return _step(request, pk, timeline.note, "note_form", form, "Noted.")


def _step(request: HttpRequest, pk: int, operation: Any, name: str, form: forms.Form, done: str) -> HttpResponse:
    """Carry out what a form of the room asks for; refused, the room comes back with the form as it was typed."""
    incident = get_object_or_404(Incident, pk=pk)
    if not form.is_valid():
        return show(request, pk, status=422, **{name: form})
    try:
        operation(incident, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return show(request, pk, refusal=refusal, **{name: form})
    messages.success(request, done)
    return redirect("desk:incident", pk)
