"""The chain that cannot be bypassed, its beginning: Statement.

A statement is edited; a submission (`incidents.models.submission`) asks a second person about one version of it. What the
public reads are the columns of an approval (`incidents.models.approval`), never those of a statement.
"""

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from accounts.models import FrozenQuerySet, KeptModel, Organisation, User
from incidents import wording
from incidents.models.fact import Fact
from incidents.models.incident import Impact, Incident
from stakeholders.models import StakeholderGroup

if TYPE_CHECKING:
    from incidents.models.commitment import Commitment


class PublicStatus(models.TextChoices):
    """The words that everybody knows from status pages."""

    INVESTIGATING = "investigating", "Investigating"
    IDENTIFIED = "identified", "Identified"
    MONITORING = "monitoring", "Monitoring"
    RESOLVED = "resolved", "Resolved"


class ServiceState(models.TextChoices):
    """What a component is said to be in public."""

    OPERATIONAL = "operational", "Working"
    DEGRADED = "degraded", "Degraded"
    PARTIAL_OUTAGE = "partial_outage", "Partly down"
    MAJOR_OUTAGE = "major_outage", "Down"
    MAINTENANCE = "maintenance", "Maintenance"


class Withheld(models.TextChoices):
    """Why something is left out of public words (R9). Internal: the public learns neither what nor why."""

    NOTHING = "nothing", "Nothing is left out"
    SAFETY = "safety", "Safety: saying it could harm somebody"
    PRIVACY = "privacy", "Privacy: it is about a person"
    LAW = "law", "Law: we may not say it"
    UNVERIFIED = "unverified", "Not verified yet"


def promise_due(incident: str) -> Subquery:
    """An incident has at most one promise that nothing has answered."""
    owing = Incident.objects.filter(pk=OuterRef(incident), promises__answered_by=None)
    return Subquery(owing.values("promises__due_at")[:1])


def _written_once(name: str, *fields: str, **kinds: Any) -> models.UniqueConstraint:
    """Of these kinds, one with the same ``fields`` is written at a time."""
    return models.UniqueConstraint(fields=fields, condition=Q(state__in=["draft", "submitted"], **kinds), name=name)


# What is told in order, one after the other. Warnings, corrections and direct messages wait for none of it (R8, R119).
ORDINARY = ["holding", "update", "resolution", "post_mortem"]


class StatementQuerySet(models.QuerySet["Statement"]):
    def unpublished(self) -> "StatementQuerySet":
        return self.filter(state__in=[Statement.State.DRAFT, Statement.State.SUBMITTED])

    def in_lane(self, kind: str, *, corrects: Any = None, group: Any = None) -> "StatementQuerySet":
        """Of one incident, those beside which no other of this kind is written: the constraints of ``Statement`` say the same.

        A correction shares its lane with those of the same entry, a direct message with those to the same group.
        """
        if kind == Statement.Kind.CORRECTION:
            return self.filter(kind=kind, corrects=corrects)
        if kind == Statement.Kind.DIRECT:
            return self.filter(kind=kind, group=group)
        return self.filter(kind__in=ORDINARY if kind in ORDINARY else [kind])

    def with_promise(self) -> "StatementQuerySet":
        """``promise_due``, when the update is or was due that its incident still owes."""
        return self.annotate(promise_due=promise_due("incident"))


