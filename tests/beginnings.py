"""What each process of a whole run begins with, made once and copied from then on: a migrated database, the static files.

Migrating alone takes ten seconds of a processor, and eight processes of a run begin.
"""

import os
import shutil
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.ready_made import ready_made
from tests.servers import Installation, empty_data_folder


def copy_static(to: Path) -> None:
    shutil.copytree(_made() / "static", to, dirs_exist_ok=True)


def copy_sqlite(to: Path) -> None:
    for file in _made().glob("db.sqlite3*"):
        shutil.copy(file, to.with_name(file.name.replace("db.sqlite3", to.name)))


def postgres_template() -> str:
    """Its name, for `CREATE DATABASE ... TEMPLATE`. It goes with its server, which `python -m tests` starts for one run."""
    return (ready_made("postgres", _migrate_postgres) / "name").read_text()


def _made() -> Path:
    return ready_made("empty", empty_data_folder)


def _migrate_postgres(folder: Path) -> None:
    url, name = os.environ["DATABASE_URL"], f"migrated_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    folder.mkdir(parents=True)
    own = urlsplit(url)._replace(path=f"/{name}").geturl()
    Installation(folder / "data", DATABASE_URL=own).manage("migrate", "-v", "0")
    (folder / "name").write_text(name)
