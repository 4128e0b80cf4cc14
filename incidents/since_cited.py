"""What became of a fact since words were drafted on it: every change, what it said before and says now, by whom and when (R7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from incidents.models import Citation, Fact, FactChange


@dataclass(frozen=True)
class Step:
    """One change of a fact."""

    by: User
    at: datetime
    said: str
    now: str
    was: str
    became: str
    held_at: datetime  # as of when it held until then

    @property
    def is_reworded(self) -> bool:
        return self.said != self.now


@dataclass(frozen=True)
class Cited:
    """A fact as it is shown to whoever reads the words on it. ``steps``: its changes after the version they had in view.

    ``is_changed`` also where no step is known: of changes before they were kept.
    """

    fact: Fact
    text: str
    confidence: str
    held_at: datetime | None
    is_changed: bool
    steps: tuple[Step, ...] = ()
    since_submission: bool = False


def steps(versions: Iterable[tuple[Fact, int]]) -> dict[int, tuple[Step, ...]]:
    """By the key of the fact. One query where anything changed."""
    rows = list(versions)
    changes = FactChange.objects.since(rows)
    return {fact.pk: tuple(_steps(fact, changes[fact.pk])) for fact, _ in rows if fact.pk in changes}


def _steps(fact: Fact, changes: list[FactChange]) -> Iterable[Step]:
    says = [(change.said, change.was) for change in changes] + [(fact.in_words(), fact.confidence)]
    for change, (said, was), (now, became) in zip(changes, says, says[1:], strict=False):
        yield Step(change.by, change.at, said, now, was, became, change.held_at)


def of_citations(citations: Iterable[Citation]) -> dict[int, tuple[Step, ...]]:
    """What changed since the author had it in view, by the key of the fact."""
    return steps((one.fact, one.version) for one in citations if one.version)


def as_they_are(citations: Iterable[Citation], submitted: Iterable[Mapping[str, Any]]) -> list[Cited]:
    """For who decides: each fact as it is now, with all that changed since it was cited."""
    rows, asked = list(citations), {row["id"]: (row["version"], row["confidence"]) for row in submitted}
    submitted_in = {pk: version for pk, (version, _) in asked.items()}  # where the version that was cited is not known
    since = steps((one.fact, one.version or submitted_in.get(one.fact_id, one.fact.version)) for one in rows)
    found = []
    for fact in (one.fact for one in rows):
        later = asked.get(fact.pk) != (fact.version, fact.confidence)
        changed = later or fact.pk in since
        shown = (fact, fact.in_words(), fact.confidence, fact.observed_at)
        found.append(Cited(*shown, changed, since.get(fact.pk, ()), later))
    return found


def as_they_were(facts: Mapping[int, Fact], submitted: Iterable[Mapping[str, Any]]) -> list[Cited]:
    """Under words that were decided on: what was read then, marked where the fact has since become something else."""
    rows = [(facts[row["id"]], row) for row in submitted if row["id"] in facts]
    since = steps((fact, row["version"]) for fact, row in rows)
    found = []
    for fact, row in rows:
        after, changed = since.get(fact.pk, ()), fact.version != row["version"]
        held_at = after[0].held_at if after else None if changed else fact.observed_at
        found.append(Cited(fact, row["text"], row["confidence"], held_at, changed, after))
    return found
