"""What was promised: the next update of an incident, and commitments with an owner, a deadline and a way to check."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from agents.models import public_id
from incidents.models.approval import EmergencyReview
from incidents.models.clock import ReportingClock
from incidents.models.containment import ContainmentAction
from incidents.models.incident import Incident
from incidents.models.override import Override
from incidents.models.plan import Inquiry
from incidents.models.record import RecordEntry
from incidents.models.statement import Statement
from incidents.models.submission import Submission

# Characters in each public text of a commitment, and in the name of its owner.
TEXT_LIMIT = 2_000
OWNER_LIMIT = 120


class PromiseQuerySet(models.QuerySet["Promise"]):
    def open(self) -> "PromiseQuerySet":
        return self.filter(state=Promise.State.OPEN)

    def unanswered(self) -> "PromiseQuerySet":
        """Open, or missed and still owed: what the desk keeps in view until an update comes."""
        return self.filter(answered_by=None)

    def overdue(self, now: datetime) -> "PromiseQuerySet":
        """Open and past due. The filter repeats the partial index's condition literally, or it is not used."""
        return self.filter(state="open", due_at__lt=now).order_by("due_at", "pk")


class Promise(models.Model):
    """The time by which the next update of an incident was promised (R12). Kept or missed for good (R13)."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        KEPT = "kept", "Kept"
        MISSED = "missed", "Missed"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="promises")
    made_in = models.OneToOneField(RecordEntry, on_delete=models.PROTECT, related_name="promise_made")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    answered_by = models.ForeignKey(
        RecordEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="promises_answered"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="promise_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(answered_by=None), name="one_unanswered_promise_of_an_incident"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("made_at")), name="promise_lies_ahead"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | Q(~Q(state="open"), settled_at__isnull=False),
                name="promise_settled_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Next update of incident {self.incident_id} by {self.due_at:%d %b %H:%M} UTC"


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def published(self) -> "CommitmentQuerySet":
        return self.exclude(state__in=[Commitment.State.DRAFT, Commitment.State.DROPPED])

    def overdue(self, now: datetime) -> "CommitmentQuerySet":
        """Open, past due, and nobody has reported them done. Repeats the partial index's condition literally."""
        return self.filter(state="open", due_at__lt=now).exclude(evidence__outcome="waiting").order_by("due_at", "pk")

    def unsettled(self) -> "CommitmentQuerySet":
        """Open or missed: somebody still owes something. Repeats the partial index's condition literally."""
        return self.filter(Q(state="open") | Q(state="missed"))

    def missed(self) -> "CommitmentQuerySet":
        """Past due and still owed; one of the `unsettled`, and found by their index."""
        return self.unsettled().filter(state="missed")

    def with_people(self) -> "CommitmentQuerySet":
        return self.select_related("owner", "incident__agent__team__lead", "made_in")


