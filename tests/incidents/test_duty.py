"""Who may not be left out because a report to them is due, or may be (domain 4.2, 4.3)."""

from typing import Any

import pytest

import clock
from incidents.models import Incident, PlanNote, ReportingClock
from incidents.operations import decision, legal_clock, plan
from refusals import Incomplete, NotAllowed
from stakeholders.models import Addressee, Decision, GroupKind, LegalRole, Profile, ReportingRule
from stakeholders.operations import rules
from tests import states
from tests.incidents.plans import row, silence, soon

pytestmark = pytest.mark.django_db


def personal_data(by: Any) -> None:
    rules.set_profile(by=by, seen_version=Profile.current().version, countries=["DE"], has_personal_data=True)


def assessed(about: Incident, by: Any, *, applies: bool, code: str = "") -> None:
    for one in about.clocks.filter(code__startswith=code):
        legal_clock.assess(one, by=by, seen_version=one.version, applies=applies, reason="Counsel says so")


def test_an_authority_is_not_left_out_while_nobody_knows_whether_a_report_is_due(undecided, ada, refused):
    with refused(Incomplete, "Nothing was decided for Regulators") as refusal:
        silence(undecided, GroupKind.REGULATOR, ada)
    assert refusal.missing == [
        "Set the profile for legal clocks first: until then nobody knows here whether a report is due"
    ]


def test_an_authority_is_not_left_out_before_the_clocks_were_looked_at(undecided, ada, refused):
    personal_data(ada)
    with refused(Incomplete) as refusal:
        silence(undecided, GroupKind.REGULATOR, ada)
    assert refusal.missing == ["Look again at the legal clocks: GDPR-33 has no clock here"]


def test_an_authority_is_not_left_out_while_a_clock_is_to_be_assessed_or_applies(undecided, ada, refused):
    personal_data(ada)
    legal_clock.look_again(undecided, by=ada)
    with refused(Incomplete) as refusal:
        silence(undecided, GroupKind.REGULATOR, ada)
    assert refusal.missing[0] == "Say whether GDPR-33 applies"
    assessed(undecided, ada, applies=True)
    with refused(Incomplete) as refusal:
        silence(undecided, GroupKind.REGULATOR, ada)
    assert refusal.missing[0] == "Note that the report by GDPR-33 was submitted, or say that it does not apply"


def test_where_no_report_is_due_an_authority_is_left_out_by_two_people_as_others_are(undecided, ada, ben, refused):
    personal_data(ada)
    legal_clock.look_again(undecided, by=ada)
    assessed(undecided, ada, applies=False)
    one = silence(undecided, GroupKind.REGULATOR, ada)
    assert not row(undecided, GroupKind.REGULATOR).is_decided
    with refused(NotAllowed, "not decided by one person"):
        plan.agree(one, by=ada, seen_version=one.version)

    plan.agree(one, by=ben, seen_version=one.version)

    assert row(undecided, GroupKind.REGULATOR).is_decided


def test_once_the_report_went_out_an_authority_may_be_left_out_of_what_follows(undecided, ada):
    personal_data(ada)
    legal_clock.look_again(undecided, by=ada)
    for one in undecided.clocks.all():
        legal_clock.submit(
            one, by=ada, seen_version=1, submitted_at=clock.now(), reference="Receipt 4711", submitted_by=ada
        )
    assert silence(undecided, GroupKind.REGULATOR, ada).decision == Decision.NOT_TOLD


def test_a_clock_that_applies_after_all_has_the_authority_decided_again(undecided, ada, ben, refused):
    personal_data(ada)
    legal_clock.look_again(undecided, by=ada)
    assessed(undecided, ada, applies=False)
    one = silence(undecided, GroupKind.REGULATOR, ada)
    plan.agree(one, by=ben, seen_version=one.version)
    assessed(undecided, ada, applies=True)

    one = row(undecided, GroupKind.REGULATOR)
    assert not one.is_decided
    with refused(Incomplete, "They have to be told after all"):
        plan.confirm_again(one, by=ada, seen_version=one.version)


def test_a_rule_that_is_switched_on_later_has_the_authority_decided_again(undecided, ada, ben):
    personal_data(ada)
    legal_clock.look_again(undecided, by=ada)
    assessed(undecided, ada, applies=False)
    one = silence(undecided, GroupKind.REGULATOR, ada)
    plan.agree(one, by=ben, seen_version=one.version)
    rules.set_profile(by=ada, seen_version=1, roles=[LegalRole.ESSENTIAL_ENTITY])

    legal_clock.look_again(undecided, by=ada)

    assert not row(undecided, GroupKind.REGULATOR).is_decided


def begun(about: Incident, by: Any) -> None:
    personal_data(by)
    legal_clock.look_again(about, by=by)


def decided(about: Incident, kind: str, by: Any, chosen: str, **fields: Any) -> Any:
    one = row(about, kind)
    return plan.decide(one, by=by, seen_version=one.version, decision=chosen, **fields)


ASKED = {"ready_answer": "We look into it.", "answer_within": 120}


