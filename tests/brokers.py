"""A Redis of a test's own, which it may kill, freeze and start again. The one that other tests use is never touched."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import redis

from tests.servers import free_port, until


class RedisServer:
    """Keeps nothing on the disk: what was queued when it is killed is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed (Debian: redis-server)"
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        until(self._answers, what="redis-server")

    def kill(self) -> None:
        """At once, as in a crash: connections are cut, and nothing was saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """It still holds its port and takes connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def fill(self) -> None:
        """No room for anything more, and nothing is thrown away to make some: whoever writes is told so."""
        self.configure("maxmemory-policy", "noeviction")
        with closing(redis.Redis(port=self.port)) as client:
            client.set("what fills it", b"x" * 1024 * 1024)
        self.configure("maxmemory", "1mb")

    def empty(self) -> None:
        self.configure("maxmemory", "0")

    def configure(self, name: str, value: str) -> None:
        with closing(redis.Redis(port=self.port)) as client:
            client.config_set(name, value)

    def thaw_and_kill(self) -> None:
        """Whatever was done to it, and if it was started at all."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.kill()

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.port, socket_timeout=1).ping())
        except redis.RedisError:
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="answerable-redis-") as name:
        server = RedisServer(Path(name))
        server.start()
        try:
            yield server
        finally:
            server.thaw_and_kill()
