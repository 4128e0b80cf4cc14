"""What opens an account is kept nowhere. Mail goes to people and teams of the house, and approved words to groups."""

import json
import logging

import pytest
from django.urls import reverse

from accounts.models import Team, User
from accounts.operations import password, people
from stakeholders.models import Contact, Outgoing
from stakeholders.operations import links
from tests.conftest import dump
from tests.world import MARK

PHRASE = "a pass phrase of seven words, typed once"


def everything() -> str:
    return json.dumps(dump(), default=str)


def test_every_message_goes_to_somebody_here_to_a_team_or_in_approved_words_to_a_group(world):
    """To outsiders go direct messages alone, and beside the approved words they say only which agent it is about."""
    aliases = set(Team.objects.values_list("alias", flat=True))
    contacts = set(Contact.objects.current().values_list("address", flat=True))
    sent = list(Outgoing.objects.select_related("to_user"))
    assert len(sent) > 20
    assert {message.kind for message in sent} >= {"commitment", "approval_requested", "verification", "direct"}
    for message in sent:
        if message.kind == "direct":
            assert message.to_address in contacts, message
            said = " ".join(f"{message.subject} {message.text} {message.html} {message.reason}".split())
            assert MARK not in said.replace(world.agent.public_name, ""), message
        elif message.to_user is None:
            assert message.to_address in aliases, message
        else:
            assert message.to_address == message.to_user.email


def test_no_stored_message_holds_a_link_that_acts(world):
    with_links = Outgoing.objects.exclude(link_purpose="")
    assert with_links.exists()
    for message in with_links:
        token = links.token_of(message)
        for stored in Outgoing.objects.all():
            assert token not in f"{stored.text}{stored.html}{stored.subject}{stored.outcome}"
        assert message.to_user is not None


@pytest.fixture
def joined(olga, caplog):
    """Somebody was invited and came, with everything that was said about it in the log of the process."""
    caplog.set_level(logging.DEBUG)
    invitation = people.invite("noor@northwind.example", "Noor", ["approver"], by=olga)
    token = invitation.link.rstrip("/").rpartition("/")[2]
    assert len(token) > 40
    return token, people.accept_invitation(token, PHRASE, "UTC")


def test_an_invitation_is_kept_as_a_hash_only(joined, caplog):
    token, _ = joined
    for place in (everything(), caplog.text):
        assert token not in place
    assert not Outgoing.objects.exists()


def test_a_password_is_kept_as_a_hash_only(joined, caplog):
    _, noor = joined
    password.set_password(noor, f"{PHRASE} again", by=noor)

    assert User.objects.get(pk=noor.pk).check_password(f"{PHRASE} again")
    for place in (everything(), caplog.text):
        assert PHRASE not in place


def test_a_reset_link_is_kept_nowhere(joined, caplog):
    _, noor = joined
    key = password.make_password_link(noor, by=noor).rstrip("/").rpartition("/")[2]

    for place in (everything(), caplog.text):
        assert key not in place
    assert not Outgoing.objects.exists()


def test_a_failed_sign_in_tells_the_log_no_password(joined, caplog, client_of):
    typed = {"login": "noor@northwind.example", "password": f"wrong {PHRASE}"}
    answer = client_of(None).post(reverse("account_login"), typed)

    assert "The address or the password is not right" in answer.content.decode()
    assert PHRASE not in caplog.text
    assert PHRASE not in everything()
