"""The one table of everything that leaves by mail, and the links in it."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

import clock
from accounts.models import User

ABANDONED = 5  # a message at which senders end or break off is put aside then, and shown to a person (F32, F33)


class OutgoingQuerySet(models.QuerySet["Outgoing"]):
    def due(self, now: datetime) -> "OutgoingQuerySet":
        """Messages that may be claimed at ``now``: queued and due, and nobody holds a live lease on them."""
        return (
            self.filter(state=Outgoing.State.QUEUED, due_at__lte=now)
            .filter(Q(lease_until=None) | Q(lease_until__lte=now))
            .order_by("due_at", "pk")
        )

    def troubled(self) -> "OutgoingQuerySet":
        """Messages that a person has to look at."""
        return self.filter(state__in=[Outgoing.State.FAILED, Outgoing.State.UNSURE])

    def put_aside(self, since: datetime) -> "OutgoingQuerySet":
        """Written since then and put aside because of us, not because of an answer of the receiver's server."""
        ended_us = Q(state=Outgoing.State.FAILED, abandoned__gte=ABANDONED)
        return self.filter(Q(state=Outgoing.State.UNSURE) | ended_us, created_at__gte=since)


class Outgoing(models.Model):
    """One message to one address. Written in the transaction that caused it, sent afterwards under a lease.

    ``key`` is unique: what caused the message, the step and the receiver, so that a repeated sweep cannot queue it
    twice. ``message_id`` is the same on every attempt. Nothing is ``sent`` before the server accepted it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"
        UNSURE = "unsure", "Unsure"
        SUPERSEDED = "superseded", "No longer needed"

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    to_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    to_address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    thread = models.CharField(max_length=200, blank=True, help_text="Message-ID that opened the conversation")
    reason = models.CharField(max_length=200, help_text="Why this address gets this message")

    # Links are minted when the message is sent; the stored text holds only the places for them.
    link_purpose = models.CharField(max_length=40, blank=True)
    link_subject = models.CharField(max_length=64, blank=True)
    link_valid_until = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_by = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    abandoned = models.PositiveSmallIntegerField(
        default=0, help_text="How often a sender ended or broke off holding it"
    )
    attempt_started_at = models.DateTimeField(null=True, blank=True)
    possibly_repeated = models.BooleanField(default=False)
    outcome = models.CharField(max_length=300, blank=True, help_text="What the server said last, in words")
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(state="queued"), name="outgoing_due"),
            models.Index(fields=["-created_at", "-id"], name="outgoing_newest"),
            models.Index(fields=["settled_at", "id"], condition=Q(state="failed"), name="outgoing_failed"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="sent_means_accepted_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(link_purpose="") | Q(link_valid_until__isnull=False), name="links_have_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to_address}"

    @property
    def file_name(self) -> str:
        """The same on every attempt: the file it is written to where there is no mail server."""
        return f"{self.created_at:%Y%m%dT%H%M%S}-{self.pk:06d}-{self.kind}"

    @property
    def is_stuck(self) -> bool:
        """Whether a person has to decide if it is sent again."""
        return self.state in (self.State.FAILED, self.State.UNSURE)


class Doorbell(models.Model):
    """Since when ringing for a sender has not been heard, if it is not. The desk says so; nothing depends on it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    unheard_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_doorbell")]

    def __str__(self) -> str:
        return f"{self.unheard_since}"


class ActionLinkQuerySet(models.QuerySet["ActionLink"]):
    def valid(self, now: datetime) -> "ActionLinkQuerySet":
        return self.filter(voided_at=None, valid_until__gt=now)


class ActionLink(models.Model):
    """A capability sent in one message. Only its hash is kept; opening it is free, a POST from its page acts."""

    token_hash = models.CharField(max_length=64, unique=True)
    outgoing = models.ForeignKey(Outgoing, on_delete=models.PROTECT, related_name="links")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    minted_at = models.DateTimeField(default=clock.now)
    valid_until = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    objects = ActionLinkQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["purpose", "subject"], condition=Q(voided_at=None), name="links_by_subject")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(valid_until__gt=F("minted_at")), name="link_ends_after_minting")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"
