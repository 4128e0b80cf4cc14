"""What was said and is not so: which entries of the record owe the public a correction, and which ones a correction puts right.

A correction is a statement like every other, with its own approval and entry. It stands beside the words it corrects, which
stay readable (R8).
"""

from collections.abc import Iterable
from datetime import datetime

from incidents.models import Approval, Fact, RecordEntry, Statement


def begins_at(entry: RecordEntry) -> str:
    """Why these words cannot be corrected, or nothing: only a publication has words to correct."""
    if entry.kind != RecordEntry.Kind.PUBLICATION:
        return f"Entry {entry.number} is no statement. Only published statements are corrected."
    return ""


def put_right_by(statement: Statement) -> list[int]:
    """The numbers of the entries that this correction puts right, oldest first.

    The one it names, and every other publication that rests on the same retracted facts: what is wrong in one of them is
    wrong in all, and the public reads that it was corrected wherever it may have read it.
    """
    if statement.corrects is None:
        return []
    cited = Fact.objects.filter(
        statements__submissions__approval__entry=statement.corrects, confidence=Fact.Confidence.RETRACTED
    )
    same = RecordEntry.objects.publications().filter(
        incident=statement.incident_id, approval__submission__statement__facts__in=cited
    )
    return sorted({statement.corrects.number, *same.values_list("number", flat=True)})


def outstanding(fact: Fact, published_in: Iterable[int], approvals: Iterable[Approval]) -> list[int]:
    """Of the entries that rest on a retracted fact, those that nothing has put right since. Asks the database nothing."""
    if not fact.is_retracted:
        return []
    since: datetime | None = fact.retracted_at
    done = {number for one in approvals if since and one.approved_at >= since for number in one.corrects}
    return [number for number in published_in if number not in done]
