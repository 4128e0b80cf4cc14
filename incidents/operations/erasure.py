"""Erasing: the notice in the place of the words, in every row that was found. Called by `redaction` alone.

Rows that are written once are named first; the triggers of the database let these, and only these, be changed, and only so.
"""

import secrets
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models
from django.db.models import F

import clock
from accounts import append_only, chain, log
from accounts.models import KeptModel, system_user
from accounts.models.kept import erased, label
from incidents import mails_redaction
from incidents.actions import Action
from incidents.models import (
    Approval,
    Erasure,
    Fact,
    Incident,
    Inquiry,
    Override,
    StakeholderPlan,
    Statement,
    StatementTemplate,
)
from incidents.operations import direct, statement
from incidents.operations.places import Place, Plan
from incidents.operations.taken import Words
from stakeholders.models import GroupDefault, Outgoing, StakeholderGroup


def erase(plan: Plan) -> dict[str, list[str]]:
    """Erase the texts. Returns, of the rows that the log keeps, which of their texts are gone, for its entry."""
    kept: dict[str, list[str]] = {}
    rewritten: list[Statement] = []
    messages = plan.letters  # before the rows by which they are found are changed
    rows = _fetched(plan.places)
    for place in plan.places:
        row, table = rows[place.name], place.model._meta.db_table
        if table in append_only.ERASABLE:
            Erasure.objects.create(redaction=plan.redaction, table_name=table, row_id=place.pk)
        models.QuerySet(model=place.model).filter(pk=place.pk).update(**_columns(place, row, plan.words))
        if isinstance(row, KeptModel):
            kept[place.name] = list(place.paths)
        if isinstance(row, Statement) and row.is_being_written:
            rewritten.append(row)
    for draft in rewritten:
        _begin_anew(draft)
    _edit_groups(rows.values())
    Erasure.objects.bulk_create(
        [Erasure(redaction=plan.redaction, table_name=Outgoing._meta.db_table, row_id=pk) for pk in messages]
    )
    mails_redaction.erase(messages, direct.anew(plan.quoting))
    return kept


def _fetched(found: Iterable[Place]) -> dict[str, models.Model]:
    """The rows of the places, by name."""
    keys: dict[type[models.Model], list[int]] = {}
    for place in found:
        keys.setdefault(place.model, []).append(place.pk)
    rows = (row for model, pks in keys.items() for row in model._base_manager.filter(pk__in=pks))
    return {label(row): row for row in rows}


def _columns(place: Place, row: models.Model, words: Words) -> dict[str, Any]:
    """What a row holds afterwards, by column."""
    paths = set(place.paths)
    if isinstance(row, KeptModel):
        return erased(row, paths)
    if isinstance(row, Approval):
        return _of_approval(row, paths)
    if isinstance(row, Override):
        return dict.fromkeys(paths, chain.TAKEN_DOWN) | {"text_digest": secrets.token_hex(32)}

    def put(path: str, text: str) -> str:
        if path not in paths:
            return text
        return chain.TAKEN_DOWN if place.whole or words.hold(text) else words.without(text)

    names = {path.partition("/")[0] for path in paths}
    changed: dict[str, Any] = {name: chain.mapped(getattr(row, name), name, put) for name in names}
    if isinstance(row, Statement):
        changed["cases"] = {}  # digests of passages, which can be guessed from
    return changed | ({"version": F("version") + 1} if _is_edited(row) else {})


def _is_edited(row: models.Model) -> bool:
    """Whether somebody may have it open in a browser: the words must not come back with the next save."""
    return (
        row.is_being_written
        if isinstance(row, Statement)
        else isinstance(row, (Fact, Incident, Inquiry, StakeholderPlan, StatementTemplate, StakeholderGroup))
    )


def _edit_groups(rows: Collection[models.Model]) -> None:
    """What is proposed for a group is saved with the group, which is another version once words of it go."""
    edited = {row.pk for row in rows if isinstance(row, StakeholderGroup)}
    groups = {row.group_id for row in rows if isinstance(row, GroupDefault)} - edited
    StakeholderGroup.objects.filter(pk__in=groups).update(version=F("version") + 1)


def _of_approval(approval: Approval, fields: set[str]) -> dict[str, Any]:
    """Its digests stay and its own salt goes; each text that stays has a salt of its own from now on."""
    left, texts = approval.taken_down(), approval.texts()
    hidden = {name: getattr(approval, name) for name in ("reason", "body_html") if name not in left}
    salts, digests = {}, dict(left)
    for field, text in {**texts, **hidden}.items():
        if field in fields:
            digests[field] = chain.salted(approval.salt_of(field), field, text)
        else:
            salts[field] = approval.salt_of(field)
    changed: dict[str, Any] = {}
    for field in fields:
        room = field.partition(".")[0]
        if room == "commitment":
            changed["commitments"] = _without_commitments(approval, fields)
        elif room == "masthead":
            shown = approval.masthead["texts"]
            put = {one: chain.TAKEN_DOWN if f"masthead.{one}" in digests else text for one, text in shown.items()}
            changed["masthead"] = {**approval.masthead, "texts": put}
        else:
            changed[field] = chain.TAKEN_DOWN
    return {**changed, "salt": "", "redacted": {"salts": salts, "digests": digests}}


def _without_commitments(approval: Approval, fields: set[str]) -> list[dict[str, Any]]:
    return [
        {
            name: chain.TAKEN_DOWN if f"commitment.{made['id']}.{name}" in fields else value
            for name, value in made.items()
        }
        for made in approval.commitments
    ]


def _begin_anew(draft: Statement) -> None:
    """A draft from which words were taken is another version: what waits for approval is void, and its author is asked to
    write something in their place."""
    machine = system_user()
    draft.refresh_from_db()
    statement.void_submission(draft, by=machine)
    Statement.objects.filter(pk=draft.pk).update(state=Statement.State.DRAFT, edited_by=machine, edited_at=clock.now())
    draft.refresh_from_db()
    log.write(
        Action.STATEMENT_EDITED,
        by=machine,
        about=draft,
        keep=[statement.version_of(draft, machine)],
        version=draft.version,
        fields=["redaction"],
    )
