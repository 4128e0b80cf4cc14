"""Templates of statements: kept by administrators and communications leads, and filled when a statement is begun."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

import clock
import moments
from accounts import log
from accounts.models import Organisation, User
from incidents import markdown, placeholders, skeleton, wording
from incidents.actions import Action
from incidents.models import Category, Incident, Scenario, Statement, StatementTemplate
from incidents.operations import guards, template_words
from incidents.permissions_words import can_keep_templates, keep_templates_refusal
from incidents.wording import tidy
from refusals import Change, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing
from stakeholders.models import GroupKind

FIELDS = ("name", "kind", "category", "scenario", "group_kind", *StatementTemplate.TEXTS, "position")
NAME_LIMIT = 80


@transaction.atomic
def add(*, by: User, **fields: Any) -> StatementTemplate:
    """A template that may be used from now on.

    What the draft check finds in it is shown and may stay, but for what can never go out: see ``template_words``.
    """
    require(can_keep_templates(by), NotAllowed(keep_templates_refusal()))
    template = StatementTemplate()
    _set(template, fields)
    require_nothing_missing("The template was not added.", _missing(template))
    template.save(force_insert=True)
    log.write(Action.TEMPLATE_ADDED, by=by, about=template, kind=template.kind)
    return template


@transaction.atomic
def change(template: StatementTemplate, *, by: User, seen_version: int, **fields: Any) -> StatementTemplate:
    """Other words for the statements that are begun from now on. What was begun with it stays as it is.

    Raises ``Stale`` with the differing fields when somebody changed it in between.
    """
    template = _lock(template, by=by)
    before = {name: getattr(template, name) for name in FIELDS}
    _set(template, fields)
    changed = [name for name in FIELDS if getattr(template, name) != before[name]]
    require(template.version == seen_version, Stale(_STALE, _difference(before, template, changed)))
    require_nothing_missing("The template was not changed.", _missing(template))
    if changed:
        _saved(template, Action.TEMPLATE_CHANGED, by=by, fields=changed)
    return template


@transaction.atomic
def retire(template: StatementTemplate, *, by: User) -> StatementTemplate:
    """It is offered to nobody any more, and stays readable."""
    template = _lock(template, by=by)
    require(template.is_active, WrongState("This template is retired already."))
    template.is_active = False
    return _saved(template, Action.TEMPLATE_RETIRED, by=by)


@transaction.atomic
def restore(template: StatementTemplate, *, by: User) -> StatementTemplate:
    """Offered again."""
    template = _lock(template, by=by)
    require(not template.is_active, WrongState("This template is in use."))
    template.is_active = True
    require_nothing_missing("The template is not used again.", _missing(template))
    return _saved(template, Action.TEMPLATE_RESTORED, by=by)


def words(template: StatementTemplate, incident: Incident, *, organisation: Organisation | None) -> dict[str, str]:
    """The texts with which a statement begins; what nobody knows yet stands in square brackets."""
    zone = organisation.zone if organisation else "UTC"
    started = incident.failure_started_at
    known = {
        "agent": skeleton.named(incident.agent.public_name),
        "organisation": organisation.name if organisation else "",
        "contact": organisation.contact if organisation else "",
        "since": moments.phrase(started, zone, now=clock.now()) if started else "",
    }
    parts = wording.texts_of(template.kind)
    return {field: placeholders.fill(text, known) for field, text in template.texts().items() if field in parts}


def require_usable(template: StatementTemplate, kind: str) -> None:
    """One may be retired, or become one of another kind, while somebody looks at the page that offers it."""
    require(template.is_active and template.kind == kind, WrongState(f"“{template}” is not used for this any more."))


_STALE = "Somebody changed this template after you opened it."


def _lock(template: StatementTemplate, *, by: User) -> StatementTemplate:
    template = StatementTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    require(can_keep_templates(by), NotAllowed(keep_templates_refusal()))
    return template


def _set(template: StatementTemplate, fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"A template has no {', '.join(sorted(unknown))}.")
    for name, value in fields.items():
        setattr(template, name, tidy(value) if name in ("name", *StatementTemplate.TEXTS) else value)


def _saved(template: StatementTemplate, action: Action, *, by: User, **details: Any) -> StatementTemplate:
    template.version += 1
    template.save()
    log.write(action, by=by, about=template, version=template.version, **details)
    return template


def _difference(before: dict[str, Any], template: StatementTemplate, changed: list[str]) -> list[Change]:
    """What was typed stays in its field; beside it stands what is there now."""
    return [
        Change(label(name), "", str(before[name]), typed=str(getattr(template, name)), field=name) for name in changed
    ]


def label(field: str) -> str:
    own = {
        "name": "Name",
        "kind": "Kind",
        "category": "Category",
        "scenario": "Scenario",
        "group_kind": "Group",
        "position": "Place in the list",
    }
    return own.get(field) or wording.LABELS[field]


def _missing(template: StatementTemplate) -> Iterator[Missing]:
    yield from _missing_in_name(template)
    if template.kind not in Statement.Kind.values:
        yield Missing("Choose the kind of statement", anchor="id_kind")
        return
    if template.category not in ("", *Category.values) or template.scenario not in ("", *Scenario.values):
        yield Missing("Choose category and scenario from the lists", anchor="id_category")
    if template.group_kind not in ("", *GroupKind.values):
        yield Missing("Choose the group from the list", anchor="id_group_kind")
    elif template.group_kind and template.kind != Statement.Kind.DIRECT:
        yield Missing("Leave the group open: only a direct message goes to one", anchor="id_group_kind")
    if not template.texts():
        yield Missing("Write at least one of the texts", anchor="id_headline")
    for field, text in template.texts().items():
        yield from _missing_in_text(template, field, text)
    for passage in template_words.read(template).stopping:
        sentence = f"Take out “{passage.finding.text}”: {passage.finding.name.lower()}. That can never go out"
        yield Missing(sentence, anchor=f"id_{passage.field}")


def _missing_in_name(template: StatementTemplate) -> Iterator[Missing]:
    if not template.name:
        yield Missing("Give it a name", anchor="id_name")
    elif len(template.name) > NAME_LIMIT:
        yield Missing(f"Shorten the name to {NAME_LIMIT} characters", anchor="id_name")
    elif template.is_active and _of_that_name(template):
        yield Missing(f"There is a template called {template.name} already", anchor="id_name")


def _of_that_name(template: StatementTemplate) -> bool:
    return StatementTemplate.objects.active().filter(name=template.name).exclude(pk=template.pk).exists()


def _missing_in_text(template: StatementTemplate, field: str, text: str) -> Iterator[Missing]:
    anchor = f"id_{field}"
    if field not in wording.texts_of(template.kind):
        yield Missing(f"Leave “{wording.LABELS[field]}” empty: this kind has no such part", anchor=anchor)
    for name in placeholders.unknown(text):
        yield Missing(f"Take out {{{name}}}: there is no such variable", anchor=anchor)
    for found in placeholders.brackets(text):
        yield Missing(
            f"Write {found} as a variable in braces, so that the author is asked to fill it in", anchor=anchor
        )
    for _, sentence in guards.too_long({field: text}, {field: guards.LIMITS.get(field, markdown.LIMIT)}):
        yield Missing(sentence, anchor=anchor)
    if trouble := markdown.problem(text):
        yield Missing(trouble.rstrip("."), anchor=anchor)
