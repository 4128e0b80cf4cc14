"""A change of a published commitment, written and proposed: an amendment, a withdrawal, or why it was missed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

import clock
from incidents import permissions
from incidents.forms.commitment import AmendForm, PublicReasonForm
from incidents.models import Commitment, CommitmentChange
from incidents.operations import change as operations
from incidents.operations import commitment_words
from incidents.views import reading
from incidents.views.commitments import METHODS, published
from refusals import NotAllowed, Refused, require

Kind = CommitmentChange.Kind
FORMS: dict[str, type[AmendForm] | type[PublicReasonForm]] = {
    Kind.AMENDMENT: AmendForm,
    Kind.WITHDRAWAL: PublicReasonForm,
    Kind.EXPLANATION: PublicReasonForm,
}


@require_http_methods(METHODS)
def change(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Propose an amendment, a withdrawal or an explanation. A second person approves the public words."""
    made = _to_change(request, pk, kind)
    form = FORMS[kind](request.POST or None, made=made, zone=request.user.zone)
    context = {
        "made": made,
        "form": form,
        "kind": kind,
        "name": Kind(kind).label,
        "possible": kind in operations.possible(made, clock.now()),
        "unsaved": True,
    }
    beside = _beside(made, kind)
    if reading.MENDS in request.POST:
        return beside.mended(request, context)
    if request.method != "POST" or not form.is_valid():
        return beside.shown(request, context, status=422 if form.errors else 200)
    try:
        proposed = operations.propose(made, kind, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return beside.shown(request, context, refusal=refusal)
    messages.success(request, f"{proposed.get_kind_display()} proposed. It is public once another person approves it.")
    return redirect("desk:commitment", pk)


@require_POST
def read_along(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """What the check says of the change as it stands in the form. Keeps nothing."""
    made = _to_change(request, pk, kind)
    return _beside(made, kind).along(request, FORMS[kind](request.POST, made=made))


def _to_change(request: HttpRequest, pk: int, kind: str) -> Commitment:
    if kind not in Kind.values:
        raise Http404
    made = published(pk)
    require(
        permissions.can_change_commitment(request.user, made),
        NotAllowed(permissions.change_commitment_refusal(made)),
    )
    return made


def _beside(made: Commitment, kind: str) -> reading.Form:
    return reading.Form(
        "commitment_change",
        commitment_words.OF_CHANGE,
        lambda words: commitment_words.of_change(operations.put(made, kind, **words)),
        reverse("desk:commitment_change_reading", args=[made.pk, kind]),
    )
