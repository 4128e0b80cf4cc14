"""The one next thing to do: by urgency, and only what the reader may do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.models import Fact
from incidents.next_action import next_action
from incidents.situation import Situation, Words

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


UPDATE = Words(pk=4, kind="update")
UPDATE_WAITS = Words(pk=4, kind="update", submission=5, asked_at=minutes(-9))
WARNING = Words(pk=6, kind="warning")
WARNING_WAITS = Words(pk=6, kind="warning", submission=7, asked_at=minutes(-2))
CORRECTION = Words(pk=8, kind="correction", about=" of entry 3", corrects=3)
CORRECTION_WAITS = Words(pk=8, kind="correction", about=" of entry 3", corrects=3, submission=9, asked_at=minutes(-1))
MESSAGE = Words(pk=10, kind="direct", about=" to Journalists")
MESSAGE_WAITS = Words(pk=10, kind="direct", about=" to Journalists", submission=11, asked_at=minutes(-20))


@pytest.mark.parametrize(
    ("known", "label", "view", "args"),
    [
        ({"state": "draft", "untriaged": 5}, "Answer what is left", "desk:describe", (7,)),
        ({"state": "draft"}, "Open the incident", "desk:open", (7,)),
        ({"offered_command": 3, "promise_due_at": minutes(-5)}, "Answer the offer", "desk:incident", (7,)),
        ({"owes_review_of": 9, "promise_due_at": minutes(-5)}, "Review what was published", "desk:review", (9,)),
        (
            {"written": (UPDATE_WAITS,)},
            "Read and approve the update",
            "desk:submission",
            (5,),
        ),
        ({"promise_due_at": minutes(14)}, "Draft the update", "desk:statement_new", (7, "update")),
        (
            {"promise_due_at": minutes(-6), "written": (UPDATE,)},
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
        ({"written": (UPDATE,)}, "Finish the update", "desk:statement", (4,)),
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
    asked = {"written": (UPDATE_WAITS,)}
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
    assert choose(written=(UPDATE_WAITS,), facts_to_confirm=1, may=frozenset({"confirm"})).label == "Confirm or retract"


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


# What is written beside what is told in its turn


@pytest.mark.parametrize(
    ("known", "label", "view", "args"),
    [
        ({"owes_corrections_of": (3,)}, "Draft the correction", "desk:correction_new", (3,)),
        (
            {"owes_corrections_of": (2, 3), "written": (CORRECTION,)},
            "Finish the correction of entry 3",
            "desk:statement",
            (8,),
        ),
        ({"owes_message": (12, "Journalists")}, "Write the correction to them", "desk:message_correction_new", (12,)),
        (
            {"owes_message": (12, "Journalists"), "written": (MESSAGE,)},
            "Finish the direct message",
            "desk:statement",
            (10,),
        ),
        ({"written": (UPDATE, WARNING)}, "Finish the safety warning", "desk:statement", (6,)),
        ({"written": (UPDATE_WAITS, WARNING_WAITS)}, "Read and approve the safety warning", "desk:submission", (7,)),
        (
            {"written": (UPDATE_WAITS, CORRECTION_WAITS)},
            "Read and approve the correction of entry 3",
            "desk:submission",
            (9,),
        ),
        ({"written": (MESSAGE_WAITS, UPDATE_WAITS)}, "Read and approve the direct message",
         "desk:submission", (11,)),
        ({"is_published": False, "promise_due_at": None, "written": (WARNING_WAITS,), "may": frozenset({"write"})},
         "Draft the holding statement", "desk:statement_new", (7, "holding")),
        ({"written": (MESSAGE,)}, "Finish the direct message", "desk:statement", (10,)),
    ],
)  # fmt: skip
def test_each_lane_is_offered_by_itself(known, label, view, args):
    step = choose(**known)
    assert (step.label, step.view, step.args) == (label, view, args)


def test_an_owed_correction_is_shown_while_something_else_waits_and_says_what():
    """R8: at once, not when the update is through."""
    step = choose(owes_corrections_of=(3,), written=(UPDATE_WAITS, MESSAGE_WAITS), may=frozenset({"write"}))
    assert (step.label, step.args) == ("Draft the correction", (3,))
    assert step.why == (
        "Entry 3 of the record rests on a fact that was wrong. The public still reads it. "
        "The direct message to Journalists and the update wait for approval meanwhile."
    )
    owed = choose(owes_message=(12, "Journalists"), written=(UPDATE_WAITS,), may=frozenset({"write"}))
    assert owed.why.endswith("Nobody has told them. The update waits for approval meanwhile.")


def test_who_approves_reads_what_else_waits():
    assert choose(written=(UPDATE_WAITS, WARNING_WAITS)).why == (
        "The safety warning has waited for approval 2 min. The promise breaks in 2 h. "
        "The update waits for approval meanwhile."
    )


def test_a_direct_message_keeps_no_promise():
    near = {"written": (MESSAGE_WAITS,), "promise_due_at": minutes(5)}
    assert choose(**near).why == "The direct message to Journalists has waited for approval 20 min."
    assert choose(**near, may=frozenset({"write"})).label == "Draft the update"


def test_what_waits_and_keeps_the_promise_needs_no_second_update():
    near = {"promise_due_at": minutes(5), "may": frozenset({"write"})}
    assert choose(**near, written=(WARNING_WAITS,)).label == ""
    assert choose(**near, written=(WARNING,)).label == "Finish the safety warning"
    assert choose(promise_due_at=minutes(5), written=(UPDATE,), may=frozenset({"write"})).label == "Finish the update"


def test_what_goes_out_by_itself_is_named_and_hinders_no_warning():
    later = replace(UPDATE_WAITS, scheduled_at=minutes(20))
    assert choose(state="recovered", is_resolved_in_public=True, has_post_mortem=True, written=(later,)).why == (
        "Nothing is due from you. The update is approved and goes out in 20 min."
    )
    assert choose(written=(later, WARNING_WAITS)).label == "Read and approve the safety warning"


def test_what_its_reviewer_objected_to_is_put_right_for_that_reason():
    """Of each entry by itself: another one may rest on a fact that was wrong."""
    step = choose(owes_corrections_of=(2, 3), objected=frozenset({3}), written=(CORRECTION,))
    assert step.label == "Finish the correction of entry 3"
    assert step.why.startswith("Whoever reviewed entry 3 of the record objected to it. The public still reads it.")
    assert "a fact that was wrong" in choose(owes_corrections_of=(2, 3), objected=frozenset({3})).why


def test_what_is_approved_for_a_time_and_would_come_back_asks_for_the_state_now():
    later = replace(UPDATE_WAITS, scheduled_at=minutes(20), lacks_state_now=True)
    step = choose(written=(later, CORRECTION), owes_corrections_of=(3,))
    assert (step.label, step.query) == ("Enter how it stands now", "?question=state_now")
    assert step.why == (
        "The update is approved and goes out in 20 min. It comes back unless somebody says how it stands now."
    )
    assert choose(written=(later, WARNING_WAITS)).label == "Read and approve the safety warning"
    assert choose(written=(replace(later, lacks_state_now=False),)).label != "Enter how it stands now"


def test_a_warning_that_was_begun_is_pressed_no_more_once_all_has_recovered():
    known = {"owes_corrections_of": (3,), "written": (WARNING,)}
    assert choose(**known).label == "Finish the safety warning"
    assert choose(**known, state="recovered").label == "Draft the correction"
    for begun in (WARNING, WARNING_WAITS):
        over = {"state": "recovered", "is_resolved_in_public": True, "has_post_mortem": True, "promise_due_at": None}
        step = choose(written=(begun,), **over)
        assert (step.label, step.args) == ("Discard the safety warning", (begun.pk,))
