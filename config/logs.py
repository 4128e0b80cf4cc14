"""How the log looks: one line per event, control characters visible, no flood while the database is away."""

import logging
import time
import traceback

from django.db import InterfaceError, InternalError, OperationalError

_REPEAT_AFTER_SECONDS = 30.0
_READ_ONLY = "25006"  # read_only_sql_transaction: PostgreSQL after a fail-over, or told so


def database_is_away(error: BaseException | None) -> bool:
    """Whether this error says that the database does not answer, is locked, is full or may only be read."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") == _READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)


class OneLine(logging.Formatter):
    """A line that came from outside cannot start a second one. Tracebacks keep their lines: they are ours."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in super().formatMessage(record))


class DatabaseAway(logging.Filter):
    """Every request and every tick fails alike while the database is away: one line in half a minute says so."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not database_is_away(error):
            return True
        if time.monotonic() - self._said_at < _REPEAT_AFTER_SECONDS:
            return False
        self._said_at = time.monotonic()
        reason = traceback.format_exception_only(error)[-1].strip()
        record.msg, record.args = "The database does not answer (%s). Trying again.", (reason,)
        record.exc_info = record.exc_text = None
        return True
