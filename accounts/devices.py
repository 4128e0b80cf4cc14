"""A browser in which somebody has signed in before, known by a signed cookie.

It opens nothing. It only keeps the owner of an account from being locked out by whoever guesses at it: what is tried from
such a browser is counted by itself.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

LASTS = timedelta(days=180)
SALT = "accounts.devices"


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Keep the name that this browser has for this person, or give it one."""
    name = _name(request, user.pk) or secrets.token_urlsafe(16)
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([user.pk, name], salt=SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known(request: HttpRequest, email: str) -> str:
    """The name of this browser if the person with that address has signed in from it; empty otherwise."""
    if settings.DEVICE_COOKIE_NAME not in request.COOKIES:
        return ""
    user = User.objects.filter(email=email).first()
    return _name(request, user.pk) if user else ""


def _name(request: HttpRequest, pk: int) -> str:
    try:
        found = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return ""
    return str(found[1]) if found[0] == pk else ""
