"""The legal clocks of one incident: what starts them, whether each applies, by when a report is due, and when it went out.

Starting points for counsel to confirm. Nothing is filed by the product: somebody files, and notes it here.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import FrozenQuerySet, KeptModel, User
from incidents.models.incident import Incident
from stakeholders.models import ReportingRule, StartEvent

OF_INCIDENT = tuple(event for event in StartEvent if event not in (StartEvent.SUBMITTED, StartEvent.OWN))
# What can be recorded: the events of the incident, and the one that a single clock waits for. A submission is its clock's.
RECORDED = (*OF_INCIDENT, StartEvent.OWN)


class ReportingClockQuerySet(models.QuerySet["ReportingClock"]):
    def open(self) -> "ReportingClockQuerySet":
        """Those that still ask something of somebody: to be assessed, or to be submitted."""
        return self.filter(state__in=ReportingClock.OPEN)

    def overdue(self, now: datetime) -> "ReportingClockQuerySet":
        return self.open().filter(due_at__lte=now)

    def with_people(self) -> "ReportingClockQuerySet":
        return self.select_related("rule", "incident", "assessor", "assessed_by", "submitted_by")


class ReportingClock(models.Model):
    """One rule in one incident, in the version that it was started with. Times are UTC.

    ``started_at``, ``due_at`` and ``is_immediate`` are what ``stakeholders.reckoning`` makes of the rule and of the times
    that are recorded; they are stored so that deadlines can be asked for (``incidents.operations.reckon``).
    """

    class State(models.TextChoices):
        TO_ASSESS = "to_assess", "To assess"
        APPLIES = "applies", "Applies"
        NOT_APPLICABLE = "not_applicable", "Does not apply"
        SUBMITTED = "submitted", "Submitted"

    OPEN: ClassVar[tuple[str, ...]] = (State.TO_ASSESS, State.APPLIES)

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="clocks")
    rule = models.ForeignKey(ReportingRule, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)
    state = models.CharField(max_length=16, choices=State, default=State.TO_ASSESS)
    assessor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Who is to say if it applies"
    )
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    named_at = models.DateTimeField(null=True, blank=True)
    assessed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assessed_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    is_immediate = models.BooleanField(default=False, help_text="Due at once, without a number")
    held_from = models.DateTimeField(null=True, blank=True, help_text="From when an authority asked to wait")
    held_until = models.DateTimeField(null=True, blank=True)
    held_ground = models.CharField(max_length=300, blank=True, help_text="The document that says so")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.CharField(max_length=300, blank=True)
    noted_at = models.DateTimeField(null=True, blank=True, help_text="When the submission was entered here")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ReportingClockQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["code", "pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["to_assess", "applies"]), name="reporting_clock_open"
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "code"], name="one_clock_of_a_rule"),
            models.CheckConstraint(
                condition=Q(state="to_assess", assessed_by=None, assessed_at=None)
                | Q(~Q(state="to_assess"), assessed_by__isnull=False, assessed_at__isnull=False),
                name="clock_assessed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(assessor=None, named_by=None, named_at=None)
                | Q(assessor__isnull=False, named_by__isnull=False, named_at__isnull=False),
                name="clock_assessor_named_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="not_applicable") | ~Q(reason=""), name="clock_that_does_not_apply_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(due_at=None, is_immediate=False)
                | Q(due_at__isnull=False, is_immediate=False, started_at__isnull=False)
                | Q(due_at=None, is_immediate=True, started_at__isnull=False),
                name="clock_that_is_due_has_started",
            ),
            models.CheckConstraint(
                condition=Q(held_from=None, held_until=None, held_ground="")
                | Q(
                    ~Q(held_ground=""), held_from__isnull=False, held_until__isnull=False, held_until__gt=F("held_from")
                ),
                name="clock_is_held_on_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(~Q(state="submitted"), submitted_at=None, submitted_by=None, reference="", noted_at=None)
                | Q(
                    ~Q(reference=""),
                    state="submitted",
                    submitted_at__isnull=False,
                    submitted_by__isnull=False,
                    noted_at__isnull=False,
                    noted_at__gte=F("submitted_at"),
                ),
                name="clock_submitted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def deadline(self) -> datetime | None:
        """What people are reminded of: when it is due, or since when it is due at once."""
        return self.started_at if self.is_immediate else self.due_at

    @property
    def was_late(self) -> bool:
        """Submitted after it was due. Where the rule names no number nobody here can tell."""
        return bool(self.submitted_at and self.due_at and self.submitted_at > self.due_at)

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at is not None and self.due_at <= now


class ClockNote(KeptModel):
    """What somebody said of one clock, as they said it. The clock shows the last; this keeps all of them. Times are UTC."""

    PART_OF = "clock"

    class Verb(models.TextChoices):
        APPLIES = "applies", "It applies"
        NOT_APPLICABLE = "not_applicable", "It does not apply"
        SUBMITTED = "submitted", "Submitted"
        TAKEN_BACK = "taken_back", "Submission taken back"
        HELD = "held", "Held, as an authority asked"
        NAMED = "named", "Who is to say if it applies"

    clock = models.ForeignKey(ReportingClock, on_delete=models.PROTECT, related_name="notes")
    verb = models.CharField(max_length=16, choices=Verb)
    words = models.TextField(blank=True, help_text="The reason, the reference of the report, or the ground of the hold")
    since = models.DateTimeField(null=True, help_text="When it was submitted, or from when it is held")
    until = models.DateTimeField(null=True, help_text="Until when it is held")
    whose = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who submitted it, or was named"
    )
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    objects = FrozenQuerySet["ClockNote"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verb__in=["applies", "named"]) | ~Q(words=""), name="clock_note_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(verb="named") | Q(whose__isnull=False), name="clock_note_names_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(verb="submitted") | Q(since__isnull=False, whose__isnull=False),
                name="clock_note_of_a_submission",
            ),
            models.CheckConstraint(
                condition=~Q(verb="held") | Q(since__isnull=False, until__gt=F("since")), name="clock_note_of_a_hold"
            ),
        ]

    def __str__(self) -> str:
        return self.get_verb_display()


class _Start(models.Model):
    """What a recorded time and a proposed one have in common."""

    event = models.CharField(max_length=12, choices=StartEvent)
    at = models.DateTimeField()
    evidence = models.CharField("where that can be checked", max_length=300)
    reason = models.TextField("why it is moved", blank=True)
    was_at = models.DateTimeField(null=True, blank=True, help_text="The time that counted before")

    class Meta:
        abstract = True


class ClockStartQuerySet(FrozenQuerySet["ClockStart"]):
    def current(self) -> "ClockStartQuerySet":
        """The times that count: those that no other has replaced."""
        return self.filter(replaced_by=None)


class ClockStart(_Start, KeptModel):
    """When something happened that starts clocks, as somebody recorded it. Moving it is another row, which replaces this one.

    Of ``own`` events ``clock`` is the one that waits for it. A later time than before counts once two people say so.
    """

    PART_OF = "incident"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="clock_starts")
    clock = models.ForeignKey(ReportingClock, on_delete=models.PROTECT, null=True, related_name="starts")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agreed_alone = models.BooleanField(default=False)

    objects = ClockStartQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "event"], condition=Q(clock=None, replaces=None), name="one_first_time_of_an_event"
            ),
            models.UniqueConstraint(
                fields=["clock"], condition=Q(clock__isnull=False, replaces=None), name="one_first_time_of_a_clock"
            ),
            models.CheckConstraint(
                condition=Q(event="own", clock__isnull=False)
                | Q(event__in=["aware", "discovered", "classified", "determined", "belief"], clock=None),
                name="start_belongs_to_an_incident_or_a_clock",
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="start_has_evidence"),
            models.CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="start_is_not_from_the_future"),
            models.CheckConstraint(
                condition=Q(was_at=None) | Q(at__lte=F("was_at")) | Q(~Q(reason=""), agreed_by__isnull=False),
                name="moving_a_start_later_is_agreed_to",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None, agreed_alone=False)
                | Q(agreed_by__isnull=False) & (Q(agreed_alone=True) | ~Q(agreed_by=F("recorded_by"))),
                name="moving_a_start_later_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()}, {self.at:%d %b %H:%M} UTC"


class StartMove(_Start):
    """A later time that one person proposes. Until another one agrees, the earlier counts."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Not agreed"
        OVERTAKEN = "overtaken", "Another time was recorded meanwhile"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="start_moves")
    clock = models.ForeignKey(ReportingClock, on_delete=models.PROTECT, null=True, related_name="start_moves")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_alone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["proposed_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "event"], condition=Q(state="waiting", clock=None), name="one_move_of_an_event"
            ),
            models.UniqueConstraint(
                fields=["clock"], condition=Q(state="waiting", clock__isnull=False), name="one_move_of_a_clock"
            ),
            models.CheckConstraint(
                condition=~Q(evidence="") & ~Q(reason="") & Q(was_at__isnull=False, at__gt=F("was_at")),
                name="start_move_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_by=None, settled_at=None, settled_alone=False)
                | Q(~Q(state="waiting"), settled_by__isnull=False, settled_at__isnull=False),
                name="start_move_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(settled_alone=True) | ~Q(settled_by=F("proposed_by")),
                name="start_move_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()}, {self.at:%d %b %H:%M} UTC instead of {self.was_at:%d %b %H:%M} UTC"
