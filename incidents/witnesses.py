"""The rows of an incident on which the steps of its first hour rest. A leaf beside the models."""

from collections.abc import Iterable

from incidents.models import ContainmentAction, Fact

# The numbers of the first blast radius (domain 5.2): rows are asked for later.
REACH = (Fact.Measure.EXECUTIONS, Fact.Measure.PEOPLE, Fact.Measure.REPEATS, Fact.Measure.STRAYS)


def witnesses(facts: Iterable[Fact], actions: Iterable[ContainmentAction]) -> dict[str, list[int]]:
    """The few rows whose stamps the log is asked for: those that the steps rest on, however many there are."""
    reported, held = list(facts), first_that_held(actions)
    read = read_in_a_log(reported)
    answers = {fact.pk for fact in [*first_answers(reported), *first_numbers(reported), read] if fact}
    return {"fact": sorted(answers), "containment": [held.pk] if held else []}


def first_answers(facts: Iterable[Fact]) -> list[Fact]:
    """To each question the standing fact that was filed first."""
    first: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.pk):
        if not fact.is_retracted:
            first.setdefault(fact.question, fact)
    return list(first.values())


def first_numbers(facts: Iterable[Fact]) -> list[Fact]:
    """Of each number of the blast radius that the protocol asks for, the standing fact that was filed first."""
    first: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.pk):
        if fact.measure in REACH and not fact.is_retracted:
            first.setdefault(fact.measure, fact)
    return list(first.values())


def read_in_a_log(facts: Iterable[Fact]) -> Fact | None:
    """The first standing fact about what the agent did that comes from a log or record."""
    known = (Fact.Confidence.REPORTED, Fact.Confidence.CONFIRMED)
    found = [
        fact
        for fact in facts
        if (fact.question, fact.source_kind) == (Fact.Question.AGENT_DID, Fact.Source.LOG) and fact.confidence in known
    ]
    return min(found, key=lambda fact: fact.pk, default=None)


def first_that_held(actions: Iterable[ContainmentAction]) -> ContainmentAction | None:
    held = (ContainmentAction.State.DONE, ContainmentAction.State.ENDED)
    found = [action for action in actions if action.state in held and action.done_at]
    return min(found, key=lambda action: (action.done_at or action.planned_at, action.pk), default=None)
