"""The one page that belongs to no room: whether this process is alive."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing about the database on purpose: the public page does not need it."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
