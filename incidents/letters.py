"""How an email to somebody inside reads: one thing, said in plain text first and in HTML as well.

A letter opens with a sentence, quotes the words it is about, lists what the reader must know, and asks one question
with its answers as links, or leads to one page. Pure: a letter is given everything it says.
"""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple, TypedDict

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

import moments
from accounts.models import Organisation
from incidents import wording
from stakeholders.addresses import line
from stakeholders.mail import harmless, words

COLUMNS = 72
LABEL = 14
SUBJECT = 150
BLANK_LINES = re.compile(r"\n\s*\n")


def rough(delta: timedelta) -> str:
    """ "2 d", "3 h 15 min": rounded to what a reader plans with, so that a few seconds make no "1 d 23 h" of two days."""
    grain = timedelta(hours=1) if delta >= timedelta(days=1) else timedelta(minutes=1)
    return moments.span(round(delta / grain) * grain)


def late_by(delta: timedelta) -> str:
    """ "3 h 16 min late", or "Just late" in the first minute."""
    return f"{rough(delta)} late" if delta >= timedelta(minutes=1) else "Just late"


def signed(organisation: Organisation | None) -> str:
    """Who sends it, as the last words of a letter."""
    return f"{organisation.name}{', ' + organisation.place if organisation.place else ''}." if organisation else ""


def at_desk(view: str, pk: int | None = None) -> str:
    """The address of a page of the desk, as it stands in a letter."""
    return settings.DESK_URL + reverse(view, args=[] if pk is None else [pk])


class Message(TypedDict):
    """A letter as ``stakeholders.queue`` takes it."""

    subject: str
    text: str
    html: str
    reason: str


class Earlier(NamedTuple):
    """What an earlier letter said, to be read beside this one. ``when`` says so, with its date."""

    when: str
    subject: str
    words: str
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Letter:
    """``choices`` and ``page`` are pairs of what a link says and where it leads; the first choice is the main one.

    ``runs`` is a longer text, with what comes and what goes marked in it; ``compared`` says with what it was compared.
    """

    subject: str
    opening: str
    because: str
    quote: str = ""
    compared: str = ""
    runs: tuple[wording.Run, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    earlier: tuple[Earlier, ...] = ()
    question: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    page: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()
    sender: str = field(default="Answerable")

    def headline(self) -> str:
        subject = line(self.subject)
        return subject if len(subject) <= SUBJECT else f"{subject[: SUBJECT - 1].rstrip(' ,.')}…"

    def text(self) -> str:
        """The letter in plain text of 72 columns. Only a link may be longer: broken in two it would not work."""
        parts = [_fill(self.opening)]
        if self.quote:
            parts.append("\n".join(_fill(part, indent=2) for part in _paragraphs(self.quote)))
        if self.compared:
            parts.append(_fill(f"{self.compared}{self._legend('[-Struck words-]', '{+marked words+}')}"))
        parts += [_fill(part, indent=2) for part in _paragraphs(wording.marked(self.runs))]
        if self.rows:
            parts.append("\n".join(_row(label, value) for label, value in self.rows))
        parts += [part for one in self.earlier for part in (_fill(one.when), _quoted(one))]
        parts += [_fill(self.question)] if self.question else []
        parts += [f"  {label}\n  {target}" for label, target in (*self.choices, self.page) if target]
        parts += [_fill(note) for note in self.notes]
        parts.append(_fill(self._footer()))
        return "\n\n".join(parts) + "\n"

    def html(self) -> str:
        said = {
            "headline": words(self.headline()),
            "opening": words(self.opening),
            "quoted": _paragraphs(self.quote),
            "compared": self.compared and f"{self.compared}{self._legend('Struck words', 'underlined words')}",
            "marked": _by_paragraph(self.runs),
            "rows": _said(self.rows),
            "earlier": [
                (words(one.when), words(one.subject), _paragraphs(one.words), _said(one.rows)) for one in self.earlier
            ],
            "question": self.question,
            "choices": self.choices,
            "page": self.page,
            "notes": [words(note) for note in self.notes],
            "footer": words(self._footer()),
        }
        return render_to_string("emails/letter.html", said)

    def message(self) -> Message:
        return Message(subject=self.headline(), text=self.text(), html=self.html(), reason=f"Because {self.because}")

    def _legend(self, going: str, coming: str) -> str:
        """What the marks mean, where there are both."""
        return f" {going} go, {coming} come." if any(run.kind != "insert" for run in self.runs) else ""

    def _footer(self) -> str:
        return f"You get this because {self.because} {self.sender}"


def _said(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, words(value)) for label, value in rows]


def _quoted(earlier: Earlier) -> str:
    """As mail programs quote: the whole of it behind a mark at the beginning of each line."""
    said = [earlier.subject, *_paragraphs(earlier.words), *(f"{label}: {value}" for label, value in earlier.rows)]
    return "\n>\n".join(_fill(part, lead="> ") for part in said if part.strip())


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in BLANK_LINES.split(words(text)) if part.strip()]


def _by_paragraph(runs: Iterable[wording.Run]) -> list[list[wording.Run]]:
    """The runs of each paragraph. One that reaches over several is divided."""
    found: list[list[wording.Run]] = [[]]
    for run in runs:
        first, *others = BLANK_LINES.split(harmless(run.text))
        found[-1].append(run._replace(text=first))
        found += [[run._replace(text=other)] for other in others]
    return [paragraph for paragraph in found if any(run.text.strip() for run in paragraph)]


def _fill(text: str, indent: int = 0, lead: str = "") -> str:
    space = lead or " " * indent
    return textwrap.fill(
        " ".join(words(text).split()),
        COLUMNS,
        initial_indent=space,
        subsequent_indent=space,
        break_on_hyphens=False,
        break_long_words=len(max(text.split(), default="", key=len)) > 300,
    )


def _row(label: str, value: str) -> str:
    return textwrap.fill(
        " ".join(words(value).split()),
        COLUMNS,
        initial_indent=f"  {label:<{LABEL}}",
        subsequent_indent=" " * (LABEL + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )
