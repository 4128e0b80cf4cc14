"""Containment actions: planned, in force, looked at again, ended."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from incidents import clock_signs, permissions
from incidents.forms.containment import CarryOutForm, ContainmentForm, ReasonForm, ReviewForm
from incidents.models import ContainmentAction, Incident
from incidents.operations import containment as operations
from incidents.views.answers import page, put_together
from refusals import NotAllowed, Refused, require

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """What is stopped already is planned and put in force in one go."""
    incident = get_object_or_404(Incident.objects.select_related("agent"), pk=pk)
    require(
        permissions.can_act_on_containment(request.user, incident),
        NotAllowed(permissions.act_on_containment_refusal()),
    )
    first = {"scope": request.GET.get("scope", ""), "state": ContainmentAction.State.DONE}
    form = ContainmentForm(request.POST or None, initial=first, zone=request.user.zone)
    context = {"form": form, "incident": incident, "bars_change": clock_signs.bars_change(incident)}
    if request.method != "POST" or not form.is_valid():
        return page(request, "containment_new", context, status=422 if form.errors else 200)
    try:
        action = _stop(incident, form.cleaned_data, by=request.user)
    except Refused as refusal:
        return page(request, "containment_new", context, refusal=refusal)
    messages.success(request, f"{action.get_scope_display()}: {action.get_state_display().lower()}.")
    return _to_room(request, action)


@transaction.atomic
def _stop(incident: Incident, given: dict[str, Any], *, by: User) -> ContainmentAction:
    action = operations.plan(incident, by=by, scope=given["scope"], text=given["text"])
    if given["state"] == ContainmentAction.State.PLANNED:
        return action
    return operations.carry_out(
        action, by=by, ends_when=given["ends_when"], review_at=given["review_at"], reason=given["reason"]
    )


@require_safe
def action(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, "containment", _context(request, _action(pk)))


@require_http_methods(METHODS)
def done(request: HttpRequest, pk: int) -> HttpResponse:
    form = CarryOutForm(request.POST or None, zone=request.user.zone)
    return _decide(request, pk, "done", operations.carry_out, form, "Put it in force", "It is in force.")


@require_http_methods(METHODS)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReviewForm(request.POST or None, initial={"seen_review_at": _action(pk).review_at}, zone=request.user.zone)
    return _decide(
        request, pk, "review", operations.prolong, form, "Prolong it", "Prolonged. You are asked again then."
    )


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    action = operations.end(_action(pk), by=request.user)
    messages.success(request, "Ended. What was stopped runs again.")
    return _to_room(request, action)


@require_http_methods(METHODS)
def failure(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    return _decide(request, pk, "failure", operations.fail, form, "Say that it did not hold", "Noted: it did not hold.")


@require_http_methods(METHODS)
def impossibility(request: HttpRequest, pk: int) -> HttpResponse:
    incident = _action(pk).incident
    require(permissions.can_rule_out(request.user, incident), NotAllowed(permissions.rule_out_refusal(incident)))
    form = ReasonForm(request.POST or None)
    said = "Noted, in your name: it is not possible."
    return _decide(request, pk, "impossibility", operations.rule_out, form, "Say that it is not possible", said)


def _decide(
    request: HttpRequest, pk: int, verb: str, operation: Any, form: forms.Form, label: str, said: str
) -> HttpResponse:
    """One form, one verb: its own page when asked for, and the same page with what was typed when refused."""
    action = _action(pk)
    may = verb == "impossibility" or permissions.can_act_on_containment(request.user, action.incident)
    require(may, NotAllowed(permissions.act_on_containment_refusal()))
    context = _context(request, action) | {"form": form, "verb": verb, "label": label}
    if request.method != "POST" or not form.is_valid():
        return page(request, "containment_decide", context, status=422 if form.errors else 200)
    try:
        action = operation(action, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        stands = _action(pk)
        context |= _context(request, stands) | {"form": _again(request, form, stands, refusal)}
        return page(request, "containment_decide", context, refusal=refusal)
    messages.success(request, said)
    return _to_room(request, action)


def _again(request: HttpRequest, form: forms.Form, stands: ContainmentAction, refusal: Refused) -> forms.Form:
    """As it was typed; where a time was seen, with the time that stands now."""
    if not isinstance(form, ReviewForm):
        return form
    current = ReviewForm(initial={"seen_review_at": stands.review_at})
    return ReviewForm(put_together(request.POST, current, refusal), zone=request.user.zone)


def _action(pk: int) -> ContainmentAction:
    return get_object_or_404(ContainmentAction.objects.select_related("incident__agent", "decider"), pk=pk)


def _context(request: HttpRequest, action: ContainmentAction) -> dict[str, Any]:
    return {
        "action": action,
        "incident": action.incident,
        "may": permissions.can_act_on_containment(request.user, action.incident),
        "rules_out": permissions.can_rule_out(request.user, action.incident),
        "refusal_sentence": permissions.act_on_containment_refusal(),
    }


def _to_room(request: HttpRequest, action: ContainmentAction) -> HttpResponse:
    address = f"{reverse('desk:incident', args=[action.incident_id])}#containment"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
