"""How much of an incident its room shows at once: what matters most, how much more there is, and a link to the whole.

A link is an address (`?facts=all`), so it needs no script and the board goes on polling with it. What must not be
overlooked comes first; where even that is too much, the line below says how much of it the rest holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from incidents.models import ContainmentAction, Fact, Statement

FACTS, CONTAINMENT, STATEMENTS, TIMELINE = LISTS = ("facts", "containment", "statements", "timeline")
MOST = {FACTS: 6, CONTAINMENT: 4, STATEMENTS: 8, TIMELINE: 8}  # facts of each question, containment of each scope


@dataclass(frozen=True)
class Part:
    """What is shown of a list. `rest` says in words what is not; empty when that is nothing."""

    shown: list[Any]
    rest: str = ""


class Whole(frozenset[str]):
    """The lists that this reader sees whole."""

    @classmethod
    def asked(cls, query: QueryDict) -> "Whole":
        return cls(name for name in LISTS if query.get(name) == "all")

    def __str__(self) -> str:
        """As part of an address that has a query already."""
        return "".join(f"&{name}=all" for name in LISTS if name in self)

    def links(self) -> dict[str, str]:
        """By list, the address that shows it whole too."""
        return {name: "?" + str(Whole(self | {name}))[1:] for name in LISTS}

    def part(self, name: str, rows: list[Any], notable: Mapping[str, Callable[[Any], object]] | None = None) -> Part:
        hidden = [] if name in self else rows[MOST[name] :]
        if not hidden:
            return Part(rows)
        counted = {word: sum(bool(is_it(row)) for row in hidden) for word, is_it in (notable or {}).items()}
        told = [f"{'all' if number == len(hidden) else number} {word}" for word, number in counted.items() if number]
        return Part(rows[: MOST[name]], f"{len(hidden)} more" + (f", {' and '.join(told)}" if told else ""))


def by_question(facts: list[Any], whole: Whole) -> list[tuple[Fact.Question, Part]]:
    """What waits for somebody first, then what the public has read or asks for, then the rest; each newest first."""
    newest = sorted(facts, key=lambda fact: (fact.observed_at, fact.pk), reverse=True)
    ordered = sorted(newest, key=_rank)
    notable = {"not confirmed": _is_reported, "published": lambda fact: fact.published_in}
    return [
        (question, whole.part(FACTS, [fact for fact in ordered if fact.question == question], notable))
        for question in Fact.Question
    ]


def blast_radius(facts: list[Fact]) -> list[tuple[Fact.Measure, Fact | None]]:
    """The five numbers, each with the newest fact that says it: not to be taken for one another (R51). Empty while none is."""
    standing = sorted((fact for fact in facts if not fact.is_retracted), key=lambda fact: (fact.observed_at, fact.pk))
    newest = {fact.measure: fact for fact in standing if fact.measure}
    return [(measure, newest.get(measure)) for measure in Fact.Measure] if newest else []


def _rank(fact: Any) -> int:
    if fact.owed or _is_reported(fact):
        return 0
    if fact.published_in or fact.is_cause or fact.confidence == Fact.Confidence.NOT_KNOWN:
        return 1
    return 3 if fact.is_retracted else 2


def _is_reported(fact: Fact) -> bool:
    return fact.confidence == Fact.Confidence.REPORTED


def ladder(actions: list[ContainmentAction], whole: Whole) -> list[tuple[ContainmentAction.Scope, Part, bool]]:
    """Narrow to wide: each scope with its actions, and whether one of them is in force. What stands comes first."""
    in_force, planned = ContainmentAction.State.DONE, ContainmentAction.State.PLANNED
    standing: dict[str, int] = {in_force: 0, planned: 1}
    ordered = sorted(actions, key=lambda action: standing.get(action.state, 2))
    notable = {
        "in force": lambda action: action.state == in_force,
        "planned": lambda action: action.state == planned,
    }
    rungs = []
    for scope in ContainmentAction.Scope:
        here = [action for action in ordered if action.scope == scope]
        rungs.append((scope, whole.part(CONTAINMENT, here, notable), any(one.state == in_force for one in here)))
    return rungs


def written(statements: list[Statement], whole: Whole) -> Part:
    """What is being written first, then what was published, each newest first."""
    ordered = sorted(statements, key=lambda one: one.state == Statement.State.PUBLISHED)
    return whole.part(STATEMENTS, ordered, {"not published": lambda one: one.state != Statement.State.PUBLISHED})
