"""The page of the questions that came in from one group, and the page on which one is answered."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
import moments
from incidents.models import Incident, Inquiry, Reminder, StakeholderPlan
from incidents.operations import incident, inquiry
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.django_db

ASKED: dict[str, Any] = {
    "asked_by": "Jonas Roth, Evening Post",
    "channel": "phone",
    "question": "Was any account emptied?",
}


@pytest.fixture
def press(opened) -> StakeholderPlan:
    return StakeholderPlan.objects.select_related("group", "incident").get(incident=opened, group__kind="press")


@pytest.fixture
def waiting(press, rosa) -> Inquiry:
    return inquiry.note(press, by=rosa, **ASKED)


def listed(plan) -> str:
    return reverse("desk:inquiries", args=[plan.pk])


def one(asked) -> str:
    return reverse("desk:inquiry", args=[asked.pk])


def heard(by, **changes) -> dict[str, object]:
    return {"seen_version": 1, "words": "No. Letters went astray.", "answered_by": by.pk} | changes


def test_a_question_is_noted_while_the_caller_waits_and_what_we_say_comes_next(press, client_of, rosa):
    browser = client_of(rosa)
    empty = browser.get(listed(press))
    assertContains(empty, "No question waits.")
    assertContains(empty, press.ready_answer)

    answer = browser.post(listed(press), ASKED)
    made = Inquiry.objects.get()
    assertRedirects(answer, one(made))
    page = browser.get(one(made))
    assertContains(page, f'<p class="words pre whole">{press.ready_answer}</p>', html=True)
    assertContains(page, press.ready_answer, count=2)  # to be copied, and in the form of the answer
    assertContains(page, ASKED["asked_by"])


def test_what_waits_stands_by_its_time_and_what_is_over_says_so(press, client_of, rosa, clock_at):
    late = inquiry.note(press, by=rosa, **ASKED, received_at=START - timedelta(hours=3))
    inquiry.note(press, by=rosa, **ASKED | {"question": "Who is hurt?"})
    page = client_of(rosa).get(listed(press))
    text = page.content.decode()
    assert text.index(f'id="inquiry-{late.pk}"') < text.index("Who is hurt?")
    assertContains(page, "Overdue", count=1)
    assertContains(page, "1 h over")
    assertContains(page, "in 2 h")


def test_an_answer_is_noted_and_moves_the_question_down(waiting, client_of, rosa):
    browser = client_of(rosa)
    assertRedirects(browser.post(one(waiting), heard(rosa)), listed(waiting.plan))
    page = browser.get(listed(waiting.plan))
    for words in ("No question waits.", "No. Letters went astray.", "in time"):
        assertContains(page, words)
    answered = browser.get(one(waiting))
    assertContains(answered, "No. Letters went astray.")
    assertNotContains(answered, "<textarea")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("received_at", "when it was dark", 'href="#id_received_at"'),
        ("received_at", "in 2 h", 'href="#id_received_at"'),
        ("channel", "pigeon", 'href="#id_channel'),
        ("asked_by", "", "Say who asked"),
    ],
)
def test_nothing_typed_of_a_question_is_lost(press, client_of, rosa, field, typed, said):
    answer = client_of(rosa).post(listed(press), ASKED | {field: typed})
    assertContains(answer, ASKED["question"], status_code=422)
    assertContains(answer, said, status_code=422)
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("answered_at", "when it was dark", "Error:"),
        ("answered_at", moments.exact(START - timedelta(hours=1)), "Enter a time after the question came in"),
        ("answered_by", "", "Say who answered"),
        ("answered_by", "999999", "Error:"),
    ],
)
def test_nothing_typed_of_an_answer_is_lost(waiting, client_of, rosa, field, typed, said):
    answer = client_of(rosa).post(one(waiting), heard(rosa, **{field: typed}))
    assertContains(answer, said, status_code=422)
    assertContains(answer, "No. Letters went astray.", status_code=422)
    assert Inquiry.objects.open().exists()


def test_who_answers_second_keeps_what_they_typed_beside_what_was_said(waiting, client_of, rosa, tom):
    browser = client_of(rosa)
    browser.get(one(waiting))
    inquiry.answer(waiting, by=tom, seen_version=1, words="Call us tomorrow.", answered_by=tom)
    answer = browser.post(one(waiting), heard(rosa))
    for words in ("Somebody answered this question", "Call us tomorrow.", "No. Letters went astray.", "What you wrote"):
        assertContains(answer, words, status_code=409)
    assertNotContains(answer, "Note that it is answered", status_code=409)
    assert Inquiry.objects.get().answer == "Call us tomorrow."


def test_a_question_changed_meanwhile_is_sent_again_with_what_was_typed(waiting, client_of, rosa):
    browser = client_of(rosa)
    Inquiry.objects.filter(pk=waiting.pk).update(version=2, question="Was any account [taken down]?")
    answer = browser.post(one(waiting), heard(rosa))
    assertContains(answer, "No. Letters went astray.", status_code=409)
    assertContains(answer, 'name="seen_version" value="2"', status_code=409)
    assertRedirects(browser.post(one(waiting), heard(rosa, seen_version=2)), listed(waiting.plan))


def test_looking_at_a_question_changes_nothing(waiting, client_of, ada):
    before = Inquiry.objects.values().get()
    client_of(ada).get(one(waiting))
    client_of(ada).head(one(waiting))
    assert Inquiry.objects.values().get() == before


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_may_not_read_the_map_learns_of_no_question(waiting, client_of, request, person):
    browser = client_of(request.getfixturevalue(person))
    for address in (listed(waiting.plan), one(waiting), reverse("desk:inquiry", args=[999_999])):
        assert browser.get(address).status_code == browser.post(address, {}).status_code == 403


def test_what_came_in_is_shown_as_text(press, client_of, rosa):
    made = inquiry.note(press, by=rosa, **ASKED | {"question": "<script>alert(1)</script>", "asked_by": "<b>Roth</b>"})
    for address in (listed(press), one(made)):
        page = client_of(rosa).get(address)
        assertNotContains(page, "<script>alert(1)")
        assertContains(page, "&lt;b&gt;Roth&lt;/b&gt;")


@pytest.mark.parametrize("number", [1, 3])
def test_the_pages_ask_the_same_however_many_questions_came_in(
    press, client_of, rosa, number, django_assert_num_queries
):
    for count in range(number):
        asked = inquiry.note(press, by=rosa, **ASKED | {"question": f"Is it so? {count}"})
        inquiry.answer(asked, by=rosa, seen_version=1, words="Yes.", answered_by=rosa)
        inquiry.note(press, by=rosa, **ASKED | {"question": f"And now? {count}"})
    browser = client_of(rosa)
    for address, queries in ((listed(press), 7), (one(asked), 4)):
        browser.get(address)
        with django_assert_num_queries(queries):
            browser.get(address)


def test_answered_questions_come_in_pages(press, client_of, rosa):
    for count in range(21):
        asked = inquiry.note(press, by=rosa, **ASKED | {"question": f"Question {count:02}"})
        inquiry.answer(asked, by=rosa, seen_version=1, words="Yes.", answered_by=rosa)
    browser = client_of(rosa)
    assertNotContains(browser.get(listed(press)), "Question 00")
    assertContains(browser.get(listed(press) + "?page=2"), "Question 00")


def test_questions_about_what_was_dismissed_are_still_noted(press, client_of, cleo):
    incident.dismiss(states.fresh(press.incident), by=cleo, dismissal=Incident.Dismissal.FALSE, reason="Nothing failed")
    client_of(cleo).post(listed(press), ASKED)
    assert Inquiry.objects.get().received_at == clock.now()


def test_an_alert_that_could_not_be_sent_stands_on_the_board_without_who_asked(waiting, client_of, rosa):
    Reminder.objects.filter(inquiry=waiting, step="due").update(state=Reminder.State.STUCK, settled_at=clock.now())
    page = client_of(rosa).get(reverse("desk:commitments"))
    assertContains(page, "a question that came in")
    assertContains(page, reverse("desk:incident", args=[waiting.plan.incident_id]))
    assertNotContains(page, ASKED["asked_by"])


def test_whoever_was_named_to_answer_finds_it_under_waiting_for_you(press, opened, client_of, tom, rosa):
    StakeholderPlan.objects.filter(pk=press.pk).update(owner=tom)
    made = inquiry.note(press, by=rosa, **ASKED)
    line = f"Answer one question that came in: {opened.title}"
    page = client_of(tom).get(reverse("desk:now"))
    assertContains(page, line)
    assertContains(page, reverse("desk:map", args=[opened.pk]))
    assertNotContains(client_of(rosa).get(reverse("desk:now")), line)

    inquiry.answer(made, by=tom, seen_version=1, words="No.", answered_by=tom)

    assertNotContains(client_of(tom).get(reverse("desk:now")), line)
