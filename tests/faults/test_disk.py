"""A full disk under the edition, the database and the log (F34 to F36): nothing torn, the page up, and it mends itself.

The disks are small ones in memory, which only root may mount. Where that is not allowed these tests fail and say so.
"""

import gzip
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from statuspage.disk import ASIDE, Disk
from tests.faults.installations import SETTINGS, fill, oldest_waiting, signed_in
from tests.servers import Installation, until
from tests.statuspage.chronicle import Chronicle

pytestmark = [pytest.mark.check("R16"), pytest.mark.process]

ON_DISK = "The copy of the public pages on disk could not be written"


class SmallDisk:
    """`fill` leaves no byte, `free` gives them back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab") as ballast:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        os.write(ballast.fileno(), b"x" * size)
                except OSError:
                    continue

    def free(self) -> None:
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"a small disk can be mounted only by root: {done.stderr}"
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path) -> Iterator[Callable[..., SmallDisk]]:
    with ExitStack() as after:
        yield lambda name, size: after.enter_context(small_disk(tmp_path / name, size))


def test_a_full_disk_tears_no_file_of_the_edition(disk, figures):
    """The quick form: the writer of the edition itself."""
    small = disk("edition", "1m")
    kept, story = Disk(small.folder), Chronicle()
    story.masthead()
    first = story.record
    kept.save(first, None)
    before = whole(small.folder)
    story.publish(1)

    small.fill()
    with pytest.raises(OSError, match="No space left"):
        kept.save(story.record, None)
    assert whole(small.folder) == before
    assert kept.load().record.hash == first.hash

    small.free()
    kept.save(story.record, None)
    assert kept.load().record.number == first.number + 1
    assert not list(small.folder.glob(f"{ASIDE}*"))
    figures("R16", on="the edition", torn_files=0, written_once_there_is_space=1)


@pytest.fixture
def installation(tmp_path) -> Iterator[Installation]:
    found = Installation(tmp_path / "data", **SETTINGS)
    yield found
    found.stop()


@pytest.mark.nightly
def test_the_edition_on_a_full_disk(installation, disk, figures):
    """Published, public, and the approver is told that the copy could not be written; it is once there is space."""
    fill(installation, waiting=3)
    small = disk("data/edition", "1m")
    installation.serve()
    ben = signed_in(installation, "ben")
    approve(ben, 0, installation)
    until(lambda: whole(small.folder), what="the first copy")

    small.fill()
    approve(ben, 1, installation)
    until(lambda: ON_DISK in ben.get("/desk/")[1], 10, "the desk that tells")
    assert all(whole(small.folder).values())

    small.free()
    approve(ben, 2, installation)
    until(lambda: any("News number 2" in text for text in whole(small.folder).values()), 10, "the next copy")
    assert ON_DISK not in ben.get("/desk/")[1]
    figures("R16", on="the edition, running", torn_files=0, published_meanwhile=1)


@pytest.mark.nightly
def test_the_database_on_a_full_disk(installation, disk, figures):
    """Writes are refused with a page that says so, nothing is half applied, and the next one works."""
    small = disk("data", "64m")
    fill(installation, waiting=2)
    installation.serve()
    ben = signed_in(installation, "ben")
    approve(ben, 0, installation)
    waiting = oldest_waiting(ben)
    ben.get(waiting)

    small.fill()
    status, page = ben.post(f"{waiting}approval/")
    assert (status, "The desk is away for a moment" in page) == (503, True), page
    answered = [installation.get("/")[0] for _ in range(20)]
    assert set(answered) == {200}
    assert "News number 1" not in installation.get("/")[1]

    small.free()
    until(lambda: ben.get(waiting)[0] == 200, 30, "the desk")
    approve(ben, 1, installation)
    assert "The record is whole" in installation.manage("verify_record")
    assert "ok" in installation.manage("shell", "-v", "0", "-c", INTEGRITY)
    figures("R16", on="the database", pages_served_meanwhile=len(answered), half_applied=0)


@pytest.mark.nightly
def test_the_log_on_a_full_disk(installation, disk, figures):
    """The application goes on when not one more line of its log can be written."""
    small = disk("log", "256k")
    installation.output = small.folder / "answerable.log"
    fill(installation, waiting=1)
    installation.serve()
    small.fill()

    ben = signed_in(installation, "ben")
    failures = [installation.get(f"/desk/incidents/{number}/")[0] for number in range(5)]
    approve(ben, 0, installation)
    time.sleep(3)  # three rounds of the jobs, which have nowhere to say anything
    assert installation.get("/")[0] == 200
    assert installation.running[0].poll() is None
    figures("R16", on="the log", requests_meanwhile=len(failures) + 3, failed=0)


INTEGRITY = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("PRAGMA integrity_check")
    print(cursor.fetchone()[0])
"""


def approve(browser, number: int, installation: Installation) -> None:
    waiting = oldest_waiting(browser)
    browser.get(waiting)
    status, page = browser.post(f"{waiting}approval/")
    assert (status, "Published as entry" in page) == (200, True), page
    until(lambda: f"News number {number}" in installation.get("/")[1], 10, "the words on the page")


def whole(folder: Path) -> dict[str, str]:
    """Every generation by its name, unpacked to its end: a torn one raises."""
    return {
        path.name: gzip.decompress(path.read_bytes()).decode() for path in sorted(folder.glob("generation-*.json.gz"))
    }
