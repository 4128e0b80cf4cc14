"""Who is asked to approve, by day and by night, and how soon they are to answer (R79)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User

TARGET, LEAST_TARGET, MOST_TARGET = 60, 5, 24 * 60


class ApprovalPolicy(models.Model):
    """One for each kind of words that need a second person. Until somebody sets it, everybody who may approve is asked.

    It says who is asked. Who may approve is said by roles, so that a policy which names the wrong people stops nothing.
    """

    class Scope(models.TextChoices):
        PUBLIC = "public", "What the public reads"

    scope = models.CharField(max_length=12, choices=Scope, unique=True, default=Scope.PUBLIC)
    target_minutes = models.PositiveSmallIntegerField("minutes within which it is decided", default=TARGET)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(target_minutes__gte=LEAST_TARGET, target_minutes__lte=MOST_TARGET),
                name="approval_target_is_minutes_of_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"Approval of {self.get_scope_display().lower()}"

    @classmethod
    def current(cls) -> "ApprovalPolicy":
        """The one for what the public reads, as set or as it is before anybody has set it. With its duties."""
        found = cls.objects.prefetch_related("duties__user").filter(scope=cls.Scope.PUBLIC).first()
        return found or cls()

    def named(self, hours: str) -> list[User]:
        """Who is named for these hours, by name. Costs no query on the ``current`` one."""
        duties = [] if self._state.adding else [duty for duty in self.duties.all() if duty.hours == hours]
        return sorted((duty.user for duty in duties), key=lambda person: person.name)


class Duty(models.Model):
    """A person who is asked to approve in these hours."""

    class Hours(models.TextChoices):
        IN = "in", "In hours"
        OUT = "out", "Out of hours"

    policy = models.ForeignKey(ApprovalPolicy, on_delete=models.PROTECT, related_name="duties")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    hours = models.CharField(max_length=4, choices=Hours)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["policy", "user", "hours"], name="duty_named_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_hours_display().lower()}"
