"""The chain that cannot be bypassed, its second half: the numbered public record.

Every public change is one entry. The public pages are a function of these entries, their approvals and the clock.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts import chain
from accounts.models import GENESIS, FrozenModel, FrozenQuerySet, User
from incidents.models.approval import Approval, owing
from incidents.models.incident import Incident


class RecordHead(models.Model):
    """Revision, number and hash of the newest entry. Locked after everything but the log head."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.PositiveBigIntegerField(default=0)
    number = models.PositiveBigIntegerField(default=0)
    commitment_number = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_record_head")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:8]}"


class RecordEntryQuerySet(FrozenQuerySet["RecordEntry"]):
    def in_order(self) -> "RecordEntryQuerySet":
        return self.select_related("approval").order_by("number")

    def publications(self) -> "RecordEntryQuerySet":
        return self.filter(kind=RecordEntry.Kind.PUBLICATION)

    def owing_correction(self) -> "RecordEntryQuerySet":
        """Publications that are not so, or that their reviewer objected to, and that no correction has put right since (R8)."""
        return self.publications().filter(approval__in=Approval.objects.filter(owing()).values("pk"))


class RecordEntry(FrozenModel):
    """One numbered change of what the public reads.

    ``body`` is everything public about it except free text, of which it holds salted digests; the texts are columns of
    the approval. Entries made by the clock have neither approval nor text.
    """

    class Kind(models.TextChoices):
        MASTHEAD = "masthead", "Names"
        PUBLICATION = "publication", "Publication"
        REVIEWED = "reviewed", "Reviewed by a second person"
        PROMISE_MISSED = "promise_missed", "Promised update missed"
        REPORTED_DONE = "reported_done", "Commitment reported done"
        REPORT_REFUSED = "report_refused", "Report of completion not accepted"
        KEPT = "kept", "Commitment kept"
        KEPT_LATE = "kept_late", "Commitment kept late"
        MISSED = "missed", "Commitment missed"
        AMENDMENT = "amendment", "Commitment amended"
        WITHDRAWAL = "withdrawal", "Commitment withdrawn"
        EXPLANATION = "explanation", "Missed commitment explained"
        REDACTION = "redaction", "Words taken down"

    WITH_WORDS: ClassVar[tuple[str, ...]] = (
        Kind.MASTHEAD,
        Kind.PUBLICATION,
        Kind.AMENDMENT,
        Kind.WITHDRAWAL,
        Kind.EXPLANATION,
    )

    number = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind)
    at = models.DateTimeField()
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="entry")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    commitment = models.ForeignKey(
        "incidents.Commitment", on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    promise = models.ForeignKey(
        "incidents.Promise", on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    body = models.JSONField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = RecordEntryQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["masthead", "publication", "amendment", "withdrawal", "explanation"],
                    approval__isnull=False,
                )
                | Q(~Q(kind__in=["masthead", "publication", "amendment", "withdrawal", "explanation"]), approval=None),
                name="public_words_are_approved_words",
            ),
            models.CheckConstraint(
                condition=Q(kind="masthead", incident=None)
                | Q(~Q(kind="masthead"), incident__isnull=False)
                | Q(kind="redaction"),
                name="entry_belongs_to_an_incident",
            ),
            models.UniqueConstraint(
                fields=["commitment", "kind"],
                condition=Q(kind__in=["kept", "kept_late", "missed", "withdrawal"]),
                name="commitment_settled_once",
            ),
            models.UniqueConstraint(fields=["promise"], name="promise_missed_once"),
        ]

    def __str__(self) -> str:
        return f"Entry {self.number}"

    @classmethod
    def taken_down(cls) -> dict[int, set[str]]:
        """By entry, the fields that the redactions name."""
        found: dict[int, set[str]] = {}
        for body in cls.objects.filter(kind=cls.Kind.REDACTION).values_list("body", flat=True):
            for one in body["entries"]:
                found.setdefault(one["entry"], set()).update(one["fields"])
        return found

    @classmethod
    def component_states(cls, incident: Incident) -> dict[str, str]:
        """What the public was last told about each component by this incident's publications."""
        return cls.states_told(cls.objects.publications().filter(incident=incident))

    @staticmethod
    def states_told(publications: "Iterable[RecordEntry]") -> dict[str, str]:
        """The same of publications that were fetched already, in whatever order."""
        states: dict[str, str] = {}
        for entry in sorted(publications, key=lambda entry: entry.number):
            states |= entry.body["components"]
        return states

    def hashed(self) -> dict[str, Any]:
        """What the hash covers, besides the hash of the entry before. The body holds the digests of the texts."""
        return {"number": self.number, "kind": self.kind, "at": chain.instant(self.at), **self.body}

    def public(self) -> dict[str, Any]:
        """The entry as everybody may download it, with its texts and their salts: enough to compute its hash anew."""
        approval, texts = self.approval, {}
        words = approval.texts() if approval else {}
        for field, digest in self.body["texts"].items():
            texts[field] = {"digest": digest}
            if approval and field in words:
                texts[field] |= {"salt": approval.salt_of(field), "text": words[field]}
        return {**self.hashed(), "previous": self.previous, "hash": self.hash, "texts": texts}


class Confirmation(models.Model):
    """When the jobs process last confirmed that no public incident is open. Public, outside the revision."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_confirmation")]

    def __str__(self) -> str:
        return f"{self.confirmed_at}"


class Heartbeat(models.Model):
    """When the sweep last ran to its end. The desk warns when it stops."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    swept_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True, help_text="What the last sweep could not do, for the desk")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_heartbeat")]

    def __str__(self) -> str:
        return f"{self.swept_at}"


class Setback(models.Model):
    """A due row that a sweep has begun with and not finished: it failed, or the process did not survive it (F32, F33).

    Written before the row is touched and removed when it is done, so that even a killed process has counted.
    """

    kind = models.CharField(max_length=20)
    row = models.BigIntegerField()
    times = models.PositiveSmallIntegerField(default=1)
    again_at = models.DateTimeField(help_text="Not before then")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "row"], name="one_setback_of_a_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


class MastheadChange(models.Model):
    """A proposed change of public names: of the organisation, or of a component. A second person approves it."""

    class Kind(models.TextChoices):
        FOUNDING = "founding", "Set-up"
        ORGANISATION = "organisation", "Organisation"
        COMPONENT_ADDED = "component_added", "New component"
        COMPONENT_CHANGED = "component_changed", "Changed component"

    kind = models.CharField(max_length=20, choices=Kind)
    content = models.JSONField(help_text="The fields that change, by name")
    component = models.ForeignKey("agents.Component", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-proposed_at", "-pk"]

    def __str__(self) -> str:
        return self.get_kind_display()
