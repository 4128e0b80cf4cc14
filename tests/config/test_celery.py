import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import shared_task
from django.db import OperationalError
from kombu.exceptions import ContentDisallowed
from kombu.serialization import dumps, loads

from config.celery import NothingListens, app
from tests.brokers import RedisServer, redis_server
from tests.config.conftest import ROOT, clean_environment

BROKER = "redis://127.0.0.1:6379/0"


@shared_task
def nothing() -> None:
    """Does nothing; only its sending is of interest."""


@pytest.mark.check("R26")
def test_the_jobs_are_safe_to_lose_and_to_repeat(effective: Callable[..., Any]) -> None:
    expected = {
        "task_acks_late": True, "task_reject_on_worker_lost": True, "worker_prefetch_multiplier": 1,
        "task_time_limit": 60, "task_soft_time_limit": 45, "worker_max_tasks_per_child": 1000,
        "task_ignore_result": True, "result_backend": None, "worker_eta_task_limit": 100,
        "task_serializer": "json", "accept_content": ["json"], "result_accept_content": ["json"],
        "timezone": "UTC", "task_default_queue": "clock",
    }  # fmt: skip

    assert effective(f"{{name: app.conf[name] for name in {sorted(expected)}}}") == expected
    assert effective("app.conf.task_publish_retry_policy['max_retries']") == 1


@pytest.mark.check("R26")
@pytest.mark.parametrize(
    ("setup", "seconds"), [("from config import process\nprocess.serves_web = True", 0.5), ("", 10)]
)
def test_a_network_broker_is_given_up_quickly_where_a_visitor_waits(
    effective: Callable[..., Any], setup: str, seconds: float
) -> None:
    options = effective("app.conf.broker_transport_options", setup=setup, CELERY_BROKER_URL=BROKER)

    assert options == {
        "socket_connect_timeout": 0.5, "socket_timeout": seconds, "socket_keepalive": True,
        "health_check_interval": 25, "max_retries": 1, "interval_start": 0.1, "interval_step": 0.1,
        "interval_max": 0.1, "visibility_timeout": 3600, "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }  # fmt: skip


@pytest.mark.check("R26")
def test_without_a_broker_the_clock_looks_every_second_and_with_one_it_only_catches_lost_rings(
    effective: Callable[..., Any],
) -> None:
    schedule = "{name: [job['schedule'], job['options']['expires']] for name, job in app.conf.beat_schedule.items()}"

    assert effective(schedule) == {"sweep": [15.0, 30], "rewrite": [60.0, 30], "drain": [1.0, 10]}
    assert effective(schedule, CELERY_BROKER_URL=BROKER) == {
        "sweep": [15.0, 30],
        "rewrite": [60.0, 30],
        "drain": [10.0, 10],
    }


def test_clock_and_sending_have_queues_of_their_own() -> None:
    def queue_of(task: str) -> str:
        routed = app.amqp.router.route({}, task)
        return str((routed.get("queue") or app.amqp.default_queue).name)

    assert {queue.name for queue in app.conf.task_queues} == {"clock", "send"}
    assert len({(queue.exchange.name, queue.routing_key) for queue in app.conf.task_queues}) == 2
    assert (queue_of("stakeholders.tasks.drain"), queue_of("incidents.tasks.sweep")) == ("send", "clock")
    assert queue_of("incidents.tasks.rewrite") == "clock"


@pytest.mark.check("R26")
def test_a_pickled_message_is_refused() -> None:
    content_type, encoding, body = dumps({"id": 1}, serializer="pickle")

    with pytest.raises(ContentDisallowed):
        loads(body, content_type, encoding, accept=app.conf.accept_content)


def test_ringing_celery_directly_without_a_broker_is_an_error_and_not_silence() -> None:
    with pytest.raises(NothingListens, match="outside the jobs process"):
        nothing.delay()


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_separate_worker_or_clock_without_a_broker_is_refused_with_a_sentence(part: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", part],
        cwd=ROOT, env=clean_environment(tmp_path / "data"), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "set CELERY_BROKER_URL, or run `manage.py jobs`" in done.stderr


@pytest.fixture
def forgetful() -> Iterator[RedisServer]:
    """A Redis that makes room by throwing away whatever was not used for longest: our messages, for example."""
    with redis_server() as server:
        server.configure("maxmemory-policy", "allkeys-lru")
        yield server


@pytest.mark.check("R26")
@pytest.mark.redis
def test_a_redis_that_may_throw_messages_away_is_refused(
    forgetful: RedisServer, manage: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    refused = manage("check", CELERY_BROKER_URL=forgetful.url)
    forgetful.configure("maxmemory-policy", "noeviction")
    accepted = manage("check", CELERY_BROKER_URL=forgetful.url)

    assert "answerable.E010" in refused.stderr
    assert "answerable.E010" not in accepted.stderr


@pytest.mark.check("R26")
@pytest.mark.redis
@pytest.mark.parametrize("part", ["worker", "beat"])
def test_neither_worker_nor_clock_starts_on_a_redis_that_may_throw_messages_away(
    part: str, forgetful: RedisServer, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", part],
        cwd=ROOT, env=clean_environment(tmp_path / "data", CELERY_BROKER_URL=forgetful.url),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "Redis may throw messages away when it is full (maxmemory-policy allkeys-lru)." in done.stderr


def test_a_redis_that_does_not_answer_is_no_reason_not_to_start(
    manage: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    assert manage("check", CELERY_BROKER_URL="redis://127.0.0.1:1/0").returncode == 0


def test_a_database_that_is_away_is_said_once_and_not_at_every_tick(caplog: Any) -> None:
    import logging

    from config.logs import DatabaseAway

    quiet = DatabaseAway()

    def record(error: Exception) -> logging.LogRecord:
        return logging.LogRecord("x", logging.ERROR, "", 0, "task failed", (), (type(error), error, None))

    first = record(OperationalError("gone"))
    assert quiet.filter(first)
    assert first.getMessage().startswith("The database does not answer (django.db.utils.OperationalError: gone)")
    assert not quiet.filter(record(OperationalError("gone")))
    assert quiet.filter(record(ValueError("something else")))
