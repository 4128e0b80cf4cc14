"""Processes with an environment of their own: settings are read once per process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SET_BY_OPERATORS = (
    "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "PUBLIC_URL", "PUBLIC_HOST", "DESK_HOST", "SECRET_KEY",
    "DEMO", "DEBUG", "PORT", "BIND", "MAIL_FROM", "TRUSTED_PROXIES", "REQUIRE_MFA", "HEALTH_TOKEN", "DEADMAN_URL",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",  # set beside Playwright's event loop; nothing of ours needs it
)  # fmt: skip


def clean_environment(folder: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SET_BY_OPERATORS}
    return kept | {"DATA_DIR": str(folder), "ENV_FILE": ""} | variables


@pytest.fixture
def manage(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run manage.py with an environment of its own, to the end."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=clean_environment(tmp_path / "data", **variables),
            capture_output=True, text=True, timeout=180, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


@pytest.fixture
def effective(tmp_path: Path) -> Callable[..., Any]:
    """The value of an expression in a process that was started with these variables."""

    def value(expression: str, *, setup: str = "", **variables: str) -> Any:
        program = (
            f"{setup}\nimport json, os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
            f"import django\ndjango.setup()\nfrom django.conf import settings\nfrom config.celery import app\n"
            f"print(json.dumps({expression}, default=str))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT, env=clean_environment(tmp_path / "data", **variables),
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return value
