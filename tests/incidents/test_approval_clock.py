"""Who is asked to approve at which hour, and who is told that nobody has (R79)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Role, User
from incidents import approvers, hours
from incidents.models import ApprovalPolicy, Commitment, MastheadChange, Reminder, Submission
from incidents.operations import approval, approval_policy, change, masthead, schedule, statement, submission, sweep
from refusals import Incomplete, NotAllowed, Stale
from stakeholders.models import Outgoing
from tests import factories, states
from tests.conftest import START

SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
POLICY = reverse("desk:approval_policy")


def set_policy(by, *, target=60, on=(), off=()):
    version = ApprovalPolicy.current().version
    return approval_policy.set_policy(by=by, seen_version=version, target_minutes=target, in_hours=on, out_of_hours=off)


def mails(**which):
    return list(Outgoing.objects.filter(kind="approval", **which).order_by("pk"))


def readers(**which):
    return [mail.to_user.name.split()[0] for mail in mails(**which)]


def asked_first():
    return {mail.to_user.name.split()[0] for mail in Outgoing.objects.filter(kind="approval_requested")}


def swept(clock_at, minutes):
    clock_at(START + timedelta(minutes=minutes))
    sweep.sweep()


@pytest.fixture
def dora(db):
    """Another approver."""
    return factories.UserFactory.create(name="Dora Lane", email="dora@northwind.example", roles=[Role.APPROVER])


# Hours


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2026, 11, 19, 6, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 19, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 19, 16, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 19, 17, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 21, 10, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 10, 0, tzinfo=UTC), False),
    ],
)
def test_in_hours_is_monday_to_friday_where_the_organisation_is(organisation, at, is_open):
    assert hours.is_open(at, organisation.zone) is is_open
    assert approvers.hours_at(at) == ("in" if is_open else "out")


# Who is asked


def test_until_somebody_sets_it_everybody_who_may_approve_is_asked_within_the_hour(ben, cleo, submitted):
    assert submitted.due_at == submitted.asked_at + timedelta(minutes=60)
    assert asked_first() == {"Ben", "Cleo"}


def test_in_hours_those_named_for_them_are_asked_and_nobody_else(holding, ada, ben, cleo, dora):
    set_policy(cleo, target=30, on=[dora], off=[ben])

    asked = states.submit(holding, by=ada)

    assert asked_first() == {"Dora"}
    assert asked.due_at == asked.asked_at + timedelta(minutes=30)


def test_at_night_those_named_for_the_night_are_asked(submitted, ada, ben, cleo, dora, clock_at):
    set_policy(cleo, on=[dora], off=[ben])
    assert approvers.asked(submitted, SATURDAY_NIGHT) == [ben]
    assert approvers.asked(submitted, START) == [dora]


def test_when_nobody_is_on_who_may_approve_these_words_everybody_is_asked(holding, ada, ben, cleo):
    """Ada is named, and wrote it."""
    set_policy(cleo, on=[ada])

    states.submit(holding, by=ada)

    assert asked_first() == {"Ben", "Cleo"}


def test_an_address_that_a_server_refused_is_no_one_to_wait_for(submitted, ben, cleo, dora):
    set_policy(cleo, on=[dora])
    User.objects.filter(pk=dora.pk).update(address_refused_at=START)

    assert dora in approvers.asked(submitted, START)
    assert {ben, cleo} < set(approvers.asked(submitted, START))


# The clock


def test_at_half_time_whoever_is_on_is_reminded_and_never_the_author(ben, submitted, clock_at):
    """The public is to hear within the hour, so that a decision is wanted within three quarters of it."""
    swept(clock_at, 22)
    assert mails() == []
    swept(clock_at, 23)

    assert sorted(readers()) == ["Ben", "Cleo"]
    assert "Due in 22 min: Holding statement: Support assistant waits for approval" in mails()[0].subject
    assert "Public by 19 November 2026, 16:16 UTC" in " ".join(mails()[0].text.split())


def test_before_it_breaks_the_deputy_is_told_then_the_commander_each_once(ben, submitted, clock_at):
    """Rosa is the agent's deputy and may approve nothing: she is told whom to call."""
    swept(clock_at, 30)
    before = len(mails())
    for minutes in (45, 45, 50):
        swept(clock_at, minutes)
    deputy = mails()[before:]
    assert [mail.to_user.name for mail in deputy] == ["Rosa Iyer"]
    assert "Call somebody who can." in deputy[0].text
    assert "Ben Okafor or Cleo Marsh" in deputy[0].text

    for minutes in (55, 55, 200):
        swept(clock_at, minutes)
    commander = mails()[before + 1 :]
    assert [mail.to_user.name for mail in commander] == ["Cleo Marsh"]
    assert commander[0].subject.startswith("10 min late")
    assert "Can decide    you, or Ben Okafor" in commander[0].text


