"""A pytest plugin: what a test needs of the machine is a marker, and where it is missing the test is left out.

`python -m tests` says in its closing lines what was left out, and fails instead where continuous integration asks.
"""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SCANNERS = Path(__file__).resolve().parent.parent / ".venv-scan" / ".scan"
# Who is let in and shown what, which headers an answer has, how hostile words are shown, where links lead, what a page says:
# the same whichever database is underneath, and so are the questions that a page asks and what two worlds show. The second
# database sees these by night. The operations behind the pages it sees every time.
SURFACE = {
    "test_access.py", "test_access_objects.py", "test_csrf.py", "test_dead_ends.py", "test_empty_and_error_pages.py",
    "test_extra_fields.py", "test_forged_hosts.py", "test_headers.py", "test_hostile_forms.py", "test_hostile_input.py",
    "test_desk_queries.py", "test_hostile_mail.py", "test_public_surface.py", "test_readers.py", "test_safe_methods.py",
    "test_slow_input.py", "test_two_worlds.py",
}  # fmt: skip
LIGHTHOUSE = Path(__file__).with_name("lighthouse") / "node_modules" / "lighthouse" / "cli" / "index.js"


def lighthouse() -> bool:
    """Whether node is there and `npm ci` was run in tests/lighthouse. Only check U02 needs them."""
    return shutil.which("node") is not None and LIGHTHOUSE.exists()


def chromium() -> str | None:
    """The same engine without the window costs half of the processor, so it is taken where both are."""
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "chromium-browser"))
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def redis_url() -> str | None:
    """The Redis to test with, if one listens there. One of its last databases, a different one for each test process."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return _if_it_listens(os.environ.get("TEST_REDIS_URL") or f"redis://127.0.0.1:6379/{15 - worker % 8}")


def rabbitmq_url() -> str | None:
    """The RabbitMQ to test with, if one listens there."""
    return _if_it_listens(os.environ.get("TEST_RABBITMQ_URL") or "amqp://guest:guest@127.0.0.1:5672//")


def _if_it_listens(url: str) -> str | None:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=1):
            return url
    except OSError:
        return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = {
        "postgres": not os.environ.get("DATABASE_URL"),
        "redis": redis_url() is None,
        "rabbitmq": rabbitmq_url() is None,
        "browser": chromium() is None,
        "node": not lighthouse(),
        "scanners": not SCANNERS.exists(),
        "nightly": not os.environ.get("NIGHTLY"),
    }
    left_out = [item for item in items if any(missing[name] and item.get_closest_marker(name) for name in missing)]
    if os.environ.get("ONLY_WITH_DATABASE") == "1":
        left_out += [item for item in items if not _touches_the_database(item) and item not in left_out]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.path.name in SURFACE or item.path.name.endswith("_pages.py"):
        item.add_marker(pytest.mark.surface)


def _touches_the_database(item: pytest.Item) -> bool:
    """pytest-django refuses every other test the database, so this misses none."""
    asked = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(asked or item.get_closest_marker("django_db") or item.get_closest_marker("postgres"))
