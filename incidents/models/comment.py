"""What an approver writes beside a passage of the words that go back to their author."""

import re
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import FrozenQuerySet, KeptModel
from incidents.models.incident import Impact
from incidents.models.statement import PublicStatus, ServiceState, Statement
from incidents.models.submission import Submission

BLANK_LINE = re.compile(r"\n\s*\n")


class ReturnComment(KeptModel):
    """A comment on one passage: a field, one paragraph of the message, or what was chosen beside it.

    The words themselves are the submission's. They are not copied here, so that what is one day erased there is gone here too.
    """

    PART_OF = "submission"

    class Part(models.TextChoices):
        HEADLINE = "headline", "Headline"
        BODY = "body", "Message"
        AFFECTED = "affected", "Who is affected"
        WHAT_TO_DO = "what_to_do", "What to do now"
        STATE = "state", "State and impact"
        COMPONENTS = "components", "Components"
        COMMITMENTS = "commitments", "Commitments"

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


Part = ReturnComment.Part


def passages(content: dict[str, Any]) -> dict[tuple[str, int], str]:
    """What can be commented on in a submitted statement, by part and paragraph, in the order in which it is read.

    The paragraphs of the message are those of all its parts, the answers and the promised time among them. What is chosen and
    not written comes last; of components their states alone, since their names are not part of what was submitted.
    """
    found: dict[tuple[str, int], str] = {}
    for part in (Part.HEADLINE, Part.BODY, Part.AFFECTED, Part.WHAT_TO_DO):
        said = content.get(part) or ""
        if part == Part.BODY:
            paragraphs = [one.strip() for one in BLANK_LINE.split(said) if one.strip()]
            found |= {(part.value, number): text for number, text in enumerate(paragraphs, 1)}
        elif said:
            found[(part.value, 0)] = said
    return found | {(part.value, 0): text for part, text in _chosen(content).items() if text}


def _chosen(content: dict[str, Any]) -> dict[Part, str]:
    """Beside the words of a statement. A direct message says nothing of a state, and makes no commitments."""
    if content["kind"] not in Statement.Kind.values or content["kind"] == Statement.Kind.DIRECT:
        return {}
    made = (f"{one['text']} {one['public_owner']}. Check: {one['verification']}" for one in content["commitments"])
    return {
        Part.STATE: f"{PublicStatus(content['public_status']).label}, impact {Impact(content['impact']).label.lower()}",
        Part.COMPONENTS: ", ".join(
            dict.fromkeys(ServiceState(one).label for one in content["component_states"].values())
        ),
        Part.COMMITMENTS: "\n".join(made),
    }
