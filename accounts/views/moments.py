"""How a typed time is understood, while it is being typed."""

from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

import clock
import moments
from accounts.fields import stamp


@require_safe
def understand(request: HttpRequest) -> JsonResponse:
    """`{"reading", "seen"}` for a text we can read, else 422 with `{"sentence"}`. Reads as the form will."""
    text = request.GET.get("text", "").strip()
    side = {request.GET.get("side", ""): True} if request.GET.get("side") in ("future", "past") else {}
    zone = _zone(request)
    try:
        at = moments.parse(text, now=clock.now(), zone=zone, **side)
    except moments.Unreadable as unreadable:
        return JsonResponse({"sentence": unreadable.sentence}, status=422)
    return JsonResponse({"reading": moments.reading(at, zone), "seen": stamp(text, at)})


def _zone(request: HttpRequest) -> ZoneInfo:
    asked = request.GET.get("zone", "")
    return ZoneInfo(asked) if asked in available_timezones() else request.user.zone
