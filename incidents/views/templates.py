"""Templates of statements: the list, one of them, and the verbs that keep them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents import placeholders
from incidents.forms.template import TemplateForm
from incidents.models import StatementTemplate
from incidents.operations import template as operations
from incidents.operations import template_words
from incidents.permissions import can_read_drafts, read_drafts_refusal
from incidents.permissions_words import can_keep_templates, keep_templates_refusal
from incidents.views import answers, reading
from refusals import NotAllowed, Refused, Stale, require


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    _require_reader(request)
    found = list(StatementTemplate.objects.all())
    context = {
        "active": [one for one in found if one.is_active],
        "retired": [one for one in found if not one.is_active],
        "may": can_keep_templates(request.user),
    }
    return answers.page(request, "templates", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    require(can_keep_templates(request.user), NotAllowed(keep_templates_refusal()))
    form = TemplateForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "template_new", form, status=422 if form.errors else 200)
    try:
        added = operations.add(by=request.user, **_fields(form))
    except Refused as refusal:
        return _page(request, "template_new", form, refusal=refusal)
    messages.success(request, f"“{added}” is offered from now on.")
    return redirect("desk:template", added.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it; who may, changes it here. A POST saves a version."""
    _require_reader(request)
    found = get_object_or_404(StatementTemplate, pk=pk)
    if request.method == "POST":
        require(can_keep_templates(request.user), NotAllowed(keep_templates_refusal()))
    form = TemplateForm(request.POST if request.method == "POST" else None, template=found)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "template", form, found, status=422 if form.errors else 200)
    try:
        seen = form.cleaned_data["version"] or 0
        operations.change(found, by=request.user, seen_version=seen, **_fields(form))
    except Refused as refusal:
        if isinstance(refusal, Stale):  # the next save is made knowing what the other person saved
            found.refresh_from_db()
            form.data = form.data.copy()
            form.data["version"] = str(found.version)
        return _page(request, "template", form, found, refusal=refusal)
    messages.success(request, f"Saved. Statements begin with these words from now on: “{found}”.")
    return redirect("desk:template", pk)


@require_POST
def read_along(request: HttpRequest) -> HttpResponse:
    """What the check says of the words as they are typed, and how they read with example values. Keeps nothing."""
    require(can_keep_templates(request.user), NotAllowed(keep_templates_refusal()))
    context = _read(TemplateForm(request.POST).as_typed()) | {"reads_along": True, "unsaved": True}
    return render(request, "incidents/_template_reading.html", context)


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    return _keep(request, pk, operations.retire, "is offered to nobody any more. It stays readable here.")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _keep(request, pk, operations.restore, "is offered again.")


def _keep(request: HttpRequest, pk: int, operation: Callable[..., StatementTemplate], said: str) -> HttpResponse:
    _require_reader(request)
    found = get_object_or_404(StatementTemplate, pk=pk)
    try:
        operation(found, by=request.user)
    except Refused as refusal:
        return _page(request, "template", TemplateForm(template=found), found, refusal=refusal)
    messages.success(request, f"“{found}” {said}")
    return redirect("desk:templates")


def _require_reader(request: HttpRequest) -> None:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))


def _fields(form: TemplateForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in operations.FIELDS}


def _read(typed: StatementTemplate) -> dict[str, Any]:
    """What was found in the words, marked below each field where it stands once the example values are in."""
    read = template_words.read(typed)
    words = {name: read.words.get(name, "") for name in StatementTemplate.TEXTS}
    shown = {"kind": typed.kind, **words}
    return {**reading.beside(read, words), "example": shown, "preview": template_words.message(typed)}


def _page(
    request: HttpRequest,
    name: str,
    form: TemplateForm,
    found: StatementTemplate | None = None,
    *,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_read(form.as_typed()),
        "unsaved": form.is_bound or found is None,
        "reading_at": reverse("desk:template_reading"),
        "form": form,
        "template": found,
        "texts": [(operations.label(field), text) for field, text in found.texts().items()] if found else [],
        "variables": placeholders.VARIABLES,
        "known": placeholders.KNOWN,
        "may": can_keep_templates(request.user),
    }
    return answers.page(request, name, context, refusal=refusal, status=status)
