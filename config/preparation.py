"""What must be true before the processes start: a free port, a folder, the schema, the stylesheets.

Each mistake an operator can make here is answered with one sentence (`CommandError`), never with a traceback.
"""

import fcntl
import hashlib
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core import checks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from accounts.operations.setup import issue_setup_token
from incidents.operations import clearing

Say = Callable[[str], object]


@contextmanager
def only_one_here() -> Iterator[None]:
    """Hold the data folder. The lock goes with the process, so a killed one leaves nothing to clear away."""
    with (settings.DATA_DIR / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                f"Answerable already runs on {settings.DATA_DIR}: stop it first, or set DATA_DIR to another folder."
            ) from error
        yield


def prepare(*, say: Say) -> None:
    _require_free_port()
    require_sound_settings()
    migrate(say=say)
    _collect_static()


def _require_free_port() -> None:
    family = socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} on {settings.BIND} cannot be used ({error.strerror}): "
                f"choose another with PORT, for example PORT={settings.PORT + 1} make run."
            ) from error
        except OverflowError as error:
            raise CommandError(f"PORT is {settings.PORT}: choose a number between 1024 and 65535.") from error


def require_sound_settings() -> None:
    found = [problem for problem in checks.run_checks(databases=["default"]) if problem.level >= checks.ERROR]
    if found:
        raise CommandError("\n".join(f"{problem.msg} {problem.hint or ''} ({problem.id})" for problem in found))


def migrate(*, say: Say) -> None:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database does not answer ({error}). Check DATABASE_URL.".replace("\n", " ")) from error
    if not plan:
        return
    copy = _copy_sqlite() if executor.loader.applied_migrations else None
    if copy:
        say(f"The database was copied to {copy} before its structure is changed.")
    call_command("migrate", interactive=False, verbosity=0)


def _copy_sqlite() -> Path | None:
    """Copy the embedded database while nothing else uses it; PostgreSQL has backups of its own."""
    if connection.vendor != "sqlite":
        return None
    copy = clearing.copy_of_now()
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    with (
        closing(sqlite3.connect(str(settings.DATABASES["default"]["NAME"]))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    copy.chmod(0o600)
    return copy


def _collect_static() -> None:
    """Collect unless the sources are exactly those of the last time, which saves most of a second."""
    mark = settings.STATIC_ROOT / ".collected"
    fingerprint = _static_fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    mark.unlink(missing_ok=True)  # an interrupted run must not look complete
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(fingerprint)


def _static_fingerprint() -> str:
    """Name, size and time of every source, and the code that joins them."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    digest.update(Path(__file__).with_name("static.py").read_bytes())
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def welcome() -> str:
    """What the operator reads when everything runs."""
    lines = [f"Answerable is running at {settings.PUBLIC_URL}/ and the desk at {settings.DESK_URL}/desk/."]
    if settings.DEMO:
        lines.append("This is the demo: invented data, and no email leaves this machine.")
    else:
        lines += _set_up_link()
    lines.append("Ctrl-C stops it.")
    return "\n".join(lines)


def _set_up_link() -> list[str]:
    if User.objects.people().exists():
        return []
    address = f"{settings.DESK_URL}/setup/{issue_setup_token()}/"
    return ["Nobody has an account yet. Open this link to set it up; it works once:", f"  {address}"]
