"""Addresses that an administrator has cleared: of what a rule about leaks finds, exactly these are let pass, and never a secret.

A host clears itself and the pages on it; an email address and the address of a page clear themselves alone. What is found is
held against them as a whole, so a secret inside a cleared address is still found by its own pattern.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from incidents.draft_check.normal import Normal

_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z0-9-]{1,63}"
_WEB = re.compile(
    rf"(?P<scheme>https?://)?(?P<host>{_HOST})(?P<port>:\d{{1,5}})?(?P<rest>[/?#]\S{{0,300}})?", re.IGNORECASE
)
_EMAIL = re.compile(rf"[a-z0-9._%+-]{{1,64}}@(?P<host>{_HOST})", re.IGNORECASE)
_AFTER_IT = ".,;:!?)]}>'\"*_"


@dataclass(frozen=True)
class Address:
    """``whole`` with its scheme and host in lower case; ``is_host`` where it is a host and nothing else."""

    whole: str
    host: str
    is_host: bool = False


@lru_cache(maxsize=1_024)
def address_of(text: str) -> Address | None:
    """A host ("jira.example.org"), an email address or the address of a page, or nothing for whatever else."""
    text = text.strip()
    if found := _EMAIL.fullmatch(text):
        return Address(text.lower(), found["host"].lower())
    found = _WEB.fullmatch(text)
    if found is None or "://" in (found["rest"] or ""):
        return None
    host, port = found["host"].lower(), found["port"] or ""
    if not found["scheme"]:
        return None if found["rest"] else Address(host, host, is_host=True)
    return Address(f"{found['scheme'].lower()}{host}{port}{(found['rest'] or '').rstrip('/')}", host)


def passes(read: Normal, start: int, end: int, cleared: Iterable[str]) -> bool:
    """Whether what was found between ``start`` and ``end`` is one of the cleared addresses."""
    addresses = [address for address in map(address_of, cleared) if address]
    found = address_of(read.text[start:end].rstrip(_AFTER_IT)) if addresses else None
    return found is not None and any(_is(found, one, read, start) for one in addresses)


def _is(found: Address, cleared: Address, read: Normal, start: int) -> bool:
    if found.whole == cleared.whole:
        return True
    if cleared.is_host:
        return found.host == cleared.host and "@" not in found.whole
    return found.is_host and found.host == cleared.host and _stands_in(cleared.whole, read, start)


def _stands_in(whole: str, read: Normal, at: int) -> bool:
    """Whether a host was found as that of this very address, and not of another one on it."""
    around = rf"(?<![\w.@/:%+-]){re.escape(whole.lower())}(?:/(?!\S)|(?![\w/@-]|[.?#&=%:]\w))"
    return any(match.start() <= at < match.end() for match in re.finditer(around, read.folded))
