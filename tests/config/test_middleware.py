from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client, override_settings

import clock
from accounts.models import User
from config.middleware import ABSOLUTE_LIMIT

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/probe/here/?rev=3"}


@pytest.fixture(autouse=True)
def probing() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.config.pages"):
        yield


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def person(client: Client) -> User:
    person = User.objects.create_user("ada@example.org", "Ada Brandt")
    client.force_login(person)
    return person


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs).get("href"))


# --- Refusals


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("not-allowed", 403, "Only the commander may do this."),
        ("wrong-state", 409, "This incident is closed."),
        ("stale", 409, "The statement changed while you read it."),
        ("incomplete", 422, "Two things are missing."),
    ],
)
def test_a_refusal_becomes_a_page_with_its_status_and_sentence(
    client: Client, person: User, name: str, status: int, sentence: str
) -> None:
    answer = client.post(f"/desk/probe/{name}/")

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert "<html" in answer.content.decode()


def test_each_missing_thing_leads_to_where_it_is_mended(client: Client, person: User) -> None:
    text = client.post("/desk/probe/incomplete/").content.decode()

    assert {"/desk/probe/here/#next_update", "#headline"} <= set(Links(text).found)
    assert "The promised time" in text
    assert "The headline" in text


def test_a_missing_thing_without_a_place_is_text(client: Client, person: User) -> None:
    text = client.post("/desk/probe/not-allowed/").content.decode()

    assert "Ask Cleo Marsh." in text
    assert "" not in Links(text).found


def test_a_stale_refusal_shows_what_changed_and_escapes_it(client: Client, person: User) -> None:
    text = client.post("/desk/probe/stale/").content.decode()

    assert "Old &lt;b&gt;words&lt;/b&gt;" in text
    assert "New words" in text


def test_htmx_gets_the_fragment_alone(client: Client, person: User) -> None:
    answer = client.post("/desk/probe/incomplete/", headers=HTMX)

    assert answer.status_code == 422
    assert "Two things are missing." in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_the_way_back_is_ours_or_the_desk(client: Client, person: User) -> None:
    def back(referrer: str) -> bool:
        text = client.post("/desk/probe/wrong-state/", HTTP_REFERER=referrer).content.decode()
        return "/desk/probe/here/" in Links(text).found

    assert back("http://testserver/desk/probe/here/")
    assert not back("https://elsewhere.example/desk/probe/here/")


def test_somebody_without_an_account_is_refused_in_words_too(client: Client) -> None:
    answer = client.post("/probe/incomplete/")

    assert answer.status_code == 422
    assert "Two things are missing." in answer.content.decode()


# --- Errors


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("suspicious", 400, "This request could not be read"),
        ("denied", 403, "You may not open this page"),
        ("unknown", 404, "Page not found"),
        ("broken", 500, "Sorry, there is a problem with this page"),
        ("database-gone", 503, "The desk is away for a moment"),
        ("connection-gone", 503, "The desk is away for a moment"),
    ],
)
def test_an_error_has_a_page_without_jargon(client: Client, name: str, status: int, sentence: str) -> None:
    answer = client.get(f"/probe/{name}/")

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert "secret detail" not in answer.content.decode()
    assert "Content-Security-Policy" in answer.headers


def test_an_error_page_asks_nothing_of_the_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get("/nothing/here/")
        client.get("/probe/database-gone/")


def test_a_failed_page_carries_a_reference_that_the_log_has_too(client: Client, caplog: Any) -> None:
    text = client.get("/probe/broken/").content.decode()
    reference = text.partition('<span class="ref">')[2].partition("</span>")[0]

    assert reference.startswith("e-")
    assert reference in caplog.text


def test_a_database_that_is_away_says_when_to_try_again(client: Client) -> None:
    assert client.get("/probe/database-gone/").headers["Retry-After"] == "10"


def test_a_form_without_its_token_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/probe/here/")

    assert answer.status_code == 403
    assert "This form has been open for too long" in answer.content.decode()


