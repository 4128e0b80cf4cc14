"""The chain that cannot be bypassed, its middle: an approval *is* the approved words."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q

from accounts import chain
from accounts.models import FrozenModel, FrozenQuerySet, User
from incidents.models.fact import Fact
from incidents.models.incident import Impact, Incident
from incidents.models.statement import Citation, PublicStatus, Statement, Submission

INTERNAL = ("reason", "body_html")  # beside the texts: kept by the log, not by the record


def wrong() -> "models.QuerySet[Citation, Any]":
    """The statements that rest on what was retracted, and is not put right since (R8)."""
    return unanswered().values("statement")


def unanswered() -> "models.QuerySet[Citation]":
    """Which statement rests on which fact, where it was retracted and nobody was told since.

    In public by a correction in public; among those who got a direct message by another one to their group.
    """
    since = {"approved_at__gte": OuterRef("fact__retracted_at")}
    in_public = "submission__statement__corrects__approval__submission__statement__facts"
    by_mail = "submission__statement__corrects_message__submission__statement__facts"
    corrected = Approval.objects.filter(kind=Statement.Kind.CORRECTION, **since, **{in_public: OuterRef("fact")})
    written_to = Approval.objects.messages().filter(
        submission__statement__group=OuterRef("statement__group"), **since, **{by_mail: OuterRef("fact")}
    )
    is_direct = Q(statement__kind=Statement.Kind.DIRECT)
    owing = (~is_direct & ~Exists(corrected)) | (is_direct & ~Exists(written_to))
    return Citation.objects.filter(owing, fact__confidence=Fact.Confidence.RETRACTED)


class ApprovalQuerySet(FrozenQuerySet["Approval"]):
    def messages(self) -> "ApprovalQuerySet":
        """Those that were mailed to one group, and make no entry of the record."""
        return self.filter(kind=Statement.Kind.DIRECT)

    def to_the_same_group(self, incident: Any, group: Any) -> "ApprovalQuerySet":
        """What a group got of an incident by direct message, the last first."""
        sent = self.messages().filter(incident=incident, submission__statement__group=group)
        return sent.order_by("-approved_at", "-pk")

    def owing_correction(self) -> "ApprovalQuerySet":
        """What everybody or one group has read, that rests on a fact which was retracted and that nothing put right."""
        return self.filter(submission__statement__in=wrong())

    def said(self) -> "ApprovalQuerySet":
        """What everybody or one group has read, each with its entry or group and ``owes_correction``. The newest entry first."""
        owes = ExpressionWrapper(Q(submission__statement__in=wrong()), models.BooleanField())
        said = self.filter(Q(entry__kind="publication") | Q(kind=Statement.Kind.DIRECT)).annotate(owes_correction=owes)
        newest = (F("entry__number").desc(nulls_last=True), "-approved_at", "-pk")
        return said.select_related("entry", "submission__statement__group").defer("body", "body_html").order_by(*newest)


class Approval(FrozenModel):
    """The approved words themselves. Public text exists nowhere else.

    Four eyes is a check constraint. ``emergency`` and ``solo`` are the two named exceptions, ``founding`` is the names
    given at set-up, before there was anybody else and before anything could be read.
    """

    class Basis(models.TextChoices):
        SECOND_PERSON = "second_person", "Approved by a second person"
        EMERGENCY = "emergency", "Published by one person, under review"
        SOLO = "solo", "Published by one person, who works alone"
        FOUNDING = "founding", "Given at set-up"

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="approval")
    basis = models.CharField(max_length=16, choices=Basis)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals")
    approved_at = models.DateTimeField()
    reason = models.TextField(blank=True, help_text="Why in an emergency; internal")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="approvals")

    # Statements
    kind = models.CharField(max_length=12, choices=Statement.Kind, blank=True)
    headline = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    renderer = models.PositiveSmallIntegerField(default=0, help_text="Version of the renderer that made body_html")
    affected = models.TextField(blank=True)
    what_to_do = models.TextField(blank=True)
    public_status = models.CharField(max_length=16, choices=PublicStatus, blank=True)
    impact = models.CharField(max_length=12, choices=Impact, blank=True)
    component_states = models.JSONField(default=dict)
    began_at = models.DateTimeField(null=True, blank=True)
    next_update_at = models.DateTimeField(null=True, blank=True)
    commitments = models.JSONField(default=list, help_text="id, text, public_owner, due_at, verification of each")
    corrects = models.JSONField(default=list, help_text="Numbers of the entries whose words a correction puts right")

    # Changes to a commitment
    new_text = models.TextField(blank=True)
    new_due_at = models.DateTimeField(null=True, blank=True)
    public_reason = models.TextField(blank=True)

    # Names: organisation and components
    masthead = models.JSONField(default=dict)

    salt = models.CharField(max_length=64)
    redacted = models.JSONField(null=True, help_text="Of what was taken down the digests; of the other texts the salts")
    digest = models.CharField(max_length=64)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["approved_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(basis="second_person") | ~Q(approved_by=F("written_by")), name="four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(basis="emergency") | (Q(kind__in=["holding", "warning", "update"]) & ~Q(reason="")),
                name="emergency_has_a_reason_and_a_kind",
            ),
            models.CheckConstraint(
                condition=~Q(basis="founding") | (Q(kind="", incident=None) & ~Q(masthead={})),
                name="founding_gives_names_only",
            ),
            models.CheckConstraint(
                condition=(Q(kind="correction") & ~Q(corrects=[])) | (~Q(kind="correction") & Q(corrects=[])),
                name="only_a_correction_corrects",
            ),
        ]

    def __str__(self) -> str:
        return f"Approval {self.pk}"

    def texts(self) -> dict[str, str]:
        """Every free text of this approval by field name. The record hashes a salted digest of each."""
        found = {
            field: getattr(self, field)
            for field in ("headline", "body", "affected", "what_to_do", "new_text", "public_reason")
        }
        for made in self.commitments:
            for field in ("text", "public_owner", "verification"):
                found[f"commitment.{made['id']}.{field}"] = made[field]
        found.update({f"masthead.{field}": text for field, text in self.masthead.get("texts", {}).items()})
        gone = self.taken_down()
        return {field: text for field, text in found.items() if text and field not in gone}

    def taken_down(self) -> dict[str, str]:
        """What was erased of it: by field, the digest that is left."""
        return dict(self.redacted["digests"]) if self.redacted else {}

    def says(self, field: str) -> str:
        """A column of words as a next statement may begin with it: nothing of what was taken down."""
        return "" if field in self.taken_down() else str(getattr(self, field))

    def salt_of(self, field: str) -> str:
        """The salt of one text. It is gone when the text is."""
        return str(self.redacted["salts"].get(field, "")) if self.redacted else chain.salt_of(self.salt, field)

    def text_digests(self) -> dict[str, str]:
        """What stands for the texts in the record's chain."""
        left = {field: digest for field, digest in self.taken_down().items() if field not in INTERNAL}
        return left | {field: chain.salted(self.salt_of(field), field, text) for field, text in self.texts().items()}

    def sealed(self) -> dict[str, Any]:
        """What the log keeps of an approval beside who gave it, so that the columns inside cannot be changed unseen."""
        return {
            "submission": self.submission_id,
            "digest": self.digest,
            "basis": self.basis,
            "written_by": self.written_by_id,
            "renderer": self.renderer,
            "reason": self._seal("reason"),
            "html": self._seal("body_html"),
        }

    def _seal(self, field: str) -> str:
        text, left = getattr(self, field), self.taken_down()
        if field in left and text == chain.TAKEN_DOWN:
            return left[field]
        return chain.salted(self.salt_of(field), field, text)


class EmergencyReview(models.Model):
    """The second person's look at an emergency publication, due within 60 minutes. Until then the public is told."""

    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="review")
    due_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    finding = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="review_done_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"Review of approval {self.approval_id}"
