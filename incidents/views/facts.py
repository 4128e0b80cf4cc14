"""Facts: reporting one, reading and changing it, confirming and retracting."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from incidents import permissions
from incidents.forms.fact import ChangeForm, ConfirmForm, FactForm, RetractForm
from incidents.models import Approval, Fact, Incident
from incidents.operations import fact as operations
from incidents.operations.correction import citing, correction_owed
from incidents.views.answers import page, put_together, typed_over
from refusals import NotAllowed, Refused, require

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """On a page of its own, or inside the room when htmx asks."""
    incident = get_object_or_404(Incident.objects.select_related("agent"), pk=pk)
    require(permissions.can_report_fact(request.user, incident), NotAllowed(permissions.report_fact_refusal()))
    asked = {name: request.GET.get(name, "") for name in ("question", "measure")}
    first = {**asked, "observed_at": "now", "known": "known"}
    form = FactForm(request.POST or None, initial=first, zone=request.user.zone)
    context = {"form": form, "incident": incident}
    if request.method != "POST" or not form.is_valid():
        return page(request, "fact_new", context, status=422 if form.errors else 200)
    try:
        fact = operations.report(incident, by=request.user, **form.values())
    except Refused as refusal:
        return page(request, "fact_new", context, refusal=refusal)
    messages.success(request, f"Fact {fact.pk} is {fact.get_confidence_display().lower()}.")
    return _to_room(request, fact)


@require_http_methods(METHODS)
def fact(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it; who may, changes it here."""
    fact = _fact(pk)
    told = citing(fact)
    may = permissions.can_report_fact(request.user, fact.incident) and not fact.is_retracted
    given = {"zone": request.user.zone, "told": any(told)}
    form = ChangeForm(request.POST or None, initial=_as_it_stands(fact), **given) if may or request.POST else None
    if request.method != "POST":
        return page(request, "fact", _context(request, fact, told, form=form))
    if form is None or not form.is_valid():
        return page(request, "fact", _context(request, fact, told, form=form), status=422)
    try:
        said = {name: form.cleaned_data.get(name, "") for name in ("seen", "published")}
        version = form.cleaned_data["seen_version"] or 0
        changed = operations.change(fact, by=request.user, seen_version=version, **said, **form.values())
    except Refused as refusal:
        stands, told = _fact(pk), citing(fact)  # it may have been published since
        given["told"] = any(told)
        current = ChangeForm(initial=_as_it_stands(stands), **given)
        again = ChangeForm(put_together(request.POST, current, refusal, confidence="known"), **given)
        return page(request, "fact", _context(request, stands, told, form=again), refusal=refusal)
    wrong_now = changed.wrong_at is not None and changed.wrong_at == changed.changed_at
    _say(request, f"Fact {fact.pk} is changed, and reported in your name.", _owed(fact) if wrong_now else "")
    return _to_room(request, fact)


@require_http_methods(METHODS)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    fact = _fact(pk)
    require(permissions.can_confirm_fact(request.user, fact), NotAllowed(permissions.confirm_fact_refusal(fact)))
    return _decide(request, pk, ConfirmForm, "fact_confirm", operations.confirm, "confirmed")


@require_http_methods(METHODS)
def retract(request: HttpRequest, pk: int) -> HttpResponse:
    may = permissions.can_report_fact(request.user, _fact(pk).incident)
    require(may, NotAllowed(permissions.report_fact_refusal()))
    return _decide(request, pk, RetractForm, "fact_retract", operations.retract, "retracted")


def _decide(request: HttpRequest, pk: int, kind: Any, template: str, operation: Any, done: str) -> HttpResponse:
    fact = _fact(pk)
    form = kind(request.POST or None, initial={"seen_version": fact.version})
    if request.method != "POST" or not form.is_valid():
        return page(
            request, template, _context(request, fact, citing(fact), form=form), status=422 if form.errors else 200
        )
    try:
        operation(fact, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        again = kind(typed_over(request.POST, fact, refusal))
        return page(request, template, _context(request, _fact(pk), citing(fact), form=again), refusal=refusal)
    _say(request, f"Fact {pk} is {done}.", _owed(fact) if done == "retracted" else "")
    return _to_room(request, fact)


def _say(request: HttpRequest, done: str, owed: str) -> None:
    level = messages.WARNING if owed else messages.SUCCESS
    messages.add_message(request, level, f"{done} {owed}".strip())


def _owed(fact: Fact) -> str:
    return correction_owed(*citing(fact))


def _fact(pk: int) -> Fact:
    people = ("incident__agent", "reported_by", "confirmed_by", "retracted_by")
    return get_object_or_404(Fact.objects.select_related(*people), pk=pk)


def _context(request: HttpRequest, fact: Fact, told: tuple[list[int], list[Approval]], **more: Any) -> dict[str, Any]:
    """``told``: the entries and the direct messages that rest on it."""
    owing = Approval.objects.owing_correction().filter(submission__statement__citations__fact=fact)
    published_in, sent_in = told
    return {
        "fact": fact,
        "incident": fact.incident,
        "published_in": published_in,
        "sent_in": sent_in,
        "owing": list(owing.values_list("pk", "entry__number")) if fact.untrue_since else [],
        "reads_drafts": permissions.can_read_drafts(request.user),
        "may_write": permissions.can_write_statement(request.user, fact.incident),
        "may_change": permissions.can_report_fact(request.user, fact.incident) and not fact.is_retracted,
        "may_confirm": fact.confidence == Fact.Confidence.REPORTED and permissions.can_confirm_fact(request.user, fact),
        "confirm_refusal": permissions.confirm_fact_refusal(fact),
        **more,
    }


def _as_it_stands(fact: Fact) -> dict[str, Any]:
    stands = {name: getattr(fact, name) for name in operations.CHANGEABLE}
    known = "not_known" if fact.confidence == Fact.Confidence.NOT_KNOWN else "known"
    return stands | {"known": known, "seen_version": fact.version, "seen": operations.as_seen(fact)}


def _to_room(request: HttpRequest, fact: Fact) -> HttpResponse:
    """Back to where the fact stands now. A fragment cannot redirect itself, so htmx is told to move the page."""
    address = f"{reverse('desk:incident', args=[fact.incident_id])}#facts-{fact.question}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
