"""A PostgreSQL of our own, which a test may stop. The one that other tests use is never touched."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.servers import free_port


def programs() -> Path | None:
    """Where initdb and pg_ctl are: on the path, or where Debian keeps them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: path.parent.name)


class Cluster:
    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder, self.bin, self.port = folder, bin_folder, free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "--auth=trust", "--no-sync")

    def start(self) -> None:
        quick = "-c fsync=off -c full_page_writes=off -c jit=off"
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {quick}"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", str(self.folder / "log"), "-w", "start"
        )

    def stop(self) -> None:
        """At once, as in a crash: connections are cut."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def plain(self) -> str:
        """The address of a role that may make databases and nothing else, as in service."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE answerable LOGIN CREATEDB")
            connection.execute("CREATE DATABASE answerable OWNER answerable")
        return f"postgres://answerable@127.0.0.1:{self.port}/answerable"

    def _run(self, program: str, *words: str) -> None:
        """PostgreSQL refuses to run as root, so root hands it over to the account made for it."""
        as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_whom, str(self.bin / program), *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()


@contextmanager
def running() -> Iterator[Cluster]:
    bin_folder = programs()
    assert bin_folder is not None, "initdb and pg_ctl are not installed"
    with tempfile.TemporaryDirectory(prefix="answerable-cluster-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        cluster = Cluster(folder, bin_folder)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                cluster.stop()
