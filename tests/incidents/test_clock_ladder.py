"""Who is told that a legal clock runs out, when, and until when (domain 4.3, ux 3.3.7)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

import clock
from incidents.models import Reminder, ReportingClock
from incidents.operations import clock_ladder, clock_start, incident, legal_clock, sweep
from incidents.operations.clock_start import Event
from stakeholders.models import LegalRole, Outgoing
from stakeholders.operations import rules
from tests import states
from tests.conftest import START
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = reverse("desk:now")


@pytest.fixture
@remembered
def running(declared, ada, cleo, tom):
    """A clock of 72 hours (GDPR-33), one that is due at once (GDPR-34), and one that waits (NIS2-1M)."""
    roles = [LegalRole.ESSENTIAL_ENTITY]
    rules.set_profile(by=ada, seen_version=0, countries=["DE"], roles=roles, has_personal_data=True)
    return states.open_up(declared, by=cleo, communications=ada, technical=tom)


def of(about, code="GDPR-33"):
    return ReportingClock.objects.with_people().get(incident=about, code=code)


def only(about, code="GDPR-33"):
    """Every other clock of the incident is out of the way."""
    for one in about.clocks.exclude(code=code):
        legal_clock.assess(one, by=about.commander, seen_version=one.version, applies=False, reason="Not this one")
    return of(about, code)


def steps(one, state="pending"):
    return {row.step: row.due_at for row in one.reminders.filter(state=state)}


def mails(one=None):
    found = Outgoing.objects.filter(kind="clock").order_by("pk")
    return list(found.filter(key__startswith=f"clock:{one.pk}:") if one else found)


def swept(clock_at, at):
    clock_at(at)
    sweep.sweep()


# Planned


def test_half_time_a_day_two_hours_due_and_daily_after(running):
    assert steps(of(running)) == {
        "half": START + 36 * HOUR,
        "day_before": START + 48 * HOUR,
        "two_hours": START + 70 * HOUR,
        "due": START + 72 * HOUR,
        "daily": START + 96 * HOUR,
    }


def test_what_is_due_at_once_is_told_at_once_and_then_daily(running):
    assert steps(of(running, "GDPR-34")) == {"due": START, "daily": START + DAY}


def test_what_nothing_has_started_has_no_step(running):
    assert not of(running, "NIS2-1M").reminders.exists()


def test_another_start_takes_the_place_of_all_steps(running, rosa, clock_at):
    clock_at(START + HOUR)
    event = Event(running, "aware")
    clock_start.record(event, by=rosa, seen=0, at=START - HOUR, evidence="The first call")
    assert steps(of(running))["due"] == START + 71 * HOUR
    assert set(of(running).reminders.filter(about_due_at=START + 72 * HOUR).values_list("state", flat=True)) == {
        "skipped"
    }


def test_planning_twice_plans_once(running):
    before = steps(of(running))
    clock_ladder.plan(of(running))
    assert steps(of(running)) == before


# Told


def test_before_it_is_due_whoever_said_that_it_applies_is_told(running, ben, clock_at):
    legal_clock.assess(only(running), by=ben, seen_version=1, applies=True)
    swept(clock_at, START + 48 * HOUR)
    (mail,) = mails(of(running))
    assert (mail.to_address, mail.subject[:20]) == (ben.email, "Due in 1 d: GDPR-33,")
    assert reverse("desk:clock", args=[of(running).pk]) in mail.text
    assert "Note that it was submitted" in mail.text
    assert "nothing is filed from here" in mail.text


def test_until_somebody_has_assessed_it_the_commander_is_told_to_have_it_assessed(running, cleo, clock_at):
    only(running)
    swept(clock_at, START + 36 * HOUR)
    (mail,) = mails(of(running))
    assert mail.to_address == cleo.email
    assert "Nobody has said whether" in " ".join(mail.text.split())
    assert "Say whether it applies" in mail.text


def test_when_it_is_due_everybody_who_answers_for_the_incident_is_told(running, ben, cleo, ada, clock_at):
    legal_clock.assess(only(running), by=ben, seen_version=1, applies=True)
    swept(clock_at, START + 72 * HOUR)
    assert {mail.to_address for mail in mails(of(running))} == {ben.email, cleo.email, ada.email}


def test_it_is_told_every_day_until_it_is_submitted_and_no_longer(running, ben, cleo, clock_at):
    legal_clock.assess(only(running), by=ben, seen_version=1, applies=True)
    for days in (3, 4, 5):
        swept(clock_at, START + days * DAY)
    to_cleo = [mail for mail in mails(of(running)) if mail.to_address == cleo.email]
    assert [mail.subject.partition(":")[0] for mail in to_cleo] == ["Just late", "1 d late", "2 d late"]

    one = of(running)
    legal_clock.submit(
        one, by=ben, seen_version=one.version, submitted_at=clock.now(), reference="Receipt 4711", submitted_by=ben
    )

    assert not steps(of(running))
    swept(clock_at, START + 9 * DAY)
    assert len([mail for mail in mails(of(running)) if mail.to_address == cleo.email]) == 3


def test_a_mail_that_waits_is_taken_back_when_the_report_went_out(running, cleo, clock_at):
    one = only(running)
    swept(clock_at, START + 36 * HOUR)
    one = of(running)
    legal_clock.submit(
        one, by=cleo, seen_version=one.version, submitted_at=clock.now(), reference="Receipt 4711", submitted_by=cleo
    )
    assert {mail.state for mail in mails(one)} == {"superseded"}


def test_after_an_outage_one_mail_speaks_for_all_steps(running, cleo, clock_at):
    only(running)
    swept(clock_at, START + 71 * HOUR)
    assert [mail.subject.partition(":")[0] for mail in mails(of(running))] == ["Due in 1 h"]


def test_sweeping_twice_tells_once(running, clock_at):
    only(running)
    swept(clock_at, START + 36 * HOUR)
    swept(clock_at, START + 36 * HOUR)
    assert len(mails(of(running))) == 1


def test_what_is_due_at_once_says_so(running, clock_at):
    one = only(running, "GDPR-34")
    swept(clock_at, START)
    assert {mail.subject.partition(":")[0] for mail in mails(one)} == {"Due now"}
    assert "the rule names no number" in " ".join(mails(one)[0].text.split())


def test_while_an_authority_asks_to_wait_nobody_is_hurried(running, cleo, clock_at):
    one = only(running, "GDPR-34")
    until = START + 5 * DAY
    legal_clock.hold(one, by=cleo, seen_version=1, held_from=START, held_until=until, ground="Letter of the police")
    swept(clock_at, START + HOUR)
    assert not mails(one)
    swept(clock_at, until)
    assert mails(one)


def test_what_does_not_apply_is_not_told(running, clock_at):
    one = only(running, "NIS2-24")
    legal_clock.assess(one, by=running.commander, seen_version=one.version, applies=False, reason="Not significant")
    swept(clock_at, START + 9 * DAY)
    assert not mails()


def test_what_applies_after_all_is_told_again_also_when_it_is_over(running, cleo, clock_at):
    one = only(running)
    one = legal_clock.assess(one, by=cleo, seen_version=1, applies=False, reason="No personal data")
    swept(clock_at, START + 9 * DAY)
    assert not mails(one)

    legal_clock.assess(one, by=cleo, seen_version=2, applies=True)
    sweep.sweep()

    assert {mail.subject.partition(":")[0] for mail in mails(one)} == {"6 d late"}
    assert steps(of(running)) == {"daily": START + 10 * DAY}


def test_nobody_is_told_of_an_incident_that_was_dismissed(declared, ada, cleo, clock_at):
    rules.set_profile(by=ada, seen_version=0, countries=["DE"], has_personal_data=True)
    legal_clock.look_again(declared, by=cleo)
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run")
    swept(clock_at, START + 9 * DAY)
    assert not mails()
    assert not Reminder.objects.filter(state="pending", due_at__lte=START + 9 * DAY)


def test_when_nobody_else_reads_mail_the_deputy_is_told(running, cleo, ada, rosa, olga, clock_at):
    only(running)
    for person in (cleo, ada):
        type(person).objects.filter(pk=person.pk).update(is_active=False)
    swept(clock_at, START + 36 * HOUR)
    assert [mail.to_address for mail in mails(of(running))] == [rosa.email]


def test_a_step_that_could_not_be_told_is_put_to_people_without_naming_the_rule(running, vic, client_of):
    of(running).reminders.filter(step="half").update(state="stuck", settled_at=clock.now())
    page = client_of(vic).get(reverse("desk:commitments"))
    assertContains(page, "a report that may be due</a> could not be sent (half of the time is gone)")
    assertContains(page, f'<a href="{reverse("desk:incident", args=[running.pk])}">a report')


# On the boards


def test_the_nearest_duty_stands_on_now_and_in_the_room(running, ada, client_of):
    one = of(running, "NIS2-24")
    for page in (client_of(ada).get(NOW), client_of(ada).get(reverse("desk:incident", args=[running.pk]))):
        assertContains(page, "Nearest legal duty")
        assertContains(page, reverse("desk:clock", args=[one.pk]))


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_may_not_read_it_does_not_see_that_there_is_one(running, client_of, request, person):
    reader = client_of(request.getfixturevalue(person))
    for path in (NOW, reverse("desk:incident", args=[running.pk])):
        page = reader.get(path)
        assertNotContains(page, "Nearest legal duty")
        assertNotContains(page, "/desk/clocks/")


def test_an_overdue_report_is_the_next_thing_to_do_and_waits_for_who_works_here(
    running, rosa, ben, client_of, clock_at
):
    one = of(running, "NIS2-24")
    clock_at(one.due_at + 3 * HOUR)
    assertContains(client_of(ben).get(reverse("desk:incident", args=[running.pk])), "The report by NIS2-24 is 3 h late")
    page = client_of(rosa).get(NOW)
    assertContains(page, "Report, or say that it does not apply: NIS2-24")
    assertContains(page, reverse("desk:clock", args=[one.pk]))


def test_what_is_to_be_assessed_waits_for_who_assesses(running, ben, rosa, client_of):
    for one in running.clocks.exclude(due_at=None):
        legal_clock.assess(one, by=ben, seen_version=1, applies=False, reason="Not this one")
    number = running.clocks.filter(state="to_assess").count()
    assertContains(client_of(ben).get(NOW), f"Say whether {number} legal clocks apply")
    assertNotContains(client_of(rosa).get(NOW), "Say whether")


def test_a_report_that_is_due_after_the_incident_is_over_stays_in_view(running, ada, client_of):
    type(running).objects.filter(pk=running.pk).update(state="recovered", recovered_at=clock.now())
    assertContains(client_of(ada).get(NOW), "Nearest legal duty")
