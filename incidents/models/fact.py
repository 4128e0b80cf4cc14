"""Facts under four questions, with source and confidence (R6, R113). The five numbers of a blast radius are facts (R51)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from incidents.models.incident import Incident


class FactQuerySet(models.QuerySet["Fact"]):
    def standing(self) -> "FactQuerySet":
        return self.exclude(confidence=Fact.Confidence.RETRACTED)

    def confirmed(self) -> "FactQuerySet":
        return self.filter(confidence=Fact.Confidence.CONFIRMED)

    def numbers(self) -> "FactQuerySet":
        """What counts the blast radius and stands, the newest first."""
        return self.standing().exclude(measure="").order_by("-observed_at", "-pk")

    def in_order(self) -> "FactQuerySet":
        """As the facts board shows them: by question, then by the time they hold for."""
        order = [models.When(question=question, then=rank) for rank, question in enumerate(Fact.Question.values)]
        return self.annotate(question_rank=models.Case(*order)).order_by("question_rank", "observed_at", "pk")


class Fact(models.Model):
    """Something said to be so, by a source, as of a time. Only what a second person confirmed counts as known."""

    class Question(models.TextChoices):
        AGENT_DID = "agent_did", "What did the agent do?"
        EXPERIENCED = "experienced", "What did people experience?"
        CIRCUMSTANCES = "circumstances", "In what circumstances?"
        STATE_NOW = "state_now", "What is the state now?"

    class Source(models.TextChoices):
        LOG = "log", "Log or record"
        PERSON = "person", "A person here"
        USER_REPORT = "user_report", "Report from outside"
        SUPPLIER = "supplier", "Supplier"
        AGENT_ACCOUNT = "agent_account", "The agent’s own account"

    class Confidence(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        REPORTED = "reported", "Reported"
        NOT_KNOWN = "not_known", "Not known yet"
        RETRACTED = "retracted", "Retracted"

    class Measure(models.TextChoices):
        """Five numbers that are taken for one another: how much was done, and to how many (R51)."""

        ROWS = "rows", "Rows handled"
        EXECUTIONS = "executions", "Executions"
        PEOPLE = "people", "People reached"
        REPEATS = "repeats", "People reached more than once"
        STRAYS = "strays", "People who should not have been reached"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="facts")
    question = models.CharField(max_length=16, choices=Question)
    text = models.TextField()
    is_cause = models.BooleanField("this is the cause", default=False)
    measure = models.CharField("what it counts", max_length=12, choices=Measure, blank=True)
    value = models.PositiveBigIntegerField("how many", null=True, blank=True)
    source_kind = models.CharField(max_length=16, choices=Source)
    source = models.CharField(max_length=200)
    observed_at = models.DateTimeField("as of")
    confidence = models.CharField(max_length=12, choices=Confidence, default=Confidence.REPORTED)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="facts_reported")
    reported_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="facts_confirmed"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmation_kind = models.CharField(max_length=16, choices=Source, blank=True)
    confirmation_source = models.CharField(max_length=200, blank=True)
    confirmed_solo = models.BooleanField(default=False)
    retracted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="facts_retracted"
    )
    retracted_at = models.DateTimeField(null=True, blank=True)
    retraction_reason = models.TextField(blank=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = FactQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="fact_says_something"),
            models.CheckConstraint(condition=~Q(source=""), name="fact_has_a_source"),
            models.CheckConstraint(condition=~Q(measure="") | Q(value=None), name="number_says_what_it_counts"),
            models.CheckConstraint(
                condition=Q(measure="") | Q(value__isnull=False) | Q(confidence__in=["not_known", "retracted"]),
                name="measure_has_its_number",
            ),
            models.CheckConstraint(
                condition=~Q(confidence="confirmed") | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="fact_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(confirmed_solo=True) | ~Q(confirmed_by=F("reported_by")),
                name="fact_confirmer_is_not_the_reporter",
            ),
            models.CheckConstraint(
                condition=~Q(confidence="confirmed")
                | ~Q(source_kind="agent_account")
                | (~Q(confirmation_kind="") & ~Q(confirmation_kind="agent_account")),
                name="agents_account_is_not_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(confidence="retracted")
                | (Q(retracted_by__isnull=False, retracted_at__isnull=False) & ~Q(retraction_reason="")),
                name="retraction_has_a_person_and_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Fact {self.pk}"

    @property
    def is_confirmed(self) -> bool:
        return self.confidence == self.Confidence.CONFIRMED

    @property
    def is_retracted(self) -> bool:
        return self.confidence == self.Confidence.RETRACTED
