"""Ready-made answers: bytes, headers and validators, computed once so that a request only chooses between them."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings

Headers = list[tuple[str, str]]

CACHE_CONTROL = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
NOT_KEPT = "no-store"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
WORTH_COMPRESSING = 200


@dataclass(frozen=True, slots=True)
class Form:
    """One encoding of a page. Its strong ETag comes from exactly these bytes."""

    etag: str
    headers: Headers
    chunks: list[bytes]
    not_modified: Headers


@dataclass(frozen=True, slots=True)
class Page:
    status: str
    identity: Form
    gzip: Form | None

    @property
    def body(self) -> bytes:
        return self.identity.chunks[0]


def page(
    body: bytes, content_type: str = HTML, *, status: HTTPStatus = HTTPStatus.OK, extra: Headers | None = None
) -> Page:
    """The page that answers with `body`. Pure: the same arguments give the same bytes and headers."""
    return ready(body, compressed(body), content_type, status=status, extra=extra)


def ready(
    body: bytes,
    squeezed: bytes | None,
    content_type: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    extra: Headers | None = None,
) -> Page:
    """The same from bytes that were compressed earlier."""
    own = extra or []
    return Page(
        status=f"{status.value} {status.phrase}",
        identity=_form(body, content_type, own, encoding=""),
        gzip=_form(squeezed, content_type, own, encoding="gzip") if squeezed else None,
    )


def json_page(value: object) -> Page:
    return page(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n", JSON)


def compressed(body: bytes) -> bytes | None:
    """Without a time stamp, so that equal bytes stay equal; nothing when it is not worth it."""
    if len(body) < WORTH_COMPRESSING:
        return None
    return gzip.compress(body, compresslevel=9, mtime=0)


def _form(body: bytes, content_type: str, extra: Headers, *, encoding: str) -> Form:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    kept = [("ETag", etag), ("Vary", "Accept-Encoding"), *security_headers()]
    if not any(name == "Cache-Control" for name, _ in extra):
        kept.append(("Cache-Control", CACHE_CONTROL))
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *kept, *extra]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return Form(etag=etag, headers=headers, chunks=[body], not_modified=[*kept, *extra])


@cache
def security_headers() -> Headers:
    """On every public answer. The same policy as inside; HTTPS is kept to where the public address says so."""
    headers = [
        ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ]
    if urlsplit(settings.PUBLIC_URL).scheme == "https":
        headers.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"))
    return headers
