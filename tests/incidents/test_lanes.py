"""Statements of one incident that are written and wait beside each other: what may be, and what one does to the other."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import clock
from accounts.models import User
from incidents.models import (
    FACTS_GATE,
    Approval,
    Promise,
    PublicStatus,
    RecordEntry,
    ServiceState,
    Statement,
    Submission,
)
from incidents.operations import (
    approval,
    fact,
    incident,
    override,
    redaction,
    schedule,
    statement,
    submission,
    sweep,
    verify,
)
from incidents.operations.places import plan as places_of
from incidents.permissions import authored
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import StakeholderGroup
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.django_db

ADVICE = "Please delete a letter that is not addressed to you."  # of the holding statement
REPLACED = "What the public reads until then"


@pytest.fixture
def w(published: Approval, cast: SimpleNamespace, group: StakeholderGroup) -> SimpleNamespace:
    """The holding statement is out, with its promise for 16:01 UTC. Ada and Cleo write, Ben approves."""
    press = StakeholderGroup.objects.get(slug="journalists")
    return SimpleNamespace(**vars(cast), about=published.incident, entry=published.entry, group=group, press=press)


def wait(draft: Any, by: User) -> Any:
    return submission.submit(states.fresh(draft), by=by, seen_version=states.fresh(draft).version)


def approve(asked: Any, by: User) -> Any:
    return approval.approve(states.fresh(asked), by=by, seen_digest=asked.digest)


def warn(w: SimpleNamespace, by: Any = None, **changes: Any) -> Any:
    """A complete draft of a warning, released by the commander, which says the same to do as the holding statement."""
    begun = statement.begin(w.about, "warning", by=by or w.ada)
    said: dict[str, Any] = {
        "headline": "Do not open letters that came by mistake",
        "acknowledgement": "Our support assistant sent letters to the wrong addresses.",
        "body": "All letters are stopped since 15:10 UTC.",
        "investigating": "We are investigating who got a letter.",
        "affected": "We do not know yet who got one.",
        "what_to_do": ADVICE,
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
        "next_update_at": clock.now() + timedelta(minutes=30),
    }
    draft = statement.edit(begun, by=by or w.ada, seen_version=1, **(said | changes))
    override.let_stand(draft, FACTS_GATE, 0, by=w.cleo, seen_version=draft.version, reason="Letters are opened now.")
    return states.fresh(draft)


def correct(w: SimpleNamespace, entry: Any = None, **changes: Any) -> Any:
    begun = statement.begin(w.about, "correction", by=w.ada, corrects=entry or w.entry)
    said: dict[str, Any] = {
        "acknowledgement": "We wrote that the letters named an order. That was our guess.",
        "body": "The letters named a person and a street, and no order.",
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
        "next_update_at": clock.now() + timedelta(minutes=40),
    }
    return statement.edit(begun, by=w.ada, seen_version=1, **(said | changes))


def take_down(w: SimpleNamespace, field: str) -> None:
    chosen = {w.entry.number: [field]}
    proposed = redaction.propose(w.entry, chosen, by=w.ada, reason="personal_data", note="A name stands there")
    redaction.confirm(proposed, by=w.ben, seen=places_of(proposed).seen)


def everything(w: SimpleNamespace) -> list[Statement]:
    """A draft in each lane: one that is told in its turn, a warning, a correction, messages to two groups."""
    return [
        statement.begin(w.about, "update", by=w.ada),
        statement.begin(w.about, "warning", by=w.ada),
        statement.begin(w.about, "correction", by=w.ada, corrects=w.entry),
        statement.begin(w.about, "direct", by=w.ada, group=w.group),
        statement.begin(w.about, "direct", by=w.ada, group=w.press),
    ]


# What is written beside what


def test_each_lane_is_written_beside_the_others(w):
    update = states.publish(w.about, "update", writer=w.ada, approver=w.ben)
    drafts = [*everything(w), statement.begin(w.about, "correction", by=w.ada, corrects=update.entry)]
    assert set(w.about.statements.unpublished()) == set(drafts)
    assert [draft.title for draft in drafts] == [
        "Update",
        "Safety warning",
        f"Correction of entry {w.entry.number}",
        "Direct message to Directly affected users",
        "Direct message to Journalists",
        f"Correction of entry {update.entry.number}",
    ]


@pytest.mark.parametrize(
    ("kind", "lane", "says"),
    [
        ("resolution", {}, "Update is being written."),
        ("warning", {}, "Safety warning is being written."),
        ("correction", {"corrects": "entry"}, "Correction of entry 1 is being written."),
        ("direct", {"group": "press"}, "Direct message to Journalists is being written."),
    ],
)
def test_in_each_lane_one_is_written_at_a_time(w, kind, lane, says, refused):
    drafts = everything(w)
    named = {name: getattr(w, which) for name, which in lane.items()}
    with refused(WrongState, says) as refusal:
        statement.begin(w.about, kind, by=w.cleo, **named)
    (place,) = refusal.value.missing
    assert place.args[0] in {draft.pk for draft in drafts if draft.kind in (kind, "update")}


def test_a_correction_of_a_message_shares_the_lane_of_its_group(w, refused):
    sent = states.send(states.write_to(w.group, w.about, by=w.ada), writer=w.ada, approver=w.ben)
    statement.begin(w.about, "direct", by=w.ada, corrects_message=sent)
    statement.begin(w.about, "direct", by=w.ada, group=w.press)
    with refused(WrongState, "Direct message to Directly affected users is being written."):
        statement.begin(w.about, "direct", by=w.ada, group=w.group)


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_the_database_holds_each_lane_to_one(w, place, state):
    """Whatever an operation forgets."""
    second = everything(w)[place]
    second.pk, second.state = None, state
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.bulk_create([second])


def test_what_waits_is_in_its_lane_until_it_is_out(w, refused):
    asked = wait(warn(w), w.ada)
    with refused(WrongState, "Safety warning is being written."):
        statement.begin(w.about, "warning", by=w.cleo)
    approve(asked, w.ben)
    assert statement.begin(w.about, "warning", by=w.cleo).state == "draft"


def test_all_that_is_written_is_discarded_before_an_incident_is_dismissed(opened, cast, group, refused):
    drafts = [
        statement.begin(opened, "warning", by=cast.ada),
        statement.begin(opened, "direct", by=cast.ada, group=group),
    ]
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(opened, by=cast.cleo, dismissal="false", reason="A test")
    assert {item.args[0] for item in refusal.value.missing} == {draft.pk for draft in drafts}
    assert {item.sentence for item in refusal.value.missing} == {
        "Discard what is being written: safety warning",
        "Discard what is being written: direct message to Directly affected users",
    }


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


# Four eyes


def test_what_goes_out_beside_it_makes_nobody_less_an_author(w, clock_at, refused):
    """R116: Ada wrote part of what waits, before the last publication."""
    draft = states.write(w.about, "update", by=w.ada)
    draft = statement.edit(draft, by=w.cleo, seen_version=draft.version, body="The letters named a person.")
    asked = wait(draft, w.cleo)
    warning = wait(warn(w, by=w.cleo), w.cleo)
    clock_at(START + timedelta(minutes=1))
    approve(warning, w.ben)

    with refused(NotAllowed, "You wrote part of this"):
        approve(asked, w.ada)
    assert asked in Submission.objects.waiting().filter(authored(w.ada))


# Pages


def room(browser: Client, about: Any) -> str:
    return browser.get(reverse("desk:incident", args=[about.pk])).content.decode()


def test_the_room_shows_all_that_is_written_and_still_leads_to_a_warning(w, client_of):
    browser = client_of(w.ada)
    update = statement.begin(w.about, "update", by=w.ada)
    shown = room(browser, w.about)
    assert f'href="{reverse("desk:statement", args=[update.pk])}" data-key="u">Go on with the update' in shown
    assert f'href="{reverse("desk:statement_new", args=[w.about.pk, "warning"])}">Warn people' in shown

    warning = statement.begin(w.about, "warning", by=w.cleo)
    statement.begin(w.about, "correction", by=w.ada, corrects=w.entry)
    statement.begin(w.about, "direct", by=w.ada, group=w.press)
    shown = room(browser, w.about)
    assert "Warn people" not in shown
    assert f'href="{reverse("desk:statement", args=[warning.pk])}">Go on with the safety warning' in shown
    rows = shown.partition('id="statements"')[2].partition("</tbody>")[0].split("<tr ")[1:]
    assert ["Cleo Marsh" in row for row in rows[:4]] == [False, False, True, False]
    assert "to Journalists" in rows[0]
    assert "of entry 1" in rows[1]


@pytest.mark.parametrize(("state", "offered"), [("open", True), ("contained", True), ("recovered", False)])
def test_people_are_warned_while_harm_can_still_be_avoided(w, state, offered, client_of):
    if state == "contained":
        incident.contain(w.about, by=w.cleo)
    elif state == "recovered":
        states.recover(w.about, commander=w.cleo, reporter=w.rosa, confirmer=w.tom)
    shown = room(client_of(w.ada), w.about)
    assert ("Warn people" in shown) is offered
    assert "Draft the update" in shown


def test_whoever_only_reads_is_led_to_no_draft(w, client_of):
    everything(w)
    shown = room(client_of(w.vic), w.about)
    assert "Go on with" not in shown
    assert "Safety warning" in shown


def test_the_room_asks_as_much_for_one_draft_as_for_many(w, client_of):
    browser = client_of(w.ada)

    def asked() -> int:
        room(browser, w.about)
        with CaptureQueriesContext(connection) as queries:
            room(browser, w.about)
        return len(queries)

    statement.begin(w.about, "warning", by=w.ada)
    one = asked()
    statement.begin(w.about, "update", by=w.ada)
    statement.begin(w.about, "correction", by=w.ada, corrects=w.entry)
    for group in (w.group, w.press):
        wait(states.write_to(group, w.about, by=w.ada), w.ada) if group == w.group else statement.begin(
            w.about, "direct", by=w.ada, group=group
        )
    assert asked() == one


def test_an_owed_correction_is_the_next_step_while_an_update_waits(w, client_of):
    known = w.about.facts.confirmed().first()
    wait(states.write(w.about, "update", by=w.ada, cites=[]), w.ada)
    fact.retract(known, by=w.tom, seen_version=known.version, reason="The log counts attempts.")
    browser = client_of(w.ada)
    shown = room(browser, w.about)
    assert "Draft the correction" in shown
    assert "The update waits for approval meanwhile." in shown

    asked = wait(correct(w), w.ada)
    shown = room(browser, w.about)
    assert "Draft the correction" not in shown
    desk = browser.get(reverse("desk:now")).context["tasks"]
    owed = next(task for task in desk if task.title.startswith("Correct entry 1"))
    assert (owed.href, owed.why.endswith("The correction waits for approval")) == (
        reverse("desk:submission", args=[asked.pk]),
        True,
    )
    step = client_of(w.ben).get(reverse("desk:incident", args=[w.about.pk])).context["step"]
    assert step.label == "Read and approve the correction of entry 1"
    assert [task.title for task in client_of(w.ben).get(reverse("desk:now")).context["tasks"]][:2] == [
        "Approve: Support assistant, correction of entry 1",
        "Approve: Support assistant, update",
    ]


def test_the_page_of_what_waits_says_what_went_out_before_it(w, client_of):
    update = wait(states.write(w.about, "update", by=w.ada), w.ada)
    approve(wait(warn(w, what_to_do="Do not open the letter. Call us."), w.ada), w.ben)
    shown = client_of(w.ben).get(reverse("desk:submission", args=[update.pk])).content.decode()
    assert "Something changed after this was submitted" in shown
    assert "What to do now: as in entry 2" in shown


@pytest.mark.parametrize("kind", ["warning", "holding", "direct"])
def test_the_page_that_begins_one_opens_while_others_are_written(w, kind, client_of):
    statement.begin(w.about, "update", by=w.ada) if kind != "holding" else statement.begin(w.about, "warning", by=w.ada)
    answer = client_of(w.ada).get(reverse("desk:statement_new", args=[w.about.pk, kind]))
    assert answer.status_code == 200


@pytest.mark.parametrize(("kind", "warned"), [("update", False), ("resolution", True)])
def test_it_leads_to_what_is_written_in_its_own_lane(w, kind, warned, client_of):
    update = statement.begin(w.about, "update", by=w.ada)
    statement.begin(w.about, "warning", by=w.ada)
    answer = client_of(w.cleo).get(reverse("desk:statement_new", args=[w.about.pk, kind]), follow=True)
    assert answer.redirect_chain == [(reverse("desk:statement", args=[update.pk]), 302)]
    assert ("Update is being written. Finish it or discard it first." in answer.content.decode()) is warned


def test_a_group_that_is_written_to_already_leads_to_that_message(w, client_of):
    begun = statement.begin(w.about, "direct", by=w.ada, group=w.press)
    browser, address = client_of(w.ada), reverse("desk:statement_new", args=[w.about.pk, "direct"])
    answer = browser.post(address, {"group": w.press.pk})
    assert answer.status_code == 409
    assert reverse("desk:statement", args=[begun.pk]) in answer.content.decode()
    assert browser.post(address, {"group": w.group.pk}).status_code == 302
