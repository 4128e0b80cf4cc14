"""What was switched off, how long for, and when somebody looks again (R54, R86)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from incidents.models.incident import Incident


class ContainmentAction(models.Model):
    """One way of stopping the harm, from narrow to wide."""

    class Scope(models.TextChoices):
        RUN = "run", "This run"
        TOOL = "tool", "One tool"
        PROCESS = "process", "One process"
        AGENT = "agent", "The agent"
        ALL = "all", "All agents"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        DONE = "done", "In force"
        ENDED = "ended", "Ended"
        FAILED = "failed", "Did not hold"
        NOT_POSSIBLE = "not_possible", "Not possible"

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.PLANNED: frozenset({State.DONE, State.FAILED, State.NOT_POSSIBLE}),
        State.DONE: frozenset({State.ENDED, State.FAILED}),
        State.ENDED: frozenset(),
        State.FAILED: frozenset(),
        State.NOT_POSSIBLE: frozenset(),
    }

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="containment_actions")
    scope = models.CharField(max_length=12, choices=Scope)
    text = models.CharField("what is stopped", max_length=300)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    reason = models.TextField(blank=True)
    ends_when = models.CharField("ends when", max_length=300, blank=True)
    review_at = models.DateTimeField(null=True, blank=True)
    decider = models.ForeignKey(User, on_delete=models.PROTECT, related_name="containment_decided")
    planned_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["planned_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="containment_says_what_is_stopped"),
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(ends_when="") & Q(review_at__isnull=False, done_at__isnull=False)),
                name="containment_in_force_has_an_end_and_a_review",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "not_possible"]) | ~Q(reason=""),
                name="containment_that_failed_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(scope="all") | ~Q(state="done") | ~Q(reason=""), name="stopping_everything_needs_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.text}"
