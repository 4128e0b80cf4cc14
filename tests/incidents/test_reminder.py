# ruff: noqa: A002 - Max is one of the cast
"""Who is told about a commitment, when, in which words; once each, also after an outage."""

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest

import clock
from accounts.models import Role
from incidents.models import ContainmentAction, Incident, Reminder, Urgency
from incidents.operations import approval, containment, evidence, reminder, review, roles, sweep
from stakeholders.models import Outgoing
from tests import factories, states
from tests.conftest import START

DUE = START + timedelta(days=10)  # Sunday 29 November, 15:16 UTC; Tom reads in Stockholm


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def mails(made=None, **filters):
    return list(Outgoing.objects.filter(kind="commitment", **filters).order_by("pk"))


def step(made, name):
    return Reminder.objects.get(commitment=made, step=name, about_due_at=made.due_at)


def planned_anew(commitment, urgency, due_at=None):
    """The same commitment of an incident of this urgency, with its steps planned from now."""
    Incident.objects.filter(pk=commitment.incident_id).update(urgency=urgency)
    Reminder.objects.filter(commitment=commitment).delete()
    made = states.fresh(commitment)
    if due_at:
        made.due_at = made.first_due_at = due_at
        made.save()
    reminder.plan_commitment(made)
    return made


@pytest.fixture
def patient(commitment):
    """A commitment of an incident that can wait."""
    return planned_anew(commitment, Urgency.WITHIN_HOUR)


# Planning


def test_the_first_step_is_due_at_once_also_on_a_clock_that_ticks(commitment, monkeypatch):
    """A clock that stands still hides whoever reads it twice and compares."""
    ticks = (START + timedelta(microseconds=n) for n in itertools.count())
    monkeypatch.setattr(clock, "_source", lambda: next(ticks))

    made = planned_anew(commitment, Urgency.WITHIN_HOUR)

    assert step(made, "created").state == Reminder.State.PENDING


def test_the_steps_of_an_incident_that_can_wait_lie_in_the_owners_hours(patient):
    planned = {row.step: row.due_at for row in patient.reminders.all()}

    assert planned == {
        "created": START,
        "week": at(22, 15, 16),
        "two_days": at(27, 15, 16),
        "morning": at(29, 7),
        "due": at(29, 15, 16),
        "day_after": at(30, 15, 16),
        "three_days_after": datetime(2026, 12, 2, 15, 16, tzinfo=UTC),
        "weekly": datetime(2026, 12, 9, 15, 16, tzinfo=UTC),
    }


def test_outside_the_hours_a_step_waits_for_the_morning(commitment, clock_at):
    clock_at(at(19, 20))

    made = planned_anew(commitment, Urgency.NEXT_RUN, due_at=at(29, 2, 30))

    planned = {row.step: row.due_at for row in made.reminders.all()}
    assert planned["created"] == at(20, 7)
    assert planned["week"] == at(22, 7)
    assert planned["due"] == at(29, 7)
    assert planned["morning"] == at(28, 7)


def test_what_cannot_wait_comes_at_any_hour(commitment, clock_at):
    clock_at(at(19, 22))

    made = planned_anew(commitment, Urgency.ACT_NOW, due_at=at(29, 2, 30))

    assert step(made, "created").due_at == at(19, 22)
    assert step(made, "due").due_at == at(29, 2, 30)


def test_steps_that_lie_behind_are_recorded_as_skipped(published, ada, ben, tom):
    made = states.promise(published.incident, writer=ada, approver=ben, owner=tom, due_at=START + timedelta(hours=30))

    states_of = dict(made.reminders.values_list("step", "state"))
    assert states_of["week"] == states_of["two_days"] == "skipped"
    assert states_of["created"] == states_of["morning"] == states_of["due"] == "pending"


# Telling


def test_the_owner_gets_one_mail_with_one_question_and_three_links(patient, tom):
    sweep.sweep()

    (mail,) = mails()
    assert mail.to_user == tom
    assert mail.subject == ("Due in 10 d: C-1. Every refund letter is released by a person before it leaves.")
    assert mail.text.count("What is the state of it?") == 1
    assert re.findall(r"⟦link⟧([a-z-]+)/", mail.text) == ["done", "more-time", "not-mine"]
    assert mail.link_valid_until == START + timedelta(days=14)
    assert "29 November 2026, 15:16 UTC (16:16 CET)" in " ".join(mail.text.split())
    assert mail.reason == "Because you own C-1."


