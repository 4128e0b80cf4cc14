"""The one organisation that an installation belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models

from accounts.models.frozen import FrozenQuerySet
from accounts.models.kept import KeptModel
from accounts.models.person import User, validate_zone

# The row as it was read for the page that is being made; nothing outside `asked_once`, and empty until somebody asks.
_read: ContextVar["list[Organisation | None] | None"] = ContextVar("organisation", default=None)


class Organisation(models.Model):
    """Name, zone and contact as the public reads them, and whether one person works alone.

    What of this is public gets there through a ``masthead`` record entry, never directly.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120)
    place = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    contact = models.CharField("how the public can reach you", max_length=200, blank=True)
    public_language = models.CharField(
        max_length=16, default="en", help_text="In which the public is spoken to; the phrase rules know English"
    )
    cleared = models.JSONField(
        default=list,
        blank=True,
        help_text="Addresses that are no leak: number, address, reason, by, at; ended_by, ended_at",
    )
    set_up_at = models.DateTimeField(null=True, blank=True)
    setup_token_hash = models.CharField(max_length=64, blank=True)
    solo_declared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    solo_declared_at = models.DateTimeField(null=True, blank=True)
    solo_effective_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_organisation"),
            models.CheckConstraint(
                condition=models.Q(solo_declared_by=None, solo_declared_at=None, solo_effective_at=None)
                | models.Q(
                    solo_declared_by__isnull=False, solo_declared_at__isnull=False, solo_effective_at__isnull=False
                ),
                name="solo_is_declared_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Organisation | None":
        """The row, or None before set-up. Within ``asked_once`` it is asked for once, however many want its name or zone."""
        read = _read.get()
        if read is None:
            return cls.objects.filter(pk=1).first()
        if not read:
            read.append(cls.objects.filter(pk=1).first())
        return read[0]

    def remember(self) -> None:
        """Within ``asked_once``, answer with this row from now on: somebody fetched it together with something else."""
        if (read := _read.get()) is not None:
            read[:] = [self]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def cleared_now(self) -> list[dict[str, Any]]:
        """The entries of the list that nobody has taken off it."""
        return [one for one in self.cleared if "ended_at" not in one]

    @property
    def cleared_addresses(self) -> list[str]:
        return [one["address"] for one in self.cleared_now]

    def is_solo(self, now: datetime) -> bool:
        """Whether one person may stand in for the second one at ``now``."""
        return self.solo_effective_at is not None and self.solo_effective_at <= now


class SoloDeclaration(KeptModel):
    """That one person works alone, each time it was declared, with why nobody else can approve. The reason stays inside.

    Whether it is so now stands in ``Organisation``, and its end in the log; what one person does alone meanwhile rests on
    this, so that nobody gives it another reason afterwards.
    """

    PART_OF = "declared_by"

    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    reason = models.TextField()

    objects = FrozenQuerySet["SoloDeclaration"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-declared_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="solo_declaration_says_why")
        ]

    def __str__(self) -> str:
        return f"Declaration {self.pk}"


@contextmanager
def asked_once() -> Iterator[None]:
    """While a page is read, and nothing is changed: the organisation is asked for once."""
    token = _read.set([])
    try:
        yield
    finally:
        _read.reset(token)
