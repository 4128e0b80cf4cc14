"""The groups themselves: who must be thought of, and what is decided for them by default."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

import clock
import moments
from accounts import log
from accounts.models import LogAction, User
from refusals import Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing, three_way
from stakeholders import addresses, permissions
from stakeholders.models import Decision, GroupDefault, GroupKind, Rating, Scenario, Stage, StakeholderGroup
from stakeholders.models.group import STAGE_SAID, UNDECIDED


class Action(LogAction):
    GROUP_ADDED = "group.added"
    GROUP_CHANGED = "group.changed"
    GROUP_MOVED = "group.moved"
    GROUP_RETIRED = "group.retired"
    GROUP_RETURNED = "group.returned"


LINES = {"name": 80, "relationship": 120, "tone": 200, "timing": 200}
TEXTS = {"needs": 4_000, "channel": 1_000, "ready_answer": 4_000}
MINUTES = ("tell_within", "answer_within")
OWN = ("kind", "influence", "interest", "told_by_page", *LINES, *TEXTS, *MINUTES)
# One choice for decision and stage together, because a person chooses them together: "now", "contained", "" and so on.
DECIDED = tuple(f"default_{scenario}" for scenario in Scenario.values)
NOTED = tuple(f"note_{scenario}" for scenario in Scenario.values)
FIELDS = (*OWN, *DECIDED, *NOTED)

NOTE_LIMIT = 120
QUESTION_LIMIT = 200
MOST_MINUTES = 525_600  # a year
CHOICES: dict[str, str] = {
    "": UNDECIDED,
    Decision.NOW.value: Decision.NOW.label,
    **{stage.value: said for stage, said in STAGE_SAID.items()},
    **{one.value: one.label for one in (Decision.IF_ASKED, Decision.NOT_TOLD, Decision.NOT_APPLICABLE)},
}


@transaction.atomic
def add(*, by: User, **fields: Any) -> StakeholderGroup:
    """A group of the operator's own, at the end of the list. What is not given is decided each time."""
    require(permissions.can_keep_groups(by), NotAllowed(permissions.keep_groups_refusal()))
    group = StakeholderGroup(position=_last() + 1, influence=Rating.MEDIUM, interest=Rating.MEDIUM)
    values = _values(group, {}) | _tidy(fields)
    require_nothing_missing("The group was not added.", _missing(group, values))
    _set(group, values)
    group.slug = _slug(group.name)
    group.save(force_insert=True)
    _decide(group, values)
    log.write(Action.GROUP_ADDED, by=by, about=group, kind=group.kind)
    return group


@transaction.atomic
def change(
    group: StakeholderGroup, *, by: User, seen_version: int, seen: Mapping[str, str] | None = None, **fields: Any
) -> StakeholderGroup:
    """Say something else about a group, its defaults included. Takes any of ``FIELDS``; what is equal already is no change.

    What was decided for an incident stays as it was decided. ``seen`` is what ``as_seen`` said when the person opened it:
    Stale then holds all three readings of each field.
    """
    group = _locked(group, by=by)
    before = _values(group)
    values = before | _tidy(fields)
    changed = {name: value for name, value in values.items() if before[name] != value}
    if group.version != seen_version:
        typed = {name: _said(name, value) for name, value in changed.items()}
        raise Stale("Somebody changed this group since you opened it.", three_way(as_seen(group), typed, seen, label))
    require_nothing_missing("The group was not changed.", _missing(group, values))
    if changed:
        _set(group, values)
        _decide(group, values)
        _saved(group, Action.GROUP_CHANGED, by=by, fields=sorted(changed))
    return group


@transaction.atomic
def move(group: StakeholderGroup, *, by: User, up: bool) -> None:
    """One place up or down among the groups in use: the order in which a map lists them."""
    rows = list(StakeholderGroup.objects.select_for_update(no_key=True).order_by("pk"))
    require(permissions.can_keep_groups(by), NotAllowed(permissions.keep_groups_refusal()))
    listed = sorted((one for one in rows if one.retired_at is None), key=lambda one: (one.position, one.name))
    require(group in listed, WrongState("This group is retired: it has no place in the list."))
    at = listed.index(group)
    to = at - 1 if up else at + 1
    require(0 <= to < len(listed), WrongState(f"This group is {'first' if up else 'last'} already."))
    listed.insert(to, listed.pop(at))
    for position, one in enumerate(listed, 1):
        one.position = position
    StakeholderGroup.objects.bulk_update(listed, ["position"])
    log.write(Action.GROUP_MOVED, by=by, about=group, place=to + 1)


@transaction.atomic
def retire(group: StakeholderGroup, *, by: User) -> StakeholderGroup:
    """It stands on no new map, and no new message goes to it. What was decided and sent stays on record."""
    group = _locked(group, by=by)
    require(group.retired_at is None, WrongState("This group is retired already."))
    group.retired_by, group.retired_at = by, clock.now()
    return _saved(group, Action.GROUP_RETIRED, by=by)


@transaction.atomic
def bring_back(group: StakeholderGroup, *, by: User) -> StakeholderGroup:
    """In use again, at the end of the list."""
    group = _locked(group, by=by)
    require(group.retired_at is not None, WrongState("This group is in use."))
    require_nothing_missing("The group was not brought back.", _of_that_name(group, group.name, "desk:group_details"))
    group.retired_by = group.retired_at = None
    group.position = _last() + 1
    return _saved(group, Action.GROUP_RETURNED, by=by)


def as_it_stands(group: StakeholderGroup) -> dict[str, Any]:
    """The values of ``FIELDS``, as a form opens with them."""
    return _values(group)


