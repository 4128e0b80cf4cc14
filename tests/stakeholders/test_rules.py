"""The rules of legal clocks as the operator keeps them: revised in versions, checked by somebody, added and retired."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

import clock
from accounts.models import LogEntry, User
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders import countries
from stakeholders.models import LegalRole, Profile, ReportingRule, Sector
from stakeholders.operations import rules

pytestmark = pytest.mark.django_db

OWN: dict[str, Any] = {
    "regime": "Contract", "reference": "Acme, section 9", "who": "We", "recipient": "Acme", "addressees": ["party"],
    "starts": ["aware"],
    "length": 12, "unit": "hours", "sure_figures": "high", "sure_applies": "high", "checked_on": date(2026, 11, 1),
    "checked_by": "Counsel", "switch": "always",
}  # fmt: skip


@pytest.fixture
def gdpr(db: None) -> ReportingRule:
    return ReportingRule.objects.current().get(code="GDPR-33")


# Versions


def test_a_revision_is_a_new_version_and_the_old_one_stays(gdpr: ReportingRule, ada: User) -> None:
    new = rules.revise(gdpr, by=ada, seen=gdpr.stands_at, length=96, notes="As counsel said.")

    gdpr.refresh_from_db()
    assert (gdpr.length, gdpr.is_current, gdpr.superseded_at) == (72, False, new.made_at)
    assert (new.version, new.length, new.is_current, new.made_by, new.source) == (2, 96, True, ada, "operator")
    assert new.term().length == 96
    assert LogEntry.objects.latest("number").details == {
        "code": "GDPR-33", "version": 2, "fields": ["length", "notes"],
    }  # fmt: skip


def test_whom_it_concerns_says_nothing_about_the_figures(gdpr: ReportingRule, ada: User) -> None:
    assert rules.revise(gdpr, by=ada, seen=gdpr.stands_at, switch="always").source == "quoted"


def test_a_revision_without_a_change_is_none(gdpr: ReportingRule, ada: User) -> None:
    logged = LogEntry.objects.count()

    assert rules.revise(gdpr, by=ada, seen=gdpr.stands_at, length=72).pk == gdpr.pk
    assert LogEntry.objects.count() == logged


def test_what_somebody_else_revised_is_not_overwritten(gdpr: ReportingRule, ada: User, refused: Any) -> None:
    seen = gdpr.stands_at
    rules.revise(gdpr, by=ada, seen=seen, length=96)
    with refused(Stale, "Somebody changed this rule") as refusal:
        rules.revise(gdpr, by=ada, seen=seen, length=48)
    assert refusal
    with refused(Stale, "Somebody changed this rule"):
        rules.retire(gdpr, by=ada, seen=seen)
    with refused(Stale, "Somebody changed this rule"):
        rules.confirm_checked(gdpr, by=ada, seen=seen, checked_on=date(2026, 11, 1), checked_by="Counsel")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"length": -1}, "Give a number from 1 to 3,660"),
        ({"length": 0}, "Give a number from 1 to 3,660"),
        ({"length": 9_999}, "Give a number from 1 to 3,660"),
        ({"length": None}, "Give the number, or choose a unit without one"),
        ({"unit": "prompt"}, "Leave the number empty: this unit has none"),
        ({"unit": "weeks"}, "Choose the unit"),
        ({"unit": "business_days"}, "Name the calendar by which business days are counted"),
        ({"unit": "business_days", "calendar": "Atlantis"}, "“Atlantis” is no calendar we know"),
        ({"zone": "Mars/Olympus"}, "Choose the time zone from the list"),
        ({"closes": None}, "Give the time at which a business day ends"),
        ({"starts": []}, "Choose at least one event from which it runs"),
        ({"starts": ["later"]}, "Choose at least one event from which it runs"),
        ({"starts": ["own"], "starts_words": ""}, "Say in words for which event this rule waits"),
        ({"starts": ["submitted"]}, "Say after which report it runs"),
        ({"after_code": "NIS2-72"}, "Choose “submission of the earlier report” as well"),
        ({"starts": ["submitted"], "after_code": "NONE"}, "There is no other rule NONE to run after"),
        ({"starts": ["submitted"], "after_code": "GDPR-33"}, "There is no other rule GDPR-33 to run after"),
        ({"cap_hours": 24}, "A limit needs both: the hours, and from what they run"),
        ({"cap_hours": 0, "cap_start": "aware"}, "Give hours from 1 to 3,660"),
        ({"cap_hours": 1, "cap_start": "later"}, "Choose from what the limit runs"),
        ({"countries": ["EU", "XX"]}, "“XX” is no country that we know"),
        ({"roles": ["king"]}, "Choose from the list"),
        ({"sectors": ["piracy"]}, "Choose from the list"),
        ({"status": "maybe"}, "Choose “Status” from the list"),
        ({"regime": " "}, "Say which law or contract it belongs to"),
        ({"reference": ""}, "Give the place where it is written"),
        ({"who": ""}, "Say who has to report"),
        ({"recipient": ""}, "Say to whom"),
        ({"addressees": []}, "Tick to whom the report goes"),
        ({"addressees": ["moon"]}, "Choose from the list"),
        ({"who": "x" * 301}, "Shorten “Who reports” to 300 characters"),
        ({"notes": "x" * 4_001}, "Shorten the notes to 4,000 characters"),
        ({"checked_by": ""}, "Say who checked it"),
        ({"checked_by": "x" * 121}, "Shorten who checked it to 120 characters"),
        ({"checked_on": None}, "Give the day on which it was checked"),
        ({"checked_on": date(2099, 1, 1)}, "2099-01-01 is in the future"),
    ],
)  # fmt: skip
def test_what_makes_no_rule_is_named_at_its_field(
    gdpr: ReportingRule, ada: User, refused: Any, fields: dict[str, Any], said: str
) -> None:
    with refused(Incomplete, "The rule was not revised.") as refusal:
        rules.revise(gdpr, by=ada, seen=gdpr.stands_at, **fields)
    assert any(sentence.startswith(said) for sentence in refusal.missing), refusal.missing


def test_a_field_that_there_is_not(gdpr: ReportingRule, ada: User) -> None:
    with pytest.raises(TypeError):
        rules.revise(gdpr, by=ada, seen=gdpr.stands_at, colour="red")


# Checked, added, retired


def test_a_rule_turns_amber_after_180_days_and_a_check_ends_that(gdpr: ReportingRule, ada: User, clock_at: Any) -> None:
    day_180 = datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(days=180)
    assert not gdpr.is_stale(day_180)
    assert gdpr.is_stale(day_180 + timedelta(days=1))
    clock_at(day_180 + timedelta(days=1))

    found = rules.confirm_checked(
        gdpr, by=ada, seen=gdpr.stands_at, checked_on=clock.now().date(), checked_by=" Dr  Kern "
    )

    assert not found.is_stale(clock.now())
    assert (found.version, found.checks, found.checked_by, found.source) == (1, 1, "Dr Kern", "operator")
    assert LogEntry.objects.latest("number").details == {
        "code": "GDPR-33", "version": 1, "checked_on": str(found.checked_on),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("checked_on", "checked_by", "said"),
    [(date(2099, 1, 1), "Counsel", "2099-01-01 is in the future"), (date(2026, 11, 1), " ", "Say who checked it"),
     (None, "Counsel", "Give the day")],
)  # fmt: skip
def test_a_check_that_cannot_have_been(
    gdpr: ReportingRule, ada: User, refused: Any, checked_on: Any, checked_by: str, said: str
) -> None:
    with refused(Incomplete, "This was not recorded.") as refusal:
        rules.confirm_checked(gdpr, by=ada, seen=gdpr.stands_at, checked_on=checked_on, checked_by=checked_by)
    assert any(sentence.startswith(said) for sentence in refusal.missing)


def test_a_rule_of_ones_own(ada: User, refused: Any) -> None:
    added = rules.add(" contract-acme ", by=ada, **OWN)

    assert (added.code, added.version, added.closes, added.length_words) == ("CONTRACT-ACME", 1, time(17), "12 hours")
    assert added in ReportingRule.objects.to_assess(Profile())
    assert LogEntry.objects.latest("number").details == {"code": "CONTRACT-ACME"}
    with refused(Incomplete, "The rule was not added.") as refusal:
        rules.add("CONTRACT-ACME", by=ada, **OWN)
    assert "There is a rule CONTRACT-ACME already. Revise it, or choose another code" in refusal.missing


@pytest.mark.parametrize("code", ["", "A B", "-A", "Ä", "X" * 25])
def test_a_code_that_is_none(ada: User, refused: Any, code: str) -> None:
    with refused(Incomplete, "The rule was not added.") as refusal:
        rules.add(code, by=ada, **OWN)
    assert "Give a code of letters, digits and hyphens, such as CONTRACT-ACME" in refusal.missing


def test_retiring(gdpr: ReportingRule, ada: User, refused: Any) -> None:
    gone = rules.retire(gdpr, by=ada, seen=gdpr.stands_at)

    assert (gone.version, gone.status_words) == (2, "Retired, do not use")
    assert LogEntry.objects.latest("number").details == {"code": "GDPR-33", "version": 2}
    with refused(WrongState, "This rule is retired already."):
        rules.retire(gdpr, by=ada, seen=gone.stands_at)


@pytest.mark.parametrize("name", ["ben", "tom", "vic", "max", "rosa"])
def test_others_keep_no_rules(gdpr: ReportingRule, cast: Any, refused: Any, name: str) -> None:
    by, seen = getattr(cast, name), gdpr.stands_at
    for act in (
        lambda: rules.revise(gdpr, by=by, seen=seen, length=96),
        lambda: rules.retire(gdpr, by=by, seen=seen),
        lambda: rules.confirm_checked(gdpr, by=by, seen=seen, checked_on=date(2026, 11, 1), checked_by="Counsel"),
        lambda: rules.add("MINE", by=by, **OWN),
        lambda: rules.set_profile(by=by, seen_version=0, countries=["DE"]),
    ):
        with refused(NotAllowed, "are kept by commanders"):
            act()


# The database


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": None}, {"length": 0}, {"unit": "prompt"}, {"unit": "business_days"}, {"cap_hours": 24},
        {"cap_start": "aware"}, {"cap_hours": 0, "cap_start": "aware"}, {"checked_by": ""}, {"code": ""},
        {"code": "GDPR-34", "version": 7}, {"code": "GDPR-34", "version": 1, "superseded_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)  # fmt: skip
def test_the_database_refuses_it_too(gdpr: ReportingRule, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingRule.objects.filter(pk=gdpr.pk).update(**wrong)


@pytest.mark.parametrize("wrong", [{"id": 2}, {"version": 1}])
def test_the_database_keeps_one_profile_that_somebody_set(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Profile.objects.create(**wrong)


def test_countries() -> None:
    assert countries.read(" de, FR;us\nde ") == ["DE", "FR", "US"]
    assert len(countries.KNOWN) == 249
    assert countries.KNOWN >= countries.expanded(["EEA"]) > countries.expanded(["EU"])
    assert len(countries.EU) == 27
    assert {LegalRole.PROCESSOR, Sector.HEALTH} == {"processor", "health"}
