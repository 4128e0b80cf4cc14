"""Canonical bytes and hashes, for the log and for the public record.

The form is deliberately plain, so that a few lines in any language can check it: JSON with sorted keys, no spaces and
UTF-8 text, hashed with SHA-256 together with the hash of the entry before.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

TAKEN_DOWN = "[Words taken down]"  # what stands in the place of an erased text, in a column or within a JSON value


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
    return mapped(value, field, lambda path, text: salted(salt_of(salt, path), path, text))


def mapped(value: Any, field: str, change: Callable[[str, str], Any]) -> Any:
    """A JSON value with ``change(path, text)`` in the place of every text in it. A path is ``field/name/place``."""
    if isinstance(value, str):
        return change(field, value)
    if isinstance(value, dict):
        return {name: mapped(inner, f"{field}/{name}", change) for name, inner in value.items()}
    if isinstance(value, list):
        return [mapped(inner, f"{field}/{place}", change) for place, inner in enumerate(value)]
    return value


def texts_in(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value with its path."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts_in(inner, f"{field}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from texts_in(inner, f"{field}/{place}")


def instant(at: datetime) -> str:
    """A moment as it stands in hashed bodies: UTC with microseconds, for example 2026-11-19T15:30:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
