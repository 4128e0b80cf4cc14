"""People who are changed while they act: neither waits for ever, and nobody's act is lost.

Rows are locked one by one on PostgreSQL only; SQLite lets one writer in at a time.
"""

import threading

import pytest
from django.db import connection, transaction

from accounts import log
from accounts.actions import Action
from accounts.models import LogHead
from accounts.operations import password, people
from tests.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def changes(cast):
    """Every operation that locks somebody's row."""
    return {
        "grant": lambda: people.grant_role(cast.ada, "responder", by=cast.olga),
        "revoke": lambda: people.revoke_role(cast.ada, "communications_lead", by=cast.olga),
        "deactivate": lambda: people.deactivate(cast.ada, by=cast.olga),
        "password": lambda: password.set_password(cast.ada, "a new pass phrase", by=cast.olga),
        "link": lambda: password.make_password_link(cast.ada, by=cast.olga),
        "account": lambda: people.change_own_account(cast.ada, by=cast.ada, name="Ada B.", time_zone="UTC"),
    }


@pytest.mark.parametrize("verb", ["grant", "revoke", "deactivate", "password", "link", "account"])
def test_somebody_is_changed_while_they_hold_the_head_of_the_log(cast, verb):
    """Whoever writes the log holds its head and refers to its actor; whoever changes the actor waits for that head."""
    locked = threading.Event()

    def act() -> str:
        with transaction.atomic():
            LogHead.objects.select_for_update().get(pk=1)
            locked.set()
            wait_for_a_waiting_lock()
            return log.write(Action.PERSON_SIGNED_IN, by=cast.ada, about=cast.ada).action

    def change() -> str:
        locked.wait(10)
        changes(cast)[verb]()
        return "changed"

    assert at_once(act, change) == ["person.signed_in", "changed"]


def wait_for_a_waiting_lock() -> None:
    """Until the other transaction stands at the head of the log with the person's row in its hands."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody came to wait")
