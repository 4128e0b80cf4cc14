"""The password once more, before something that must not happen in a browser that was merely left open."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

import clock
from accounts.adapter import held
from accounts.forms import ConfirmForm
from accounts.operations import throttle
from accounts.views.sign_in import answered

GOOD_FOR = timedelta(minutes=15)

View = Callable[..., HttpResponse]


def confirmed(request: HttpRequest) -> bool:
    """Whether this person has given the password, or a passkey, within the last 15 minutes in this very session."""
    said = request.session.get("confirmed_at")
    return bool(said) and clock.now() - datetime.fromisoformat(said) <= GOOD_FOR


def confirmation_required(page: str = "") -> Callable[[View], View]:
    """Ask for the password first. ``page`` names where to go on afterwards; without it that is the same address."""

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if confirmed(request):
                return view(request, *args, **kwargs)
            back = reverse(page) if page else request.path
            return redirect(f"{reverse('desk:confirm')}?{urlencode({'next': back})}")

        return asked

    return decorate


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _try(request, form)
    after = request.POST.get("next") or request.GET.get("next", "")
    if not form.is_valid():
        context = {"form": form, "next": after}
        return answered(request, render(request, "accounts/confirm.html", context, status=422 if form.errors else 200))
    request.session.cycle_key()
    request.session["confirmed_at"] = clock.now().isoformat()
    ours = url_has_allowed_host_and_scheme(after, None) and after.startswith("/")
    return redirect(after if ours else "desk:two_step")


def _try(request: HttpRequest, form: ConfirmForm) -> None:
    user = request.user
    taken = throttle.take_password_again(user)
    if taken.until:
        form.add_error("password", held(request, taken.until))
    elif user.check_password(form.cleaned_data["password"]):
        throttle.give_back(throttle.again_key(user))
    else:
        form.add_error("password", "This is not your password.")
