"""Who looks again at what one person published in an emergency: nobody who had a hand in it."""

import pytest

from incidents.models import Reminder
from incidents.operations import approval, review, statement, sweep
from incidents.permissions import can_review
from refusals import NotAllowed
from stakeholders.models import Outgoing
from tests import states


@pytest.fixture
def written_by_two(holding, ada, cleo):
    """Ada wrote it, Cleo changed the headline and published it alone. Ben had no hand in it."""
    statement.edit(holding, by=cleo, seen_version=holding.version, headline="Letters went astray")
    asked = states.submit(states.fresh(holding), by=cleo)
    return approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="A letter names a child.")


@pytest.fixture
def reviewed_in_time(ben, written_by_two, clock_at):
    """Reviewed when the reminder of half time was queued and nothing was sent yet."""
    half = Reminder.objects.get(review=written_by_two.review, step="half").due_at
    clock_at(half)
    sweep.sweep()
    return review.review(written_by_two, by=ben)


def test_whoever_wrote_an_earlier_version_does_not_review_it(written_by_two, ada, ben, refused):
    assert not can_review(ada, written_by_two)
    assert can_review(ben, written_by_two)
    with refused(NotAllowed, "who wrote no part of it"):
        review.review(written_by_two, by=ada)


def test_only_those_who_may_review_are_asked_to(ben, written_by_two, clock_at):
    clock_at(written_by_two.review.due_at)
    sweep.sweep()

    for kind in ("review_due", "review"):
        assert {mail.to_user for mail in Outgoing.objects.filter(kind=kind)} == {ben}


def test_the_page_offers_the_review_to_nobody_who_wrote_it(written_by_two, ada, ben, client_of):
    address = f"/desk/approvals/{written_by_two.pk}/review/"
    assert client_of(ada).post(address, {"finding": ""}).status_code == 403
    assert client_of(ben).post(address, {"finding": ""}).status_code == 302


def test_once_reviewed_no_reminder_leaves_any_more(reviewed_in_time):
    assert {mail.state for mail in Outgoing.objects.filter(kind="review")} == {"superseded"}
    assert not Reminder.objects.filter(review=reviewed_in_time, state="pending").exists()
