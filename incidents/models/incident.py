"""The incident: what failed, who commands it, what was noted."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q

from accounts.models import FrozenQuerySet, KeptModel, User
from agents.models import Agent, public_id
from stakeholders.models import Scenario


class Impact(models.TextChoices):
    """What the public sees. One of the two scales."""

    NONE = "none", "None"
    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"


class Urgency(models.TextChoices):
    """What responders need. The other scale (R97)."""

    ACT_NOW = "act_now", "Act now"
    WITHIN_HOUR = "within_hour", "Within the hour"
    NEXT_RUN = "next_run", "Next run"


class Harm(models.TextChoices):
    """The worst credible harm, as the declarer sees it. It sets the urgency until somebody decides otherwise."""

    SAFETY = "safety", "Somebody could be hurt"
    RIGHTS = "rights", "People could lose money, data or rights"
    MISLED = "misled", "People are told something wrong or offensive"
    NUISANCE = "nuisance", "People are delayed or annoyed"

    @property
    def urgency(self) -> Urgency:
        return _URGENCY_OF_HARM[self]


_URGENCY_OF_HARM = {
    Harm.SAFETY: Urgency.ACT_NOW,
    Harm.RIGHTS: Urgency.ACT_NOW,
    Harm.MISLED: Urgency.WITHIN_HOUR,
    Harm.NUISANCE: Urgency.NEXT_RUN,
}


class FailureMode(models.TextChoices):
    """Silent failures need different handling from visible ones (R87)."""

    VISIBLE = "visible", "Visible: it stopped or said something wrong"
    SILENT = "silent", "Silent: it still runs, its output is no longer sound"


class Category(models.TextChoices):
    """The eight kinds of failure, and other (R72)."""

    BULK_SEND = "bulk_send", "Bulk send"
    AUTH_CASCADE = "auth_cascade", "Auth cascade"
    MEMORY_LOOP = "memory_loop", "Memory loop"
    COST_EXPLOSION = "cost_explosion", "Cost explosion"
    MCP_POISONING = "mcp_poisoning", "MCP poisoning"
    PROMPT_INJECTION = "prompt_injection", "Prompt injection via retrieval"
    ORCHESTRATION_DEADLOCK = "orchestration_deadlock", "Orchestration deadlock"
    ROLLBACK_FAILURE = "rollback_failure", "Rollback failure"
    OTHER = "other", "Other"


class IncidentQuerySet(models.QuerySet["Incident"]):
    def active(self) -> "IncidentQuerySet":
        """Everything that still needs somebody: drafts, open and contained incidents."""
        return self.filter(state__in=Incident.ACTIVE)

    def ongoing(self) -> "IncidentQuerySet":
        """Opened and not yet recovered."""
        return self.filter(state__in=Incident.ONGOING)

    def public(self) -> "IncidentQuerySet":
        """As ``Incident.is_public`` says, without those that were dismissed."""
        one_yes = Q(is_visible=True) | Q(draws_attention=True) | Q(needs_answer=True)
        return self.filter(one_yes).exclude(state=Incident.State.DISMISSED)

    def by_urgency(self) -> "IncidentQuerySet":
        order = [models.When(urgency=urgency, then=rank) for rank, urgency in enumerate(Urgency.values)]
        return self.annotate(urgency_rank=models.Case(*order, default=9)).order_by("urgency_rank", "detected_at", "pk")

    def with_people(self) -> "IncidentQuerySet":
        """With agent and the present holders of the four roles, in two queries whatever the number of incidents."""
        held = RoleHeld.objects.filter(until=None).select_related("user")
        return self.select_related("agent__component").prefetch_related(
            Prefetch("roles_held", queryset=held, to_attr="present_roles")
        )


class Incident(models.Model):
    """One failure. States and guards: ``incidents.operations.incident``."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        CONTAINED = "contained", "Contained"
        RECOVERED = "recovered", "Recovered"
        DISMISSED = "dismissed", "Dismissed"

    class Dismissal(models.TextChoices):
        DUPLICATE = "duplicate", "Duplicate of another incident"
        FALSE = "false", "Nothing failed"
        SELF_CORRECTED = "self_corrected", "It corrected itself"

    ONGOING: ClassVar[tuple[str, ...]] = (State.OPEN, State.CONTAINED)
    ACTIVE: ClassVar[tuple[str, ...]] = (State.DRAFT, *ONGOING)
    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.DRAFT: frozenset({State.OPEN, State.DISMISSED}),
        State.OPEN: frozenset({State.CONTAINED, State.DISMISSED}),
        State.CONTAINED: frozenset({State.RECOVERED, State.OPEN, State.DISMISSED}),
        State.RECOVERED: frozenset({State.OPEN}),
        State.DISMISSED: frozenset(),
    }

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    title = models.CharField("what happened", max_length=200)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="incidents")
    worst_harm = models.CharField("worst credible harm", max_length=12, choices=Harm)
    urgency = models.CharField(max_length=12, choices=Urgency)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    failure_mode = models.CharField(max_length=12, choices=FailureMode, blank=True)
    category = models.CharField(max_length=24, choices=Category, blank=True)
    scenario = models.CharField(max_length=16, choices=Scenario, blank=True)

    # The three public questions (R2). Nobody has answered while they are null.
    is_visible = models.BooleanField("is it visible, or does it bring complaints?", null=True, blank=True)
    draws_attention = models.BooleanField("does it draw attention beyond the person affected?", null=True, blank=True)
    needs_answer = models.BooleanField("does it need a public answer?", null=True, blank=True)

    failure_started_at = models.DateTimeField(null=True, blank=True)
    detected_at = models.DateTimeField()
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="incidents_declared")
    declared_at = models.DateTimeField()
    contained_at = models.DateTimeField(null=True, blank=True)
    recovered_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    restart_point = models.TextField("last good state or restart point", blank=True)
    dismissal = models.CharField(max_length=16, choices=Dismissal, blank=True)
    dismissal_reason = models.TextField(blank=True)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates")
    version = models.PositiveIntegerField(default=1)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-detected_at", "-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["detected_at"], condition=Q(state__in=["draft", "open", "contained"]), name="incident_active"
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dismissed"])
                | Q(
                    ~Q(failure_mode=""),
                    ~Q(category=""),
                    is_visible__isnull=False,
                    draws_attention__isnull=False,
                    needs_answer__isnull=False,
                ),
                name="opened_incident_is_triaged",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dismissed"])
                | Q(is_visible=False, draws_attention=False, needs_answer=False)
                | ~Q(scenario=""),
                name="public_incident_has_a_scenario",
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | (~Q(dismissal="") & ~Q(dismissal_reason="")),
                name="dismissal_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(failure_started_at=None) | Q(failure_started_at__lte=F("detected_at")),
                name="failure_starts_before_it_is_detected",
            ),
        ]

    def __str__(self) -> str:
        return f"Incident {self.pk}"

    @property
    def is_public(self) -> bool:
        """One yes to the three questions makes an incident public (R2)."""
        return any((self.is_visible, self.draws_attention, self.needs_answer))

    @property
    def is_ongoing(self) -> bool:
        return self.state in self.ONGOING

    @property
    def is_final(self) -> bool:
        return not self.TRANSITIONS[self.state]

    def holder(self, role: str) -> User | None:
        """Who holds ``role`` now. Costs no query on incidents fetched ``with_people``."""
        present = getattr(self, "present_roles", None)
        if present is None:
            present = self.roles_held.filter(until=None).select_related("user")
        return next((held.user for held in present if held.role == role), None)

    @property
    def commander(self) -> User | None:
        return self.holder(RoleHeld.Role.COMMANDER)

    @property
    def communications_lead(self) -> User | None:
        return self.holder(RoleHeld.Role.COMMUNICATIONS_LEAD)

    @property
    def technical_lead(self) -> User | None:
        return self.holder(RoleHeld.Role.TECHNICAL_LEAD)

    @property
    def scribe(self) -> User | None:
        return self.holder(RoleHeld.Role.SCRIBE)


