"""Rows that the log vouches for.

Each names the entry of the log that was written with it, and that entry, which is chained, holds the row's seal: a changed
cell, a row that is gone and one that was put there are seen (``accounts.operations.verify``).
"""

import secrets
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.db import models

from accounts import chain
from accounts.models.frozen import FrozenModel
from accounts.models.log import LogEntry


def new_salt() -> str:
    return secrets.token_hex(32)


class KeptModel(FrozenModel):
    """Rows that are written by ``accounts.log.write`` alone, together with the entry that keeps them."""

    PART_OF: ClassVar[str]  # the name of the foreign key to what the row belongs to

    log_entry = models.ForeignKey(LogEntry, on_delete=models.PROTECT, related_name="+")
    salt = models.CharField(max_length=64, default=new_salt)
    redacted = models.JSONField(null=True, help_text="Of what was taken down the digests; of the other texts the salts")

    class Meta:
        abstract = True

    @classmethod
    def spoken_of(cls, row: Any, part_of: Any) -> str:
        """How a row is named to a person who has to look at it, even when it is not there any more."""
        return f"{cls._meta.verbose_name} in row {row} (of {cls.PART_OF} {part_of})"

    @property
    def part_of(self) -> Any:
        return getattr(self, f"{self.PART_OF}_id")


def kept_models() -> list[type[KeptModel]]:
    """Every table of rows that the log keeps, in whichever room it stands."""
    return [model for model in apps.get_models() if issubclass(model, KeptModel)]


def label(row: models.Model) -> str:
    """A row's name in the log."""
    return f"{row._meta.label_lower}:{row.pk}"


def seal(row: models.Model) -> str:
    """A digest of every column but the salt, with a salted digest in the place of every text.

    A text that was erased with its salt has left its digest, and the rest is still proven. A column that is NULL is left
    out, so that one which is added later changes no seal.
    """
    salt, redacted = getattr(row, "salt", ""), getattr(row, "redacted", None)

    def digest_of(path: str, text: str) -> str:
        if not redacted:
            return chain.salted(chain.salt_of(salt, path), path, text)
        if text == chain.TAKEN_DOWN and path in redacted["digests"]:
            return str(redacted["digests"][path])
        return chain.salted(redacted["salts"].get(path, ""), path, text)

    def plain(value: Any, column: str) -> Any:
        return chain.instant(value) if isinstance(value, datetime) else chain.mapped(value, column, digest_of)

    return chain.digest({name: plain(value, name) for name, value in _columns(row) if value is not None})


def erased(row: models.Model, paths: Collection[str]) -> dict[str, Any]:
    """The columns of a row that is kept once the texts at ``paths`` are gone from it: those, its salt and ``redacted``.

    The salt of the row goes, because every other could be made of it; each text that stays keeps its own.
    """
    salt, before = getattr(row, "salt", ""), getattr(row, "redacted", None) or {"salts": {}, "digests": {}}
    salts, digests = {}, dict(before["digests"])
    for path, text in texts_of(row):
        if path in digests:
            continue
        own = chain.salt_of(salt, path) if salt else before["salts"][path]
        if path in paths:
            digests[path] = chain.salted(own, path, text)
        else:
            salts[path] = own
    columns = {path.partition("/")[0] for path in paths}
    changed = {
        name: chain.mapped(value, name, lambda path, text: chain.TAKEN_DOWN if path in digests else text)
        for name, value in _columns(row)
        if name in columns
    }
    return {**changed, "salt": "", "redacted": {"salts": salts, "digests": digests}}


def texts_of(row: models.Model) -> Iterator[tuple[str, str]]:
    """Every text of a kept row with its path."""
    for name, value in _columns(row):
        yield from chain.texts_in(value, name)


def _columns(row: models.Model) -> Iterator[tuple[str, Any]]:
    """What the seal covers."""
    for field in row._meta.concrete_fields:
        if field.attname not in ("salt", "redacted"):
            yield field.attname, getattr(row, field.attname)
