"""The public words: how they are put together, tidied and compared. A leaf, without questions to the database."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import moments

# The parts of the public message by the kind of statement; the promise is added after them.
PARTS: dict[str, tuple[str, ...]] = {
    "holding": ("acknowledgement", "body", "investigating"),
    "update": ("body",),
    "resolution": ("body",),
}

LABELS = {
    "headline": "Headline",
    "acknowledgement": "What went wrong",
    "body": "Message",
    "investigating": "What we are investigating",
    "affected": "Who is affected",
    "what_to_do": "What to do now",
    "public_status": "State",
    "status": "State",
    "impact": "Impact",
    "component_states": "Components",
    "began_at": "Began",
    "next_update_at": "Next update by",
    "disclosure_note": "What you leave out, and why",
    "cites": "Facts this rests on",
    "new_text": "New text",
    "new_due_at": "New date",
    "public_reason": "Reason given in public",
    "due_at": "Date",
    "text": "What will be done",
    "public_owner": "Owner as the public reads it",
    "verification": "How an outsider can check",
    "owner": "Owner",
    "kind": "Kind",
    "version": "Version",
    "audience": "Audience",
    "confidence": "Confidence",
}

# Characters that reorder what stands around them: a text could read differently from what it says.
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")

FEW = 250_000
_WORD = re.compile(r"\s*\S+|\s+$")


def tidy(text: str) -> str:
    """What is kept of a typed text: NFC, line ends as ``\\n``, without control and reordering characters or loose ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROLS.sub("", _REORDERING.sub("", text))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def promise(at: datetime, zone: str | ZoneInfo, *, now: datetime | None = None) -> str:
    """The sentence that makes the promise. Written from the field, so that words and clock cannot differ (R12).

    Without a date when ``now`` is the same UTC day: since a promise lies ahead when it is published, that is the day of
    publication too, and the record prints it beside the words.
    """
    return f"We will post the next update here by {moments.phrase(at, zone, now=now)}, even if there is nothing new."


def compose(parts: Iterable[str], next_update_at: datetime | None, zone: str | ZoneInfo, *, now: datetime) -> str:
    """The whole public message: its parts as paragraphs, and the promise last."""
    said = [part for part in parts if part]
    if next_update_at:
        said.append(promise(next_update_at, zone, now=now))
    return "\n\n".join(said)


class Run(NamedTuple):
    """A stretch of words that is in both texts, only in the new one, or only in the old one."""

    kind: Literal["same", "insert", "delete"]
    text: str


def difference(old: str, new: str) -> list[Run]:
    """How ``new`` came out of ``old``, word by word.

    The runs without insertions spell the words of ``old``, those without deletions spell ``new`` exactly. Where a word
    stands still and only the space before it changes, the new space is shown. Long texts without likeness are compared
    roughly, so that the time stays short.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(
        None,
        [word.strip() for word in before],
        [word.strip() for word in after],
        autojunk=len(before) * len(after) > FEW,
    )
    runs: list[Run] = []
    for verb, start, end, new_start, new_end in matcher.get_opcodes():
        if verb == "equal":
            runs.append(Run("same", "".join(after[new_start:new_end])))
            continue
        if end > start:
            runs.append(Run("delete", "".join(before[start:end])))
        if new_end > new_start:
            runs.append(Run("insert", "".join(after[new_start:new_end])))
    return runs


def changed(runs: Sequence[Run]) -> bool:
    return any(run.kind != "same" for run in runs)


def marked(runs: Iterable[Run]) -> str:
    """The difference in plain text, for an email: [-old words-] {+new words+}."""
    found = ""
    for run in runs:
        words = run.text.lstrip()
        space = run.text[: len(run.text) - len(words)]
        if found.endswith(("-]", "+}")) and not space:
            space = " "
        kept = {"same": words, "delete": f"[-{words}-]", "insert": f"{{+{words}+}}"}
        found += space + (kept[run.kind] if words else "")
    return found


def listed(names: Sequence[str], joint: str = "or") -> str:
    """ "Ada", "Ada or Ben", "Ada, Ben or Cleo"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}" if names else "nobody"