def test_after_an_outage_half_time_is_not_told_any_more(submitted, clock_at):
    swept(clock_at, 46)

    assert readers() == ["Rosa"]
    assert Reminder.objects.get(submission=submitted, step="half").state == "skipped"


def test_without_a_deputy_the_commander_is_told_at_once(submitted, agent, clock_at):
    agent.deputy = None
    agent.save()

    swept(clock_at, 60)

    assert readers() == ["Cleo"]


def test_a_deputy_who_reads_no_drafts_is_sent_none(submitted, rosa, clock_at):
    rosa.grants.update(role=Role.OBSERVER)

    swept(clock_at, 60)

    assert readers() == ["Cleo"]


def test_the_mails_lead_to_the_page_and_nothing_is_decided_by_opening_it(submitted, ben, client_of, clock_at, snapshot):
    swept(clock_at, 30)
    link = f"/desk/approvals/{submitted.pk}/"
    assert all(link in mail.text and mail.link_purpose == "" for mail in mails())

    browser, before = client_of(ben), snapshot()
    assert browser.get(link).status_code == 200
    assert snapshot() == before


def decided(how, submitted, cast):
    draft = submitted.statement
    return {
        "approved": lambda: approval.approve(submitted, by=cast.ben, seen_digest=submitted.digest),
        "returned": lambda: submission.send_back(submitted, by=cast.ben, reason="Shorter."),
        "taken back": lambda: submission.take_back(submitted, by=cast.ada),
        "edited": lambda: statement.edit(draft, by=cast.ada, seen_version=draft.version, headline="Other"),
        "discarded": lambda: statement.discard(draft, by=cast.ada),
        "emergency": lambda: approval.approve_in_emergency(
            submitted, by=cast.cleo, seen_digest=submitted.digest, reason="A child."
        ),
    }[how]()


@pytest.mark.parametrize("how", ["approved", "returned", "taken back", "edited", "discarded", "emergency"])
def test_once_it_waits_no_more_nobody_is_reminded(submitted, cast, clock_at, how):
    """Nor does a mail leave that was queued before."""
    swept(clock_at, 30)
    decided(how, submitted, cast)
    swept(clock_at, 75)

    assert {mail.state for mail in mails()} == {"superseded"}
    assert not submitted.reminders.filter(state="pending").exists()


def test_what_is_submitted_again_has_its_own_clock_and_breaks_no_later(submitted, ada, ben, clock_at):
    assert submitted.decide_by == START + timedelta(minutes=45)
    clock_at(START + timedelta(minutes=20))
    submission.send_back(submitted, by=ben, reason="Shorter.")
    again = states.submit(states.fresh(submitted.statement), by=ada)

    assert again.due_at == START + timedelta(minutes=80)
    assert again.decide_by == START + timedelta(minutes=45)
    assert again.reminders.get(step="half").due_at == START + timedelta(minutes=32.5)
    swept(clock_at, 32)
    assert readers() == []
    for _ in range(2):
        swept(clock_at, 33)
    assert sorted(readers()) == ["Ben", "Cleo"], "at half of the new time, each once"