def test_the_plain_text_fits_72_columns_and_the_html_30_kilobytes(patient, clock_at):
    for day in (19, 22, 27, 29):
        clock_at(at(day, 16))
        sweep.sweep()

    assert len(mails()) == 4
    for mail in mails():
        assert max(len(line) for line in mail.text.splitlines()) <= 72
        assert len(mail.html.encode()) <= 30_000
        assert "<img" not in mail.html


def test_after_the_deadline_the_lead_then_the_executives_are_told_by_themselves(
    published, ada, ben, clock_at, tom, rosa, max
):
    made = states.promise(published.incident, writer=ada, approver=ben, owner=rosa, due_at=DUE)
    told = []
    for late in (timedelta(), timedelta(days=1), timedelta(days=3)):
        clock_at(DUE + late)
        known = {mail.pk for mail in mails()}
        sweep.sweep()
        told.append([(mail.to_user, bool(mail.link_purpose)) for mail in mails() if mail.pk not in known])

    assert told == [[(rosa, True)], [(rosa, True), (tom, False)], [(rosa, True), (max, False)]]
    copy = mails(to_user=max)[0]
    assert copy.subject.startswith("3 d late, missed in public: C-1, owned by Rosa Iyer.")
    assert "⟦link⟧" not in copy.text
    assert f"/desk/commitments/{made.pk}/" in copy.text


def test_the_subject_starts_with_how_late_it_is(commitment, clock_at):
    clock_at(DUE + timedelta(hours=3, minutes=16))

    sweep.sweep()

    newest = mails()[-1]
    assert newest.subject.startswith("3 h 16 min late, missed in public: C-1. Every refund letter")
    assert "its time has passed" in newest.text


def test_copies_wait_for_the_morning_of_their_reader(patient, clock_at, max):
    clock_at(DUE + timedelta(days=3, hours=0))  # 15:16 UTC is 07:16 in Los Angeles
    sweep.sweep()

    (copy,) = mails(to_user=max)
    assert copy.due_at == datetime(2026, 12, 2, 16, 0, tzinfo=UTC)


def test_a_weekly_step_plans_the_next(commitment, clock_at):
    clock_at(DUE + timedelta(days=10))
    sweep.sweep()

    weeks = Reminder.objects.filter(commitment=commitment, step="weekly").order_by("nth")
    assert [(week.nth, week.state) for week in weeks] == [(1, "done"), (2, "pending")]
    assert weeks[1].due_at == DUE + timedelta(days=17)


def test_after_an_outage_one_mail_speaks_for_all_steps_and_says_that_it_is_late(commitment, clock_at, tom, max):
    clock_at(DUE + timedelta(days=4))

    sweep.sweep()

    assert len(mails(to_user=tom)) == 1
    (mail,) = mails(to_user=tom)
    assert "This reminder is late: it was to come at 2 December 2026, 15:16 UTC." in " ".join(mail.text.split())
    states_of = dict(commitment.reminders.values_list("step", "state"))
    assert [name for name, state in states_of.items() if state == "done"] == ["three_days_after"]
    assert len(mails(to_user=max)) == 1


def test_an_outage_that_ends_at_night_waits_for_the_morning(patient, clock_at):
    clock_at(at(23, 2))

    sweep.sweep()
    assert mails() == []

    clock_at(at(23, 7))
    sweep.sweep()
    assert len(mails()) == 1


def test_an_inactive_owner_is_replaced_by_the_teams_address_without_links(commitment, clock_at, tom, team):
    tom.is_active = False
    tom.save()

    sweep.sweep()

    (mail,) = mails()
    assert (mail.to_user, mail.to_address) == (None, team.alias)
    assert "⟦link⟧" not in mail.text
    assert "Tom Lindqvist" in mail.text


def test_a_mail_that_was_refused_goes_to_the_teams_address_once(commitment, team):
    sweep.sweep()
    Outgoing.objects.update(state="failed", settled_at=START, outcome="550 no such user")

    assert [sweep.sweep().passed_on, sweep.sweep().passed_on] == [1, 0]

    assert [mail.to_address for mail in mails()] == ["tom@northwind.example", team.alias]


def test_without_a_team_the_deputy_reads_it(commitment, tom, rosa):
    tom.is_active = False
    tom.save()
    agent = commitment.incident.agent
    agent.team = None
    agent.save()
    tom.memberships.all().delete()

    sweep.sweep()

    assert [mail.to_user for mail in mails()] == [rosa]


