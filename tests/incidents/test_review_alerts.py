"""Who hears that what one person published in an emergency is not reviewed, and what is said where nobody can do it."""

import re
from datetime import timedelta

import pytest

from accounts.models import Role, User
from incidents.models import RoleHeld
from incidents.operations import approval, review, statement, sweep
from incidents.operations.alert_review import whom_to_ask
from incidents.permissions import reviewers_of
from incidents.permissions_queue import would_review
from incidents.views import dashboard_rows, todo
from stakeholders.models import Outgoing
from tests import factories, states
from tests.conftest import START

FIND = "Find somebody who reviews what was published in an emergency"


@pytest.fixture
def dora(agent):
    """The agent's deputy, who works here and may not approve."""
    dora = factories.UserFactory.create(name="Dora Lind", roles=[Role.TECHNICAL_LEAD])
    agent.deputy = dora
    agent.save()
    return dora


@pytest.fixture
def urgent(submitted, cleo, ben, dora):
    """Ada wrote it, Cleo published it alone. Ben may review it."""
    return approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child is named.")


@pytest.fixture
def nobody(submitted, cleo, ben, dora):
    """The same, and nobody is left who may review it."""
    User.objects.filter(pk=ben.pk).update(is_active=False)
    return approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child is named.")


def at(clock_at, minutes):
    clock_at(START + timedelta(minutes=minutes))
    sweep.sweep()


def told(**which):
    mails = Outgoing.objects.filter(kind="review", **which).order_by("pk")
    return [(mail.to_user.name.split()[0], mail.subject.split(":")[0]) for mail in mails]


def read(browser, address):
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()).split())


def titles(person, now):
    return [task.title.split(":")[0] for task in todo.tasks(person, dashboard_rows.rows(), now)]


def test_before_it_is_due_only_those_hear_who_may_do_it(urgent, clock_at):
    at(clock_at, 59)
    assert told() == [("Ben", "Review due in 1 min")]


def test_when_it_is_due_the_deputy_and_the_commander_hear(urgent, clock_at):
    at(clock_at, 60)

    assert sorted(told()) == [("Ben", "Review overdue"), ("Cleo", "Review overdue"), ("Dora", "Review overdue")]
    mail = Outgoing.objects.get(kind="review", to_user__name="Dora Lind")
    assert "Call Ben Okafor." in mail.text
    assert "You cannot review it yourself." in mail.text
    assert "A child is named." in mail.text
    at(clock_at, 61)
    assert len(told()) == 3


def test_once_it_is_reviewed_nobody_hears(urgent, ben, clock_at):
    review.review(urgent, by=ben, verdict="approves")
    at(clock_at, 60)
    assert told() == []


def test_it_stays_on_the_first_screen_of_both_until_it_is_done(urgent, cleo, dora, ben, tom, clock_at):
    for person in (cleo, dora, tom):
        assert FIND not in titles(person, START + timedelta(minutes=59))
    for minutes in (60, 600):
        for person, shown in ((cleo, True), (dora, True), (tom, False), (ben, False)):
            assert (FIND in titles(person, START + timedelta(minutes=minutes))) == shown, person
    assert "Review what was published in an emergency" in titles(ben, START + timedelta(minutes=600))

    review.review(urgent, by=ben, verdict="approves")

    assert FIND not in titles(cleo, START + timedelta(minutes=600))


def test_the_room_says_so_and_asks_the_commander_to_find_somebody(urgent, cleo, client_of, clock_at):
    room = f"/desk/incidents/{urgent.incident_id}/"
    assert "To be reviewed by 16:16 UTC" in read(client_of(cleo), room)
    clock_at(START + timedelta(minutes=65))
    said = read(client_of(cleo), room)
    assert "The review of what was published in an emergency is 5 min late. Call somebody who can do it." in said
    assert "5 min over" in said
    assert ", by Ben Okafor" in said


# Nobody can


def test_nobody_can_is_said_at_once_to_the_commander_and_the_deputy(nobody):
    assert sorted(told()) == [("Cleo", "Nobody can review it"), ("Dora", "Nobody can review it")]
    assert "Ask an administrator to give the role approver" in Outgoing.objects.filter(kind="review").first().text


def test_and_again_at_half_time_and_when_it_is_due(nobody, clock_at):
    at(clock_at, 30)
    at(clock_at, 60)
    assert [subject for name, subject in told() if name == "Cleo"] == [
        "Nobody can review it",
        "Nobody can review it",
        "Review overdue",
    ]


def test_nobody_can_is_on_the_first_screen_from_the_beginning(nobody, cleo, dora):
    (task,) = [one for one in todo.tasks(cleo, dashboard_rows.rows(), START) if one.title.startswith(FIND)]
    assert task.why == "Nobody here can do it. The review is due in 1 h"
    assert FIND in titles(dora, START)


def test_nobody_can_is_in_the_room(nobody, cleo, tom, client_of):
    room = f"/desk/incidents/{nobody.incident_id}/"
    for person in (cleo, tom):
        assert "nobody here can do it" in read(client_of(person), room)
    assert "An administrator can name somebody." in read(client_of(cleo), room)


def test_a_reviewer_whom_no_mail_reaches_is_to_be_called(submitted, cleo, ben, dora):
    User.objects.filter(pk=ben.pk).update(address_refused_at=START)
    approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child is named.")

    mail = Outgoing.objects.get(kind="review", to_user=cleo)
    assert "Call Ben Okafor: no mail arrives there." in mail.text


@pytest.mark.parametrize("gone", ["deputy", "commander"])
def test_an_empty_seat_stops_nothing(urgent, dora, cleo, clock_at, gone):
    if gone == "deputy":
        User.objects.filter(pk=dora.pk).update(is_active=False)
    else:
        RoleHeld.objects.filter(user=cleo, role="commander").update(until=START)
    at(clock_at, 60)
    assert {name for name, _ in told()} == {"Ben", "Cleo" if gone == "deputy" else "Dora"}


# Before it is published


@pytest.fixture
def by_cleo(holding, cleo):
    """Ada wrote it and Cleo, who commands, changed the headline: she may publish it in an emergency alone."""
    statement.edit(holding, by=cleo, seen_version=holding.version, headline="Letters went astray")
    return states.submit(states.fresh(holding), by=cleo)


def test_whoever_is_about_to_publish_reads_who_is_asked(by_cleo, ben, cleo, client_of):
    assert "Asked at once: Ben Okafor." in read(client_of(cleo), f"/desk/approvals/{by_cleo.pk}/")


def test_and_that_no_mail_arrives_there(by_cleo, ben, cleo, client_of):
    User.objects.filter(pk=ben.pk).update(address_refused_at=START)
    said = read(client_of(cleo), f"/desk/approvals/{by_cleo.pk}/")
    assert "Ben Okafor (no mail arrives there: call)" in said


def test_and_that_nobody_can_and_whom_to_ask(by_cleo, cleo, olga, client_of):
    said = read(client_of(cleo), f"/desk/approvals/{by_cleo.pk}/")
    assert "Nobody here can review it within the hour" in said
    assert "ask Olga" in said


def test_who_is_named_before_is_who_may_afterwards(by_cleo, ada, ben, cleo):
    assert set(would_review(by_cleo, cleo)) == {ben}
    out = approval.approve_in_emergency(by_cleo, by=cleo, seen_digest=by_cleo.digest, reason="A child is named.")
    assert set(reviewers_of(out)) == {ben}


def test_whom_to_ask_names_those_who_can(ben):
    assert whom_to_ask([ben]) == "Call Ben Okafor."
