"""The pages of the stakeholder map: what each person sees and can do, and that nothing typed is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
from incidents.models import StakeholderPlan
from incidents.operations import decision, inquiry, plan
from stakeholders.models import GroupDefault, GroupKind, StakeholderGroup
from tests import states
from tests.incidents.plans import row

pytestmark = pytest.mark.django_db


def the_map(about) -> str:
    return reverse("desk:map", args=[about.pk])


def the_plan(one) -> str:
    return reverse("desk:plan", args=[one.pk])


def proposals(about) -> list[str]:
    """What the form of the one action sends."""
    rows = StakeholderPlan.objects.filter(incident=about).for_map()
    return [f"{one.pk}:{one.version}:{decision.proposed(one)}" for one in rows if decision.may_confirm(one)]


def test_the_map_shows_what_is_proposed_and_who_is_decided_alone(undecided, client_of, ada):
    page = client_of(ada).get(the_map(undecided))
    assertContains(page, "0 of 8 decided. The first message waits for all of them")
    assertContains(page, "Confirm these 7")
    assertContains(page, "Assess the legal clocks. Decided by itself")
    for sent in proposals(undecided):
        assertContains(page, f'value="{sent}"')


def test_eight_groups_are_decided_in_a_few_clicks(undecided, client_of, ada):
    browser = client_of(ada)
    answer = browser.post(f"{the_map(undecided)}confirmation/", {"plan": proposals(undecided)})
    assertRedirects(answer, the_map(undecided))
    regulator = row(undecided, "regulator")
    assertContains(browser.get(the_map(undecided)), f'href="{the_plan(regulator)}">Decide: Regulators')
    said = {"seen_version": 1, "decision": "not_applicable", "reason": "No clock applies"}
    assertRedirects(browser.post(the_plan(regulator), said), the_map(undecided))
    assertContains(browser.get(the_map(undecided)), "8 of 8 decided")
    assert not StakeholderPlan.objects.filter(incident=undecided).undecided().exists()


def test_what_changed_since_it_was_shown_comes_back_with_the_difference(undecided, client_of, ada, cleo):
    sent = proposals(undecided)
    plan.decide(row(undecided, "partners"), by=cleo, seen_version=1, decision="not_applicable", reason="None here")
    answer = client_of(ada).post(f"{the_map(undecided)}confirmation/", {"plan": sent})
    assertContains(answer, "has changed since you looked", status_code=409)


@pytest.mark.parametrize("sent", ["", "x", "1:y:z", "1", ":::", "999999999999999999999:1:now"])
def test_a_crafted_confirmation_confirms_nothing(undecided, client_of, ada, sent):
    answer = client_of(ada).post(f"{the_map(undecided)}confirmation/", {"plan": sent})
    assert answer.status_code == 409
    assert not undecided.plans.exclude(decision="").exists()


def test_an_incident_that_is_internal_says_when_it_gets_a_map_and_who_answers(declared, client_of, cleo, ada):
    questions, commands = reverse("desk:describe", args=[declared.pk]), "Cleo Marsh, who commands it, answers them."
    page = client_of(cleo).get(the_map(declared))
    assertContains(page, "This incident is internal.")
    assertContains(page, questions)
    assertNotContains(page, commands)
    page = client_of(ada).get(the_map(declared))
    assertNotContains(page, questions)
    assertContains(page, commands)


def test_a_public_incident_without_a_map_offers_to_make_it(undecided, client_of, ada):
    for one in undecided.plans.all():
        one.questions.all().delete()
    undecided.plans.all().delete()
    browser = client_of(ada)
    assertContains(browser.get(the_map(undecided)), "Make the map")
    assertRedirects(browser.post(f"{the_map(undecided)}groups/"), the_map(undecided))
    assert undecided.plans.count() == 8


def test_a_group_added_since_is_offered(undecided, client_of, ada):
    StakeholderGroup.objects.create(slug="insurer", name="Insurer", influence="low", interest="high")
    page = client_of(ada).get(the_map(undecided))
    assertContains(page, "Insurer was added since.")
    assertContains(page, "Take it in")


def test_the_picture_says_in_words_what_it_shows(opened, client_of, ada):
    page = client_of(ada).get(the_map(opened))
    assertContains(page, "Very high influence, high interest: Platform trust team (told at a later stage), ")


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_public_words_sees_no_map(opened, client_of, request, person):
    browser = client_of(request.getfixturevalue(person))
    assert browser.get(the_map(opened)).status_code == 403
    assert browser.get(the_plan(row(opened, "press"))).status_code == 403


def test_who_decides_nothing_reads_and_is_told_who_does(opened, client_of, tom):
    page = client_of(tom).get(the_plan(row(opened, "press")))
    assertContains(page, "Communications leads and commanders decide who is told")
    assertNotContains(page, "Decide differently")


def test_nothing_typed_is_lost_when_something_is_missing(undecided, client_of, ada):
    said = {"seen_version": 1, "decision": "not_told", "reason": "The parties asked for it", "review_at": ""}
    answer = client_of(ada).post(the_plan(row(undecided, "partners")), said)
    assertContains(answer, "Say when somebody looks at this again", status_code=422)
    assertContains(answer, "The parties asked for it", status_code=422)


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("due_at", "half past never", "half past never"),
        ("tell_within", "soon", "“soon” is no length of time"),
        ("answer_within", "-4 h", "“-4 h” is no length of time"),
        ("answer_within", "0 min", "“0 min” is no length of time"),
        ("decision", "shout", "Select a valid choice"),
        ("owner", "999999", "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(undecided, client_of, ada, field, typed, says):
    said = {"seen_version": 1, "decision": "if_asked", "ready_answer": "See the page", "answer_within": "2 h"}
    answer = client_of(ada).post(the_plan(row(undecided, "partners")), said | {field: typed})
    assertContains(answer, says, status_code=422)
    assertContains(answer, "See the page", status_code=422)
    assert row(undecided, "partners").decision == ""


def test_whoever_decides_second_keeps_their_words_and_sees_the_others(undecided, client_of, ada, cleo):
    one = row(undecided, "partners")
    plan.decide(one, by=cleo, seen_version=1, decision="not_applicable", reason="None here")
    said = {"seen_version": 1, "decision": "if_asked", "ready_answer": "Ask us by mail", "answer_within": "2 h"}
    answer = client_of(ada).post(the_plan(one), said)
    assertContains(answer, "Somebody decided for this group since you opened it.", status_code=409)
    assertContains(answer, "Ask us by mail", status_code=409)
    assertContains(answer, 'name="seen_version" value="2"', status_code=409)


def test_a_second_person_agrees_on_the_page_of_the_group(opened, client_of, ada, ben):
    one = row(opened, "partners")
    said = {"decision": "not_told", "reason": "They are not affected", "review_at": clock.now().isoformat()}
    plan.decide(one, by=ada, seen_version=2, decision="not_told", reason=said["reason"], review_at=decision.due(one))
    assertContains(client_of(ada).get(the_plan(one)), "It counts once a second person has agreed.")
    browser = client_of(ben)
    assertContains(browser.get(the_plan(one)), "Agree: they are not told")
    assertRedirects(browser.post(f"{the_plan(one)}agreement/", {"seen_version": 3}), the_map(opened))
    assert row(opened, "partners").agreed_by == ben


@pytest.mark.parametrize("version", ["", "x", "1"])
def test_an_agreement_to_something_else_is_refused(opened, client_of, ada, ben, version):
    one = row(opened, "partners")
    plan.decide(one, by=ada, seen_version=2, decision="not_told", reason="Why", review_at=decision.due(one))
    answer = client_of(ben).post(f"{the_plan(one)}agreement/", {"seen_version": version})
    assertContains(answer, "since you opened it", status_code=409)


def test_a_question_is_added_and_an_empty_one_is_not(opened, client_of, ada):
    one, browser = row(opened, "partners"), client_of(ada)
    assertRedirects(browser.post(f"{the_plan(one)}questions/", {"question-text": "Is it over?"}), the_plan(one))
    assertContains(browser.get(the_plan(one)), "Is it over?")
    answer = browser.post(f"{the_plan(one)}questions/", {"question-text": " "})
    assertContains(answer, "Write what they want to know.", status_code=422)


def test_it_stays_right_not_to_tell_them(opened, client_of, ada, ben, cleo, rosa, tom):
    from incidents.operations import incident

    one = row(opened, "partners")
    one = plan.decide(one, by=ada, seen_version=2, decision="not_told", reason="Why", review_at=decision.due(one))
    plan.agree(one, by=ben, seen_version=one.version)
    states.establish_facts(opened, reporter=rosa, confirmer=tom)
    states.contain(opened, by=tom)
    incident.contain(states.fresh(opened), by=cleo)
    browser = client_of(cleo)
    assertContains(browser.get(the_plan(one)), "The incident has gone on: it is contained now.")
    assertRedirects(browser.post(f"{the_plan(one)}confirmation/", {"seen_version": 4}), the_map(opened))


@pytest.mark.parametrize("groups", [1, 3])
def test_the_map_asks_the_same_whatever_the_number_of_groups(
    undecided, client_of, ada, groups, django_assert_num_queries
):
    keep = list(undecided.plans.values_list("pk", flat=True)[:groups])
    for one in undecided.plans.exclude(pk__in=keep):
        one.questions.all().delete()
        one.delete()
    browser = client_of(ada)
    browser.get(the_map(undecided))
    with django_assert_num_queries(12):
        browser.get(the_map(undecided))


def test_a_question_that_came_in_stands_in_the_row_with_the_time_of_its_answer(opened, client_of, ada, tom, clock_at):
    press, browser = row(opened, "press"), client_of(ada)
    link = f'href="{reverse("desk:inquiries", args=[press.pk])}"'
    assertNotContains(browser.get(the_map(opened)), link)
    assertContains(browser.get(the_plan(press)), link)

    asked = inquiry.note(press, by=tom, asked_by="A reporter", channel="phone", question="Has anybody been hurt?")
    for address in (the_map(opened), the_plan(press)):
        page = browser.get(address)
        assertContains(page, link)
        assertContains(page, "1 question came in")
        assertContains(page, "in 2 h")
        assertNotContains(page, "Overdue")
    clock_at(asked.due_at + timedelta(minutes=5))
    for address in (the_map(opened), the_plan(press)):
        assertContains(browser.get(address), "Overdue")
        assertContains(browser.get(address), "5 min over")


def test_now_says_when_the_next_answer_is_due(opened, client_of, ada, tom):
    browser = client_of(ada)
    assertNotContains(browser.get("/desk/"), "came in")
    inquiry.note(
        row(opened, "press"), by=tom, asked_by="A reporter", channel="phone", question="Has anybody been hurt?"
    )
    page = browser.get("/desk/")
    assertContains(page, "1 question came in, the next answer is due")
    assertContains(page, "The oldest open question is from")


@pytest.mark.parametrize("number", [1, 3])
def test_the_map_asks_the_same_for_one_group_that_a_report_may_go_to_and_for_three(
    undecided, ada, client_of, django_assert_num_queries, number
):
    partners = row(undecided, GroupKind.PARTNERS).group
    partners.defaults.update(decision="if_asked", stage="")
    for each in range(1, number):
        more = StakeholderGroup.objects.get(pk=partners.pk)
        more.pk, more.slug, more.name = None, f"partners-{each}", f"Partners {each}"
        more.save(force_insert=True)
        GroupDefault.objects.create(group=more, scenario=undecided.scenario, decision="if_asked")
        StakeholderPlan.objects.create(incident=undecided, group=more, created_at=clock.now())
    StakeholderGroup.objects.filter(kind=GroupKind.PARTNERS).update(ready_answer="Ask us", answer_within=60)
    browser = client_of(ada)
    browser.get(the_map(undecided))
    with django_assert_num_queries(12):
        page = browser.get(the_map(undecided))
    shown = [line for line in page.context["confirmable"] if line.group.kind == GroupKind.PARTNERS]
    assert len(shown) == number
