"""What stands between the server and the views. Each class does one thing and says so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

import clock
from accounts.models import User
from accounts.models.organisation import asked_once
from accounts.permissions import lacks_second_step
from config import errors
from refusals import Missing, NotAllowed, Refused

GetResponse = Callable[[HttpRequest], HttpResponse]

ABSOLUTE_LIMIT = timedelta(days=7)
IDLE_LIMIT = timedelta(seconds=settings.SESSION_COOKIE_AGE)
SIGN_OF_LIFE_EVERY = timedelta(minutes=10)
READING = ("GET", "HEAD")
POLLING = "rev"  # a request that carries this parameter was made by the page, not by the person


class Size:
    """Refuse a request that announces too much before any of it is read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdecimal() or int(announced) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return errors.too_large(request)
        return self.get_response(request)


class Hosts:
    """Where the desk has a host of its own, the public host knows nothing of it, and the desk shows nothing public."""

    INSIDE = ("/desk/", "/account/", "/setup/", "/act/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.PUBLIC_HOST != settings.DESK_HOST and request.path.startswith(self.INSIDE):
            host, _, _ = request.get_host().partition(":")
            if host != settings.DESK_HOST:
                return errors.not_found(request)
        return self.get_response(request)


class OneOrganisation:
    """A page that only reads asks for the organisation once. What changes something sees it as it is at every step."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READING:
            return self.get_response(request)
        with asked_once():
            return self.get_response(request)


class WayToSignIn:
    """Where somebody goes who has to sign in first, and where they come back to.

    A redirect would be swapped into the middle of a board: htmx is told to move the whole page. Whoever sent a form
    comes back to the page with the form: the address it went to may only take POST.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.sign_in = resolve_url(settings.LOGIN_URL)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        target = response.headers.get("Location", "")
        if urlsplit(target).path != self.sign_in or request.path == self.sign_in:
            return response
        if not getattr(request, "htmx", False):
            if request.method == "POST" and "next=" in target:
                response.headers["Location"] = f"{self.sign_in}?{urlencode({'next': _back(request)}, safe='/')}"
            return response
        page = urlsplit(request.htmx.current_url_abs_path or settings.LOGIN_REDIRECT_URL).path  # type: ignore[attr-defined]
        moved = HttpResponse(status=HTTPStatus.NO_CONTENT)
        moved.headers["HX-Redirect"] = f"{self.sign_in}?next={page}"
        return moved


class SessionLimits:
    """Twelve hours without a sign of life or seven days in all end a session, whichever is first.

    The page's own polling is no sign of life: a desk left open on a table signs itself out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        session, now = request.session, clock.now()
        began = datetime.fromisoformat(session.setdefault("began_at", now.isoformat()))
        seen = session.get("seen_at")
        if now - began > ABSOLUTE_LIMIT or (seen and now - datetime.fromisoformat(seen) > IDLE_LIMIT):
            logout(request)
            return
        if POLLING in request.GET:
            return
        self._new_key_for_new_rights(request, began, now)
        if seen and now - datetime.fromisoformat(seen) < SIGN_OF_LIFE_EVERY:
            return
        session["seen_at"] = now.isoformat()
        session.set_expiry(settings.SESSION_COOKIE_AGE)
        User.objects.filter(pk=cast(User, request.user).pk).update(last_seen_at=now)

    def _new_key_for_new_rights(self, request: HttpRequest, began: datetime, now: datetime) -> None:
        """A key that somebody learned while less could be done with it does not get the new rights."""
        changed = cast(User, request.user).roles_changed_at
        keyed = datetime.fromisoformat(request.session.get("keyed_at", began.isoformat()))
        if changed and keyed < changed:
            request.session.cycle_key()
            request.session["keyed_at"] = now.isoformat()


class SecondStepDue:
    """Whoever must have a second step at sign-in and has none finds the way to set it up, and nothing else, at the desk."""

    OPEN = "/desk/account/"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        inside = settings.REQUIRE_MFA and request.path.startswith("/desk/") and not request.path.startswith(self.OPEN)
        if not inside or not request.user.is_authenticated or not lacks_second_step(request.user):
            return self.get_response(request)
        set_up = reverse("desk:two_step")
        if getattr(request, "htmx", False):
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": set_up})
        return redirect(set_up)


class Refusals:
    """Turn a refusal into a page that says what is missing and leads to where it is mended; a wrong method into words."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        wrong_method = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content
        return errors.wrong_method(request, response) if wrong_method else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        fragment = bool(getattr(request, "htmx", False)) and not request.htmx.boosted  # type: ignore[attr-defined]
        context: dict[str, Any] = {
            "sentence": exception.sentence,
            "missing": [(item.sentence, _address(item)) for item in exception.missing],
            "difference": getattr(exception, "difference", ()),
            "back": _back(request),
            "heading": _heading(request, exception),
            "opened": request.method in READING,
        }
        template = "_refused.html" if fragment else "refused.html"
        return render(request, template, context, status=exception.status)


def _heading(request: HttpRequest, refused: Refused) -> str:
    """Whoever only opened a page has done nothing that could be said not to have been done."""
    if request.method not in READING:
        return "This was not done"
    return "You may not open this page" if isinstance(refused, NotAllowed) else "This cannot be done now"


def _address(item: Missing) -> str:
    """Where the missing thing is mended; empty when it has no place of its own."""
    anchor = f"#{item.anchor}" if item.anchor else ""
    return (reverse(item.view, args=item.args) if item.view else "") + anchor


def _back(request: HttpRequest) -> str:
    """The page the person came from, if it is ours; the desk otherwise."""
    referrer = request.META.get("HTTP_REFERER", "")
    ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return urlsplit(referrer).path if referrer and ours else settings.LOGIN_REDIRECT_URL
