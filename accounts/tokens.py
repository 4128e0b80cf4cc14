"""One-time links: 256 random bits, of which only a hash is ever stored."""

import hashlib
import secrets


def fresh() -> str:
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept, and what a link is looked up by. The token is long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
