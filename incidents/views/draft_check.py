"""The draft check as JSON, for a tool that asks while somebody writes elsewhere. `manage.py check_draft` gives the same answer."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from incidents import draft_check
from incidents.models import Incident
from incidents.operations import text_check
from incidents.permissions import can_read_drafts, read_drafts_refusal
from refusals import NotAllowed, require


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """`text` and `kind` in, findings out; keeps nothing.

    `incident`: the number of the one that it is about, for what is known there; `field`, as often as needed: what is filled
    beside the text; `part`: it is a part of a message, of which nothing can be missing. 422 with one sentence for what cannot
    be read, 404 for an incident that there is not.
    """
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    kind, about = request.POST.get("kind", ""), request.POST.get("incident", "")
    if kind not in set(draft_check.Stage):
        return _refused(f"Give a kind: {', '.join(draft_check.Stage)}.")
    if about and not (about.isascii() and about.isdecimal() and len(about) < 19):
        return _refused("An incident is given by its number.")
    try:
        result = text_check.check(
            request.POST.get("text", ""),
            kind,
            incident=get_object_or_404(Incident.objects.select_related("agent__component"), pk=about)
            if about
            else None,
            filled=request.POST.getlist("field"),
            whole="part" not in request.POST,
        )
    except (draft_check.TooLong, ValueError) as trouble:
        return _refused(str(trouble))
    return JsonResponse(result.as_json())


def _refused(sentence: str) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
