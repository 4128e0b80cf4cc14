"""Sealing what must be read again but must not lie open in the database: a copy of the database opens none of it.

The key is made from `SECRET_KEY`; what an earlier key sealed is read with `SECRET_KEY_FALLBACKS`.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

PURPOSE = "accounts.sealed"


class Unreadable(Exception):
    """It was sealed with a key that is not known any more, or was tampered with."""


def seal(text: str) -> str:
    return _box(*_keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises ``Unreadable`` when no known key fits."""
    try:
        return _box(*_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=4)
def _box(*keys: str) -> MultiFernet:
    made = (salted_hmac(PURPOSE, "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])
