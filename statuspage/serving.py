"""The public face as a few lines of WSGI in front of Django.

GET and HEAD of public paths are answered from the edition in memory: no middleware, no session, no database. What is
behind the threshold or inside falls through to Django. A request never waits for a build, except for the very first.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.conf import settings

from statuspage import answers
from statuspage.keeper import Keeper, Status

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# First words of the paths that are not public. Everything else is, whether or not there is a page.
NOT_PUBLIC = frozenset({"desk", "account", "setup", "act", "subscriptions", "static", "healthz"})
READING = ("GET", "HEAD")

_serving: list["Serving"] = []


def wrap(application: Application) -> "Serving":
    """Put the public face in front of `application`. One for each process; `status()` reads it."""
    served = Serving(application, Keeper(settings.EDITION_DIR))
    _serving[:] = [served]
    return served


def status() -> Status | None:
    """How fresh the public pages of this process are, and what is wrong if anything is. None outside a web process."""
    return _serving[0].keeper.status if _serving else None


class Serving:
    def __init__(self, application: Application, keeper: Keeper) -> None:
        self.application = application
        self.keeper = keeper
        self.public_hosts = _with_port(settings.PUBLIC_HOST) | (
            _with_port("127.0.0.1") if settings.ON_LOOPBACK else set()
        )
        self.redirects_to = settings.PUBLIC_URL if settings.PUBLIC_URL.startswith("https://") else ""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        edition = self.keeper.edition
        page = edition.hot.get(environ["PATH_INFO"]) if edition else None
        if page is None or environ.get("HTTP_HOST") not in self.public_hosts or self._must_move(environ):
            return self._carefully(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in READING:
            return _give(_not_allowed(), method, "", start_response)
        form = page.gzip if page.gzip and takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) else page.identity
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held is not None and page.status == "200 OK" and is_held(form.etag, held):
            start_response("304 Not Modified", form.not_modified)
            return []
        start_response(page.status, form.headers)
        return form.chunks if method == "GET" else []

    def _carefully(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Whatever is not a hot page under the usual name of this site."""
        path, method = environ["PATH_INFO"] or "/", environ["REQUEST_METHOD"]
        self.keeper.start()
        if path.removeprefix("/").partition("/")[0] in NOT_PUBLIC:
            return self.application(environ, start_response)
        host = host_of(environ.get("HTTP_HOST", ""))
        if host not in settings.ALLOWED_HOSTS:
            return _give(_wrong_host(), method, "", start_response)
        if host == settings.DESK_HOST != settings.PUBLIC_HOST:
            return self.application(environ, start_response)
        if method not in READING:
            return _give(_not_allowed(), method, "", start_response)
        if self._must_move(environ):
            return _give(_moved(self.redirects_to + _quoted(path)), method, "", start_response)
        encoding, held = environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", "")
        return _give(self._page(path), method, encoding, start_response, held)

    def _must_move(self, environ: Environ) -> bool:
        return bool(self.redirects_to) and not _is_secure(environ)

    def _page(self, path: str) -> answers.Page:
        edition = self.keeper.edition or self.keeper.first()
        found = edition.page(path)
        if found is None and not path.endswith("/") and edition.page(f"{path}/"):
            return _moved(_quoted(f"{path}/"))
        return found or edition.missing


def _give(
    page: answers.Page, method: str, encoding: str, start_response: StartResponse, held: str = ""
) -> Iterable[bytes]:
    form = page.gzip if page.gzip and takes_gzip(encoding) else page.identity
    if held and page.status == "200 OK" and is_held(form.etag, held):
        start_response("304 Not Modified", form.not_modified)
        return []
    start_response(page.status, form.headers)
    return [] if method == "HEAD" else form.chunks


@lru_cache(maxsize=512)
def takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header takes gzip. `*` counts, `gzip;q=0` says no."""
    weights: dict[str, bool] = {}
    for part in header.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        quality = parameters.replace(" ", "").removeprefix("q=")
        weights[name.strip()] = quality.strip("0.") != "" or not quality
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def is_held(etag: str, header: str) -> bool:
    """Whether an If-None-Match header names this ETag. The comparison is weak, as RFC 9110 asks for here."""
    if header == etag:
        return True
    return header.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in header.split(","))


def host_of(header: str) -> str:
    """The name without its port, in lower case: as Django reads it."""
    host = header.lower()
    name, colon, port = host.rpartition(":")
    return (
        name.rstrip(".")
        if colon and port.isdecimal() and not (":" in name and not name.endswith("]"))
        else host.rstrip(".")
    )


def _with_port(host: str) -> set[str]:
    """The spellings that every request of a usual visitor uses; others are looked at more carefully."""
    port = settings.PUBLIC_URL.rpartition(":")[2]
    return {host, f"{host}:{settings.PORT}"} | ({f"{host}:{port}"} if port.isdecimal() else set())


def _is_secure(environ: Environ) -> bool:
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted and trusted[0] in environ:
        return bool(environ[trusted[0]].split(",")[0].strip() == trusted[1])
    return bool(environ["wsgi.url_scheme"] == "https")


def _quoted(path: str) -> str:
    """A path as WSGI gives it (bytes read as latin-1), fit for a Location header; never the start of another host."""
    return "/" + quote(path.encode("latin-1", "replace")).lstrip("/")


def _moved(target: str) -> answers.Page:
    return answers.page(
        f"The page is at {target}\n".encode(),
        answers.TEXT,
        status=HTTPStatus.MOVED_PERMANENTLY,
        extra=[("Location", target)],
    )


@lru_cache(maxsize=1)
def _not_allowed() -> answers.Page:
    return answers.page(
        b"This page can be read, and nothing else.\n",
        answers.TEXT,
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        extra=[("Allow", "GET, HEAD"), ("Cache-Control", answers.NOT_KEPT)],
    )


@lru_cache(maxsize=1)
def _wrong_host() -> answers.Page:
    return answers.page(
        b"This site does not answer to that name.\n",
        answers.TEXT,
        status=HTTPStatus.BAD_REQUEST,
        extra=[("Cache-Control", answers.NOT_KEPT)],
    )
