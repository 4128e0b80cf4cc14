"""The chain that cannot be bypassed, its second link: a submission asks a second person about one version of something."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from accounts.models import User
from incidents.models.fact import Fact
from incidents.models.statement import Statement, promise_due


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def waiting(self) -> "SubmissionQuerySet":
        return self.filter(outcome=Submission.Outcome.WAITING)

    def with_promise(self) -> "SubmissionQuerySet":
        """``promise_due``, when the update is or was due that the incident of the statement still owes."""
        return self.annotate(promise_due=promise_due("statement__incident"))

    def with_schedule(self) -> "SubmissionQuerySet":
        """``scheduled_at``, for when it is approved; ``state_now_at``, of when the newest state of its incident is."""
        scheduled = Submission.objects.filter(pk=OuterRef("pk"), schedules__state="waiting")
        state_now = Fact.objects.standing().filter(
            incident=OuterRef("statement__incident"), question=Fact.Question.STATE_NOW
        )
        return self.annotate(
            scheduled_at=Subquery(scheduled.values("schedules__publish_at")[:1]),
            state_now_at=Subquery(state_now.order_by("-observed_at").values("observed_at")[:1]),
        )

    def with_subject(self) -> "SubmissionQuerySet":
        about = ("statement__incident__agent", "statement__group", "change__commitment__incident__agent", "masthead")
        return self.select_related("submitted_by", *about)

    def for_lists(self) -> "SubmissionQuerySet":
        """What a list says of each: what is asked, about which agent or commitment, by whom, and what it says of the state.

        No other column is read.
        """
        about = ("submitted_by", "statement__incident__agent", "statement__group", "change__commitment", "masthead")
        return self.select_related(*about).only(
            "asked_at", "decide_by", "submitted_by__name", "statement__kind", "statement__headline",
            "statement__corrects", "statement__corrects_message", "statement__group__name", "statement__edited_by",
            "statement__public_status", "statement__impact", "statement__began_at", "statement__component_states",
            "statement__affected", "statement__what_to_do",
            "statement__incident__agent__public_name", "change__kind", "change__proposed_by", "change__commitment__number",
            "masthead__kind", "masthead__proposed_by",
        )  # fmt: skip


class Submission(models.Model):
    """A request: may exactly this go out? Bound to a version and to a digest of everything it depends on (R117)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"
        VOID = "void", "Void, because it was changed"

    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    change = models.ForeignKey(
        "incidents.CommitmentChange", on_delete=models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    masthead = models.ForeignKey(
        "incidents.MastheadChange", on_delete=models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    version = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)
    content = models.JSONField(help_text="What the digest covers, so that a difference can be shown")
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="submissions")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The target it is measured against (R79). None where nobody was asked: at set-up",
    )
    decide_by = models.DateTimeField(
        null=True, blank=True, help_text="When a decision is wanted: the target, or before something breaks"
    )
    let_stand = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Findings let stand when it was asked"
    )
    warned = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Warnings there were when it was asked")
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)
    comment = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(outcome="waiting"), name="submission_waiting")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(statement__isnull=False, change=None, masthead=None)
                | Q(statement=None, change__isnull=False, masthead=None)
                | Q(statement=None, change=None, masthead__isnull=False),
                name="submission_asks_about_one_thing",
            ),
            models.UniqueConstraint(fields=["statement"], condition=Q(outcome="waiting"), name="statement_waits_once"),
            models.UniqueConstraint(fields=["change"], condition=Q(outcome="waiting"), name="change_waits_once"),
            models.UniqueConstraint(fields=["masthead"], condition=Q(outcome="waiting"), name="masthead_waits_once"),
            models.CheckConstraint(
                condition=Q(outcome="waiting", decided_at=None)
                | Q(~Q(outcome="waiting"), decided_by__isnull=False, decided_at__isnull=False),
                name="submission_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(outcome="returned") | ~Q(comment=""), name="returned_with_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Submission {self.pk}"

    @property
    def subject(self) -> Any:
        return self.statement or self.change or self.masthead
