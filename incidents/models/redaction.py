"""Words that have to go: proposed by one person, taken down by another (R118). What is left is a dated notice.

An entry of the record cannot be changed, and it holds no text: only salted digests. So the text and its salt can be erased
wherever they stand, and every hash still follows from the one before. A direct message has no entry; of its words the log
holds the digests, and the notice stands inside, since nobody outside may learn whether a group was told.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts import append_only
from accounts.append_only import Erasable
from accounts.models import FrozenModel, FrozenQuerySet, User
from incidents import wording
from incidents.models.approval import Approval
from incidents.models.incident import Incident
from incidents.models.record import RecordEntry
from incidents.models.statement import Statement

# The only rows written once that may ever change, and what of them. The triggers hold everybody to it.
append_only.ERASABLE |= {
    "incidents_approval": Erasable(
        texts=("reason", "headline", "body", "body_html", "affected", "what_to_do", "new_text", "public_reason"),
        json=("commitments", "masthead"),
        emptied=("salt",),
        filled=("redacted",),
    ),
    "incidents_statementversion": Erasable(json=("content",), emptied=("salt",), filled=("redacted",)),
    "incidents_returncomment": Erasable(texts=("text",), emptied=("salt",), filled=("redacted",)),
    "incidents_timelineentry": Erasable(texts=("text",), emptied=("salt",), filled=("redacted",)),
    "incidents_clocknote": Erasable(texts=("words",), emptied=("salt",), filled=("redacted",)),
    "incidents_clockstart": Erasable(texts=("evidence", "reason"), emptied=("salt",), filled=("redacted",)),
    "incidents_factchange": Erasable(texts=("said",), emptied=("salt",), filled=("redacted",)),
    "incidents_plannote": Erasable(texts=("words",), emptied=("salt",), filled=("redacted",)),
    "incidents_telling": Erasable(texts=("whom", "what", "evidence"), emptied=("salt",), filled=("redacted",)),
    "incidents_override": Erasable(texts=("found", "reason"), filled=("text_digest",)),
}


class RedactionQuerySet(models.QuerySet["Redaction"]):
    def waiting(self) -> "RedactionQuerySet":
        return self.filter(state="waiting").order_by("proposed_at", "pk")

    def with_subject(self) -> "RedactionQuerySet":
        """With the people, and with all that ``about`` says."""
        about = ("incident", "message__submission__statement__group")
        return self.select_related("proposed_by", "decided_by", *about)

    def carried_out(self, statement: Statement) -> "RedactionQuerySet":
        """The notices that stand in the place of words of a direct message. Of anything else they are entries."""
        found = self.filter(message__submission__statement=statement, state="confirmed").order_by("decided_at", "pk")
        return self.none() if statement.is_public else found

    def uncleared(self) -> "RedactionQuerySet":
        """Taken down, and copies, files or old rows of the database may still hold them."""
        return self.filter(state="confirmed", cleared_at=None).order_by("pk")


class Redaction(models.Model):
    """A proposal to take words down, and what became of it.

    It is about entries of the record, or about one direct message. ``chosen`` names each text by entry and field, or by field,
    and holds none; nor do ``also`` and ``left``. ``note`` stays inside and does not quote them either.
    """

    class Reason(models.TextChoices):
        PERSONAL_DATA = "personal_data", "Personal data"
        SECRET = "secret", "A secret"
        LEGAL_ORDER = "legal_order", "A legal order"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CONFIRMED = "confirmed", "Taken down"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Basis(models.TextChoices):
        SECOND_PERSON = "second_person", "Taken down by two people"
        SOLO = "solo", "Taken down by one person, who works alone"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="redactions")
    message = models.ForeignKey(
        Approval,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="redactions",
        help_text="The approved direct message; none where they are words of entries",
    )
    chosen = models.JSONField(help_text="Entries and the fields of each, in the order of the record; or fields alone")
    also = models.JSONField(
        default=list, help_text="What else inside is searched for the same words: incident:7, group:2"
    )
    left = models.JSONField(default=list, help_text="Where such words stood still when these were taken down")
    reason = models.CharField("why, as the public reads it", max_length=16, choices=Reason)
    note = models.TextField("why, for the people here")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    basis = models.CharField(max_length=16, choices=Basis, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    entry = models.OneToOneField(RecordEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="redaction")
    old_files = models.JSONField(
        default=dict,
        help_text="PostgreSQL's files of the tables that held the words: what has another one is written anew",
    )
    by_hand = models.JSONField(default=list, help_text="The tables that a person has to write anew")
    cleared_at = models.DateTimeField(null=True, blank=True, help_text="When copies, files and old rows were gone too")

    objects = RedactionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-proposed_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["proposed_at", "id"], condition=Q(state="waiting"), name="redaction_waiting"),
            models.Index(fields=["id"], condition=Q(state="confirmed", cleared_at=None), name="redaction_uncleared"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(basis="second_person") | ~Q(decided_by=F("proposed_by")), name="redaction_takes_two"
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", entry__isnull=False, message=None) & ~Q(basis="")
                | Q(state="confirmed", entry=None, message__isnull=False) & ~Q(basis="")
                | Q(~Q(state="confirmed"), entry=None, basis="", cleared_at=None),
                name="redaction_has_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(message=None) | Q(incident__isnull=False), name="redaction_of_a_message_has_an_incident"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | Q(~Q(state="waiting"), decided_by__isnull=False, decided_at__isnull=False),
                name="redaction_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(note="") & ~Q(chosen=[]), name="redaction_says_what_and_why"),
        ]

    def __str__(self) -> str:
        return f"Redaction {self.pk}"

    @property
    def numbers(self) -> list[int]:
        return [] if self.message_id else [one["entry"] for one in self.chosen]

    @property
    def along(self) -> dict[str, list[int]]:
        """What goes along with them, by kind: other incidents, changes of names, templates, groups."""
        found: dict[str, list[int]] = {}
        for kind, _, pk in (name.partition(":") for name in self.also):
            found.setdefault(kind, []).append(int(pk))
        return found

    @property
    def about(self) -> str:
        """What they are words of: "entry 3", "entries 3 and 4", "the direct message to Customers"."""
        if self.message and self.message.submission.statement:
            return f"the direct message to {self.message.submission.statement.group}"
        numbers = wording.listed([str(number) for number in self.numbers], "and")
        return f"entry {numbers}" if len(self.numbers) == 1 else f"entries {numbers}"


class Erasure(FrozenModel):
    """A row of which a redaction erases texts. Named first: the database lets no other row that is frozen be changed."""

    redaction = models.ForeignKey(Redaction, on_delete=models.PROTECT, related_name="erasures")
    table_name = models.CharField(max_length=64)
    row_id = models.BigIntegerField()

    objects = FrozenQuerySet["Erasure"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["table_name", "row_id", "redaction"], name="row_named_once")
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"
