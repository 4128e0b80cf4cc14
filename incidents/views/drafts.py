"""Commitments while they are drafted: they belong to a statement, and every save is a version of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from incidents import permissions
from incidents.forms.commitment import DraftForm
from incidents.models import Commitment, Statement
from incidents.operations import commitment as operations
from incidents.operations import commitment_words
from incidents.views import reading
from refusals import NotAllowed, Refused, Stale, WrongState, require

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    statement = get_object_or_404(Statement.objects.select_related("incident"), pk=pk)
    _require_writer(request, statement)
    form = DraftForm(request.POST or None, version=statement.version, zone=request.user.zone)
    context, beside = _context(form, statement), _beside(statement)
    if reading.MENDS in request.POST:
        return beside.mended(request, context)
    if request.method != "POST" or not form.is_valid():
        return beside.shown(request, context, status=422 if form.errors else 200)
    try:
        operations.draft(statement, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _again(request, context, refusal)
    messages.success(request, "Commitment added. It becomes public when this statement does.")
    return _to_statement(statement.pk)


@require_http_methods(METHODS)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    made = _draft(pk)
    _require_writer(request, made.statement)
    form = DraftForm(request.POST or None, version=made.statement.version, draft=made, zone=request.user.zone)
    context, beside = _context(form, made.statement, made), _beside(made.statement)
    if reading.MENDS in request.POST:
        return beside.mended(request, context)
    if request.method != "POST" or not form.is_valid():
        return beside.shown(request, context, status=422 if form.errors else 200)
    try:
        operations.redraft(made, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _again(request, context, refusal)
    messages.success(request, "Commitment saved.")
    return _to_statement(made.statement_id)


@require_POST
def read_along(request: HttpRequest, pk: int) -> HttpResponse:
    """What the check says of a commitment of this statement as it stands in the form. Keeps nothing."""
    statement = get_object_or_404(Statement.objects.select_related("incident"), pk=pk)
    _require_writer(request, statement)
    return _beside(statement).along(request, DraftForm(request.POST, version=statement.version))


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    made = _draft(pk)
    operations.drop(made, by=request.user, seen_version=made.statement.version)
    messages.success(request, "Commitment taken out of the statement. Nobody outside has seen it.")
    return _to_statement(made.statement_id)


def _draft(pk: int) -> Commitment:
    rows = Commitment.objects.filter(state=Commitment.State.DRAFT).select_related(
        "statement__incident", "incident", "owner"
    )
    return get_object_or_404(rows, pk=pk)


def _require_writer(request: HttpRequest, statement: Statement) -> None:
    require(
        permissions.can_draft_commitment(request.user, statement.incident),
        NotAllowed(permissions.draft_commitment_refusal()),
    )
    require(
        statement.is_being_written,
        WrongState(
            f"This statement is {statement.get_state_display().lower()}. Begin another one for this commitment."
        ),
    )


def _again(request: HttpRequest, context: dict[str, Any], refusal: Refused) -> HttpResponse:
    """The form with everything typed. Once somebody else's save was shown, sending it again is done knowing of it."""
    if isinstance(refusal, Stale):
        statement = Statement.objects.get(pk=context["statement"].pk)
        typed = context["form"].data.copy()
        typed["seen_version"] = str(statement.version)
        context["form"].data = typed
    return _beside(context["statement"]).shown(request, context, refusal=refusal)


def _context(form: DraftForm, statement: Statement, made: Commitment | None = None) -> dict[str, Any]:
    unsaved = form.is_bound or made is None
    return {"form": form, "statement": statement, "incident": statement.incident, "draft": made, "unsaved": unsaved}


def _beside(statement: Statement) -> reading.Form:
    """Without a draft there is nothing to save a mended passage in, so it stands in the form alone."""
    return reading.Form(
        "commitment_draft",
        commitment_words.FIELDS,
        lambda words: commitment_words.of_commitment(Commitment(incident=statement.incident, **words)),
        reverse("desk:commitment_reading", args=[statement.pk]),
    )


def _to_statement(pk: int) -> HttpResponse:
    return redirect("desk:statement", pk)
