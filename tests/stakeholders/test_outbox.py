"""Messages are written once, carry nothing that can break a header, and their links act for one person only."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import LogEntry
from incidents.models import Incident
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders import addresses, mail, operations
from stakeholders.models import ActionLink, Outgoing, StakeholderGroup
from stakeholders.operations import links
from tests import factories, states
from tests.conftest import START

DECLARED = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def queue(to, **fields):
    said = {"key": "k:1", "kind": "test", "subject": "One", "text": "Words.\n", "reason": "Because."}
    return operations.queue(to=to, **(said | fields))


def with_links(to, **fields):
    text = f"Done\n{mail.LINK}done/\n"
    return queue(
        to,
        text=text,
        html=f'<a href="{mail.LINK}done/">Done</a>',
        link_purpose="commitment",
        link_subject="abc",
        link_valid_until=START + timedelta(days=14),
        **fields,
    )


def parsed(message, token=""):
    content = mail.build(message, name=message.to_user.name, organisation="Northwind Agents", token=token)
    return email.message_from_bytes(content, policy=email.policy.default.clone(raise_on_defect=True))


# Writing


def test_the_same_key_is_queued_once(tom):
    first, second = queue(tom), queue(tom, subject="Two")

    assert second is None
    assert Outgoing.objects.get() == first


def test_the_message_id_follows_from_the_key_and_says_nothing(tom):
    message = queue(tom, key="commitment:7:due")

    assert message.message_id == operations.message_id("commitment:7:due")
    assert re.fullmatch(r"<[0-9a-f]{40}@[^@>]+>", message.message_id)


@pytest.mark.parametrize(
    "sign", ["\r", "\n", "\r\nBcc: all@example.org", "\x00", "\x1b", "\x85", "\u2028", "\u2029", "\x7f"]
)
def test_line_ends_and_control_characters_are_refused_in_a_subject(tom, refused, sign):
    with refused(Incomplete, "one line"):
        queue(tom, subject=f"Hello{sign}there")


@pytest.mark.parametrize(
    "address",
    [
        '"quoted local"@example.org',
        "a@[127.0.0.1]",
        "a@b\r\nBcc: c@d.org",
        "no-host",
        " a@example.org",
        "a b@example.org",
        "",
    ],
)
def test_addresses_that_servers_read_differently_are_refused(db, refused, address):
    with refused(Incomplete, "cannot be used as an email address"):
        queue(address)


def test_marks_that_turn_the_direction_are_taken_out(tom):
    message = queue(tom, subject="Due \u202eyadot\u202c", text="See \u2066this\u2069.\n", html="<p>\u200fx</p>")

    assert (message.subject, message.text, message.html) == ("Due yadot", "See this.\n", "<p>x</p>")


def test_a_host_in_another_script_is_written_as_servers_write_it():
    assert addresses.address("ada@bücher.example") == "ada@xn--bcher-kva.example"


def test_links_are_for_a_person_and_for_a_time(db, tom):
    with pytest.raises(ValueError, match="one person"):
        with_links("team@example.org")
    with pytest.raises(ValueError, match="one person"):
        queue(tom, link_purpose="commitment")


def test_superseding_leaves_alone_what_is_being_sent_or_is_over(tom):
    waiting, started, sent = (queue(tom, key=f"c:1:{n}") for n in range(3))
    other = queue(tom, key="c:11:0")
    Outgoing.objects.filter(pk=started.pk).update(attempt_started_at=START)
    Outgoing.objects.filter(pk=sent.pk).update(state="sent", sent_at=START)

    assert operations.supersede("c:1:", "Answered.") == 1

    found = [states.fresh(message).state for message in (waiting, started, sent, other)]
    assert found == ["superseded", "queued", "sent", "queued"]


# The bytes


def test_a_message_has_its_two_parts_and_only_declared_headers(tom):
    message = with_links(tom, thread=operations.message_id("thread"))

    found = parsed(message, token=links.mint(message))

    assert set(found.keys()) <= DECLARED
    assert found["Subject"] == "One"
    assert found["Message-ID"] == message.message_id
    assert found["In-Reply-To"] == found["References"] == operations.message_id("thread")
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Date"].datetime == START
    assert found["To"].addresses[0].display_name == "Tom Lindqvist"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert "/act/" in found.get_body(("plain",)).get_content()
    assert "⟦" not in found.as_string()


@given(
    subject=st.text(max_size=120).map(addresses.line).filter(bool),
    name=st.text(min_size=1, max_size=60),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="⟦⟧"), min_size=1, max_size=300),
)
@settings(max_examples=200, deadline=None)
def test_whatever_people_type_the_bytes_parse_and_say_what_was_meant(subject, name, text):
    message = factories.OutgoingFactory.build(
        to_user=None, to_address="tom@example.org", subject=subject, text=text, created_at=START, thread=""
    )

    content = mail.build(message, name=name, organisation=name, token="")

    found = email.message_from_bytes(content, policy=email.policy.default)
    assert set(found.keys()) <= DECLARED
    assert found["To"].addresses[0].addr_spec == "tom@example.org"
    assert len(found["To"].addresses) == 1
    assert content.isascii()


def test_a_message_whose_places_for_links_do_not_fit_is_not_built(tom):
    with pytest.raises(ValueError, match="exactly when"):
        parsed(queue(tom), token="x")
    with pytest.raises(ValueError, match="exactly when"):
        parsed(queue(tom, key="k:2", text=f"{mail.LINK}done/"))


# Links


def test_a_repeat_carries_the_same_link_and_only_its_hash_is_kept(tom):
    message = with_links(tom)

    first, second = links.mint(message), links.mint(message)

    assert first == second
    assert len(first) == 43  # 256 bits
    (link,) = ActionLink.objects.all()
    assert first not in dump_of_database()
    assert operations.open_link(first) == link
    assert links.mint(with_links(tom, key="k:2")) != first


def dump_of_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_hash, purpose, subject FROM stakeholders_actionlink")
        links_kept = str(cursor.fetchall())
        cursor.execute("SELECT text, html, outcome FROM stakeholders_outgoing")
        return links_kept + str(cursor.fetchall())


def test_a_link_ends_with_its_time_its_person_or_its_matter(tom, clock_at):
    token = links.mint(with_links(tom))
    clock_at(START + timedelta(days=14))
    assert operations.open_link(token) is None
    clock_at(START)
    assert operations.open_link(token) is not None
    tom.is_active = False
    tom.save()
    assert operations.open_link(token) is None
    tom.is_active = True
    tom.save()
    assert operations.void_links("commitment", "other") == 0
    assert operations.void_links("commitment", "abc") == 1
    assert operations.open_link(token) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "\ud800", "a" * 10_000, "../../etc"])
def test_what_is_no_link_opens_nothing(db, token):
    assert operations.open_link(token) is None


def test_a_message_that_was_held_up_still_gives_its_reader_a_day(tom, clock_at):
    message = with_links(tom)
    clock_at(START + timedelta(days=30))

    token = links.mint(message)

    assert operations.open_link(token).valid_until == START + timedelta(days=31)


# A person decides


@pytest.mark.parametrize("state", ["failed", "unsure"])
def test_a_person_sends_again_what_is_stuck(tom, cleo, state):
    message = queue(tom)
    Outgoing.objects.update(state=state, attempts=7, settled_at=START)

    operations.retry(message, by=cleo)

    message.refresh_from_db()
    assert (message.state, message.attempts, message.due_at) == ("queued", 0, START)
    assert message.possibly_repeated is (state == "unsure")
    assert LogEntry.objects.get(action="outgoing.retried").actor == cleo


@pytest.mark.parametrize("state", ["queued", "superseded"])
def test_only_what_is_stuck_is_sent_again(tom, cleo, refused, state):
    message = queue(tom)
    Outgoing.objects.update(state=state)

    with refused(WrongState):
        operations.retry(message, by=cleo)


def test_people_who_only_read_decide_nothing(tom, vic, refused):
    message = queue(tom)
    Outgoing.objects.update(state="failed")

    with refused(NotAllowed):
        operations.retry(message, by=vic)


# Groups


def test_a_fresh_installation_knows_the_eight_groups(db):
    groups = StakeholderGroup.objects.all()

    assert [group.slug for group in groups] == [
        "affected-users", "onlookers", "platform-trust", "journalists",
        "regulators", "executives", "partners", "employees",
    ]  # fmt: skip
    for group in groups:
        assert all(
            (group.needs, group.relationship, group.influence, group.interest, group.channel, group.tone, group.timing)
        )
    assert not Incident.objects.exists()
