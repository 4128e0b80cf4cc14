"""How an email to somebody inside reads: one thing, said in plain text first and in HTML as well.

A letter opens with a sentence, quotes the words it is about, lists what the reader must know, and asks one question
with its answers as links, or leads to one page. Pure: a letter is given everything it says.
"""

import re
import textwrap
from dataclasses import dataclass, field
from datetime import timedelta

from django.template.loader import render_to_string

import moments
from stakeholders.addresses import line
from stakeholders.mail import words

COLUMNS = 72
LABEL = 14
SUBJECT = 150


def rough(delta: timedelta) -> str:
    """ "2 d", "3 h 15 min": rounded to what a reader plans with, so that a few seconds make no "1 d 23 h" of two days."""
    grain = timedelta(hours=1) if delta >= timedelta(days=1) else timedelta(minutes=1)
    return moments.span(round(delta / grain) * grain)


def late_by(delta: timedelta) -> str:
    """ "3 h 16 min late", or "Just late" in the first minute."""
    return f"{rough(delta)} late" if delta >= timedelta(minutes=1) else "Just late"


@dataclass(frozen=True)
class Letter:
    """``choices`` and ``page`` are pairs of what a link says and where it leads; the first choice is the main one."""

    subject: str
    opening: str
    because: str
    quote: str = ""
    rows: tuple[tuple[str, str], ...] = ()
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
        if self.rows:
            parts.append("\n".join(_row(label, value) for label, value in self.rows))
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
            "rows": [(label, words(value)) for label, value in self.rows],
            "question": self.question,
            "choices": self.choices,
            "page": self.page,
            "notes": [words(note) for note in self.notes],
            "footer": words(self._footer()),
        }
        return render_to_string("emails/letter.html", said)

    def _footer(self) -> str:
        return f"You get this because {self.because} {self.sender}"


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", words(text)) if part.strip()]


def _fill(text: str, indent: int = 0) -> str:
    space = " " * indent
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
