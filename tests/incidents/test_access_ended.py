"""Whoever has no access any more does nothing, not even with what is still theirs: a seat, an offer, a commitment."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.permissions import can_confirm_address
from incidents import permissions
from incidents.operations import commitment as commitments
from incidents.operations import evidence, incident, roles, submission
from refusals import NotAllowed
from tests.conftest import START

pytestmark = pytest.mark.check("S04")


def ended(person: User) -> User:
    User.objects.filter(pk=person.pk).update(is_active=False)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def theirs(
    commitment: Any, opened: Any, submitted: Any, tom: User, ada: User, cleo: User
) -> dict[str, tuple[Any, ...]]:
    """By the question that the permissions are asked: who may, about what, and what they would do."""
    seat = opened.roles_held.get(user=tom, until=None)
    offer = roles.offer_command(opened, tom, by=cleo, briefing="All is said in the room.")
    return {
        "can_command": (cleo, opened, lambda by: incident.contain(opened, by=by)),
        "can_answer_handover": (tom, offer, lambda by: roles.decline_command(offer, by=by)),
        "can_give_up_role": (tom, seat, lambda by: roles.give_up_role(opened, seat.role, by=by)),
        "can_take_back": (ada, submitted, lambda by: submission.take_back(submitted, by=by)),
        "can_report_done": (
            tom, commitment, lambda by: evidence.report_done(commitment, by=by, text="Done.", dated_at=START),
        ),
        "can_disown": (tom, commitment, lambda by: commitments.disown(commitment, by=by, reason="Not mine.")),
        "can_reassign": (
            tom, commitment, lambda by: commitments.reassign(commitment, ada, by=by, reason="She does it."),
        ),
    }  # fmt: skip


QUESTIONS = (
    "can_command", "can_answer_handover", "can_give_up_role", "can_take_back", "can_report_done", "can_disown",
    "can_reassign",
)  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_theirs_to_do_any_more(
    question: str, theirs: dict[str, tuple[Any, ...]], refused: Callable[..., Any]
) -> None:
    person, about, does = theirs[question]
    may = getattr(permissions, question)
    assert may(person, about)

    person = ended(person)

    assert not may(person, about)
    with refused(NotAllowed):
        does(person)


def test_nobody_without_access_says_that_their_address_works(tom: User) -> None:
    assert can_confirm_address(tom, tom)
    assert not can_confirm_address(ended(tom), tom)
