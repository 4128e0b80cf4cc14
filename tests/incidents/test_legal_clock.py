"""Legal clocks in an incident: made from the profile, assessed, submitted, held, in chains (domain 4.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

import clock
from incidents.models import ReportingClock, StartMove
from incidents.operations import incident, legal_clock
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Profile, ReportingRule
from stakeholders.operations import rules
from tests import states
from tests.incidents.legal_clocks import detected, filed, happened, of, profile

pytestmark = pytest.mark.django_db


# Made from the profile


def test_going_public_makes_a_clock_for_every_rule_that_is_switched_on(running):
    codes = set(running.clocks.values_list("code", flat=True))
    assert codes == {rule.code for rule in ReportingRule.objects.to_assess(Profile.current())}
    assert {"GDPR-33", "DORA-4H", "NIS2-1M"} <= codes
    assert set(running.clocks.values_list("state", flat=True)) == {"to_assess"}
    line = running.timeline.filter(text__startswith="Legal clocks: ").get()
    assert line.text.endswith("are to be assessed.")
    assert "GDPR-33" in line.text


def test_without_a_profile_there_is_no_clock(opened):
    assert not opened.clocks.exists()
    assert not opened.timeline.filter(text__startswith="Legal clocks").exists()


def test_an_internal_incident_has_clocks_only_when_somebody_asks_for_them(european, declared, cleo):
    no: dict[str, Any] = dict.fromkeys(incident.PUBLIC_QUESTIONS, False)
    incident.describe(declared, by=cleo, seen_version=declared.version, **no)
    assert not declared.clocks.exists()

    made = legal_clock.look_again(declared, by=cleo)

    assert {one.code for one in made} == set(declared.clocks.values_list("code", flat=True))
    assert "GDPR-33" in {one.code for one in made}


def test_looking_again_takes_in_what_the_profile_switches_on_now(running, ada, cleo):
    assert legal_clock.look_again(running, by=cleo) == []

    profile(ada, takes_cards=True)

    assert "PCI" in {one.code for one in legal_clock.look_again(running, by=cleo)}
    assert legal_clock.look_again(running, by=cleo) == []


def test_a_clock_keeps_the_version_that_it_was_started_with(running, ada, cleo):
    rule = ReportingRule.objects.current().get(code="GDPR-33")
    rules.revise(rule, by=ada, seen=rule.stands_at, length=96)
    legal_clock.look_again(running, by=cleo)

    one = of(running, "GDPR-33")
    assert (one.rule.version, one.due_at) == (1, running.detected_at + timedelta(hours=72))


def test_only_who_assesses_looks_again(running, rosa, refused):
    with refused(NotAllowed, "Approvers, commanders and communications leads"):
        legal_clock.look_again(running, by=rosa)


def test_nothing_is_looked_for_in_what_was_dismissed(european, declared, cleo, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run")
    with refused(WrongState, "was dismissed"):
        legal_clock.look_again(declared, by=cleo)


# How they run (the tests of domain 4.3)


def test_awareness_on_friday_evening_gives_monday_evening(running, clock_at):
    friday = datetime(2026, 11, 20, 18, tzinfo=UTC)
    about = detected(running, friday + timedelta(hours=1), clock_at)
    happened(about, "aware", friday, about.commander)
    assert of(about, "GDPR-33").due_at == datetime(2026, 11, 23, 18, tzinfo=UTC)


def test_until_somebody_records_when_we_were_aware_the_time_of_detection_counts(running):
    assert not running.clock_starts.exists()
    one = of(running, "GDPR-33")
    assert (one.started_at, one.due_at) == (running.detected_at, running.detected_at + timedelta(hours=72))


def test_a_material_finding_on_saturday_before_a_monday_holiday_gives_friday(declared, ada, cleo, tom, clock_at):
    profile(ada, countries=["US"], is_listed=True)
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom)
    assert of(about, "SEC-105").due_at is None

    saturday = datetime(2027, 1, 16, 15, tzinfo=UTC)  # Monday 18 January is Martin Luther King Day
    clock_at(saturday + timedelta(minutes=5))
    happened(about, "determined", saturday, cleo)

    assert of(about, "SEC-105").due_at == datetime(2027, 1, 22, 22, 30, tzinfo=UTC)  # 17:30 in New York


@pytest.mark.parametrize(("after", "due"), [(22, 24), (30, 34)])
def test_a_financial_entity_reports_four_hours_after_classifying_and_a_day_after_awareness(
    running, cleo, clock_at, after, due
):
    aware = datetime(2026, 11, 23, 8, tzinfo=UTC)
    about = detected(running, aware, clock_at)
    happened(about, "aware", aware, cleo)
    assert of(about, "DORA-4H").due_at == aware + timedelta(hours=24)

    clock_at(aware + timedelta(hours=after, minutes=1))
    happened(about, "classified", aware + timedelta(hours=after), cleo)

    assert of(about, "DORA-4H").due_at == aware + timedelta(hours=due)


@pytest.mark.parametrize(("earlier", "later"), [("NIS2-72", "NIS2-1M"), ("DORA-4H", "DORA-72")])
def test_a_later_report_waits_for_the_submission_of_the_earlier_one(running, cleo, earlier, later):
    legal_clock.assess(of(running, earlier), by=cleo, seen_version=1, applies=True)
    assert (of(running, later).started_at, of(running, later).due_at) == (None, None)

    filed(of(running, earlier), cleo)

    assert of(running, later).started_at == clock.now()
    assert f" {later} runs from it." in running.timeline.latest("pk").text


def test_a_month_from_the_last_of_january_is_the_last_of_february(running, cleo, clock_at):
    january = datetime(2027, 1, 31, 10, tzinfo=UTC)
    clock_at(january)
    filed(of(running, "NIS2-72"), cleo)
    assert of(running, "NIS2-1M").due_at == datetime(2027, 2, 28, 10, tzinfo=UTC)


def test_a_duty_without_a_number_is_due_at_once_and_has_no_countdown(running):
    one = of(running, "GDPR-34")
    assert (one.is_immediate, one.due_at, one.deadline) == (True, None, running.detected_at)
    assert not one.is_overdue(clock.now())


# Assessed


def test_it_applies(running, ben):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ben, seen_version=1, applies=True, reason="Addresses got out")

    assert (one.state, one.assessed_by, one.assessed_at) == ("applies", ben, clock.now())
    assert running.timeline.latest("pk").text == "Legal clocks, GDPR-33: it applies."
    assert states.last_log().details == {"code": "GDPR-33", "applies": True}


def test_it_does_not_apply_and_why_stays_out_of_the_timeline(running, ada):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, applies=False, reason=" No person named ")

    assert (one.state, one.reason) == ("not_applicable", "No person named")
    assert running.timeline.latest("pk").text == "Legal clocks, GDPR-33: it does not apply."
    assert "No person named" not in str(states.last_log().details)


def test_the_commander_of_the_incident_assesses_whatever_their_role(running, cleo):
    assert legal_clock.assess(of(running, "GDPR-33"), by=cleo, seen_version=1, applies=True).assessed_by == cleo


def test_it_can_be_thought_over(running, ada):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, applies=False, reason="No personal data")
    one = legal_clock.assess(one, by=ada, seen_version=2, applies=True)
    assert (one.state, one.reason, one.version) == ("applies", "", 3)


def test_the_same_said_twice_changes_nothing(running, ada):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, applies=True)
    logged = states.last_log().number
    legal_clock.assess(one, by=ada, seen_version=one.version, applies=True)
    assert states.last_log().number == logged


@pytest.mark.parametrize(
    ("said", "anchor"),
    [
        ({"applies": None}, "id_assess-applies_0"),
        ({"applies": False, "reason": " "}, "id_assess-reason"),
        ({"applies": True, "reason": "x" * 2001}, "id_assess-reason"),
    ],
)
def test_what_is_missing_in_an_assessment_is_named(running, ada, refused, said, anchor):
    with refused(Incomplete, "Nothing was decided") as refusal:
        legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, **said)
    assert [item.anchor for item in refusal.value.missing] == [anchor]


def test_who_may_not_assess_and_what_was_changed_meanwhile(running, rosa, ada, refused):
    with refused(NotAllowed, "Approvers, commanders"):
        legal_clock.assess(of(running, "GDPR-33"), by=rosa, seen_version=1, applies=True)
    with refused(Stale, "Somebody changed this clock"):
        legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=7, applies=True)


def test_what_was_submitted_is_not_assessed_again(running, ada, refused):
    one = filed(of(running, "GDPR-33"), ada)
    with refused(WrongState, "Take that back first"):
        legal_clock.assess(one, by=ada, seen_version=one.version, applies=False, reason="No")


def test_nothing_is_assessed_once_the_incident_was_dismissed(european, declared, cleo, refused):
    legal_clock.look_again(declared, by=cleo)
    one = of(declared, "GDPR-33")
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run")
    with refused(WrongState, "was dismissed"):
        legal_clock.assess(one, by=cleo, seen_version=1, applies=True)
    with refused(WrongState, "was dismissed"):
        filed(one, cleo)


def test_what_has_to_be_reported_is_not_dismissed_before_it_is(european, declared, cleo, refused):
    legal_clock.look_again(declared, by=cleo)
    one = legal_clock.assess(of(declared, "GDPR-33"), by=cleo, seen_version=1, applies=True)
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run")
    assert refusal.missing == ["Note that the report by GDPR-33 was submitted, or say that it does not apply"]

    legal_clock.assess(one, by=cleo, seen_version=2, applies=False, reason="A test run")
    assert incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run").state == "dismissed"


# The database holds to it


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "applies"},
        {"state": "not_applicable"},
        {"state": "submitted"},
        {"reference": "Receipt 4711"},
        {"held_from": datetime(2026, 11, 1, tzinfo=UTC)},
        {"held_from": datetime(2026, 11, 1, tzinfo=UTC), "held_ground": "A letter"},
        {"started_at": None},
        {"is_immediate": True},
        {"code": "NIS2-72"},
    ],
)
def test_the_database_refuses_what_makes_no_sense(running, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingClock.objects.filter(incident=running, code="GDPR-33").update(**changes)


def test_the_database_wants_a_reason_where_it_does_not_apply(running, ada):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, applies=False, reason="No personal data")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingClock.objects.filter(pk=one.pk).update(reason="")


def test_no_later_start_is_proposed_without_a_reason(running, ada):
    now = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        StartMove.objects.create(
            incident=running, event="aware", at=now, was_at=now - timedelta(hours=1), evidence="A note",
            proposed_by=ada, proposed_at=now,
        )  # fmt: skip
