"""No torn read of the edition, over HTTP and on disk, while it is republished a thousand times (R18)."""

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from statuspage.disk import Disk
from tests.servers import Installation, until
from tests.statuspage.reading import Reader

pytestmark = [pytest.mark.process, pytest.mark.check("R18")]

PUBLICATIONS = 1_000
NEWS = re.compile(rb"News number (\d+)\.")


class DiskReader(threading.Thread):
    """Reads the copy on disk again and again, as a process does that starts while the database is away."""

    def __init__(self, folder: Path, stop: Callable[[], bool]) -> None:
        super().__init__(daemon=True)
        self.folder, self.stop = folder, stop
        self.loads = self.files = self.newest = 0
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.stop():
            try:
                self._generation()
                self._every_file()
            except Exception as broken:  # noqa: BLE001 - whatever it is, it is what this test looks for
                self.faults.append(f"{type(broken).__name__}: {broken}")
                return

    def _generation(self) -> None:
        """`load` checks the hash of every entry. Never nothing, and never less than before."""
        found = Disk(self.folder).load()
        if found is None or found.record.number < self.newest:
            self.faults.append(f"the disk remembers {found and found.record.number} after {self.newest}")
            return
        self.newest = found.record.number
        self.loads += 1

    def _every_file(self) -> None:
        """Whatever bears its final name is complete. It may be gone by the time it is opened: only three are kept."""
        for path in [*self.folder.glob("*.json.gz"), *sorted(self.folder.glob("closed-*/*.page"))[-20:]]:
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            self.files += 1
            if path.suffix == ".page":
                head, _, rest = content.partition(b"\n")
                identity, length = rest[: int(head.split()[1])], int(head.split()[1])
                whole = len(identity) == length and identity.rstrip().endswith(b"</html>")
            else:
                whole = bool(json.loads(gzip.decompress(content)))
            if not whole:
                self.faults.append(f"{path.name} is torn")


@pytest.fixture
def churning(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data", CHURN_PUBLICATIONS=str(PUBLICATIONS))
    installation.manage("collectstatic", "--noinput", "-v0")
    installation.start(
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(installation.port), "--workers",
        "1", "--blocking-threads", "4", "--log-level", "warning", "--no-ws", "tests.statuspage.churning:application",
    )  # fmt: skip
    until(lambda: installation.get("/")[0] == 200, what="the first edition")
    yield installation
    installation.stop()


def one_piece(page: bytes, entry: int) -> bool:
    """The newest words on the page are those of its newest entry: the first is the masthead, every fourth news an end."""
    newest = max((int(number) for number in NEWS.findall(page)), default=None)
    return newest is None or newest in (entry - 1, entry - 2)


def test_no_answer_and_no_file_is_torn_during_a_thousand_publications(churning: Installation, figures: Any) -> None:
    def progress() -> dict[str, Any]:
        return json.loads(churning.get("/desk/")[1])

    done = threading.Event()
    edition = churning.folder / "edition"
    until(lambda: list(edition.glob("generation-*")), what="the first copy on disk")
    pages = ["/", "/verify/", "/history/"]
    readers = [
        Reader(churning.port, pages, done.is_set, encoding=encoding, one_piece=one_piece)
        for encoding in ("gzip", "identity", "gzip")
    ]
    disk = DiskReader(edition, done.is_set)
    everybody: list[Reader | DiskReader] = [*readers, disk]
    progress()  # the first question starts the publications
    for one in everybody:
        one.start()
    until(lambda: progress()["done"], seconds=90, what="a thousand publications")
    until(lambda: f"Entry {PUBLICATIONS + 1} is the latest".encode() in page_of(churning), what="the last edition")
    until(lambda: disk.newest == PUBLICATIONS + 1 or disk.faults, what="the last copy on disk")
    done.set()
    for one in everybody:
        one.join(timeout=30)

    told = progress()
    figures(
        "R18",
        publications=told["published"],
        editions_built=told["editions"],
        responses=sum(reader.responses for reader in readers),
        editions_read=len(set().union(*(reader.editions for reader in readers))),
        files_read=disk.files,
        generations_verified=disk.loads,
        torn=sum(len(one.faults) for one in everybody),
        steps_back=sum(reader.steps_back for reader in readers),
    )
    assert [fault for one in everybody for fault in one.faults] == []
    assert told["published"] == PUBLICATIONS
    assert told["editions"] >= 50, "the pages were hardly swapped while they were read"
    assert min(reader.responses for reader in readers) >= 200
    assert disk.loads >= 5


def page_of(installation: Installation) -> bytes:
    return installation.get("/")[1].encode()
