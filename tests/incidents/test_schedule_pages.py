"""A schedule at the desk: given on the page of the submission, said wherever the submission is named, cancelled with a button."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import clock
import moments
from accounts.models import RoleGrant, User
from incidents.models import Approval, ScheduledPublication, Submission
from incidents.operations import schedule, sweep
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.django_db

AT = START + timedelta(minutes=20)


@pytest.fixture
def scheduled(submitted: Submission, ben: User) -> ScheduledPublication:
    return schedule.consent(submitted, by=ben, seen_digest=submitted.digest, publish_at=AT)


def page_of(asked: Submission) -> str:
    return reverse("desk:submission", args=[asked.pk])


def typed(asked: Submission, **changes: str) -> dict[str, str]:
    return {"digest": asked.digest, "publish_at": moments.exact(AT)} | changes


def test_an_approver_approves_it_for_a_time_on_its_page(
    submitted: Submission, ben: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ben)
    assert "Approve it for a later time" in browser.get(page_of(submitted)).content.decode()

    answer = browser.post(reverse("desk:schedule", args=[submitted.pk]), typed(submitted), follow=True)

    page = answer.content.decode()
    assert "Approved. It goes out at 15:36 UTC" in page
    assert "Goes out by itself at" in page
    assert "Cancel, and keep it waiting" in page
    assert "Approve it for a later time" not in page
    assert ScheduledPublication.objects.get().publish_at == AT


def test_a_typed_time_is_shown_as_understood_before_it_counts(
    submitted: Submission, ben: User, client_of: Callable[..., Client]
) -> None:
    browser, address = client_of(ben), reverse("desk:schedule", args=[submitted.pk])
    first = browser.post(address, typed(submitted, publish_at="in 20 min"))
    page = first.content.decode()
    assert first.status_code == 422
    assert "We read this as 15:36 UTC" in page
    assert 'id="scheduling" open' in page
    seen = re.search(r'name="publish_at-seen" value="([^"]+)"', page)
    assert seen

    again = typed(submitted, publish_at="in 20 min") | {"publish_at-seen": seen.group(1)}
    assert browser.post(address, again).status_code == 302


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"publish_at": ""}, 422, "Enter the time at which it goes out."),
        ({"publish_at": "yesterday 9:00"}, 422, "in the past"),
        ({"publish_at": "2026-11-19 15:56 UTC"}, 422, "at least ten minutes before the next update"),
        ({"digest": "0" * 64}, 409, "What you read is not what was submitted."),
    ],
)
def test_what_is_refused_comes_back_with_the_time_that_was_typed(
    submitted: Submission, ben: User, client_of: Callable[..., Client], snapshot: Any, changes: Any, status: int,
    sentence: str,
) -> None:  # fmt: skip
    before = snapshot()
    sent = typed(submitted, **changes)
    answer = client_of(ben).post(reverse("desk:schedule", args=[submitted.pk]), sent)

    page = answer.content.decode()
    assert (answer.status_code, sentence in page) == (status, True)
    assert f'value="{sent["publish_at"]}"' in page or not sent["publish_at"]
    assert snapshot() == before


def test_the_author_and_whoever_only_reads_have_no_form(
    submitted: Submission, ada: User, tom: User, client_of: Callable[..., Client]
) -> None:
    for person in (ada, tom):
        assert "Approve it for a later time" not in client_of(person).get(page_of(submitted)).content.decode()


def test_it_is_said_wherever_the_submission_is_named(
    scheduled: ScheduledPublication, submitted: Submission, ada: User, ben: User, cleo: User,
    client_of: Callable[..., Client],
) -> None:  # fmt: skip
    assert submitted.statement
    room = reverse("desk:incident", args=[submitted.statement.incident_id])
    said = {
        reverse("desk:approvals"): "Goes out at",
        page_of(submitted): "Goes out by itself at",
        room: "Approved, goes out",
        reverse("desk:now"): "Goes out by itself: Support assistant, holding statement",
        reverse("desk:statement", args=[submitted.statement_id]): "This version is approved and goes out at",
    }
    for person in (ada, ben, cleo):
        browser = client_of(person)
        for address, words in said.items():
            page = browser.get(address).content.decode()
            assert words in page, address
            assert '<time datetime="2026-11-19T15:36:00Z"' in page or address == reverse("desk:now")
            assert "Read and approve" not in page, address
            assert "Approve: Support assistant" not in page, address


def test_who_only_reads_learns_nothing_of_it(
    scheduled: ScheduledPublication, submitted: Submission, vic: User, client_of: Callable[..., Client]
) -> None:
    assert submitted.statement
    for address in (reverse("desk:incident", args=[submitted.statement.incident_id]), reverse("desk:now")):
        page = client_of(vic).get(address).content.decode()
        assert "goes out at" not in page
        assert "Goes out" not in page


def test_cancelling_is_a_button(
    scheduled: ScheduledPublication, submitted: Submission, ada: User, client_of: Callable[..., Client]
) -> None:
    answer = client_of(ada).post(reverse("desk:schedule_cancel", args=[submitted.pk]), follow=True)

    assert "Cancelled. It waits in the queue" in answer.content.decode()
    assert "Goes out by itself" not in answer.content.decode()
    assert client_of(ada).post(reverse("desk:schedule_cancel", args=[submitted.pk])).status_code == 409


def test_what_came_back_says_why_and_can_be_approved_again(
    scheduled: ScheduledPublication, submitted: Submission, ben: User, cleo: User, clock_at: Callable[..., None],
    client_of: Callable[..., Client],
) -> None:  # fmt: skip
    RoleGrant.objects.filter(user=ben).delete()
    clock_at(AT)
    sweep.sweep()

    page = client_of(cleo).get(page_of(submitted)).content.decode()
    assert "did not go out" in page
    assert "Ben Okafor may not approve it any more." in page
    assert "Approve and publish" in page


def test_a_promise_that_will_be_missed_before_is_said(
    published: Approval, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    told: Any = published.incident
    asked = states.submit(states.write(told, "update", by=ada, next_update_at=clock.now() + timedelta(hours=3)), by=ada)
    sent = typed(asked, publish_at=moments.exact(START + timedelta(minutes=50)))

    page = client_of(ben).post(reverse("desk:schedule", args=[asked.pk]), sent, follow=True).content.decode()

    assert "The update promised for 16:01 UTC (16:01 GMT) will be missed." in page


def test_a_schedule_costs_no_further_question(
    submitted: Submission, ben: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    assert submitted.statement
    browser = client_of(cleo)
    addresses = [reverse("desk:approvals"), reverse("desk:now"), page_of(submitted)]
    addresses += [reverse("desk:incident", args=[submitted.statement.incident_id])]

    def asked() -> list[int]:
        counted = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            counted.append(len(queries))
        return counted

    asked()
    before = asked()
    schedule.consent(submitted, by=ben, seen_digest=submitted.digest, publish_at=AT)
    assert [more - less for more, less in zip(asked(), before, strict=True)] == [0, 0, 0, 0]
    assert max(asked()) <= 12
