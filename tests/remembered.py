"""States that many tests begin with: reached once by calling operations, and put back row by row from then on.

A fixture marked ``@remembered`` is run the first time that a process meets it after the same fixtures, at the same moment of
the fixed clock. What it wrote and what it returned is kept; the next test gets the rows and a copy of the value. As soon as
anything else has written in a test, or where a test commits for real, the fixture is run as it stands.
"""

import asyncio
import os
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, wraps
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection

import clock

Fixture = TypeVar("Fixture", bound=Callable[..., Any])
Rows = dict[Any, tuple[Any, ...]]

WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


@dataclass
class Trail:
    """What happened in one test so far: which fixtures ran, and whether something wrote that is not remembered."""

    steps: list[object] = field(default_factory=list)
    is_known: bool = True
    is_ours: bool = False  # while rows are put back
    before: dict[str, Rows] | None = None  # while a fixture is being remembered: its tables as they were

    def write(self, table: str) -> None:
        if self.is_ours:
            return
        if self.before is None:
            self.is_known = False
        elif table not in self.before:
            self.before[table] = _rows(table)


@dataclass(frozen=True)
class Kept:
    """What a fixture changed, by table: rows that came or are others now, and keys of rows that are gone. And its value."""

    put: dict[str, Rows]
    gone: dict[str, list[Any]]
    value: bytes
    at: datetime


trail = Trail()
kept: dict[object, Kept] = {}


def begin() -> None:
    """Before each test."""
    trail.steps, trail.before = [], None
    trail.is_known = "NOTHING_REMEMBERED" not in os.environ and not connection.in_atomic_block
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)


def step(*name: object) -> None:
    """A fixture has run."""
    trail.steps.append(name)


def strange() -> None:
    """From here on the database holds what is not remembered."""
    trail.is_known = False


def remembered(fixture: Fixture) -> Fixture:
    """Below ``@pytest.fixture``, on one that only writes to the database and returns what can be pickled.

    The clock may be moved too, by ``clock_at``.
    """

    @wraps(fixture)
    def run(*args: Any, **known: Any) -> Any:
        if not (trail.is_known and trail.before is None and connection.in_atomic_block) or _beside_a_loop():
            return fixture(*args, **known)
        key = (fixture.__module__, fixture.__qualname__, clock.now(), *trail.steps)
        if found := kept.get(key):
            _put_back(found)
            if "clock_at" in known:
                known["clock_at"](found.at)
            return pickle.loads(found.value)  # noqa: S301 - written by this process
        return _run(key, lambda: fixture(*args, **known))

    return run  # type: ignore[return-value]


def _beside_a_loop() -> bool:
    """Playwright keeps an event loop in this thread, and Django another connection beside it: not the one that is watched."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _run(key: object, build: Callable[[], Any]) -> Any:
    trail.before = {}
    try:
        value = build()
        before = trail.before
    finally:
        trail.before = None
    now = {table: _rows(table) for table in before}
    put = {table: {pk: row for pk, row in rows.items() if before[table].get(pk) != row} for table, rows in now.items()}
    gone = {table: [pk for pk in rows if pk not in now[table]] for table, rows in before.items()}
    kept[key] = Kept(put, gone, pickle.dumps(value), clock.now())
    return value


def _put_back(found: Kept) -> None:
    trail.is_ours = True
    try:
        with connection.cursor() as cursor:
            for table, keys in found.gone.items():
                _remove(cursor, table, keys)
            for table, rows in found.put.items():
                _remove(cursor, table, list(rows))
                _insert(cursor, table, list(rows.values()))
    finally:
        trail.is_ours = False


def _insert(cursor: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        columns, places = ", ".join(_columns(table)), ", ".join(["%s"] * len(_columns(table)))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


def _remove(cursor: Any, table: str, keys: list[Any]) -> None:
    if keys:
        cursor.executemany(f"DELETE FROM {table} WHERE {_key(table)} = %s", [(key,) for key in keys])


def _rows(table: str) -> Rows:
    """As they are stored: SQLite reads a time into an object that it does not write, unless it is asked for a sum (``+``)."""
    plain = "+" if connection.vendor == "sqlite" else ""
    columns = ", ".join(f"{plain}{name}" for name in (_key(table), *_columns(table)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table}")
        return {key: tuple(row) for key, *row in cursor.fetchall()}


@cache
def _key(table: str) -> str:
    return str(connection.ops.quote_name(_meta(table).pk.column))


@cache
def _columns(table: str) -> tuple[str, ...]:
    return tuple(connection.ops.quote_name(field.column) for field in _meta(table).concrete_fields)


def _meta(table: str) -> Any:
    return next(one._meta for one in apps.get_models(include_auto_created=True) if one._meta.db_table == table)


def _watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if found := WRITES.match(sql):
        trail.write(found[1])
    return execute(sql, params, many, context)
