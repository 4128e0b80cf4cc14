import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.config.conftest import ROOT, clean_environment

AS_WEB = "from config import process\nprocess.serves_web = True"
READ_BY_SETTINGS = re.compile(r"env\.\w+\(\s*\"([A-Z_]+)\"|os\.environ\.get\(\"([A-Z_]+)\"")
IN_DOCUMENT = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
IN_EXAMPLE = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)


def variables_read() -> set[str]:
    found = READ_BY_SETTINGS.findall((ROOT / "config/settings.py").read_text())
    return {one or other for one, other in found}


def test_every_variable_the_settings_read_is_explained_and_nothing_else_is() -> None:
    document = (ROOT / "docs/configuration.md").read_text()

    assert set(IN_DOCUMENT.findall(document)) == variables_read()


def test_every_variable_the_settings_read_is_in_the_example_and_nothing_else_is() -> None:
    assert set(IN_EXAMPLE.findall((ROOT / ".env.example").read_text())) == variables_read()


def test_the_comparison_would_notice_a_variable_nobody_explained() -> None:
    assert READ_BY_SETTINGS.findall('X = env.int("NEW_ONE", 1)') == [("NEW_ONE", "")]


def test_whom_a_second_step_is_asked_of_is_one_of_three(effective: Callable[..., Any]) -> None:
    assert effective("settings.REQUIRE_MFA", REQUIRE_MFA="approvers") == "approvers"
    with pytest.raises(AssertionError, match="write approvers, everyone, or leave it empty"):
        effective("settings.REQUIRE_MFA", REQUIRE_MFA="always")


def test_every_check_is_listed_in_the_document_and_nothing_else_is() -> None:
    ids = re.compile(r"answerable\.[EWI]\d{3}")

    assert set(ids.findall((ROOT / "docs/configuration.md").read_text())) == set(
        ids.findall((ROOT / "config/checks.py").read_text())
    )


def test_a_value_is_read_from_a_file_where_one_is_named(effective: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "from").write_text("desk@example.org\n")

    assert effective("settings.MAIL_FROM", MAIL_FROM_FILE=str(tmp_path / "from")) == "desk@example.org"


def test_the_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    program = "from config.settings import SECRET_KEY; print(SECRET_KEY)"
    environment = clean_environment(tmp_path / "data")
    together = [
        subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate(timeout=60)[0].strip() for process in together}

    assert len(keys) == 1
    assert len(keys.pop()) >= 64
    assert stat.S_IMODE((tmp_path / "data/secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert list((tmp_path / "data").glob(".secret_key*")) == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PUBLIC_URL": "status.example.org"}, "PUBLIC_URL is 'status.example.org': write it as https://"),
        ({"PUBLIC_URL": "https://example.org/status"}, "with nothing after the host"),
        ({"DATABASE_URL": "mysql://db"}, "DATABASE_URL must start with postgres://"),
        ({"PORT": "eight"}, '"PORT"'),
        ({"SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE must be a readable file path"),
        ({"DATA_DIR": "/proc/answerable"}, "set DATA_DIR to a folder this user may write to"),
    ],
)
def test_a_mistake_is_answered_with_one_line(
    manage: Callable[..., subprocess.CompletedProcess[str]], variables: dict[str, str], sentence: str
) -> None:
    done = manage("check", **variables)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_https_closes_the_cookies_and_forces_itself(effective: Callable[..., Any]) -> None:
    names = [
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_PROXY_SSL_HEADER",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
    ]

    assert effective(f"[getattr(settings, name) for name in {names}]", PUBLIC_URL="https://status.example.org") == [
        "__Host-session", "__Host-csrf", True, True, True, True, 31536000, ["HTTP_X_FORWARDED_PROTO", "https"],
        ["status.example.org"], ["https://status.example.org"],
    ]  # fmt: skip


def test_on_this_machine_the_cookies_work_without_tls_and_no_proxy_is_believed(effective: Callable[..., Any]) -> None:
    names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER"]

    assert effective(f"[getattr(settings, name) for name in {names}]") == ["session", False, False, None]


def test_the_desk_may_have_a_host_of_its_own(effective: Callable[..., Any]) -> None:
    assert effective(
        "[settings.PUBLIC_URL, settings.DESK_URL, settings.ALLOWED_HOSTS]",
        PUBLIC_URL="https://status.example.org:8443", DESK_HOST="desk.example.org",
    ) == [
        "https://status.example.org:8443", "https://desk.example.org:8443", ["desk.example.org", "status.example.org"],
    ]  # fmt: skip


def test_demo_mail_stays_on_the_machine_whatever_the_mail_server(effective: Callable[..., Any], tmp_path: Path) -> None:
    backend = "settings.EMAIL_BACKEND.split('.')[-2]"

    assert effective(backend, EMAIL_URL="smtp://127.0.0.1:25") == "smtp"
    assert effective(backend, EMAIL_URL="smtp://127.0.0.1:25", DEMO="1", DATA_DIR=str(tmp_path / "demo")) == (
        "filebased"
    )


@pytest.mark.check("R26")
def test_sqlite_keeps_what_it_acknowledged_and_queues_its_writers(effective: Callable[..., Any]) -> None:
    pragmas = (
        "[[c.execute('PRAGMA ' + p).fetchone()[0] for p in ('journal_mode', 'synchronous', 'busy_timeout')] "
        "for c in [__import__('django.db').db.connection.cursor()]][0]"
    )

    assert effective(pragmas) == ["wal", 2, 20000]
    assert effective("settings.DATABASES['default']['OPTIONS']['transaction_mode']") == "IMMEDIATE"
    assert effective("settings.DATABASES['default'].get('ATOMIC_REQUESTS', False)") is False


@pytest.mark.check("R26")
@pytest.mark.parametrize(("setup", "seconds"), [(AS_WEB, 5), ("", 30)])
def test_postgresql_waits_are_bounded_and_shorter_for_visitors(
    effective: Callable[..., Any], setup: str, seconds: int
) -> None:
    assert effective(
        "settings.DATABASES['default']['OPTIONS']", setup=setup, DATABASE_URL="postgres://db.example.org/answerable"
    ) == {
        "connect_timeout": 2,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "options": f"-c statement_timeout={seconds}s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s",
    }


@pytest.mark.check("R26")
@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_took_the_limits() -> None:
    with connection.cursor() as cursor:
        shown = []
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            shown.append(cursor.fetchone()[0])

    assert shown == ["30s", "3s", "30s"]


def test_the_rate_limits_are_counted_together_once_there_may_be_several_processes(
    effective: Callable[..., Any],
) -> None:
    backend = "settings.CACHES['default']['BACKEND'].split('.')[-1]"

    assert effective(backend) == "LocMemCache"
    assert effective(backend, DATABASE_URL="postgres://db.example.org/answerable") == "DatabaseCache"
