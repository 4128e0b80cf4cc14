"""Sending over a real SMTP server that misbehaves, and into files. Nothing is lost, and doubt is shown (F06-F21)."""

import email
import email.policy
import logging
import socket
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import override_settings

from stakeholders import operations, transport
from stakeholders.models import ABANDONED, Outgoing
from stakeholders.operations import sending
from tests import factories, states
from tests.conftest import START
from tests.relay import Relay


@pytest.fixture(autouse=True)
def _mended():
    sending.breaker.mend()
    yield
    sending.breaker.mend()


@pytest.fixture
def relay():
    with Relay().open() as opened, override_settings(**opened.settings):
        yield opened


@pytest.fixture
def folder(tmp_path):
    with override_settings(EMAIL_URL="", MAIL_DIR=tmp_path / "mail"):
        yield tmp_path / "mail"


def queue(name, **fields):
    person = factories.UserFactory.create(email=f"{name}@example.org")
    said = {"kind": "test", "subject": f"For {name}", "text": "Words.\n.\n..two dots\n", "reason": "Because."}
    return operations.queue(key=f"k:{name}", to=person, **(said | fields))


# What the server says


def test_accepted_is_sent_and_says_what_was_answered(db, relay):
    message = queue("ok")

    assert operations.drain() == 1

    message.refresh_from_db()
    assert (message.state, message.sent_at, message.outcome) == ("sent", START, "250 kept")
    assert (message.lease_until, message.attempt_started_at) == (None, None)
    ((_, received),) = relay.accepted
    assert received["Message-ID"] == message.message_id
    assert received.get_content().splitlines() == ["Words.", ".", "..two dots"]


def test_several_messages_go_over_one_connection(db, relay):
    for number in range(5):
        queue(f"ok-{number}")

    assert operations.drain() == 5

    assert relay.connections == 1


@pytest.mark.check("R08")
def test_greylisting_is_tried_again_and_arrives(db, relay, clock_at):
    message = queue("grey")

    assert operations.drain() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts, message.outcome) == ("queued", 1, "451 4.7.1 come back later")
    assert timedelta(minutes=5) <= message.due_at - START <= timedelta(minutes=6)

    clock_at(START + timedelta(minutes=6))
    assert operations.drain() == 1
    assert states.fresh(message).attempts == 2


@pytest.mark.check("R08")
def test_what_is_put_off_for_ever_is_given_up_after_seven_attempts(db, relay, clock_at):
    message = queue("tmp")

    waits = []
    for _ in range(10):
        now = max(states.fresh(message).due_at, START)
        clock_at(now)
        operations.drain()
        message.refresh_from_db()
        waits.append(message.due_at - now)
        if message.state != "queued":
            break

    assert (message.state, message.attempts) == ("failed", 7)
    assert message.outcome == "Given up after 7 attempts. 452 4.2.2 mailbox full"
    hours = [wait / timedelta(hours=1) for wait in waits[:-1]]
    assert hours == pytest.approx([1 / 12, 0.25, 1, 4, 12, 24], rel=0.11)


@pytest.mark.check("R08")
def test_a_permanent_refusal_is_not_repeated(db, relay, clock_at):
    message = queue("perm")

    operations.drain()
    clock_at(START + timedelta(days=3))
    operations.drain()

    message.refresh_from_db()
    assert (message.state, message.attempts, message.outcome) == ("failed", 1, "550 5.1.1 no such user")


@pytest.mark.check("R08")
def test_a_line_that_drops_is_doubtful_and_repeated_once_with_the_same_id(db, relay, clock_at):
    message = queue("drop")

    operations.drain()
    message.refresh_from_db()
    assert (message.state, message.possibly_repeated) == ("queued", True)
    assert "after the message was handed over" in message.outcome

    clock_at(START + timedelta(minutes=6))
    operations.drain()

    message.refresh_from_db()
    assert (message.state, message.possibly_repeated) == ("sent", True)
    assert relay.ids("drop@example.org") == [message.message_id] * 2


@pytest.mark.check("R08")
def test_doubtful_twice_waits_for_a_person(db, relay, clock_at, cleo):
    message = queue("gone")
    for minutes in (0, 6, 60, 600):
        clock_at(START + timedelta(minutes=minutes))
        operations.drain()

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("unsure", 2)
    assert len(relay.ids("gone@example.org")) == 2

    operations.retry(message, by=cleo)
    operations.drain()
    assert states.fresh(message).state == "unsure"


