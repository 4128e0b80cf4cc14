"""The chain that cannot be bypassed, its middle: an approval *is* the approved words."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, F, OuterRef, Q, When

from accounts import chain
from accounts.models import FrozenModel, FrozenQuerySet, User
from incidents.models.fact import Fact
from incidents.models.incident import Impact, Incident
from incidents.models.statement import Citation, PublicStatus, Statement
from incidents.models.submission import Submission

INTERNAL = ("reason", "body_html")  # beside the texts: kept by the log, not by the record


def wrong() -> "models.QuerySet[Citation, Any]":
    """The statements that rest on what is not so, and is not put right since (R8)."""
    return unanswered().values("statement")


def made_wrong(fact: str, approval: str) -> Q:
    """Words approved by ``approval`` that rest on ``fact`` are not so: it was retracted, or changed since because it was wrong.

    Both are ways to them. Words approved after such a change rest on what the fact says since. As `Fact.makes_wrong`.
    """
    approved_before = Q(**{f"{approval}approved_at__lte": F(f"{fact}wrong_at")})
    return Q(**{f"{fact}confidence": Fact.Confidence.RETRACTED}) | approved_before


def _untrue_since(fact: str) -> Case:
    """As `Fact.untrue_since`."""
    retracted = When(**{f"{fact}confidence": Fact.Confidence.RETRACTED}, then=F(f"{fact}retracted_at"))
    return Case(retracted, default=F(f"{fact}wrong_at"))


def resting(said: "models.QuerySet[Any]", approval: str, *, naming: str) -> "models.QuerySet[Any]":
    """Of what was said, what rests on a fact that made it wrong, once for each such fact, and what ``names`` to correct something.

    ``approval`` is the way to the approval of its words, ``naming`` the field of a statement that names what it corrects.
    """
    statement = f"{approval}submission__statement__"
    fact = f"{statement}citations__fact"
    wrong = made_wrong(f"{fact}__", approval)
    about = {"fact": F(fact), "untrue_since": _untrue_since(f"{fact}__"), "names": F(f"{statement}{naming}")}
    rows = said.annotate(**about, is_wrong=_whether(wrong))
    return rows.filter(Q(is_wrong=True) | Q(names__isnull=False))


def unanswered() -> "models.QuerySet[Citation]":
    """Which statement rests on which fact, where what it said of it turned out wrong and nobody was told since.

    In public by a correction in public; among those who got a direct message by another one to their group.
    """
    untrue = Citation.objects.annotate(untrue_since=_untrue_since("fact__"))
    since = {"approved_at__gte": OuterRef("untrue_since")}
    corrected = Approval.objects.filter(
        kind=Statement.Kind.CORRECTION, **since, **_rested_on_it("submission__statement__corrects__approval__")
    )
    written_to = Approval.objects.messages().filter(
        submission__statement__group=OuterRef("statement__group"),
        **since,
        **_rested_on_it("submission__statement__corrects_message__"),
    )
    is_direct = Q(statement__kind=Statement.Kind.DIRECT)
    owing = (~is_direct & ~Exists(corrected)) | (is_direct & ~Exists(written_to))
    return untrue.filter(owing, made_wrong("fact__", "statement__submissions__approval__"))


def _rested_on_it(approval: str) -> dict[str, OuterRef]:
    """That the words which a correction names rest on the fact as it was, not as it is since it changed."""
    return {
        f"{approval}submission__statement__facts": OuterRef("fact"),
        f"{approval}approved_at__lte": OuterRef("untrue_since"),
    }


def objected() -> Q:
    """Of approvals: what its reviewer objected to, and no correction that names it has put right since (R8)."""
    corrected = Approval.objects.filter(
        kind=Statement.Kind.CORRECTION,
        submission__statement__corrects__approval=OuterRef("approval"),
        approved_at__gte=OuterRef("reviewed_at"),
    )
    standing = EmergencyReview.objects.filter(~Exists(corrected), verdict=EmergencyReview.Verdict.OBJECTS)
    return Q(pk__in=standing.values("approval"))


def owing() -> Q:
    """Of approvals: every reason for which a correction is owed, each a condition of its own."""
    return Q(submission__statement__in=wrong()) | objected()


class ApprovalQuerySet(FrozenQuerySet["Approval"]):
    def messages(self) -> "ApprovalQuerySet":
        """Those that were mailed to one group, and make no entry of the record."""
        return self.filter(kind=Statement.Kind.DIRECT)

    def to_the_same_group(self, incident: Any, group: Any) -> "ApprovalQuerySet":
        """What a group got of an incident by direct message, the last first."""
        sent = self.messages().filter(incident=incident, submission__statement__group=group)
        return sent.order_by("-approved_at", "-pk")

    def owing_correction(self) -> "ApprovalQuerySet":
        """What everybody or one group has read, that is not so, or that its reviewer objected to, and nothing put right.

        Each with ``is_objected``: whether it owes it to the objection.
        """
        return self.filter(owing()).annotate(is_objected=_whether(objected()))

    def with_debts(self) -> "ApprovalQuerySet":
        """Each with ``owes_correction`` and ``is_objected``."""
        return self.annotate(owes_correction=_whether(owing()), is_objected=_whether(objected()))

    def said(self) -> "ApprovalQuerySet":
        """What everybody or one group has read, each with entry or group, review, ``owes_correction`` and ``is_objected``.

        The newest entry first.
        """
        said = self.filter(Q(entry__kind="publication") | Q(kind=Statement.Kind.DIRECT)).with_debts()
        newest = (F("entry__number").desc(nulls_last=True), "-approved_at", "-pk")
        about = ("entry", "review", "submission__statement__group")
        return said.select_related(*about).defer("body", "body_html").order_by(*newest)


def _whether(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, models.BooleanField())


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
    """The second person's look at an emergency publication, due within 60 minutes. Until then the public is told.

    An objection owes a correction until one is out (``objected``). Reviews from before there was a verdict have none.
    """

    class Verdict(models.TextChoices):
        APPROVES = "approves", "Would have approved it"
        OBJECTS = "objects", "Objects"

    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="review")
    due_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    finding = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="review_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(verdict="")
                | Q(verdict="approves", reviewed_by__isnull=False)
                | (Q(verdict="objects", reviewed_by__isnull=False) & ~Q(finding="")),
                name="verdict_by_somebody_objection_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of approval {self.approval_id}"

    @property
    def is_objection(self) -> bool:
        return self.verdict == self.Verdict.OBJECTS

    @property
    def is_late(self) -> bool:
        """Done after its time, for good; of one that is not done, its time on the page says it."""
        return self.reviewed_at is not None and self.reviewed_at > self.due_at