def as_seen(group: StakeholderGroup) -> dict[str, str]:
    """The same in the words in which a person reads them."""
    return {name: _said(name, value) for name, value in _values(group).items()}


def label(name: str) -> str:
    start, _, scenario = name.partition("_")
    if name in DECIDED or name in NOTED:
        return f"{'Decision' if start == 'default' else 'Note'}: {Scenario(scenario).label.lower()}"
    return LABELS[name]


LABELS = {
    "name": "Name",
    "kind": "What they are to us",
    "needs": "What they need to know",
    "relationship": "In a few words",
    "influence": "Influence",
    "interest": "Interest",
    "channel": "How they are told",
    "tone": "Tone",
    "timing": "When, in words",
    "tell_within": "Told within",
    "answer_within": "Answered within",
    "ready_answer": "What we say when asked",
    "told_by_page": "A public statement is how they are told",
}


def _locked(group: StakeholderGroup, *, by: User) -> StakeholderGroup:
    group = StakeholderGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
    require(permissions.can_keep_groups(by), NotAllowed(permissions.keep_groups_refusal()))
    return group


def _values(group: StakeholderGroup, decided: Mapping[str, GroupDefault] | None = None) -> dict[str, Any]:
    if decided is None:
        decided = {one.scenario: one for one in group.defaults.all()}
    found = {name: getattr(group, name) for name in OWN}
    for scenario in Scenario.values:
        one = decided.get(scenario, GroupDefault())
        found[f"default_{scenario}"] = one.stage or one.decision
        found[f"note_{scenario}"] = one.note
    return found


def _said(name: str, value: Any) -> str:
    if name in DECIDED:
        return CHOICES.get(value, str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in MINUTES and value is not None:
        return moments.exact_term(value)
    words = {"kind": GroupKind.choices, "influence": Rating.choices, "interest": Rating.choices}.get(name, [])
    return str(dict(words).get(value, value if value is not None else ""))


def _tidy(fields: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"A group has no {', '.join(sorted(unknown))}.")
    return {name: _tidied(name, value) for name, value in fields.items()}


def _tidied(name: str, value: Any) -> Any:
    if name in LINES or name in NOTED:
        return addresses.line(value)
    if name in TEXTS:
        return "\n".join(line.rstrip() for line in value.strip().splitlines())
    return value


def _set(group: StakeholderGroup, values: Mapping[str, Any]) -> None:
    for name in OWN:
        setattr(group, name, values[name])


def _decide(group: StakeholderGroup, values: Mapping[str, Any]) -> None:
    for scenario in Scenario.values:
        chosen, note = values[f"default_{scenario}"], values[f"note_{scenario}"]
        stage = chosen if chosen in Stage.values else ""
        decided = {"decision": Decision.AT_STAGE.value if stage else chosen, "stage": stage, "note": note}
        GroupDefault.objects.update_or_create(group=group, scenario=scenario, defaults=decided)


def _saved(group: StakeholderGroup, action: Action, *, by: User, **details: Any) -> StakeholderGroup:
    group.version += 1
    group.save()
    log.write(action, by=by, about=group, version=group.version, **details)
    return group


def _last() -> int:
    places = StakeholderGroup.objects.values_list("position", flat=True)
    return max(places, default=0)


def _slug(name: str) -> str:
    """For addresses and code, never shown: stays when the name changes."""
    start = slugify(name)[:40] or "group"
    taken = set(StakeholderGroup.objects.filter(slug__startswith=start).values_list("slug", flat=True))
    return next(slug for number in range(1, len(taken) + 2) if (slug := f"{start}-{number}"[:50]) not in taken)


def _missing(group: StakeholderGroup, values: Mapping[str, Any]) -> Iterator[Missing]:
    if not values["name"]:
        yield Missing("Give the group a name", anchor="id_name")
    elif group.retired_at is None:
        yield from _of_that_name(group, values["name"])
    questions = [line for line in values["needs"].splitlines() if line.strip()]
    if not questions:
        yield Missing("Write at least one question that they will have", anchor="id_needs")
    if any(len(question) > QUESTION_LIMIT for question in questions):
        yield Missing(f"Shorten each question to {QUESTION_LIMIT} characters, one to a line", anchor="id_needs")
    yield from _outside_the_lists(values)
    yield from _too_long(values)


def _of_that_name(group: StakeholderGroup, name: str, view: str = "") -> Iterator[Missing]:
    others = StakeholderGroup.objects.current().exclude(pk=group.pk)
    if others.filter(name__iexact=name).exists():
        sentence = f"Give it another name: there is a group called {name} already"
        yield Missing(sentence, view, (group.pk,) if view else (), "id_name")


def _outside_the_lists(values: Mapping[str, Any]) -> Iterator[Missing]:
    lists: dict[str, Any] = {"kind": GroupKind.values, "influence": Rating.values, "interest": Rating.values}
    for name, allowed in (lists | dict.fromkeys(DECIDED, CHOICES)).items():
        if values[name] not in allowed:
            yield Missing(f"Choose from the list: {label(name).lower()}", anchor=f"id_{name}")
    for name in MINUTES:
        if not isinstance(values[name], int) or not 1 <= values[name] <= MOST_MINUTES:
            yield Missing(
                f"Write a length of time of at most a year, such as 4 h: {label(name).lower()}", anchor=f"id_{name}"
            )


def _too_long(values: Mapping[str, Any]) -> Iterator[Missing]:
    for name, most in (LINES | TEXTS | dict.fromkeys(NOTED, NOTE_LIMIT)).items():
        if len(values[name]) > most:
            yield Missing(f"Shorten this to {most:,} characters: {label(name).lower()}", anchor=f"id_{name}")
