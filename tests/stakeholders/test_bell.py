"""Ringing never makes anybody wait and never fails what they did, whatever the broker does (R04)."""

import os
import socket
import subprocess
import sys
import time

import pytest
from django.db import transaction
from django.test import override_settings

from config.celery import app
from stakeholders import bell
from tests.config.conftest import ROOT, clean_environment


@pytest.fixture(autouse=True)
def _rested():
    bell.bell.rested()
    yield
    bell.bell.rested()


@pytest.fixture
def rung(monkeypatch):
    found = []

    def publish(heard):
        found.append(1)
        heard.set()

    monkeypatch.setattr(bell, "_publish", publish)
    return found


def test_embedded_there_is_nothing_to_ring(rung, django_capture_on_commit_callbacks, db):
    with override_settings(EMBEDDED=True), django_capture_on_commit_callbacks(execute=True):
        bell.kick()

    assert rung == []


@pytest.mark.django_db(transaction=True)
def test_it_rings_after_commit_and_not_after_a_rollback(rung):
    with override_settings(EMBEDDED=False):
        with transaction.atomic():
            bell.kick()
            transaction.set_rollback(True)
        assert rung == []
        with transaction.atomic():
            bell.kick()
            assert rung == []

    assert rung == [1]


def test_it_rings_once_a_second(rung):
    bell.bell.ring()
    bell.bell.ring()

    assert rung == [1]


def test_after_a_failure_it_rests_and_says_so(monkeypatch):
    tried = []
    monkeypatch.setattr(bell, "_publish", lambda heard: tried.append(1))
    monkeypatch.setattr(bell, "PATIENCE_SECONDS", 0.05)

    bell.bell.ring()
    bell.bell.ring()

    assert tried == [1]
    assert bell.bell.failed
    assert bell.bell._rest_until - time.monotonic() > 29


def test_an_error_of_the_brokers_client_stays_inside(monkeypatch):
    from stakeholders import tasks

    def breaks(**_options):
        raise RuntimeError("whatever")

    monkeypatch.setattr(tasks.drain, "apply_async", breaks)
    monkeypatch.setattr(bell, "PATIENCE_SECONDS", 0.05)

    bell.bell.ring()

    assert bell.bell.failed


RING = """
import os, time
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from config.celery import app
from stakeholders import bell
began = time.monotonic(); bell.bell.ring(); print(round(time.monotonic() - began, 3), bell.bell.failed)
began = time.monotonic(); bell.bell.ring(); print(round(time.monotonic() - began, 3), flush=True)
os._exit(0)
"""


def rings(tmp_path, broker):
    environment = clean_environment(tmp_path / "data", CELERY_BROKER_URL=broker)
    done = subprocess.run(
        [sys.executable, "-c", RING], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    seconds, failed = first.split()
    return float(seconds), failed, float(second)


@pytest.mark.process
@pytest.mark.parametrize("scheme", ["redis://127.0.0.1:{port}/0", "amqp://guest:guest@127.0.0.1:{port}//"])
def test_a_broker_that_refuses_costs_at_most_half_a_second(tmp_path, scheme):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    seconds, failed, again = rings(tmp_path, scheme.format(port=port))

    assert seconds <= 0.6
    assert failed == "True"
    assert again < 0.01


@pytest.mark.process
@pytest.mark.parametrize("scheme", ["redis://127.0.0.1:{port}/0", "amqp://guest:guest@127.0.0.1:{port}//"])
def test_a_broker_that_takes_the_call_and_says_nothing_costs_half_a_second(tmp_path, scheme):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        seconds, failed, again = rings(tmp_path, scheme.format(port=hole.getsockname()[1]))

    assert 0.4 <= seconds <= 0.7
    assert failed == "True"
    assert again < 0.01


@pytest.mark.process
@pytest.mark.redis
def test_a_broker_that_listens_hears_it(tmp_path):
    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"

    seconds, failed, _ = rings(tmp_path, url)

    assert failed == "False"
    assert seconds <= 0.6
    assert app is not None
