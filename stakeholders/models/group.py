"""Who must hear: the groups, and what is decided for each of them by default."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Lower

from accounts.models import User
from stakeholders.models.contact import ContactChannel


class GroupKind(models.TextChoices):
    """What a group is to the owner. Rules hang on it, not on the name, which the operator may change."""

    AFFECTED = "affected", "Directly affected people"
    ONLOOKERS = "onlookers", "Onlookers"
    PLATFORM = "platform", "A platform that may suspend the agent"
    PRESS = "press", "Press"
    REGULATOR = "regulator", "Regulators and authorities"
    EXECUTIVES = "executives", "Executives"
    PARTNERS = "partners", "Partners and enterprise customers"
    EMPLOYEES = "employees", "Employees"
    OTHER = "other", "Others"


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


STAGE_SAID = {
    Stage.CONTAINED: "Tell them when contained",
    Stage.RECOVERED: "Tell them when recovered",
    Stage.POST_MORTEM: "Tell them with the post-mortem",
}
UNDECIDED = "Decide each time"


class Rating(models.TextChoices):
    """Influence on the owner, and interest in the matter."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    VERY_HIGH = "very_high", "Very high"


class StakeholderGroupQuerySet(models.QuerySet["StakeholderGroup"]):
    def current(self) -> "StakeholderGroupQuerySet":
        return self.filter(retired_at=None)

    def with_reached(self) -> "StakeholderGroupQuerySet":
        """``reached``: how many addresses a message to each goes to now."""
        by_email = Q(contacts__removed_at=None, contacts__channel=ContactChannel.EMAIL)
        return self.annotate(reached=Count("contacts", filter=by_email))


class StakeholderGroup(models.Model):
    """People who must be thought of when something fails in public (R20). Eight are seeded; the operator edits them."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=GroupKind, default=GroupKind.OTHER)
    needs = models.TextField("what they need to know", help_text="One question to a line")
    relationship = models.CharField(max_length=120)
    influence = models.CharField(max_length=12, choices=Rating)
    interest = models.CharField(max_length=12, choices=Rating)
    channel = models.TextField()
    tone = models.CharField(max_length=200)
    timing = models.CharField(max_length=200)
    tell_within = models.PositiveIntegerField(default=1_440, help_text="Minutes from detection, or from the stage")
    answer_within = models.PositiveIntegerField(default=1_440, help_text="Minutes from being asked")
    ready_answer = models.TextField(blank=True, default="", help_text="What we say when asked")
    told_by_page = models.BooleanField(default=False, help_text="A public statement is how they are told")
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = StakeholderGroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), condition=Q(retired_at=None), name="group_of_that_name_once"),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None) | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="group_retired_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def questions(self) -> list[str]:
        """What they need to know, each for itself."""
        return [line.strip() for line in self.needs.splitlines() if line.strip()]

    @property
    def told_in(self) -> timedelta:
        return timedelta(minutes=self.tell_within)

    @property
    def answered_in(self) -> timedelta:
        return timedelta(minutes=self.answer_within)

    def default_for(self, scenario: str) -> "GroupDefault | None":
        """What is proposed for this group in such an incident. Reads the defaults that were fetched with it, if they were."""
        return next((one for one in self.defaults.all() if one.scenario == scenario), None)


class GroupDefault(models.Model):
    """What is proposed for a group in one kind of incident (domain 4.2). A person confirms it; nothing is sent by default."""

    group = models.ForeignKey(StakeholderGroup, on_delete=models.PROTECT, related_name="defaults")
    scenario = models.CharField(max_length=20, choices=Scenario)
    decision = models.CharField(max_length=16, choices=Decision, blank=True, help_text="Empty: decided each time")
    stage = models.CharField(max_length=16, choices=Stage, blank=True)
    note = models.CharField(max_length=120, blank=True, help_text="In which way, or under which condition")

    class Meta:
        ordering: ClassVar[list[str]] = ["group", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "scenario"], name="one_default_for_a_scenario"),
            models.CheckConstraint(
                condition=(Q(decision=Decision.AT_STAGE) & ~Q(stage=""))
                | (~Q(decision=Decision.AT_STAGE) & Q(stage="")),
                name="default_names_its_stage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}, {self.get_scenario_display()}"

    @property
    def said(self) -> str:
        """The decision as a sentence has it."""
        if self.decision == Decision.AT_STAGE:
            return STAGE_SAID[Stage(self.stage)]
        return Decision(self.decision).label if self.decision else UNDECIDED

    @property
    def short(self) -> str:
        """The same where the heading says already that it is about telling them."""
        return self.said.removeprefix("Tell them ").capitalize()
