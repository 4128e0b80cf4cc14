"""Two people wrote in one statement: nobody's words are lost, and no field silently overwrites the other's.

What only the other person changed is taken over into the form. What both changed, the one who comes second decides, with
both texts in view.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict

from incidents import sources, wording
from incidents.forms.statement import COMPONENT, RESTS, StatementForm
from incidents.models import Statement, StatementVersion
from incidents.operations import dossier
from incidents.operations.statement import FIELDS, TEXTS, WITHHELD
from incidents.views.answers import put

CLASH, CHOICE = "clash", "choice-"  # the fields that ask, and the answer of each
MINE, THEIRS = "mine", "theirs"
UNDECIDED = "Say whose is saved: what stands in this field now, or what {by} saved."


@dataclass(frozen=True)
class Clash:
    """A field that both changed. ``runs``: how mine comes out of theirs; of words only."""

    name: str
    label: str
    theirs: str
    mine: str
    runs: list[wording.Run]
    chosen: str = ""
    problem: bool = False


@dataclass(frozen=True)
class Merge:
    """What came together: by whom the other version is, what was taken over from it, and what somebody has to decide."""

    by: str
    at: datetime
    taken: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


def together(found: Statement, form: StatementForm, current: StatementForm) -> Merge | None:
    """Bring what was typed on top of what is saved now. ``form`` then says that it has seen this version.

    ``found`` is the statement as it is now, and ``current`` the form as it would open. Nothing when nobody knows what the
    person had before them.
    """
    before, now = _version(found, form.data.get("version")), _version(found, found.version)
    if before is None or not form.is_valid():
        return None
    seen = before.content
    base, theirs, mine = _flat(seen, form), _flat(now.content if now else {}, form), _typed(form)
    taken = [name for name in mine if mine[name] == base[name] != theirs[name]]
    both = [name for name in mine if base[name] != theirs[name] != mine[name] != base[name]]
    data = form.data.copy()
    for name in (name for name in mine if mine[name] == base[name]):  # left alone, or given up for what the other saved
        put(data, current[name])
    labels = [_label(form, name) for name in taken]
    had: dict[str, list[Any]] = {
        "cites": seen.get("cites", []),
        "answers": [one["id"] for one in seen.get("questions", ())],
        WITHHELD: seen.get(WITHHELD, []),
    }
    theirs_ticked: dict[str, set[Any]] = {
        "cites": current.chosen_facts,
        "answers": current.chosen_questions,
        WITHHELD: {*found.withheld},
    }
    offered = [name for name in had if name in current.fields and name in form.fields]
    moved = [name for name in offered if _take_ticks(data, name, {*had[name]}, theirs_ticked[name], form)]
    labels += [str(form.fields[name].label) for name in moved]
    _take_sources(data, seen.get("rests", {}), current, form)
    data["version"] = str(found.version)
    data.setlist(CLASH, both)
    form.data = data
    return Merge(str(found.edited_by), found.edited_at, labels, [_clash(form, name, theirs, mine) for name in both])


def settle(found: Statement, form: StatementForm) -> bool:
    """Apply what was decided about the fields that asked. Each without an answer gets an error; then nothing is saved."""
    stored = _stored(found, form)
    clashes = list(_asked(stored, form))
    for clash in clashes:
        if clash.problem:
            form.add_error(clash.name, UNDECIDED.format(by=_saved_by(found, stored)))
    given_up = [clash.name for clash in clashes if clash.chosen == THEIRS] if form.is_valid() else []
    for name in given_up:
        _keep_theirs(form, name, stored.content if stored else {})
    return form.is_valid()


def still_asked(found: Statement, form: StatementForm) -> Merge | None:
    """The decisions of a form that came back, to be shown again with what was decided already."""
    if not form.data.getlist(CLASH):
        return None
    stored = _stored(found, form)
    return Merge(_saved_by(found, stored), found.edited_at, [], list(_asked(stored, form)))


def _stored(found: Statement, form: StatementForm) -> StatementVersion | None:
    """The version that a form asks about, with who saved it: fetched once, and not at all for a form that does not ask."""
    if not form.data.getlist(CLASH):
        return None
    if form.asks_about is None:
        form.asks_about = _version(found, form.data.get("version"))
    return form.asks_about


def _asked(stored: StatementVersion | None, form: StatementForm) -> Iterator[Clash]:
    if stored is None or not hasattr(form, "cleaned_data"):
        return
    theirs, mine = _flat(stored.content, form), _typed(form)
    for name in form.data.getlist(CLASH):
        if name in mine:
            yield _clash(form, name, theirs, mine)


def _clash(form: StatementForm, name: str, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> Clash:
    said = [_said(form, name, values[name]) for values in (theirs, mine)]
    runs = wording.difference(*said) if name in TEXTS else []
    chosen = form.data.get(CHOICE + name, "")
    undecided = chosen not in (MINE, THEIRS) and theirs[name] != mine[name]
    return Clash(name, _label(form, name), said[0], said[1], runs, chosen, undecided)


def _version(found: Statement, version: Any) -> StatementVersion | None:
    if not str(version).isdecimal():
        return None
    return StatementVersion.objects.select_related("saved_by").filter(statement=found, version=int(version)).first()


def _saved_by(found: Statement, stored: StatementVersion | None) -> str:
    return str(stored.saved_by if stored else found.edited_by)


def _flat(content: Mapping[str, Any], form: StatementForm) -> dict[str, Any]:
    """A saved version by the names of the form's fields."""
    states = content.get("component_states") or {}
    found = {name: content.get(name) for name in FIELDS if name in form.fields}
    return found | {COMPONENT + one.public_id: states.get(one.public_id, "") for one in form.components}


