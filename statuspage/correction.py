"""What a correction says, as it stands beside the words that it corrects."""

import re

from incidents.wording import PROMISING

PARAGRAPH = re.compile(r"<p>.*?</p>\s*", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
# A correction says first what was wrong, then what is so: both are always shown, and more while there is room.
ALWAYS, ROOM = 2, 600


def beside(html: str) -> tuple[str, bool]:
    """The paragraphs with which it begins, and whether that is all of it. Room is counted in characters of text.

    The promise of the next update is left out: it is no part of what is put right, and may long be answered.
    Pure: takes ``html`` as it was cleaned when it was approved, and cuts between its paragraphs only.
    """
    found, at = [], 0
    while part := PARAGRAPH.match(html, at):
        found.append(part.group().strip())
        at = part.end()
    is_all = not html[at:].strip()
    found = [one for one in found if not one.startswith(f"<p>{PROMISING}")]
    shown: list[str] = []
    for paragraph in found:
        if len(shown) >= ALWAYS and len(TAG.sub("", "".join([*shown, paragraph]))) > ROOM:
            return "\n".join(shown), False
        shown.append(paragraph)
    return "\n".join(shown), is_all
