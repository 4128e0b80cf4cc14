"""The data folder: whose it is, the secret key kept in it, and whether it may be written."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

DEMO_MARK = "demo-data-only"


def claim(folder: Path, *, demo: bool) -> None:
    """Make the folder. A new one is marked when it belongs to the demo, so that neither is taken for the other.

    An old folder is left as it is; `config.checks` refuses a demo in a real one and the reverse.
    """
    try:
        fresh = not (folder / "secret_key").exists() and not (folder / "db.sqlite3").exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if demo and fresh:
            (folder / DEMO_MARK).touch()
    except OSError as error:
        raise unwritable(folder, error) from error


def kept_secret(path: Path) -> str:
    """Return the key in `path`, making it first if there is none. Processes that start together agree on one."""
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(64))
        return path.read_text().strip()
    except OSError as error:
        raise unwritable(path.parent, error) from error


def unwritable(folder: Path, error: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"The data folder {folder} cannot be used ({error.strerror}): set DATA_DIR to a folder this user may write to."
    )


def _write_once(path: Path, text: str) -> None:
    """Readable by its owner only, complete or absent, and never replaced: the first writer's text stands."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
