"""A finding of the draft check that somebody lets stand, in these very words."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import FrozenModel, FrozenQuerySet, User
from incidents.models.statement import Statement

# What a safety warning needs instead of facts and containment: the commander's reason (R119).
FACTS_GATE = "FACTS-GATE"


class Override(FrozenModel):
    """The commander of the incident stands in for a finding, in writing. Any other words, and it is void (domain 3.2).

    ``two_person`` ones need somebody else as well: the approver of the submission, who reads the reason. An ``author``
    dismisses a warning without one.
    """

    class Kind(models.TextChoices):
        AUTHOR = "author", "Dismissed by an author"
        COMMANDER = "commander", "By the commander"
        TWO_PERSON = "two_person", "By the commander and the approver"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="overrides")
    text_digest = models.CharField(max_length=64, help_text="Of the words that were checked")
    rule = models.CharField(max_length=40)
    start = models.PositiveIntegerField(
        default=0, help_text="Where it stands in the words: the same may be found twice"
    )
    found = models.TextField(blank=True, help_text="The words. Empty where something was not said")
    kind = models.CharField(max_length=12, choices=Kind)
    reason = models.TextField(blank=True, help_text="Empty where an author dismissed a warning")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = FrozenQuerySet["Override"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "text_digest", "rule", "start"], name="finding_stands_once"),
            models.CheckConstraint(
                condition=Q(kind="author", reason="") | (~Q(kind="author") & ~Q(reason="")),
                name="finding_stands_with_a_reason",
            ),
        ]

    @property
    def is_dismissal(self) -> bool:
        return self.kind == self.Kind.AUTHOR

    def __str__(self) -> str:
        return f"{self.rule} in {self.statement_id}"
