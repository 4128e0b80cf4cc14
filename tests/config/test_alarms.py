"""The strip on every page of the desk that says what ails the installation itself (F09, F31, F34; R04, R13, R14)."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import override_settings
from django.urls import reverse

import clock
from config import standin
from incidents.models import Heartbeat
from stakeholders import bell
from stakeholders.models import Doorbell, Outgoing
from stakeholders.operations import queue
from stakeholders.tasks import drain
from statuspage import serving
from statuspage.keeper import Status
from tests.conftest import START

PAGES = ("desk:now", "desk:approvals", "desk:commitments", "desk:incidents")
LATE_MAIL = "Email does not leave. The oldest waits since"
QUEUE = "The background queue cannot be reached, since"


@pytest.fixture
def desk(organisation, cleo, client_of):
    Heartbeat.objects.update(swept_at=clock.now())
    return client_of(cleo)


def said(desk, name="desk:now"):
    page = desk.get(reverse(name)).content.decode()
    return page.partition('id="alarms"')[2].partition("</div>")[0]


@pytest.mark.parametrize("name", PAGES)
def test_where_all_is_well_the_strip_is_empty(desk, name):
    assert '<p class="flash">' not in said(desk, name)


@pytest.mark.check("R13")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_since_when_the_jobs_stand_still(desk, name, clock_at):
    clock_at(START + timedelta(seconds=75))
    assert "No sign of life" not in said(desk, name)

    clock_at(START + timedelta(seconds=90))  # a desk that lies open asks twice a minute: two minutes at the latest

    assert "No sign of life from the background jobs since" in said(desk, name)
    assert "Nothing is checked and nothing is sent" in said(desk, name)


def test_jobs_that_never_ran_are_said(desk):
    Heartbeat.objects.update(swept_at=None)

    assert "The background jobs have never run." in said(desk)


def test_a_desk_that_lies_open_asks_and_is_told_only_what_is_new(desk, clock_at, django_assert_num_queries):
    page = desk.get(reverse("desk:now"))
    address = f"{reverse('alarms')}?rev={page.context['alarms'].mark}"
    assert address in page.content.decode()
    assert desk.get(address, HTTP_HX_REQUEST="true").status_code == 204

    clock_at(START + timedelta(seconds=90))
    with django_assert_num_queries(3):  # session, person, signs of life
        told = desk.get(address, HTTP_HX_REQUEST="true")

    assert "No sign of life" in told.content.decode()
    again = f"{reverse('alarms')}?rev={told.context['alarms'].mark}"
    assert again in told.content.decode()
    assert desk.get(again, HTTP_HX_REQUEST="true").status_code == 204


# The queue


@pytest.mark.check("R04")
@pytest.mark.django_db(transaction=True)
def test_a_bell_that_nobody_hears_is_said_until_a_worker_was_reached(desk, monkeypatch):
    monkeypatch.setattr(bell, "_publish", lambda heard: None)
    monkeypatch.setattr(bell, "PATIENCE_SECONDS", 0.05)
    bell.bell.rested()
    with override_settings(EMBEDDED=False):
        bell.kick()

        assert QUEUE in said(desk)
        assert "Emails and reminders go out up to 60 seconds later." in said(desk)
        Heartbeat.objects.update(swept_at=None)
        assert QUEUE not in said(desk), "while nothing runs at all, nothing goes out later either"

        Heartbeat.objects.update(swept_at=clock.now())
        drain()
        assert QUEUE not in said(desk)
    bell.bell.rested()


def test_an_installation_without_a_queue_says_nothing_of_one(desk):
    bell.unheard()

    assert QUEUE not in said(desk)


def test_the_first_time_is_what_is_remembered(db, clock_at):
    bell.unheard()
    clock_at(START + timedelta(minutes=5))
    bell.unheard()

    assert Doorbell.objects.get().unheard_since == START


# Email


@pytest.mark.check("R08")
def test_email_that_does_not_leave_is_said_until_it_does(desk, clock_at):
    """A mail server that is away or refuses our password burns no attempt; somebody has to hear of it all the same (F16)."""
    queue(key="k", kind="probe", to="x@example.org", subject="A probe", text="It waits.", reason="For a test.")
    Heartbeat.objects.update(swept_at=START + timedelta(seconds=121))
    clock_at(START + timedelta(seconds=120))
    assert LATE_MAIL not in said(desk)

    clock_at(START + timedelta(seconds=121))
    assert LATE_MAIL in said(desk)
    Heartbeat.objects.update(swept_at=None)
    assert LATE_MAIL not in said(desk), "while nothing runs at all, nothing leaves anyway"

    Heartbeat.objects.update(swept_at=clock.now())
    Outgoing.objects.update(state="sent", sent_at=clock.now())
    assert LATE_MAIL not in said(desk)


# The stand-in


@pytest.fixture
def rounds(monkeypatch, db):
    from incidents.operations import sweep
    from stakeholders import operations

    made = []
    monkeypatch.setattr(operations, "drain", lambda: made.append("drain"))
    monkeypatch.setattr(sweep, "_confirm", lambda now: made.append("sweep"))
    return made


def test_the_clock_works_itself_when_no_round_was_made_for_45_seconds(rounds, clock_at):
    Heartbeat.objects.update(swept_at=START)
    clock_at(START + timedelta(seconds=44))
    assert not standin.look()
    assert rounds == []

    clock_at(START + timedelta(seconds=46))
    assert standin.look()

    assert rounds == ["sweep", "drain"]
    assert Doorbell.objects.get().unheard_since == START + timedelta(seconds=46)
    assert Heartbeat.objects.get().swept_at == START + timedelta(seconds=46)
    assert not standin.look(), "its own round counts"


def test_a_round_that_fails_ends_nothing(rounds, monkeypatch, caplog):
    from stakeholders import operations

    def broken():
        raise RuntimeError("whatever")

    monkeypatch.setattr(operations, "drain", broken)

    assert standin.look()
    assert "The round that was overdue could not be made." in caplog.text


# Clocks and public pages


@pytest.mark.check("R14")
@pytest.mark.parametrize(("seconds", "words"), [(3600, "1 h ahead of"), (-3600, "1 h behind")])
def test_a_clock_that_differs_from_the_databases_is_said(desk, monkeypatch, seconds, words):
    monkeypatch.setattr(clock._database_clock, "ahead", timedelta(seconds=seconds))

    assert f"The clock of this machine is {words} the database’s." in said(desk)

    monkeypatch.setattr(clock._database_clock, "ahead", timedelta(seconds=4))
    assert "The clock of this machine" not in said(desk)


@pytest.mark.check("R14")
def test_a_round_dated_in_the_future_is_said(desk):
    Heartbeat.objects.update(swept_at=START + timedelta(hours=1))

    assert "The background jobs read a clock that is 1 h ahead." in said(desk)


@pytest.mark.check("R16")
def test_public_pages_that_cannot_be_renewed_or_kept_are_said(desk, monkeypatch):
    well = Status(entry=1, built_at=START, compared_at=START)
    kept = SimpleNamespace(status=well)
    monkeypatch.setattr(serving, "_serving", [SimpleNamespace(keeper=kept)])
    assert '<p class="flash">' not in said(desk)

    kept.status = replace(well, problem="The public pages could not be renewed.", problem_since=START)
    assert "The public pages could not be renewed. Since" in said(desk)

    kept.status = replace(well, disk_problem="The copy of the public pages on disk could not be written (full).")
    assert "could not be written (full)." in said(desk)
