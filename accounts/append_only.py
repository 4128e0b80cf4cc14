"""Triggers that make a table append-only on SQLite and PostgreSQL.

The ORM of the frozen models refuses changes already; these refuse them from anywhere else, a database shell included.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MESSAGE = "this table is append-only"

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{message}'); END
"""

_POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION answerable_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END;
$$ LANGUAGE plpgsql
"""

_POSTGRES = {
    "update": "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
    "delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
    "truncate": "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {function}()",
}


def install(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Refuse update, delete and (PostgreSQL) truncate on ``table`` from now on."""
    if editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            editor.execute(_SQLITE.format(table=table, verb=verb, VERB=verb.upper(), message=MESSAGE))
        return
    editor.execute(_POSTGRES_FUNCTION)
    for statement in _POSTGRES.values():
        editor.execute(statement.format(table=table, function="answerable_append_only"))


def remove(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Take the triggers off ``table`` again. Only migrations and test fixtures that flush may."""
    on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
    for verb in _POSTGRES:
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")


def protect(*tables: str) -> tuple[Any, Any]:
    """Forward and backward functions for ``migrations.RunPython``."""

    def forward(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            install(editor, table)

    def backward(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            remove(editor, table)

    return forward, backward