class Statement(models.Model):
    """Words on their way to the public: editable, versioned, seen by nobody outside.

    ``next_update_at`` is the promise; the sentence that makes it is written from this field, so that words and clock
    cannot differ (R12).
    """

    class Kind(models.TextChoices):
        HOLDING = "holding", "Holding statement"
        WARNING = "warning", "Safety warning"
        UPDATE = "update", "Update"
        CORRECTION = "correction", "Correction"
        RESOLUTION = "resolution", "Resolution"
        POST_MORTEM = "post_mortem", "Post-mortem"
        DIRECT = "direct", "Direct message"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waiting for approval"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    SAYING_IT_IS_OVER: ClassVar[tuple[str, ...]] = (Kind.RESOLUTION, Kind.POST_MORTEM)

    # The public words, in the order in which they are read. Everything in PUBLIC_TEXTS is free text.
    PUBLIC_TEXTS: ClassVar[tuple[str, ...]] = (
        "headline",
        "acknowledgement",
        "body",
        "what_happened",
        "why_it_happened",
        "what_changes",
        "investigating",
        "affected",
        "what_to_do",
    )

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(max_length=12, choices=Kind)
    corrects = models.ForeignKey(
        "incidents.RecordEntry",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections_written",
        help_text="The entry whose words a correction puts right",
    )
    group = models.ForeignKey(
        StakeholderGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="statements",
        help_text="The one group that a direct message goes to, by email and not to the public",
    )
    corrects_message = models.ForeignKey(
        "incidents.Approval",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections_written",
        help_text="The direct message whose words this one puts right, for the group that got it",
    )
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    headline = models.CharField(max_length=200, blank=True)
    acknowledgement = models.TextField("what went wrong", blank=True)
    body = models.TextField("message", blank=True)
    what_happened = models.TextField(blank=True, help_text="One of the three answers that people want (R17)")
    why_it_happened = models.TextField(blank=True)
    what_changes = models.TextField(blank=True, help_text="What prevents a repeat")
    investigating = models.TextField("what we are investigating", blank=True)
    affected = models.TextField("who is affected", blank=True)
    what_to_do = models.TextField("what to do now", blank=True)
    public_status = models.CharField(max_length=16, choices=PublicStatus, default=PublicStatus.INVESTIGATING)
    impact = models.CharField(max_length=12, choices=Impact, default=Impact.MINOR)
    component_states = models.JSONField(default=dict, help_text="Public id of a component to its ServiceState")
    began_at = models.DateTimeField(null=True, blank=True)
    next_update_at = models.DateTimeField(null=True, blank=True)
    disclosure_note = models.TextField("what you leave out, and why", blank=True)
    withheld = models.JSONField(default=list, blank=True, help_text="The kinds of reason for leaving it out: Withheld")
    facts: "models.ManyToManyField[Fact, Citation]" = models.ManyToManyField(
        Fact, through="Citation", related_name="statements"
    )
    cases = models.JSONField(default=dict, help_text="By rule, a digest of each passage found in a saved version")
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="statements_begun")
    created_at = models.DateTimeField()
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="statements_edited")
    edited_at = models.DateTimeField()

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(kind="holding") & ~Q(state="discarded"),
                name="one_holding_statement_of_an_incident",
            ),
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(kind="post_mortem") & ~Q(state="discarded"),
                name="one_post_mortem_of_an_incident",
            ),
            # The lanes: what is written one at a time. Everything else is written beside it.
            _written_once("one_ordinary_statement_is_written", "incident", kind__in=ORDINARY),
            _written_once("one_warning_is_written", "incident", kind="warning"),
            _written_once("one_correction_of_an_entry_is_written", "corrects", kind="correction"),
            _written_once("one_message_to_a_group_is_written", "incident", "group", kind="direct"),
            models.CheckConstraint(
                condition=Q(kind="correction", corrects__isnull=False) | Q(~Q(kind="correction"), corrects=None),
                name="correction_names_what_it_corrects",
            ),
            models.CheckConstraint(
                condition=Q(kind="direct", group__isnull=False) | Q(~Q(kind="direct"), group=None),
                name="direct_message_names_its_group",
            ),
            models.CheckConstraint(
                condition=Q(kind="direct") | Q(corrects_message=None), name="only_a_direct_message_corrects_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"

    def words(self, zone: str | ZoneInfo | None = None) -> str:
        """The whole public message: its parts, and the sentence with the promise in ``zone``, the organisation's own.

        The day it was saved on decides whether the sentence needs a date, so that one version has one wording.
        """
        if zone is None:
            organisation = Organisation.current()
            zone = organisation.zone if organisation else "UTC"
        parts = {part: getattr(self, part) for part in wording.PARTS[self.kind]}
        return wording.compose(parts, self.next_update_at, zone, now=self.edited_at)

    def told(self) -> str:
        """Everything that is written in it for the public, headline and all."""
        return "\n\n".join(filter(None, (getattr(self, field) for field in self.PUBLIC_TEXTS)))

    def own_commitments(self) -> "list[Commitment]":
        """Those drafted with it, with their owners, in the order in which they get their numbers.

        Costs no query on statements fetched with their ``grounds``.
        """
        at_hand: list[Commitment] | None = getattr(self, "commitments_at_hand", None)
        return list(self.commitments.select_related("owner").order_by("pk")) if at_hand is None else at_hand

    def own_citations(self) -> "list[Citation]":
        """What it rests on: as saved, or as it is put (``incidents.operations.statement.put``) and not saved yet.

        Costs no query on statements fetched with their ``grounds``.
        """
        at_hand: list[Citation] | None = getattr(self, "citations_at_hand", None)
        return list(self.citations.all()) if at_hand is None else at_hand

    def cited(self) -> list[Fact]:
        """The facts it rests on. Costs no query on statements fetched with their ``grounds``."""
        return [citation.fact for citation in self.own_citations()]

    @property
    def title(self) -> str:
        """Its kind, with what tells it from others of this kind that are written beside it: the entry or the group."""
        kind = self.get_kind_display()
        if self.corrects_id:
            return f"{kind} of entry {self.corrects_id}"
        return f"{kind} to {self.group}" if self.group else kind

    @property
    def is_ordinary(self) -> bool:
        """Whether it is told in its turn."""
        return self.kind in ORDINARY

    @property
    def is_public(self) -> bool:
        """Whether everybody will read it. A direct message takes no number of the record."""
        return self.kind != self.Kind.DIRECT

    @property
    def is_being_written(self) -> bool:
        """Neither published nor discarded."""
        return self.state in (self.State.DRAFT, self.State.SUBMITTED)


class StatementVersion(KeptModel):
    """One saved version: who saved it, when, and all of its fields. Whoever is here may not approve."""

    PART_OF = "statement"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    content = models.JSONField()

    objects = FrozenQuerySet["StatementVersion"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["version"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["statement", "version"], name="version_saved_once")]

    def __str__(self) -> str:
        return f"version {self.version}"


class CitationManager(models.Manager["Citation"]):
    """A citation is of no use without its fact: both come in one question."""

    def get_queryset(self) -> "models.QuerySet[Citation]":
        return super().get_queryset().select_related("fact")


class Citation(models.Model):
    """A fact that a statement rests on, and which of its sentences do."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="citations")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="citations")
    sentences = models.JSONField(
        default=list, blank=True, help_text="In their very words: other words do not rest on it"
    )
    version = models.PositiveIntegerField(
        null=True, help_text="Of the fact, as its author had it in view; none of what was cited before this was kept"
    )

    objects = CitationManager()

    class Meta:
        ordering: ClassVar[list[str]] = ["fact_id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["statement", "fact"], name="fact_cited_once")]

    def __str__(self) -> str:
        return f"{self.statement_id} rests on {self.fact_id}"
