"""What belongs to no room: whether this process is alive, and what ails the installation."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import health
from config.alarms import Alarms


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing about the database on purpose: the public page does not need it."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def deep_health(request: HttpRequest) -> HttpResponse:
    """Whether the whole installation does its work, for a monitor that knows the token. Without one nothing is here."""
    if not settings.HEALTH_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not constant_time_compare(token, settings.HEALTH_TOKEN):
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    try:
        found = health.look()
    except DatabaseError:
        found = health.AWAY
    return JsonResponse(found.said, status=HTTPStatus.SERVICE_UNAVAILABLE if found.wrong else HTTPStatus.OK)


@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """The strip of the desk. `?rev=` is what the page shows: 204 when there is nothing else to say."""
    found = Alarms(request)
    if request.GET.get("rev") == found.mark:
        return HttpResponse(status=204)
    return render(request, "_alarms.html", {"alarms": found})
