"""Who is spoken to and in which language: what the draft check has to know, set by administrators and never public."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.forms import attempt
from accounts.operations import language as languages
from accounts.permissions import administer_refusal, can_administer
from agents import operations as agents
from agents.models import Component
from incidents.forms.audience import AudienceForm, ClearedForm, LanguageForm
from incidents.operations import allow_list
from incidents.views import organisation
from refusals import NotAllowed, require


@require_POST
def component_audience(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    component, form = get_object_or_404(Component, pk=pk), AudienceForm(request.POST)
    technical = form.is_valid() and form.cleaned_data["technical"]
    agents.set_audience(component, technical=technical, by=request.user)
    who = "technical people" if technical else "the general public"
    messages.success(request, f"Statements about {component} are checked as read by {who}.")
    return redirect("desk:organisation")


@require_POST
def public_language(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return organisation.page_of(request, form)
    changed = languages.set_public_language(form.cleaned_data["language"], by=request.user)
    name = dict(languages.CHOICES)[changed.public_language]
    messages.success(request, f"Your public words are checked as {name}.")
    return redirect("desk:organisation")


@require_POST
def address_clear(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    form = ClearedForm(request.POST)
    typed = form.cleaned_data if form.is_valid() else None
    entry = attempt(form, lambda: allow_list.clear(**typed, by=request.user)) if typed else None
    if not entry:
        return organisation.page_of(request, cleared=form)
    messages.success(request, f"{entry['address']} may stand in public words.")
    return redirect("desk:organisation")


@require_POST
def address_take_off(request: HttpRequest, number: int) -> HttpResponse:
    allow_list.take_off(number, by=request.user)
    messages.success(request, "The address is off the list. The draft check points at it again.")
    return redirect("desk:organisation")
