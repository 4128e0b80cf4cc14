"""What waits for approval and is stale: asked for all that waits at once, for its authors have to look at it again (decision 29).

The page of a submission compares everything that was submitted. Here are the two things that others do meanwhile: they change a
fact that is cited, and the public is told something that these words would take back, or do not know of.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from incidents.models import Fact, RecordEntry, Statement
from incidents.operations import replaced


def with_signs(waiting: QuerySet[Any]) -> QuerySet[Any]:
    """Submissions with what ``reasons`` reads of them, besides what lists say of each. ``corrects`` is as it was submitted."""
    changed = Fact.objects.filter(statements=OuterRef("statement"), changed_at__gt=OuterRef("asked_at"))
    told = RecordEntry.objects.publications().filter(
        incident=OuterRef("statement__incident"), at__gt=OuterRef("asked_at")
    )
    submitted = {f"submitted_{name}": F(f"content__{name}") for name in replaced.NAMES}
    return waiting.annotate(fact_changed=Exists(changed), told_since=Exists(told), **submitted)


def incidents_of(waiting: Iterable[Any]) -> set[int]:
    """Of which ``reasons`` needs to know what the public was told: of most that waits nothing was said since."""
    return {asked.statement.incident_id for asked in waiting if _may_be(asked)}


def reasons(waiting: Iterable[Any], told: Iterable[RecordEntry]) -> dict[int, str]:
    """Why the authors of what waits look at it again, by its key. ``told`` are the entries of ``incidents_of``, newest first."""
    of_incident: dict[int | None, list[RecordEntry]] = defaultdict(list)
    for entry in told:
        of_incident[entry.incident_id].append(entry)
    found = {asked.pk: _why(asked, of_incident[asked.statement.incident_id]) for asked in waiting if asked.statement}
    return {key: why for key, why in found.items() if why}


def _why(asked: Any, told: list[RecordEntry]) -> str:
    """Why its author looks at it again, nothing where it is as it was. ``told`` are the entries of its incident, newest first."""
    if asked.fact_changed:
        return "A fact that it rests on has changed since"
    if not _may_be(asked):
        return ""
    statement = asked.statement
    statement.told_at_hand = told if statement.is_public else []
    statement.last_correction_at_hand = replaced.last_of_corrections(told)
    now = replaced.content(statement, asked.corrects or ())
    if all((getattr(asked, f"submitted_{name}") or None) == now.get(name) for name in replaced.NAMES):
        return ""
    return "What the public reads has changed since"


def _may_be(asked: Any) -> bool:
    """A correction also where nothing was said since: of the words that it names some may have been taken down."""
    return bool(asked.statement) and (asked.told_since or asked.statement.kind == Statement.Kind.CORRECTION)
