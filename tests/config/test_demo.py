"""The demo: a story told by operations, in a folder of its own."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

import clock
from accounts.models import Role, User
from config import demo
from incidents.models import Commitment, Incident, Promise, RecordEntry, Submission
from stakeholders.models import Outgoing
from tests.conftest import START

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def _story(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Told once, for all that only read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.fixed_at(START):
            demo.tell("amber-basin-cedar-delta")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def told(_story: None, db: None) -> None:
    """The story, inside the transaction of a test."""


def test_the_story_ends_now_in_the_fortieth_minute_with_a_missed_promise(told: None) -> None:
    now = Incident.objects.ongoing().get()

    assert START - now.declared_at == timedelta(minutes=40)
    assert [promise.state for promise in now.promises.all()] == [Promise.State.MISSED]
    assert Submission.objects.waiting().get().statement.incident == now
    assert Incident.objects.filter(state=Incident.State.RECOVERED).count() == 2


def test_commitments_were_kept_kept_late_missed_and_amended(told: None) -> None:
    states = Commitment.objects.published().order_by("number").values_list("state", flat=True)

    assert list(states) == ["kept", "kept_late", "kept", "kept", "missed", "open"]
    assert [made.number for made in Commitment.objects.exclude(amended_at=None).order_by("number")] == [3, 6]
    assert not Commitment.objects.overdue(START).exists()


def test_each_role_has_one_person_who_can_sign_in(told: None) -> None:
    roles = [role for person in User.objects.active() for role in person.roles]

    assert sorted(roles) == sorted(Role.values)
    assert all(person.check_password("amber-basin-cedar-delta") for person in User.objects.active())


def test_the_past_has_happened(told: None) -> None:
    times = list(RecordEntry.objects.order_by("number").values_list("at", flat=True))

    assert times == sorted(times)
    assert times[0] < START - timedelta(days=48)
    assert times[-1] <= START
    assert not Outgoing.objects.exclude(state__in=["sent", "superseded"]).exists()


@pytest.mark.nightly
@pytest.mark.process
def test_a_second_start_says_the_same_sign_ins_and_changes_nothing(manage: Manage, tmp_path: Path) -> None:
    first = manage("demo", DEMO="1")
    database = tmp_path / "data" / "db.sqlite3"
    before = database.read_bytes()

    second = manage("demo", DEMO="1")

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert first.stdout.endswith(second.stdout)
    for role in Role:
        assert f"  {role.label}, " in second.stdout
    assert database.read_bytes() == before


@pytest.mark.check("U21")
@pytest.mark.process
def test_mail_stays_on_the_machine_whatever_the_environment_says(manage: Manage, tmp_path: Path) -> None:
    done = manage("demo", DEMO="1", EMAIL_URL="smtp://127.0.0.1:1")

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "data" / "mail").glob("*.eml"))) > 50


@pytest.mark.check("U21")
@pytest.mark.process
def test_it_never_fills_a_folder_that_is_not_its_own(manage: Manage, tmp_path: Path) -> None:
    without_demo = manage("demo")
    manage("migrate")
    in_a_real_one = manage("demo", DEMO="1")

    assert without_demo.returncode == in_a_real_one.returncode == 1
    assert "run `make demo`" in without_demo.stderr
    assert "holds a real installation" in in_a_real_one.stderr
    assert "Traceback" not in without_demo.stderr + in_a_real_one.stderr


@pytest.mark.nightly
@pytest.mark.process
def test_a_demo_that_was_interrupted_says_what_to_remove(manage: Manage, tmp_path: Path) -> None:
    manage("demo", DEMO="1")
    (tmp_path / "data" / "demo-password").unlink()

    again = manage("demo", DEMO="1")

    assert again.returncode == 1
    assert f"remove that folder ({tmp_path / 'data'})" in again.stderr