class Commitment(models.Model):
    """What will be done, who owns it, by when, and how an outsider can check (R22)."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        KEPT = "kept", "Kept"
        KEPT_LATE = "kept_late", "Kept late"
        MISSED = "missed", "Missed"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DROPPED = "dropped", "Dropped before publication"

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.DRAFT: frozenset({State.OPEN, State.DROPPED}),
        State.OPEN: frozenset({State.KEPT, State.MISSED, State.WITHDRAWN}),
        State.MISSED: frozenset({State.KEPT_LATE}),
        State.KEPT: frozenset(),
        State.KEPT_LATE: frozenset(),
        State.WITHDRAWN: frozenset(),
        State.DROPPED: frozenset(),
    }

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    number = models.PositiveIntegerField(null=True, blank=True, unique=True, help_text="C-number, given in public")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="commitments")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="commitments")
    made_in = models.ForeignKey(
        RecordEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments_made"
    )
    text = models.TextField("what will be done")
    public_owner = models.CharField("owner as the public reads it", max_length=OWNER_LIMIT)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="commitments")
    due_at = models.DateTimeField()
    verification = models.TextField("how an outsider can check")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    first_due_at = models.DateTimeField(null=True, blank=True, help_text="The date first promised")
    amended_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    disowned_at = models.DateTimeField(null=True, blank=True)
    disowned_reason = models.TextField(blank=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="commitment_due"),
            models.Index(
                fields=["state", "due_at", "id"], condition=Q(state="open") | Q(state="missed"), name="commitment_owed"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(public_owner="") & ~Q(verification=""), name="commitment_can_be_checked"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"], number=None, made_in=None)
                | Q(
                    ~Q(state__in=["draft", "dropped"]),
                    number__isnull=False,
                    made_in__isnull=False,
                    first_due_at__isnull=False,
                ),
                name="commitment_is_published_with_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"C-{self.number}" if self.number else "Draft commitment"


def grounds(of: str = "") -> tuple[models.Prefetch, ...]:
    """To prefetch for a page of a statement: the facts it cites, the commitments it makes and what was let stand in it.

    ``of`` is the way to the statement, such as ``statement__``.
    """
    made = Commitment.objects.select_related("owner").order_by("pk")
    return (
        models.Prefetch(f"{of}citations"),
        models.Prefetch(f"{of}commitments", queryset=made, to_attr="commitments_at_hand"),
        models.Prefetch(f"{of}overrides", queryset=Override.objects.select_related("by")),
    )


class Evidence(models.Model):
    """The owner's report that a commitment is done. Somebody else verifies it (R25)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "To be verified"
        ACCEPTED = "accepted", "Verified"
        REFUSED = "refused", "Not accepted"

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="evidence")
    text = models.TextField()
    dated_at = models.DateTimeField("when it was done")
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", help_text="Owner when the evidence was given"
    )
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_solo = models.BooleanField(default=False)
    refusal_reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-submitted_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(outcome="waiting"), name="one_report_is_verified_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None)
                | Q(verified_solo=True)
                | (~Q(verified_by=F("owner")) & ~Q(verified_by=F("submitted_by"))),
                name="verifier_is_not_the_owner",
            ),
            models.CheckConstraint(
                condition=Q(dated_at__lte=F("submitted_at")), name="evidence_is_not_from_the_future"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(refusal_reason=""), name="refused_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(outcome="waiting", verified_by=None) | Q(~Q(outcome="waiting"), verified_by__isnull=False),
                name="evidence_verified_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk}"


class CommitmentChange(models.Model):
    """A proposed amendment, withdrawal or explanation. It has public words, so a second person approves it."""

    class Kind(models.TextChoices):
        AMENDMENT = "amendment", "Amendment"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        EXPLANATION = "explanation", "Explanation"

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=12, choices=Kind)
    new_text = models.TextField(blank=True)
    new_due_at = models.DateTimeField(null=True, blank=True)
    public_reason = models.TextField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-proposed_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(public_reason=""), name="change_has_a_public_reason"),
            models.CheckConstraint(
                condition=~Q(kind="amendment") | ~Q(new_text="") | Q(new_due_at__isnull=False),
                name="amendment_amends_something",
            ),
            models.CheckConstraint(
                condition=Q(kind="amendment") | Q(new_text="", new_due_at=None), name="only_an_amendment_has_new_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.commitment}"


def _about_one_thing(*subjects: str) -> Q:
    """Exactly one of these columns is set."""
    either = [Q(**{f"{name}__isnull": name != one for name in subjects}) for one in subjects]
    return reduce(or_, either)


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def due(self, now: datetime) -> "ReminderQuerySet":
        return self.filter(state="pending", due_at__lte=now).order_by("due_at", "pk")


class Reminder(models.Model):
    """A step with a time: somebody is told of what is due, such as a commitment, an approval, an answer or a report.

    The row is the clock. Running the sweep twice changes nothing: a step is taken once, and its message has a unique key.
    """

    class Step(models.TextChoices):
        CREATED = "created", "Created"
        WEEK = "week", "7 days before"
        TWO_DAYS = "two_days", "2 days before"
        MORNING = "morning", "Morning of the due day"
        DUE = "due", "Due"
        DAY_AFTER = "day_after", "1 day after, with the team’s lead"
        THREE_DAYS_AFTER = "three_days_after", "3 days after, with the executive"
        WEEKLY = "weekly", "Weekly until settled"
        HALF = "half", "Half of the time is gone"
        DUE_DEPUTY = "due_deputy", "5 minutes over, to the deputy"
        DUE_COMMANDER = "due_commander", "10 minutes over, to the commander"
        REVIEW = "review", "Time to review"
        DAY_BEFORE = "day_before", "24 hours before"
        TWO_HOURS = "two_hours", "2 hours before"
        DAILY = "daily", "Daily until submitted"
        TARGET_DEPUTY = "target_deputy", "Not decided in time, to the deputy"
        TARGET_COMMANDER = "target_commander", "Not decided 10 minutes later, to the commander"

    class State(models.TextChoices):
        PENDING = "pending", "To come"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        STUCK = "stuck", "Could not be sent"

    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders")
    containment = models.ForeignKey(
        ContainmentAction, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    review = models.ForeignKey(
        EmergencyReview, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders")
    clock = models.ForeignKey(ReportingClock, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders")
    step = models.CharField(max_length=20, choices=Step)
    about_due_at = models.DateTimeField(help_text="The deadline this step belongs to; an amendment makes new steps")
    nth = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    settled_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="How often the sweep failed at this step")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(state="pending"), name="reminder_due"),
            models.Index(fields=["settled_at"], condition=Q(state="stuck"), name="reminder_stuck"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=_about_one_thing(
                    "commitment", "promise", "containment", "review", "submission", "inquiry", "clock"
                ),
                name="reminder_is_about_one_thing",
            ),
            models.UniqueConstraint(fields=["commitment", "about_due_at", "step", "nth"], name="commitment_step_once"),
            models.UniqueConstraint(fields=["promise", "step"], name="promise_step_once"),
            models.UniqueConstraint(fields=["containment", "about_due_at", "step"], name="containment_step_once"),
            models.UniqueConstraint(fields=["review", "step"], name="review_step_once"),
            models.UniqueConstraint(fields=["submission", "step"], name="submission_step_once"),
            models.UniqueConstraint(fields=["inquiry", "step"], name="inquiry_step_once"),
            models.UniqueConstraint(fields=["clock", "about_due_at", "step", "nth"], name="clock_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} at {self.due_at:%d %b %H:%M} UTC"