def test_all_of_it_at_once_ends_as_each_deserves(db, relay, clock_at):
    names = ["ok-1", "perm-1", "drop-1", "ok-2", "grey-1", "tmp-1", "gone-1", "ok-3"]
    messages = {name: queue(name) for name in names}
    for minutes in (0, 6, 30):
        clock_at(START + timedelta(minutes=minutes))
        operations.drain()

    found = {name: states.fresh(message).state for name, message in messages.items()}
    assert found == {
        "ok-1": "sent", "ok-2": "sent", "ok-3": "sent", "perm-1": "failed", "drop-1": "sent",
        "grey-1": "sent", "tmp-1": "queued", "gone-1": "unsure",
    }  # fmt: skip
    assert all(relay.counts()[f"ok-{number}@example.org"] == 1 for number in (1, 2, 3))


# A relay that is away


@pytest.mark.check("R08")
def test_a_refused_connection_burns_no_attempts_and_rests(db):
    nobody = Relay()
    message = queue("ok")

    with override_settings(**nobody.settings):
        assert operations.drain() == 0
        assert sending.breaker.rests()

    message.refresh_from_db()
    assert (message.state, message.attempts, message.due_at) == ("queued", 0, START)
    assert message.outcome == "The mail server 127.0.0.1 cannot be used: connection refused."


@pytest.mark.check("R08")
def test_when_it_is_back_everything_goes(db):
    relay = Relay()
    queue("ok")
    with override_settings(**relay.settings):
        operations.drain()
        sending.breaker.until = 0.0
        with relay.open():
            assert operations.drain() == 1
    assert sending.breaker.failures == 0


@pytest.mark.check("R08")
def test_a_server_that_never_answers_is_left_after_a_bounded_time(db, monkeypatch):
    monkeypatch.setattr(transport, "COMMAND_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as hole:
        silent = Relay()
        silent.port = hole.getsockname()[1]
        message = queue("ok")
        with override_settings(**silent.settings):
            assert operations.drain() == 0
    assert states.fresh(message).outcome == "The mail server 127.0.0.1 cannot be used: no answer in time."


# Leases


def test_a_claimed_message_is_nobody_elses_until_its_lease_is_over(db, clock_at):
    queue("ok")
    (mine,) = operations.claim("one")

    assert operations.claim("two") == []
    clock_at(START + sending.LEASE - timedelta(seconds=1))
    assert operations.claim("two") == []
    clock_at(START + sending.LEASE)
    assert operations.claim("two") == [mine]


def test_who_lost_the_lease_does_not_hand_over(db, relay, clock_at):
    queue("ok")
    (mine,) = operations.claim("one")
    clock_at(START + sending.LEASE)
    operations.claim("two")

    with transport.opened() as way:
        way.ready()
        assert operations.deliver(mine, way) is False

    assert relay.handed == []


def test_an_attempt_that_had_begun_makes_it_possibly_repeated(db, clock_at):
    message = queue("ok")
    operations.claim("one")
    Outgoing.objects.update(attempt_started_at=START)
    clock_at(START + sending.LEASE)

    (again,) = operations.claim("two")

    assert again.possibly_repeated
    Outgoing.objects.update(attempt_started_at=START)
    clock_at(START + sending.LEASE * 2)
    assert operations.claim("three") == []
    assert states.fresh(message).state == "unsure"


@pytest.mark.check("R21")
def test_a_message_that_kills_its_sender_each_time_is_put_aside_at_the_fifth(db, clock_at, cleo):
    message = queue("ok")
    for number in range(ABANDONED):
        clock_at(START + sending.LEASE * number)
        assert operations.claim("one")
    clock_at(START + sending.LEASE * ABANDONED)

    assert operations.claim("one") == []

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 5)
    assert message.outcome == "Put aside: 5 senders ended with it in their hands."
    operations.retry(message, by=cleo)
    assert operations.claim("one") == [message]


@pytest.mark.check("R21")
def test_what_is_put_aside_ends_no_round_for_the_others(db, relay):
    aside = queue("ok-aside")
    Outgoing.objects.filter(pk=aside.pk).update(abandoned=ABANDONED)
    queue("ok-next")

    assert operations.drain() == 1