def _typed(form: StatementForm) -> dict[str, Any]:
    """What the form says, as a version keeps it; of a field with an error, what was sent."""
    names = [name for name in FIELDS if name in form.fields]
    components = [COMPONENT + one.public_id for one in form.components]
    cleaned = {name: _kept(form.cleaned_data[name]) for name in names if name in form.cleaned_data}
    return {name: form.data.get(name, "") for name in (*names, *components)} | cleaned


def _kept(value: Any) -> Any:
    return dossier.instant(value.replace(second=0, microsecond=0)) if isinstance(value, datetime) else value


def _keep_theirs(form: StatementForm, name: str, content: Mapping[str, Any]) -> None:
    if name.startswith(COMPONENT):
        key = name.removeprefix(COMPONENT)
        states = {**form.cleaned_data["component_states"], key: content["component_states"].get(key, "")}
        form.cleaned_data["component_states"] = {one: state for one, state in states.items() if state}
        return
    value = content.get(name)
    form.cleaned_data[name] = datetime.fromisoformat(value) if value and name in dossier.TIMES else value


def _take_ticks(data: QueryDict, name: str, base: set[Any], theirs: set[Any], form: StatementForm) -> bool:
    """Facts, questions and kinds of reason have no wording to quarrel about: each was ticked or unticked by one of the two."""
    mine = {getattr(one, "pk", one) for one in form.cleaned_data.get(name, ())}
    merged = (mine | (theirs - base)) - (base - theirs)
    data.setlist(name, [str(pk) for pk in sorted(merged)])
    return merged != mine


def _take_sources(data: QueryDict, base: Mapping[str, list[str]], current: StatementForm, form: StatementForm) -> None:
    """The same for the facts that each sentence was named for, of the sentences that stand there now."""
    before = {pk: {sources.key_of(text) for text in texts} for pk, texts in base.items()}
    for sentence in current.sentences:
        had = {int(pk) for pk, keys in before.items() if sentence.key in keys}
        theirs, mine = {fact.pk for fact in sentence.facts}, form.named_for(sentence)
        merged = (mine | (theirs - had)) - (had - theirs)
        data.setlist(RESTS + sentence.key, [str(pk) for pk in sorted(merged)])


def _label(form: StatementForm, name: str) -> str:
    return str(form.fields[name].label)


def _said(form: StatementForm, name: str, value: Any) -> str:
    of_form = form.fields[name]
    if isinstance(of_form, forms.ChoiceField):
        return str(dict(of_form.choices).get(value or "", value))
    return str(value or "") if name in form.errors else dossier.said(name, value)
