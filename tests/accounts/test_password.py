"""Passwords from the terminal, for whoever has lost the password and the mail with it."""

import io
import re
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command

from accounts.models import LogEntry, User, system_user
from accounts.operations.password import make_password_link, set_password
from refusals import WrongState
from tests.conftest import PASSWORD

NEW_PASSWORD = "another long sentence"


@pytest.fixture(autouse=True)
def _installation(organisation):
    """Its name stands on the pages."""


@pytest.fixture
def typing(monkeypatch):
    """What somebody types at the hidden prompts, in order."""

    def type_in(*answers):
        waiting = iter(answers)
        monkeypatch.setattr("getpass.getpass", lambda _prompt: next(waiting))

    return type_in


def reset(*words):
    out = io.StringIO()
    call_command("reset_password", *words, stdout=out)
    return out.getvalue()


def test_the_printed_link_opens_once_and_sets_a_password(ada, client_of):
    said = reset(ada.email.upper())

    path = urlsplit(re.search(r"http\S+", said).group()).path
    browser = client_of(None)
    form = browser.get(path, follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD})
    assert User.objects.get(pk=ada.pk).check_password(NEW_PASSWORD)
    assert "not good any more" in client_of(None).get(path, follow=True).content.decode()


def test_making_a_link_is_logged_and_changes_no_password(ada):
    said = reset(ada.email)

    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    entry = LogEntry.objects.get()
    assert (entry.action, entry.actor, entry.object_id) == ("person.password_link_made", system_user(), str(ada.pk))
    assert re.search(r"key/(\S+)/", said).group(1) not in str(LogEntry.objects.values().get())


def test_a_password_can_be_typed_there_instead(ada, client_of, typing):
    signed_in = client_of(ada)
    typing(NEW_PASSWORD, NEW_PASSWORD)

    said = reset(ada.email, "--type")

    assert "Everybody who was signed in as Ada Brandt is out." in said
    assert NEW_PASSWORD not in said
    assert User.objects.get(pk=ada.pk).check_password(NEW_PASSWORD)
    assert signed_in.get("/desk/people/").status_code == 302


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [(["short"], "too short"), (["ada@northwind.example"], "too similar"), ([NEW_PASSWORD, "different"], "differ")],
)
def test_a_password_that_will_not_do_is_explained(ada, typing, snapshot, answers, sentence):
    typing(*answers)
    before = snapshot()

    with pytest.raises(CommandError, match=sentence):
        reset(ada.email, "--type")

    assert snapshot() == before


@pytest.mark.parametrize("email", ["nobody@northwind.example", "system@answerable.invalid"])
def test_an_unknown_address_is_named(email, snapshot):
    system_user()
    before = snapshot()

    with pytest.raises(CommandError, match=f"Nobody signs in as {email}"):
        reset(email)

    assert snapshot() == before


def test_no_password_is_taken_from_the_command_line():
    with pytest.raises(CommandError, match="unrecognized arguments"):
        reset("ada@northwind.example", NEW_PASSWORD)


def test_whoever_has_no_access_gets_neither_link_nor_password(ada, refused):
    User.objects.filter(pk=ada.pk).update(is_active=False)
    machine = system_user()

    with refused(WrongState, "no access any more"):
        make_password_link(ada, by=machine)
    with refused(WrongState, "no access any more"):
        set_password(ada, NEW_PASSWORD, by=machine)
    with pytest.raises(CommandError, match="no access any more"):
        reset(ada.email)
