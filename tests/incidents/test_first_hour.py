"""The first hour: what the record shows ticks itself and opens again; what a person says carries their name (R73, R78, R114)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

import clock
from incidents.first_hour import STEPS
from incidents.models import ContainmentAction, Fact, Incident, TimelineEntry, TriageEntry
from incidents.operations import approval, containment, fact, incident, review, roles, timeline, triage
from refusals import Incomplete, NotAllowed, WrongState
from tests import states
from tests.conftest import START


def after(minutes: float):
    return START + timedelta(minutes=minutes)


def entry(about: Incident, step: str) -> TriageEntry:
    return about.triage.get(step=step)


def line(about: Incident, step: str):
    return triage.of(states.fresh(about)).line(entry(about, step))


def done(about: Incident) -> set[str]:
    return {found.step.key for found in triage.of(states.fresh(about)).settled}


def report(about: Incident, question: str, *, by, **more):
    said: dict[str, Any] = {
        "text": "It wrote.",
        "source_kind": Fact.Source.LOG,
        "source": "Run log",
        "observed_at": clock.now(),
    }
    return fact.report(about, by=by, question=question, **said | more)


# The protocol as data


def test_nineteen_steps_in_the_order_of_their_minutes():
    minutes = [step.due or 0 for step in STEPS]
    assert len(STEPS) == 19
    assert minutes == sorted(minutes)
    assert (minutes[0], minutes[-1]) == (1, 60)


def test_evidence_is_kept_and_the_agent_is_stopped_before_anything_is_changed():
    keys = [step.key for step in STEPS]
    assert keys.index("stop") < keys.index("evidence") < keys.index("recovery")
    first = {step.key for step in STEPS if step.due is not None and step.due <= 5}
    assert first >= {"history", "stop", "voice"}  # what ran, is it still running, who drafts (R78)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key)
def test_each_step_is_seen_by_the_record_or_said_by_a_person_and_says_what_is_filled_in(step):
    is_said = step.by_hand(Incident(failure_mode="visible")) is True
    assert is_said == (step.watch is None or step.key in ("reach", "clocks"))  # what is known may stand elsewhere
    assert step.fill_in
    assert step.what.endswith((".", "?"))


def test_a_new_incident_has_the_whole_list_counted_from_its_detection(declared):
    hour = triage.of(declared)
    assert [(line.step.key, line.entry.due_minute) for line in hour.lines] == [(step.key, step.due) for step in STEPS]
    assert hour.lines[0].due_at == declared.detected_at + timedelta(minutes=1)
    assert done(declared) == {"commander"}
    assert hour.next
    assert hour.next.step.key == "decision"


def test_an_incident_keeps_the_minutes_it_was_declared_with(declared):
    TriageEntry.objects.filter(incident=declared, step="evidence").update(due_minute=6)
    assert line(declared, "evidence").due_at == after(6)


# What the record shows


def test_the_record_ticks_what_it_shows_with_time_and_person(published, ada, ben, cleo, rosa, tom):
    about = published.incident
    hour = triage.of(states.fresh(about))
    seen = {found.step.key: (found.words, found.by) for found in hour.settled}
    action = about.containment_actions.get()
    assert seen == {
        "commander": ("Cleo Marsh commands", cleo),
        "history": (f"Fact {about.facts.order_by('pk').first().pk}", rosa),
        "stop": (f"One process: {action.text}", tom),
        "voice": ("Ada Brandt drafts", ada),
        "mode": ("Visible", cleo),
        "category": ("Bulk send, act now", cleo),
        "questions": ("Each has an answer with a source", rosa),
        "public": ("Public", cleo),
        "approved": ("By a second person", ben),
        "published": (f"Entry {published.entry.number}", ben),
        "stakeholders": ("Each group is decided for", cleo),
    }
    assert {found.state for found in hour.settled} == {"seen"}
    assert {found.at for found in hour.settled} == {START}


def test_a_step_done_after_its_minute_says_by_how_much(opened, tom, clock_at):
    clock_at(after(17))
    states.contain(opened, by=tom)
    seen = line(opened, "stop")
    assert (seen.at, seen.by, seen.late) == (after(17), tom, timedelta(minutes=13))


def test_saying_a_fact_differently_does_not_make_it_late(opened, rosa, tom, clock_at):
    clock_at(after(2))
    said = report(opened, "agent_did", by=rosa)
    clock_at(after(50))
    fact.change(said, by=tom, seen_version=said.version, text="It wrote 212 letters.")
    seen = line(opened, "history")
    assert (seen.at, seen.by, seen.late) == (after(2), rosa, None)


def test_a_fact_that_becomes_the_answer_later_counts_from_then(opened, rosa, tom, clock_at):
    clock_at(after(2))
    said = report(opened, "circumstances", by=rosa)
    clock_at(after(9))
    fact.change(said, by=tom, seen_version=said.version, question="agent_did")
    assert (line(opened, "history").at, line(opened, "history").by) == (after(9), tom)


@pytest.mark.parametrize(
    "unlike",
    [
        {"source_kind": Fact.Source.AGENT_ACCOUNT},
        {"source_kind": Fact.Source.USER_REPORT},
        {"not_known": True},
    ],
)
def test_only_a_fact_from_a_log_says_that_the_run_history_was_read(opened, rosa, unlike):
    report(opened, "agent_did", by=rosa, **unlike)
    assert line(opened, "history").is_open


def test_a_retracted_fact_opens_its_steps_again_and_another_one_counts_from_its_own_time(
    ready_to_speak, rosa, tom, clock_at
):
    about = ready_to_speak
    first = about.facts.get(question="agent_did")
    clock_at(after(30))
    fact.retract(first, by=tom, seen_version=first.version, reason="It was another agent.")
    assert line(about, "history").is_open
    assert line(about, "questions").is_open
    clock_at(after(33))
    report(about, "agent_did", by=tom)
    assert (line(about, "history").at, line(about, "questions").at) == (after(33), after(33))


def test_containment_that_did_not_hold_opens_the_step_again(opened, tom, rosa, clock_at):
    action = states.contain(opened, by=tom)
    assert line(opened, "stop").state == "seen"
    containment.fail(action, by=tom, reason="It went on.")
    assert line(opened, "stop").is_open
    clock_at(after(20))
    states.contain(opened, by=rosa)
    assert (line(opened, "stop").at, line(opened, "stop").by) == (after(20), rosa)


def test_containment_that_ended_as_planned_was_done(opened, tom):
    containment.end(states.contain(opened, by=tom), by=tom)
    assert line(opened, "stop").state == "seen"


def test_whoever_prolongs_containment_is_not_said_to_have_stopped_it(opened, tom, rosa):
    action = states.contain(opened, by=tom)
    containment.prolong(action, by=rosa, review_at=after(120), seen_review_at=action.review_at)
    assert line(opened, "stop").by == tom


def test_what_the_commander_rules_out_counts_until_the_incident_is_reopened(opened, cleo, tom, clock_at):
    planned = containment.plan(opened, by=tom, scope=ContainmentAction.Scope.AGENT, text="The agent")
    containment.rule_out(planned, by=cleo, reason="It is a supplier’s.")
    assert line(opened, "stop").words == "Nothing can be stopped"
    incident.contain(opened, by=cleo)
    clock_at(after(10))
    incident.reopen(opened, by=cleo, reason="It goes on.")
    assert line(opened, "stop").is_open


def test_a_seat_that_becomes_free_opens_its_step_again(opened, ada, cleo, clock_at):
    clock_at(after(10))
    roles.give_up_role(opened, "communications_lead", by=ada)
    assert line(opened, "voice").is_open
    clock_at(after(12))
    roles.take_role(opened, "communications_lead", by=cleo, user=ada)
    assert (line(opened, "voice").at, line(opened, "voice").by) == (after(12), cleo)


def test_a_new_holder_does_not_make_the_seat_late(opened, ada, ben, cleo, clock_at):
    clock_at(after(40))
    roles.take_role(opened, "communications_lead", by=cleo, user=ben)
    seen = line(opened, "voice")
    assert (seen.words, seen.at, seen.late) == ("Ben Okafor drafts", START, None)


def test_an_internal_incident_owes_no_message_until_it_becomes_public(declared, cleo):
    answers: dict[str, Any] = {"is_visible": False, "draws_attention": False, "needs_answer": False}
    told = incident.describe(declared, by=cleo, seen_version=1, **answers)
    assert [line(told, step).state for step in ("public", "approved", "published")] == [
        "seen",
        "not_needed",
        "not_needed",
    ]
    told = incident.describe(told, by=cleo, seen_version=2, is_visible=True)
    assert [line(told, step).state for step in ("public", "approved", "published")] == ["open", "open", "open"]


def test_an_emergency_publication_counts_as_approved_once_somebody_else_has_looked(submitted, ben, cleo, clock_at):
    about = submitted.statement.incident
    alone = approval.approve_in_emergency(
        submitted, by=cleo, seen_digest=submitted.digest, reason="Nobody else is awake"
    )
    assert line(about, "approved").is_open
    assert line(about, "published").by == cleo
    clock_at(after(30))
    review.review(alone, by=ben, verdict="approves", finding="")
    assert (line(about, "approved").at, line(about, "approved").by) == (after(30), ben)


def test_a_silent_failure_has_a_step_for_a_person_a_visible_one_has_not(declared, cleo, rosa, refused):
    with refused(WrongState, "ticks itself"):
        triage.tick(entry(declared, "mode"), by=rosa)
    told = incident.describe(declared, by=cleo, seen_version=1, failure_mode="silent")
    assert line(told, "mode").is_open
    triage.tick(entry(told, "mode"), by=rosa, note="Last good output: 14 November")
    assert line(told, "mode").state == "ticked"


# What a person says


def test_a_tick_carries_a_name_a_time_and_a_note_into_the_timeline_and_the_log(opened, rosa, clock_at):
    clock_at(after(7))
    ticked = triage.tick(entry(opened, "evidence"), by=rosa, note=" Bucket incident-31, read only ")
    assert (ticked.done_at, ticked.done_by, ticked.note) == (after(7), rosa, "Bucket incident-31, read only")
    assert line(opened, "evidence").late is None
    assert TimelineEntry.objects.first().text == (
        "First hour, minute 8, evidence kept before any change: done. Bucket incident-31, read only"
    )
    assert states.last_log().action == "triage.ticked"
    assert states.last_log().details == {"incident": opened.pk, "step": "evidence"}


def test_a_click_twice_is_one_tick(opened, rosa):
    triage.tick(entry(opened, "evidence"), by=rosa, note="Bucket")
    number = states.last_log().number
    triage.tick(entry(opened, "evidence"), by=rosa)
    assert states.last_log().number == number
    assert entry(opened, "evidence").note == "Bucket"


def test_what_somebody_else_has_ticked_is_said(opened, rosa, tom, refused):
    triage.tick(entry(opened, "evidence"), by=rosa)
    with refused(WrongState, "Rosa Iyer has ticked this already."):
        triage.tick(entry(opened, "evidence"), by=tom)


@pytest.mark.parametrize("step", ["history", "stop", "questions", "category", "public", "approved", "published"])
def test_nobody_claims_what_the_record_would_show(declared, cleo, refused, step):
    with refused(WrongState, "ticks itself") as refusal:
        triage.tick(entry(declared, step), by=cleo)
    assert refusal.value.missing[0].view.startswith("desk:")


def test_nobody_ticks_what_the_record_shows(published, cleo, refused):
    with refused(WrongState, "The record shows this already: Entry"):
        triage.tick(entry(published.incident, "published"), by=cleo)
    with refused(WrongState, "opens again by itself"):
        triage.reopen(entry(published.incident, "published"), by=cleo, reason="It was not.")


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_ticks_nothing(request, opened, person, refused):
    reader = request.getfixturevalue(person)
    with refused(NotAllowed, "Executives and observers read incidents"):
        triage.tick(entry(opened, "evidence"), by=reader)


def test_the_commander_leaves_a_step_out_with_a_reason(opened, cleo):
    triage.leave_out(entry(opened, "checkpoint"), by=cleo, reason=" It keeps no state ")
    left = line(opened, "checkpoint")
    assert (left.state, left.words, left.at, left.by) == ("left_out", "It keeps no state", START, cleo)
    assert "checkpoint: left out. It keeps no state" in TimelineEntry.objects.first().text
    assert states.last_log().action == "triage.left_out"


def test_only_the_commander_leaves_out(opened, tom, refused):
    with refused(NotAllowed, "Cleo Marsh"):
        triage.leave_out(entry(opened, "checkpoint"), by=tom, reason="It keeps no state")


def test_a_step_is_left_out_with_a_reason_and_only_while_it_is_open(opened, cleo, rosa, refused):
    with refused(Incomplete, "with a reason"):
        triage.leave_out(entry(opened, "checkpoint"), by=cleo, reason=" ")
    triage.tick(entry(opened, "checkpoint"), by=rosa)
    with refused(WrongState, "Rosa Iyer has ticked this already."):
        triage.leave_out(entry(opened, "checkpoint"), by=cleo, reason="It keeps no state")
    with refused(WrongState, "The record shows this already"):
        triage.leave_out(entry(opened, "commander"), by=cleo, reason="We are all equal")


def test_what_was_left_out_and_happens_after_all_is_shown_as_done(submitted, ben, cleo):
    about = submitted.statement.incident
    triage.leave_out(entry(about, "published"), by=cleo, reason="The regulator asked us to wait")
    approval.approve(submitted, by=ben, seen_digest=submitted.digest)
    assert line(about, "published").state == "seen"


def test_a_word_is_taken_back_with_a_reason(opened, rosa, tom, refused):
    triage.tick(entry(opened, "evidence"), by=rosa, note="Bucket")
    with refused(Incomplete, "with a reason"):
        triage.reopen(entry(opened, "evidence"), by=tom, reason="")
    triage.reopen(entry(opened, "evidence"), by=tom, reason="The memory was not copied")
    assert line(opened, "evidence").is_open
    assert entry(opened, "evidence").note == ""
    assert TimelineEntry.objects.first().text.endswith("open again. The memory was not copied")
    assert states.last_log().details == {"incident": opened.pk, "step": "evidence", "before": "ticked"}
    with refused(WrongState, "open already"):
        triage.reopen(entry(opened, "evidence"), by=tom, reason="Again")


def test_what_the_commander_left_out_only_the_commander_brings_back(opened, cleo, tom, vic, refused):
    triage.leave_out(entry(opened, "checkpoint"), by=cleo, reason="It keeps no state")
    with refused(NotAllowed, "Cleo Marsh"):
        triage.reopen(entry(opened, "checkpoint"), by=tom, reason="It does")
    triage.reopen(entry(opened, "checkpoint"), by=cleo, reason="It does")
    assert line(opened, "checkpoint").is_open
    triage.tick(entry(opened, "checkpoint"), by=tom)
    with refused(NotAllowed, "observers read"):
        triage.reopen(entry(opened, "checkpoint"), by=vic, reason="No")


@pytest.mark.parametrize("verb", ["tick", "leave_out", "reopen"])
def test_a_dismissed_incident_is_closed(declared, cleo, verb, refused):
    triage.tick(entry(declared, "evidence"), by=cleo)
    incident.dismiss(declared, by=cleo, dismissal=Incident.Dismissal.FALSE, reason="A drill")
    given = {"tick": {}, "leave_out": {"reason": "No"}, "reopen": {"reason": "No"}}[verb]
    with refused(WrongState, "first hour is closed"):
        getattr(triage, verb)(entry(declared, "decision"), by=cleo, **given)


# What reopening means


def test_reopening_begins_no_second_first_hour(ready_to_speak, cleo, rosa, clock_at):
    about = ready_to_speak
    triage.tick(entry(about, "evidence"), by=rosa)
    incident.contain(about, by=cleo)
    before = done(about)
    clock_at(after(300))
    incident.reopen(about, by=cleo, reason="It goes on.")
    hour = triage.of(states.fresh(about))
    assert done(about) == before
    assert hour.ends_at == after(60)
    assert hour.is_over


# The database


@pytest.mark.parametrize(
    "lie",
    [
        {"done_at": START},
        {"note": "It is done"},
        {"left_out_at": START},
        {"reason": "Nobody"},
        {"left_out_at": START, "left_out_by": "cleo"},
        {"done_at": START, "done_by": "cleo", "left_out_at": START, "left_out_by": "cleo", "reason": "Both"},
    ],
)
def test_the_database_refuses_half_a_word(declared, cleo, lie):
    given = {name: cleo if value == "cleo" else value for name, value in lie.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        TriageEntry.objects.filter(incident=declared, step="evidence").update(**given)


def test_the_database_knows_each_step_once(declared):
    with pytest.raises(IntegrityError), transaction.atomic():
        TriageEntry.objects.create(incident=declared, step="evidence", due_minute=8)


def test_the_stamps_cost_one_query_whatever_there_is(ready_to_speak, rosa, tom, django_assert_num_queries):
    about = ready_to_speak
    for _ in range(5):
        report(about, "agent_did", by=rosa)
        timeline.note(about, "A call came in.", by=tom)
    facts, actions = list(about.facts.all()), list(about.containment_actions.all())
    with django_assert_num_queries(1):
        assert len(triage.stamps(about, facts, actions)) > 5
