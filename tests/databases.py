"""A PostgreSQL database of a test's own, whose clock the test may set forward for every process at once."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

# Found before the built-in one by processes of this database alone: they all read the time with it (clock.py).
SLOW_CLOCK = """
CREATE TABLE public.set_forward (by interval NOT NULL);
INSERT INTO public.set_forward VALUES ('0');
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + by FROM public.set_forward';
"""


class Database:
    """`set_forward` moves the clock that all processes share. They look at it as often as their settings say."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._forward = timedelta()

    def set_forward(self, by: timedelta) -> None:
        self._forward += by
        self.ask("UPDATE public.set_forward SET by = %s", self._forward)

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement, values)
            return found.fetchall() if found.description else []


@contextmanager
def postgres() -> Iterator[Database]:
    """Made for one test and dropped after it. Needs DATABASE_URL, as every test with the mark `postgres`."""
    url, name = os.environ["DATABASE_URL"], f"own_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET search_path = public, pg_catalog").format(sql.Identifier(name))
        )
        database = Database(urlsplit(url)._replace(path=f"/{name}").geturl())
        try:
            database.ask(SLOW_CLOCK)
            yield database
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
