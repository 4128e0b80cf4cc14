"""Containment: every stop has an end and a time to look again (R54, R86)."""

from datetime import timedelta

import pytest

import clock
from incidents.models import ContainmentAction, Reminder
from incidents.operations import containment, incident
from refusals import Incomplete, NotAllowed, WrongState
from tests import states


def soon(hours: float = 1):
    return clock.now() + timedelta(hours=hours)


@pytest.fixture
def planned(opened, tom):
    return containment.plan(opened, by=tom, scope="process", text="Letters wait for a person")


@pytest.fixture
def in_force(planned, tom):
    return containment.carry_out(planned, by=tom, ends_when="50 letters were read", review_at=soon())


def test_planning_stops_nothing_yet(opened, tom):
    action = containment.plan(opened, by=tom, scope="tool", text=" Approving refunds ")
    assert (action.state, action.text, action.decider, action.done_at) == ("planned", "Approving refunds", tom, None)
    assert states.last_log().details == {"incident": opened.pk, "scope": "tool"}


def test_a_plan_says_what_and_how_wide(opened, tom, refused):
    with refused(Incomplete, "not complete") as refusal:
        containment.plan(opened, by=tom, scope="everything", text=" ")
    assert [item.anchor for item in refusal.value.missing] == ["id_text", "id_scope_0"]


def test_in_force_means_an_end_a_review_and_somebody_who_is_asked(planned, rosa):
    action = containment.carry_out(planned, by=rosa, ends_when="50 letters were read", review_at=soon())
    assert (action.state, action.done_at, action.decider) == ("done", clock.now(), rosa)
    assert Reminder.objects.filter(containment=action, about_due_at=soon()).exists()
    assert states.last_log().details == {"scope": "process"}


@pytest.mark.parametrize(
    ("ends_when", "hours", "missing"),
    [
        ("", None, ["id_ends_when", "id_review_at"]),
        ("When it is safe", None, ["id_review_at"]),
        ("When it is safe", -1, ["id_review_at"]),
        ("When it is safe", 0, ["id_review_at"]),
        (" ", 1, ["id_ends_when"]),
    ],
)
def test_a_stop_without_an_end_is_no_response(planned, tom, ends_when, hours, missing, refused):
    with refused(Incomplete, "in force yet") as refusal:
        review_at = None if hours is None else soon(hours)
        containment.carry_out(planned, by=tom, ends_when=ends_when, review_at=review_at)
    assert [item.anchor for item in refusal.value.missing] == missing
    assert {item.view for item in refusal.value.missing} == {"desk:containment_done"}


def test_stopping_all_agents_needs_a_reason(opened, tom, refused):
    action = containment.plan(opened, by=tom, scope="all", text="Every agent")
    with refused(Incomplete, "in force yet") as refusal:
        containment.carry_out(action, by=tom, ends_when="The key is replaced", review_at=soon())
    assert [item.anchor for item in refusal.value.missing] == ["id_reason"]
    done = containment.carry_out(
        action, by=tom, ends_when="The key is replaced", review_at=soon(), reason="They share the leaked key"
    )
    assert done.reason == "They share the leaked key"


def test_prolonging_asks_again_whoever_prolonged(in_force, rosa):
    later = soon(3)
    containment.prolong(in_force, by=rosa, review_at=later, seen_review_at=in_force.review_at)
    action = states.fresh(in_force)
    assert (action.review_at, action.decider, action.state) == (later, rosa, "done")
    assert Reminder.objects.filter(containment=action, about_due_at=later).exists()


@pytest.mark.parametrize("hours", [None, -1])
def test_prolonging_needs_a_time_that_lies_ahead(in_force, tom, hours, refused):
    with refused(Incomplete, "prolonged yet") as refusal:
        containment.prolong(
            in_force, by=tom, review_at=None if hours is None else soon(hours), seen_review_at=in_force.review_at
        )
    assert [item.anchor for item in refusal.value.missing] == ["id_review_at"]


def test_ending_lets_it_run_again(in_force, tom):
    containment.end(in_force, by=tom)
    action = states.fresh(in_force)
    assert (action.state, action.settled_at) == ("ended", clock.now())


@pytest.mark.parametrize("stage", ["planned", "in_force"])
def test_what_did_not_hold_says_why(request, stage, tom, refused):
    action = request.getfixturevalue(stage)
    with refused(Incomplete, "did not hold") as refusal:
        containment.fail(action, by=tom, reason=" ")
    assert [item.anchor for item in refusal.value.missing] == ["id_reason"]
    containment.fail(action, by=tom, reason="The next run began")
    assert (states.fresh(action).state, states.fresh(action).reason) == ("failed", "The next run began")


def test_only_the_commander_rules_out_and_says_why(planned, cleo, tom, refused):
    with refused(NotAllowed, "Only the commander, Cleo Marsh"):
        containment.rule_out(planned, by=tom, reason="They are printed")
    with refused(Incomplete, "not possible"):
        containment.rule_out(planned, by=cleo, reason="")
    containment.rule_out(planned, by=cleo, reason="They are printed")
    action = states.fresh(planned)
    assert (action.state, action.decider, action.reason) == ("not_possible", cleo, "They are printed")


VERBS = {
    "carry_out": lambda action, by: containment.carry_out(action, by=by, ends_when="Read", review_at=soon()),
    "prolong": lambda action, by: containment.prolong(
        action, by=by, review_at=soon(2), seen_review_at=action.review_at
    ),
    "end": lambda action, by: containment.end(action, by=by),
    "fail": lambda action, by: containment.fail(action, by=by, reason="It ran on"),
    "rule_out": lambda action, by: containment.rule_out(action, by=by, reason="It is gone"),
}


@pytest.mark.parametrize(
    ("stage", "verb"),
    [("planned", "prolong"), ("planned", "end"), ("in_force", "carry_out"), ("in_force", "rule_out")],
)
def test_each_verb_starts_where_it_may(request, stage, verb, cleo, refused):
    action = request.getfixturevalue(stage)
    with refused(WrongState, "Only what is"):
        VERBS[verb](action, cleo)


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_settled_stays_settled(in_force, cleo, verb, refused):
    containment.end(in_force, by=cleo)
    with refused(WrongState, "Only what is"):
        VERBS[verb](in_force, cleo)


@pytest.mark.parametrize("verb", ["carry_out", "prolong", "end", "fail"])
@pytest.mark.parametrize("person", ["ada", "ben", "vic", "olga"])
def test_who_contains_nothing_stops_nothing(planned, cast, verb, person, refused):
    with refused(NotAllowed, "Containment is decided by"):
        VERBS[verb](planned, getattr(cast, person))


def test_a_dismissed_incident_stops_nothing_more(declared, cleo, tom, refused):
    action = containment.plan(declared, by=tom, scope="run", text="This run")
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test")
    with refused(WrongState, "dismissed"):
        VERBS["carry_out"](action, tom)
    with refused(WrongState, "dismissed"):
        containment.plan(declared, by=tom, scope="run", text="Another run")


def test_the_five_scopes_run_from_narrow_to_wide():
    assert ContainmentAction.Scope.values == ["run", "tool", "process", "agent", "all"]