def test_a_form_in_a_board_that_was_open_too_long_gets_words_and_no_page(client: Client) -> None:
    answer = Client(enforce_csrf_checks=True).post("/probe/here/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.text.lstrip().startswith('<div class="refusal" id="refusal"')
    assert "reload the page and send it again" in answer.text


def test_more_than_two_megabytes_are_refused_before_they_are_read(client: Client) -> None:
    limit = 2 * 1024 * 1024

    def size(number: int | str) -> int:
        answer = client.generic("POST", "/probe/here/", CONTENT_LENGTH=str(number), CONTENT_TYPE="text/plain")
        return answer.status_code

    assert (size(limit), size(limit + 1), size("-1")) == (200, 413, 413)


@override_settings(ROOT_URLCONF="config.urls")
def test_a_form_s_address_that_is_opened_says_so_instead_of_staying_blank(client: Client, person: User) -> None:
    answer = client.get("/desk/incidents/1/notes/")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "It only takes what a form sends" in answer.text


# --- Zones


def test_inside_needs_a_session_and_brings_the_person_back(client: Client) -> None:
    answer = client.get("/desk/probe/here/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/login/?next=/desk/probe/here/")


def test_whoever_sent_a_form_comes_back_to_the_page_with_the_form(client: Client) -> None:
    def back_to(referrer: str) -> str:
        return client.post("/desk/probe/here/", headers={"Referer": referrer}).headers["Location"]

    assert back_to("http://testserver/desk/incidents/3/") == "/account/login/?next=/desk/incidents/3/"
    assert back_to("http://evil.example/desk/incidents/3/") == "/account/login/?next=/desk/"


def test_htmx_moves_the_whole_page_to_the_sign_in(client: Client) -> None:
    answer = client.get("/desk/probe/here/?rev=3", headers=HTMX)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"] == "/account/login/?next=/desk/probe/here/"


@override_settings(PUBLIC_HOST="status.example.org", DESK_HOST="desk.example.org", ALLOWED_HOSTS=[".example.org"])
def test_the_public_host_knows_nothing_of_a_desk_with_a_host_of_its_own(client: Client) -> None:
    def status(path: str, host: str) -> int:
        return client.get(path, HTTP_HOST=host).status_code

    assert [status(path, "status.example.org") for path in ("/desk/probe/here/", "/account/login/")] == [404, 404]
    assert status("/desk/probe/here/", "desk.example.org") == 302
    assert status("/probe/here/", "status.example.org") == 200


def test_an_unknown_host_is_refused(client: Client) -> None:
    assert client.get("/probe/here/", HTTP_HOST="evil.example").status_code == 400


# --- Sessions


def test_a_session_ends_after_seven_days_however_busy(client: Client, person: User) -> None:
    start = clock.now()
    with clock.fixed_at(start) as move:
        for hours in range(0, 7 * 24 + 1, 8):
            move(start + timedelta(hours=hours))
            assert client.get("/desk/probe/here/").status_code == 200
        move(start + ABSOLUTE_LIMIT + timedelta(seconds=1))
        assert client.get("/desk/probe/here/").status_code == 302


def test_a_session_ends_after_twelve_hours_without_a_sign_of_life_however_much_it_polls(
    client: Client, person: User
) -> None:
    start = clock.now()
    with clock.fixed_at(start) as move:
        assert client.get("/desk/probe/here/").status_code == 200
        move(start + timedelta(hours=11))
        assert client.get("/desk/probe/here/?rev=1").status_code == 200
        move(start + timedelta(hours=12, seconds=1))
        assert client.get("/desk/probe/here/?rev=1").status_code == 302


def test_polling_is_no_sign_of_life(client: Client, person: User) -> None:
    start = clock.now()
    with clock.fixed_at(start) as move:
        client.get("/desk/probe/here/")
        move(start + timedelta(minutes=11))
        client.get("/desk/probe/here/?rev=7")
        assert client.session["seen_at"] == start.isoformat()

        client.get("/desk/probe/here/")
        assert client.session["seen_at"] == (start + timedelta(minutes=11)).isoformat()
    person.refresh_from_db()
    assert person.last_seen_at == start + timedelta(minutes=11)


def test_a_session_lasts_twelve_hours_from_the_last_sign_of_life(client: Client, person: User) -> None:
    client.get("/desk/probe/here/")

    assert client.session.get_expiry_age() == pytest.approx(12 * 60 * 60, abs=5)
    assert client.cookies["session"]["httponly"]
    assert client.cookies["session"]["samesite"] == "Lax"
