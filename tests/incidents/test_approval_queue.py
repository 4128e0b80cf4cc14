"""The queue's rows, how long approvals take, and the list of what one person published."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Organisation, User
from incidents import turnaround
from incidents.models import Submission
from incidents.operations import (
    approval,
    approval_policy,
    change,
    guards,
    override,
    review,
    schedule,
    statement,
    submission,
    sweep,
)
from stakeholders.models import Contact
from tests import states
from tests.conftest import START
from tests.incidents.test_approval_pages import waiting_incidents

QUEUE, TURNAROUND, ALONE = (reverse(f"desk:{name}") for name in ("approvals", "turnaround", "by_one_person"))
SATURDAY = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def read(browser, address, **query):
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address, query).content.decode()).split())


# The row


def test_a_row_says_which_incident_who_wrote_it_and_when_it_is_to_be_decided(submitted, ben, client_of, clock_at):
    clock_at(START + timedelta(minutes=20))
    said = read(client_of(ben), QUEUE)
    incident = submitted.statement.incident
    assert "Holding statement: Support assistant" in said
    assert f"Incident {incident.pk}, {incident.title}" in said
    assert "in 25 min Ada Brandt has waited 20 min" in said
    assert "in 40 min The public is to hear of it by 16:16 UTC" in said
    assert "Ada Brandt" in said
    assert "Everybody: the public page" in said


def test_who_wrote_it_is_not_who_submitted_it(holding, cleo, ben, client_of):
    states.submit(holding, by=cleo)
    assert "Ada Brandt Cleo Marsh submitted it" in read(client_of(ben), QUEUE)


def test_what_is_late_says_so(submitted, ben, client_of, clock_at):
    clock_at(START + timedelta(minutes=72))
    said = read(client_of(ben), QUEUE)
    assert "12 min over The public has heard nothing yet, and was to hear by 16:16 UTC" in said
    assert "27 min over Ada Brandt has waited 1 h 12 min" in said


def test_a_row_counts_the_warnings_that_the_page_shows(ready_to_speak, ada, ben, client_of):
    """The cited facts are two that are confirmed and one that is only reported."""
    cited = list(ready_to_speak.facts.all())
    asked = states.submit(states.write(ready_to_speak, "holding", by=ada, cites=cited), by=ada)
    page = read(client_of(ben), reverse("desk:submission", args=[asked.pk]))
    to_look_at = int(re.search(r"nothing stops it, (\w+) to look at", page).group(1))
    assert to_look_at == asked.warned == 3
    assert "0 blocking, 3 warnings when it was submitted" in read(client_of(ben), QUEUE)


def test_a_row_counts_what_was_let_stand(holding, ada, cleo, ben, client_of):
    draft = statement.edit(holding, by=ada, seen_version=holding.version, affected="Only a small number of customers.")
    (found,) = guards.look(draft).checked.stopping
    override.let_stand(
        draft, found.finding.rule, found.finding.start, by=cleo, seen_version=draft.version, reason="Two."
    )
    asked = states.submit(states.fresh(draft), by=ada)
    assert asked.let_stand == 1
    assert "1 let stand, when it was submitted" in read(client_of(ben), QUEUE)


def test_a_row_of_a_message_counts_its_addresses(ready_to_speak, group, ada, ben, client_of):
    states.submit(states.write_to(group, ready_to_speak, by=ada), by=ada)
    assert "Directly affected users, 2 addresses, by email" in read(client_of(ben), QUEUE)


def test_a_row_counts_the_groups_that_are_told_by_hand_beside_the_page(submitted, group, ada, ben, client_of):
    browser = client_of(ben)
    assert "by hand" not in read(browser, QUEUE)
    by_hand = [("Rae Lund", "phone", "+49 30 1234"), ("Ida Moor", "post", "Hall 3")]
    for name, channel, reach in by_hand:
        Contact.objects.create(group=group, name=name, channel=channel, reach=reach, added_by=ada)
    assert "Everybody: the public page 1 group with people whom somebody tells by hand" in read(browser, QUEUE)


def test_what_waited_before_anything_was_counted_says_so(submitted, ben, client_of):
    Submission.objects.update(let_stand=None, warned=None, due_at=None)
    assert "Not counted" in read(client_of(ben), QUEUE)


def test_names_and_changes_have_rows_too(commitment, tom, ben, client_of):
    change.propose(commitment, "withdrawal", by=tom, public_reason="The letters are gone.")
    said = read(client_of(ben), QUEUE)
    assert "Withdrawal of C-1 Incident" in said
    assert "Tom Lindqvist" in said


def test_the_queue_says_that_nobody_is_named_for_the_night(organisation, olga, ben, client_of):
    browser = client_of(olga)
    assert "No approver is named for out of hours." in read(browser, QUEUE)
    approval_policy.set_policy(by=olga, seen_version=0, target_minutes=60, in_hours=[], out_of_hours=[ben])
    assert "No approver is named for out of hours." not in read(browser, QUEUE)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert "No approver is named for out of hours." in read(browser, QUEUE)


# How long it takes


@pytest.fixture
def asked_and_decided(organisation, agent, cast, clock_at):
    """``asked_and_decided(at, minutes, returned=False)``: somebody asks then, and it is decided so much later."""
    numbers = iter(range(100))

    def ask(at, minutes, *, returned=False):
        clock_at(at)
        waiting_incidents(1, agent, cast)
        asked = Submission.objects.waiting().latest("pk")
        clock_at(at + timedelta(minutes=minutes))
        if returned:
            return submission.send_back(asked, by=cast.ben, reason=f"No, {next(numbers)}.")
        return approval.approve(asked, by=cast.ben, seen_digest=asked.digest).submission

    return ask


def test_requests_are_counted_in_hours_and_out_of_hours_apart(asked_and_decided, clock_at):
    asked_and_decided(START, 10)
    asked_and_decided(START, 70, returned=True)
    asked_and_decided(SATURDAY, 30)
    on, off = turnaround.measured(SATURDAY + timedelta(days=1))
    assert (on.label, on.decided, on.within, on.returned) == ("In hours", 2, 1, 1)
    assert (off.label, off.decided, off.within, off.returned) == ("Out of hours", 1, 1, 0)


def test_what_was_approved_for_a_time_was_decided_when_somebody_approved_it(submitted, ben, client_of, clock_at):
    clock_at(START + timedelta(minutes=5))
    asked = {"seen_digest": submitted.digest, "publish_at": START + timedelta(minutes=25)}
    schedule.consent(submitted, by=ben, **asked)
    clock_at(START + timedelta(minutes=25))
    sweep.sweep()

    assert states.fresh(submitted).outcome == "approved"
    on, _ = turnaround.measured(START + timedelta(hours=1))
    assert on.took == (timedelta(minutes=5),)
    assert "5 min Met" in read(client_of(ben), TURNAROUND)


def test_nothing_is_averaged_over_fewer_than_five(asked_and_decided, ben, client_of):
    for minutes in (10, 20, 30):
        asked_and_decided(START, minutes)
    asked_and_decided(START, 61, returned=True)
    four, _ = turnaround.measured(START + timedelta(hours=3))
    assert (four.share, four.median) == (None, None)
    said = read(client_of(ben), TURNAROUND)
    assert "3 of 4" in said
    assert "Too few to say" in said
    assert "75 %" not in said

    asked_and_decided(START, 62, returned=True)
    five, _ = turnaround.measured(START + timedelta(hours=3))
    assert (five.share, five.median) == (60, timedelta(minutes=30))
    assert "3 of 5, 60 %" in read(client_of(ben), TURNAROUND)


def test_the_target_is_the_one_that_held_when_it_was_asked(asked_and_decided, olga):
    asked_and_decided(START, 20)
    approval_policy.set_policy(by=olga, seen_version=0, target_minutes=15, in_hours=[], out_of_hours=[])
    asked_and_decided(START, 20)
    on, _ = turnaround.measured(START + timedelta(hours=3))
    assert (on.decided, on.within) == (2, 1)


def test_what_is_submitted_again_is_a_new_request(holding, ada, ben, olga, clock_at):
    approval_policy.set_policy(by=olga, seen_version=0, target_minutes=20, in_hours=[], out_of_hours=[])
    submitted = states.submit(holding, by=ada)
    clock_at(START + timedelta(minutes=30))
    submission.send_back(submitted, by=ben, reason="Shorter.")
    again = states.submit(states.fresh(submitted.statement), by=ada)
    approval.approve(again, by=ben, seen_digest=again.digest)
    on, _ = turnaround.measured(START + timedelta(hours=3))
    assert (on.took, on.within) == ((timedelta(0), timedelta(minutes=30)), 1)


def test_what_nobody_decided_or_one_person_alone_is_not_counted(submitted, ada, cleo):
    submission.take_back(submitted, by=ada)
    asked = states.submit(states.fresh(submitted.statement), by=ada)
    approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="A child.")
    states.submit(states.write(asked.statement.incident, "update", by=ada), by=ada)
    assert [row.decided for row in turnaround.measured(START)] == [0, 0]


def test_what_was_asked_more_than_ninety_days_ago_is_past(published, ben, client_of, clock_at):
    assert turnaround.measured(START + timedelta(days=90))[0].decided == 1
    assert turnaround.measured(START + timedelta(days=90, seconds=1))[0].decided == 0
    clock_at(START + timedelta(days=91))
    assert "Nothing was decided in the last 90 days." in read(client_of(ben), TURNAROUND)


def test_each_request_stands_with_what_became_of_it(asked_and_decided, ben, client_of):
    asked_and_decided(START, 61, returned=True)
    assert "1 h 1 min Missed Ben Okafor returned" in read(client_of(ben), TURNAROUND)


def test_a_long_list_has_pages(asked_and_decided, ben, client_of, monkeypatch):
    monkeypatch.setattr("incidents.views.approval_rooms.PAGE", 1)
    asked_and_decided(START, 5)
    asked_and_decided(START + timedelta(hours=2), 7)
    assert "7 min Met" in read(client_of(ben), TURNAROUND)
    assert "Page 2 of 2" in read(client_of(ben), TURNAROUND, page=2)
    assert "5 min Met" in read(client_of(ben), TURNAROUND, page=2)


# What one person published


def test_an_emergency_stands_there_with_its_reason_and_its_review(submitted, ben, cleo, client_of, clock_at):
    urgent = approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child’s name.")
    said = read(client_of(ben), ALONE)
    assert "Cleo Marsh" in said
    assert "written by Ada Brandt" in said
    assert "Emergency: A child’s name." in said
    assert "Not reviewed yet" in said

    clock_at(START + timedelta(minutes=61))
    review.review(urgent, by=ben, verdict="approves", finding="A word too many.")
    said = read(client_of(ben), ALONE)
    assert "Ben Okafor would have approved it" in said
    assert ", late A word too many." in said


def test_what_somebody_published_who_works_alone_stands_there(submitted, ada, cleo, organisation, client_of):
    User.objects.exclude(pk=ada.pk).update(is_active=False)
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    approval.approve_alone(submitted, by=ada, seen_digest=submitted.digest)
    said = read(client_of(ada), ALONE)
    assert "Works alone: No reason was asked for when this was declared." in said
    assert "None there" in said


def test_what_two_people_published_does_not(published, ben, client_of):
    assert "Nothing was done by one person." in read(client_of(ben), ALONE)


@pytest.mark.parametrize("reader", ["ben", "cleo", "olga"])
def test_it_is_found_from_the_queue_and_from_the_log(organisation, cast, client_of, reader):
    browser = client_of(getattr(cast, reader))
    for address in (QUEUE, reverse("desk:log")):
        assert f'href="{ALONE}"' in browser.get(address).content.decode()


def test_a_review_that_is_due_or_overdue_is_on_the_first_screen_of_those_who_may_do_it(
    submitted, ben, ada, cleo, tom, client_of, clock_at
):
    urgent = approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child.")
    link = reverse("desk:review", args=[urgent.pk])
    for minutes, says in ((20, "due in 40 min"), (75, "due 15 min ago")):
        clock_at(START + timedelta(minutes=minutes))
        assert says in read(client_of(ben), reverse("desk:now"))
        for other in (ada, tom, *([cleo] if minutes < 60 else [])):  # who commands finds somebody once it is late
            assert f'href="{link}"' not in client_of(other).get(reverse("desk:now")).content.decode(), other
    review.review(urgent, by=ben, verdict="approves")
    assert f'href="{link}"' not in client_of(ben).get(reverse("desk:now")).content.decode()


def test_the_first_screen_says_by_when_it_is_to_be_decided(submitted, ben, client_of, clock_at):
    for minutes, says in (
        (20, "asked 20 min ago. The decision is due in 25 min. The first message is late in 40 min"),
        (72, "The decision is 27 min late. The first message is 12 min late"),
    ):
        clock_at(START + timedelta(minutes=minutes))
        assert says in read(client_of(ben), reverse("desk:now"))


@pytest.mark.parametrize("address", [QUEUE, TURNAROUND, ALONE])
def test_whoever_only_reads_is_refused(organisation, cast, client_of, address):
    for person in (cast.vic, cast.max):
        assert client_of(person).get(address).status_code == 403
