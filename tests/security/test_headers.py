"""The headers of every answer (S10): errors, stylesheets, public pages, addresses that try to be kept (A22, A23).

Every address for every person is asked in tests/test_access.py, where each answer goes through the same check.
"""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from config import errors
from statuspage import answers, serving
from tests import factories
from tests.config.conftest import ROOT
from tests.security.headers import POLICY, faults, policy, public_faults
from tests.statuspage.scenes import SCENES
from tests.statuspage.test_serving import Visitor

pytestmark = [pytest.mark.check("S10"), pytest.mark.django_db]

ON_HTTPS = {
    "PUBLIC_URL": "https://127.0.0.1",
    "HTTPS": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
}


@pytest.fixture(params=["http", "https"])
def browser(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """Asks, and says whether the site is one on https."""
    https = request.param == "https"
    with override_settings(ROOT_URLCONF="tests.config.pages", **(ON_HTTPS if https else {})):
        answers.security_headers.cache_clear()
        proxy = {"X-Forwarded-Proto": "https"} if https else {}
        yield SimpleNamespace(
            https=https,
            client=Client(raise_request_exception=False, enforce_csrf_checks=True, headers=proxy),
            plain=Client(raise_request_exception=False),
        )
    answers.security_headers.cache_clear()


def _too_often(client: Client) -> Any:
    factories.UserFactory.create(email="ada@northwind.example")
    for _ in range(4):
        client.handler.enforce_csrf_checks = False
        answer = client.post("/account/password/reset/", {"email": "ada@northwind.example"})
    return answer


def _delete(client: Client) -> Any:
    client.handler.enforce_csrf_checks = False
    return client.delete("/healthz")


ERRORS: dict[int, Callable[[Client], Any]] = {
    400: lambda client: client.get("/desk/", headers={"Host": "elsewhere.example"}),
    403: lambda client: client.post("/account/login/", {"login": "x"}),
    404: lambda client: client.get("/desk/nothing/here.css"),
    405: _delete,
    413: lambda client: client.post("/account/login/", b"", content_type="text/plain", CONTENT_LENGTH="3000000"),
    429: _too_often,
    500: lambda client: client.get("/probe/broken/"),
    503: lambda client: client.get("/probe/database-gone/"),
}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_an_error_carries_them(status: int, browser: SimpleNamespace) -> None:
    if status == 404:
        browser.client.force_login(factories.UserFactory.create())
    answer = ERRORS[status](browser.client)

    assert answer.status_code == status
    assert faults(answer.request["PATH_INFO"], status, answer.headers, https=browser.https) == []
    assert "charset=utf-8" in answer.headers["Content-Type"]


def test_being_sent_to_https_is_said_before_anything_else(browser: SimpleNamespace) -> None:
    answer = browser.plain.get("/desk/")

    assert faults("/desk/", answer.status_code, answer.headers) == []
    assert answer.headers["Location"].startswith("https://" if browser.https else "/account/login/")


def test_every_stylesheet_script_and_picture_carries_them(figures: Callable[..., None]) -> None:
    """Asked by the hashed names that pages use, through the whole chain of middleware."""
    asked = sorted(str(path.relative_to(settings.STATIC_ROOT)) for path in Path(settings.STATIC_ROOT).rglob("*.*"))
    browser, found, kinds = Client(), [], set()
    for name in asked:
        answer = browser.get(f"/static/{name}")
        if answer.status_code == 404:  # what stands beside the file: its compressed form is reached by Accept-Encoding
            continue
        answer.close()
        found += public_faults(f"/static/{name}", answer.status_code, answer.headers)
        kinds.add(answer.headers["Content-Type"])

    figures("S10", static_files=len(asked))
    assert found == []
    assert len(kinds) >= 3


@pytest.mark.parametrize("scene", sorted(SCENES))
@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_every_public_page_carries_them_and_knows_nobody(scene: str, https: bool, figures: Callable[..., None]) -> None:
    with override_settings(**(ON_HTTPS if https else {})):
        answers.security_headers.cache_clear()
        serving._not_allowed.cache_clear()
        serving._wrong_host.cache_clear()
        edition = SCENES[scene]().edition()
        visitor, found, looked_at = Visitor(edition), [], 0
        for path in [*edition.hot, "/no/such/page/", "/desk.css", "/commitments"]:
            for how in (
                {},
                {"accept_encoding": "gzip"},
                {"method": "HEAD"},
                {"method": "POST"},
                {"cookie": "session=x"},
            ):
                proxy = {"x_forwarded_proto": "https"} if https else {}
                answer = visitor.ask(path, **proxy, **how)
                again = visitor.ask(path, if_none_match=answer.headers.get("ETag", "none"), **proxy)
                for one in (answer, again):
                    found += public_faults(path, one.status, one.headers, https=https)
                    looked_at += 1
        wrong = visitor.ask("/", host="elsewhere.example")
        found += public_faults("/", wrong.status, wrong.headers, https=https)
    for cached in (answers.security_headers, serving._not_allowed, serving._wrong_host):
        cached.cache_clear()

    figures("S10", public_answers=looked_at)
    assert found == []


def test_whoever_asks_gets_the_same_public_bytes() -> None:
    """No header of the question but its encoding, its tag and its host has any say."""
    visitor = Visitor(SCENES["one"]().edition())
    plain = visitor.ask("/", accept_encoding="gzip")

    for header, value in {
        "cookie": "session=abc; csrf=def",
        "authorization": "Bearer x",
        "accept_language": "de",
        "user_agent": "x",
        "hx_request": "true",
        "x_forwarded_for": "10.0.0.1",
        "range": "bytes=0-10",
        "origin": "https://elsewhere.example",
    }.items():
        other = visitor.ask("/", accept_encoding="gzip", **{header: value})
        assert (other.status, other.headers, gzip.decompress(other.body)) == (
            200,
            plain.headers,
            gzip.decompress(plain.body),
        )


@pytest.mark.parametrize(
    "path",
    [
        "/desk/x.css",
        "/desk/incidents/x.js",
        "/desk/;x.css",
        "/desk/%2e%2e/static/x.css",
        "/desk//x.png",
        "/account/login/x.css",
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_an_address_inside_that_looks_like_a_file_is_never_kept(path: str, signed_in: bool) -> None:
    """A cache in front goes by the suffix; what it kept it would give to everybody (A23)."""
    browser = Client(raise_request_exception=False)
    if signed_in:
        browser.force_login(factories.UserFactory.create())

    answer = browser.get(path)

    assert answer.status_code in (301, 302, 404)
    assert answer.headers["Cache-Control"] == "no-store"
    assert faults("/desk/", answer.status_code, answer.headers) == []


@pytest.mark.parametrize("path", ["/static/../desk/", "/static/%2e%2e/desk/", "/static/x.css/../../desk/"])
def test_a_detour_through_the_files_does_not_lead_inside(path: str) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(factories.UserFactory.create())

    answer = browser.get(path)

    assert answer.status_code in (301, 302, 404)
    assert "no-store" in answer.headers.get("Cache-Control", "no-store")


def test_the_check_finds_what_is_missing_and_what_is_too_much() -> None:
    sound = dict(Client().get("/healthz").headers)
    assert faults("/healthz", 200, sound) == []

    for name in ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"):
        assert faults("/healthz", 200, {key: value for key, value in sound.items() if key != name})
    looser = sound["Content-Security-Policy"].replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    assert faults("/healthz", 200, sound | {"Content-Security-Policy": looser})
    assert faults("/desk/", 200, sound | {"Cache-Control": "private"})
    assert public_faults("/", 200, sound | {"Vary": "Accept-Encoding, Cookie"})
    assert public_faults("/", 200, sound | {"Set-Cookie": "a=b"})
    assert faults("/", 200, sound, https=True)
    assert len(policy(answers.CONTENT_SECURITY_POLICY)) == len(POLICY)


def test_every_error_page_is_ready_before_anything_fails() -> None:
    """They are bytes made without a request: no session, user or database is asked while something is broken (A34)."""
    numbers = sorted(path.stem for path in (ROOT / "templates").glob("[45]*.html"))

    assert {"400", "403", "404", "413", "429", "500", "503"} <= set(numbers)
    for number in set(numbers) - {"429"}:
        text = errors._page(f"{number}.html")
        assert "Traceback" not in text
        assert "<script" not in text.replace("<script src=", "")
