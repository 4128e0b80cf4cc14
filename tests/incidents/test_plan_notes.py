"""Every decision about a group is kept as it was taken, also when it is taken anew (R20)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from pytest_django.asserts import assertContains

import clock
from incidents.models import PlanNote, StakeholderPlan
from incidents.operations import incident, plan
from stakeholders.models import Decision, GroupKind
from tests import states
from tests.incidents.plans import row, shown, silence, soon

pytestmark = pytest.mark.django_db
Verb = PlanNote.Verb


def kept(one: StakeholderPlan) -> list[tuple[str, str, str]]:
    return list(one.notes.order_by("pk").values_list("verb", "decision", "words"))


def test_what_was_decided_first_is_kept_when_it_is_decided_differently(undecided, ada, cleo):
    one = row(undecided, GroupKind.PARTNERS)
    plan.decide(
        one, by=ada, seen_version=1, decision="if_asked", ready_answer="See the page", answer_within=60, owner=ada
    )
    plan.decide(one, by=cleo, seen_version=2, decision="not_applicable", reason="We have none")

    assert kept(one) == [
        (Verb.DECIDED, Decision.IF_ASKED, "See the page"),
        (Verb.DECIDED, Decision.NOT_APPLICABLE, "We have none"),
    ]
    first = one.notes.earliest("pk")
    assert (first.minutes, first.owner, first.said_by, first.said_at, first.state) == (
        60,
        ada,
        ada,
        clock.now(),
        "open",
    )
    assert first.terms == "Within 1 h. Ada Brandt does it"


def test_not_telling_is_kept_with_whoever_agreed_and_confirmed_it_again(undecided, ada, ben, cleo, rosa, tom):
    at = soon(24)
    one = silence(undecided, GroupKind.AFFECTED, ada, must_act=False, review_at=at)
    plan.agree(one, by=ben, seen_version=one.version)
    states.establish_facts(undecided, reporter=rosa, confirmer=tom)
    states.contain(undecided, by=tom)
    incident.contain(states.fresh(undecided), by=cleo)
    again = row(undecided, GroupKind.AFFECTED)
    plan.confirm_again(again, by=cleo, seen_version=again.version)

    words = "The parties asked for privacy"
    assert kept(one) == [(verb, Decision.NOT_TOLD, words) for verb in (Verb.DECIDED, Verb.AGREED, Verb.STILL)]
    still = one.notes.latest("pk")
    assert (still.by_at, still.must_act, still.state, still.said_by) == (at, False, "contained", cleo)
    assert still.terms == "They need not act"


def test_what_is_confirmed_in_one_action_is_kept_for_each_group(undecided, ada):
    seen = shown(undecided)
    taken = plan.confirm_defaults(undecided, by=ada, seen=seen)
    notes = PlanNote.objects.filter(plan__incident=undecided)
    assert {(note.plan_id, note.verb) for note in notes} == {(one.pk, Verb.CONFIRMED) for one in taken}
    assert len({note.log_entry_id for note in notes}) == 1, "one action, one entry of the log"


@pytest.mark.parametrize("wrong", [{"decision": ""}, {"decision": "not_told", "words": ""}])
def test_the_database_keeps_no_empty_note(undecided, ada, wrong):
    one = silence(undecided, GroupKind.AFFECTED, ada, must_act=False)
    note = one.notes.get()
    fields = {field.attname: getattr(note, field.attname) for field in PlanNote._meta.fields if field.name != "id"}
    with pytest.raises(IntegrityError, match="plan_note_says"), transaction.atomic():
        PlanNote(**(fields | wrong)).save_base(force_insert=True)


def test_the_page_of_a_group_shows_every_decision(undecided, ada, cleo, client_of, rosa):
    one = row(undecided, GroupKind.PARTNERS)
    plan.decide(one, by=ada, seen_version=1, decision="if_asked", ready_answer="See the page", answer_within=60)
    plan.decide(one, by=cleo, seen_version=2, decision="at_stage", stage="contained", tell_within=90)

    page = client_of(rosa).get(reverse("desk:plan", args=[one.pk]))

    for words in (
        "How it was decided",
        "Decided: only if asked",
        "See the page",
        "Decided: tell them when contained",
        "Within 1 h 30 min",
    ):
        assertContains(page, words)
    decided = [said for _, said in page.context["history"]]
    assert decided == ["Tell them when contained", "Only if asked"], "newest first"


def test_a_group_for_whom_nobody_decided_shows_no_history(undecided, client_of, rosa):
    page = client_of(rosa).get(reverse("desk:plan", args=[row(undecided, GroupKind.PARTNERS).pk]))
    assert "How it was decided" not in page.content.decode()


def test_what_was_typed_stands_in_the_form_of_a_group_that_is_decided_anew(undecided, ada, client_of):
    one = row(undecided, GroupKind.PARTNERS)
    StakeholderPlan.objects.filter(pk=one.pk).update(ready_answer="Ask Karim", answer_within=45)
    page = client_of(ada).get(reverse("desk:plan", args=[one.pk]))
    assert page.context["form"]["ready_answer"].value() == "Ask Karim"
    assertContains(page, 'value="45 min"')


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_much_for_three_decisions_as_for_one(
    undecided, ada, client_of, django_assert_num_queries, number
):
    one = row(undecided, GroupKind.PARTNERS)
    for version in range(1, number + 1):
        plan.decide(one, by=ada, seen_version=version, decision="now", due_at=clock.now() + timedelta(hours=version))
    browser = client_of(ada)
    browser.get(reverse("desk:plan", args=[one.pk]))
    with django_assert_num_queries(11):
        browser.get(reverse("desk:plan", args=[one.pk]))
