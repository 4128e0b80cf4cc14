"""The stakeholder map of one incident: what was decided for each group, what they ask, and how they were told (R19 to R21)."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

import moments
from accounts.models import FrozenQuerySet, KeptModel, User
from incidents.models.approval import Approval
from incidents.models.incident import Incident
from incidents.models.statement import Statement
from stakeholders.models import ContactChannel, Decision, Stage, StakeholderGroup

TERMED = (Decision.AT_STAGE, Decision.IF_ASKED)


class StakeholderPlanQuerySet(models.QuerySet["StakeholderPlan"]):
    def undecided(self) -> "StakeholderPlanQuerySet":
        """Those that stand in the way of the first public message (R21).

        Nothing is decided yet; or not telling them is, and nobody else has agreed to it, or not since the incident went on.
        """
        nobody_agreed = Q(decision=Decision.NOT_TOLD) & (Q(agreed_by=None) | ~Q(confirmed_in=F("incident__state")))
        return self.filter(Q(decision="") | nobody_agreed)

    def for_map(self) -> "StakeholderPlanQuerySet":
        people = ("group", "owner", "decided_by", "agreed_by")
        asked = PlanQuestion.objects.select_related("answered_in", "told_in")
        return self.select_related(*people).prefetch_related(models.Prefetch("questions", asked), "group__defaults")


class StakeholderPlan(models.Model):
    """One group in one incident. Made undecided when the incident is declared public; somebody decides on purpose (R21)."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="plans")
    group = models.ForeignKey(StakeholderGroup, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=16, choices=Decision, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, blank=True)
    tell_within = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes, from detection or from the stage"
    )
    due_at = models.DateTimeField(null=True, blank=True, help_text="By when they are told, where that is a time")
    reason = models.TextField(blank=True)
    review_at = models.DateTimeField(null=True, blank=True, help_text="When not telling them is looked at again")
    must_act = models.BooleanField(null=True, blank=True, help_text="Whether they have to act to protect themselves")
    ready_answer = models.TextField(blank=True)
    answer_within = models.PositiveIntegerField(null=True, blank=True, help_text="Minutes, from the question")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_alone = models.BooleanField(default=False)
    confirmed_in = models.CharField(
        max_length=12,
        choices=Incident.State,
        blank=True,
        help_text="State in which not telling them was last confirmed",
    )
    first_decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = StakeholderPlanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["group__position", "group__name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "group"], name="one_plan_of_a_group"),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None)
                | Q(~Q(decision=""), decided_by__isnull=False, decided_at__isnull=False),
                name="plan_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(~Q(stage=""), decision="at_stage") | Q(~Q(decision="at_stage"), stage=""),
                name="only_a_plan_for_a_stage_names_one",
            ),
            models.CheckConstraint(
                condition=~Q(decision="now") | Q(due_at__isnull=False), name="telling_now_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(decision="at_stage") | Q(tell_within__isnull=False), name="telling_at_a_stage_has_a_term"
            ),
            models.CheckConstraint(
                condition=~Q(decision="if_asked") | Q(~Q(ready_answer=""), answer_within__isnull=False),
                name="only_if_asked_has_an_answer_and_a_term",
            ),
            models.CheckConstraint(
                condition=~Q(decision="not_told") | Q(~Q(reason=""), review_at__isnull=False),
                name="not_telling_has_a_reason_and_a_review",
            ),
            models.CheckConstraint(
                condition=~Q(decision="not_told") | Q(must_act=None) | Q(must_act=False),
                name="who_must_act_is_told",
            ),
            models.CheckConstraint(
                condition=~Q(decision="not_applicable") | ~Q(reason=""), name="not_applying_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None, agreed_at=None, agreed_alone=False)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False, decision="not_told"),
                name="only_not_telling_is_agreed_to",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | Q(agreed_alone=True) | ~Q(agreed_by=F("decided_by")),
                name="not_telling_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.get_decision_display() or 'undecided'}"

    @property
    def is_decided(self) -> bool:
        """As `StakeholderPlanQuerySet.undecided` asks it, the other way round."""
        if self.decision != Decision.NOT_TOLD:
            return bool(self.decision)
        return self.agreed_by_id is not None and self.confirmed_in == self.incident.state


class PlanNote(KeptModel):
    """What somebody decided for one group, as they did. The plan shows the last; this keeps all of them. Times are UTC."""

    PART_OF = "plan"

    class Verb(models.TextChoices):
        DECIDED = "decided", "Decided"
        CONFIRMED = "confirmed", "Taken as proposed"
        AGREED = "agreed", "A second person agreed"
        AGREED_ALONE = "agreed_alone", "Agreed by one person, who works alone"
        STILL = "still", "Confirmed again"
        OPENED = "opened", "To be decided anew"

    plan = models.ForeignKey(StakeholderPlan, on_delete=models.PROTECT, related_name="notes")
    verb = models.CharField(max_length=16, choices=Verb)
    decision = models.CharField(max_length=16, choices=Decision, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, blank=True)
    words = models.TextField(blank=True, help_text="The reason, or what is said when they ask")
    by_at = models.DateTimeField(null=True, help_text="By when they are told, or this is looked at again")
    minutes = models.PositiveIntegerField(null=True, help_text="From the stage, or from the question")
    must_act = models.BooleanField(null=True, help_text="Whether they have to act to protect themselves")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=Incident.State, help_text="Of the incident when this was said")
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    objects = FrozenQuerySet["PlanNote"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verb="opened", decision="") | (~Q(verb="opened") & ~Q(decision="")),
                name="plan_note_says_what_is_decided",
            ),
            models.CheckConstraint(
                condition=~Q(decision__in=["if_asked", "not_told", "not_applicable"]) & ~Q(verb="opened")
                | ~Q(words=""),
                name="plan_note_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.get_verb_display()

    @property
    def terms(self) -> str:
        """What else was decided, beside the time and the words: how soon, who does it, whether they have to act."""
        within = f"Within {moments.exact_term(self.minutes)}" if self.minutes and self.decision in TERMED else ""
        acts = {None: "", True: "They have to act", False: "They need not act"}[self.must_act]
        return ". ".join(filter(None, [within, acts, f"{self.owner} does it" if self.owner else ""]))

    @classmethod
    def of(cls, plan: StakeholderPlan, verb: str, *, by: User, at: datetime, words: str = "") -> "PlanNote":
        """The decision as it stands after it was taken, for the log to keep. ``words`` stand for themselves where none is."""
        return cls(
            plan=plan, verb=verb, said_by=by, said_at=at, state=plan.incident.state,
            decision=plan.decision, stage=plan.stage, words=words or plan.reason or plan.ready_answer,
            by_at=plan.due_at or plan.review_at, minutes=plan.tell_within or plan.answer_within,
            must_act=plan.must_act, owner=plan.owner,
        )  # fmt: skip


class PlanQuestion(models.Model):
    """What one group wants to know. Open until something that was said answers it (R19)."""

    plan = models.ForeignKey(StakeholderPlan, on_delete=models.PROTECT, related_name="questions")
    text = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_in = models.ForeignKey(Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    told_in = models.ForeignKey("Telling", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="question_asks_something"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_in=None, told_in=None)
                | Q(answered_at__isnull=False, answered_in__isnull=False, told_in=None)
                | Q(answered_at__isnull=False, answered_in=None, told_in__isnull=False),
                name="question_answered_by_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class QuestionLink(models.Model):
    """A statement that is being written answers this question, once it is out."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="question_links")
    question = models.ForeignKey(PlanQuestion, on_delete=models.CASCADE, related_name="links")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "question"], name="statement_answers_a_question_once")
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} answers {self.question_id}"


class Telling(KeptModel):
    """Somebody told a group by hand: a call, a form of an authority. Entered afterwards, kept as it was entered."""

    PART_OF = "plan"

    plan = models.ForeignKey(StakeholderPlan, on_delete=models.PROTECT, related_name="tellings")
    told_at = models.DateTimeField()
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12, choices=ContactChannel)
    whom = models.CharField("whom they reached", max_length=300)
    what = models.TextField("what they were told")
    evidence = models.CharField("where that can be checked", max_length=300)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    objects = FrozenQuerySet["Telling"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-told_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(whom="") & ~Q(what="") & ~Q(evidence=""), name="telling_is_complete"),
            models.CheckConstraint(condition=Q(told_at__lte=F("entered_at")), name="telling_is_not_from_the_future"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.told_at:%d %b %H:%M} UTC"


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def open(self) -> "InquiryQuerySet":
        return self.filter(answered_at=None)

    def overdue(self, now: datetime) -> "InquiryQuerySet":
        return self.open().filter(due_at__lte=now)


class Inquiry(models.Model):
    """A question that came in from one of a group. Who asked stays inside."""

    plan = models.ForeignKey(StakeholderPlan, on_delete=models.PROTECT, related_name="inquiries")
    received_at = models.DateTimeField()
    asked_by = models.CharField("who asked", max_length=300)
    channel = models.CharField(max_length=12, choices=ContactChannel)
    question = models.TextField()
    due_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(answered_at=None), name="inquiry_open"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(question="") & ~Q(asked_by=""), name="inquiry_asks_something"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(~Q(answer=""), answered_at__isnull=False, answered_by__isnull=False),
                name="inquiry_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(answered_at__gte=F("received_at")), name="answered_after_it_was_asked"
            ),
            models.CheckConstraint(
                condition=Q(received_at__lte=F("entered_at")), name="inquiry_is_not_from_the_future"
            ),
        ]

    def __str__(self) -> str:
        return f"Inquiry {self.pk}"
