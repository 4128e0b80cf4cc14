"""One click instead of typing: the words that the draft check offers, put in the place of those that it found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from incidents.models import Fact, Statement
from incidents.operations import guards, statement
from incidents.operations.passages import mended, with_fix
from refusals import WrongState, require


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
    rests: Mapping[int, Iterable[str]] | None = None,
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
    statement.put(draft, cites=cites, rests=rests, **fields)
    passage, fix = with_fix(guards.read(draft).passages, rule, field, at)
    fixed = fields | {field: mended(getattr(draft, field), fix)}
    saved = statement.edit(draft, by=by, seen_version=seen_version, cites=cites, rests=rests, **fixed)
    return Mended(saved, passage.label, passage.instead_of, fix.put)
