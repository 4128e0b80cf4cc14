"""What an incident has of what a statement needs, asked in one question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, Max, OuterRef, Q

from incidents.models import ContainmentAction, Fact, Incident

# What has ended was done: nobody stops it again to speak.
CONTAINED = (ContainmentAction.State.DONE, ContainmentAction.State.ENDED, ContainmentAction.State.NOT_POSSIBLE)


@dataclass(frozen=True)
class Known:
    """Facts that were retracted do not count."""

    newest: Mapping[str, datetime]  # by question, when the latest fact under it was so
    known: frozenset[str]  # questions with a fact that says more than "not known yet"
    cause: bool  # a cause is confirmed
    containment: bool  # something is or was in force, or ruled out
    figures: Mapping[str, int]  # by measure, the newest number of the blast radius


def of(incident: Incident) -> Known:
    settled = ContainmentAction.objects.filter(incident=OuterRef("pk"), state__in=CONTAINED)
    levels = Fact.Confidence
    standing = FilteredRelation("facts", condition=~Q(facts__confidence=levels.RETRACTED))
    rows = list(
        Incident.objects.filter(pk=incident.pk)
        .annotate(standing=standing, containment=Exists(settled))
        .values(
            "containment",
            question=F("standing__question"),
            measure=F("standing__measure"),
            value=F("standing__value"),
        )
        .annotate(
            newest=Max("standing__observed_at"),
            number=Max("standing__pk"),
            known=Count("standing", filter=~Q(standing__confidence=levels.NOT_KNOWN)),
            causes=Count("standing", filter=Q(standing__confidence=levels.CONFIRMED, standing__is_cause=True)),
        )
        .order_by()
    )
    asked = [row for row in rows if row["question"]]  # without any fact there is one row, with the containment alone
    return Known(
        newest=_newest(asked),
        known=frozenset(row["question"] for row in asked if row["known"]),
        cause=any(row["causes"] for row in asked),
        containment=any(row["containment"] for row in rows),
        figures={row["measure"]: row["value"] for row in _by_time(asked) if row["value"] is not None},
    )


def _by_time(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["newest"], row["number"]))


def _newest(rows: Iterable[dict[str, Any]]) -> dict[str, datetime]:
    """A question has a row for what counts nothing and one for each of its numbers."""
    return {row["question"]: row["newest"] for row in _by_time(rows)}
