"""The log keeps versions of statements and lines of timelines, those that are there already as they are at this moment.

Nothing can say what was done to them before. They are kept in batches, by entries of the machine's own with the time of this
migration; an installation that has no such rows gets no such entry.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

import clock
from accounts import append_only, chain
from accounts.models.kept import label, new_salt, seal
from accounts.models.person import SYSTEM_EMAIL

KEPT = {"timelineentry": "incident_id", "statementversion": "statement_id"}
AT_ONCE = 200

on, off = append_only.protect(*(f"incidents_{name}" for name in KEPT))


def keep_what_is_there(apps: Any, editor: Any) -> None:
    for name, part_of in KEPT.items():
        for rows in _batches(apps.get_model("incidents", name)):
            _keep(apps, rows, part_of)
    if editor.connection.vendor == "postgresql":  # or the table could not be altered: its references wait to be checked
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _batches(model: Any) -> Iterator[list[Any]]:
    while rows := list(model.objects.filter(log_entry=None).order_by("pk")[:AT_ONCE]):
        yield rows


def _keep(apps: Any, rows: list[Any], part_of: str) -> None:
    """One entry of the log, written as `accounts.log.write` does it, and the rows that point to it."""
    head = apps.get_model("accounts", "LogHead").objects.select_for_update(no_key=True).get(pk=1)
    machine, _ = apps.get_model("accounts", "User").objects.get_or_create(
        email=SYSTEM_EMAIL, defaults={"name": "Answerable", "is_active": False, "password": "!"}
    )
    at, table = clock.now(), type(rows[0])._meta.label_lower
    about, action = f"{rows[0].pk}-{rows[-1].pk}", "log.kept_from_before"
    head.number, previous = head.number + 1, head.hash
    for row in rows:
        row.salt, row.log_entry_id = new_salt(), head.number
    kept = [{"row": label(row), "of": getattr(row, part_of), "seal": seal(row)} for row in rows]
    body = {
        "number": head.number,
        "at": chain.instant(at),
        "actor": machine.pk,
        "action": action,
        "object": f"{table}:{about}",
        "details": {},
        "kept": kept,
    }
    head.hash = chain.link(previous, body)
    apps.get_model("accounts", "LogEntry").objects.create(
        number=head.number, at=at, actor=machine, action=action, object_kind=table, object_id=about,
        kept=kept, previous=previous, hash=head.hash,
    )  # fmt: skip
    head.save()
    type(rows[0]).objects.bulk_update(rows, ["salt", "log_entry"])


def fields(null: bool) -> list[tuple[str, str, Any]]:
    """Both columns of both tables, as they are filled and as they stay."""
    entry: Any = models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.logentry"
    )
    salt: Any = models.CharField(max_length=64, default=str if null else new_salt)
    return [(table, name, field.clone()) for table in KEPT for name, field in (("log_entry", entry), ("salt", salt))]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0005_log_keeps_rows"), ("incidents", "0006_stuck_reminders")]

    operations: ClassVar = [
        migrations.RunPython(off, on),
        *(migrations.AddField(*field) for field in fields(null=True)),
        migrations.RunPython(keep_what_is_there, migrations.RunPython.noop),
        *(migrations.AlterField(*field) for field in fields(null=False)),
        migrations.RunPython(on, off),
    ]
