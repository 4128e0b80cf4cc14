"""Noting that a group was told by hand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from incidents import permissions_map as permissions
from incidents.forms.telling import TellingForm
from incidents.models import StakeholderPlan
from incidents.operations import telling as operations
from incidents.views.answers import page
from refusals import NotAllowed, Refused, require


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    require(permissions.can_note_telling(request.user), NotAllowed(permissions.note_telling_refusal()))
    found = get_object_or_404(StakeholderPlan.objects.select_related("incident__agent", "group"), pk=pk)
    form = TellingForm(request.POST or None, initial={"told_by": request.user}, zone=request.user.zone, plan=found)
    context = {"plan": found, "incident": found.incident, "form": form}
    if request.method != "POST" or not form.is_valid():
        return page(request, "telling_new", context, status=422 if form.errors else 200)
    given = form.cleaned_data
    try:
        operations.note(found, by=request.user, **{"answers": (), **given})
    except Refused as refusal:
        return page(request, "telling_new", context, refusal=refusal)
    messages.success(request, f"{found.group}: noted that they were told.")
    return redirect("desk:plan", pk)
