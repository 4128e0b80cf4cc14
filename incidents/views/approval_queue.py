"""The rows of the queue: what waits for approval, and what was published in an emergency and waits for a review."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.fields.json import KT

from accounts.models import User
from incidents import breaking, map_signs, overtaken
from incidents.mails_approval import subject_of
from incidents.models import EmergencyReview, Incident, RecordEntry, Statement, Submission
from incidents.operations import replaced
from incidents.operations.alert_approval import incident_of


@dataclass(frozen=True)
class Waiting:
    """One row of the queue."""

    submission: Submission
    about: str
    breaks: breaking.Breaks | None
    scheduled_at: Any
    overtaken: str = ""

    @property
    def incident(self) -> Incident | None:
        return incident_of(self.submission)

    @property
    def is_warning(self) -> bool:
        return is_warning(self.submission)

    @property
    def author(self) -> User:
        return author_of(self.submission)


def queue() -> list[Waiting]:
    """By the time until something breaks. One query, without the words themselves."""
    return [_row(asked) for asked in _waiting()]


def queue_with_what_is_stale() -> list[Waiting]:
    """As ``queue``, and of each why its author has to look at it again. Two queries at most."""
    kept = {f"statement__{text}" for text in replaced.WRITTEN}
    asked_for = overtaken.with_signs(_waiting(kept).annotate(corrects=F("content__corrects")))
    waiting = list(asked_for)
    incidents = overtaken.incidents_of(waiting)
    told = RecordEntry.objects.publications().filter(incident__in=incidents).select_related("approval")
    stale = overtaken.reasons(waiting, told if incidents else [])
    return [_row(asked, stale.get(asked.pk, "")) for asked in waiting]


def _waiting(kept: Collection[str] = ()) -> Any:
    """With ``audience`` as it was submitted, and for what becomes public how many groups are ``told_by_hand`` beside it.

    Without the words themselves, but those that are ``kept``.
    """
    people = ("statement__edited_by", "statement__group", "change__proposed_by", "masthead__proposed_by")
    texts = {f"statement__{text}" for text in (*Statement.PUBLIC_TEXTS, "disclosure_note")}
    waiting = Submission.objects.waiting().with_subject().select_related(*people).with_schedule()
    hand = map_signs.told_by_hand("statement__incident")
    waiting = waiting.annotate(audience=KT("content__audience"), told_by_hand=hand)
    return breaking.nearest_first(waiting).defer("content", *texts.difference({"statement__headline"}, kept))


def _row(asked: Any, stale: str = "") -> Waiting:
    return Waiting(asked, subject_of(asked), breaking.of(asked), asked.scheduled_at, stale)


def is_warning(submission: Submission) -> bool:
    return submission.statement is not None and submission.statement.kind == Statement.Kind.WARNING


def author_of(submission: Submission) -> User:
    author: User = submission.statement.edited_by if submission.statement else submission.subject.proposed_by
    return author


def reviews() -> list[EmergencyReview]:
    """Published in an emergency and read by no second person yet."""
    people = ("approval__approved_by", "approval__incident__agent")
    return list(EmergencyReview.objects.filter(reviewed_by=None).select_related(*people).order_by("due_at"))
