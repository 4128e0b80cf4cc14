"""The public words: how they are put together, tidied and compared. A leaf, without questions to the database."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from itertools import chain, product, zip_longest
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import moments

# The parts of the public message by the kind of statement; the promise is added after them.
PARTS: dict[str, tuple[str, ...]] = {
    "holding": ("acknowledgement", "body", "investigating"),
    "warning": ("acknowledgement", "body", "investigating"),
    "update": ("body",),
    "correction": ("acknowledgement", "body"),
    "resolution": ("body", "what_happened", "why_it_happened", "what_changes"),
    "post_mortem": ("body", "what_happened", "why_it_happened", "what_changes"),
    "direct": ("body",),
}

# The three answers stand below a heading of their own, in this order (R17).
ANSWERS = {
    "what_happened": "What happened",
    "why_it_happened": "Why",
    "what_changes": "What prevents a repeat",
}

LABELS = {
    "headline": "Headline",
    "acknowledgement": "What went wrong",
    "body": "Message",
    **ANSWERS,
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
    "withheld": "Kinds of reason for leaving it out",
    "cites": "Facts this rests on",
    "rests": "What each sentence rests on",
    "corrects": "Corrects",
    "corrects_messages": "Corrects",
    "answers": "Wrong facts it answers",
    "around": "What stands around the words in the mail",
    "let_stand": "Findings let stand",
    "dismissed": "Warnings dismissed",
    "questions": "Questions it answers",
    "replaces": "What the public reads until then",
    "taken_down": "Taken down since of what it corrects",
    "last_correction": "Corrected last by",
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

# Every part that a message can have, in the order in which it is read.
MESSAGE = ("acknowledgement", "body", *ANSWERS, "investigating")

# How the sentence with the promise begins.
PROMISING = "We will post the next update here by "

# What a kind of statement calls its parts otherwise.
OTHERWISE: dict[str, dict[str, str]] = {
    "warning": {"body": "What is switched off"},
    "correction": {"acknowledgement": "What we said that was wrong", "body": "What is so"},
    "resolution": {"body": "In short"},
    "post_mortem": {"body": "In short"},
    "direct": {"headline": "Subject"},
}

# Characters that reorder what stands around them: a text could read differently from what it says.
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")

# Up to how many pairs every one is looked at.
FEW, FEW_PARAGRAPHS = 250_000, 2_500

# What stands still amid changes: fewer words than this are not read by themselves, nor is one word in so many changed ones.
WORDS_BY_THEMSELVES, AMID = 3, 4
# Of a paragraph that was written anew, less than one word in so many is left.
LITTLE = 3

_TOKEN = re.compile(r"\s*\S+|\s+$")


def texts_of(kind: str) -> tuple[str, ...]:
    """The fields of free text that a statement of this kind has for its readers, in the order in which they are read."""
    everybody = () if kind == "direct" else ("affected",)  # a direct message is for whoever gets it
    return ("headline", *PARTS[kind], *everybody, "what_to_do")


def label(field: str, kind: str) -> str:
    """What a part of a statement of this kind is called at the desk; nothing for what is no part."""
    return OTHERWISE.get(kind, {}).get(field) or LABELS.get(field, "")


def label_of_approved(field: str, kind: str) -> str:
    """The same where the message is one text, whatever the parts of it are called."""
    return label(field, kind if field == "headline" else "")


def in_a_sentence(title: str) -> str:
    """With its first letter small: what follows may be a name."""
    return title[:1].lower() + title[1:]


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
    return f"{PROMISING}{moments.phrase(at, zone, now=now)}, even if there is nothing new."


def compose(parts: Mapping[str, str], next_update_at: datetime | None, zone: str | ZoneInfo, *, now: datetime) -> str:
    """The whole public message: its parts as paragraphs, the three answers below their headings, the promise last."""
    headed = {field: f"### {ANSWERS[field]}\n\n{text}" for field, text in parts.items() if field in ANSWERS and text}
    said = [text for text in ({**parts, **headed}).values() if text]
    if next_update_at:
        said.append(promise(next_update_at, zone, now=now))
    return "\n\n".join(said)


class Run(NamedTuple):
    """A stretch of text that is in both texts, only in the new one, or only in the old one."""

    kind: Literal["same", "insert", "delete"]
    text: str


class Block(NamedTuple):
    """Words of the old text, each with the space before it, and what stands in their place in the new one."""

    same: bool
    old: Sequence[str]
    new: Sequence[str]


def difference(old: str, new: str) -> list[Run]:
    """How ``new`` came out of ``old``, as a person would mark it: paragraph by paragraph, then word by word.

    The runs without insertions spell ``old`` exactly, those without deletions ``new``. Words that happen to stand in
    both amid what was written anew are not picked out of it, and a paragraph of which little is left is replaced
    whole. Long texts without likeness are compared roughly, so that the time stays short.
    """
    runs: list[Run] = []
    for before, after in _paired(_paragraphs(old), _paragraphs(new)):
        for block in _marked_up(before, after):
            if block.same:
                for one, other in zip(block.old, block.new, strict=True):
                    _keep(runs, one, other)
            else:
                _add(runs, "delete", "".join(block.old))
                _add(runs, "insert", "".join(block.new))
    return runs


def _keep(runs: list[Run], old: str, new: str) -> None:
    """A word that stands still, though the space before it may be another."""
    word = old.lstrip()
    if old != new:
        _add(runs, "delete", old.removesuffix(word))
        _add(runs, "insert", new.removesuffix(word))
    _add(runs, "same", new if old == new else word)


def _add(runs: list[Run], kind: Literal["same", "insert", "delete"], text: str) -> None:
    if text and runs and runs[-1].kind == kind:
        runs[-1] = Run(kind, runs[-1].text + text)
    elif text:
        runs.append(Run(kind, text))


def _paragraphs(text: str) -> list[list[str]]:
    """Words, each with the space before it; the empty line before a paragraph belongs to its first word."""
    found: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        if token.count("\n") > 1 and found[-1]:
            found.append([])
        found[-1].append(token)
    return found


_BACKWARDS = {"insert": "delete", "delete": "insert"}


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterable[tuple[str, int, int, int, int]]:
    """Only what is frequent in its second sequence does ``SequenceMatcher`` pass over, so that the longer one is the second."""
    if len(old) * len(new) <= FEW:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    if len(old) <= len(new):
        return SequenceMatcher(None, old, new).get_opcodes()
    return [
        (_BACKWARDS.get(verb, verb), start, end, new_start, new_end)
        for verb, new_start, new_end, start, end in SequenceMatcher(None, new, old).get_opcodes()
    ]


def _paired(old: list[list[str]], new: list[list[str]]) -> Iterator[tuple[list[str], list[str]]]:
    """Each paragraph with the one that it became, in order; with nothing where it is gone or new."""
    keys = [[" ".join(_words(paragraph)) for paragraph in text] for text in (old, new)]
    for verb, start, end, new_start, new_end in _opcodes(*keys):
        before, after = old[start:end], new[new_start:new_end]
        if verb == "equal":
            yield from zip(before, after, strict=True)
        elif len(before) * len(after) > FEW_PARAGRAPHS:
            yield list(chain(*before)), list(chain(*after))
        else:
            yield from _likest(before, after)


def _likest(old: list[list[str]], new: list[list[str]]) -> Iterator[tuple[list[str], list[str]]]:
    """The pairing that keeps most words, as in finding a longest common subsequence, with likeness for equality."""
    bags = [[Counter(_words(paragraph)) for paragraph in text] for text in (old, new)]
    like = [[_likeness(one, other) for other in bags[1]] for one in bags[0]]
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, j in product(reversed(range(len(old))), reversed(range(len(new)))):
        best[i][j] = max(best[i + 1][j], best[i][j + 1], like[i][j] and like[i][j] + best[i + 1][j + 1])
    i = j = 0
    gone: list[list[str]] = []
    come: list[list[str]] = []
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and like[i][j] and best[i][j] == like[i][j] + best[i + 1][j + 1]:
            yield from zip_longest(gone, come, fillvalue=[])
            yield old[i], new[j]
            gone, come, i, j = [], [], i + 1, j + 1
        elif j == len(new) or (i < len(old) and best[i + 1][j] >= best[i][j + 1]):
            gone, i = [*gone, old[i]], i + 1
        else:
            come, j = [*come, new[j]], j + 1
    yield from zip_longest(gone, come, fillvalue=[])


def _likeness(one: Counter[str], other: Counter[str]) -> int:
    """The number of words in both, or nothing when that is little."""
    shared = (one & other).total()
    return shared if shared * LITTLE >= min(one.total(), other.total()) else 0


def _marked_up(old: list[str], new: list[str]) -> list[Block]:
    """One paragraph and what became of it."""
    blocks = _without_islands(
        Block(verb == "equal", old[start:end], new[new_start:new_end])
        for verb, start, end, new_start, new_end in _opcodes(_words(old), _words(new))
    )
    left = sum(len(block.old) for block in blocks if block.same)
    return blocks if left * LITTLE >= min(len(old), len(new)) else [Block(False, old, new)]


def _without_islands(blocks: Iterable[Block]) -> list[Block]:
    """Make what stands still between two changes part of them, where it is too short to be read by itself."""
    found: list[Block] = []
    for block in blocks:
        if len(found) > 1 and not block.same and _is_island(found[-2], found[-1], block):
            left, island = found.pop(-2), found.pop()
            found.append(Block(False, [*left.old, *island.old, *block.old], [*left.new, *island.new, *block.new]))
        else:
            found.append(block)
    return found


def _is_island(left: Block, between: Block, right: Block) -> bool:
    words = len(between.old)
    return words < WORDS_BY_THEMSELVES or words * AMID < _size(left) + _size(right)


def _size(block: Block) -> int:
    return max(len(block.old), len(block.new))


def _words(tokens: Iterable[str]) -> list[str]:
    return [token.strip() for token in tokens]


def changed(runs: Sequence[Run]) -> bool:
    return any(run.kind != "same" for run in runs)


def marked(runs: Iterable[Run]) -> str:
    """The difference in plain text, for an email: [-old words-] {+new words+}. Spaces stand outside the marks."""
    found = ""
    for run in runs:
        words = run.text.strip()
        before, _, after = run.text.partition(words) if words else (run.text, "", "")
        if found.endswith(("-]", "+}")) and not before:
            before = " "
        kept = {"same": words, "delete": f"[-{words}-]", "insert": f"{{+{words}+}}"}
        found += before + (kept[run.kind] if words else "") + after
    return found


def begun(text: str, most: int) -> str:
    """Enough of a text to know it again, on one line: at most so many characters, cut between words where there are any."""
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    words = flat[:most].rpartition(" ")[0]
    return f"{words if len(words) > most // 2 else flat[: most - 1]}…"


def listed(names: Sequence[str], joint: str = "or") -> str:
    """ "Ada", "Ada or Ben", "Ada, Ben or Cleo"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joint} {names[-1]}" if names else "nobody"
