"""The rules of legal clocks that ship, and which of them a profile switches on."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import LogEntry, User
from refusals import Incomplete, Stale
from stakeholders import reckoning
from stakeholders.models import Profile, ReportingRule, StartEvent
from stakeholders.operations import rule_guards, rules

pytestmark = pytest.mark.django_db

SHIPPED = tomllib.loads((Path(rules.__file__).parents[1] / "reporting_rules.toml").read_text())
CODES = (
    "GDPR-33 GDPR-34 UKGDPR-33 PECR-5A AIA-73-2 AIA-73-3 AIA-73-4 AIA-26-5 AIA-55 NIS2-24 NIS2-72 NIS2-1M DORA-4H DORA-72 "
    "DORA-1M CRA-24 CRA-72 CRA-F HIPAA-60 HIPAA-HHS FTC-HBNR FTC-SAFE SEC-105 NYDFS-72 BANK-36 CA-SB53 NY-RAISE CO-AI "
    "CA-1798 US-STATE PCI IN-CERT SG-PDPA AU-PRIVACY CIRCIA UK-CSRB CONTRACT"
)


@pytest.fixture
def gdpr(db: None) -> ReportingRule:
    return ReportingRule.objects.current().get(code="GDPR-33")


def rule(code: str) -> ReportingRule:
    return ReportingRule.objects.current().get(code=code)


def switched_on(on: date | None = None, **profile: Any) -> set[str]:
    return {found.code for found in ReportingRule.objects.to_assess(Profile(**profile), on=on)}


# What ships


def test_every_rule_of_the_table_ships_and_stands_in_the_database() -> None:
    shipped = [row["code"] for row in SHIPPED["rule"]]

    assert len(shipped) == len(set(shipped))
    assert set(CODES.split()) <= set(shipped)
    assert set(ReportingRule.objects.current().values_list("code", flat=True)) == set(shipped)


@pytest.mark.parametrize("row", SHIPPED["rule"], ids=lambda row: row["code"])
def test_a_shipped_rule_is_whole_and_would_be_accepted_from_a_person(row: dict[str, Any]) -> None:
    found = rule(row["code"])

    assert list(rule_guards.missing(found)) == []
    assert found.status in ReportingRule.Status.values
    assert found.source in ReportingRule.Source.values
    assert found.checked_on == date(2026, 11, 20)
    assert not found.calendar or reckoning.is_calendar(found.calendar)
    assert not found.after_code or rule(found.after_code)
    assert found.term().words == found.length_words
    assert set(found.starts) <= set(reckoning.Start)
    everything: dict[str, datetime] = dict.fromkeys(reckoning.Start, datetime(2026, 11, 20, 8, tzinfo=UTC))
    due = reckoning.due(found.term("Europe/Berlin"), everything)
    assert (due.at is not None) == (found.length is not None)


@pytest.mark.parametrize(
    ("code", "words", "start", "status"),
    [
        ("GDPR-33", "72 hours", "becoming aware", "In force"),
        ("AIA-73-4", "without undue delay, at most 10 calendar days", "becoming aware", "In force since 2 August 2026"),
        ("NIS2-1M", "1 month", "submission of NIS2-72", "In force"),
        ("DORA-4H", "4 hours, and at most 24 hours from becoming aware", "classification", "In force"),
        ("SEC-105", "4 business days", "the determination", "In force"),
        ("HIPAA-HHS-F", "60 calendar days after the end of the year", "discovery", "In force"),
        ("NY-RAISE", "72 hours", "the determination or reasonable belief", "Not yet: from 1 January 2027"),
        ("CIRCIA", "72 hours", "reasonable belief", "Not in force, no date yet"),
        ("UK-CSRB", "24 hours", "becoming aware", "A bill, not a law"),
        ("CO-AI", "no clock", "", "Retired, do not use"),
        ("GDPR-34", "without undue delay", "becoming aware", "In force"),
    ],
)  # fmt: skip
def test_a_rule_says_itself(code: str, words: str, start: str, status: str) -> None:
    found = rule(code)

    assert (found.length_words, found.start_words, found.status_words) == (words, start, status)


def test_the_units_and_starts_of_the_table_are_those_of_the_engine() -> None:
    assert set(ReportingRule.Unit.values) == {str(unit) for unit in reckoning.Unit}
    assert set(StartEvent.values) == {str(start) for start in reckoning.Start}


# What the profile switches on


def test_nothing_is_switched_on_until_the_profile_says_so() -> None:
    assert switched_on() == set()
    assert Profile.current().version == 0


@pytest.mark.parametrize(
    ("profile", "on", "off"),
    [
        ({"countries": ["DE"], "has_personal_data": True}, "GDPR-33 GDPR-34", "GDPR-33-P UKGDPR-33 CA-1798"),
        ({"countries": ["NO"], "has_personal_data": True}, "GDPR-33", "NIS2-24"),
        ({"countries": ["DE"]}, "", "GDPR-33 DORA-4H"),
        ({"countries": ["US"], "is_listed": True}, "SEC-105 SEC-105-A", "CA-1798 BANK-36"),
        ({"countries": ["DE"], "is_listed": True}, "", "SEC-105"),
        ({"takes_cards": True}, "PCI PCI-MC PCI-VISA PCI-VISA-3", "CONTRACT"),
        ({"countries": ["IE"], "roles": ["financial_entity"]}, "DORA-4H DORA-72 DORA-1M", "NIS2-24"),
        ({"countries": ["US"], "roles": ["hipaa_entity"]}, "", "HIPAA-60"),
        ({"countries": ["US"], "roles": ["hipaa_entity"], "sectors": ["health"]}, "HIPAA-60 HIPAA-HHS", "HIPAA-60-B"),
        ({"countries": ["GB"], "roles": ["essential_entity"]}, "", "UK-CSRB NIS2-24"),
        ({"countries": ["US"], "roles": ["critical_infrastructure"]}, "", "CIRCIA"),
    ],
)  # fmt: skip
def test_the_profile_switches_on_what_concerns_it(profile: dict[str, Any], on: str, off: str) -> None:
    found = switched_on(**profile)

    assert set(on.split()) <= found
    assert not set(off.split()) & found
    assert "CO-AI" not in found


def test_a_rule_counts_from_the_day_it_is_in_force() -> None:
    frontier = {"countries": ["US"], "roles": ["frontier_developer"]}

    assert "NY-RAISE" not in switched_on(on=date(2026, 12, 31), **frontier)
    assert "NY-RAISE" in switched_on(on=date(2027, 1, 1), **frontier)
    assert "CA-SB53" in switched_on(on=date(2026, 1, 1), **frontier)
    assert "CA-SB53" not in switched_on(on=date(2025, 12, 31), **frontier)


def test_a_retired_or_superseded_version_is_switched_on_by_nothing(gdpr: ReportingRule, ada: User) -> None:
    profile: dict[str, Any] = {"countries": ["DE"], "has_personal_data": True}
    rules.revise(gdpr, by=ada, seen=gdpr.stands_at, length=96)
    assert [one.version for one in ReportingRule.objects.to_assess(Profile(**profile)) if one.code == "GDPR-33"] == [2]

    rules.retire(gdpr, by=ada, seen="2.0")

    assert "GDPR-33" not in switched_on(**profile)


def test_setting_the_profile(ada: User) -> None:
    set_to = rules.set_profile(by=ada, seen_version=0, countries=["DE", "US"], roles=["processor"], is_listed=True)

    assert (set_to.version, set_to.set_by, Profile.current().countries) == (1, ada, ["DE", "US"])
    assert LogEntry.objects.latest("number").details == {"version": 1, "fields": ["countries", "roles", "is_listed"]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"countries": ["DE", "XX"]}, "“XX” is no country that we know"),
        ({"countries": ["EU"]}, "Name the countries of the EU"),
        ({"countries": ["UK"]}, "Write GB instead of UK"),
        ({"sectors": ["piracy"]}, "Choose sectors from the list"),
        ({"roles": ["king"]}, "Choose roles from the list"),
    ],
)
def test_a_profile_that_cannot_be(ada: User, refused: Any, fields: dict[str, Any], said: str) -> None:
    with refused(Incomplete, "The profile was not set.") as refusal:
        rules.set_profile(by=ada, seen_version=0, **fields)
    assert any(sentence.startswith(said) for sentence in refusal.missing)


def test_a_profile_set_by_somebody_else_is_not_overwritten(ada: User, refused: Any) -> None:
    rules.set_profile(by=ada, seen_version=0, countries=["DE"])
    with refused(Stale, "Somebody set the profile"):
        rules.set_profile(by=ada, seen_version=0, countries=["FR"])
