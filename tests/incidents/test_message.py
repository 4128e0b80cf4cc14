"""A direct message begun from a row of the map, and what became of it in that row."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
from incidents.models import StakeholderPlan, Statement, StatementTemplate
from incidents.operations import message, plan, statement, telling, template
from incidents.views import map_rows
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders.models import GroupKind, Outgoing
from stakeholders.operations import groups
from tests import states
from tests.incidents.plans import row

pytestmark = pytest.mark.django_db


def line(about, kind: str = "affected") -> map_rows.Line:
    return next(line for line in map_rows.lines(about, clock.now()) if line.group.kind == kind)


def leave_out(one, by, second) -> StakeholderPlan:
    said = {"reason": "Privacy of the parties", "review_at": clock.now() + timedelta(hours=2), "must_act": False}
    return plan.agree(
        plan.decide(one, by=by, seen_version=one.version, decision="not_told", **said),
        by=second,
        seen_version=one.version + 1,
    )


# Begun from the row


def test_it_begins_with_the_words_for_such_a_group_and_what_they_ask_ticked(opened, ada):
    one = row(opened, "press")
    begun = message.begin(one, by=ada)

    assert (begun.kind, begun.group, begun.edited_by) == (Statement.Kind.DIRECT, one.group, ada)
    assert begun.headline == "Our Support assistant: what is confirmed, and what is not known yet"
    assert begun.body.startswith("What is confirmed: since [since when] our Support assistant has [what people saw].")
    assert [link.question for link in begun.question_links.order_by("question")] == list(one.questions.all())


def test_what_was_answered_already_is_not_ticked(opened, ada, ben, group):
    one = row(opened)
    first, *rest = one.questions.all()
    draft = message.begin(one, by=ada)
    statement.edit(draft, by=ada, seen_version=draft.version, answers=[rest[0].pk])
    statement.discard(states.fresh(draft), by=ada)
    one.questions.filter(pk=first.pk).update(answered_at=clock.now(), told_in=states.tell_by_hand(opened, by=ada))

    assert {link.question for link in message.begin(one, by=ada).question_links.all()} == set(rest)


def test_a_message_to_them_that_is_being_written_is_gone_on_with(opened, ada, cleo):
    begun = message.begin(row(opened), by=ada)
    assert message.begin(row(opened), by=cleo) == begun
    assert Statement.objects.count() == 1


@pytest.mark.parametrize("kind", GroupKind.values)
def test_every_kind_of_group_has_words_to_begin_with(opened, kind):
    one = row(opened, "press").group
    one.kind = kind
    best = StatementTemplate.objects.fitting(opened, "direct", one).first()
    assert best.group_kind == ("" if kind in ("onlookers", "other") else kind)


def test_words_of_the_operator_for_a_group_come_before_those_for_any(opened, ada):
    press = row(opened, "press").group
    own = template.add(
        by=ada, name="Ours", kind="direct", group_kind="press", scenario=opened.scenario, body="About {agent}."
    )
    template.add(by=ada, name="For all", kind="direct", scenario=opened.scenario, body="About {agent}.")
    assert StatementTemplate.objects.fitting(opened, "direct", press).first() == own
    assert {one.group_kind for one in StatementTemplate.objects.fitting(opened, "direct", press)} == {"", "press"}
    assert StatementTemplate.objects.fitting(opened, "direct").filter(group_kind="partners").exists()


@pytest.mark.parametrize(
    ("kind", "group_kind", "sentence"),
    [("update", "press", "only a direct message goes to one"), ("direct", "friends", "Choose the group from the list")],
)
def test_only_a_template_of_a_direct_message_is_made_for_a_group(ada, refused, kind, group_kind, sentence):
    with refused(Incomplete, "The template was not added") as refusal:
        template.add(by=ada, name="Mine", kind=kind, group_kind=group_kind, body="About {agent}.")
    assert sentence in refusal.missing[0]


def test_who_does_not_write_statements_begins_none(opened, tom, refused):
    with refused(NotAllowed):
        message.begin(row(opened), by=tom)


def test_it_is_begun_beside_everything_else_that_is_written(holding, ada):
    to_users = message.begin(row(holding.incident), by=ada)
    to_press = message.begin(row(holding.incident, "press"), by=ada)
    assert set(Statement.objects.unpublished()) == {holding, to_users, to_press}


def test_a_correction_to_them_that_is_being_written_is_gone_on_with(ready_to_speak, group, ada, ben):
    sent = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    correction = states.correct_to(sent, by=ada)
    assert message.begin(row(ready_to_speak), by=ada) == correction


@pytest.mark.parametrize("decided", ["not_told", "not_applicable"])
def test_who_was_decided_to_get_none_gets_none(opened, ada, ben, refused, decided):
    one = row(opened, "partners")
    if decided == "not_told":
        leave_out(one, ada, ben)
    else:
        plan.decide(one, by=ada, seen_version=one.version, decision=decided, reason="None is affected")
    with refused(WrongState, "get no message") as refusal:
        message.begin(one, by=ada)
    assert [(item.view, item.args) for item in refusal.value.missing] == [("desk:plan", (one.pk,))]


def test_a_retired_group_gets_none(opened, ada, refused):
    one = row(opened, "partners")
    groups.retire(one.group, by=ada)
    with refused(WrongState, "retired"):
        message.begin(one, by=ada)


# What became of it


def settle(*mails: tuple[str, int]) -> None:
    """So many of the waiting mails in each state, as a sender leaves them."""
    waiting = list(Outgoing.objects.filter(kind="direct").order_by("pk"))
    for state, number in mails:
        for mail in [waiting.pop(0) for _ in range(number)]:
            taken = clock.now() if state == "sent" else None
            Outgoing.objects.filter(pk=mail.pk).update(state=state, sent_at=taken)


def test_a_message_that_nobody_has_taken_is_in_the_row_and_covers_nobody(ready_to_speak, group, ada, ben, client_of):
    states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    found = line(ready_to_speak)

    assert [one.words for one in found.not_taken] == ["message sent to 0 of 2 addresses, 2 waiting"]
    assert found.covered.last is None
    assertContains(client_of(ada).get(reverse("desk:map", args=[ready_to_speak.pk])), found.not_taken[0].words)
    assertContains(client_of(ada).get(reverse("desk:plan", args=[found.plan.pk])), "It has reached nobody yet")


@pytest.mark.parametrize(
    ("mails", "words"),
    [
        ([("sent", 2)], "message sent to 2 of 2 addresses"),
        ([("sent", 1)], "message sent to 1 of 2 addresses, 1 waiting"),
        ([("sent", 1), ("failed", 1)], "message sent to 1 of 2 addresses, 1 given up"),
        ([("sent", 1), ("unsure", 1)], "message sent to 1 of 2 addresses, 1 unsure"),
        ([("sent", 1), ("superseded", 1)], "message sent to 1 of 2 addresses, 1 not sent any more"),
    ],
)
def test_what_a_server_has_taken_is_told_and_the_rest_is_named(ready_to_speak, group, ada, ben, mails, words):
    out = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    settle(*mails)
    last = line(ready_to_speak).covered.last

    assert (last.how, last.words, last.at, last.accepted_at) == ("message", words, out.approved_at, clock.now())
    assert line(ready_to_speak).not_taken == []


# The pages


def test_the_row_leads_to_the_message(opened, ada, tom, client_of):
    one, browser = row(opened, "press"), client_of(ada)
    address, the_map = reverse("desk:plan_message", args=[one.pk]), reverse("desk:map", args=[opened.pk])
    assertContains(browser.get(the_map), f'action="{address}"')
    assertNotContains(client_of(tom).get(the_map), f'action="{address}"')

    answer = browser.post(address)
    begun = Statement.objects.get()
    assertRedirects(answer, reverse("desk:statement", args=[begun.pk]))
    page = browser.get(reverse("desk:statement", args=[begun.pk]))
    assertContains(page, one.group.tone)
    assertContains(page, 'name="answers"', count=one.questions.count())
    page = browser.get(the_map)
    assertContains(page, f'href="{reverse("desk:statement", args=[begun.pk])}">Go on writing')
    assertNotContains(page, f'action="{address}"')
    other = row(opened, "partners")
    assertContains(page, f'action="{reverse("desk:plan_message", args=[other.pk])}"')
    shown = browser.get(reverse("desk:plan", args=[one.pk]))
    assertContains(shown, f'href="{reverse("desk:statement", args=[begun.pk])}">Go on writing')


def test_who_gets_none_has_no_button_and_a_crafted_click_says_why(opened, ada, client_of):
    one = row(opened, "partners")
    plan.decide(one, by=ada, seen_version=one.version, decision="not_applicable", reason="None is affected")
    address, browser = reverse("desk:plan_message", args=[one.pk]), client_of(ada)
    assertNotContains(browser.get(reverse("desk:map", args=[opened.pk])), address)
    assertContains(browser.post(address), "get no message", status_code=409)


def test_what_became_of_the_message_stays_in_the_row_when_somebody_called_later(
    ready_to_speak, group, ada, ben, client_of, clock_at
):
    states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    settle(("sent", 1), ("failed", 1))
    clock_at(clock.now() + timedelta(minutes=3))
    telling.note(
        row(ready_to_speak), by=ada, told_at=clock.now(), told_by=ada, channel="phone", whom="Omar", what="It is stopped.",
        evidence="Call log",
    )  # fmt: skip
    page = client_of(ada).get(reverse("desk:map", args=[ready_to_speak.pk]))

    assert line(ready_to_speak).covered.last.how == "hand"
    assertContains(page, "message sent to 1 of 2 addresses, 1 given up")
