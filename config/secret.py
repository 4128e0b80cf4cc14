"""The installation's own secret key: made once, kept in the data folder, readable by its owner only."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept_secret(path: Path) -> str:
    """Return the key in `path`, making it first if there is none. Two processes that start together agree on one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_unless_there(path)
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {path.parent} cannot be written ({error.strerror}): "
            "set DATA_DIR to a folder that this user may write to."
        ) from error


def _write_unless_there(path: Path) -> None:
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # refuses to replace: the first writer's key is everybody's key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
