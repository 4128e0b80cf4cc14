"""Seats and command of an incident."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.models import User
from incidents.forms.incident import AnswerForm, HandoverForm, TakeOverForm
from incidents.models import Handover, Incident, RoleHeld
from incidents.operations import roles as operations
from incidents.permissions import WORKING
from incidents.views.room import show
from refusals import Incomplete, Missing, Refused, require


@require_POST
def role(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    """Take a seat, or with `user` name somebody for it."""
    incident, seat = get_object_or_404(Incident, pk=pk), _seat(role)
    named = request.POST.get("user")
    place = ("desk:incident", (pk,), f"name-{seat.value}")
    chosen = named is None or named.isdecimal()
    require(
        chosen, Incomplete(f"Nobody was named for the seat {seat.label.lower()}.", [Missing("Choose a person", *place)])
    )
    user = get_object_or_404(User.objects.active(), pk=named) if named else None
    held = operations.take_role(incident, seat, by=request.user, user=user)
    who = "You hold" if held.user == request.user else f"{held.user} holds"
    messages.success(request, f"{who} the seat {seat.label.lower()} now.")
    return redirect("desk:incident", pk)


@require_POST
def leave(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    operations.give_up_role(get_object_or_404(Incident, pk=pk), _seat(role), by=request.user)
    messages.success(request, f"The seat {_seat(role).label.lower()} is free.")
    return redirect("desk:incident", pk)


@require_POST
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    people = User.objects.with_role(*WORKING).exclude(pk=request.user.pk).order_by("name", "pk")
    form = HandoverForm(request.POST, people=list(people))
    if not form.is_valid():
        return show(request, pk, status=422, handover_form=form)
    try:
        offer = operations.offer_command(get_object_or_404(Incident, pk=pk), by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return show(request, pk, refusal=refusal, handover_form=form)
    messages.success(request, f"{offer.offered_to} is asked, also by mail. Until they accept, you command.")
    return redirect("desk:incident", pk)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline an offer of command; from the commander a no withdraws it."""
    offer, form = get_object_or_404(Handover, pk=pk), AnswerForm(request.POST)
    if not form.is_valid():
        return show(request, offer.incident_id, status=422, answer_form=form)
    if form.cleaned_data["answer"] == AnswerForm.ACCEPT:
        operations.accept_command(offer, by=request.user)
        messages.success(request, "You command this incident from now on.")
    else:
        operations.decline_command(offer, by=request.user)
        messages.success(request, "The offer is closed. Command stays where it is.")
    return redirect("desk:incident", offer.incident_id)


@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    form = TakeOverForm(request.POST)
    if not form.is_valid():
        return show(request, pk, status=422, takeover_form=form)
    try:
        operations.take_over(get_object_or_404(Incident, pk=pk), by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return show(request, pk, refusal=refusal, takeover_form=form)
    messages.success(request, "You command this incident from now on. Whoever did so before is told by mail.")
    return redirect("desk:incident", pk)


def _seat(role: str) -> RoleHeld.Role:
    try:
        return RoleHeld.Role(role)
    except ValueError:
        raise Http404(f"There is no seat {role}.") from None
