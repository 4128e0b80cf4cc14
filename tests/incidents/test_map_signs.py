"""What lists of incidents say of a map is what the map says: the question to the database against the pure function."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

import clock
from incidents import map_signs
from incidents.actions import Action
from incidents.coverage import OPEN_DECISION, Standing
from incidents.models import Fact, Incident, Inquiry, StakeholderPlan, Telling
from incidents.operations import decision, fact, incident, inquiry, plan, timeline
from incidents.views import map_rows
from stakeholders.models import Outgoing
from tests import states
from tests.incidents.plans import row

pytestmark = pytest.mark.django_db


def compare(about: Any) -> dict[Standing, int]:
    """What the database says; asserts that the map says the same."""
    now = clock.now()
    about = Incident.objects.annotate(**map_signs.of_incidents(now)).get(pk=about.pk)
    found = map_rows.lines(about, now)
    by_standing = {one: sum(line.standing == one for line in found) for one in Standing}
    open_questions = [question.asked_at for line in found for question in line.open_questions]
    assert (about.forgotten or 0) == by_standing[Standing.FORGOTTEN]
    assert (about.undecided or 0) == sum(by_standing[one] for one in OPEN_DECISION)
    assert bool(about.late_answers) == bool(by_standing[Standing.UNANSWERED])
    assert about.open_since == min(open_questions, default=None)
    return by_standing


def tell(row: StakeholderPlan, by, at=None) -> Telling:
    told = Telling(
        plan=row, told_at=at or clock.now(), told_by=by, channel="phone", whom="Their desk", what="What we know",
        evidence="Call log", entered_by=by, entered_at=clock.now(),
    )  # fmt: skip
    timeline.enter(row.incident, "Told.", Action.TOLD_BY_HAND, by=by, about=row, keep=[told])
    return told


def came_in(one: StakeholderPlan, by) -> Inquiry:
    return inquiry.note(one, by=by, asked_by="A reporter", channel="phone", question="Has anybody been hurt?")


def waiting(about: Incident, at: Any) -> tuple[Any, ...]:
    """Of the questions that came in: how many wait and are late at that time, and by when the first is answered."""
    found: Any = Incident.objects.annotate(**map_signs.of_incidents(at)).filter(pk=about.pk)
    return found.values_list("waiting_answers", "late_answers", "answer_due_at").get()


def test_nothing_is_forgotten_before_its_time_and_all_that_is_due_after_it(opened, clock_at):
    assert compare(opened)[Standing.FORGOTTEN] == 0
    clock_at(clock.now() + timedelta(minutes=61))
    found = compare(opened)
    assert found[Standing.FORGOTTEN] == 4  # affected people, onlookers, executives, employees
    clock_at(clock.now() + timedelta(days=2))
    assert compare(opened)[Standing.FORGOTTEN] == 6  # partners and the regulator as well; the stage is not reached


@pytest.mark.parametrize("after", [timedelta(minutes=-90), timedelta(), timedelta(minutes=5)])
def test_told_by_hand_counts_from_detection(opened, clock_at, tom, after):
    clock_at(clock.now() + timedelta(minutes=61))
    tell(row(opened, "employees"), tom, at=opened.detected_at + after)
    found = compare(opened)
    assert found[Standing.COVERED] == (after >= timedelta())


def test_a_message_counts_once_a_server_has_taken_it(published, clock_at, ada, ben, group):
    about = states.fresh(published.incident)
    states.send(states.write_to(group, about, by=ada), writer=ada, approver=ben)
    clock_at(clock.now() + timedelta(minutes=61))
    before = compare(about)[Standing.FORGOTTEN]
    mail = Outgoing.objects.filter(kind="direct").earliest("pk")
    Outgoing.objects.filter(pk=mail.pk).update(state=Outgoing.State.SENT, sent_at=clock.now())
    assert compare(about)[Standing.FORGOTTEN] == before - 1


def test_the_page_tells_who_reads_the_page_and_nobody_else(published, clock_at):
    clock_at(clock.now() + timedelta(minutes=61))
    found = {line.group.kind: line.standing for line in map_rows.lines(states.fresh(published.incident), clock.now())}
    assert (found["onlookers"], found["employees"]) == (Standing.COVERED, Standing.FORGOTTEN)
    compare(published.incident)


def test_a_stage_counts_from_when_it_began(ready_to_speak, clock_at, cleo, tom):
    tell(row(ready_to_speak, "platform"), tom)
    clock_at(clock.now() + timedelta(minutes=1))
    incident.contain(ready_to_speak, by=cleo)
    for minutes in (239, 2):
        clock_at(clock.now() + timedelta(minutes=minutes))
        compare(ready_to_speak)
    late = {line.group.kind: line.standing for line in map_rows.lines(states.fresh(ready_to_speak), clock.now())}
    assert late["platform"] == Standing.FORGOTTEN, "what they were told before the stage does not count"


def test_who_is_left_out_waits_for_a_second_person_and_for_each_stage(ready_to_speak, ada, ben, cleo):
    one = row(ready_to_speak, "partners")
    one = plan.decide(one, by=ada, seen_version=2, decision="not_told", reason="Why", review_at=decision.due(one))
    assert compare(ready_to_speak)[Standing.ALONE] == 1
    plan.agree(one, by=ben, seen_version=one.version)
    assert compare(ready_to_speak)[Standing.SILENT] == 1
    incident.contain(ready_to_speak, by=cleo)
    assert compare(ready_to_speak)[Standing.AGAIN] == 1


def test_a_question_that_came_in_is_late_at_its_time(opened, clock_at, tom):
    asked = came_in(row(opened, "press"), tom)
    assert compare(opened)[Standing.UNANSWERED] == 0
    clock_at(asked.due_at)
    assert compare(opened)[Standing.UNANSWERED] == 1
    inquiry.answer(asked, by=tom, seen_version=1, words="Nobody.", answered_by=tom)
    assert compare(opened)[Standing.UNANSWERED] == 0


def test_a_question_of_those_it_does_not_apply_to_is_late_as_well(opened, clock_at, tom, ada):
    one = row(opened, "partners")
    plan.decide(one, by=ada, seen_version=one.version, decision="not_applicable", reason="None of them is concerned")
    asked = came_in(states.fresh(one), tom)
    clock_at(asked.due_at)
    assert compare(opened)[Standing.UNANSWERED] == 1


def test_what_waits_is_counted_with_the_time_of_the_first_answer(opened, clock_at, tom):
    later = came_in(row(opened, "partners"), tom)
    first = came_in(row(opened, "press"), tom)
    assert first.due_at < later.due_at
    assert waiting(opened, first.due_at) == (2, 1, first.due_at)
    for asked in (first, later):
        inquiry.answer(asked, by=tom, seen_version=1, words="Nobody.", answered_by=tom)
    assert waiting(opened, first.due_at) == (None, None, None)


def test_after_the_post_mortem_who_was_told_hears_how_it_came_about(published, clock_at, ada, ben, cleo, tom, rosa):
    about = states.fresh(published.incident)
    tell(row(about, "employees"), tom)
    states.recover(about, commander=cleo, reporter=rosa, confirmer=tom)
    states.publish(states.fresh(about), "resolution", writer=ada, approver=ben)
    cause = about.facts.get(question=Fact.Question.CIRCUMSTANCES)
    fact.change(cause, by=rosa, seen_version=cause.version, is_cause=True)
    fact.confirm(
        states.fresh(cause),
        by=tom,
        seen_version=cause.version + 1,
        confirmation_kind="log",
        confirmation_source="Log 7",
    )
    clock_at(clock.now() + timedelta(minutes=5))
    states.publish(states.fresh(about), "post_mortem", writer=ada, approver=ben)
    for hours, told in product((23, 2), (False, True)):
        clock_at(clock.now() + timedelta(hours=hours))
        if told:
            tell(row(about, "executives"), tom)
        compare(about)
    found = {line.group.kind: line.standing for line in map_rows.lines(states.fresh(about), clock.now())}
    assert (found["employees"], found["executives"]) == (Standing.FORGOTTEN, Standing.COVERED)
