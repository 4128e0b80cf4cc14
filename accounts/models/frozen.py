"""Rows that are written once: they refuse a second save, an update and a deletion."""

from typing import Any, Generic, Never, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class FrozenQuerySet(models.QuerySet[M], Generic[M]):
    def update(self, **_fields: Any) -> Never:
        raise TypeError(f"{self.model.__name__} rows are frozen: they are never changed.")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> Never:
        raise TypeError(f"{self.model.__name__} rows are frozen: they are never changed.")

    def delete(self) -> Never:
        raise TypeError(f"{self.model.__name__} rows are frozen: they are never deleted.")


class FrozenModel(models.Model):
    """A model whose rows are facts of record. Database triggers say the same to everybody else."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows are frozen: they are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> Never:
        raise TypeError(f"{type(self).__name__} rows are frozen: they are never deleted.")
