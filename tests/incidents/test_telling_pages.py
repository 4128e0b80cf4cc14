"""The page on which somebody notes that a group was told, and what the page of the group then shows."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
import moments
from incidents.models import Incident, StakeholderPlan, Telling
from incidents.operations import incident, telling
from tests import states

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(opened) -> StakeholderPlan:
    Incident.objects.filter(pk=opened.pk).update(detected_at=clock.now() - timedelta(hours=1))
    return StakeholderPlan.objects.select_related("group", "incident").get(incident=opened, group__kind="partners")


def address(one) -> str:
    return reverse("desk:telling_new", args=[one.pk])


def the_plan(one) -> str:
    return reverse("desk:plan", args=[one.pk])


def filled(by, **changes) -> dict[str, object]:
    return {
        "told_at": moments.exact(clock.now() - timedelta(minutes=6)),
        "told_by": by.pk,
        "channel": "phone",
        "whom": "Duty desk of Alder Bank",
        "what": "All letters are stopped.",
        "evidence": "Note of the call",
    } | changes


def test_a_call_is_noted_and_read_on_the_page_of_the_group(one, client_of, rosa):
    browser, asked = client_of(rosa), one.questions.first()
    assertContains(browser.get(the_plan(one)), f'href="{address(one)}"')
    assertContains(browser.get(address(one)), asked.text)
    assertRedirects(browser.post(address(one), filled(rosa, answers=[asked.pk])), the_plan(one))

    page = browser.get(the_plan(one))
    made = Telling.objects.get()
    for words in (made.whom, made.what, f"To check it: {made.evidence}", f'href="#telling-{made.pk}"'):
        assertContains(page, words)
    assertNotContains(browser.get(address(one)), asked.text)


def test_nothing_typed_is_lost_when_something_is_missing(one, client_of, rosa):
    answer = client_of(rosa).post(address(one), filled(rosa, evidence="", told_by=""))
    assertContains(answer, "Say where it can be checked", status_code=422)
    assertContains(answer, "Say who told them", status_code=422)
    assertContains(answer, "All letters are stopped.", status_code=422)
    assert not Telling.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [("told_at", "when it was dark"), ("told_by", "999999"), ("channel", "pigeon"), ("answers", "x")],
)
def test_what_cannot_be_read_is_said_at_its_field(one, client_of, rosa, field, typed):
    answer = client_of(rosa).post(address(one), filled(rosa, **{field: typed}))
    assertContains(answer, "All letters are stopped.", status_code=422)
    assert not Telling.objects.exists()


def test_a_question_that_was_answered_meanwhile_keeps_what_was_typed(one, client_of, rosa, tom):
    asked = one.questions.first()
    browser = client_of(rosa)
    browser.get(address(one))
    telling.note(
        one, by=tom, told_at=clock.now(), told_by=tom, channel="post", whom="Bank", what="It.", evidence="Copy",
        answers=[asked],
    )  # fmt: skip
    answer = browser.post(address(one), filled(rosa, answers=[asked.pk]))
    assertContains(answer, "Choose questions that are still open.", status_code=422)
    assertContains(answer, "All letters are stopped.", status_code=422)


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_notes_nothing(one, client_of, request, person):
    browser = client_of(request.getfixturevalue(person))
    assert browser.get(address(one)).status_code == browser.post(address(one), {}).status_code == 403


def test_what_they_were_told_is_shown_as_text(one, client_of, rosa):
    browser = client_of(rosa)
    browser.post(address(one), filled(rosa, what="<script>alert(1)</script>", whom="<b>Bank</b>"))
    page = browser.get(the_plan(one))
    assertNotContains(page, "<script>alert(1)")
    assertContains(page, "&lt;b&gt;Bank&lt;/b&gt;")


@pytest.mark.parametrize("tellings", [1, 3])
def test_the_page_of_a_group_asks_the_same_however_often_they_were_told(
    one, client_of, rosa, tellings, django_assert_num_queries
):
    for number in range(tellings):
        telling.note(
            one, by=rosa, told_at=clock.now(), told_by=rosa, channel="post", whom=f"Bank {number}", what="It.",
            evidence="Copy", answers=[one.questions.filter(answered_at=None).first()],
        )  # fmt: skip
    browser = client_of(rosa)
    browser.get(the_plan(one))
    with django_assert_num_queries(10):
        browser.get(the_plan(one))


def test_nobody_notes_a_call_about_what_was_dismissed(one, client_of, cleo):
    incident.dismiss(states.fresh(one.incident), by=cleo, dismissal=Incident.Dismissal.FALSE, reason="Nothing failed")
    assertNotContains(client_of(cleo).get(the_plan(one)), address(one))
    assertContains(client_of(cleo).post(address(one), filled(cleo)), "was dismissed", status_code=409)
