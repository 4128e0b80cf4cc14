"""What breaks while something waits, and what the queue puts first (R79, C14, decision 33)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

import clock
from incidents import breaking
from incidents.models import Impact, MastheadChange, ReportingClock, StakeholderPlan, Submission
from incidents.operations import change, legal_clock, masthead
from tests import states
from tests.conftest import START
from tests.incidents.legal_clocks import profile
from tests.incidents.test_approval_pages import waiting_incidents
from tests.incidents.test_warning import release

QUEUE = reverse("desk:approvals")


def of(asked):
    return breaking.look_up(asked)


def said(asked):
    found = of(asked)
    return (found.at - START, found.ahead) if found else None


def first_in_queue(browser):
    return re.findall(r'<tr id="submission-(\d+)"', browser.get(QUEUE).content.decode())


# Each kind


@pytest.mark.parametrize(("impact", "within"), [(Impact.MAJOR, 60), (Impact.CRITICAL, 30)])
def test_the_public_is_to_hear_within_the_hour_and_sooner_when_it_is_critical(ready_to_speak, ada, impact, within):
    asked = states.submit(states.write(ready_to_speak, "holding", by=ada, impact=impact), by=ada)
    assert said(asked) == (timedelta(minutes=within), "The public is to hear of it by")


def test_a_first_message_that_is_late_when_it_is_submitted_says_so(ready_to_speak, ada, clock_at):
    clock_at(START + timedelta(minutes=31))
    asked = states.submit(states.write(ready_to_speak, "holding", by=ada, impact=Impact.CRITICAL), by=ada)
    assert of(asked).standing(clock.now()) == "The first message is 1 min late"
    assert asked.decide_by == asked.asked_at


def warn(about, *, by, commander):
    draft = states.write(about, "warning", by=by)
    release(draft, by=commander)
    return states.submit(states.fresh(draft), by=by)


def test_what_comes_later_has_the_promise(published, ada):
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)
    assert said(asked) == (timedelta(minutes=45), "The public was promised an update by")


def test_a_warning_that_comes_later_has_the_promise_too(published, ada, cleo):
    asked = warn(published.incident, by=ada, commander=cleo)
    assert said(asked) == (timedelta(minutes=45), "The public was promised an update by")


def test_a_message_to_one_group_has_what_is_owed_to_that_group(published, group, ada):
    """Not the promise, which it cannot keep."""
    plan = StakeholderPlan.objects.get(incident=published.incident, group=group)
    StakeholderPlan.objects.filter(pk=plan.pk).update(due_at=START + timedelta(minutes=25), decision="now")
    group.told_by_page = False
    group.save()
    asked = states.submit(states.write_to(group, published.incident, by=ada), by=ada)
    assert said(asked) == (timedelta(minutes=25), f"{group}: to be told by")


def test_who_was_told_already_is_owed_nothing_more(published, group, ada, ben):
    StakeholderPlan.objects.filter(incident=published.incident).update(due_at=START + timedelta(minutes=25))
    states.tell_by_hand(published.incident, by=ben, kind=group.kind)
    asked = states.submit(states.write_to(group, published.incident, by=ada), by=ada)
    assert of(asked) is None
    assert asked.decide_by == asked.due_at


def test_a_report_that_the_law_wants_to_them_counts_too(published, group, ada, cleo, ben):
    states.tell_by_hand(published.incident, by=ben, kind=group.kind)
    profile(ada, countries=["DE"], roles=["controller"], has_personal_data=True)
    legal_clock.look_again(published.incident, by=ada)
    one = next(row for row in ReportingClock.objects.select_related("rule") if "people" in row.rule.addressees)
    due = START + timedelta(minutes=50)
    ReportingClock.objects.filter(pk=one.pk).update(
        state="applies", assessed_by=ada, assessed_at=START, started_at=START, due_at=due, is_immediate=False
    )
    asked = states.submit(states.write_to(group, published.incident, by=ada), by=ada)
    assert said(asked) == (timedelta(minutes=50), f"A report to {group} is due by")


@pytest.mark.parametrize("kind", ["amendment", "withdrawal"])
def test_a_change_of_a_commitment_has_its_date(commitment, tom, kind):
    more = {"new_due_at": commitment.due_at + timedelta(days=5)} if kind == "amendment" else {}
    asked = change.propose(commitment, kind, by=tom, public_reason="Longer.", **more).submissions.get()
    assert of(asked).at == commitment.due_at
    assert of(asked).ahead == "C-1 is due, and cannot be changed after"


def test_names_break_nothing_and_wait_for_their_target(organisation, published, olga):
    masthead.propose(MastheadChange.Kind.ORGANISATION, {"name": "Northwind"}, by=olga)
    asked = Submission.objects.waiting().get()
    assert of(asked) is None
    assert asked.decide_by == asked.due_at


# The order


def test_a_warning_is_first_and_the_rest_by_what_breaks_first(published, agent, group, cast, olga, client_of, clock_at):
    """An update that breaks in 35 minutes, names to be decided in 60, a first message in 60, and a warning as well."""
    clock_at(START + timedelta(minutes=10))
    update = states.submit(states.write(published.incident, "update", by=cast.ada), by=cast.ada)
    masthead.propose(MastheadChange.Kind.ORGANISATION, {"name": "Northwind"}, by=olga)
    names = Submission.objects.waiting().latest("pk")
    waiting_incidents(1, agent, cast)
    holding = Submission.objects.waiting().latest("pk")
    declared = states.declare(agent, by=cast.cleo, title="Letters that name medicines")
    opened = states.open_up(declared, by=cast.cleo, communications=cast.ada, technical=cast.tom)
    states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
    warning = warn(states.fresh(opened), by=cast.ada, commander=cast.cleo)

    wanted = [warning, update, names, holding]
    assert names.decide_by == holding.asked_at + timedelta(minutes=60)
    assert first_in_queue(client_of(cast.ben)) == [str(one.pk) for one in wanted]
    assert "People can still avoid harm, so this goes first." in client_of(cast.ben).get(QUEUE).content.decode()


def test_a_first_message_that_breaks_sooner_comes_before_an_update(published, agent, cast, client_of, clock_at):
    """Before, whatever had no promise came last."""
    clock_at(START + timedelta(minutes=1))
    update = states.submit(states.write(published.incident, "update", by=cast.ada), by=cast.ada)
    declared = states.declare(agent, by=cast.cleo, title="Another")
    opened = states.open_up(declared, by=cast.cleo, communications=cast.ada, technical=cast.tom)
    states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
    states.contain(opened, by=cast.tom)
    draft = states.write(states.fresh(opened), "holding", by=cast.ada, impact=Impact.CRITICAL)
    holding = states.submit(draft, by=cast.ada)
    assert first_in_queue(client_of(cast.ben)) == [str(holding.pk), str(update.pk)]
