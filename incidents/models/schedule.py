"""Consent to publish at a time: who said yes to which words, when, and what became of it."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from incidents.models.submission import Submission


class ScheduledPublicationQuerySet(models.QuerySet["ScheduledPublication"]):
    def waiting(self) -> "ScheduledPublicationQuerySet":
        return self.filter(state="waiting")

    def due(self, now: datetime) -> "ScheduledPublicationQuerySet":
        """What should be out by now. Found by its partial index, however much has gone out since."""
        return self.waiting().filter(publish_at__lte=now).order_by("publish_at", "pk")

    def soon(self, now: datetime, ahead: timedelta) -> "ScheduledPublicationQuerySet":
        """What goes out within the time ``ahead``, by the same index."""
        return self.waiting().filter(publish_at__gt=now, publish_at__lte=now + ahead).order_by("publish_at", "pk")

    def with_people(self) -> "ScheduledPublicationQuerySet":
        return self.select_related(
            "approver", "settled_by", "submission__submitted_by", "submission__statement__incident__agent"
        )

    def settle(self, state: str, *, by: User, at: datetime, reason: str = "") -> int:
        """Whatever of these still waits, waits no longer. The caller has locked the submission."""
        return self.waiting().update(state=state, settled_by=by, settled_at=at, reason=reason)


class ScheduledPublication(models.Model):
    """The second person's yes, kept until its time. It is no approval: that is made at its time, when everything is asked again.

    At most one of a submission waits. Any edit of the words ends it, as it ends the submission.
    """

    class Basis(models.TextChoices):
        SECOND_PERSON = "second_person", "Approved by a second person"
        SOLO = "solo", "Approved by one person, who works alone"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for its time"
        PUBLISHED = "published", "Published"
        RETURNED = "returned", "Came back to the queue"
        CANCELLED = "cancelled", "Cancelled"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="schedules")
    basis = models.CharField(max_length=16, choices=Basis)
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seen_digest = models.CharField(max_length=64)
    consented_at = models.DateTimeField()
    publish_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, help_text="Why it came back or was cancelled; internal")
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = ScheduledPublicationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["publish_at"], condition=Q(state="waiting"), name="schedule_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(state="waiting"), name="one_schedule_of_a_submission_waits"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_by=None, settled_at=None)
                | Q(~Q(state="waiting"), settled_by__isnull=False, settled_at__isnull=False),
                name="schedule_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(reason=""), name="schedule_returned_with_a_reason"
            ),
            models.CheckConstraint(condition=Q(publish_at__gt=F("consented_at")), name="schedule_lies_ahead"),
            models.CheckConstraint(
                condition=Q(basis__in=["second_person", "solo"]), name="schedule_is_consent_of_two_or_solo"
            ),
        ]

    def __str__(self) -> str:
        return f"Submission {self.submission_id} at {self.publish_at:%Y-%m-%d %H:%M}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING
