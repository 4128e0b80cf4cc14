"""From an outgoing row to the bytes of a message. Pure: what it needs to know it is told."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings

from stakeholders import addresses
from stakeholders.models import Outgoing

# Seven bits, so that every relay on the way can carry it, and CRLF.
POLICY = SMTP.clone(cte_type="7bit")

# Where the address of a link goes when the message is sent. What people type is rid of these marks by `words`.
LINK = "⟦link⟧"
MASKED = "(a link, in the sent message only)"
_LINK_LINE = re.compile(r"⟦link⟧[a-z-]*/?")


def harmless(text: str) -> str:
    """Somebody's words as they may stand in a message: no turning marks, nothing that looks like a place for a link."""
    return addresses.TURNING.sub("", text).replace("⟦", "[").replace("⟧", "]")


def words(text: str) -> str:
    return harmless(text).strip()


def masked(text: str) -> str:
    """A stored text as people other than its receiver may read it."""
    return _LINK_LINE.sub(MASKED, text)


def build(message: Outgoing, *, name: str, organisation: str, token: str) -> bytes:
    """The whole message for ``name``. ``token`` is empty for a message without links.

    Raises ``ValueError`` when links and places for them do not match.
    """
    if bool(token) != (LINK in message.text):
        raise ValueError("A message has links exactly when its text has places for them.")
    mail = EmailMessage(policy=POLICY)
    mail["From"] = mailbox(organisation)
    mail["To"] = _mailbox(name, message.to_address)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    if message.thread and message.thread != message.message_id:
        mail["In-Reply-To"] = mail["References"] = message.thread
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_spliced(message.text, token))
    if message.html:
        mail.add_alternative(_spliced(message.html, token), subtype="html")
    return mail.as_bytes()


def mailbox(organisation: str) -> Address:
    """Whom a message says it comes from."""
    return _mailbox(f"Answerable for {organisation}" if organisation else "Answerable", sender())


def sender() -> str:
    """The bare address that all messages come from."""
    return parseaddr(settings.MAIL_FROM)[1]


def _spliced(text: str, token: str) -> str:
    return text.replace(LINK, f"{settings.DESK_URL}/act/{token}/") if token else text


def _mailbox(name: str, address: str) -> Address:
    return Address(display_name=addresses.line(name), addr_spec=address)
