"""The stakeholder map: every group is decided for on purpose before the first public word (R19 to R21, domain 4.2)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

import clock
from incidents.models import Incident, PlanQuestion, Scenario, StakeholderPlan, Statement
from incidents.operations import approval, containment, decision, incident, plan
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Decision, GroupKind, Stage, StakeholderGroup
from tests import states
from tests.incidents.plans import row, shown, silence, soon
from tests.remembered import remembered

pytestmark = pytest.mark.django_db


@pytest.fixture
@remembered
def dispute(declared, cleo, ada, tom):
    return states.open_up(
        declared, by=cleo, communications=ada, technical=tom, scenario=Scenario.DISPUTE, decided=False
    )


# --- The map is made with the incident (R2, R3) ----------------------------------------------------


def test_one_yes_makes_a_row_for_every_group_with_what_it_will_ask(declared, cleo):
    assert not declared.plans.exists()

    incident.describe(declared, by=cleo, seen_version=declared.version, is_visible=True)

    groups = StakeholderGroup.objects.current()
    assert set(declared.plans.values_list("group", "decision")) == {(group.pk, "") for group in groups}
    affected = row(declared, GroupKind.AFFECTED)
    assert [one.text for one in affected.questions.all()] == affected.group.questions
    assert all(one.answered_at is None for one in affected.questions.all())


def test_an_internal_incident_has_no_map(declared, cleo):
    incident.describe(
        declared, by=cleo, seen_version=declared.version, is_visible=False, draws_attention=False, needs_answer=False
    )
    assert not declared.plans.exists()


def test_making_the_map_twice_makes_no_row_twice(undecided):
    assert plan.begin(undecided) == 0
    assert undecided.plans.count() == StakeholderGroup.objects.current().count()


def test_a_breach_of_policy_presets_trust_team_and_regulator_to_now(declared, cleo, ada, tom):
    breach = states.open_up(
        declared, by=cleo, communications=ada, technical=tom, scenario=Scenario.POLICY_BREACH, decided=False
    )
    proposals = {
        kind: decision.of_default(row(breach, kind))["decision"] for kind in GroupKind.values if kind != "other"
    }
    assert proposals[GroupKind.PLATFORM] == proposals[GroupKind.REGULATOR] == Decision.NOW


def test_a_group_added_since_is_taken_in(undecided, ada):
    insurer = StakeholderGroup.objects.create(
        slug="insurer", name="Insurer", needs="Is it covered?", influence="low", interest="high"
    )
    assert plan.take_in(undecided, by=ada) == 1
    assert undecided.plans.get(group=insurer).questions.get().text == "Is it covered?"
    assert states.last_log().details == {"number": 1}
    assert plan.take_in(undecided, by=ada) == 0


def test_only_who_decides_takes_groups_in(undecided, vic, refused):
    with refused(NotAllowed, "decide who is told"):
        plan.take_in(undecided, by=vic)


# --- One action confirms what is proposed ----------------------------------------------------------


def test_one_action_confirms_all_but_who_is_decided_alone(undecided, ada):
    taken = plan.confirm_defaults(undecided, by=ada, seen=shown(undecided))

    assert len(taken) == 7
    assert [one.group.kind for one in StakeholderPlan.objects.filter(incident=undecided).undecided()] == ["regulator"]
    press = row(undecided, GroupKind.PRESS)
    assert (press.decision, press.ready_answer != "", press.answer_within) == (Decision.IF_ASKED, True, 120)
    platform = row(undecided, GroupKind.PLATFORM)
    assert (platform.decision, platform.stage, platform.tell_within) == (Decision.AT_STAGE, Stage.CONTAINED, 240)
    affected = row(undecided, GroupKind.AFFECTED)
    assert (affected.due_at, affected.decided_by) == (decision.due(affected), ada)


def test_who_is_deliberately_not_told_is_never_confirmed_in_passing(dispute, ada):
    plan.confirm_defaults(dispute, by=ada, seen=shown(dispute))
    left = {one.group.kind for one in StakeholderPlan.objects.filter(incident=dispute).undecided()}
    assert left == {GroupKind.EMPLOYEES, GroupKind.REGULATOR}
    assert row(dispute, GroupKind.PARTNERS).decision == Decision.NOT_APPLICABLE


def test_what_was_not_shown_is_not_confirmed(undecided, ada, cleo, refused):
    seen = shown(undecided)
    platform = row(undecided, GroupKind.PLATFORM)
    plan.decide(platform, by=cleo, seen_version=1, decision=Decision.NOT_APPLICABLE, reason="We run on none")
    with refused(Stale, "has changed since you looked") as refusal:
        plan.confirm_defaults(undecided, by=ada, seen=seen)
    assert [change.now for change in refusal.value.difference] == ["decided meanwhile"]


def test_a_proposal_that_changed_meanwhile_is_shown_again(undecided, ada, refused):
    seen = shown(undecided)
    employees = row(undecided, GroupKind.EMPLOYEES).group
    employees.defaults.filter(scenario=Scenario.MASS_FAILURE).update(decision=Decision.IF_ASKED)
    with refused(Stale, "has changed since you looked") as refusal:
        plan.confirm_defaults(undecided, by=ada, seen=seen)
    assert [change.label for change in refusal.value.difference] == ["Employees"]
    assert refusal.value.difference[0].now.startswith("Only if asked")


def test_when_nothing_is_left_to_confirm_it_says_so(opened, ada, refused):
    with refused(WrongState, "Nothing is left to confirm"):
        plan.confirm_defaults(opened, by=ada, seen={})


def test_only_communications_leads_and_commanders_confirm(undecided, tom, refused):
    with refused(NotAllowed, "Communications leads and commanders"):
        plan.confirm_defaults(undecided, by=tom, seen=shown(undecided))


# --- One group by itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "fields", "missing"),
    [
        ("", {}, ["id_decision_0"]),
        ("shout", {}, ["id_decision_0"]),
        ("now", {}, ["id_due_at"]),
        ("now", {"due_at": timedelta(minutes=-1)}, ["id_due_at"]),
        ("at_stage", {}, ["id_stage_0", "id_tell_within"]),
        ("at_stage", {"stage": "contained", "tell_within": 0}, ["id_tell_within"]),
        ("at_stage", {"stage": "someday", "tell_within": 60}, ["id_stage_0"]),
        ("if_asked", {}, ["id_ready_answer", "id_answer_within"]),
        ("if_asked", {"ready_answer": " ", "answer_within": 60}, ["id_ready_answer"]),
        ("if_asked", {"ready_answer": "See the page", "answer_within": 600_000}, ["id_answer_within"]),
        ("not_told", {}, ["id_reason", "id_review_at"]),
        ("not_told", {"reason": "Privacy", "review_at": timedelta()}, ["id_review_at"]),
        ("not_applicable", {"reason": "  "}, ["id_reason"]),
    ],
)
def test_each_decision_needs_what_it_says(undecided, ada, refused, chosen, fields, missing):
    one = row(undecided, GroupKind.EMPLOYEES)
    given = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    with refused(Incomplete, "Nothing was decided for Employees") as refusal:
        plan.decide(one, by=ada, seen_version=1, decision=chosen, **given)
    assert [item.anchor for item in refusal.value.missing] == missing


def test_deciding_differently_leaves_nothing_of_the_former_decision(undecided, ada, cleo):
    one = row(undecided, GroupKind.PARTNERS)
    plan.decide(
        one, by=ada, seen_version=1, decision="if_asked", ready_answer="See the page", answer_within=60, owner=ada
    )
    plan.decide(one, by=cleo, seen_version=2, decision="not_applicable", reason="We have none")
    one = states.fresh(one)
    assert (one.ready_answer, one.answer_within, one.owner, one.version) == ("", None, None, 3)
    assert (one.decided_by, one.first_decided_at) == (cleo, clock.now())


def test_whoever_decides_second_sees_what_stands(undecided, ada, cleo, refused):
    one = row(undecided, GroupKind.PARTNERS)
    plan.decide(one, by=cleo, seen_version=1, decision="not_applicable", reason="We have none")
    with refused(Stale, "Somebody decided for this group") as refusal:
        plan.decide(one, by=ada, seen_version=1, decision="now", due_at=soon())
    found = {change.label: (change.seen, change.now) for change in refusal.value.difference}
    assert found["Decision"] == ("Tell them now", "Does not apply")


def test_only_who_may_decides_for_a_group(undecided, tom, vic, refused):
    one = row(undecided, GroupKind.PARTNERS)
    for person in (tom, vic):
        with refused(NotAllowed, "Communications leads and commanders"):
            plan.decide(one, by=person, seen_version=1, decision="now", due_at=soon())


def test_nothing_is_decided_about_what_was_dismissed(undecided, cleo, ada, refused):
    one = row(undecided, GroupKind.PARTNERS)
    incident.dismiss(undecided, by=cleo, dismissal=Incident.Dismissal.FALSE, reason="Nothing failed")
    with refused(WrongState, "was dismissed"):
        plan.decide(one, by=ada, seen_version=1, decision="now", due_at=soon())


# --- Deliberately not ------------------------------------------------------------------------------


def test_not_telling_takes_two_people(dispute, ada, ben):
    silence(dispute, GroupKind.EMPLOYEES, ada)
    one = row(dispute, GroupKind.EMPLOYEES)
    assert not one.is_decided
    plan.agree(one, by=ben, seen_version=one.version)
    one = row(dispute, GroupKind.EMPLOYEES)
    assert one.is_decided
    assert (one.agreed_by, one.agreed_alone, one.confirmed_in) == (ben, False, "open")


def test_nobody_agrees_with_themselves(dispute, ada, refused):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    with refused(NotAllowed, "other than Ada Brandt"):
        plan.agree(one, by=ada, seen_version=one.version)


def test_the_database_holds_not_telling_to_two_people(dispute, ada):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    with pytest.raises(IntegrityError, match="not_telling_takes_two"), transaction.atomic():
        StakeholderPlan.objects.filter(pk=one.pk).update(agreed_by=ada, agreed_at=clock.now())


@pytest.mark.parametrize("person", ["tom", "vic", "rosa"])
def test_who_approves_nothing_agrees_to_nothing(dispute, ada, request, refused, person):
    one, by = silence(dispute, GroupKind.EMPLOYEES, ada), request.getfixturevalue(person)
    with refused(NotAllowed, "approver"):
        plan.agree(one, by=by, seen_version=one.version)


def test_what_was_agreed_to_is_what_was_read(dispute, ada, ben, refused):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    silence(dispute, GroupKind.EMPLOYEES, ada, reason="Another reason")
    with refused(Stale, "since you opened it"):
        plan.agree(one, by=ben, seen_version=one.version)


def test_there_is_nothing_to_agree_to_where_they_are_told(opened, ben, refused):
    one = row(opened, GroupKind.EMPLOYEES)
    with refused(WrongState, "nothing to agree to"):
        plan.agree(one, by=ben, seen_version=one.version)


def test_deciding_anew_voids_the_agreement(dispute, ada, ben):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    plan.agree(one, by=ben, seen_version=one.version)
    silence(dispute, GroupKind.EMPLOYEES, ada, reason="Another reason")
    assert row(dispute, GroupKind.EMPLOYEES).agreed_by is None


def test_working_alone_is_refused_while_somebody_else_may_agree(dispute, ada, ben, refused):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    with refused(NotAllowed):
        plan.agree_alone(one, by=ada, seen_version=one.version)


@pytest.mark.parametrize(
    ("must_act", "says"), [(None, "Answer whether they have to do something"), (True, "Tell them: they have to do")]
)
def test_the_harmed_who_must_act_are_told(undecided, ada, refused, must_act, says):
    with refused(Incomplete) as refusal:
        silence(undecided, GroupKind.AFFECTED, ada, must_act=must_act)
    assert any(sentence.startswith(says) for sentence in refusal.missing)


def test_the_harmed_who_need_do_nothing_may_be_left_out_by_two_people(undecided, ada, cleo):
    one = silence(undecided, GroupKind.AFFECTED, ada, must_act=False)
    plan.agree(one, by=cleo, seen_version=one.version)
    assert row(undecided, GroupKind.AFFECTED).is_decided


def test_when_the_incident_goes_on_not_telling_is_asked_again(dispute, ada, ben, cleo, rosa, tom):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    plan.agree(one, by=ben, seen_version=one.version)
    states.establish_facts(dispute, reporter=rosa, confirmer=tom)
    states.contain(dispute, by=tom)
    incident.contain(states.fresh(dispute), by=cleo)

    one = row(dispute, GroupKind.EMPLOYEES)
    assert not one.is_decided
    plan.confirm_again(one, by=cleo, seen_version=one.version)
    assert row(dispute, GroupKind.EMPLOYEES).is_decided
    assert states.last_log().details == {"state": "contained"}


def test_there_is_nothing_to_confirm_again_while_the_incident_stands_still(dispute, ada, ben, refused):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    one = plan.agree(one, by=ben, seen_version=one.version)
    with refused(WrongState, "nothing to confirm again"):
        plan.confirm_again(one, by=ada, seen_version=one.version)


def test_who_may_not_decide_does_not_confirm_again(dispute, ada, ben, tom, refused):
    one = silence(dispute, GroupKind.EMPLOYEES, ada)
    one = plan.agree(one, by=ben, seen_version=one.version)
    with refused(NotAllowed, "Communications leads and commanders"):
        plan.confirm_again(one, by=tom, seen_version=one.version)


# --- What they ask (R19) ---------------------------------------------------------------------------


def test_one_more_question_is_open_until_something_answers_it(opened, ada):
    one = row(opened, GroupKind.PARTNERS)
    asked = plan.ask(one, "  What do we tell\nour own customers? ", by=ada)
    assert (asked.text, asked.answered_at, asked.added_by) == ("What do we tell our own customers?", None, ada)
    assert states.last_log().details == {"question": asked.pk}


@pytest.mark.parametrize(("text", "says"), [(" ", "Write what they want"), ("?" * 301, "at most 300 characters")])
def test_a_question_asks_something(opened, ada, refused, text, says):
    with refused(Incomplete) as refusal:
        plan.ask(row(opened, GroupKind.PARTNERS), text, by=ada)
    (missing,) = refusal.missing
    assert says in missing


def test_who_decides_nothing_adds_no_question(opened, vic, refused):
    with refused(NotAllowed):
        plan.ask(row(opened, GroupKind.PARTNERS), "Why?", by=vic)
    assert not PlanQuestion.objects.filter(added_by=vic).exists()


# --- Before the first public word (R21) ------------------------------------------------------------


@pytest.fixture
def first_words(undecided, ada, rosa, tom):
    """A holding statement that waits for approval while nobody has decided for any group."""
    states.establish_facts(undecided, reporter=rosa, confirmer=tom)
    states.contain(undecided, by=tom)
    return states.submit(states.write(states.fresh(undecided), "holding", by=ada), by=ada)


def test_the_first_message_waits_until_every_group_is_decided(first_words, undecided, ada, ben, cleo, refused):
    plan.confirm_defaults(undecided, by=cleo, seen=shown(undecided))
    with refused(Incomplete, "cannot go out") as refusal:
        approval.approve(first_words, by=ben, seen_digest=first_words.digest)
    assert refusal.missing == ["Decide for Regulators and authorities: nobody has yet"]
    regulator = row(undecided, GroupKind.REGULATOR)
    assert (refusal.value.missing[0].view, refusal.value.missing[0].args) == ("desk:plan", (regulator.pk,))

    plan.decide(regulator, by=cleo, seen_version=1, decision="not_applicable", reason="No clock applies")
    assert approval.approve(first_words, by=ben, seen_digest=first_words.digest).entry


def test_one_person_alone_leaves_no_group_out_before_the_first_message(first_words, undecided, ada, ben, cleo, refused):
    states.decide_for_everybody(undecided, by=cleo)
    silence(undecided, GroupKind.PARTNERS, cleo)
    with refused(Incomplete, "cannot go out") as refusal:
        approval.approve(first_words, by=ben, seen_digest=first_words.digest)
    assert refusal.missing == ["Decide for Partners and enterprise customers: nobody has yet"]


def test_an_emergency_lets_nobody_be_forgotten(first_words, cleo, refused):
    with refused(Incomplete, "cannot go out") as refusal:
        approval.approve_in_emergency(
            first_words, by=cleo, seen_digest=first_words.digest, reason="Nobody else can be reached"
        )
    assert len(refusal.missing) == 8


def test_without_a_map_nothing_is_said_first(first_words, undecided, ben, refused):
    PlanQuestion.objects.filter(plan__incident=undecided).delete()
    undecided.plans.all().delete()
    with refused(Incomplete, "cannot go out") as refusal:
        approval.approve(first_words, by=ben, seen_digest=first_words.digest)
    assert refusal.missing == ["Decide who is told: there is no stakeholder map yet"]


def test_a_warning_waits_for_no_decision(undecided):
    warning = Statement(incident=undecided, kind="warning")
    assert list(plan.undecided(warning)) == []


def test_later_messages_do_not_wait_again(published, cleo):
    about = states.fresh(published.incident)
    silence(about, GroupKind.PARTNERS, cleo)
    update = Statement(incident=about, kind="update")
    assert list(plan.undecided(update)) == []


def test_containment_does_not_wait_for_the_map(undecided, tom):
    """Deciding who is told never holds up stopping the harm."""
    assert containment.plan(undecided, by=tom, scope="tool", text="Letters").pk
