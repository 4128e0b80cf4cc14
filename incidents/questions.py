"""Which open questions of the stakeholder map a statement may answer, and which it answers once it is out (R19).

A page of a statement needs all of them at once, so they come as one JSON column of a row that it fetches anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Aggregate, Exists, F, JSONField, OuterRef, Q, Subquery
from django.db.models.functions import JSONArray

from incidents.models import PlanQuestion, QuestionLink, Statement
from stakeholders.models import Decision


@dataclass(frozen=True)
class Asked:
    """One question of a group. ``is_chosen``: the statement at hand answers it."""

    pk: int
    group_id: int
    group: str
    text: str
    is_chosen: bool


class _Rows(Aggregate):
    """Several rows as one JSON list."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_AGG", **context)


def asked(of: str = "") -> Subquery:
    """To annotate with: the questions that a statement may answer. ``of`` is the way to the statement, as ``statement__``.

    Open ones of every group to which the incident applies, and whatever was chosen while it was open.
    """
    statement = f"{of}pk" if of else "pk"
    chosen = Exists(QuestionLink.objects.filter(question=OuterRef("pk"), statement=OuterRef(OuterRef(statement))))
    still_open = Q(answered_at=None) & ~Q(plan__decision=Decision.NOT_APPLICABLE)
    columns = ("pk", "plan__group", "plan__group__name", "text", "is_chosen")
    place = ("plan__group__position", "plan__group__name", "plan", "position")
    found = PlanQuestion.objects.filter(plan__incident=OuterRef(f"{of}incident")).annotate(is_chosen=chosen)
    rows = found.filter(still_open | Q(is_chosen=True)).order_by().values("plan__incident")
    return Subquery(rows.annotate(rows=_Rows(JSONArray(*map(F, (*place, *columns))))).values("rows"))


def put_at_hand(statement: Any, found: list[list[Any]] | None) -> None:
    """What `asked` has found, for whoever asks this statement."""
    rows = [row[4:] for row in sorted(found or ())]
    offered = [Asked(pk, group, name, text, bool(chosen)) for pk, group, name, text, chosen in rows]
    ours = [one for one in offered if statement.is_public or one.group_id == statement.group_id]
    statement.questions_at_hand = ours


def of(statement: Statement) -> list[Asked]:
    """Those that it may answer, in the order of the map: of every group, or of the one that it goes to."""
    if getattr(statement, "questions_at_hand", None) is None:
        found = Statement.objects.filter(pk=statement.pk).values_list(asked(), flat=True).get()
        put_at_hand(statement, found)
    at_hand: list[Asked] = statement.questions_at_hand  # type: ignore[attr-defined]
    return at_hand


def chosen(statement: Statement) -> list[Asked]:
    """Those that it answers once it is out."""
    return [one for one in of(statement) if one.is_chosen]


def by_group(found: Iterable[Asked]) -> list[tuple[str, list[Asked]]]:
    return [(name, list(rows)) for name, rows in groupby(found, key=lambda one: one.group)]
