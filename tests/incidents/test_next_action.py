"""The one next thing to do: by urgency, and only what the reader may do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.models import Fact
from incidents.next_action import Situation, next_action

NOW = datetime(2026, 11, 19, 15, 16, tzinfo=UTC)
EVERYTHING = frozenset(
    {
        "note report",
        "assess",
        "answer",
        "command",
        "review",
        "approve",
        "contain",
        "report",
        "confirm",
        "write",
        "seat-scribe",
    }
)


def choose(**known):
    """Of an open, public, contained-by-an-action incident whose four questions are answered and whose promise is far."""
    usual: dict[str, Any] = {
        "incident": 7,
        "state": "open",
        "now": NOW,
        "is_public": True,
        "may": EVERYTHING,
        "answered": frozenset(Fact.Question.values),
        "containment_in_force": True,
        "containment_review_at": NOW + timedelta(hours=3),
        "is_published": True,
        "promise_due_at": NOW + timedelta(hours=2),
    }
    return next_action(Situation(**usual | known))


def minutes(number):
    return NOW + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("known", "label", "view", "args"),
    [
        ({"state": "draft", "untriaged": 5}, "Answer what is left", "desk:describe", (7,)),
        ({"state": "draft"}, "Open the incident", "desk:open", (7,)),
        ({"offered_command": 3, "promise_due_at": minutes(-5)}, "Answer the offer", "desk:incident", (7,)),
        ({"owes_review_of": 9, "promise_due_at": minutes(-5)}, "Review what was published", "desk:review", (9,)),
        (
            {"submission": 5, "writing": 4, "writing_kind": "update", "submitted_at": minutes(-9)},
            "Read and approve the update",
            "desk:submission",
            (5,),
        ),
        ({"promise_due_at": minutes(14)}, "Draft the update", "desk:statement_new", (7, "update")),
        (
            {"promise_due_at": minutes(-6), "writing": 4, "writing_kind": "update"},
            "Finish the update",
            "desk:statement",
            (4,),
        ),
        ({"owes_update": True}, "Draft the update", "desk:statement_new", (7, "update")),
        ({"containment_review_at": minutes(-1)}, "Look at containment", "desk:incident", (7,)),
        ({"containment_in_force": False}, "Stop something", "desk:containment_new", (7,)),
        (
            {"duty": (3, "GDPR-33", minutes(-5)), "answered": frozenset()},
            "Open the legal clock",
            "desk:clock",
            (3,),
        ),
        (
            {"state": "draft", "may": frozenset({"note report"}), "duty": (3, "GDPR-33", minutes(0))},
            "Open the legal clock",
            "desk:clock",
            (3,),
        ),
        ({"clocks_to_assess": 2, "is_published": False}, "Assess the legal clocks", "desk:clocks", (7,)),
        (
            {"containment_in_force": False, "planned_containment": 8},
            "Put it in force",
            "desk:containment_done",
            (8,),
        ),
        ({"answered": frozenset({"agent_did"})}, "Report a fact", "desk:fact_new", (7,)),
        (
            {"is_published": False, "promise_due_at": None},
            "Draft the holding statement",
            "desk:statement_new",
            (7, "holding"),
        ),
        ({"writing": 4, "writing_kind": "update"}, "Finish the update", "desk:statement", (4,)),
        ({"empty_seats": (("scribe", "Scribe"),)}, "Name somebody", "desk:incident", (7,)),
        ({"facts_to_confirm": 2}, "Confirm or retract", "desk:incident", (7,)),
        ({}, "Mark as contained", "desk:contain", (7,)),
        ({"state": "contained", "state_is_known": True}, "Mark as recovered", "desk:incident", (7,)),
        ({"state": "contained"}, "Report the state now", "desk:fact_new", (7,)),
        ({"state": "recovered"}, "Draft the resolution", "desk:statement_new", (7, "resolution")),
    ],
)
def test_the_most_urgent_thing_comes_first(known, label, view, args):
    step = choose(**known)
    assert (step.label, step.view, step.args) == (label, view, args)


def test_the_first_question_without_an_answer_is_asked_by_name():
    step = choose(answered=frozenset({"agent_did", "circumstances"}))
    assert step.query == "?question=experienced"
    assert "what people experienced" in step.why


@pytest.mark.parametrize(
    ("due", "says"),
    [(minutes(14), "due in 14 min"), (minutes(-6), "is 6 min late"), (minutes(0), "is under 1 min late")],
)
def test_a_promise_is_named_with_the_time_that_is_left(due, says):
    assert says in choose(promise_due_at=due).why


def test_a_report_that_is_overdue_is_named_with_its_rule_and_one_that_is_not_waits():
    step = choose(duty=(3, "GDPR-33", minutes(-90)))
    assert step.why == "The report by GDPR-33 is 1 h 30 min late, unless it does not apply. Nothing is filed from here."
    assert choose(duty=(3, "GDPR-33", minutes(1))).view != "desk:clock"


def test_a_promise_is_near_from_half_an_hour():
    assert choose(promise_due_at=minutes(30)).label == "Draft the update"
    assert choose(promise_due_at=minutes(31)).label == "Mark as contained"


def test_a_waiting_submission_says_since_when_and_what_it_endangers():
    asked = {"submission": 5, "writing": 4, "writing_kind": "update", "submitted_at": minutes(-9)}
    assert choose(**asked, promise_due_at=minutes(14)).why == (
        "The update has waited for approval 9 min. The promise breaks in 14 min."
    )
    assert choose(**asked, promise_due_at=minutes(-6)).why.endswith("The promise is 6 min late.")


def test_an_internal_incident_is_not_asked_to_speak():
    step = choose(is_public=False, is_published=False, promise_due_at=None)
    assert step.label == "Mark as contained"


def test_what_was_ruled_out_is_not_asked_for_again():
    assert (
        choose(containment_in_force=False, containment_review_at=None, containment_ruled_out=True).label
        == "Mark as contained"
    )


def test_a_reopened_incident_is_not_called_contained_before_the_public_knows():
    step = choose(owes_update=True, may=frozenset({"command"}))
    assert step.label == ""
    assert "reopened" in step.why


def test_news_leads_to_an_update_when_nothing_else_is_left():
    step = choose(news=2, may=frozenset({"write"}))
    assert (step.label, step.why) == ("Draft the update", "2 facts are newer than what the public reads.")


def test_the_reader_gets_the_first_step_that_is_theirs():
    known = {
        "submission": 5,
        "writing": 4,
        "writing_kind": "update",
        "submitted_at": minutes(-9),
        "facts_to_confirm": 1,
    }
    assert choose(**known, may=frozenset({"confirm"})).label == "Confirm or retract"


def test_a_seat_is_taken_by_who_may_and_named_by_the_commander():
    seat = {"empty_seats": (("scribe", "Scribe"),)}
    named = choose(**seat)
    taken = choose(**seat, may=frozenset({"seat-scribe"}))
    assert (named.anchor, named.posts) == ("seat-scribe", False)
    assert (taken.view, taken.args, taken.posts) == ("desk:role", (7, "scribe"), True)


def test_a_reader_is_told_what_it_waits_for_and_gets_no_button():
    step = choose(promise_due_at=minutes(-6), may=frozenset())
    assert step.why == "The promised update is 6 min late."
    assert (step.label, step.view, step.posts) == ("", "", False)


def test_when_nothing_is_left_the_next_promise_is_named():
    quiet = {"state": "recovered", "is_resolved_in_public": True, "has_post_mortem": True}
    assert choose(**quiet).why == "Nothing is due from you. The next public update is promised in 2 h."
    assert "It has recovered" in choose(**quiet, promise_due_at=None).why
    assert "dismissed" in choose(state="dismissed").why


def test_what_is_over_in_public_is_told_in_full():
    step = choose(state="recovered", is_resolved_in_public=True)
    assert (step.label, step.view, step.args) == ("Draft the post-mortem", "desk:statement_new", (7, "post_mortem"))
    assert "why it happened" in step.why


# The first hour, when nothing more urgent is asked


@pytest.mark.parametrize(("due", "said"), [(4, "is due in 4 min"), (-15, "is 15 min late")])
def test_the_next_step_of_the_first_hour_comes_last(due, said):
    step = choose(state="recovered", is_resolved_in_public=True, has_post_mortem=True, hour_step="Stock-take",
                  hour_due_at=minutes(due), may=frozenset({"tick"}))  # fmt: skip
    assert step.why == f"First hour: “Stock-take” {said}."
    assert (step.label, step.view, step.anchor) == ("See the first hour", "desk:incident", "first-hour")


def test_a_step_of_the_first_hour_waits_for_everything_else_and_for_its_time():
    known: dict[str, Any] = {"hour_step": "Stock-take", "may": EVERYTHING | {"tick"}}
    assert choose(**known, hour_due_at=minutes(-15)).label == "Mark as contained"
    assert choose(**known | {"may": frozenset({"tick"})}, hour_due_at=minutes(20)).label == ""


def test_whoever_works_here_may_look_who_waits_for_an_answer():
    step = choose(is_public=True, late_answers=2, forgotten=1, may=frozenset({"tick"}))
    assert (step.label, step.view) == ("Look who asked", "desk:map")
    assert "2 questions that came in are past the time" in step.why
