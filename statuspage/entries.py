"""The entries of the record as a process keeps them: the newest as they are, full stretches of 500 packed.

Every web process holds the whole record, so that the clock can change pages without the database. Of what is years old
it needs no words but those of a page that somebody asks for: packed, it takes about a tenth of the memory.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

STRETCH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the public may read it: its body, its words by field name, and the form it is verified in."""

    number: int
    kind: str
    at: datetime
    hash: str
    previous: str
    body: Mapping[str, Any]
    words: Mapping[str, str]
    html: str
    public: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Packed:
    """A full stretch; `hash` is that of its last entry, and with it of everything in it."""

    hash: str
    content: bytes


class Entries(Sequence[Entry]):
    """Never changed: `extended` makes longer ones that share what is packed. Reading what is packed costs a moment."""

    __slots__ = ("_newest", "_packed", "began_at")

    def __init__(
        self, packed: tuple[Packed, ...] = (), newest: tuple[Entry, ...] = (), began_at: datetime | None = None
    ) -> None:
        self._packed, self._newest = packed, newest
        self.began_at = began_at or (newest[0].at if newest else None)

    def extended(self, more: Iterable[Entry]) -> "Entries":
        packed, newest, began_at = [*self._packed], [*self._newest], self.began_at
        for entry in more:
            began_at = began_at or entry.at
            newest.append(entry)
            if len(newest) == STRETCH:
                packed.append(_pack(newest))
                newest = []
        return Entries(tuple(packed), tuple(newest), began_at)

    @property
    def stretches(self) -> tuple[str, ...]:
        """The hash of each full stretch, the first one first."""
        return tuple(one.hash for one in self._packed)

    @property
    def newest(self) -> tuple[Entry, ...]:
        """What comes after the full stretches."""
        return self._newest

    def stretch(self, index: int) -> list[Entry]:
        return [entry_of(row) for row in json.loads(zlib.decompress(self._packed[index].content))]

    def __eq__(self, other: object) -> bool:
        """The hash of a stretch stands for everything in it."""
        if not isinstance(other, Entries):
            return NotImplemented
        return (self.stretches, self._newest) == (other.stretches, other._newest)

    def __hash__(self) -> int:
        return hash((self.stretches, len(self._newest)))

    def __len__(self) -> int:
        return len(self._packed) * STRETCH + len(self._newest)

    def __iter__(self) -> Iterator[Entry]:
        for index in range(len(self._packed)):
            yield from self.stretch(index)
        yield from self._newest

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        indexes = range(len(self))[at]
        if isinstance(indexes, int):
            return self._part(indexes // STRETCH)[indexes % STRETCH]
        parts = {part: self._part(part) for part in sorted({index // STRETCH for index in indexes})}
        return [parts[index // STRETCH][index % STRETCH] for index in indexes]

    def _part(self, number: int) -> Sequence[Entry]:
        return self.stretch(number) if number < len(self._packed) else self._newest


def _pack(entries: list[Entry]) -> Packed:
    said = json.dumps([plain(entry) for entry in entries], ensure_ascii=False)
    return Packed(entries[-1].hash, zlib.compress(said.encode(), 3))


def plain(entry: Entry) -> dict[str, Any]:
    """As JSON can hold it."""
    return {
        "number": entry.number,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "hash": entry.hash,
        "previous": entry.previous,
        "body": dict(entry.body),
        "words": dict(entry.words),
        "html": entry.html,
        "public": dict(entry.public),
    }


def entry_of(row: dict[str, Any]) -> Entry:
    return Entry(**{**row, "at": datetime.fromisoformat(row["at"])})
