"""The draft check as JSON, for an editor that asks while somebody writes. `manage.py check_draft` gives the same answer."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from incidents import draft_check
from incidents.operations import checking
from incidents.permissions import can_read_drafts, read_drafts_refusal
from refusals import NotAllowed, require


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """`text` and `kind` in, findings out. Keeps nothing. 422 with one sentence for a kind or a length that is not read."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    kind = request.POST.get("kind", "")
    if kind not in set(draft_check.Stage):
        return _refused(f"Give a kind: {', '.join(draft_check.Stage)}.")
    try:
        result = draft_check.check(request.POST.get("text", ""), kind, checking.known())
    except draft_check.TooLong as trouble:
        return _refused(str(trouble))
    return JsonResponse(result.as_json())


def _refused(sentence: str) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
