"""What a forked process may be asked to do with the schema: migrate, die in the middle of it, and say what there is."""

import os
import signal
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.commands.migrate import Command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

import clock
from accounts import chain
from accounts.models import GENESIS, LogEntry
from accounts.operations.verify import verify_log

COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"


def migrate(to: list[str] | None = None, within: str = "", nth: int = 0) -> dict[str, int]:
    """As the product does it. Killed before the `nth` statement of the migration `within`.

    Returns how many statements each migration took, its own record included. ``to``: an app and a migration to stop at.
    """
    counts: dict[str, int] = {}
    now: list[str] = []

    def follow(_command: Any, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "apply_start":
            now[:] = [f"{migration.app_label}.{migration.name}"]
        elif action == "apply_success":
            now.clear()

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        for name in now:
            counts[name] = counts.get(name, 0) + 1
            if (name, counts[name]) == (within, nth):
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    Command.migration_progress_callback = follow  # type: ignore[method-assign, assignment]
    with connection.execute_wrapper(watch):
        call_command("migrate", *(to or []), interactive=False, verbosity=0)
    return counts


def order() -> list[str]:
    """Every migration in the order in which a fresh installation takes them."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def schema() -> dict[str, Any]:
    """Tables, columns, constraints, indexes, triggers and functions, and the rows that migrations put in."""
    questions = [SQLITE] if connection.vendor == "sqlite" else [COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, FUNCTIONS]
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for number, question in enumerate(questions):
            cursor.execute(question)
            found[f"part {number}"] = [[str(value) for value in row] for row in cursor.fetchall()]
    applied = MigrationRecorder.Migration.objects.values_list("app", "name")
    found["applied"] = sorted(list(one) for one in applied)
    found["rows"] = {model._meta.label: model._base_manager.count() for model in apps.get_models()}
    return found


def write_as_before(lines: int) -> None:
    """Rows as they were written before the log kept any: an entry, an incident with its lines, a statement's versions."""
    loader = MigrationExecutor(connection).loader
    model = loader.project_state(list(loader.applied_migrations)).apps.get_model
    now = clock.now()
    ada = model("accounts", "User").objects.create(email="ada@example.org", name="Ada")
    component = model("agents", "Component").objects.create(public_name="Replies")
    agent = model("agents", "Agent").objects.create(public_name="Assistant", owner=ada, component=component)
    incident = model("incidents", "Incident").objects.create(
        title="Letters", agent=agent, worst_harm="money", urgency="urgent", detected_at=now, declared_by=ada, declared_at=now
    )  # fmt: skip
    statement = model("incidents", "Statement").objects.create(
        incident=incident, kind="holding", created_by=ada, created_at=now, edited_by=ada, edited_at=now
    )
    version, line = model("incidents", "StatementVersion"), model("incidents", "TimelineEntry")
    version.objects.bulk_create(
        version(
            statement=statement, version=number, saved_by=ada, saved_at=now, content={"headline": f"Words {number}"}
        )
        for number in (1, 2)
    )
    line.objects.bulk_create(
        line(incident=incident, happened_at=now, entered_at=now, by=ada, text=f"Line {number}")
        for number in range(lines)
    )
    entry = {"number": 1, "action": "incident.declared", "details": {"agent": agent.pk}}
    body = {**entry, "at": chain.instant(now), "actor": ada.pk, "object": f"incidents.incident:{incident.pk}"}
    hashed = {"previous": GENESIS, "hash": chain.link(GENESIS, body)}
    named = {"object_kind": "incidents.incident", "object_id": str(incident.pk)}
    model("accounts", "LogEntry").objects.create(**entry, **hashed, **named, at=now, actor=ada)
    model("accounts", "LogHead").objects.update(number=1, hash=hashed["hash"])


def kept() -> dict[str, Any]:
    """What the log says of itself, and which entries keep how many rows."""
    entries = LogEntry.objects.order_by("number")
    verdict = verify_log()
    return {
        "broken": verdict.broken,
        "rows": verdict.rows,
        "entries": [(entry.action, entry.object_kind, len(entry.kept)) for entry in entries],
    }


ACTS: dict[str, Callable[..., Any]] = {act.__name__: act for act in (migrate, order, schema, write_as_before, kept)}
