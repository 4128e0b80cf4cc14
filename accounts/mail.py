"""Account mail: invitations, password links and notices. It goes out at once and is never stored.

Nothing here belongs into the outbox, because these messages carry keys to an account.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from email.utils import make_msgid
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.template.loader import render_to_string

from accounts.models import Organisation, User

logger = logging.getLogger("accounts.mail")

# A person waits for the answer: shorter than the time that deadline mail may take.
TIMEOUT_SECONDS = 10
AFTER_THE_ANSWER_SECONDS = 0.25
HEADERS = {"Auto-Submitted": "auto-generated"}


def send(name: str, to: str, **context: Any) -> bool:
    """Send `templates/emails/<name>/` to one address; whether the mail server (or the mail folder) took it.

    Never raises for a fault of the mail server: the caller tells the person instead. Call it after the commit.
    """
    return _deliver(_message(name, to, context))


def send_all(name: str, people: Iterable[User], **context: Any) -> list[User]:
    """The same message to each of `people` on their own; returns those it could not be sent to."""
    return [person for person in people if not send(name, person.email, person=person, **context)]


def send_unseen(name: str, to: str, **context: Any) -> threading.Thread:
    """Write and send once the answer is out, so that nobody waits for it."""
    return after_the_answer(name, partial(send, name, to, **context))


def after_the_answer(name: str, act: Callable[[], object]) -> threading.Thread:
    """Do it once the answer is out, so that how long it takes does not tell whether the address is known."""

    def act_then_leave() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Timer(AFTER_THE_ANSWER_SECONDS, act_then_leave)
    thread.name = f"mail {name}"
    thread.start()
    return thread


def reaches_people() -> bool:
    """Whether mail leaves this machine at all, or is only written to the mail folder."""
    return not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def _message(name: str, to: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    organisation = Organisation.current()
    known = {"organisation": organisation, "desk_url": settings.DESK_URL, "to": to, **context}
    subject, text, html = (
        render_to_string(f"emails/{name}/{part}", known) for part in ("subject.txt", "body.txt", "body.html")
    )
    headers = HEADERS | {"Message-ID": make_msgid(domain=settings.PUBLIC_HOST)}
    message = EmailMultiAlternatives(" ".join(subject.split()), text.strip() + "\n", to=[to], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _deliver(message: EmailMultiAlternatives) -> bool:
    message.connection = get_connection(timeout=TIMEOUT_SECONDS)
    try:
        message.send()
    except (OSError, SMTPException) as error:
        logger.warning("Account mail could not be sent: %s.", error)
        return False
    return True
