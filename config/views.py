"""What belongs to no room: whether this process is alive, and what ails the installation."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.alarms import Alarms


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing about the database on purpose: the public page does not need it."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """The strip of the desk. `?rev=` is what the page shows: 204 when there is nothing else to say."""
    found = Alarms(request)
    if request.GET.get("rev") == found.mark:
        return HttpResponse(status=204)
    return render(request, "_alarms.html", {"alarms": found})
