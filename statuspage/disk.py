"""The copy on disk: the published record, from which a process can start while the database is away, and closed pages.

    edition/generation-<entry>-<random>.json.gz  what the edition is made of, one file for each generation
    edition/record-<first>-<hash>.json.gz        full stretches of the record, written once and shared by generations
    edition/closed-<templates>/<key>.page        pages of closed history, rendered once

After words were taken down, the names of stretches and closed pages end in "-r<entry>", and whatever was written before goes.

Every file is written aside, flushed and renamed, so that each is complete or absent.
"""

import contextlib
import gzip
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import crash
from statuspage.answers import Page, ready
from statuspage.entries import STRETCH, entry_of, plain
from statuspage.fold import extend
from statuspage.record import PublicRecord

GENERATIONS_KEPT = 3
STALE_AFTER_SECONDS = 3600
STALE_AFTER_REDACTION_SECONDS = 60
CLOSED_KEPT_SECONDS = 30 * 24 * 3600  # pages of templates that are no longer used; others are rendered again if need be
ASIDE = ".aside-"
REDACTED = re.compile(r"-r(\d+)(?:\.json\.gz)?$")


@dataclass(frozen=True)
class Remembered:
    record: PublicRecord
    confirmed_at: datetime | None


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.closed = Closed(folder)

    def save(self, record: PublicRecord, confirmed_at: datetime | None) -> None:
        """Raises OSError when the folder cannot be written; what was there stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stretches = [self._stretch(record, at) for at in range(len(record.entries.stretches))]
        content = {
            "number": record.number,
            "hash": record.hash,
            "confirmed_at": confirmed_at.isoformat() if confirmed_at else None,
            "stretches": stretches,
            "entries": [plain(entry) for entry in record.entries.newest],
        }
        written = self.folder / f"generation-{record.number:012d}-{secrets.token_hex(6)}.json.gz"
        write(written, gzip.compress(json.dumps(content, ensure_ascii=False).encode(), 5))
        self._forget(record)
        self._sweep(record, now=written.stat().st_mtime)

    def load(self) -> Remembered | None:
        """The newest generation that is whole. None when there is none."""
        for path in self._generations():
            with contextlib.suppress(OSError, EOFError, ValueError, KeyError, TypeError):
                return self._read(path)
        return None

    def _read(self, path: Path) -> Remembered:
        content = json.loads(gzip.decompress(path.read_bytes()))
        record = extend(PublicRecord(), (entry_of(row) for row in self._rows(content)))
        if record.hash != content["hash"]:
            raise ValueError(path.name)
        said = content["confirmed_at"]
        return Remembered(record, datetime.fromisoformat(said) if said else None)

    def _rows(self, content: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for name in content["stretches"]:
            yield from json.loads(gzip.decompress((self.folder / name).read_bytes()))
        yield from content["entries"]

    def _stretch(self, record: PublicRecord, at: int) -> str:
        """The name of the file of this full stretch, which is written the first time."""
        entries = record.entries
        name = f"record-{at * STRETCH + 1:012d}-{entries.stretches[at][:16]}{suffix(record)}.json.gz"
        path = self.folder / name
        if not path.exists():
            rows = [plain(row) for row in entries.stretch(at)]
            write(path, gzip.compress(json.dumps(rows, ensure_ascii=False).encode(), 5))
        return name

    def _generations(self) -> list[Path]:
        """Newest first: by entry, and of one entry by when they were written."""
        found = [(path.name[:23], _written_at(path), path) for path in self.folder.glob("generation-*.json.gz")]
        return [path for _, _, path in sorted(found, reverse=True)]

    def _forget(self, record: PublicRecord) -> None:
        """Remove whatever holds words that were taken down: all that was written before the notice (R118).

        Raises OSError where something cannot be removed: the desk then says that the copy on disk is in trouble.
        """
        if not record.redacted_in:
            return
        for path in self.folder.glob("generation-*.json.gz"):
            if int(path.name[11:23]) < record.redacted_in:
                path.unlink(missing_ok=True)
        for path in self.folder.glob("record-*.json.gz"):
            if _redacted_in(path.name) < record.redacted_in:
                path.unlink(missing_ok=True)
        for path in self.folder.glob("closed-*"):
            if _redacted_in(path.name) < record.redacted_in:
                with contextlib.suppress(FileNotFoundError):  # another process clears it away as well
                    shutil.rmtree(path)

    def _sweep(self, record: PublicRecord, *, now: float) -> None:
        """Keep the last few generations; clear away what a process left behind that was killed while writing.

        `now` is by the clock of the file system, the only one that its files can be compared with.
        """
        for path in self._generations()[GENERATIONS_KEPT:]:
            path.unlink(missing_ok=True)
        stale = STALE_AFTER_REDACTION_SECONDS if record.redacted_in else STALE_AFTER_SECONDS
        for path in self.folder.rglob(f"{ASIDE}*"):
            if now - _written_at(path) > stale:
                path.unlink(missing_ok=True)
        for path in self.folder.glob("closed-*"):
            if now - _written_at(path) > CLOSED_KEPT_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


class Closed:
    """Pages of closed history. The key says everything a page depends on, so a page is written once and never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, templates: str, key: str, content_type: str) -> Page | None:
        """The page, or None when it is not there or not whole."""
        try:
            head, identity, squeezed = _split(self._path(templates, key).read_bytes())
        except (OSError, ValueError):
            return None
        if hashlib.sha256(identity + squeezed).hexdigest().encode() != head:
            return None
        return ready(identity, squeezed or None, content_type)

    def put(self, templates: str, key: str, page: Page) -> None:
        """A page that cannot be kept is rendered again the next time: nothing is lost but time."""
        identity = page.body
        squeezed = page.gzip.chunks[0] if page.gzip else b""
        head = hashlib.sha256(identity + squeezed).hexdigest().encode()
        path = self._path(templates, key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, b"%s %d\n" % (head, len(identity)) + identity + squeezed, durable=False)

    def _path(self, templates: str, key: str) -> Path:
        return self.folder / f"closed-{templates}" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.page"


def suffix(record: PublicRecord) -> str:
    """What tells files apart from those written before words were taken down: those of older ones are found by it."""
    return f"-r{record.redacted_in}" if record.redacted_in else ""


def _redacted_in(name: str) -> int:
    found = REDACTED.search(name)
    return int(found[1]) if found else 0


def write(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Complete or absent. `durable` also survives a power cut."""
    aside = path.with_name(f"{ASIDE}{secrets.token_hex(6)}")
    try:
        with aside.open("wb") as file:
            half = len(content) // 2
            file.write(content[:half])
            file.flush()
            crash.point("edition.half")
            file.write(content[half:])
            file.flush()
            if durable:
                os.fsync(file.fileno())
        crash.point("edition.written")
        aside.replace(path)
        crash.point("edition.renamed")
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    if durable:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _written_at(path: Path) -> float:
    """Another process may have cleared it away meanwhile: then it counts as new, and is left alone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    line, rest = content.split(b"\n", 1)
    head, length = line.split(b" ")
    return head, rest[: int(length)], rest[int(length) :]
