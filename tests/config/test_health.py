"""What a monitor is told (`/healthz/deep`, F31): by token alone, in figures and names, the same that the desk says in words."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

import clock
from config import checks, health
from config.deadman import can_be_pinged
from incidents.models import Heartbeat, Reminder, Setback
from stakeholders import bell
from stakeholders.models import ABANDONED, Outgoing
from stakeholders.operations import queue
from statuspage import serving
from statuspage.keeper import Status
from tests.browsers import browser
from tests.conftest import START

pytestmark = pytest.mark.check("R13")

ADDRESS = "/healthz/deep"
TOKEN = "a-token-of-more-than-thirty-two-characters"
SAID = {
    "well", "wrong", "seconds_since_last_round", "seconds_queue_unheard", "seconds_mail_overdue",
    "seconds_deadline_overdue", "seconds_clock_ahead", "last_round_was_whole", "rows_put_aside",
    "reminders_put_aside", "messages_put_aside", "pages_are_current", "pages_are_on_disk",
}  # fmt: skip


@pytest.fixture
def well(db: None) -> Iterator[None]:
    """A round has just been made, and a monitor knows the token."""
    Heartbeat.objects.update(swept_at=clock.now())
    with override_settings(HEALTH_TOKEN=TOKEN):
        yield


def asked(token: str = TOKEN, scheme: str = "Bearer") -> Any:
    return browser().get(ADDRESS, headers={"Authorization": f"{scheme} {token}"})


def wrong() -> list[str]:
    answer = asked()
    assert answer.status_code == (503 if answer.json()["wrong"] else 200)
    assert answer.json()["well"] == (answer.status_code == 200)
    return list(answer.json()["wrong"])


# Who is told


def test_without_a_token_set_nothing_is_there(db: None) -> None:
    assert asked().status_code == asked("").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer tökën"},
        {"Authorization": f"Bearer  {TOKEN}"}, {"X-Token": TOKEN}, {"Cookie": f"token={TOKEN}"},
    ],
)  # fmt: skip
def test_only_the_token_in_its_header_opens_it(well: None, headers: dict[str, str]) -> None:
    answer = browser().get(ADDRESS, headers=headers)

    assert (answer.status_code, answer.content, answer["WWW-Authenticate"]) == (401, b"", "Bearer")


def test_a_token_in_the_address_opens_nothing(well: None) -> None:
    """It would stand in the log of every server on the way."""
    assert (
        Client().get(ADDRESS, {"token": TOKEN, "access_token": TOKEN, "Authorization": f"Bearer {TOKEN}"}).status_code
        == 401
    )


def test_nobody_keeps_the_answer_and_no_session_begins(well: None) -> None:
    answer = asked()

    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert answer["Content-Type"] == "application/json"


# What is told


def test_where_all_is_well_it_says_so(well: None) -> None:
    answer = asked()

    assert answer.status_code == 200
    assert set(answer.json()) == SAID
    assert (answer.json()["well"], answer.json()["wrong"]) == (True, [])


def test_it_costs_two_queries(well: None, organisation: Any) -> None:
    with CaptureQueriesContext(connection) as seen:
        asked()

    assert len(seen) == 2


def no_round_for_long() -> None:
    Heartbeat.objects.update(swept_at=START - timedelta(seconds=81))


def never_a_round() -> None:
    Heartbeat.objects.update(swept_at=None)


def a_round_from_the_future() -> None:
    Heartbeat.objects.update(swept_at=START + timedelta(seconds=6))


def mail_that_waits() -> None:
    write(due_at=START - timedelta(seconds=121))


def a_row_that_fails_each_time() -> None:
    Setback.objects.create(kind="promise", row=1, times=5, again_at=START)


def a_round_that_was_not_whole() -> None:
    Heartbeat.objects.update(trouble="promise 7")


def a_message_of_which_nobody_is_sure() -> None:
    write(state=Outgoing.State.UNSURE)


def a_message_at_which_senders_end() -> None:
    write(state=Outgoing.State.FAILED, abandoned=ABANDONED)


def write(**changed: Any) -> None:
    message = queue(key="k", kind="probe", to="x@example.org", subject="Words from inside", text="x", reason="x")
    assert message
    Outgoing.objects.filter(pk=message.pk).update(**changed)


WRONG = {
    no_round_for_long: "jobs", never_a_round: "jobs", a_round_from_the_future: "clock", mail_that_waits: "mail",
    a_row_that_fails_each_time: "put_aside", a_round_that_was_not_whole: "put_aside",
    a_message_of_which_nobody_is_sure: "put_aside", a_message_at_which_senders_end: "put_aside",
}  # fmt: skip


@pytest.mark.parametrize("happens", WRONG, ids=lambda happens: happens.__name__)
def test_what_is_wrong_has_a_name(well: None, happens: Callable[[], None]) -> None:
    assert wrong() == []
    happens()

    assert wrong() == [WRONG[happens]]


def test_what_is_nearly_late_is_not_late(well: None) -> None:
    Heartbeat.objects.update(swept_at=START - timedelta(seconds=79))
    write(due_at=START - timedelta(seconds=119))

    assert wrong() == []
    assert asked().json()["seconds_mail_overdue"] == 119


def test_a_refusal_by_a_receivers_server_is_no_trouble_of_ours(well: None) -> None:
    write(state=Outgoing.State.FAILED, outcome="550 5.1.1 no such user")

    assert wrong() == []


@pytest.mark.parametrize(
    ("late", "minutes"), [("promise", 50), ("commitment", 10 * 24 * 60 + 5), ("reminder", 10 * 24 * 60 + 5)]
)
def test_a_deadline_that_no_round_takes_is_wrong(
    well: None, commitment: Any, clock_at: Callable[..., None], late: str, minutes: int
) -> None:
    """Rounds are made, and yet what is due is not done."""
    kinds = {
        "promise": commitment.incident.promises,
        "commitment": type(commitment).objects,
        "reminder": Reminder.objects,
    }
    if late == "reminder":
        commitment.incident.promises.update(due_at=START + timedelta(days=300))
        type(commitment).objects.update(due_at=START + timedelta(days=300))
    clock_at(START + timedelta(minutes=minutes))
    Heartbeat.objects.update(swept_at=clock.now())
    Outgoing.objects.all().delete()
    assert kinds[late].exists()

    assert wrong() == ["deadlines"]


def test_a_reminder_that_is_stuck_is_said_for_a_week(
    well: None, commitment: Any, clock_at: Callable[..., None]
) -> None:
    Outgoing.objects.all().delete()
    Reminder.objects.update(state="done", settled_at=START)
    step = Reminder.objects.first()
    assert step
    Reminder.objects.filter(pk=step.pk).update(state="stuck")
    commitment.incident.promises.update(due_at=START + timedelta(days=300))

    assert wrong() == ["put_aside"]
    clock_at(START + timedelta(days=8))
    Heartbeat.objects.update(swept_at=clock.now())
    assert wrong() == []


def test_a_queue_that_carries_nothing_is_wrong_only_where_there_is_one(well: None) -> None:
    bell.unheard()

    assert wrong() == []
    with override_settings(EMBEDDED=False):
        assert wrong() == ["queue"]


def test_a_clock_that_differs_and_pages_that_are_not_renewed_are_wrong(well: None, monkeypatch: Any) -> None:
    told = SimpleNamespace(status=Status(problem="secret words", disk_problem="secret words"))
    monkeypatch.setattr(serving, "_serving", [SimpleNamespace(keeper=told)])
    monkeypatch.setattr(clock._database_clock, "ahead", timedelta(seconds=-6))

    assert wrong() == ["clock", "pages", "pages_on_disk"]
    assert "secret words" not in asked().content.decode()


def test_a_database_that_is_away_is_said_too(well: None, monkeypatch: Any) -> None:
    def away() -> None:
        raise OperationalError("server closed the connection: secret words")

    monkeypatch.setattr(health, "look", away)
    answer = asked()

    assert (answer.status_code, answer.json()) == (503, {"well": False, "wrong": ["database"]})


def test_nothing_that_anybody_wrote_is_told(well: None) -> None:
    a_round_that_was_not_whole()
    mail_that_waits()

    said = asked().content.decode()

    assert [words for words in ("promise 7", "Words from inside", "example.org") if words in said] == []


# Bad values


@pytest.mark.parametrize("token", ["short", "x" * 31, "t" * 31 + "ö", "two words " * 4, "line\n" * 8])
def test_a_token_that_is_guessed_or_cannot_be_sent_is_refused(token: str) -> None:
    with override_settings(HEALTH_TOKEN=token, DEADMAN_URL=""):
        assert [found.id for found in checks.watched_from_outside()] == ["answerable.E014"]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://ping.example.org/abc", True), ("https://ping.example.org:8443/abc?x=1", True),
        ("http://127.0.0.1:9/x", True), ("http://[::1]:9/x", True), ("http://localhost/x", True),
        ("http://ping.example.org/abc", False), ("http://127.0.0.1.example.org/x", False), ("ftp://127.0.0.1/x", False),
        ("https://", False), ("ping.example.org/abc", False), ("https://user:secret@ping.example.org/", False),
        ("https://ping.example.org/a b", False), ("https://ping.example.org:no/", False), ("https://[x/", False),
        ("https://ping.example.org/\r\nHost: x", False), ("https://ping.exämple.org/", False),
    ],
)  # fmt: skip
def test_where_a_ping_may_go(url: str, good: bool) -> None:
    assert can_be_pinged(url) == good
    with override_settings(HEALTH_TOKEN="", DEADMAN_URL=url):
        assert [found.id for found in checks.watched_from_outside()] == ([] if good else ["answerable.E015"])


def test_the_words_of_the_check_hold_no_secret(caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG), override_settings(HEALTH_TOKEN="hush", DEADMAN_URL="https://a:hush@b/"):
        said = " ".join(f"{found.msg} {found.hint}" for found in checks.watched_from_outside())

    assert "hush" not in said + caplog.text
