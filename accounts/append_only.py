"""Triggers that make a table append-only on SQLite and PostgreSQL.

The ORM of the frozen models refuses changes already; these refuse them from anywhere else, a database shell included.

One update is let through: a redaction, which puts the one notice in the place of texts, in rows that it has named before
(``Erasable``). Everything else in the row has to stay as it is.
"""

from typing import Any, NamedTuple

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.chain import TAKEN_DOWN

MESSAGE = "this table is append-only"


class Erasable(NamedTuple):
    """The columns of a table that a redaction may erase: texts, JSON values with texts in them, and what hides them.

    ``emptied`` ones are left empty, ``filled`` ones get any value.
    """

    texts: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()


# By table; filled by the room that the tables belong to. `NAMED` is the table in which a redaction names its rows first.
ERASABLE: dict[str, Erasable] = {}
NAMED = "incidents_erasure"

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} {unless}
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

# Whether one JSON value came out of the other by nothing but putting the notice in the place of texts.
_POSTGRES_SAME = f"""
CREATE OR REPLACE FUNCTION answerable_only_erased(before jsonb, after jsonb) RETURNS boolean AS $$
BEGIN
  IF before IS NOT DISTINCT FROM after THEN RETURN true; END IF;
  IF before IS NULL OR after IS NULL THEN RETURN false; END IF;
  IF jsonb_typeof(before) = 'string' THEN RETURN after = to_jsonb('{TAKEN_DOWN}'::text); END IF;
  IF jsonb_typeof(before) <> jsonb_typeof(after) THEN RETURN false; END IF;
  IF jsonb_typeof(before) = 'object' THEN
    RETURN NOT EXISTS (
      SELECT 1 FROM jsonb_each(before) b FULL JOIN jsonb_each(after) a ON a.key = b.key
      WHERE a.key IS NULL OR b.key IS NULL OR NOT answerable_only_erased(b.value, a.value));
  END IF;
  IF jsonb_typeof(before) = 'array' THEN
    RETURN jsonb_array_length(before) = jsonb_array_length(after) AND NOT EXISTS (
      SELECT 1 FROM generate_series(0, jsonb_array_length(before) - 1) AS i
      WHERE NOT answerable_only_erased(before -> i, after -> i));
  END IF;
  RETURN false;
END; $$ LANGUAGE plpgsql IMMUTABLE
"""  # noqa: S608 - no words but ours

# Arguments of the trigger: the erasable columns, those left empty, those that get any value, each list with commas.
_POSTGRES_ERASURE = f"""
CREATE OR REPLACE FUNCTION answerable_erasure() RETURNS trigger AS $$
DECLARE
  before jsonb := to_jsonb(OLD); after jsonb := to_jsonb(NEW); named boolean; name text;
  changing text[] := string_to_array(TG_ARGV[0], ','); emptied text[] := string_to_array(TG_ARGV[1], ',');
  filled text[] := string_to_array(TG_ARGV[2], ',');
BEGIN
  EXECUTE 'SELECT EXISTS (SELECT 1 FROM {NAMED} WHERE table_name = $1 AND row_id = $2)'
    INTO named USING TG_TABLE_NAME::text, OLD.id;
  IF NOT named OR before = after OR before - changing - emptied - filled <> after - changing - emptied - filled THEN
    RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  FOREACH name IN ARRAY changing LOOP
    IF NOT answerable_only_erased(before -> name, after -> name) THEN
      RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END LOOP;
  FOREACH name IN ARRAY emptied LOOP
    IF after ->> name <> '' THEN
      RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END LOOP;
  RETURN NEW;
END; $$ LANGUAGE plpgsql
"""  # noqa: S608 - no words but ours

_POSTGRES_UPDATE_OF_ERASABLE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW "
    "EXECUTE FUNCTION answerable_erasure('{changing}', '{emptied}', '{filled}')"
)

_POSTGRES = {
    "update": "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
    "delete": "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
    "truncate": "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {function}()",
}


def install(editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Refuse update, delete, replacement (SQLite) and truncate (PostgreSQL) on ``table`` from now on."""
    erasable = ERASABLE.get(table) if NAMED in editor.connection.introspection.table_names() else None
    if editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            unless = _unless_erased(editor, table, erasable) if erasable and verb == "update" else ""
            editor.execute(_SQLITE.format(table=table, verb=verb, VERB=verb.upper(), unless=unless, message=MESSAGE))
        same = " OR ".join(_same(key) for key in _keys(editor, table))
        editor.execute(_SQLITE_REPLACE.format(table=table, same=same, message=MESSAGE))
        return
    editor.execute(_POSTGRES_FUNCTION)
    for verb, statement in _POSTGRES.items():
        if verb == "update" and erasable:
            _let_erase(editor, table, erasable)
        else:
            editor.execute(statement.format(table=table, function="answerable_append_only"))


def _let_erase(editor: BaseDatabaseSchemaEditor, table: str, erasable: Erasable) -> None:
    """PostgreSQL: the trigger that lets a redaction through."""
    editor.execute(_POSTGRES_SAME)
    editor.execute(_POSTGRES_ERASURE)
    lists = {name: ",".join(getattr(erasable, name)) for name in ("emptied", "filled")}
    changing = ",".join((*erasable.texts, *erasable.json))
    editor.execute(_POSTGRES_UPDATE_OF_ERASABLE.format(table=table, changing=changing, **lists))


def _unless_erased(editor: BaseDatabaseSchemaEditor, table: str, erasable: Erasable) -> str:
    """SQLite: the condition under which an update is refused, which is any but a redaction's."""
    with editor.connection.cursor() as cursor:
        cursor.execute(f"PRAGMA table_info({table})")
        columns = [name for _, name, *_ in cursor.fetchall()]
    free = {*erasable.texts, *erasable.json, *erasable.emptied, *erasable.filled}
    held = [f"NEW.{name} IS OLD.{name}" for name in columns if name not in free]
    held += [f"(NEW.{name} IS OLD.{name} OR NEW.{name} = '{TAKEN_DOWN}')" for name in erasable.texts]
    held += [_only_erased(name) for name in erasable.json]
    held += [f"NEW.{name} = ''" for name in erasable.emptied]
    held.append(f"EXISTS (SELECT 1 FROM {NAMED} WHERE table_name = '{table}' AND row_id = OLD.id)")  # noqa: S608
    return f"WHEN NOT ({' AND '.join(held)})"


def _only_erased(name: str) -> str:
    """The same leaves at the same places, each as it was or the notice in the place of a text."""
    return (
        f"(NEW.{name} IS OLD.{name} OR ((SELECT count(*) FROM json_tree(OLD.{name})) = "  # noqa: S608
        f"(SELECT count(*) FROM json_tree(NEW.{name})) AND NOT EXISTS ("
        f"SELECT 1 FROM json_tree(NEW.{name}) AS a LEFT JOIN json_tree(OLD.{name}) AS b ON a.fullkey = b.fullkey "
        "WHERE b.fullkey IS NULL OR a.type <> b.type OR (a.type NOT IN ('object', 'array') AND a.atom IS NOT b.atom "
        f"AND NOT (b.type = 'text' AND a.atom = '{TAKEN_DOWN}')))))"
    )


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
