"""The limits that reliability rests on, read back from where they take effect: a connection, a server, a worker (R26)."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from stakeholders import bell, operations, transport
from stakeholders.models import ABANDONED
from stakeholders.operations import sending
from tests.needs import redis_url

pytestmark = pytest.mark.check("R26")

AS_WEB = "from config import process\nprocess.serves_web = True"
FROM_THE_SERVER = """
def ask():
    from django.db import connection
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
    with connection.cursor() as cursor:
        said = {}
        for name in names:
            cursor.execute("SHOW " + name)
            said[name] = cursor.fetchone()[0]
    used = connection.connection.info.get_parameters()
    return said | {name: used[name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle")}
"""
FROM_SQLITE = """
def ask():
    from django.db import connection
    seen = []
    with connection.cursor() as cursor:
        said = {}
        for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "recursive_triggers"):
            cursor.execute("PRAGMA " + name)
            said[name] = cursor.fetchone()[0]
    connection.connection.set_trace_callback(seen.append)
    from django.db import transaction
    with transaction.atomic():
        pass
    return said | {"begins_with": seen[0]}
"""
FROM_THE_BROKERS_CLIENT = """
def ask():
    with app.connection_for_write() as connection:
        used = connection.default_channel.client.connection_pool.connection_kwargs
        names = ("socket_timeout", "socket_connect_timeout", "socket_keepalive", "health_check_interval")
        channel = connection.default_channel
        return {name: used[name] for name in names} | {
            "visibility_timeout": channel.visibility_timeout,
            "unacked_restore_interval": channel.unacked_restore_interval,
            "unacked_restore_throttle": channel.unacked_restore_throttle,
        }
"""


@pytest.mark.postgres
@pytest.mark.parametrize(("setup", "seconds"), [(AS_WEB, "5s"), ("", "30s")], ids=["web", "worker"])
def test_postgresql_says_itself_how_long_it_waits(effective: Callable[..., Any], setup: str, seconds: str) -> None:
    found = effective("ask()", setup=f"{setup}\n{FROM_THE_SERVER}", DATABASE_URL=os.environ["DATABASE_URL"])

    assert found == {
        "statement_timeout": seconds, "lock_timeout": "3s", "idle_in_transaction_session_timeout": "30s",
        "synchronous_commit": "on", "connect_timeout": "2", "tcp_user_timeout": "10000", "keepalives_idle": "10",
    }  # fmt: skip


def test_sqlite_says_itself_how_it_keeps_what_it_acknowledged(effective: Callable[..., Any]) -> None:
    """FULL is 2: an acknowledged approval survives a power cut. Two writers queue from the start of a transaction."""
    assert effective("ask()", setup=FROM_SQLITE) == {
        "journal_mode": "wal", "synchronous": 2, "busy_timeout": 20000, "foreign_keys": 1, "recursive_triggers": 1,
        "begins_with": "BEGIN IMMEDIATE",
    }  # fmt: skip


@pytest.mark.redis
@pytest.mark.parametrize(("setup", "seconds"), [(AS_WEB, 0.5), ("", 10)], ids=["web", "worker"])
def test_the_client_of_a_broker_was_given_the_limits(effective: Callable[..., Any], setup: str, seconds: float) -> None:
    assert effective("ask()", setup=f"{setup}\n{FROM_THE_BROKERS_CLIENT}", CELERY_BROKER_URL=redis_url() or "") == {
        "socket_timeout": seconds, "socket_connect_timeout": 0.5, "socket_keepalive": True, "health_check_interval": 25,
        "visibility_timeout": 3600, "unacked_restore_interval": 5, "unacked_restore_throttle": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("setup", "seconds"), [(AS_WEB, 0.5), ("", 10)], ids=["web", "worker"])
def test_rabbitmq_is_waited_for_no_longer_than_redis(effective: Callable[..., Any], setup: str, seconds: float) -> None:
    options = effective(
        "app.conf.broker_transport_options", setup=setup, CELERY_BROKER_URL="amqp://guest@127.0.0.1:5672//"
    )

    assert options == {"connect_timeout": 1, "read_timeout": seconds, "write_timeout": seconds}


def test_a_worker_ends_softly_and_never_by_a_pickle(effective: Callable[..., Any]) -> None:
    names = [
        "worker_soft_shutdown_timeout", "broker_connection_timeout", "broker_connection_retry_on_startup",
        "worker_send_task_events", "beat_scheduler", "event_serializer", "result_serializer", "worker_consumer",
    ]  # fmt: skip

    assert effective(f"{{name: app.conf[name] for name in {names}}}") == {
        "worker_soft_shutdown_timeout": 3.0, "broker_connection_timeout": 1, "broker_connection_retry_on_startup": True,
        "worker_send_task_events": False, "beat_scheduler": "celery.beat:Scheduler", "event_serializer": "json",
        "result_serializer": "json", "worker_consumer": "config.consumer:Consumer",
    }  # fmt: skip


def test_the_limits_of_sending_fit_into_one_another(effective: Callable[..., Any]) -> None:
    """A lease outlasts the longest hand-over; a round and its last message end before Celery ends the task."""
    lease = sending.LEASE.total_seconds()
    longest = 2 * transport.COMMAND_SECONDS + transport.REPLY_SECONDS
    limits = effective("[[t.soft_time_limit, t.time_limit] for t in [__import__('stakeholders.tasks').tasks.drain]][0]")

    assert (transport.COMMAND_SECONDS, transport.REPLY_SECONDS, lease) == (10, 60, 90)
    assert lease > longest
    assert sending.ROUND_SECONDS + longest + 5 * transport.COMMAND_SECONDS < limits[0] < limits[1]
    assert (sending.ATTEMPTS, ABANDONED, sending.SENDERS) == (7, 5, 3)
    assert (bell.PATIENCE_SECONDS, bell.REST_AFTER_FAILURE_SECONDS) == (0.5, 30.0)


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_claim_waits_for_nobody_elses() -> None:
    with CaptureQueriesContext(connection) as seen, transaction.atomic():
        operations.claim("somebody")

    assert any(query["sql"].endswith("FOR NO KEY UPDATE SKIP LOCKED") for query in seen)
