"""Killed within a migration and run again: the schema of a fresh installation, triggers and first rows included (R17; F37).

At merge one migration of the middle is killed at three places, nightly every migration of ours at each of four.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.faults.stage import Databases, Parent, Stage
from tests.relay import Relay
from tests.test_architecture import LINE

AT_MERGE = "stakeholders.0001_initial"
KEPT = "incidents.0007_kept_by_the_log"


@dataclass(frozen=True)
class Fresh:
    """A whole installation, how many statements each migration took, and a database from before each of ours."""

    schema: dict[str, Any]
    counts: dict[str, int]
    before: dict[str, str]


@pytest.fixture(scope="session")
def on(forks: Parent, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stage]:
    folder: Path = tmp_path_factory.mktemp("no-edition")
    return lambda database: Stage(forks, database, folder, Relay())


@pytest.fixture(scope="session")
def fresh(on: Callable[[str], Stage], databases: Databases) -> Fresh:
    growing = databases.new()
    before: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name in on(growing).act("order"):
        app, migration = name.split(".")
        if app in LINE:  # the others come along where ours need them
            before[name] = databases.new(like=growing)
            counts |= on(growing).act("migrate", to=[app, migration])
    on(growing).act("migrate")
    return Fresh(on(growing).act("schema"), counts, before)


def killed_and_run_again(on: Callable[[str], Stage], databases: Databases, fresh: Fresh, name: str, nth: int) -> None:
    ours = on(databases.new(like=fresh.before[name]))
    ended = ours.ends("migrate", within=name, nth=nth)
    assert ended["status"] == -signal.SIGKILL, f"{name} has no statement {nth}: {ended['said']}"

    ours.act("migrate")

    found = ours.act("schema")
    for part, wanted in fresh.schema.items():
        assert found[part] == wanted, f"after a kill at statement {nth} of {name}"


def places(count: int) -> list[int]:
    """The first statement, one of the middle, the last of the migration itself, and the record that it was done."""
    return sorted({1, max(1, count // 2), max(1, count - 1), count})


@pytest.mark.check("R17")
def test_killed_within_one_migration_and_run_again(
    on: Callable[[str], Stage], databases: Databases, fresh: Fresh
) -> None:
    for nth in places(fresh.counts[AT_MERGE])[1:]:
        killed_and_run_again(on, databases, fresh, AT_MERGE, nth)


@pytest.mark.nightly
@pytest.mark.check("R17", "S21")
def test_killed_while_the_log_takes_up_what_was_there_before_and_run_again(
    on: Callable[[str], Stage], databases: Databases, fresh: Fresh
) -> None:
    """Four hundred and fifty lines and two versions from before: all kept, or none and the triggers back in their place."""
    before = databases.new(like=fresh.before[KEPT])
    on(before).act("write_as_before", lines=450)
    count = on(databases.new(like=before)).act("migrate")[KEPT]
    for nth in places(count)[1:]:
        ours = on(databases.new(like=before))
        assert ours.ends("migrate", within=KEPT, nth=nth)["status"] == -signal.SIGKILL

        ours.act("migrate")

        line, version = "incidents.timelineentry", "incidents.statementversion"
        took_up = [("log.kept_from_before", line, rows) for rows in (200, 200, 50)]
        took_up.append(("log.kept_from_before", version, 2))
        entries = [list(one) for one in (("incident.declared", "incidents.incident", 0), *took_up)]
        assert ours.act("kept") == {"broken": "", "rows": 452, "entries": entries}
        assert schema_of(ours.act("schema")) == schema_of(fresh.schema)


def schema_of(found: dict[str, Any]) -> dict[str, Any]:
    return {part: said for part, said in found.items() if part != "rows"}


@pytest.mark.nightly
@pytest.mark.check("R17")
def test_killed_within_every_migration_and_run_again(
    on: Callable[[str], Stage], databases: Databases, fresh: Fresh, figures: Callable[..., None], url: str
) -> None:
    kills = [(name, nth) for name in fresh.before for nth in places(fresh.counts[name])]
    for name, nth in kills:
        killed_and_run_again(on, databases, fresh, name, nth)

    assert {name.split(".")[0] for name in fresh.before} == {"accounts", "agents", "stakeholders", "incidents"}
    figures(
        "R17", database="PostgreSQL" if url else "SQLite", migrations=len(fresh.before), kills=len(kills), differences=0
    )


def loose(migration: migrations.Migration) -> list[str]:
    """What in this migration is not undone when it is cut short."""
    found = [] if migration.atomic else ["the migration itself"]
    return found + [str(one) for one in migration.operations if not _is_whole(one)]


def _is_whole(operation: Operation) -> bool:
    if isinstance(operation, migrations.RunPython):
        return getattr(operation, "atomic", None) is not False
    return "Concurrently" not in type(operation).__name__


@pytest.mark.check("R17")
def test_every_migration_is_whole_or_absent() -> None:
    found = MigrationLoader(None).disk_migrations
    ours = {
        key: migration for key, migration in found.items() if key[0] in {app.label for app in apps.get_app_configs()}
    }

    assert {key: loose(migration) for key, migration in ours.items() if loose(migration)} == {}
    assert len(ours) > 10


def test_a_migration_that_is_not_would_be_seen() -> None:
    class Loose(migrations.Migration):
        atomic = False
        operations = (migrations.RunPython(migrations.RunPython.noop, atomic=False),)

    assert len(loose(Loose("x", "accounts"))) == 2
