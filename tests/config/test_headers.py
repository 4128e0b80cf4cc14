import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
EVERYWHERE = ["/healthz", "/desk/", "/account/login/", "/setup/x/", "/act/x/", "/nothing/", "/static/nothing.css"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_security_headers(path: str) -> None:
    headers = Client(raise_request_exception=False).get(path).headers

    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED
    assert "camera=()" in headers["Permissions-Policy"]


EXPECTED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/desk/", "/desk/x.css", "/account/login/", "/setup/x/", "/act/x/"])
def test_nothing_inside_is_ever_stored(path: str) -> None:
    assert Client(raise_request_exception=False).get(path).headers["Cache-Control"] == "no-store"


def test_this_process_says_that_it_answers_without_a_question_to_the_database(
    client: Client, django_assert_num_queries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert client.post("/healthz").status_code == 405
