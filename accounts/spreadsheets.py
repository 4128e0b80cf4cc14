"""Tables to be opened in a spreadsheet. The one place that writes them, so that no cell of any export is a formula (S19).

Whatever people typed may stand in a cell, and a spreadsheet runs what begins like a formula. Which sign parts the cells
depends on the country of whoever opens the file, so the guard stands wherever some program could begin a cell: at the
beginning of a text, and behind its line ends, tabs and semicolons.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # without it some programs take UTF-8 for something else
CONTENT_TYPE = "text/csv; charset=utf-8"
_BEGINS_LIKE_A_FORMULA = re.compile(r"(^|[\r\n\t;])(?=[ \u00a0\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_UNSEEN = re.compile(r"^[\t\r\n]")


def guarded(text: str) -> str:
    """The text with an apostrophe before everything that a spreadsheet would run. All else stays as it is."""
    safe = _BEGINS_LIKE_A_FORMULA.sub(r"\1'", text)
    return f"'{safe}" if _UNSEEN.match(safe) else safe


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV as spreadsheets read it: UTF-8 with its mark, commas, every cell in quotation marks and guarded."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()
