"""The people outside who belong to a group, and how each of them is reached."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

import clock
from accounts.models import User

if TYPE_CHECKING:
    from stakeholders.models.group import StakeholderGroup


class ContactChannel(models.TextChoices):
    EMAIL = "email", "Email"
    PHONE = "phone", "Phone"
    PORTAL = "portal", "Portal"
    POST = "post", "Post"
    IN_PERSON = "in_person", "In person"


class ContactQuerySet(models.QuerySet["Contact"]):
    def current(self) -> "ContactQuerySet":
        return self.filter(removed_at=None)

    def by_email(self) -> "ContactQuerySet":
        """Those whom a message reaches. Everybody else is told by a person."""
        return self.current().filter(channel=ContactChannel.EMAIL)


class Contact(models.Model):
    """Somebody outside who belongs to a group. Nothing about them is ever public.

    Messages go to those of the channel email alone. The others may have an address too, which nothing is sent to by itself.
    """

    group: "models.ForeignKey[StakeholderGroup, StakeholderGroup]" = models.ForeignKey(
        "stakeholders.StakeholderGroup", on_delete=models.PROTECT, related_name="contacts"
    )
    name = models.CharField(max_length=120, blank=True)
    organisation = models.CharField(max_length=120, blank=True)
    channel = models.CharField(max_length=12, choices=ContactChannel, default=ContactChannel.EMAIL)
    address = models.EmailField(max_length=254, blank=True)
    reach = models.CharField(max_length=300, blank=True, help_text="Number, address of the portal, place")
    language = models.CharField(max_length=35, blank=True, default="", help_text="BCP 47, such as de or pt-BR")
    zone = models.CharField(max_length=64, blank=True, default="", help_text="IANA name, such as Europe/Berlin")
    notice_hours = models.PositiveIntegerField(null=True, blank=True, help_text="Notice term of the contract, in hours")
    version = models.PositiveIntegerField(default=1)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["address", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "group",
                Lower("address"),
                condition=Q(removed_at=None, channel=ContactChannel.EMAIL),
                name="contact_once_in_a_group",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="contact_removed_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(channel=ContactChannel.EMAIL) & ~Q(address=""))
                | (~Q(channel=ContactChannel.EMAIL) & ~Q(reach="")),
                name="contact_can_be_reached",
            ),
        ]

    def __str__(self) -> str:
        """As the header of a mail names them; who is reached otherwise, by the name or by what reaches them."""
        if self.channel != ContactChannel.EMAIL:
            return self.name or self.reach
        return f"{self.name} <{self.address}>" if self.name else self.address

    @property
    def is_mailed(self) -> bool:
        """Whether a message to the group goes to them now."""
        return self.removed_at is None and self.channel == ContactChannel.EMAIL

    @property
    def reached_at(self) -> str:
        """What a person uses to reach them."""
        return self.address if self.channel == ContactChannel.EMAIL else self.reach
