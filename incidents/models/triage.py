"""The first hour, step by step (R73). The steps themselves and their texts are data: `incidents.first_hour`."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from incidents.models.incident import Incident


class TriageEntry(models.Model):
    """One step of the first hour of one incident: what a person said about it.

    Made with the incident, with the due minute (from detection) that held then. What the record shows by itself, such as
    a published statement, is never written here; it is read from the record, so that it can neither lie nor be forgotten.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="triage")
    step = models.CharField(max_length=16)
    due_minute = models.PositiveSmallIntegerField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    left_out_at = models.DateTimeField(null=True, blank=True)
    left_out_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_minute", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "step"], name="step_of_the_first_hour_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, note="") | Q(done_at__isnull=False, done_by__isnull=False),
                name="step_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(left_out_at=None, left_out_by=None, reason="")
                | Q(Q(left_out_at__isnull=False, left_out_by__isnull=False), ~Q(reason="")),
                name="step_left_out_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(left_out_at=None), name="step_done_or_left_out_not_both"
            ),
        ]

    def __str__(self) -> str:
        return f"Minute {self.due_minute} of incident {self.incident_id}"
