"""One stage for the sweeps: a prepared database, copied for each run, a relay, and processes that may be killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.config.conftest import ROOT, clean_environment
from tests.relay import Relay


class Killed(AssertionError):
    """An act ended otherwise than it was meant to."""


class Parent:
    """The process that forks all others (`tests.faults.forking`), for one kind of database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        environment = clean_environment(
            folder, DATABASE_URL=database_url, DJANGO_SETTINGS_MODULE="tests.processes.settings", EMAIL_URL="smtp://x:1"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        """All of them at the same moment; the status and the words of each, when the last has ended."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(orders) + "\n")
        self.process.stdin.flush()
        answer: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class Databases:
    """Makes copies of one prepared database: SQLite by copying its file, PostgreSQL by its templates."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def new(self, like: str = "") -> str:
        name = f"faults_{uuid.uuid4().hex[:12]}"
        if not self.url:
            path = str(self.folder / f"{name}.sqlite3")
            if like:
                shutil.copy(like, path)
            return path
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
        return name

    def address(self, name: str) -> str:
        """As DATABASE_URL, for processes that are not forked."""
        return urlsplit(self.url)._replace(path=f"/{name}").geturl() if self.url else ""


class Stage:
    """One database, one edition folder, one relay: what one installation has."""

    def __init__(self, parent: Parent, database: str, folder: Path, relay: Relay) -> None:
        self.parent, self.database, self.folder, self.relay = parent, database, folder, relay

    def order(
        self,
        act: str,
        *,
        crash: str = "",
        later: float = 0,
        tell: str = "",
        settings: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """``later`` is by how many seconds its clock is ahead: what waiting would do.

        ``tell`` is the name of a file in which the process leaves its number, for `kill`.
        """
        told = {
            "CLOCK_OFFSET_SECONDS": later, "EDITION_DIR": str(self.folder), "EMAIL_URL": self.relay.url,
            "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": self.relay.port,
        }  # fmt: skip
        return {
            "act": act, "with": arguments, "crash": crash, "settings": told | (settings or {}),
            "database": {"NAME": self.database}, "tell": str(self.folder / tell) if tell else "",
        }  # fmt: skip

    def kill(self, name: str) -> None:
        """End the process that was told to leave its number under this name, as `kill -9` does."""
        os.kill(int((self.folder / name).read_text()), signal.SIGKILL)

    def together(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        return self.parent.run(*orders)

    def ends(self, act: str, **how: Any) -> dict[str, Any]:
        """The status and the words of one act, however it ended."""
        return self.together(self.order(act, **how))[0]

    def act(self, act: str, **how: Any) -> Any:
        """Do it in a process that must come to its end, and return what it said."""
        ended = self.ends(act, **how)
        assert ended["status"] == 0, f"{act}: {ended['said']}"
        return ended["said"]


@contextmanager
def parent(folder: Path, url: str) -> Iterator[Parent]:
    opened = Parent(folder, url)
    try:
        yield opened
    finally:
        opened.close()
