"""Whatever a request calls this site, links in pages and mails lead to PUBLIC_URL and DESK_URL (S18, A20)."""

import itertools
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from accounts.adapter import AccountAdapter
from tests import world as worlds
from tests.doors import DOORS, browser_of
from tests.statuspage.scenes import SCENES
from tests.statuspage.test_serving import HOST, Visitor

pytestmark = [pytest.mark.check("S18"), pytest.mark.django_db]

EVIL = "evil.example"
FORGED: dict[str, dict[str, str]] = {
    "Host": {"Host": EVIL},
    "Host with our name in front": {"Host": f"127.0.0.1.{EVIL}"},
    "Host with our name as a user": {"Host": f"127.0.0.1:8000@{EVIL}"},
    "Host with our name as a port": {"Host": f"{EVIL}:8000"},
    "two in one": {"Host": f"127.0.0.1:8000, {EVIL}"},
    "X-Forwarded-Host": {"X-Forwarded-Host": EVIL},
    "X-Forwarded-Host twice": {"X-Forwarded-Host": f"127.0.0.1, {EVIL}"},
    "X-Forwarded-Server": {"X-Forwarded-Server": EVIL},
    "X-Forwarded-Proto": {"X-Forwarded-Proto": "gopher", "X-Forwarded-Port": "6666"},
    "X-Forwarded-Prefix": {"X-Forwarded-Prefix": f"//{EVIL}", "X-Script-Name": f"//{EVIL}"},
    "X-Host": {"X-Host": EVIL, "X-Original-Host": EVIL, "X-HTTP-Host-Override": EVIL},
    "X-Original-URL": {"X-Original-URL": f"https://{EVIL}/", "X-Rewrite-URL": f"https://{EVIL}/"},
    "Forwarded": {"Forwarded": f"for=1.2.3.4;host={EVIL};proto=https"},
    "Referer": {"Referer": f"https://{EVIL}/desk/"},
    "htmx": {"HX-Request": "true", "HX-Current-URL": f"https://{EVIL}/desk/"},
}
ABSOLUTE = re.compile(r"https?://[^\s\"'<>]+")


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


def elsewhere(text: str) -> list[str]:
    """Links in it that lead to where the forged request points, in any spelling."""
    return [
        link
        for link in [*ABSOLUTE.findall(text), *re.findall(r"//[^\s\"'<>]+", text)]
        if EVIL in link or "gopher" in link
    ]


@pytest.mark.parametrize("forged", FORGED)
def test_a_password_link_leads_home(forged: str, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.mail.after_the_answer", lambda _name, act: act())
    with worlds.undone(), override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        answer = browser_of(world, "nobody").post(
            "/account/password/reset/", {"email": world.ada.email}, headers=FORGED[forged]
        )
        sent = [str(message.message()) + message.body for message in mail.outbox]

    assert answer.status_code in (302, 400)
    assert elsewhere(answer.text + str(answer.headers)) == []
    assert [link for text in sent for link in elsewhere(text)] == []
    assert len(sent) == (1 if answer.status_code == 302 else 0)
    assert all("http://127.0.0.1:8000/account/password/reset/key/" in text for text in sent)


@pytest.mark.parametrize("forged", FORGED)
def test_an_invitation_leads_home(forged: str, world: SimpleNamespace, django_capture_on_commit_callbacks: Any) -> None:
    given = {"name": "Noor", "email": "noor@northwind.example", "roles": ["observer"]}
    with worlds.undone(), override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        with django_capture_on_commit_callbacks(execute=True):
            answer = browser_of(world, "olga").post(reverse("desk:invite"), given, headers=FORGED[forged])
        sent = [str(message.message()) + message.body for message in mail.outbox]

    assert elsewhere(answer.text) == []
    assert [link for text in sent for link in elsewhere(text)] == []
    assert (answer.status_code == 400) == (sent == [])


@pytest.mark.parametrize("forged", FORGED)
def test_no_page_speaks_of_another_host(forged: str, world: SimpleNamespace, figures: Callable[..., None]) -> None:
    """Each page by two who may read it, under the header most often believed; a part of them under each other one."""
    found, asked = [], 0
    for door in DOORS if forged == "X-Forwarded-Host" else DOORS[::9]:
        readers = [name for name, status in door.get.items() if status in (200, 302)][:2]
        for name in readers:
            with worlds.undone():
                answer = door.ask(browser_of(world, name), "get", world, headers=FORGED[forged])
            asked += 1
            found += [f"{door}: {link}" for link in elsewhere(f"{answer.text} {answer.headers}")]

    assert found == []
    figures("S18", forgeries=len(FORGED), pages_each=asked)


@pytest.mark.parametrize("forged", FORGED)
def test_no_public_page_speaks_of_another_host(forged: str) -> None:
    """Where the name is not ours there is no page; other headers change not one byte."""
    edition = SCENES["one"]().edition()
    visitor = Visitor(edition)
    plain, given = FORGED[forged].get("Host", HOST), {k: v for k, v in FORGED[forged].items() if k != "Host"}
    for path in edition.hot:
        honest = visitor.ask(path)
        answer = visitor.ask(
            path, host=plain, **{name.lower().replace("-", "_"): value for name, value in given.items()}
        )
        if plain == HOST:
            assert (answer.status, answer.headers, answer.body) == (honest.status, honest.headers, honest.body)
        else:
            assert answer.status == 400
            assert EVIL not in answer.body.decode() + str(answer.headers)


@pytest.mark.parametrize(
    "path", [f"http://{EVIL}/", f"//{EVIL}/", f"/\\{EVIL}/", f"/%2f{EVIL}/", f"https://{EVIL}/desk/"]
)
def test_an_address_with_a_host_of_its_own_is_only_a_path(path: str) -> None:
    """As in the request line of a proxy: `GET http://evil.example/ HTTP/1.1`."""
    answer = Visitor(SCENES["one"]().edition()).ask(path)

    assert answer.status in (301, 404)
    assert not answer.headers.get("Location", "/").startswith(("//", "http", "/\\"))


@pytest.mark.parametrize(
    ("trusted", "header", "counted"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (0, "6.6.6.6, 7.7.7.7", "127.0.0.1"),
        (1, "6.6.6.6, 7.7.7.7", "7.7.7.7"),
        (1, "6.6.6.6, 5.5.5.5, 7.7.7.7", "7.7.7.7"),
        (2, "6.6.6.6, 7.7.7.7, 8.8.8.8", "7.7.7.7"),
    ],
)
def test_a_visitor_cannot_choose_the_address_that_is_counted(trusted: int, header: str, counted: str) -> None:
    """Only as many entries from the right are believed as web servers stand in front (T19)."""
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=trusted):
        request = Client().get("/account/login/", headers={"X-Forwarded-For": header}).wsgi_request

        assert AccountAdapter().get_client_ip(request) == counted


def test_the_search_for_links_sees_them() -> None:
    spellings = itertools.product(("https://", "http://", "//"), (EVIL, f"127.0.0.1.{EVIL}"))

    assert all(elsewhere(f'<a href="{start}{host}/x">') for start, host in spellings)
    assert not elsewhere('<a href="http://127.0.0.1:8000/x">')
