"""Links that act for one person about one thing. Minted when their message is sent, kept as hashes only."""

import base64
import hashlib
from datetime import timedelta

from django.utils.crypto import salted_hmac

import clock
from stakeholders.models import ActionLink, Outgoing

SALT = "stakeholders.action-link"


def mint(outgoing: Outgoing) -> str:
    """The token for the links of ``outgoing``. A repeated attempt gets the same one, so that both mails work.

    256 bits from the installation's secret and the message's id; only its SHA-256 is stored.
    """
    token, now = token_of(outgoing), clock.now()
    ActionLink.objects.get_or_create(
        token_hash=_hash(token),
        defaults={
            "outgoing": outgoing,
            "user_id": outgoing.to_user_id,
            "purpose": outgoing.link_purpose,
            "subject": outgoing.link_subject,
            "minted_at": now,
            # A message that was held up for weeks still gives its reader a day.
            "valid_until": max(outgoing.link_valid_until or now, now + timedelta(days=1)),
        },
    )
    return token


def token_of(outgoing: Outgoing) -> str:
    raw = salted_hmac(SALT, f"{outgoing.pk}:{outgoing.message_id}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def open_link(token: str) -> ActionLink | None:
    """The link behind ``token`` while it may be used: not void, not expired, and its person still active."""
    found = ActionLink.objects.valid(clock.now()).filter(token_hash=_hash(token), user__is_active=True)
    return found.select_related("user").first()


def void_links(purpose: str, subject: str) -> int:
    """End all links about ``subject``. Returns how many. Called in the transaction of what makes them pointless."""
    links = ActionLink.objects.filter(purpose=purpose, subject=subject, voided_at=None)
    return links.update(voided_at=clock.now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
