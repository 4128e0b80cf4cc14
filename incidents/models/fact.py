"""Facts under four questions, with source and confidence (R6, R113). The five numbers of a blast radius are facts (R51)."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import FrozenQuerySet, KeptModel, User
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
    wrong_at = models.DateTimeField(
        null=True, blank=True, help_text="When a change last said that what was published of it until then was wrong"
    )
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

    @property
    def untrue_since(self) -> datetime | None:
        """Since when what was published of it counts as wrong: it was retracted, or a change said so (R8)."""
        return self.retracted_at if self.is_retracted else self.wrong_at

    def makes_wrong(self, published_at: datetime) -> bool:
        """Whether words that rest on it, published at this time, are wrong. After a change they rest on what it says since."""
        since = self.untrue_since
        return since is not None and (self.is_retracted or published_at <= since)

    def in_words(self) -> str:
        """What it says, with its number: all of it that published words may repeat."""
        if not self.measure:
            return self.text
        return f"{self.text} ({self.get_measure_display()}: {'not known yet' if self.value is None else f'{self.value:,}'})"


class FactChangeQuerySet(FrozenQuerySet["FactChange"]):
    def since(self, versions: Iterable[tuple[Fact, int]]) -> dict[int, "list[FactChange]"]:
        """By the key of the fact, every change after that version of it, oldest first. One query, none where nothing changed."""
        older = {fact.pk: version for fact, version in versions if version < fact.version}
        found: dict[int, list[FactChange]] = {}
        if older:
            for change in self.filter(fact__in=older).select_related("by").order_by("version"):
                if change.version > older[change.fact_id]:
                    found.setdefault(change.fact_id, []).append(change)
        return found


class FactChange(KeptModel):
    """That a fact became another version: what it said until then, who changed it and when, and what that means for the public.

    Nothing is kept of the first version before there is a second: it stands in the fact.
    """

    PART_OF = "fact"

    class Published(models.TextChoices):
        """What the change means for words that were published of the fact before (R8)."""

        TRUE = "true", "What we published was true when we said it"
        WRONG = "wrong", "What we published was wrong"

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField(help_text="Which the fact became")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    said = models.TextField(help_text="What the fact said until then")
    was = models.CharField(max_length=12, choices=Fact.Confidence, help_text="Its confidence until then")
    held_at = models.DateTimeField(help_text="As of when it held until then")
    published = models.CharField(
        max_length=8, choices=Published, blank=True, help_text="Of what was published of it; empty where nothing was"
    )

    objects = FactChangeQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fact", "version"], name="fact_changed_once_to_a_version"),
            models.CheckConstraint(condition=Q(version__gt=1), name="first_version_is_no_change"),
        ]

    def __str__(self) -> str:
        return f"Fact {self.fact_id}, version {self.version}"
