"""Organisation and components: what the public reads of them now, what waits, and proposing something else."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import attempt
from accounts.models import Organisation, User
from accounts.permissions import administer_refusal, can_administer
from agents.models import Component
from incidents.context import rail_of
from incidents.forms.audience import AudienceForm, ClearedForm, LanguageForm
from incidents.forms.masthead import ComponentNamesForm, NamesForm
from incidents.models import MastheadChange, Submission
from incidents.operations import masthead, names
from refusals import NotAllowed, require

Kind = MastheadChange.Kind


@require_safe
def organisation(request: HttpRequest) -> HttpResponse:
    return page_of(request)


def page_of(
    request: HttpRequest, language: LanguageForm | None = None, cleared: ClearedForm | None = None
) -> HttpResponse:
    """The page, with a form for the draft check as it came back, if something was wrong with it."""
    public, about = names.public(), rail_of(request).organisation
    waiting = list(
        Submission.objects.waiting().filter(masthead__isnull=False).select_related("masthead", "submitted_by")
    )
    waits_for = {submission.masthead.component_id: submission for submission in waiting if submission.masthead}
    context = {
        "public": {name: public["texts"].get(f"organisation.{name}", "") for name in ("name", "place", "contact")},
        "public_zone": public["organisation"]["zone"],
        "waiting": waits_for.get(None),
        "components": [
            _row(component, public, waits_for) for component in Component.objects.prefetch_related("agents")
        ],
        "may": can_administer(request.user),
        "language": language or LanguageForm(initial={"language": about.public_language if about else "en"}),
        "cleared": _cleared(about),
        "clearing": cleared or ClearedForm(),
    }
    return render(request, "incidents/organisation.html", context, status=422 if language or cleared else 200)


def _cleared(about: Organisation | None) -> list[dict[str, Any]]:
    """The addresses that are no leak, the newest first, with who cleared each and when."""
    standing = about.cleared_now if about else []
    people = User.objects.in_bulk([one["by"] for one in standing])
    return [
        {**one, "by": people.get(one["by"], ""), "at": datetime.fromisoformat(one["at"])} for one in reversed(standing)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_change(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    organisation = get_object_or_404(Organisation, pk=1)
    known = {name: getattr(organisation, name) for name in ("name", "place", "time_zone", "contact")}
    form = NamesForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        typed = form.cleaned_data
        content = {name: typed[name] for name in ("name", "place", "contact")} | {"zone": typed["time_zone"]}
        if attempt(form, lambda: masthead.propose(Kind.ORGANISATION, content, by=request.user)):
            return _proposed(request)
    return render(request, "incidents/organisation_change.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def component_new(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    form = ComponentNamesForm(request.POST if request.method == "POST" else None)
    typed = form.cleaned_data if form.is_valid() else None
    proposed = attempt(form, lambda: masthead.propose_component(**typed, by=request.user)) if typed else None
    if proposed:
        return _proposed(request)
    return render(request, "incidents/component_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def component(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a component; one that is not public yet is proposed here again."""
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    component = get_object_or_404(Component, pk=pk)
    kind = Kind.COMPONENT_CHANGED if _is_public(component, names.public()) else Kind.COMPONENT_ADDED
    known = {"name": component.public_name, "description": component.description}
    form = ComponentNamesForm(request.POST if request.method == "POST" else None, initial=known)
    typed = form.cleaned_data if form.is_valid() else None
    proposed = attempt(form, lambda: masthead.propose(kind, typed, component, by=request.user)) if typed else None
    if proposed:
        return _proposed(request)
    context = {"component": component, "form": form, "is_public": kind == Kind.COMPONENT_CHANGED} | {
        "audience": AudienceForm(initial={"technical": component.audience_technical})
    }
    return render(request, "incidents/component.html", context, status=422 if form.errors else 200)


def _proposed(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Proposed. The public reads it once a second person has approved it.")
    return redirect("desk:organisation")


def _row(component: Component, public: dict[str, Any], waits_for: dict[int | None, Submission]) -> dict[str, Any]:
    text = f"component.{component.public_id}"
    return {
        "component": component,
        "name": public["texts"].get(f"{text}.name", ""),
        "description": public["texts"].get(f"{text}.description", ""),
        "agents": [agent.public_name for agent in component.agents.all()],
        "waiting": waits_for.get(component.pk),
    }


def _is_public(component: Component, public: dict[str, Any]) -> bool:
    return any(row["id"] == component.public_id for row in public["components"])
