"""Teams: the address that still has a reader when one person is away (R55)."""

from typing import ClassVar

from django.db import models
from django.db.models import Count, Q

import clock
from accounts.models.person import User

LEAST_ACTIVE_MEMBERS = 2


class TeamQuerySet(models.QuerySet["Team"]):
    def with_active_count(self) -> "TeamQuerySet":
        """Annotate ``active_count``, the number of active people in the team."""
        return self.annotate(active_count=Count("memberships", filter=Q(memberships__user__is_active=True)))

    def usable(self) -> "TeamQuerySet":
        """Teams that may be used as a route: at least two active members (R55)."""
        active = Count("memberships", filter=Q(memberships__user__is_active=True))
        return self.annotate(active_count=active).filter(active_count__gte=LEAST_ACTIVE_MEMBERS)


class Team(models.Model):
    """A group of people behind one alias address, with a lead."""

    name = models.CharField(max_length=80, unique=True)
    alias = models.EmailField("alias address", max_length=254)
    lead = models.ForeignKey(User, on_delete=models.PROTECT, related_name="teams_led")
    purpose = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    members: models.ManyToManyField = models.ManyToManyField(User, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["team", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
