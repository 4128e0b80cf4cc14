"""Signing in: by address and password, with one answer for everybody who may not."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from accounts.models import LogEntry, User
from accounts.operations import people
from tests.conftest import PASSWORD

NEW_PASSWORD = "another long sentence"


@pytest.fixture
def browser(client_of):
    return client_of(None)


@pytest.fixture(autouse=True)
def _installation(organisation):
    """There is something to sign in to, and nobody has tried yet: no roll-back empties a shared cache."""
    cache.clear()


def sign_in(browser, email, password, **extra):
    return browser.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def test_an_address_and_its_password_open_the_desk(browser, ada):
    answer = sign_in(browser, ada.email, PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/")
    assert browser.session["_auth_user_id"] == str(ada.pk)
    assert list(LogEntry.objects.values_list("action", "actor")) == [("person.signed_in", ada.pk)]


def test_the_address_may_be_typed_in_capitals(browser, ada):
    assert sign_in(browser, ada.email.upper(), PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@northwind.example", "wrong"), ("nobody@northwind.example", PASSWORD), ("rosa@northwind.example", PASSWORD)],
    ids=["wrong password", "unknown address", "access ended"],
)
def test_everybody_who_may_not_gets_the_same_answer(browser, ada, rosa, email, password):
    User.objects.filter(pk=rosa.pk).update(is_active=False)

    answer = sign_in(browser, email, password)

    page = re.sub(r'value="[^"]*"', "", answer.content.decode())
    assert "The address or the password is not right." in page
    assert answer.status_code == 200
    assert "_auth_user_id" not in browser.session
    assert not LogEntry.objects.exists()


def test_a_session_gets_a_new_key_when_somebody_signs_in(browser, ada):
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = True
    session.save()
    browser.cookies["session"] = session.session_key

    sign_in(browser, ada.email, PASSWORD)

    assert browser.session.session_key != session.session_key
    assert not Session.objects.filter(pk=session.session_key).exists()


def test_the_page_asked_for_opens_after_signing_in(browser, ada):
    assert browser.get("/desk/people/").headers["Location"] == "/account/login/?next=/desk/people/"

    answer = sign_in(browser, ada.email, PASSWORD, query_params={"next": "/desk/people/"})

    assert answer.headers["Location"] == "/desk/people/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_foreign_page(browser, ada, elsewhere):
    answer = sign_in(browser, ada.email, PASSWORD, query_params={"next": elsewhere})

    assert answer.headers["Location"] == "/desk/"


def test_the_eleventh_wrong_password_of_an_account_has_to_wait(browser, ada):
    for attempt in range(10):
        sign_in(browser, ada.email, "wrong", REMOTE_ADDR=f"127.0.1.{attempt}")

    answer = sign_in(browser, ada.email, "wrong", REMOTE_ADDR="127.0.2.1")

    assert "There were too many attempts" in answer.content.decode()


def test_a_flood_from_one_address_is_told_to_wait(browser, ada):
    for attempt in range(30):
        sign_in(browser, f"somebody{attempt}@northwind.example", "wrong")

    answer = sign_in(browser, ada.email, PASSWORD)

    assert answer.status_code == 429
    assert "There were too many attempts" in answer.content.decode()


def test_signing_out_takes_a_post(client_of, ada):
    browser = client_of(ada)

    assert browser.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in browser.session
    assert browser.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in browser.session


def test_signing_in_and_out_are_protected_against_foreign_forms(client_of, ada):
    strict = client_of(ada, enforce_csrf_checks=True)

    assert strict.post(reverse("account_logout")).status_code == 403
    assert "_auth_user_id" in strict.session


@pytest.mark.parametrize("method", ["get", "post"])
def test_sign_up_is_closed_with_a_plain_sentence(browser, method):
    answer = getattr(browser, method)(
        reverse("account_signup"), {"email": "new@northwind.example", "password1": PASSWORD, "password2": PASSWORD}
    )

    assert "Accounts are made by invitation" in answer.content.decode()
    assert not User.objects.people().exists()


@pytest.mark.parametrize(
    "path",
    [
        "email/",
        "confirm-email/",
        "confirm-email/x/",
        "password/set/",
        "reauthenticate/",
        "3rdparty/",
        "login/code/confirm/",
    ],
)
def test_pages_that_are_not_offered_do_not_exist(client_of, ada, path):
    assert client_of(ada).get(f"/account/{path}").status_code == 404


def test_before_set_up_the_sign_in_page_says_where_the_link_is(browser, organisation):
    organisation.set_up_at = None
    organisation.save()

    page = browser.get("/desk/people/", follow=True).content.decode()

    assert "Open the set-up link that was printed in the terminal" in page
    assert "<form" not in page


def ask_for_a_link(browser, email):
    return browser.post(reverse("account_reset_password"), {"email": email}, follow=True)


@pytest.mark.django_db(transaction=True)
def test_known_and_unknown_addresses_get_the_same_answer_but_not_the_same_mail(browser, ada):
    known, unknown = (ask_for_a_link(browser, email) for email in (ada.email, "nobody@northwind.example"))

    assert known.content == unknown.content
    assert known.redirect_chain == unknown.redirect_chain
    wait_for_mail()
    assert [message.to for message in mail.outbox] == [[ada.email]]


@pytest.mark.django_db(transaction=True)
def test_whoever_has_no_access_gets_no_link(browser, ada):
    User.objects.filter(pk=ada.pk).update(is_active=False)

    ask_for_a_link(browser, ada.email)

    wait_for_mail()
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_a_forgotten_password_is_replaced_with_the_mailed_link_once(client_of, ada, host):
    browser, signed_in = client_of(None), client_of(ada)
    browser.post(reverse("account_reset_password"), {"email": ada.email}, headers={"host": host})
    wait_for_mail()
    (link,) = re.findall(r"^http\S+$", str(mail.outbox[0].body), re.MULTILINE)
    assert link.startswith("http://127.0.0.1:8000/account/password/reset/key/")

    form = browser.get(link, follow=True)
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    answer = browser.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD}, follow=True)

    assert "Your password was changed" in answer.content.decode()
    assert User.objects.get(pk=ada.pk).check_password(NEW_PASSWORD)
    assert "This link is not good any more" in client_of(None).get(link, follow=True).content.decode()
    assert signed_in.get("/desk/people/").status_code == 302, "the session of before is over"
    assert [message.subject for message in mail.outbox][1:] == ["Your password at Northwind Agents was changed"]


def wait_for_mail():
    """Until the mail that left in a thread is there."""
    import threading

    for thread in threading.enumerate():
        if thread.name.startswith("mail "):
            thread.join(5)


def test_a_short_password_is_refused_and_changes_nothing(client_of, ada, snapshot):
    browser = client_of(ada)
    browser.get("/desk/people/")
    before = snapshot()

    answer = browser.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "short"})

    assert "too short" in answer.content.decode()
    assert "Error: " in answer.content.decode()
    assert snapshot() == before


def test_changing_the_password_keeps_this_session_and_ends_the_others(client_of, ada):
    here, elsewhere = client_of(ada), client_of(ada)

    answer = here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})

    assert answer.status_code == 302
    assert here.get("/desk/people/").status_code == 200
    assert elsewhere.get("/desk/people/").status_code == 302
    assert list(LogEntry.objects.values_list("action", "details")) == [("person.password_changed", {})]
    assert mail.outbox[0].to == [ada.email]


def test_a_session_ends_at_once_when_access_does(client_of, ada, olga):
    browser = client_of(ada)
    assert browser.get("/desk/people/").status_code == 200

    people.deactivate(ada, by=olga)

    assert browser.get("/desk/people/").status_code == 302