def test_while_a_report_waits_the_verifiers_are_reminded_and_the_owner_is_not(commitment, clock_at, tom):
    sweep.sweep()
    evidence.report_done(commitment, by=tom, text="Done.", dated_at=START)
    clock_at(DUE)
    before = len(mails(to_user=tom))

    sweep.sweep()

    assert len(mails(to_user=tom)) == before
    assert Outgoing.objects.filter(key__startswith="verify:", key__contains=":due0:").exists()


def test_a_settled_commitment_is_not_reminded(commitment, clock_at, tom, ben):
    evidence.accept(evidence.report_done(commitment, by=tom, text="Done.", dated_at=START), by=ben)
    clock_at(DUE + timedelta(days=30))

    sweep.sweep()

    assert mails() == []


def test_the_lead_who_owns_it_is_not_told_about_themselves(commitment, clock_at, tom, cleo):
    clock_at(DUE + timedelta(days=1))

    sweep.sweep()

    assert [mail.to_user for mail in mails(key__contains=":copy:")] == [cleo]


def test_hostile_words_stay_words(published, ada, ben, tom):
    text = "We click ⟦link⟧done/ \u202eylneddus\u202c\r\nBcc: everyone <script>alert(1)</script>"

    states.promise(published.incident, writer=ada, approver=ben, owner=tom, due_at=DUE, text=text)
    sweep.sweep()

    (mail,) = mails()
    assert "\u202e" not in mail.text + mail.html + mail.subject
    assert mail.text.count("⟦link⟧") == mail.html.count("⟦link⟧") == 3
    assert "<script>" not in mail.html
    assert "\n" not in mail.subject


# Containment and emergency reviews


def test_whoever_decided_about_containment_is_asked_again(ready_to_speak, clock_at, tom):
    clock_at(START + timedelta(hours=1))

    sweep.sweep()

    (mail,) = Outgoing.objects.filter(kind="containment")
    assert mail.to_user == tom
    assert mail.subject == "Time to review: one process stopped. Refund letters wait for a person"


def test_prolonged_containment_is_asked_about_at_the_new_time(ready_to_speak, clock_at, tom):
    action = ContainmentAction.objects.get()
    containment.prolong(action, by=tom, review_at=START + timedelta(hours=5), seen_review_at=action.review_at)
    clock_at(START + timedelta(hours=2))
    sweep.sweep()
    assert not Outgoing.objects.filter(kind="containment").exists()

    clock_at(START + timedelta(hours=5))
    sweep.sweep()

    assert Outgoing.objects.filter(kind="containment").count() == 1


def test_ended_containment_asks_nobody(ready_to_speak, clock_at, tom):
    containment.end(ContainmentAction.objects.get(), by=tom)
    clock_at(START + timedelta(hours=2))

    sweep.sweep()

    assert not Outgoing.objects.filter(kind="containment").exists()


def test_an_emergency_is_reviewed_or_people_are_reminded(submitted, clock_at, ben, cleo):
    approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child is named.")
    clock_at(START + timedelta(minutes=30))
    sweep.sweep()
    clock_at(START + timedelta(minutes=60))
    sweep.sweep()

    told = Outgoing.objects.filter(kind="review", to_user=ben).order_by("pk")
    assert [mail.subject.split(":")[0] for mail in told] == ["Review due in 30 min", "Review overdue"]


def test_a_review_that_was_done_reminds_nobody(submitted, clock_at, ben, cleo):
    approved = approval.approve_in_emergency(
        submitted, by=cleo, seen_digest=submitted.digest, reason="A child is named."
    )
    review.review(approved, by=ben, verdict="approves")
    clock_at(START + timedelta(hours=2))

    sweep.sweep()

    assert not Outgoing.objects.filter(kind="review").exists()


def test_executives_are_those_of_the_day(commitment, clock_at, max):
    other = factories.UserFactory.create(roles=[Role.EXECUTIVE])
    max.is_active = False
    max.save()
    clock_at(DUE + timedelta(days=3))

    sweep.sweep()

    assert other in {mail.to_user for mail in mails()}
    assert max not in {mail.to_user for mail in mails()}


def test_a_new_communications_lead_gets_the_alert(published, clock_at, cleo, ada):
    other = factories.UserFactory.create(roles=[Role.COMMUNICATIONS_LEAD])
    roles.take_role(published.incident, "communications_lead", by=cleo, user=other)
    clock_at(START + timedelta(minutes=23))

    sweep.sweep()

    assert [mail.to_user for mail in Outgoing.objects.filter(kind="promise")] == [other]
