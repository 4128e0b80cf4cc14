"""Statements of one incident that wait beside each other: what one that goes out does to the other, and who is told."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import clock
from accounts.models import User
from incidents.models import (
    Approval,
    Promise,
    PublicStatus,
    RecordEntry,
    ServiceState,
    Submission,
)
from incidents.operations import (
    dossier,
    fact,
    redaction,
    schedule,
    submission,
    sweep,
    verify,
)
from incidents.operations.places import plan as places_of
from incidents.views import approval_queue, dashboard_rows, todo
from refusals import Incomplete, Stale, WrongState
from stakeholders.models import StakeholderGroup
from tests import states
from tests.conftest import START
from tests.incidents.lanes import ADVICE, approve, around, correct, take_down, wait, warn

pytestmark = pytest.mark.django_db

REPLACED = "What the public reads until then"


@pytest.fixture
def w(published: Approval, cast: SimpleNamespace, group: StakeholderGroup) -> SimpleNamespace:
    """See ``lanes.around``."""
    return around(published, cast, group)


# Two that wait: both go out


def test_what_does_not_contradict_goes_out_as_it_was_read_and_each_promise_stands_in_turn(w, clock_at):
    update, warning = wait(states.write(w.about, "update", by=w.ada), w.ada), wait(warn(w), w.ada)
    clock_at(START + timedelta(minutes=2))

    first = approve(warning, w.ben)
    (owed,) = Promise.objects.unanswered()
    assert (owed.made_in, owed.due_at) == (first.entry, warning.statement.next_update_at)

    second = approve(update, w.ben)
    owed.refresh_from_db()
    assert (owed.state, owed.answered_by) == (Promise.State.KEPT, second.entry)
    assert second.entry.body["keeps"] == first.entry.number
    (owed,) = Promise.objects.unanswered()
    assert (owed.made_in, owed.due_at) == (second.entry, update.statement.next_update_at)
    assert verify.first_fault() == ""


def test_the_promise_of_what_waited_is_asked_again(w, clock_at, refused):
    """It lies at least ten minutes ahead when it is made in public, whatever was promised meanwhile."""
    update, warning = wait(states.write(w.about, "update", by=w.ada), w.ada), wait(warn(w), w.ada)
    approve(update, w.ben)
    clock_at(warning.statement.next_update_at - timedelta(minutes=9))
    with refused(Incomplete, "cannot go out any more") as refusal:
        approve(warning, w.ben)
    assert refusal.missing == ["Promise the next update at least ten minutes ahead"]


def test_an_update_overtakes_a_correction_and_a_message_that_say_nothing_else_of_its_state(w):
    correction = wait(correct(w), w.ada)
    message = wait(states.write_to(w.group, w.about, by=w.ada), w.ada)
    states.publish(w.about, "update", writer=w.ada, approver=w.ben, body="All letters are stopped.", headline="Stopped")
    assert approve(message, w.ben).kind == "direct"
    assert approve(correction, w.ben).corrects == [w.entry.number]


def test_corrections_of_entries_that_share_no_fact_both_go_out(w):
    update = states.publish(w.about, "update", writer=w.ada, approver=w.ben)
    first, second = wait(correct(w), w.ada), wait(correct(w, update.entry), w.ada)
    assert [approve(asked, w.ben).corrects for asked in (first, second)] == [[w.entry.number], [update.entry.number]]


# Two that wait: the other one is stale


def assert_stale(asked: Submission, by: User, refused: Any, label: str) -> Any:
    """Refused, with nothing changed; returns what changed since it was submitted."""
    with refused(Stale, "Something changed after this was submitted") as refusal:
        approve(asked, by)
    assert label in {change.label for change in refusal.value.difference}
    return refusal.value.difference


def test_an_update_does_not_take_back_the_advice_of_a_warning_unread(w, refused):
    update = wait(states.write(w.about, "update", by=w.ada), w.ada)
    out = approve(wait(warn(w, what_to_do="Do not open the letter. Call us."), w.ada), w.ben)

    (change,) = assert_stale(update, w.ben, refused, REPLACED)
    assert (change.seen, change.now) == (
        "",
        f"What to do now: as in entry {out.entry.number}",
    )

    submission.take_back(update, by=w.ada)
    assert approve(wait(update.statement, w.ada), w.ben).what_to_do == ADVICE


@pytest.mark.parametrize(
    ("says", "now"),
    [
        ({"impact": "critical"}, "Impact: Critical"),
        ({"began_at": START - timedelta(hours=3)}, "12:16 UTC"),
        ({"what_to_do": "Call us."}, "What to do now: as in entry 2"),
        ({"component_states": ServiceState.MAJOR_OUTAGE}, "Support replies: Down"),
    ],
)
def test_a_warning_does_not_take_back_what_an_update_has_said_since(w, says, now, refused):
    component = w.about.agent.component.public_id
    if "component_states" in says:
        says = {"component_states": {component: ServiceState.MAJOR_OUTAGE}}
    same = {"impact": "major", "component_states": {component: ServiceState.PARTIAL_OUTAGE}}
    warning = wait(warn(w, began_at=START - timedelta(hours=1), **same), w.ada)
    before = warning.content.get("replaces", {})
    states.publish(w.about, "update", writer=w.ada, approver=w.ben, **says)

    (change,) = assert_stale(warning, w.ben, refused, REPLACED)
    assert now in change.now
    assert before == {}


def test_what_a_warning_says_of_its_own_is_not_overtaken(w):
    warning = wait(warn(w), w.ada)
    states.publish(
        w.about, "update", writer=w.ada, approver=w.ben, headline="Other words", affected="Fewer than we feared."
    )
    assert approve(warning, w.ben).kind == "warning"


def test_what_was_written_before_a_correction_is_looked_at_again(w, refused):
    """It may say once more what was wrong (R8)."""
    update = wait(states.write(w.about, "update", by=w.ada), w.ada)
    message = wait(states.write_to(w.group, w.about, by=w.ada), w.ada)
    warning = wait(warn(w), w.ada)
    out = approve(wait(correct(w), w.ada), w.ben)
    for asked in (update, message, warning):
        changes = assert_stale(asked, w.ben, refused, "Corrected last by")
        assert [change.now for change in changes] == [f"entry {out.entry.number}"]


def test_of_two_corrections_for_one_fact_the_second_is_looked_at_again(w, refused):
    known = w.about.facts.confirmed().first()
    update = states.publish(w.about, "update", writer=w.ada, approver=w.ben, cites=[known])
    fact.retract(known, by=w.tom, seen_version=known.version, reason="The log counts attempts.")
    first, second = wait(correct(w), w.ada), wait(correct(w, update.entry), w.ada)
    assert first.content["corrects"] == second.content["corrects"] == [w.entry.number, update.entry.number]

    approve(first, w.ben)
    assert_stale(second, w.ben, refused, "Corrects")
    assert not RecordEntry.objects.owing_correction().exists()


def test_a_correction_that_repeats_words_taken_down_meanwhile_is_written_anew(w, refused):
    asked = wait(correct(w), w.ada)
    take_down(w, "affected")
    assert states.fresh(asked).outcome == "void"
    assert states.fresh(asked.statement).affected != asked.content["affected"]
    with refused(WrongState, "was changed or taken back"):
        approve(asked, w.ben)


def test_a_correction_in_its_own_words_is_looked_at_again_once_the_entry_has_lost_some(w, refused):
    asked = wait(correct(w, affected="Everybody who wrote to us."), w.ada)
    proposed = redaction.propose(
        w.entry, {w.entry.number: ["affected"]}, by=w.ada, reason="personal_data", note="A name"
    )
    redaction.confirm(proposed, by=w.ben, seen=places_of(proposed).seen)
    assert states.fresh(asked).outcome == "waiting"
    changes = assert_stale(asked, w.ben, refused, "Taken down since of what it corrects")
    assert "words of entry 1" in {change.now for change in changes}


@pytest.mark.parametrize("kind", ["warning", "correction"])
def test_nothing_opens_again_unread_what_was_resolved_meanwhile(w, kind, refused):
    asked = wait({"warning": warn, "correction": correct}[kind](w), w.ada)
    states.recover(states.fresh(w.about), commander=w.cleo, reporter=w.rosa, confirmer=w.tom)
    states.publish(states.fresh(w.about), "resolution", writer=w.ada, approver=w.ben)

    changes = assert_stale(asked, w.ben, refused, REPLACED)
    assert "State: Resolved" in next(change.now for change in changes if change.label == REPLACED)
    assert not Promise.objects.unanswered().exists()


def test_a_resolution_waits_for_a_correction_that_became_owing_beside_it(w, refused):
    states.recover(states.fresh(w.about), commander=w.cleo, reporter=w.rosa, confirmer=w.tom)
    about = states.fresh(w.about)
    known = about.facts.confirmed().first()
    asked = wait(states.write(about, "resolution", by=w.ada, cites=[]), w.ada)
    fact.retract(known, by=w.tom, seen_version=known.version, reason="The log counts attempts.")
    with refused(Incomplete, "cannot go out any more") as refusal:
        approve(asked, w.ben)
    assert refusal.missing == ["Correct entry 1 first: a fact it rests on was wrong"]

    written = correct(w, public_status=PublicStatus.INVESTIGATING)
    approve(wait(written, w.ada), w.ben)
    assert_stale(asked, w.ben, refused, "Corrected last by")


def test_what_was_approved_for_a_time_comes_back_when_a_warning_went_before_it(w, clock_at):
    asked = wait(states.write(w.about, "update", by=w.ada), w.ada)
    at = START + timedelta(minutes=20)
    made = schedule.consent(asked, by=w.ben, seen_digest=asked.digest, publish_at=at)
    approve(wait(warn(w, what_to_do="Do not open the letter. Call us."), w.ada), w.ben)

    clock_at(at)
    sweep.sweep()

    assert states.fresh(made).state == "returned"
    assert states.fresh(asked).outcome == "waiting"
    assert states.fresh(asked.statement).state == "submitted"


# Its author is told


def look_again(person: User) -> list[tuple[str, str]]:
    """Where the first screen of this person leads because of it, and why."""
    found = todo.tasks(person, dashboard_rows.rows(), clock.now())
    return [(one.href, one.why.partition(". ")[0]) for one in found if one.title.startswith("Look at your words again")]


def known_as_stale(asked: Submission) -> bool:
    """On the first screen, and by the same reason in the queue, which asks two questions at most."""
    said = dashboard_rows.rows().overtaken
    with CaptureQueriesContext(connection) as questions:
        queued = {
            row.submission.pk: row.overtaken for row in approval_queue.queue_with_what_is_stale() if row.overtaken
        }
    assert queued == said
    assert len(questions) <= 2
    return asked.pk in said


def asked_to_approve(person: User) -> list[str]:
    """How the first screen of this person names what waits."""
    found = todo.tasks(person, dashboard_rows.rows(), clock.now())
    return [one.title.partition(":")[0] for one in found if one.view == "desk:submission"]


def warned(w: SimpleNamespace) -> None:
    approve(wait(warn(w, what_to_do="Do not open the letter. Call us."), w.ada), w.ben)


def corrected(w: SimpleNamespace) -> None:
    approve(wait(correct(w), w.ada), w.ben)


def fact_changed(w: SimpleNamespace) -> None:
    known = w.about.facts.confirmed().filter(statements__kind="update").first()
    fact.retract(known, by=w.tom, seen_version=known.version, reason="The log counts attempts.")


def went_out_beside(w: SimpleNamespace) -> None:
    approve(wait(warn(w), w.ada), w.ben)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (warned, "What the public reads has changed since"),
        (corrected, "What the public reads has changed since"),
        (fact_changed, "A fact that it rests on has changed since"),
        (went_out_beside, None),
    ],
)
def test_the_author_reads_on_the_first_screen_that_words_have_to_be_looked_at_again(w, happens, why, clock_at):
    """As the page of what waits says it, which compares everything."""
    update = wait(states.write(w.about, "update", by=w.ada), w.ada)
    assert look_again(w.ada) == []
    clock_at(START + timedelta(minutes=1))
    happens(w)

    asked = Submission.objects.with_subject().get(pk=update.pk)
    assert known_as_stale(asked) is bool(dossier.differences(asked.content, dossier.as_now(asked))) is bool(why)
    place = reverse("desk:statement", args=[update.statement_id])
    assert look_again(w.ada) == ([(place, why)] if why else [])
    assert look_again(w.ben) == look_again(w.cleo) == []
    assert asked_to_approve(w.ben) == ["Not yet to be approved" if why else "Approve"]
    if why:
        submission.take_back(update, by=w.ada)
        assert look_again(w.ada) == []


def test_the_author_of_a_correction_is_told_that_words_it_names_were_taken_down(w, clock_at):
    asked = wait(correct(w, affected="Everybody who wrote to us."), w.ada)
    clock_at(START + timedelta(minutes=1))
    assert not known_as_stale(asked)
    take_down(w, "affected")
    assert known_as_stale(asked)


def test_a_message_to_a_group_is_looked_at_again_after_a_correction(w, clock_at):
    message = wait(states.write_to(w.group, w.about, by=w.ada), w.ada)
    clock_at(START + timedelta(minutes=1))
    assert not known_as_stale(message)
    corrected(w)
    assert known_as_stale(message)


def test_it_costs_the_first_screen_no_question(w, clock_at):
    update = wait(states.write(w.about, "update", by=w.ada), w.ada)
    with CaptureQueriesContext(connection) as before:
        dashboard_rows.rows()
    clock_at(START + timedelta(minutes=1))
    warned(w)
    with CaptureQueriesContext(connection) as after:
        assert update.pk in dashboard_rows.rows().overtaken
    assert len(after) == len(before) <= 9
