"""Rows that the log vouches for.

Each names the entry of the log that was written with it, and that entry, which is chained, holds the row's seal: a changed
cell, a row that is gone and one that was put there are seen (``accounts.operations.verify``).
"""

import secrets
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

    A text can therefore be erased one day, with its salt, and the rest still be proven. A column that is NULL is left out,
    so that one which is added later changes no seal.
    """
    columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    salt = columns.pop("salt")
    return chain.digest({name: _plain(value, salt, name) for name, value in columns.items() if value is not None})


def _plain(value: Any, salt: str, column: str) -> Any:
    return chain.instant(value) if isinstance(value, datetime) else chain.veiled(value, salt, column)
