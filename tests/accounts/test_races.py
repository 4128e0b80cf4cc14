"""Two people, one moment: whoever comes second is refused, on PostgreSQL, where there are real races."""

import threading

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import LogEntry, Role, RoleGrant, User
from accounts.operations import people, setup
from accounts.operations.verify import verify_log
from refusals import Refused
from tests.conftest import PASSWORD
from tests.factories import UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*verbs):
    """Run each verb in a thread of its own, all released together; what each said: "done" or the class of its refusal."""
    gate, said = threading.Barrier(len(verbs)), [""] * len(verbs)

    def run(place, verb):
        try:
            gate.wait(5)
            verb()
            said[place] = "done"
        except Refused as refusal:
            said[place] = type(refusal).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=row) for row in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(said)


@pytest.mark.parametrize("attempt", range(3))
def test_two_administrators_cannot_remove_each_other(attempt, organisation):
    one, two = UserFactory.create_batch(2, roles=[Role.ADMINISTRATOR])

    said = at_once(
        lambda: people.deactivate(two, by=one),
        lambda: people.revoke_role(one, Role.ADMINISTRATOR, by=two),
    )

    assert said == ["Incomplete", "done"]
    assert User.objects.with_role(Role.ADMINISTRATOR).count() == 1
    assert verify_log() == (1, "")


def test_an_invitation_is_accepted_once(olga, organisation):
    token = people.invite("nova@example.org", "Nova", [Role.APPROVER], by=olga).link.rstrip("/").rpartition("/")[2]

    said = at_once(*[lambda: people.accept_invitation(token, PASSWORD, "UTC")] * 4)

    assert said == ["WrongState"] * 3 + ["done"]
    assert User.objects.filter(email="nova@example.org").count() == 1


def test_a_role_is_given_once(olga, vic, organisation):
    said = at_once(*[lambda: people.grant_role(vic, Role.APPROVER, by=olga)] * 4)

    assert said == ["WrongState"] * 3 + ["done"]
    assert RoleGrant.objects.filter(user=vic, role=Role.APPROVER).count() == 1


def test_an_installation_is_founded_once(db):
    token = setup.issue_setup_token()

    def found(number):
        answers = {"name": "Northwind", "place": "", "time_zone": "UTC", "contact": "help@example.org"}
        mine = {"person": f"Person {number}", "email": f"person{number}@example.org"}
        return lambda: setup.found(token, **answers, **mine, password_hash=make_password(PASSWORD))

    said = at_once(*[found(number) for number in range(4)])

    assert said == ["WrongState"] * 3 + ["done"]
    assert User.objects.people().count() == 1
    assert LogEntry.objects.count() == 1
