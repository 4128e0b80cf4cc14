"""The two ways out: a mail relay, or files in the data folder. Each says how a message fared in one of five words.

``send`` calls ``begin`` immediately before the message itself is handed over. Up to there nothing can have arrived;
from there until the relay has answered, nobody can know (RFC 1047), and that is what ``Doubtful`` says.
"""

import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from django.conf import settings

import crash

COMMAND_SECONDS = 10.0
# The address of the receiver is wrong (RFC 3463). 5.1.7 and 5.1.8 are about the sender's, 5.1.0 about either.
_NO_SUCH_ADDRESS = re.compile(r"5\d\d[ -]5\.1\.(?:[1236]|10)\b")
REPLY_SECONDS = 60.0  # relays may take most of a minute to accept a message; giving up sooner would send it twice


class Trouble(Exception):
    """``words`` is what happened, for the person who looks at the outbox."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words[:300]


class Away(Trouble):
    """The relay cannot be used at all: no message is to blame."""


class Later(Trouble):
    """Not now. Nothing has arrived."""


class Never(Trouble):
    """Refused for good. Nothing has arrived."""


class NoSuchAddress(Never):
    """Refused for good because of the address itself (5.1.x, RFC 3463): trying it again only harms."""


class Doubtful(Trouble):
    """It may have arrived, or not."""


class Taken(Exception):
    """``begin`` said no: somebody else has this message, or nobody needs it any more."""


class Way(Protocol):
    def ready(self) -> None:
        """Be able to send. Raises ``Away``."""

    def send(self, name: str, sender: str, to: str, content: bytes, begin: Callable[[], bool]) -> str:
        """Hand over one message. Returns what was answered. Raises ``Later``, ``Never``, ``Doubtful`` or ``Taken``."""

    def close(self) -> None: ...


@contextmanager
def opened() -> Iterator[Way]:
    """The way that the settings name."""
    way: Way = Relay() if settings.EMAIL_URL else Files(Path(settings.MAIL_DIR))
    try:
        yield way
    finally:
        way.close()


class Files:
    """One ``.eml`` file per message, complete or absent. The same message sent again writes the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ready(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Away(f"The folder {self.folder} cannot be written: {error.strerror}.")

    def send(self, name: str, sender: str, to: str, content: bytes, begin: Callable[[], bool]) -> str:
        if not begin():
            raise Taken
        crash.point("send.before_data")
        path = self.folder / f"{name}.eml"
        try:
            _write(path, content)
        except OSError as error:
            raise Later(f"The file could not be written: {error.strerror}.")
        crash.point("send.accepted")
        return f"Written to {path.name}; no mail server is set."

    def close(self) -> None:
        return


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


class Relay:
    """One connection to the mail relay for as many messages as there are."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def ready(self) -> None:
        if self._smtp is None:
            try:
                self._smtp = _connected()
            except (OSError, smtplib.SMTPException) as error:
                raise Away(f"The mail server {settings.EMAIL_HOST} cannot be used: {_said(error)}")

    def send(self, name: str, sender: str, to: str, content: bytes, begin: Callable[[], bool]) -> str:
        try:
            return self._send(sender, to, content, begin)
        except Taken:
            self._quietly("RSET")
            raise
        except (Later, Never) as trouble:
            if trouble.words.startswith("421"):
                self.close()  # the relay said that it hangs up
            else:
                self._quietly("RSET")
            raise
        except Doubtful:
            self.close()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Later(f"The connection was lost before the message was handed over: {_said(error)}")

    def _send(self, sender: str, to: str, content: bytes, begin: Callable[[], bool]) -> str:
        smtp = self._smtp
        if smtp is None or smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("there was none.")
        smtp.sock.settimeout(COMMAND_SECONDS)
        _expect(2, smtp.mail(sender))
        _expect(2, smtp.rcpt(to))
        if not begin():
            raise Taken
        crash.point("send.before_data")
        _expect(3, smtp.docmd("DATA"))
        try:
            smtp.sock.sendall(_stuffed(content))
            smtp.sock.settimeout(REPLY_SECONDS)
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Doubtful(f"The connection was lost after the message was handed over: {_said(error)}")
        said = _expect(2, answer)
        crash.point("send.accepted")
        return said

    def _quietly(self, command: str) -> None:
        try:
            if self._smtp is not None:
                self._smtp.docmd(command)
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if smtp.sock is not None:
                    smtp.sock.settimeout(1.0)
                smtp.quit()
            smtp.close()


def _connected() -> smtplib.SMTP:
    """A connection that has greeted, is encrypted and signed in as the settings ask. The caller closes it."""
    context = ssl.create_default_context()
    here = settings.MAIL_FROM.rpartition("@")[2].strip(">") or "localhost"
    options = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT or 0, "timeout": COMMAND_SECONDS}
    smtp = (
        smtplib.SMTP_SSL(**options, local_hostname=here, context=context)
        if settings.EMAIL_USE_SSL
        else smtplib.SMTP(**options, local_hostname=here)
    )
    try:
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=context)
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _expect(first_digit: int, answer: tuple[int, bytes]) -> str:
    code, said = answer[0], f"{answer[0]} {answer[1].decode(errors='replace')}"
    said = " ".join(said.split())
    if code // 100 == first_digit:
        return said
    if code == -1:
        raise smtplib.SMTPServerDisconnected(said)
    if code // 100 == 4:
        raise Later(said)
    raise NoSuchAddress(said) if _NO_SUCH_ADDRESS.match(said) else Never(said)


def _stuffed(content: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", content.rstrip(b"\r\n")) + b"\r\n.\r\n"


def _said(error: Exception) -> str:
    """An error as a sentence: what the other side answered, or what happened to the connection."""
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return f"{error.smtp_code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "no answer in time."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it hung up."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}."
    return f"{error}" or "it hung up."
