"""Canonical bytes and hashes, for the log and for the public record.

The form is deliberately plain, so that a few lines in any language can check it: JSON with sorted keys, no spaces and
UTF-8 text, hashed with SHA-256 together with the hash of the entry before.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any


def canonical(value: Any) -> bytes:
    """The one byte form of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def link(previous: str, body: Any) -> str:
    """The hash of an entry: over the hash before it and its own body."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(body)).hexdigest()


def salted(salt: str, field: str, text: str) -> str:
    """The digest that stands for a text in the chain. Without the salt it does not give the text away."""
    return hashlib.sha256(f"{salt}\n{field}\n{text}".encode()).hexdigest()


def salt_of(salt: str, field: str) -> str:
    """The salt of one text of a row. Each has its own, so that what is told about one says nothing about another."""
    return hmac.new(salt.encode(), field.encode(), "sha256").hexdigest()


def veiled(value: Any, salt: str, field: str) -> Any:
    """A JSON value with its salted digest in the place of every text in it, at any depth."""
    if isinstance(value, str):
        return salted(salt_of(salt, field), field, value)
    if isinstance(value, dict):
        return {name: veiled(inner, salt, f"{field}/{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return [veiled(inner, salt, f"{field}/{place}") for place, inner in enumerate(value)]
    return value


def instant(at: datetime) -> str:
    """A moment as it stands in hashed bodies: UTC with microseconds, for example 2026-11-19T15:30:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
