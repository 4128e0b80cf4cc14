"""Account mail: at once, never stored, and never in the way of the answer."""

import re
from time import perf_counter

import pytest
from django.core import mail as sent
from django.db import connection

from accounts import mail
from accounts.operations import people
from stakeholders.models import Outgoing

LETTERS = {
    "invitation": lambda olga: {"invitation": people.invite("nova@example.org", "Nova & Co", ["approver"], by=olga)},
    "password_reset": lambda olga: {"person": olga, "link": "http://127.0.0.1:8000/account/password/reset/key/x-y/"},
    "password_changed": lambda olga: {"person": olga},
    "second_step": lambda olga: {
        "person": olga,
        "said": "New recovery codes were made. The ones before open nothing any more.",
    },
    "sign_in_held": lambda olga: {"person": olga},
    "solo_declared": lambda olga: {"person": olga, "by": olga, "effective_at": olga.joined_at},
}


@pytest.fixture(autouse=True)
def _installation(organisation):
    """In whose name it is written."""


@pytest.mark.parametrize("name", LETTERS)
def test_each_letter_has_one_action_and_the_same_words_twice(olga, name):
    mail.send(name, "nova@example.org", **LETTERS[name](olga))

    (message,) = sent.outbox
    (html,) = [part.content for part in message.alternatives]
    subject, body = str(message.subject), str(message.body)
    assert "\n" not in subject
    assert "Northwind Agents" in subject + body
    assert len(re.findall(r"^http\S+$", body, re.MULTILINE)) == 1
    assert len(re.findall(r'<a class="go"', html)) == len(re.findall("<a ", html)) == 1
    assert re.findall(r"^http\S+$", body, re.MULTILINE)[0] in html
    assert all(len(line) <= 72 for line in body.splitlines() if "http" not in line)
    assert "&amp;" not in body, "plain text is not escaped"
    assert "<img" not in html


@pytest.mark.parametrize("name", LETTERS)
def test_links_lead_to_our_own_address(olga, name):
    mail.send(name, "nova@example.org", **LETTERS[name](olga))

    links = re.findall(r"https?://[^\s\"<]+", str(sent.outbox[0].body) + str(sent.outbox[0].alternatives[0].content))
    assert links
    assert all(link.startswith("http://127.0.0.1:8000/") for link in links)


def test_account_mail_is_kept_in_no_table(olga, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invitation = people.invite("nova@example.org", "Nova", ["approver"], by=olga)

    token = invitation.link.rstrip("/").rpartition("/")[2]
    assert len(sent.outbox) == 1
    assert not Outgoing.objects.exists()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert token not in str(cursor.fetchall()), table


def test_a_mail_server_that_does_not_answer_is_said_and_not_raised(olga, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert mail.send("password_changed", olga.email, person=olga) is False
    assert mail.send_all("solo_declared", [olga], by=olga, effective_at=olga.joined_at) == [olga]


def test_whether_mail_leaves_the_machine_is_known(settings):
    assert mail.reaches_people()
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert not mail.reaches_people()


@pytest.mark.django_db(transaction=True)
def test_mail_that_must_not_be_noticed_does_not_hold_up_the_answer(olga, settings):
    """A server that swallows the connection would otherwise tell known addresses by their ten seconds."""
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        began = perf_counter()
        thread = mail.send_unseen("password_reset", olga.email, person=olga, link="http://127.0.0.1:8000/")
        took = perf_counter() - began
        silent.accept()[0].close()
        thread.join(5)

    assert took < 1
    assert not thread.is_alive()
