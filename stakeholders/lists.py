"""Reading a list of contacts that somebody made in a spreadsheet: its encoding, its separator, its header, its rows.

Nothing here knows a group. What cannot be read at all is refused with the line where it stops.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from refusals import Incomplete, Missing
from stakeholders import addresses
from stakeholders.contact_fields import FIELDS

MOST_BYTES = 1_000_000  # so that a file and the list before it fit into one form
MOST_ROWS = 5_000
FIELD = "id_text"
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SAMPLE = (
    "name,organisation,address,channel,reach,language,zone,notice_hours\r\n"
    "Ada Brandt,Northwind,ada@example.org,email,,de,Europe/Berlin,24\r\n"
    "Duty officer,Harbour authority,,phone,+49 30 555 01,de,Europe/Berlin,\r\n"
)
NAMES = {name: name for name in FIELDS} | {
    "organization": "organisation", "company": "organisation", "email": "address", "e_mail": "address",
    "email_address": "address",
    "e_mail_address": "address", "mail": "address", "phone": "reach", "telephone": "reach", "time_zone": "zone",
    "timezone": "zone", "notice": "notice_hours", "reached_by": "channel", "full_name": "name",
}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """One row: the line on which it begins, and its cells by the name of their column."""

    line: int
    cells: dict[str, str]
    surplus: int  # cells with words beyond the last column


@dataclass(frozen=True)
class Table:
    """`header` is the row that names the columns, as it was written, and empty when there is none."""

    separator: str
    header: tuple[str, ...]
    columns: tuple[str, ...]  # empty for a column that is not read
    records: tuple[Record, ...]

    @property
    def unread(self) -> list[str]:
        return [word for word, name in zip(self.header, self.columns, strict=False) if not name and word]


def decoded(data: bytes) -> str:
    """The text of a file. UTF-8 with or without its mark; anything else is named, because a guess would spoil names."""
    if len(data) > MOST_BYTES:
        raise _refused("The file is larger than 1 MB: split it, or take out columns that are not needed")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _refused("This is a spreadsheet and not a list: save it as CSV, in UTF-8, and choose that file")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused("The file is in UTF-16: save it as CSV in UTF-8, and choose it again")
    if b"\0" in data:
        raise _refused("This file is no text: save the list as CSV, in UTF-8, and choose that file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        raise _refused(f"Line {line} is not in UTF-8: save the list as CSV in UTF-8, and choose it again") from None


def plain(text: str) -> str:
    """With one kind of line end and without a mark: what a browser sends back of it is the same text."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> Table:
    """Raises ``Incomplete`` for a list that is empty, too long or broken in its structure."""
    text = plain(text)
    if "\0" in text:
        raise _refused("This is no text: save the list as CSV, in UTF-8")
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise _refused("The list is larger than 1 MB: split it, or take out columns that are not needed")
    separator = _separator(text)
    rows = list(_rows(text, separator))
    if not rows:
        raise _refused("The list is empty: choose a file, or paste at least one row")
    header = _header(rows[0][1])
    columns = _named(header) if header else _by_place(rows[0][1])
    body = rows[1:] if header else rows
    if not body:
        raise _refused("There is a header and no row below it: add at least one row")
    if len(body) > MOST_ROWS:
        raise _refused(f"At most {MOST_ROWS:,} rows are read at once, and these are {len(body):,}: split the list")
    return Table(separator, header, columns, tuple(_record(line, cells, columns) for line, cells in body))


def _refused(sentence: str) -> Incomplete:
    return Incomplete("Nobody was added.", [Missing(sentence, anchor=FIELD)])


def _separator(text: str) -> str:
    """The one that makes most sense of the first row: names of columns, else addresses, else cells."""
    first = next((line for line in text.split("\n") if line.strip()), "")

    def sense(separator: str) -> tuple[int, int, int]:
        cells = next(csv.reader([first], delimiter=separator, skipinitialspace=True), [])
        known, whole = sum(_name(cell) != "" for cell in cells), sum(_is_address(cell) for cell in cells)
        return known, whole, len(cells)

    try:
        return max(SEPARATORS, key=sense)
    except csv.Error:  # a first line longer than a cell may be: the reader says it with its number
        return ","


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that says something, with the number of its first line. Strict: an open quotation mark swallows the rest."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as trouble:
            said = "a quotation mark is opened and not closed, or stands inside a cell"
            if "limit" in str(trouble):
                said = "a cell is longer than a page, perhaps because a quotation mark is missing"
            raise _refused(f"Line {line} cannot be read: {said}") from None
        if any(cells):
            yield line, cells


def _name(cell: str) -> str:
    return NAMES.get("_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split()), "")


def _is_address(cell: str) -> bool:
    cell = cell.strip()
    return cell.count("@") == 1 and not any(sign in cell for sign in " ,;\t")


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    """The first row is a header when it names a column and holds no address."""
    named = any(_name(cell) for cell in cells) and not any("@" in cell for cell in cells)
    return tuple(addresses.line(cell)[:80] for cell in cells) if named else ()


def _named(header: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(_name(word) for word in header)
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise _refused(f"The header names a column twice: {', '.join(twice)}")
    if not {"address", "reach"} & set(columns):
        raise _refused("The header names neither an address nor what else reaches them: name a column address or reach")
    return columns


def _by_place(cells: Sequence[str]) -> tuple[str, ...]:
    """Without a header: one column is the address, of two the one with the address, more stand as in the sample."""
    if len(cells) == 1:
        return ("address",)
    if len(cells) == 2:
        return ("address", "name") if "@" in cells[0] and "@" not in cells[1] else ("name", "address")
    return FIELDS


def _record(line: int, cells: Sequence[str], columns: Sequence[str]) -> Record:
    named = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    return Record(line, named, sum(bool(cell) for cell in cells[len(columns) :]))
