"""What an approver wrote when the words went back, beside the words: for the author in the editor, and on the submission."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef, Subquery

from incidents import wording
from incidents.models import ReturnComment, Statement, Submission
from incidents.models.comment import passages


@dataclass(frozen=True)
class Beside:
    """A comment with the passage that it is about, as it was submitted."""

    passage: str
    label: str
    text: str


@dataclass(frozen=True)
class CameBack:
    """``at``: the comments by the field of the editor in which their passage stands."""

    submission: Submission
    comments: list[Beside]
    at: dict[str, list[Beside]] = field(default_factory=dict)


def newest_outcome() -> Subquery:
    """To annotate statements with: what became of the newest submission of each."""
    return Subquery(_newest(OuterRef("pk")).values("outcome")[:1])


def newest(statement: Statement) -> tuple[Submission | None, CameBack | None]:
    """The newest submission of a statement and what came back with it. One query for both."""
    beside = {name: F(f"comments__{name}") for name in ("part", "paragraph", "text")}
    which = Subquery(_newest(statement.pk).values("pk")[:1])
    rows: list[Any] = list(
        Submission.objects.filter(pk=which)
        .with_schedule()
        .select_related("decided_by")
        .annotate(**beside)
        .order_by("comments__pk")
    )
    if not rows:
        return None, None
    return rows[0], _of(rows[0], ((row.part, row.paragraph, row.text) for row in rows if row.part), statement)


def of(found: Submission) -> CameBack | None:
    """What came back with this submission, if it was returned. One query then."""
    if found.outcome != Submission.Outcome.RETURNED:
        return None
    return _of(found, found.comments.values_list("part", "paragraph", "text"), found.statement)


def _newest(statement: Any) -> Any:
    return Submission.objects.filter(statement=statement).order_by("-pk")


def _of(found: Submission, rows: Iterable[tuple[str, int, str]], statement: Statement | None) -> CameBack | None:
    if found.outcome != Submission.Outcome.RETURNED:
        return None
    back, said = CameBack(found, []), passages(found.content)
    for part, paragraph, text in rows:
        beside = Beside(said.get((part, paragraph), ""), ReturnComment.Part(part).label, text)
        back.comments.append(beside)
        back.at.setdefault(_field(part, beside.passage, statement), []).append(beside)
    return back


def _field(part: str, passage: str, statement: Statement | None) -> str:
    """A paragraph stands in the part of the message that says it still, else in none: then beside the message."""
    if part != ReturnComment.Part.BODY:
        return part
    return next((name for name in wording.MESSAGE if passage in getattr(statement, name, "")), "body")
