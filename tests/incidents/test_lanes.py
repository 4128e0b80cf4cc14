"""Statements of one incident that are written beside each other: what may be, and where each leads."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.models import (
    Approval,
    Statement,
)
from incidents.operations import (
    fact,
    incident,
    statement,
)
from incidents.permissions import is_author
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders.models import StakeholderGroup
from tests import states
from tests.conftest import START
from tests.incidents.lanes import approve, around, correct, everything, wait, warn

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(published: Approval, cast: SimpleNamespace, group: StakeholderGroup) -> SimpleNamespace:
    """See ``lanes.around``."""
    return around(published, cast, group)


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
    assert is_author(w.ada, asked)


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
