"""The append-only log (R115): who did what to which thing, when. It holds ids, field names and digests, never texts.

Each entry carries the hash of the one before. ``accounts.log.write`` is the only door; database triggers on both engines
refuse updates and deletions.
"""

from enum import StrEnum
from typing import Any, ClassVar, Never

from django.db import models

from accounts.models.person import User

GENESIS = "0" * 64


class LogAction(StrEnum):
    """Base of the rooms' action enums. A plain string is not an action and cannot be written."""

    @property
    def label(self) -> str:
        return self.value.split(".", 1)[-1].replace("_", " ")


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def update(self, **_fields: Any) -> Never:
        raise TypeError("The log is append-only: an entry is never changed.")

    def delete(self) -> Never:
        raise TypeError("The log is append-only: an entry is never deleted.")


class LogEntry(models.Model):
    """One thing that somebody, or the clock, did."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    details = models.JSONField(default=dict)
    kept = models.JSONField(default=list, help_text="The rows written with it: which, of what, and the seal of each")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-number"]
        indexes: ClassVar = [models.Index(fields=["object_kind", "object_id"], name="log_by_object")]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The log is append-only: an entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> Never:
        raise TypeError("The log is append-only: an entry is never deleted.")


class LogHead(models.Model):
    """Number and hash of the newest entry. Locked last, after everything else, so that the chain cannot fork."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_log_head")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:8]}"
