"""People, what they may do, and how they are invited."""

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

import clock

SYSTEM_EMAIL = "system@answerable.invalid"


def validate_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError("“%(name)s” is not a time zone. Write it like Europe/Berlin.", params={"name": name})


class Role(models.TextChoices):
    """What a person may do anywhere. Who holds which seat in one incident is ``incidents.RoleHeld``."""

    COMMANDER = "commander", "Incident commander"
    TECHNICAL_LEAD = "technical_lead", "Technical lead"
    COMMUNICATIONS_LEAD = "communications_lead", "Communications lead"
    APPROVER = "approver", "Approver"
    RESPONDER = "responder", "Responder"
    EXECUTIVE = "executive", "Executive"
    OBSERVER = "observer", "Observer"
    ADMINISTRATOR = "administrator", "Administrator"


class UserQuerySet(models.QuerySet["User"]):
    def people(self) -> "UserQuerySet":
        """Everyone but the machine."""
        return self.exclude(email=SYSTEM_EMAIL)

    def active(self) -> "UserQuerySet":
        return self.people().filter(is_active=True)

    def with_role(self, *roles: Role) -> "UserQuerySet":
        """Active people who hold at least one of ``roles``."""
        return self.active().filter(grants__role__in=roles).distinct()

    def with_roles(self) -> "UserQuerySet":
        return self.prefetch_related("grants")

    def known_with_roles(self, pk: Any) -> "User | None":
        """One person together with their roles, in one query: what every page asks first."""
        rows: list[Any] = list(self.filter(pk=pk).annotate(granted=models.F("grants__role")).order_by())
        if not rows:
            return None
        person: User = rows[0]
        person.roles = frozenset(row.granted for row in rows if row.granted)
        return person


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def people(self) -> UserQuerySet:
        return self.get_queryset().people()

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()

    def with_role(self, *roles: Role) -> UserQuerySet:
        return self.get_queryset().with_role(*roles)

    def known_with_roles(self, pk: Any) -> "User | None":
        return self.get_queryset().known_with_roles(pk)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who works at the desk. Signs in with an email address."""

    email = models.EmailField("email address", max_length=254, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    address_refused_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail server said that there is no such address"
    )

    roles_changed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="address_is_in_lower_case"),
            models.CheckConstraint(condition=~models.Q(name=""), name="person_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants.all())

    def has_role(self, *roles: Role) -> bool:
        """Whether this person, while active, holds at least one of ``roles``."""
        return self.is_active and not self.roles.isdisjoint(roles)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def reads_mail(self) -> bool:
        """Whether there is still a reader at this address."""
        return self.is_active and self.address_refused_at is None

    @property
    def is_system(self) -> bool:
        return self.email == SYSTEM_EMAIL


def system_user() -> User:
    """The machine as an actor: what the clock does is logged in its name. It can never sign in."""
    user, _ = User.objects.get_or_create(
        email=SYSTEM_EMAIL, defaults={"name": "Answerable", "is_active": False, "password": "!"}
    )
    return user


class RoleGrant(models.Model):
    """A role that a person holds."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=24, choices=Role)
    granted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role"], name="role_granted_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """An offer to join, sent by email. Only the hash of its token is kept."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_sent")
    invited_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation_accepted"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    # Only on the instance that `invite` has just made; neither is stored.
    link = ""
    sent = False

    class Meta:
        ordering: ClassVar[list[str]] = ["-invited_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("invited_at")), name="invitation_expires_after_sending"
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"
