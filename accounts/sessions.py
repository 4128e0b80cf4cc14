"""Where sessions are kept: the table of Django's own store, with hashed keys and sealed contents.

Whoever reads a copy of the database can neither take a session over nor read what one carries, such as the key of a
password link that is being used. Only the synchronous half is replaced; nothing here serves requests asynchronously.
"""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts import sealed, tokens
from accounts.models import Session

KEY_LENGTH = 40  # what the column takes: 160 bits of the hash


def stored(key: str) -> str:
    """How a session's key stands in the database."""
    return tokens.hashed(key)[:KEY_LENGTH]


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        found = Session.objects.open().filter(session_key=stored(self.session_key or "")).first()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=stored(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=stored(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return Session(
            session_key=stored(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get("_auth_user_id"),
            began_at=_moment(data.get("began_at")),
            seen_at=_moment(data.get("seen_at")),
            browser=data.get("browser", ""),
        )

    def encode(self, session_dict: dict[str, Any]) -> str:
        return sealed.seal(SessionBase.encode(self, session_dict))

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Nothing at all when the key that sealed it is gone: the person signs in again."""
        try:
            return SessionBase.decode(self, sealed.unseal(str(session_data)))
        except sealed.Unreadable:
            return {}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
