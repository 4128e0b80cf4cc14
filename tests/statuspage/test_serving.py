"""What a request gets: the public pages from memory, everything else from Django."""

import gzip
import hashlib
import io
import itertools
import random
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings
from django.test import override_settings

from config.headers import CONTENT_SECURITY_POLICY
from statuspage import answers, serving
from statuspage.edition import build
from statuspage.keeper import Keeper
from statuspage.serving import Serving, host_of, is_held, takes_gzip
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.scenes import SCENES

HOST = f"127.0.0.1:{settings.PORT}"


def inside(_environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"inside"]


class Visitor:
    """Asks as a WSGI server does, and checks what such a server may expect."""

    def __init__(self, edition, application=inside):
        self.keeper = cast("Keeper", SimpleNamespace(edition=edition, start=lambda: None, first=lambda: edition))
        self.served = Serving(application, self.keeper)

    def ask(self, path="/", method="GET", host=HOST, query="", **headers):
        given: dict[str, Any] = {}

        def start_response(status, pairs):
            given.update(status=status, headers=dict(pairs), pairs=pairs)

        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        if host is not None:
            environ["HTTP_HOST"] = host
        body = b"".join(self.served(environ, start_response))
        names = [name for name, _ in given["pairs"]]
        assert len(names) == len(set(names)), "a header is there twice"
        return SimpleNamespace(status=int(given["status"][:3]), headers=given["headers"], body=body)


@pytest.fixture
def visitor():
    return Visitor(SCENES["one"]().edition())


PUBLIC = [
    "/",
    "/commitments/",
    "/commitments.json",
    "/incidents/incident-one/",
    "/history/",
    "/history.atom",
    "/record.json",
    "/verify/",
]


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_comes_whole_with_its_validators(visitor, path):
    plain = visitor.ask(path)
    squeezed = visitor.ask(path, accept_encoding="gzip, deflate, br")

    assert plain.status == squeezed.status == 200
    assert gzip.decompress(squeezed.body) == plain.body
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["ETag"] != squeezed.headers["ETag"]
    for answer in (plain, squeezed):
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Cache-Control"] == "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
        assert not answer.headers["ETag"].startswith("W/")


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_what_is_held_already_is_not_sent_again(visitor, encoding):
    first = visitor.ask(accept_encoding=encoding)
    again = visitor.ask(accept_encoding=encoding, if_none_match=first.headers["ETag"])

    assert (again.status, again.body) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Length" not in again.headers


def test_the_tag_of_the_other_encoding_is_another_thing(visitor):
    plain = visitor.ask()

    assert visitor.ask(accept_encoding="gzip", if_none_match=plain.headers["ETag"]).status == 200


@pytest.mark.parametrize("header", ['"a", {}', "W/{}", "*", '"x","y" , {}'])
def test_if_none_match_is_read_as_a_list(header):
    assert is_held('"tag"', header.format('"tag"'))
    assert not is_held('"other"', header.format('"tag"')) or header == "*"


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True), ("GZIP", True), ("deflate, gzip;q=1.0, *;q=0.5", True), ("br;q=1, *;q=0.1", True), ("x-gzip", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip; q=0.000", False), ("*;q=0", False), ("br", False),
        ("gzip;q=0, *", False), ("gzipped", False),
    ],
)  # fmt: skip
def test_accept_encoding_is_read_with_its_weights(header, taken):
    assert takes_gzip(header) is taken


@pytest.mark.parametrize("path", [*PUBLIC, "/no-such-page"])
def test_head_gives_the_same_headers_without_the_body(visitor, path):
    full, head = visitor.ask(path), visitor.ask(path, method="HEAD")

    assert (head.status, head.headers, head.body) == (full.status, full.headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/no-such-page"])
def test_public_pages_can_only_be_read(visitor, path, method):
    answer = visitor.ask(path, method=method)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "host", ["evil.example", "", None, "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[::2]"]
)
@pytest.mark.parametrize("path", ["/", "/no-such-page"])
def test_another_name_is_not_answered(visitor, path, host):
    answer = visitor.ask(path, host=host)

    assert answer.status == 400
    assert b"Refund" not in answer.body


@pytest.mark.parametrize("host", [HOST, "127.0.0.1", "LOCALHOST:99", "localhost.", "127.0.0.1:1"])
def test_our_own_names_are_answered_on_every_port(visitor, host):
    assert visitor.ask(host=host).status == 200


def test_a_forwarded_host_is_not_believed(visitor):
    answer = visitor.ask(x_forwarded_host="evil.example")

    assert answer.status == 200
    assert b"evil.example" not in answer.body


