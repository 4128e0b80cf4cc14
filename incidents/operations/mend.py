"""One click instead of typing: the words that the draft check offers, put in the place of those that it found."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from incidents.draft_check import Fix
from incidents.models import Fact, Statement
from incidents.operations import guards, statement
from incidents.operations.checking import Passage
from incidents.wording import tidy
from refusals import Stale, WrongState, require

MOVED = "The words have changed since the check read them. They are read again below."


@dataclass(frozen=True)
class Mended:
    """The version that was saved, and what stands where what did."""

    statement: Statement
    label: str
    before: str
    after: str


@transaction.atomic
def mend(
    draft: Statement,
    rule: str,
    field: str,
    at: int,
    *,
    by: User,
    seen_version: int,
    cites: Iterable[Fact] | None = None,
    **fields: Any,
) -> Mended:
    """Save ``fields``, as ``statement.edit`` does, with what ``rule`` finds ``at`` a place of ``field`` replaced by its fix.

    What is typed and what is mended are one version. Nothing but the passage is touched. Raises ``Stale`` when these words
    have no such finding with a fix, or when somebody else has saved.
    """
    draft = statement.lock(draft, by=by, seen_version=seen_version)
    require(
        draft.state == Statement.State.DRAFT,
        WrongState("This version waits for approval. Take it back, and change the words then."),
    )
    for name, value in fields.items():
        setattr(draft, name, tidy(value) if name in statement.TEXTS else value)
    passage = _found(guards.read(draft).passages, rule, field, at)
    assert passage.fix is not None  # noqa: S101 - that is what was looked for
    words = getattr(draft, field)
    fixed = fields | {field: _replaced(words, passage.fix)}
    saved = statement.edit(draft, by=by, seen_version=seen_version, cites=cites, **fixed)
    return Mended(saved, passage.label, passage.instead_of, passage.fix.put)


def _replaced(words: str, fix: Fix) -> str:
    return words[: fix.start] + fix.put + words[fix.end :]


def _found(passages: Iterable[Passage], rule: str, field: str, at: int) -> Passage:
    for passage in passages:
        if (passage.finding.rule, passage.field, passage.at) == (rule, field, at) and passage.fix:
            return passage
    raise Stale(MOVED)
