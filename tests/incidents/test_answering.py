"""What was asked is answered by what was said: chosen while it is written, approved, and so once it is out (R19)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
from accounts.operations.verify import verify_log
from incidents.models import PlanQuestion, QuestionLink, StakeholderPlan, StatementVersion
from incidents.operations import approval, places, plan, redaction, schedule, statement, sweep, telling
from refusals import Incomplete, Stale
from stakeholders.models import Outgoing
from tests import states
from tests.incidents.test_statement_pages import page_of, typed

pytestmark = pytest.mark.django_db


def questions(about, kind: str = "affected") -> list[PlanQuestion]:
    return list(PlanQuestion.objects.filter(plan__incident=about, plan__group__kind=kind))


def open_of(about, kind: str = "affected") -> int:
    return PlanQuestion.objects.filter(plan__incident=about, plan__group__kind=kind, answered_at=None).count()


def answering(draft, by, *asked: PlanQuestion):
    draft = states.fresh(draft)
    return statement.edit(draft, by=by, seen_version=draft.version, answers=[one.pk for one in asked])


def say_by_hand(asked: PlanQuestion, by) -> None:
    telling.note(
        asked.plan, by=by, told_at=clock.now(), told_by=by, channel="phone", whom="All of them", what="It is stopped.",
        evidence="Call log", answers=[asked],
    )  # fmt: skip


# Chosen, approved, answered


def test_publishing_a_statement_linked_to_one_question_lowers_the_number_of_open_ones_by_one(holding, ada, ben):
    first, before = questions(holding.incident)[0], open_of(holding.incident)
    out = states.send(answering(holding, ada, first), writer=ada, approver=ben)

    assert open_of(holding.incident) == before - 1
    first.refresh_from_db()
    assert (first.answered_in, first.answered_at, first.told_in) == (out, out.approved_at, None)
    assert states.last_log().details["answers"] == [first.pk]
    assert verify_log().broken == ""


def test_a_direct_message_answers_questions_of_its_group(ready_to_speak, group, ada, ben):
    draft = states.write_to(group, ready_to_speak, by=ada)
    first, second, *rest = questions(ready_to_speak)
    out = states.send(answering(draft, ada, first, second), writer=ada, approver=ben)

    assert [one.answered_in for one in questions(ready_to_speak)] == [out, out, *(None for _ in rest)]


def test_a_scheduled_publication_answers_at_its_time(holding, ada, ben, clock_at):
    first = questions(holding.incident)[0]
    asked = states.submit(answering(holding, ada, first), by=ada)
    at = clock.now() + timedelta(minutes=5)
    schedule.consent(asked, by=ben, seen_digest=asked.digest, publish_at=at)
    assert open_of(holding.incident) == len(questions(holding.incident))
    clock_at(at)
    sweep.sweep()

    first.refresh_from_db()
    assert first.answered_in.submission == asked


def test_what_a_statement_answers_is_kept_with_its_version_and_no_answer_is_what_it_was_before(holding, ada):
    first = questions(holding.incident)[0]
    assert "questions" not in StatementVersion.objects.latest("pk").content
    chosen = answering(holding, ada, first)

    said = [{"id": first.pk, "group": first.plan.group.name, "text": first.text}]
    assert StatementVersion.objects.latest("pk").content["questions"] == said
    assert states.last_log().details["fields"] == ["questions"]
    assert answering(holding, ada, first).version == chosen.version, "the same again is no version"
    assert states.submit(states.fresh(holding), by=ada).content["questions"] == said
    answering(holding, ada)
    assert not QuestionLink.objects.exists()


def test_a_statement_that_answers_none_has_the_dossier_it_always_had(submitted):
    assert "questions" not in submitted.content


def test_choosing_another_question_makes_void_what_waits(holding, ada, ben, refused):
    first, second, *_ = questions(holding.incident)
    asked = states.submit(answering(holding, ada, first), by=ada)
    QuestionLink.objects.create(statement=holding, question=second)

    with refused(Stale, "Something changed after this was submitted") as refusal:
        approval.approve(asked, by=ben, seen_digest=asked.digest)
    group = first.plan.group
    [change] = refusal.value.difference
    assert (change.label, change.seen) == ("Questions it answers", f"{group}: {first.text}")
    assert change.now == f"{group}: {first.text}; {group}: {second.text}"


def test_a_question_answered_by_hand_meanwhile_stays_answered_by_that_and_stops_nothing(holding, ada, ben):
    first, second, *_ = questions(holding.incident)
    asked = states.submit(answering(holding, ada, first, second), by=ada)
    say_by_hand(first, ada)
    out = approval.approve(asked, by=ben, seen_digest=asked.digest)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.answered_in, second.answered_in) == (None, out)
    assert states.last_log().details["answers"] == [second.pk]


def test_a_draft_that_is_discarded_answers_nothing(holding, ada):
    draft = answering(holding, ada, questions(holding.incident)[0])
    statement.discard(draft, by=ada)
    assert open_of(holding.incident) == len(questions(holding.incident))


def test_words_taken_down_leave_it_answered_and_the_map_says_so(holding, ada, ben, cleo, client_of):
    first = questions(holding.incident)[0]
    entry = states.send(answering(holding, ada, first), writer=ada, approver=ben).entry
    note = "The customer named there has asked for it."
    about = redaction.propose(entry, {entry.number: ["body"]}, by=ada, reason="personal_data", note=note)
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    first.refresh_from_db()
    assert first.answered_in == entry.approval
    page = client_of(cleo).get(reverse("desk:plan", args=[first.plan_id]))
    assertContains(page, "Words of it were taken down since")


# What is refused


@pytest.mark.parametrize("which", ["unknown", "answered", "of another incident"])
def test_only_open_questions_of_its_own_map_are_chosen(holding, agent, cleo, ada, tom, refused, which):
    first = questions(holding.incident)[0]
    key = first.pk
    if which == "answered":
        say_by_hand(first, ada)
    elif which == "unknown":
        key = 999_999
    else:
        other = states.open_up(states.declare(agent, by=cleo), by=cleo, communications=ada, technical=tom)
        key = questions(other)[0].pk
    with refused(Incomplete, "answers open questions") as refusal:
        statement.edit(holding, by=ada, seen_version=holding.version, answers=[key])
    assert [item.anchor for item in refusal.value.missing] == ["id_answers"]


def test_a_direct_message_does_not_answer_another_group(ready_to_speak, group, ada, refused):
    draft = states.write_to(group, ready_to_speak, by=ada)
    others = questions(ready_to_speak, "press")[0]
    with refused(Incomplete, "answers open questions"):
        statement.edit(draft, by=ada, seen_version=draft.version, answers=[others.pk])


def test_whom_it_does_not_apply_to_is_asked_about_nothing(holding, ada, refused):
    partners = StakeholderPlan.objects.get(incident=holding.incident, group__kind="partners")
    plan.decide(partners, by=ada, seen_version=partners.version, decision="not_applicable", reason="None is affected")
    with refused(Incomplete, "answers open questions"):
        answering(holding, ada, questions(holding.incident, "partners")[0])


# The pages


def test_the_author_ticks_them_in_the_editor_and_the_approver_reads_them(holding, ada, ben, client_of):
    first, press = questions(holding.incident)[0], questions(holding.incident, "press")[0]
    browser = client_of(ada)
    page = browser.get(page_of(holding))
    for asked in (first, press):
        assertContains(page, f'<input type="checkbox" name="answers" value="{asked.pk}">', html=True)
    assertRedirects(browser.post(page_of(holding), typed(holding, answers=[first.pk])), page_of(holding))
    page = browser.get(page_of(holding))
    assertContains(page, f'<input type="checkbox" name="answers" value="{first.pk}" checked>', html=True)
    assertContains(page, f'<input type="checkbox" name="answers" value="{press.pk}">', html=True)

    waiting = states.submit(states.fresh(holding), by=ada)
    address = reverse("desk:submission", args=[waiting.pk])
    page = client_of(ben).get(address)
    assertContains(page, "Answers these questions once it is out")
    assertContains(page, first.text)
    assertNotContains(page, press.text)
    approval.approve(waiting, by=ben, seen_digest=waiting.digest)
    assertContains(client_of(ben).get(address), "Questions it was to answer")
    assertContains(client_of(ben).get(reverse("desk:plan", args=[first.plan_id])), "by what was published")


def test_a_direct_message_offers_those_of_its_group(ready_to_speak, group, ada, client_of):
    draft = states.write_to(group, ready_to_speak, by=ada)
    page = client_of(ada).get(page_of(draft))
    assertContains(page, 'name="answers"', count=open_of(ready_to_speak))
    assertNotContains(page, questions(ready_to_speak, "press")[0].text)


def test_without_open_questions_nothing_is_offered(holding, ada, ben, client_of):
    PlanQuestion.objects.filter(plan__incident=holding.incident).delete()
    assertNotContains(client_of(ada).get(page_of(holding)), 'name="answers"')
    asked = states.submit(states.fresh(holding), by=ada)
    assertNotContains(client_of(ben).get(reverse("desk:submission", args=[asked.pk])), "Answers these questions")


@pytest.mark.parametrize("sent", ["x", "-1", "9" * 30, "999999"])
def test_what_is_no_open_question_is_said_at_the_field_and_no_word_is_lost(holding, ada, client_of, sent):
    answer = client_of(ada).post(page_of(holding), typed(holding, answers=[sent], headline="Letters went astray"))
    assertContains(answer, "Choose questions that are still open.", status_code=422)
    assertContains(answer, "Letters went astray", status_code=422)
    assert not QuestionLink.objects.exists()


def test_two_people_tick_and_untick_different_ones_and_both_count(holding, ada, cleo, client_of):
    first, second, third, *_ = questions(holding.incident)
    draft = answering(holding, ada, first)
    answering(draft, cleo, second)

    answer = client_of(ada).post(page_of(holding), typed(draft, answers=[first.pk, third.pk]))
    assertContains(answer, "Questions it answers", status_code=409)
    for asked, ticked in ((first, ""), (second, " checked"), (third, " checked")):
        assertContains(
            answer, f'<input type="checkbox" name="answers" value="{asked.pk}"{ticked}>', html=True, status_code=409
        )


def test_a_mail_that_asks_for_approval_names_no_question(holding, ada, ben):
    first = questions(holding.incident)[0]
    states.submit(answering(holding, ada, first), by=ada)
    asked = Outgoing.objects.filter(kind="approval_requested")
    assert asked.exists()
    assert not any(first.text in mail.text + mail.html for mail in asked)


def test_begun_with_the_questions_of_a_group(ready_to_speak, group, ada):
    asked = questions(ready_to_speak)
    begun = statement.begin(ready_to_speak, "direct", by=ada, group=group, answers=[one.pk for one in asked])
    assert [link.question for link in begun.question_links.order_by("question")] == asked
    assert len(StatementVersion.objects.get(statement=begun).content["questions"]) == len(asked)
