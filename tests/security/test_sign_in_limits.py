"""Guessing (S16): at most ten guesses at an account are tried in ten minutes, and its owner still gets in."""

from datetime import timedelta

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import mail
from django.db import connection
from django.urls import reverse

import clock
from accounts.models import LogEntry, Tally
from accounts.operations import throttle
from tests.conftest import PASSWORD, START
from tests.together import at_once

pytestmark = [pytest.mark.check("S16"), pytest.mark.django_db]

GUESSES = 200


@pytest.fixture(autouse=True)
def _installation(organisation):
    """There is something to sign in to."""


@pytest.fixture
def tried(monkeypatch):
    """Every password that was really compared with the one of an account. The comparison itself goes on as ever."""
    passwords: list[str] = []
    compare = AbstractBaseUser.check_password

    def compared(self, raw_password):
        passwords.append(raw_password)
        return compare(self, raw_password)

    monkeypatch.setattr(AbstractBaseUser, "check_password", compared)
    return passwords


def guess(browser, email, password, address="127.0.0.1"):
    return browser.post(reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=address)


def is_in(browser):
    return browser.get("/desk/people/").status_code == 200


def from_everywhere(client_of, person, count=GUESSES):
    """Guesses from as many addresses, each with a browser of its own."""
    for number in range(count):
        yield guess(client_of(None), person.email, f"guess {number}", f"10.0.{number // 250}.{number % 250 + 1}")


@pytest.mark.django_db(transaction=True)
def test_ten_of_two_hundred_guesses_are_tried_and_the_owner_gets_in(client_of, ada, tried, figures, clock_at):
    known = client_of(None)
    guess(known, ada.email, PASSWORD)
    known.post(reverse("account_logout"))
    tried.clear()

    answers = list(from_everywhere(client_of, ada))

    assert len(tried) == 10
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * (GUESSES - 10)
    assert {answer.headers["Retry-After"] for answer in answers[10:]} == {"600"}
    assert "Try again at 15:26 UTC." in answers[-1].content.decode()
    stranger = client_of(None)
    assert guess(stranger, ada.email, PASSWORD, "10.9.9.9").status_code == 429, "not even the right one is tried"
    assert not is_in(stranger)

    guess(known, ada.email, PASSWORD)
    assert is_in(known), "the owner is not locked out"

    assert LogEntry.objects.filter(action="person.sign_in_held").count() == 1
    wait_for_mail()
    assert [message.to for message in mail.outbox] == [[ada.email]]
    figures("S16", guesses=GUESSES, tried=10, owner_let_in="yes")
    clock_at(START + timedelta(minutes=10, seconds=1))
    assert guess(stranger, ada.email, PASSWORD, "10.9.9.9").status_code == 302


def wait_for_mail():
    import threading

    for thread in threading.enumerate():
        if thread.name.startswith("mail "):
            thread.join(5)


def test_ten_minutes_are_any_ten_minutes(client_of, ada, tried, clock_at):
    """Nine guesses at the end of one stretch and ten at the beginning of the next would be nineteen."""
    for number in range(60):
        clock_at(START + timedelta(seconds=30 * number))
        guess(client_of(None), ada.email, f"guess {number}", f"10.0.0.{number + 1}")

    assert len(tried) == 30, "ten in each of the three times ten minutes"


def test_a_copied_mark_of_a_known_browser_buys_ten_guesses_more_and_no_others(client_of, ada, ben, tried):
    known = client_of(None)
    guess(known, ada.email, PASSWORD)
    known.post(reverse("account_logout"))
    tried.clear()

    answers = [guess(known, ada.email, f"guess {number}", f"10.0.0.{number + 1}") for number in range(30)]

    assert len(tried) == 10
    assert answers[-1].status_code == 429
    tried.clear()
    for number in range(30):
        guess(known, ben.email, f"guess {number}", f"10.1.0.{number + 1}")
    assert len(tried) == 10, "for another account it is a stranger's browser"
    for browser in (known, client_of(None)):
        browser.cookies["device"] = "made up:by:somebody"
        assert guess(browser, ada.email, "guess", "10.2.0.1").status_code in (200, 429)


def test_a_network_tries_ten_times_a_minute_whatever_the_account(client_of, ada, tried):
    for number in range(40):
        guess(
            client_of(None),
            f"somebody{number}@northwind.example",
            "guess",
            "2001:db8:1:2::1" if number % 2 else "2001:db8:1:2::f",
        )

    answer = guess(client_of(None), ada.email, PASSWORD, "2001:db8:1:2:ffff::1")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert guess(client_of(None), ada.email, PASSWORD, "2001:db8:1:3::1").status_code == 302


def test_an_unknown_address_is_held_the_same_way(client_of, ada):
    unknown = [guess(client_of(None), "nobody@northwind.example", "x", f"10.0.0.{n}") for n in range(1, 13)]
    known = [guess(client_of(None), ada.email, "x", f"10.0.1.{n}") for n in range(1, 13)]

    assert [answer.status_code for answer in unknown] == [answer.status_code for answer in known]


def test_signing_in_does_not_use_tries_up(client_of, ada):
    for _ in range(15):
        assert guess(client_of(None), ada.email, PASSWORD).status_code == 302


def test_what_is_counted_is_kept_as_a_hash_and_not_for_ever(client_of, ada, clock_at):
    guess(client_of(None), ada.email, "guess")
    assert ada.email not in str(list(Tally.objects.values()))
    clock_at(START + timedelta(hours=2))
    guess(client_of(None), "nobody@northwind.example", "guess", "10.0.0.9")

    assert Tally.objects.count() == 2


def test_a_try_that_another_process_counted_a_moment_ahead_counts(clock_at):
    """Each process carries the database's time on by itself, so they differ by milliseconds."""
    rate = throttle.Rate(2, timedelta(minutes=10))
    clock_at(START + timedelta(milliseconds=5))
    throttle.take("somebody", rate)
    clock_at(START)

    assert [throttle.take("somebody", rate).until is None for _ in range(2)] == [True, False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_guesses_at_the_same_moment_are_counted_one_by_one(attempt, monkeypatch, figures):
    """In threads with a connection each, as in several web processes: the counters stand in the database.

    On a clock that goes on while they wait for each other.
    """
    monkeypatch.setattr(clock, "_source", clock._database_clock)
    rate = throttle.Rate(10, timedelta(minutes=10))

    taken = at_once(*[lambda: throttle.take("somebody", rate)] * 24)

    assert sum(isinstance(one, throttle.Taken) and one.until is None for one in taken) == 10
    assert sum(isinstance(one, throttle.Taken) and one.first for one in taken) == 1
    assert not [one for one in taken if isinstance(one, Exception)]
    figures("S16", guesses_at_once=24, tried_of_them=10, database=connection.vendor)
