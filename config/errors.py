"""Error pages: ready-made bytes, because whatever failed may be what a page would need."""

import logging
import secrets
import sys
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

from config.logs import database_is_away

logger = logging.getLogger("config.errors")

RETRY_AFTER_SECONDS = "10"
TOO_MANY_SECONDS = "60"
REFERENCE_MARK = "REFERENCE"
EXPIRED = "This form has been open for too long. Copy what you typed, reload the page and send it again."


@cache
def _fragment(sentence: str) -> str:
    return loader.get_template("_refused.html").render({"sentence": sentence})


@cache
def _page(name: str) -> str:
    """Without a request: no session, no user and no database are asked."""
    return loader.get_template(name).render({"desk": settings.LOGIN_REDIRECT_URL, "demo": settings.DEMO})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(_page("400.html"), status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(_page("403.html"), status=HTTPStatus.FORBIDDEN)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF check failed: nearly always a page left open since before signing in or out.

    A form in the middle of a board gets the words alone: a whole page would be swapped into the board.
    """
    if "HX-Request" in request.headers:
        return HttpResponse(_fragment(EXPIRED), status=HTTPStatus.FORBIDDEN)
    return HttpResponse(_page("403_form.html"), status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(_page("404.html"), status=HTTPStatus.NOT_FOUND)


def wrong_method(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """With the headers of the answer, `Allow` among them: only its empty body is replaced."""
    answer.content = _page("405.html").encode()
    return answer


def too_large(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_page("413.html"), status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth limits for a minute: asking for password links, changing the password, answers of passkeys."""
    return HttpResponse(
        loader.get_template("429.html").render(request=request),
        status=HTTPStatus.TOO_MANY_REQUESTS,
        headers={"Retry-After": TOO_MANY_SECONDS},
    )


def failed(request: HttpRequest, *_: Any) -> HttpResponse:
    """Django calls this while the exception is being handled, wherever in the chain it was raised."""
    if database_is_away(sys.exc_info()[1]):
        return unavailable(request)
    reference = f"e-{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    logger.error("The page that failed at %s carries the reference %s.", request.path, reference)
    return HttpResponse(_page("500.html").replace(REFERENCE_MARK, reference), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        _page("503.html"), status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": RETRY_AFTER_SECONDS}
    )
