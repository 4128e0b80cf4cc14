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

# INSERT OR REPLACE removes the row in its way without asking the trigger that watches over deletion.
_SQLITE_REPLACE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
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
    """Refuse update, delete, replacement (SQLite) and truncate (PostgreSQL) on ``table`` from now on."""
    if editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            editor.execute(_SQLITE.format(table=table, verb=verb, VERB=verb.upper(), message=MESSAGE))
        same = " OR ".join(_same(key) for key in _keys(editor, table))
        editor.execute(_SQLITE_REPLACE.format(table=table, same=same, message=MESSAGE))
        return
    editor.execute(_POSTGRES_FUNCTION)
    for statement in _POSTGRES.values():
        editor.execute(statement.format(table=table, function="answerable_append_only"))


def remove(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Take the triggers off ``table`` again. Only migrations and test fixtures that flush may."""
    on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
    for verb in (*_POSTGRES, "replace"):
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")


def _keys(editor: BaseDatabaseSchemaEditor, table: str) -> list[list[str]]:
    """The columns of the primary key and of every unique index without a condition (SQLite)."""
    with editor.connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({table})")
        keys = [[name for _, name, _, _, _, is_key in cursor.fetchall() if is_key]]
        cursor.execute(f"PRAGMA index_list({table})")
        for _, index, is_unique, _, is_partial in cursor.fetchall():
            if is_unique and not is_partial:
                cursor.execute(f"PRAGMA index_info({index})")
                keys.append([name for _, _, name in cursor.fetchall()])
    return keys


def _same(columns: list[str]) -> str:
    return "(" + " AND ".join(f"{column} = NEW.{column}" for column in columns) + ")"


def protect(*tables: str) -> tuple[Any, Any]:
    """Forward and backward functions for ``migrations.RunPython``."""

    def forward(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            install(editor, table)

    def backward(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            remove(editor, table)

    return forward, backward
