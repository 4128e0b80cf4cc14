"""The same installation in another world: every value that is not declared public is another one there.

Which columns there are is asked of the models, so that a new one differs by itself until somebody declares it public.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROOMS = ("accounts", "agents", "stakeholders", "incidents")

# What the public face may read: the allow-list of `statuspage.source`, and of an entry what is hashed and downloaded.
PUBLIC = {
    "incidents.RecordHead": {"revision", "number"},
    "incidents.Confirmation": {"confirmed_at"},
    "incidents.RecordEntry": {"number", "kind", "at", "hash", "previous", "body", "approval"},
    "incidents.Approval": {
        "headline", "body", "body_html", "affected", "what_to_do", "commitments", "new_text", "public_reason", "masthead",
        "salt", "redacted",
    },
}  # fmt: skip
# The name over the sign-in is the one that was approved last: changing it takes an approval.
APPROVED = {"accounts.Organisation": {"name", "place", "contact", "time_zone"}}


def columns() -> Iterator[tuple[type[models.Model], Any]]:
    """Every column of ours but keys of rows (which differ where more happened inside) and what is declared."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in ROOMS or not model._meta.managed:
            continue
        declared = PUBLIC.get(model._meta.label, set()) | APPROVED.get(model._meta.label, set())
        for column in model._meta.concrete_fields:
            if not column.primary_key and column.name not in declared:
                yield model, column


def rows(model: type[models.Model]) -> Any:
    """Past the querysets that refuse what is frozen."""
    return models.QuerySet(model).order_by("pk")


AT_MOST = 40  # rows of a table: the log has hundreds, and each says the same of its columns


def make_differ() -> dict[str, int]:
    """Change every undeclared value; in how many rows, by column. The database's own checks are off meanwhile.

    Where a unique key keeps two rows apart, the second keeps its value.
    """
    _without_checks()
    changed: dict[str, int] = {}
    for model, column in columns():
        name = f"{model._meta.label}.{column.name}"
        changed[name] = 0
        for row in rows(model).values("pk", column.attname)[:AT_MOST]:
            value = _other(column, row[column.attname], row["pk"])
            with contextlib.suppress(IntegrityError), transaction.atomic():
                rows(model).filter(pk=row["pk"]).update(**{column.attname: value})
                changed[name] += value != row[column.attname]
    return changed


def _without_checks() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid > 0"
        )
        for table, name in sorted(cursor.fetchall(), key=lambda pair: pair[1]):
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def with_checks() -> None:
    """PostgreSQL takes them back with the roll-back."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _other_time(value: Any) -> Any:
    """Of a time of day, a day or an instant. Where there was none, an instant is taken for a day too."""
    if isinstance(value, time):
        return value.replace(minute=(value.minute + 7) % 60)
    return (value or LONG_AGO) + timedelta(days=400)


def _other(column: Any, value: Any, pk: Any) -> Any:
    """Another value of the same kind, also where there was none."""
    if isinstance(column, models.ForeignKey):
        others = column.related_model._base_manager.exclude(pk=value).order_by("-pk").values_list("pk", flat=True)
        return others.first() if others else value
    if isinstance(column, models.BooleanField):
        return not value
    if isinstance(column, models.TimeField | models.DateField):
        return _other_time(value)
    if isinstance(column, models.IntegerField):
        return (value or 0) + (100_000 if column.unique else 1)
    if isinstance(column, models.JSONField):
        return [*value, "other"] if isinstance(value, list) else {**(value or {}), "other": "inside"}
    if column.choices:
        return next((one for one, _ in column.flatchoices if one != value), value)
    said = f"Other words inside {pk}"
    return said if not column.max_length or len(said) <= column.max_length else f"o{pk}"[-column.max_length :]
