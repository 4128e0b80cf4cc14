"""Whole installations for the tests that need real processes, and a mail server that keeps what it is given."""

import email
import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.config.conftest import ROOT, clean_environment
from tests.ready_made import ready_made

WITHIN = 30.0
FIRST_START = 90.0  # makes every table, beside other tests that do the same


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = WITHIN, what: str = "") -> Any:
    """Wait until the condition gives something true, and return that. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        assert time.monotonic() < end, f"not within {seconds} s: {what or condition}"
        time.sleep(0.05)


class Installation:
    """A data folder, an environment of its own, and the processes that run on it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = clean_environment(folder, PORT=str(self.port), PYTHONUNBUFFERED="1", **variables)
        self.output = folder.with_name(f"{folder.name}-{self.port}.log")
        self.running: list[subprocess.Popen[bytes]] = []

    def manage(self, *words: str, **variables: str) -> str:
        """Run a command to its end and return what it said. Fails when the command fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.environment | variables, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare(self) -> None:
        """Tables and static files, as the first start makes them: copied, but for the tables of a PostgreSQL."""
        made = ready_made("empty", empty_data_folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(made / "static", self.folder / "static", dirs_exist_ok=True)
        if self.environment.get("DATABASE_URL"):
            self.manage("migrate", "-v", "0")
        else:
            for file in made.glob("db.sqlite3*"):
                shutil.copy(file, self.folder)

    def start(self, *words: str, under: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        with self.output.open("a") as output:
            process = subprocess.Popen(
                [*under, sys.executable, *words],
                cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self.running.append(process)
        return process

    def serve(self) -> None:
        """`manage.py serve`: web server and jobs. Returns when it says that it runs."""
        process = self.start("manage.py", "serve")
        until(lambda: process.poll() is not None or "Ctrl-C stops it." in self.said(), FIRST_START, "serve")
        assert process.poll() is None, self.said()

    def serve_web_only(self, seconds: float = WITHIN) -> None:
        """The web process as a grown installation starts it, without jobs. The database must be ready."""
        process = self.start(
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--blocking-threads", "4", "--log-level", "warning", "--no-ws", "config.wsgi:application",
        )  # fmt: skip
        until(lambda: process.poll() is not None or self.get("/healthz")[0] == 200, seconds, "the web process")
        assert process.poll() is None, self.said()

    def said(self) -> str:
        return self.output.read_text()

    def get(self, path: str) -> tuple[int, str]:
        return Browser(self.url).get(path)

    def stop(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._end_what_is_left()
        self.running.clear()

    def _end_what_is_left(self) -> None:
        """Whatever still runs on this folder, found by its environment."""
        for entry in Path("/proc").iterdir():
            try:
                ours = entry.name.isdigit() and f"DATA_DIR={self.folder}\0".encode() in (entry / "environ").read_bytes()
                if ours:
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue


def empty_data_folder(folder: Path) -> None:
    installation = Installation(folder)
    installation.manage("migrate", "-v", "0")
    installation.manage("collectstatic", "--noinput", "-v", "0")


class Browser:
    """Cookies, forms and redirects, and no more: what the desk needs from a browser without scripts."""

    def __init__(self, url: str) -> None:
        self.url, self.at, self.page = url, "", ""
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )

    def get(self, path: str) -> tuple[int, str]:
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.at or self.url, path)))

    def post(self, path: str, **fields: Any) -> tuple[int, str]:
        """Send a form from the page that is open: its hidden fields go along, as they would from a browser."""
        address = urllib.parse.urljoin(self.at or self.url, path)
        data = urllib.parse.urlencode(self._hidden(urllib.parse.urlsplit(address).path) | fields, doseq=True).encode()
        return self._open(urllib.request.Request(address, data, {"Referer": self.at, "Origin": self.url}))

    def sign_in(self, email_address: str, password: str) -> None:
        self.get("/account/login/")
        status, page = self.post("/account/login/", login=email_address, password=password)
        assert status == 200, page
        assert "/desk/" in self.at, f"{email_address} was not let in"

    def _hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of the form of this page that goes to `path`, or at least the token."""
        found: dict[str, str] = {}
        for form in re.findall(r"<form\b.*?</form>", self.page, re.DOTALL):
            action = re.search(r'<form\b[^>]*\baction="([^"]*)"', form)
            target = urllib.parse.urlsplit(urllib.parse.urljoin(self.at, action[1] if action else self.at)).path
            fields = dict(hidden_fields(form))
            found.setdefault("csrfmiddlewaretoken", fields.get("csrfmiddlewaretoken", ""))
            if target == path and "post" in form[:200].lower():
                return fields
        return {name: value for name, value in found.items() if value}

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(request, timeout=15) as answer:
                status, body, self.at = answer.status, answer.read(), answer.url
        except urllib.error.HTTPError as error:
            status, body, self.at = error.code, error.read(), request.full_url
        except OSError as error:
            return 0, str(error)
        self.page = body.decode(errors="replace")
        return status, self.page


def hidden_fields(form: str) -> Iterator[tuple[str, str]]:
    for field in re.findall(r"<input\b[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', field))
        if attributes.get("type") == "hidden" and "name" in attributes:
            yield attributes["name"], attributes.get("value", "")


class MailServer:
    """A real SMTP server on this machine; what it does with a message its kind says, in the handlers of aiosmtpd."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"

    @contextmanager
    def open(self) -> Iterator[Self]:
        controller = Controller(self, hostname="127.0.0.1", port=self.port, auth_require_tls=False)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


class Postbox(MailServer):
    """Takes every message and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.received.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.received if address in str(message["To"])]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None, "the message has no plain text"
    return str(part.get_content())
