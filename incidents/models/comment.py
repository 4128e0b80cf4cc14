"""What an approver writes beside a passage of the words that go back to their author."""

import re
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import FrozenQuerySet, KeptModel
from incidents.models.statement import Submission

BLANK_LINE = re.compile(r"\n\s*\n")


class ReturnComment(KeptModel):
    """A comment on one passage: a field, or one paragraph of the message. The words themselves are the submission's.

    They are not copied here, so that what is one day erased there is gone here too.
    """

    PART_OF = "submission"

    class Part(models.TextChoices):
        HEADLINE = "headline", "Headline"
        BODY = "body", "Message"
        AFFECTED = "affected", "Who is affected"
        WHAT_TO_DO = "what_to_do", "What to do now"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="comments")
    part = models.CharField(max_length=12, choices=Part)
    paragraph = models.PositiveSmallIntegerField(default=0, help_text="Which paragraph of the message, from 1")
    text = models.TextField()

    objects = FrozenQuerySet["ReturnComment"].as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "part", "paragraph"], name="passage_commented_once"),
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(part="body", paragraph__gt=0) | Q(~Q(part="body"), paragraph=0),
                name="only_the_message_has_paragraphs",
            ),
        ]

    def __str__(self) -> str:
        return f"Comment on {self.get_part_display().lower()}"


def passages(content: dict[str, Any]) -> dict[tuple[str, int], str]:
    """What can be commented on in a submitted statement, by part and paragraph, in the order in which it is read."""
    found: dict[tuple[str, int], str] = {}
    for part in ReturnComment.Part.values:
        said = content.get(part) or ""
        if part == ReturnComment.Part.BODY:
            paragraphs = [one.strip() for one in BLANK_LINE.split(said) if one.strip()]
            found |= {(part, number): text for number, text in enumerate(paragraphs, 1)}
        elif said:
            found[(part, 0)] = said
    return found
