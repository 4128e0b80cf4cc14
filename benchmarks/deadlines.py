"""What is due among a million commitments, with the partial index and without: python benchmarks/deadlines.py

On SQLite and on a PostgreSQL of its own, both thrown away afterwards. Nearly all rows are long settled, as they are after
years of use; 500 are open, 250 of them past due. Each round asks with the index, drops it, asks without, and makes it
again, one after the other on the same rows, so that neighbours on the machine disturb both alike. What is timed is the
product's own SQL and fetching its rows; making objects of them costs the same either way. Of the runs of a round the
quickest counts, on both sides, because neighbours only ever add. The ratio of a question is the median over the rounds.
Exits with 1 when that of the commitments is under its floor.

The rows are written by SQL, with foreign keys that lead nowhere.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ROWS = int(os.environ.get("DEADLINES_ROWS", "1000000"))
OTHERS = ROWS // 10  # of promises, reminders and messages: the shape is the same, and no floor is set
ROUNDS, WITH, WITHOUT = 3, 60, 3
FLOOR, AIM, MUST = 50, 200, "commitments"


def main() -> int:
    from tests import cluster as clusters  # noqa: PLC0415 - needs no settings, unlike the child

    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as folder:
        found["SQLite"] = _on(Path(folder) / "sqlite", "")
        if clusters.programs():
            with clusters.running() as cluster:
                found["PostgreSQL"] = _on(Path(folder) / "postgres", cluster.url)
    print(_table(found))
    print(json.dumps({"figures": _figures(found)}))
    return 1 if any(ratio < FLOOR for (_, question), ratio in _ratios(found).items() if question == MUST) else 0


def _on(folder: Path, url: str) -> dict[str, Any]:
    """In a process of its own, because settings are read once."""
    from tests.config.conftest import clean_environment  # noqa: PLC0415

    environment = clean_environment(folder, DJANGO_SETTINGS_MODULE="config.settings", DATABASE_URL=url)
    done = subprocess.run(
        [sys.executable, __file__, "--measure"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


# In the child


def measure() -> dict[str, Any]:
    """By question: milliseconds with and without the index, a pair for each round, and the rows found."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    import clock  # noqa: PLC0415
    from incidents.models import Commitment, Promise, Reminder  # noqa: PLC0415
    from stakeholders.models import Outgoing  # noqa: PLC0415
    from tests import due_rows  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    now = clock.now()
    _unbind(connection)
    questions: dict[Any, tuple[int, Callable[[], Any]]] = {
        Commitment: (ROWS, lambda: Commitment.objects.overdue(now)[:500]),
        Promise: (OTHERS, lambda: Promise.objects.overdue(now)[:500]),
        Reminder: (OTHERS, lambda: Reminder.objects.due(now)[:500]),
        Outgoing: (OTHERS, lambda: Outgoing.objects.due(now)[:500]),
    }
    found = {}
    for model, (rows, ask) in questions.items():
        due_rows.fill(model, rows, now)
        indexes = [index for index in model._meta.indexes if "due_at" in index.fields]
        pairs = [_round(connection, model, indexes, ask) for _ in range(ROUNDS)]
        found[str(model._meta.verbose_name_plural)] = {"rows": rows, "found": len(ask()), "pairs": pairs}
    return found


def _unbind(connection: Any) -> None:
    """The rows hang in the air: nothing may ask where their foreign keys lead."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SET max_parallel_workers_per_gather = 0")  # one core against one core
        else:
            cursor.execute("PRAGMA foreign_keys = OFF")


def _round(connection: Any, model: Any, indexes: list[Any], ask: Callable[[], Any]) -> tuple[float, float]:
    with_index = _quickest(ask, WITH)
    with connection.cursor() as cursor:
        for index in indexes:
            cursor.execute(f"DROP INDEX {index.name}")
    without = _quickest(ask, WITHOUT)
    with connection.cursor() as cursor:
        for index in indexes:
            schema = connection.schema_editor(atomic=False)
            cursor.execute(str(index.create_sql(model, schema)))
        cursor.execute("ANALYZE")
    return with_index, without


def _quickest(ask: Callable[[], Any], times: int) -> float:
    """Milliseconds until the rows are here."""
    from django.db import connection  # noqa: PLC0415

    sql, parameters = ask().query.sql_with_params()
    taken = []
    with connection.cursor() as cursor:
        for _ in range(times + 1):  # the first one warms
            began = time.perf_counter()
            cursor.execute(sql, parameters)
            cursor.fetchall()
            taken.append((time.perf_counter() - began) * 1000)
    return min(taken[1:])


# Telling


def _ratios(found: dict[str, dict[str, Any]]) -> dict[tuple[str, str], float]:
    return {
        (database, question): statistics.median(without / with_ for with_, without in told["pairs"])
        for database, questions in found.items()
        for question, told in questions.items()
    }


def _table(found: dict[str, dict[str, Any]]) -> str:
    lines = [
        "| database | question | rows | due | with the index, ms | without, ms | ratio: median (range) | floor, aim |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (database, question), ratio in _ratios(found).items():
        told = found[database][question]
        each = [without / with_ for with_, without in told["pairs"]]
        with_, without = (statistics.median(pair[at] for pair in told["pairs"]) for at in (0, 1))
        lines.append(
            f"| {database} | {question} | {told['rows']:,} | {told['found']} | {with_:.2f} | {without:.0f} "
            f"| **{ratio:.0f}** ({min(each):.0f}-{max(each):.0f}) | {f'{FLOOR}, {AIM}' if question == MUST else ''} |"
        )
    return "\n".join(lines)


def _figures(found: dict[str, dict[str, Any]]) -> dict[str, float]:
    return {f"{question}, {database}, times faster": round(one) for (database, question), one in _ratios(found).items()}


if __name__ == "__main__":
    if "--measure" in sys.argv:
        print(json.dumps(measure()))
        sys.exit(0)
    sys.exit(main())
