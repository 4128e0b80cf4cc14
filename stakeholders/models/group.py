"""Who must hear: the groups, and the people outside who belong to them."""

from typing import ClassVar

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Lower

import clock
from accounts.models import User


class Scenario(models.TextChoices):
    """The four ways in which an incident becomes public (R3). What is decided for a group by default depends on it."""

    SHARED_REPLY = "shared_reply", "A harmful or embarrassing reply is being shared"
    DISPUTE = "dispute", "A dispute has outgrown its own process"
    POLICY_BREACH = "policy_breach", "A policy breach that draws a platform or a regulator"
    MASS_FAILURE = "mass_failure", "An operational failure that hits many people at once"


class Decision(models.TextChoices):
    """What is decided for one group (domain 4.2). Deciding not to tell somebody is a decision too."""

    NOW = "now", "Tell them now"
    AT_STAGE = "at_stage", "Tell them at a stage"
    IF_ASKED = "if_asked", "Only if asked"
    NOT_TOLD = "not_told", "Deliberately not"
    NOT_APPLICABLE = "not_applicable", "Does not apply"


class Stage(models.TextChoices):
    """The stages that telling somebody can wait for."""

    CONTAINED = "contained", "Contained"
    RECOVERED = "recovered", "Recovered"
    POST_MORTEM = "post_mortem", "Post-mortem"


class Rating(models.TextChoices):
    """Influence on the owner, and interest in the matter."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    VERY_HIGH = "very_high", "Very high"


class StakeholderGroupQuerySet(models.QuerySet["StakeholderGroup"]):
    def with_reached(self) -> "StakeholderGroupQuerySet":
        """``reached``: how many addresses each has now."""
        return self.annotate(reached=Count("contacts", filter=Q(contacts__removed_at=None)))


class StakeholderGroup(models.Model):
    """People who must be thought of when something fails in public (R20). Eight are seeded; the operator edits them."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    needs = models.TextField()
    relationship = models.CharField(max_length=120)
    influence = models.CharField(max_length=12, choices=Rating)
    interest = models.CharField(max_length=12, choices=Rating)
    channel = models.TextField()
    tone = models.CharField(max_length=200)
    timing = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    objects = StakeholderGroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def current(self) -> "ContactQuerySet":
        return self.filter(removed_at=None)


class Contact(models.Model):
    """Somebody outside who belongs to a group: whom a direct statement reaches. Nothing about them is ever public."""

    group = models.ForeignKey(StakeholderGroup, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120, blank=True)
    address = models.EmailField(max_length=254)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["address", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "group", Lower("address"), condition=Q(removed_at=None), name="contact_once_in_a_group"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="contact_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address
