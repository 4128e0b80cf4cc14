"""The stakeholder map of an incident: who is told, who is not, and who has been forgotten."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import clock
from incidents import permissions_map as permissions
from incidents.coverage import Standing
from incidents.forms.plan import DecideForm, QuestionForm
from incidents.models import Incident, StakeholderPlan
from incidents.operations import decision
from incidents.operations import message as message_operations
from incidents.operations import plan as operations
from incidents.permissions import can_command, can_write_statement
from incidents.views import legal_clock_rows, map_rows
from incidents.views.answers import page, require_map_reader, seen_rows, typed_over
from incidents.views.grid import picture
from refusals import NotAllowed, Refused, require
from stakeholders.models import Decision, StakeholderGroup


@require_safe
def stakeholder_map(request: HttpRequest, pk: int) -> HttpResponse:
    require_map_reader(request)
    return _map(request, get_object_or_404(Incident.objects.with_people(), pk=pk))


@require_POST
def confirm_defaults(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what is proposed, for exactly the groups that were shown."""
    require_map_reader(request)
    incident = get_object_or_404(Incident.objects.with_people(), pk=pk)
    try:
        taken = operations.confirm_defaults(incident, by=request.user, seen=seen_rows(request.POST.getlist("plan")))
    except Refused as refusal:
        return _map(request, incident, refusal=refusal)
    number = "One group is" if len(taken) == 1 else f"{len(taken)} groups are"
    messages.success(request, f"{number} decided, as proposed.")
    return redirect("desk:map", pk)


@require_POST
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    require_map_reader(request)
    made = operations.take_in(get_object_or_404(Incident, pk=pk), by=request.user)
    messages.success(request, f"{made} taken in." if made else "Every group is on the map already.")
    return redirect("desk:map", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Read what is decided for one group; who may, decides here."""
    require_map_reader(request)
    if request.method != "POST":
        return _show(request, pk)
    found = _plan(pk)
    may = permissions.can_decide_for_groups(request.user, found.incident)
    require(may, NotAllowed(permissions.decide_for_groups_refusal(found.incident)))
    form = DecideForm(request.POST, zone=request.user.zone, plan=found)
    if not form.is_valid():
        return _show(request, pk, form=form, status=422)
    try:
        version = form.cleaned_data["seen_version"]
        operations.decide(found, by=request.user, seen_version=version, **form.values())
    except Refused as refusal:
        found = _plan(pk)
        form = DecideForm(typed_over(request.POST, found, refusal), zone=request.user.zone, plan=found)
        return _show(request, pk, form=form, refusal=refusal)
    waits = form.cleaned_data["decision"] == Decision.NOT_TOLD
    said = "Noted. It counts once a second person has agreed." if waits else "Decided."
    messages.success(request, f"{found.group}: {said}")
    return redirect("desk:map", found.incident_id)


@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, operations.agree, "Agreed: they are deliberately not told.")


@require_POST
def agree_alone(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, operations.agree_alone, "Agreed by one person, who works alone.")


@require_POST
def confirm_again(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, operations.confirm_again, "Confirmed: they are still deliberately not told.")


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    require_map_reader(request)
    found, form = _plan(pk), QuestionForm(request.POST, prefix="question")
    if not form.is_valid():
        return _show(request, pk, question_form=form, status=422)
    try:
        operations.ask(found, form.cleaned_data["text"], by=request.user)
    except Refused as refusal:
        return _show(request, pk, question_form=form, refusal=refusal)
    messages.success(request, "Added. It is open until something we say answers it.")
    return redirect("desk:plan", pk)


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a direct message to this group, or go on with the one that is being written."""
    require_map_reader(request)
    try:
        written = message_operations.begin(_plan(pk), by=request.user)
    except Refused as refusal:
        return _show(request, pk, refusal=refusal)
    return redirect("desk:statement", written.pk)


def _settle(request: HttpRequest, pk: int, operation: Any, said: str) -> HttpResponse:
    require_map_reader(request)
    found = _plan(pk)
    try:
        version = int(request.POST.get("seen_version") or 0)
    except ValueError:
        version = 0
    try:
        operation(found, by=request.user, seen_version=version)
    except Refused as refusal:
        return _show(request, pk, refusal=refusal)
    messages.success(request, f"{found.group}: {said}")
    return redirect("desk:map", found.incident_id)


def _map(request: HttpRequest, incident: Incident, *, refusal: Refused | None = None) -> HttpResponse:
    found = map_rows.lines(incident, clock.now())
    confirmable = map_rows.may_be_confirmed(found)
    known = {line.group.pk for line in found}
    context = {
        "incident": incident,
        "lines": found,
        "clock_lines": legal_clock_rows.lines(incident, clock.now()),
        "picture": picture(found),
        "decided": sum(line.standing not in map_rows.coverage.OPEN_DECISION for line in found),
        "confirmable": confirmable,
        "next": map_rows.first_for(found, request.user),
        "is_decided": map_rows.is_decided(found),
        "decides": permissions.can_decide_for_groups(request.user, incident) and not incident.is_final,
        "may_answer": can_command(request.user, incident),
        "refusal_sentence": permissions.decide_for_groups_refusal(incident),
        "may_write": _may_write(request, incident),
        "not_on_it": [group for group in StakeholderGroup.objects.current() if group.pk not in known],
    }
    return page(request, "map", context, refusal=refusal)


def _show(
    request: HttpRequest, pk: int, *, refusal: Refused | None = None, status: int = 200, **forms: Any
) -> HttpResponse:
    try:
        line = map_rows.line(pk, clock.now())
    except StakeholderPlan.DoesNotExist as unknown:
        raise Http404 from unknown
    user, found, incident = request.user, line.plan, line.plan.incident
    decides = permissions.can_decide_for_groups(user, incident) and not incident.is_final
    waits = line.standing == Standing.ALONE and not incident.is_final
    agrees = waits and permissions.can_agree_to_silence(user, found)
    context = {
        "incident": incident,
        "line": line,
        "plan": line.plan,
        "form": DecideForm(initial=_as_it_stands(line.plan), zone=user.zone, plan=line.plan) if decides else None,
        "question_form": QuestionForm(prefix="question"),
        "decides": decides,
        "refusal_sentence": permissions.decide_for_groups_refusal(incident),
        "agrees": agrees,
        "agrees_alone": waits and not agrees and permissions.can_agree_to_silence_alone(user),
        "agree_sentence": permissions.agree_to_silence_refusal(found) if waits else "",
        "notes": permissions.can_note_telling(user) and not incident.is_final,
        "history": decision.history(found),
        "may_write": _may_write(request, incident),
        **forms,
    }
    return page(request, "plan", context, refusal=refusal, status=status)


def _may_write(request: HttpRequest, incident: Incident) -> bool:
    return can_write_statement(request.user, incident) and not incident.is_final


def _plan(pk: int) -> StakeholderPlan:
    rows = StakeholderPlan.objects.select_related("incident__agent", "group", "decided_by", "agreed_by", "owner")
    return get_object_or_404(rows, pk=pk)


def _as_it_stands(plan: StakeholderPlan) -> dict[str, Any]:
    """The form as it opens: what is decided, or else what is proposed, with the terms of the group."""
    proposed = {} if plan.decision else decision.of_default(plan)
    stands = {
        name: getattr(plan, name) for name in decision.DECIDED
    }  # also what stood there before it was opened again
    found = decision.terms(plan)
    for given in (proposed, stands):
        found |= {name: value for name, value in given.items() if value not in ("", None)}
    return found | {"seen_version": plan.version}
