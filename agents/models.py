"""What runs: components as the public knows them, and the agents behind them."""

import secrets
from typing import ClassVar

from django.db import models

import clock
from accounts.models import Team, User


def public_id() -> str:
    """A random public id: 128 bits, so that it says nothing about what else exists."""
    return secrets.token_urlsafe(16)


class Component(models.Model):
    """The public name of something that people use. Its public name reaches the public in a masthead record entry."""

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    public_name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    audience_technical = models.BooleanField(default=False, help_text="Those who use it know its jargon. Never public")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "public_name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(public_name=""), name="component_has_a_public_name")
        ]

    def __str__(self) -> str:
        return self.public_name


class AgentQuerySet(models.QuerySet["Agent"]):
    def with_people(self) -> "AgentQuerySet":
        return self.select_related("owner", "deputy", "team", "component")


class Agent(models.Model):
    """An AI agent in service, with the people who answer for it."""

    public_name = models.CharField(max_length=80, unique=True)
    internal_name = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="agents_owned")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="agents_deputised", null=True, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="agents", null=True, blank=True)
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="agents")
    created_at = models.DateTimeField(default=clock.now)

    objects = AgentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["public_name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(deputy=None) | ~models.Q(deputy=models.F("owner")), name="deputy_is_not_the_owner"
            )
        ]

    def __str__(self) -> str:
        return self.public_name