@pytest.mark.parametrize(
    "path",
    ["/desk", "/desk/", "/desk/incidents/", "/account/login/", "/setup/token/", "/act/token/", "/subscriptions/x/", "/healthz",
     "/static/css/public.css"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_public_falls_through(visitor, path, method):
    assert visitor.ask(path, method=method).body == b"inside"


@pytest.mark.parametrize(
    "path", ["/deskx/", "/desk.css", "/Desk/", "/accounts/", "/.env", "//desk/", "/no/such/page", "/index.php"]
)
def test_whatever_else_is_not_there_is_one_and_the_same_page(visitor, path):
    answer = visitor.ask(path)

    assert answer.status == 404
    assert answer.body == visitor.ask("/incidents/not-published/").body


def test_a_forgotten_slash_is_added(visitor):
    answer = visitor.ask("/commitments")

    assert (answer.status, answer.headers["Location"]) == (301, "/commitments/")
    assert visitor.ask("//evil.example").status == 404


@pytest.mark.parametrize("path", [*PUBLIC, "/no-such-page", "/commitments"])
def test_query_strings_change_nothing_and_ask_nothing(visitor, path, django_assert_num_queries, db):
    """A crawler, or somebody who wants past a cache: the same bytes and headers, without a query (F41)."""
    plain, chance = visitor.ask(path), random.Random(path)
    with django_assert_num_queries(0):
        for _ in range(50):
            query = f"page={chance.random()}&{chance.getrandbits(64):x}=%00%ff&rev=1"
            assert visitor.ask(path, query=query) == plain


@pytest.mark.parametrize("path", [*PUBLIC, "/no-such-page", "/commitments"])
def test_every_public_answer_has_the_security_headers_and_no_cookie(visitor, path):
    answer = visitor.ask(path, cookie="session=abc")

    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_no_header_tells_more_than_the_bytes_do(visitor):
    answer = visitor.ask()

    assert not {"Last-Modified", "Date", "Age", "Expires", "X-Request-Id"} & set(answer.headers)


def test_no_page_asks_the_database(visitor, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        for path in (*PUBLIC, "/history/2026-10/", "/no-such-page"):
            visitor.ask(path)


# Over https


@pytest.fixture
def secure(monkeypatch):
    answers.security_headers.cache_clear()
    with override_settings(
        PUBLIC_URL="https://status.example.org", PUBLIC_HOST="status.example.org", ON_LOOPBACK=False,
        ALLOWED_HOSTS=["status.example.org", "desk.example.org"], DESK_HOST="desk.example.org",
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    ):  # fmt: skip
        yield Visitor(SCENES["one"]().edition())
    answers.security_headers.cache_clear()


def test_a_public_https_site_moves_plain_requests_and_says_so_for_a_year(secure):
    moved = secure.ask("/commitments/", host="status.example.org")
    answer = secure.ask("/commitments/", host="status.example.org", x_forwarded_proto="https")

    assert (moved.status, moved.headers["Location"]) == (301, "https://status.example.org/commitments/")
    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_the_host_of_the_desk_shows_nothing_public(secure):
    assert secure.ask("/", host="desk.example.org", x_forwarded_proto="https").body == b"inside"


def test_the_policy_of_a_plain_site_does_not_force_https(visitor):
    assert "Strict-Transport-Security" not in visitor.ask().headers


@pytest.mark.parametrize(
    ("header", "host"),
    [("a.example", "a.example"), ("A.example:80", "a.example"), ("[::1]:8000", "[::1]"), ("[::1]", "[::1]"), ("", "")],
)
def test_a_host_is_read_without_its_port(header, host):
    assert host_of(header) == host


# While it is republished


def test_no_answer_is_torn_and_none_steps_back_while_pages_are_swapped():
    story = Chronicle()
    story.masthead()
    editions = []
    for number in range(30):
        story.publish(10 + number, text=f"Generation {number}. " * random.Random(number).randint(1, 60))
        editions.append(build(story.record, None, story.at(10 + number)))
    visitor = Visitor(editions[0])
    bodies = {edition.hot["/"].body: number for number, edition in enumerate(editions)}
    wrong, done = [], threading.Event()

    def read():
        newest = 0
        while not done.is_set():
            answer = visitor.ask(accept_encoding="gzip")
            body = gzip.decompress(answer.body)
            whole = int(answer.headers["Content-Length"]) == len(answer.body) and body in bodies
            if not whole or bodies[body] < newest:
                wrong.append(bodies.get(body))
                return
            newest = bodies[body]

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for edition in editions * 1:
        visitor.keeper.edition = edition
        visitor.ask()
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []


class Restless:
    """A keeper that has swapped the edition every time somebody looks: two looks in one answer cannot agree."""

    def __init__(self, *editions):
        self._editions = itertools.cycle(editions)

    edition = property(lambda self: next(self._editions))

    def start(self):
        pass


@pytest.mark.check("R18")
@pytest.mark.parametrize("path", ["/", "/incidents/incident-one/", "/nowhere/"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_an_answer_looks_at_the_edition_once(path, encoding):
    story, editions = Chronicle(), []
    story.masthead()
    for number in range(2):
        story.publish(10 + number, text=f"Generation {number}. " * (number + 1))
        editions.append(build(story.record, None, story.at(10 + number)))
    visitor = Visitor(editions[0])
    visitor.served.keeper = cast("Keeper", Restless(*editions))

    for _ in range(4):
        answer = visitor.ask(path, accept_encoding=encoding)
        assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        assert int(answer.headers["Content-Length"]) == len(answer.body)


def test_the_desk_can_read_how_fresh_the_pages_are(tmp_path):
    served = serving.wrap(inside)

    assert serving.status() is served.keeper.status
    assert serving.status().problem == ""
    serving._serving.clear()
    assert serving.status() is None
