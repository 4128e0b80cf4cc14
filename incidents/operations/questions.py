"""What was asked is answered by what is said: chosen while it is written, and so once it is out (R19).

Choosing is part of a version and of what a second person approves. Whoever asked is answered by these words and no others.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from incidents import questions
from incidents.models import Approval, PlanQuestion, QuestionLink, Statement
from refusals import Incomplete, Missing, require


def choose(statement: Statement, keys: Collection[int]) -> None:
    """Let it answer exactly these questions. Nothing is saved yet: see `keep`."""
    offered, keys = questions.of(statement), set(keys)
    place = Missing("Choose questions that are still open", "desk:statement", (statement.pk,), "id_answers")
    ours = keys <= {one.pk for one in offered}
    require(ours, Incomplete("A statement answers open questions of those who read it.", [place]))
    chosen = [replace(one, is_chosen=one.pk in keys) for one in offered]
    statement.questions_at_hand = chosen  # type: ignore[attr-defined]


def keep(statement: Statement) -> None:
    """Save what was chosen, so that it is asked of the database again."""
    at_hand: list[questions.Asked] | None = statement.__dict__.pop("questions_at_hand", None)
    if at_hand is None:
        return
    saved = set(QuestionLink.objects.filter(statement=statement).values_list("question", flat=True))
    chosen = {one.pk for one in at_hand if one.is_chosen}
    if gone := saved - chosen:
        QuestionLink.objects.filter(statement=statement, question__in=gone).delete()
    QuestionLink.objects.bulk_create(QuestionLink(statement=statement, question_id=pk) for pk in sorted(chosen - saved))


def content(statement: Statement) -> dict[str, Any]:
    """What its dossier holds of them: nothing where it answers none, as before there was a map."""
    said = [{"id": one.pk, "group": one.group, "text": one.text} for one in questions.chosen(statement)]
    return {"questions": said} if said else {}


def answer(approval: Approval) -> dict[str, Any]:
    """The words are out: what their approver read that they answer is answered. What was answered before stays as it was.

    Called in the transaction of the approval, whose incident is locked. Returns what the log keeps of it:
    the keys of those that were still open, if any.
    """
    named = [one["id"] for one in approval.submission.content.get("questions", ())]
    if not named:
        return {}
    still_open = PlanQuestion.objects.filter(pk__in=named, answered_at=None)
    answered = list(still_open.order_by("pk").values_list("pk", flat=True))
    still_open.update(answered_at=approval.approved_at, answered_in=approval)
    return {"answers": answered} if answered else {}
