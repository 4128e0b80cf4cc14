"""Who has been told and who has been forgotten, as a pure function of what is known (R19, R21, R27, domain 2.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.templatetags.symbols import STANDING
from incidents import coverage
from incidents.coverage import Standing, Told
from incidents.models import Incident, StakeholderPlan

DETECTED = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return DETECTED + timedelta(minutes=minutes)


def told(minutes: float) -> Told:
    return Told(at(minutes), "message")


def look(decision: str, *, now: float = 30, happened: dict[str, Any] | None = None, **said: Any) -> coverage.Covered:
    """A row with this decision, ``now`` minutes after detection. ``happened``: what the incident went through."""
    known = {name: said.pop(name) for name in ("told", "post_mortem_at", "oldest_inquiry_due_at") if name in said}
    incident = Incident(detected_at=DETECTED, **{"state": "open", **(happened or {})})
    return coverage.of(StakeholderPlan(incident=incident, decision=decision, **said), incident, now=at(now), **known)


def test_nothing_decided_is_undecided_whatever_they_were_told():
    found = look("", told=[told(5)])
    assert (found.standing, found.last) == (Standing.UNDECIDED, told(5))


@pytest.mark.parametrize(
    ("now", "heard", "standing"),
    [
        (30, [], Standing.TO_TELL),
        (60, [], Standing.FORGOTTEN),
        (61, [], Standing.FORGOTTEN),
        (61, [59], Standing.COVERED),
        (61, [0], Standing.COVERED),
        (61, [-1], Standing.FORGOTTEN),
        (600, [61], Standing.COVERED),
    ],
)
def test_told_now_means_told_after_it_was_noticed_and_by_its_time(now, heard, standing):
    found = look("now", now=now, due_at=at(60), told=[told(one) for one in heard])
    assert found.standing == standing
    assert (found.due_at == at(60)) is (standing != Standing.COVERED)


@pytest.mark.parametrize(
    ("stage", "column"), [("contained", "contained_at"), ("recovered", "recovered_at"), ("post_mortem", None)]
)
def test_told_at_a_stage_means_told_after_it_began(stage, column):
    reached: dict[str, Any] = {"post_mortem_at": at(100)} if column is None else {"happened": {column: at(100)}}
    row: dict[str, Any] = {"stage": stage, "tell_within": 60}
    assert look("at_stage", now=90, told=[told(10)], **row).standing == Standing.LATER
    assert look("at_stage", now=110, **row, **reached).due_at == at(160)
    assert look("at_stage", now=110, told=[told(99)], **row, **reached).standing == Standing.TO_TELL
    assert look("at_stage", now=160, told=[told(99)], **row, **reached).standing == Standing.FORGOTTEN
    assert look("at_stage", now=160, told=[told(100)], **row, **reached).standing == Standing.COVERED


def test_who_got_an_update_but_not_the_post_mortem_is_not_covered():
    """R27: the account goes to every group that was told about the incident."""
    row: dict[str, Any] = {"due_at": at(60), "post_mortem_at": at(3000)}
    found = look("now", now=3001, told=[told(50)], **row)
    assert (found.standing, found.due_at) == (Standing.TO_TELL, at(3000) + coverage.AFTER_POST_MORTEM)
    assert look("now", now=3000 + 24 * 60, told=[told(50)], **row).standing == Standing.FORGOTTEN
    assert look("now", now=3001, told=[told(50), told(3000)], **row).standing == Standing.COVERED


@pytest.mark.parametrize(
    ("due", "standing"),
    [(None, Standing.READY), (31, Standing.READY), (30, Standing.UNANSWERED), (1, Standing.UNANSWERED)],
)
def test_only_if_asked_holds_while_no_question_is_overdue(due, standing):
    asked = None if due is None else at(due)
    assert look("if_asked", oldest_inquiry_due_at=asked).standing == standing


@pytest.mark.parametrize("decision", ["now", "at_stage", "not_told", "not_applicable"])
def test_an_overdue_question_is_seen_whatever_was_decided(decision):
    row: dict[str, Any] = {
        "due_at": at(60),
        "stage": "contained",
        "tell_within": 5,
        "agreed_by_id": 1,
        "confirmed_in": "open",
    }
    found = look(decision, told=[told(1)], oldest_inquiry_due_at=at(29), **row)
    assert (found.standing, found.due_at) == (Standing.UNANSWERED, at(29))


@pytest.mark.parametrize(
    ("agreed", "confirmed", "review", "standing"),
    [
        (None, "open", 90, Standing.ALONE),
        (7, "open", 90, Standing.SILENT),
        (7, "draft", 90, Standing.AGAIN),
        (7, "open", 30, Standing.LOOK),
    ],
)
def test_not_telling_holds_while_two_agreed_in_this_state_and_its_review_lies_ahead(
    agreed, confirmed, review, standing
):
    found = look("not_told", agreed_by_id=agreed, confirmed_in=confirmed, review_at=at(review))
    assert found.standing == standing


def test_what_does_not_apply_asks_for_nothing():
    assert look("not_applicable").standing == Standing.NONE
    assert look("not_applicable", oldest_inquiry_due_at=at(31)).standing == Standing.NONE


def test_an_overdue_question_decides_for_nobody():
    assert look("", oldest_inquiry_due_at=at(29)).standing == Standing.UNDECIDED


def test_the_newest_time_counts_in_whatever_order_they_come():
    assert look("now", now=90, due_at=at(60), told=[told(40), told(80), told(20)]).last == told(80)


def test_every_standing_is_drawn_with_its_own_word():
    assert set(STANDING) == set(Standing.values)
    assert len({word for _, _, word in STANDING.values()}) == len(STANDING)