@pytest.mark.check("R21")
@pytest.mark.parametrize(("begun", "end"), [(False, ("failed", 5)), (True, ("unsure", 2))])
def test_what_nobody_foresaw_stops_no_other_message_and_is_put_aside(
    db, relay, clock_at, monkeypatch, caplog, begun, end
):
    """Before the message itself nothing can have arrived; after that it is doubtful, and once repeated, a person's."""
    odd = queue("ok-odd")
    real = transport.Relay._send

    def send(way, sender, to, content, begin):
        if to == odd.to_address:
            if begun:
                begin()
            raise UnicodeEncodeError("ascii", to, 0, 1, "an address that no server can be told")
        return real(way, sender, to, content, begin)

    monkeypatch.setattr(transport.Relay, "_send", send)
    with caplog.at_level(logging.CRITICAL, logger="stakeholders.operations.sending"):
        for number in range(8):
            clock_at(START + timedelta(days=2 * number))
            queue(f"ok-{number}")
            operations.drain()

    odd.refresh_from_db()
    assert (odd.state, odd.attempts) == end
    assert "an address that no server can be told" in odd.outcome
    assert len(relay.accepted) == 8


@pytest.mark.check("R21")
def test_a_database_that_fails_is_not_the_fault_of_the_message(db, relay, monkeypatch):
    message = queue("ok")

    def away(*_args):
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(sending, "_content", away)
    with pytest.raises(OperationalError):
        operations.drain()

    assert states.fresh(message).state == "queued"


def test_what_is_not_due_yet_waits(db, relay, clock_at):
    queue("ok", due_at=START + timedelta(hours=1))

    assert operations.drain() == 0
    clock_at(START + timedelta(hours=1))
    assert operations.drain() == 1


@pytest.mark.check("R27")
def test_taken_back_between_claiming_and_handing_over_it_is_not_sent(db, relay):
    queue("ok")
    (mine,) = operations.claim("one")
    operations.supersede("k:", "Answered.")

    with transport.opened() as way:
        way.ready()
        operations.deliver(mine, way)

    assert relay.handed == []
    assert states.fresh(mine).state == "superseded"


@pytest.mark.check("R27")
def test_who_lost_access_meanwhile_gets_nothing(db, relay):
    message = queue("ok")
    message.to_user.is_active = False
    message.to_user.save()

    operations.drain()

    assert states.fresh(message).state == "superseded"
    assert relay.handed == []


@pytest.mark.check("R21")
def test_one_message_that_cannot_be_built_stops_no_other(db, relay, caplog):
    broken = queue("ok-broken")
    Outgoing.objects.filter(pk=broken.pk).update(text="⟦link⟧done/")
    queue("ok-whole")

    with caplog.at_level(logging.CRITICAL, logger="stakeholders.operations.sending"):
        assert operations.drain() == 1

    broken.refresh_from_db()
    assert broken.state == "failed"
    assert broken.outcome.startswith("It could not be put together: A message has links exactly when")


# Files


def test_without_a_server_each_message_is_one_file(db, folder):
    message = queue("ok", thread="<root@example.org>")

    assert operations.drain() == 1

    (path,) = folder.glob("*")
    found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert found["Message-ID"] == message.message_id
    assert path.stat().st_mode & 0o777 == 0o600
    assert states.fresh(message).outcome == f"Written to {path.name}; no mail server is set."


def test_the_same_message_again_is_the_same_file(db, folder):
    message = queue("ok")
    operations.drain()
    Outgoing.objects.update(state="queued", sent_at=None)

    operations.drain()

    assert len(list(folder.iterdir())) == 1
    assert states.fresh(message).state == "sent"


def test_a_folder_that_cannot_be_written_burns_no_attempts(db, tmp_path):
    (tmp_path / "mail").write_text("in the way")
    message = queue("ok")

    with override_settings(EMAIL_URL="", MAIL_DIR=tmp_path / "mail" / "below"):
        operations.drain()

    message.refresh_from_db()
    assert message.attempts == 0
    assert "cannot be written" in message.outcome


def test_what_is_due_is_claimed_by_its_partial_index(db):
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert "outgoing_due" in Outgoing.objects.due(START)[:1].explain()
