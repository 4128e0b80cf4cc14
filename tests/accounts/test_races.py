"""Two people, one moment: whoever comes second is refused, on PostgreSQL, where there are real races."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import make_password

from accounts.models import LogEntry, Role, RoleGrant, User
from accounts.operations import people, setup
from accounts.operations.verify import verify_log
from tests.conftest import PASSWORD
from tests.factories import UserFactory
from tests.together import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def outcomes(*verbs: Callable[[], object]) -> list[str]:
    """What each of them came to when all were done at once: "done", or the class of what it raised."""
    came_to = at_once(*verbs)
    return sorted(type(one).__name__ if isinstance(one, Exception) else "done" for one in came_to)


@pytest.mark.parametrize("attempt", range(3))
def test_two_administrators_cannot_remove_each_other(attempt, organisation):
    one, two = UserFactory.create_batch(2, roles=[Role.ADMINISTRATOR])

    said = outcomes(
        lambda: people.deactivate(two, by=one),
        lambda: people.revoke_role(one, Role.ADMINISTRATOR, by=two),
    )

    assert said == ["Incomplete", "done"]
    assert User.objects.with_role(Role.ADMINISTRATOR).count() == 1
    assert verify_log() == (1, "", 0)


def test_an_invitation_is_accepted_once(olga, organisation):
    token = people.invite("nova@example.org", "Nova", [Role.APPROVER], by=olga).link.rstrip("/").rpartition("/")[2]

    said = outcomes(*[lambda: people.accept_invitation(token, PASSWORD, "UTC")] * 4)

    assert said == ["WrongState"] * 3 + ["done"]
    assert User.objects.filter(email="nova@example.org").count() == 1


def test_a_role_is_given_once(olga, vic, organisation):
    said = outcomes(*[lambda: people.grant_role(vic, Role.APPROVER, by=olga)] * 4)

    assert said == ["WrongState"] * 3 + ["done"]
    assert RoleGrant.objects.filter(user=vic, role=Role.APPROVER).count() == 1


def test_an_installation_is_founded_once(db):
    token = setup.issue_setup_token()

    def found(number):
        answers = {"name": "Northwind", "place": "", "time_zone": "UTC", "contact": "help@example.org"}
        mine = {"person": f"Person {number}", "email": f"person{number}@example.org"}
        return lambda: setup.found(token, **answers, **mine, password_hash=make_password(PASSWORD))

    said = outcomes(*[found(number) for number in range(4)])

    assert said == ["WrongState"] * 3 + ["done"]
    assert User.objects.people().count() == 1
    assert LogEntry.objects.count() == 1