def test_each_time_it_waits_again_whoever_is_on_is_reminded_once(submitted, ada, ben, clock_at):
    """Approved for a time, which was cancelled, twice. Every round has the whole target, and not that of all before."""
    swept(clock_at, 23)
    assert sorted(readers()) == ["Ben", "Cleo"]
    for minutes in (24, 26):
        clock_at(START + timedelta(minutes=minutes))
        in_time = START + timedelta(minutes=34)
        schedule.consent(submitted, by=ben, seen_digest=submitted.digest, publish_at=in_time)
        clock_at(START + timedelta(minutes=minutes + 1))
        schedule.cancel(submitted, by=ada)

    again, before = states.fresh(submitted), len(mails())
    assert again.due_at == START + timedelta(minutes=27 + 60)
    assert again.reminders.get(step="half").due_at == START + timedelta(minutes=36)
    for _ in range(2):
        swept(clock_at, 36)

    told = mails()[before:]
    assert sorted(mail.to_user.name for mail in told) == ["Ben Okafor", "Cleo Marsh"]
    assert "and it waits for a decision again." in " ".join(told[0].text.split())


# What breaks sooner than the target


def steps_of(asked):
    """In minutes from START."""
    return {step: (at - START) / timedelta(minutes=1) for step, at in asked.reminders.values_list("step", "due_at")}


def test_an_update_is_to_be_decided_before_the_promise_breaks(published, ada, clock_at):
    """It breaks 45 minutes after START, and is submitted when 20 of them are left."""
    clock_at(START + timedelta(minutes=25))
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)

    assert asked.decide_by == START + timedelta(minutes=35)
    assert steps_of(asked) == {"half": 30, "target_deputy": 35, "target_commander": pytest.approx(41.67, abs=0.01)}
    mail = " ".join(Outgoing.objects.filter(kind="approval_requested").latest("pk").text.split())
    assert "Promised by 19 November 2026, 16:01 UTC" in mail
    assert "Decide by 19 November 2026, 15:51 UTC" in mail


def test_when_the_promise_is_broken_already_both_are_told_at_once(published, ada, clock_at):
    clock_at(START + timedelta(minutes=51))
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)
    assert asked.decide_by == asked.asked_at

    sweep.sweep()

    assert readers() == ["Rosa", "Cleo"]
    assert {mail.subject for mail in mails()} == {
        "The promised update is 6 min late: Update: Support assistant waits for approval"
    }
    assert "Promised by 19 November 2026, 16:01 UTC (21:31 IST), and is late" in " ".join(mails()[0].text.split())
    assert asked.reminders.get(step="half").state == "skipped"


def test_who_is_meant_by_two_steps_at_once_hears_once(published, agent, ada, clock_at):
    agent.deputy = None
    agent.save()
    clock_at(START + timedelta(minutes=51))
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)

    sweep.sweep()

    assert readers() == ["Cleo"]
    assert not asked.reminders.filter(state="pending").exists()


def test_an_amendment_is_to_be_decided_before_the_date_it_amends(commitment, tom, clock_at):
    """After that it could not be changed any more."""
    clock_at(commitment.due_at - timedelta(minutes=40))
    later = commitment.due_at + timedelta(days=5)
    asked = change.propose(commitment, "amendment", by=tom, public_reason="Longer.", new_due_at=later).submissions.get()
    assert asked.decide_by == commitment.due_at - timedelta(minutes=15)
    assert asked.due_at == asked.asked_at + timedelta(minutes=60)


def test_a_change_of_a_commitment_has_the_same_clock(commitment, tom, clock_at):
    asked = change.propose(commitment, "withdrawal", by=tom, public_reason="The letters are gone.").submissions.get()

    assert list(asked.reminders.values_list("step", flat=True)) == ["half", "target_deputy", "target_commander"]
    assert Commitment.objects.get().pk == asked.change.commitment_id
    swept(clock_at, 60)
    assert readers() == ["Rosa"]


def test_public_names_belong_to_no_incident_so_the_approvers_hear_again(organisation, ben, cleo, olga, clock_at):
    masthead.found(organisation, by=olga)
    founding = Submission.objects.get()
    assert (founding.due_at, founding.reminders.count()) == (None, 0)
    masthead.propose(MastheadChange.Kind.ORGANISATION, {"name": "Northwind"}, by=olga)

    swept(clock_at, 30)
    assert sorted(readers()) == ["Ben", "Cleo"]
    swept(clock_at, 60)
    assert sorted(readers()) == ["Ben", "Ben", "Cleo", "Cleo"]


# Setting it