def test_every_rule_that_ships_says_to_whom_its_report_goes():
    none = [rule.code for rule in ReportingRule.objects.current() if not rule.addressees]
    assert none == ["CO-AI"]
    assert all(set(rule.addressees) <= set(Addressee.values) for rule in ReportingRule.objects.current())


@pytest.mark.parametrize("chosen", [Decision.IF_ASKED, Decision.NOT_APPLICABLE])
def test_whom_a_report_is_due_to_neither_waits_until_asked_nor_is_out_of_it(undecided, ada, refused, chosen):
    begun(undecided, ada)
    assessed(undecided, ada, applies=True, code="GDPR-33")
    fields = ASKED if chosen == Decision.IF_ASKED else {"reason": "No authority here"}
    with refused(Incomplete) as refusal:
        decided(undecided, GroupKind.REGULATOR, ada, chosen, **fields)
    assert refusal.missing == ["Note that the report by GDPR-33 was submitted, or say that it does not apply"]


def test_people_whom_the_law_wants_told_are_not_left_out(undecided, ada, refused):
    begun(undecided, ada)
    assessed(undecided, ada, applies=True, code="GDPR-34")
    with refused(Incomplete) as refusal:
        silence(undecided, GroupKind.AFFECTED, ada, must_act=False)
    assert refusal.missing == ["Note that the report by GDPR-34 was submitted, or say that it does not apply"]


def test_a_clock_that_is_to_be_assessed_keeps_only_authorities_from_being_left_out(undecided, ada):
    begun(undecided, ada)
    assert silence(undecided, GroupKind.AFFECTED, ada, must_act=False).decision == Decision.NOT_TOLD


def test_a_duty_to_a_party_says_nothing_about_an_authority(undecided, ada, ben, refused):
    rules.set_profile(by=ada, seen_version=0, takes_cards=True)
    legal_clock.look_again(undecided, by=ada)
    assessed(undecided, ada, applies=True)
    with refused(Incomplete, "Nothing was decided for Partners"):
        decided(undecided, GroupKind.PARTNERS, ada, Decision.IF_ASKED, **ASKED)
    one = silence(undecided, GroupKind.REGULATOR, ada)
    assert plan.agree(one, by=ben, seen_version=one.version).is_decided


def test_a_default_that_a_duty_forbids_is_not_confirmed_in_passing(undecided, ada):
    rules.set_profile(by=ada, seen_version=0, takes_cards=True)
    legal_clock.look_again(undecided, by=ada)
    partners = row(undecided, GroupKind.PARTNERS)
    partners.group.defaults.update(decision=Decision.IF_ASKED, stage="")
    assert decision.may_confirm(row(undecided, GroupKind.PARTNERS))
    assessed(undecided, ada, applies=True)
    assert not decision.may_confirm(row(undecided, GroupKind.PARTNERS))


@pytest.mark.parametrize(
    ("chosen", "fields"),
    [(Decision.IF_ASKED, ASKED), (Decision.NOT_APPLICABLE, {"reason": "No authority here"})],
)
def test_what_was_decided_before_a_report_was_due_is_decided_anew(undecided, ada, chosen, fields):
    begun(undecided, ada)
    before = decided(undecided, GroupKind.REGULATOR, ada, chosen, **fields)
    assessed(undecided, ada, applies=True, code="GDPR-33")

    one = row(undecided, GroupKind.REGULATOR)
    assert (one.decision, one.decided_by, one.version) == ("", None, before.version + 1)
    assert (one.reason, one.ready_answer) == (before.reason, before.ready_answer), "nothing typed is lost"
    opened, taken = PlanNote.objects.filter(plan=one)
    assert (opened.verb, opened.words) == (PlanNote.Verb.OPENED, "A report by GDPR-33 is due to them.")
    assert (taken.verb, taken.decision, taken.words) == (
        PlanNote.Verb.DECIDED,
        chosen,
        before.reason or before.ready_answer,
    )
    said = undecided.timeline.order_by("-pk")[0].text
    assert said == "Stakeholder map, Regulators and authorities: to be decided anew, since a report by GDPR-33 is due."


def test_who_is_told_anyway_stays_decided_when_a_report_is_due(undecided, ada):
    begun(undecided, ada)
    before = decided(undecided, GroupKind.REGULATOR, ada, Decision.NOW, due_at=soon())
    assessed(undecided, ada, applies=True)
    assert row(undecided, GroupKind.REGULATOR).version == before.version


def test_a_submission_that_was_taken_back_is_due_again(undecided, ada):
    begun(undecided, ada)
    one = ReportingClock.objects.get(incident=undecided, code="GDPR-33")
    sent = legal_clock.submit(
        one, by=ada, seen_version=1, submitted_at=clock.now(), reference="Receipt 4711", submitted_by=ada
    )
    decided(undecided, GroupKind.REGULATOR, ada, Decision.IF_ASKED, **ASKED)

    legal_clock.take_back(states.fresh(sent), by=ada, seen_version=sent.version, reason="It never left.")

    assert row(undecided, GroupKind.REGULATOR).decision == ""
