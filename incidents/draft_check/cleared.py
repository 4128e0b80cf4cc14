"""Addresses that an administrator has cleared: of what a rule about leaks finds, exactly these are let pass, and never a secret.

A host clears itself and the pages on it; an email address and the address of a page clear themselves alone. What is found is
held against them as a whole, so a secret inside a cleared address is still found by its own pattern.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from incidents.draft_check.normal import Normal
from incidents.draft_check.spans import Span, Spans

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


@dataclass(frozen=True)
class Cleared:
    """The addresses of the list, held against what stands in one text. Each is looked for in it once at most."""

    read: Normal
    listed: Iterable[str]

    def passes(self, start: int, end: int) -> bool:
        """Whether what was found between ``start`` and ``end`` is one of them."""
        found = address_of(self.read.text[start:end].rstrip(_AFTER_IT)) if self._addresses else None
        if found is None:
            return False
        if found.whole in self._wholes:
            return True
        if found.host in self._hosts:
            return "@" not in found.whole
        return found.is_host and found.host in self._places and self._places[found.host].hold((start, start + 1))

    @cached_property
    def _addresses(self) -> list[Address]:
        return [address for address in map(address_of, self.listed) if address]

    @cached_property
    def _wholes(self) -> frozenset[str]:
        return frozenset(one.whole for one in self._addresses)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(one.host for one in self._addresses if one.is_host)

    @cached_property
    def _places(self) -> Mapping[str, Spans]:
        """Where whole addresses on a host stand: a host found there was found as that of this very address, and not of another."""
        found: dict[str, list[Span]] = {}
        for one in self._addresses:
            if not one.is_host:
                found.setdefault(one.host, []).extend(_standing(one.whole.lower(), self.read.folded))
        return {host: Spans(spans) for host, spans in found.items()}


def _standing(whole: str, text: str) -> Iterator[Span]:
    around = rf"(?<![\w.@/:%+-]){re.escape(whole)}(?:/(?!\S)|(?![\w/@-]|[.?#&=%:]\w))"
    yield from (match.span() for match in re.finditer(around, text)) if whole in text else ()