def test_it_is_set_by_administrators_and_commanders(olga, cleo, ben, ada, refused):
    set_policy(olga, on=[ben])
    set_policy(cleo, on=[ben])
    for person in (ben, ada):
        with refused(NotAllowed, "set by administrators and commanders"):
            set_policy(person, on=[ben])


def test_who_may_not_approve_is_not_named(olga, tom, ben, refused):
    with refused(Incomplete) as refusal:
        set_policy(olga, on=[ben], off=[tom])
    assert refusal.missing == ["Tom Lindqvist may not approve. Give them the role approver first, or leave them out"]


@pytest.mark.parametrize("minutes", [4, 1441])
def test_a_target_is_minutes_of_a_day(olga, minutes, refused):
    with refused(Incomplete):
        set_policy(olga, target=minutes)


def test_what_somebody_set_meanwhile_is_not_overwritten_unseen(olga, cleo, ben, refused):
    set_policy(olga, target=30)
    with refused(Stale) as refusal:
        approval_policy.set_policy(by=cleo, seen_version=0, target_minutes=45, in_hours=[ben], out_of_hours=[])
    assert [(change.label, change.now, change.typed) for change in refusal.value.difference] == [
        ("Target", "30 minutes", "45 minutes"),
        ("In hours", "", "Ben Okafor"),
    ]


def test_the_log_says_who_set_what(olga, ben, cleo):
    set_policy(olga, target=45, on=[ben], off=[ben, cleo])
    assert states.last_log().action == "approval.policy_set"
    assert states.last_log().actor == olga
    assert states.last_log().details == {
        "target_minutes": 45, "in_hours": [ben.pk], "out_of_hours": sorted([ben.pk, cleo.pk]),
    }  # fmt: skip


# The page


def test_the_page_says_that_nobody_is_named_out_of_hours(organisation, olga, ben, client_of):
    set_policy(olga, on=[ben])
    said = client_of(ben).get(POLICY).content.decode()
    assert "Not ready out of hours." in said
    assert "Not ready in hours." not in said
    assert "Everybody who may approve is asked instead." in said


def test_the_page_says_that_whoever_is_named_cannot_be_asked(organisation, olga, ben, cleo, client_of):
    set_policy(olga, on=[ben], off=[ben])
    assert "Not ready" not in client_of(cleo).get(POLICY).content.decode()
    User.objects.filter(pk=ben.pk).update(address_refused_at=START)
    assert client_of(cleo).get(POLICY).content.decode().count("Not ready") == 2


def test_it_is_set_on_the_page(organisation, olga, ben, cleo, client_of):
    typed = {"target_minutes": 30, "in_hours": [ben.pk], "out_of_hours": [cleo.pk], "version": 0}
    assert client_of(olga).post(POLICY, typed).url == POLICY
    current = ApprovalPolicy.current()
    assert (current.target_minutes, current.named("in"), current.named("out")) == (30, [ben], [cleo])


def test_what_was_typed_stays_when_somebody_was_faster(organisation, olga, ben, cleo, client_of):
    set_policy(cleo, target=30)
    browser = client_of(olga)
    answer = browser.post(POLICY, {"target_minutes": 45, "in_hours": [ben.pk], "version": 0})
    said = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="45"' in said
    assert "30 minutes" in said
    assert browser.post(POLICY, {"target_minutes": 45, "in_hours": [ben.pk], "version": 1}).status_code == 302


def test_whoever_may_not_set_it_reads_it_without_a_form(organisation, ben, client_of):
    said = client_of(ben).get(POLICY).content.decode()
    assert "It is set by administrators and commanders." in said
    assert "Set this" not in said


# What could not be told


@pytest.mark.parametrize("reader", ["ada", "vic"])
def test_a_step_that_could_not_be_sent_is_named_and_leads_where_everybody_may_read(submitted, cast, client_of, reader):
    submitted.reminders.filter(step="half").update(state="stuck", settled_at=START)
    said = client_of(getattr(cast, reader)).get(reverse("desk:commitments")).content.decode()
    address = reverse("desk:incident", args=[submitted.statement.incident_id])
    assert f'A reminder about <a href="{address}">an approval that waits</a> could not be sent' in said