class RoleHeld(models.Model):
    """A term of one person in one role of one incident. The row without an end is the present holder."""

    class Role(models.TextChoices):
        COMMANDER = "commander", "Commander"
        COMMUNICATIONS_LEAD = "communications_lead", "Communications"
        TECHNICAL_LEAD = "technical_lead", "Technical"
        SCRIBE = "scribe", "Scribe"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="roles_held")
    role = models.CharField(max_length=24, choices=Role)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roles_held")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    take_over_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["since", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "role"], condition=Q(until=None), name="one_holder_of_a_role_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="term_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.user}"


class Handover(models.Model):
    """Command offered to somebody, who accepts or declines. Until then the commander stays the commander."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="handovers")
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_to = models.ForeignKey(User, on_delete=models.PROTECT, related_name="handovers_offered")
    offered_at = models.DateTimeField()
    briefing = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-offered_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(accepted_at=None, declined_at=None),
                name="one_open_handover_of_an_incident",
            ),
            models.CheckConstraint(condition=~Q(offered_by=F("offered_to")), name="handover_to_somebody_else"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(declined_at=None), name="handover_accepted_or_declined"
            ),
        ]

    def __str__(self) -> str:
        return f"Hand-over of incident {self.incident_id}"


class TimelineEntry(KeptModel):
    """One line of the incident's internal timeline. When it happened is kept apart from when it was entered."""

    PART_OF = "incident"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    happened_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_note = models.BooleanField(default=False)
    text = models.TextField()

    objects = FrozenQuerySet["TimelineEntry"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-happened_at", "-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="timeline_entry_says_something")]

    def __str__(self) -> str:
        return f"{self.happened_at:%H:%M} {self.text[:40]}"

    @property
    def was_entered_late(self) -> bool:
        """Entered more than five minutes after it happened, so that readers see both times."""
        return (self.entered_at - self.happened_at).total_seconds() > 300
