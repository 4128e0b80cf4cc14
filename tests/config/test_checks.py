import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from config import checks
from tests.config.conftest import ROOT

pytestmark = pytest.mark.check("S12")

Manage = Callable[..., subprocess.CompletedProcess[str]]


def ids(found: checks.Found) -> list[str | None]:
    return [message.id for message in found]


def test_the_shipped_settings_pass_the_deployment_check_without_a_warning(manage: Manage) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", PUBLIC_URL="https://status.example.org")

    assert done.returncode == 0, done.stderr
    assert "0 silenced" in done.stdout + done.stderr


def test_the_deployment_check_would_fail_on_something(manage: Manage) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", PUBLIC_URL="http://status.example.org")

    assert done.returncode == 1
    assert "answerable.W001" in done.stderr


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SECRET_KEY": "sample-key-replace-me"}, "answerable.E001"),
        ({"SECRET_KEY": "short"}, "answerable.E001"),
        ({"PUBLIC_HOST": "*"}, "answerable.E003"),
        ({"PUBLIC_URL": "http://status.example.org"}, "answerable.W001"),
        ({"PUBLIC_URL": "https://status.example.org", "TRUSTED_PROXIES": "0"}, "answerable.E004"),
        ({"CLOCK_OFFSET_SECONDS": "60"}, "answerable.E008"),
        ({"GRANIAN_WORKERS": "4"}, "answerable.E009"),
        ({"DEBUG": "1", "PUBLIC_URL": "https://status.example.org"}, "answerable.E013"),
        ({}, "answerable.I001"),
    ],
)
def test_a_mistake_in_the_environment_has_an_id_and_a_hint(
    manage: Manage, variables: dict[str, str], expected: str
) -> None:
    done = manage("check", **variables)

    assert expected in done.stderr
    assert "HINT:" in done.stderr


def test_a_moved_clock_is_allowed_in_the_demo(manage: Manage) -> None:
    assert "answerable.E008" not in manage("check", CLOCK_OFFSET_SECONDS="60", DEMO="1").stderr


def test_the_sample_key_of_the_example_is_the_one_that_is_refused() -> None:
    example = (ROOT / ".env.example").read_text()

    assert f"#SECRET_KEY={checks.SAMPLE_SECRET_KEY}\n" in example


def test_a_key_that_others_can_read_is_refused(manage: Manage, tmp_path: Path) -> None:
    manage("check")
    (tmp_path / "data/secret_key").chmod(0o644)

    assert "answerable.E002" in manage("check").stderr


@pytest.mark.check("U21")
@pytest.mark.parametrize("name", checks.SECRETS)
def test_a_file_with_a_secret_that_others_can_read_is_refused(manage: Manage, tmp_path: Path, name: str) -> None:
    """As systemd and containers hand secrets over: DATABASE_URL_FILE and its like."""
    file = tmp_path / "secret"
    file.write_text("" if name == "DATABASE_URL" else "memory://" if "BROKER" in name else "x" * 50)
    file.chmod(0o644)
    said = manage("check", **{f"{name}_FILE": str(file)}).stderr
    file.chmod(0o600)

    assert "answerable.E002" in said
    assert "x" * 50 not in said
    assert "answerable.E002" not in manage("check", **{f"{name}_FILE": str(file)}).stderr


def test_every_check_is_explained_and_met_by_a_test() -> None:
    ids = set(re.findall(r"answerable\.[EWI]\d{3}", Path(checks.__file__).read_text()))
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "config").glob("test_*.py"))

    assert len(ids) >= 15
    assert [name for name in sorted(ids) if name not in (ROOT / "docs" / "configuration.md").read_text()] == []
    assert [name for name in sorted(ids) if name not in tests] == []


def test_demo_and_real_data_are_never_taken_for_each_other(manage: Manage, tmp_path: Path) -> None:
    real, demo = str(tmp_path / "real"), str(tmp_path / "demo")
    assert "answerable.E" not in manage("check", DATA_DIR=real).stderr
    assert "answerable.E" not in manage("check", DATA_DIR=demo, DEMO="1").stderr

    assert "answerable.E006" in manage("check", DATA_DIR=real, DEMO="1").stderr
    assert "answerable.E007" in manage("check", DATA_DIR=demo).stderr


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    # Root may write anywhere, so the answer of the operating system is put in its place.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with override_settings(DATA_DIR=tmp_path, DEMO=False):
        assert ids(checks.data_folder()) == ["answerable.E005"]


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "expected"), [(0, []), (45, []), (90, ["answerable.E011"])])
def test_clocks_that_differ_by_more_than_a_minute_are_refused(seconds: int, expected: list[str]) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds)):
        assert ids(checks.clocks_agree(databases=["default"])) == expected


def test_the_clocks_are_compared_only_when_the_database_may_be_asked() -> None:
    assert checks.clocks_agree(databases=None) == []
