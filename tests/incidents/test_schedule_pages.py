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
from incidents.operations import fact, schedule, sweep
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


# --- A state of now that will be too old ----------------------------------------------------------

LATER = START + timedelta(minutes=90)
ENTER = "Enter how it stands now"


@pytest.fixture
def far_ahead(published: Approval, ada: User, ben: User) -> Submission:
    """An update that ben may approve for 16:46, when the state of now that the incident has is an hour and a half old."""
    told: Any = published.incident
    return states.submit(states.write(told, "update", by=ada, next_update_at=LATER + timedelta(hours=2)), by=ada)


def test_whoever_approves_far_ahead_is_told_what_has_to_be_entered(
    far_ahead: Submission, ben: User, client_of: Callable[..., Client]
) -> None:
    sent = typed(far_ahead, publish_at=moments.exact(LATER))
    page = client_of(ben).post(reverse("desk:schedule", args=[far_ahead.pk]), sent, follow=True).content.decode()

    assert "It comes back unless somebody enters how it stands now between 15:46 UTC" in page
    assert "Enter how it stands now, or it comes back." in page
    assert "It has to be entered from" in page
    assert "to <time" in page
    assert "and no other time" in page


def test_what_goes_out_within_the_hour_asks_for_nothing(
    scheduled: ScheduledPublication, submitted: Submission, cleo: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(cleo)
    for address in (page_of(submitted), reverse("desk:now")):
        assert ENTER not in browser.get(address).content.decode()


def test_from_an_hour_before_it_is_a_task_with_a_link_until_it_is_entered(
    far_ahead: Submission, ada: User, ben: User, tom: User, rosa: User, vic: User, clock_at: Callable[..., None],
    client_of: Callable[..., Client],
) -> None:  # fmt: skip
    assert far_ahead.statement
    schedule.consent(far_ahead, by=ben, seen_digest=far_ahead.digest, publish_at=LATER)
    now, room = reverse("desk:now"), reverse("desk:incident", args=[far_ahead.statement.incident_id])
    link = f"/desk/incidents/{far_ahead.statement.incident_id}/facts/new/?question=state_now"
    clock_at(LATER - timedelta(minutes=61))
    assert f"{ENTER}: Support assistant" not in client_of(ada).get(now).content.decode()

    clock_at(LATER - timedelta(minutes=40))
    for person, leads_to in ((ada, link), (tom, link), (ben, page_of(far_ahead))):  # ben reports no facts
        page = client_of(person).get(now).content.decode()
        assert f"{ENTER}: Support assistant, update" in page
        assert f'href="{leads_to}"' in page
        assert (f'href="{link}"' in page) == (leads_to == link)
    assert ENTER not in client_of(vic).get(now).content.decode()
    assert "It comes back unless somebody says how it stands now." in client_of(tom).get(room).content.decode()
    for person, may in ((ada, True), (ben, False)):
        page = client_of(person).get(page_of(far_ahead)).content.decode()
        assert "There is time for that until" in page
        assert (f'href="{link}"' in page) == may
        assert ("Facts are reported, changed and retracted by commanders" in page) != may

    fact.report(
        states.fresh(far_ahead.statement.incident), by=rosa, question="state_now", text="No letter has left since.",
        source_kind="log", source="mail relay", observed_at=clock.now(),
    )  # fmt: skip
    for address in (now, room, page_of(far_ahead)):
        assert link not in client_of(ben).get(address).content.decode()
