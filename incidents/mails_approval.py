"""Emails to people who approve, and to those whose words came back. They lead to a page; none of them decides anything."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

import clock
import moments
from accounts.models import User
from incidents import wording
from incidents.models import EmergencyReview, RecordEntry, Submission
from incidents.permissions import approvers_of, reviewers_of
from stakeholders import operations as stakeholders

MAY_APPROVE = "You may approve what the public reads."


def requested(submission: Submission) -> None:
    """Ask everybody who could approve it, each with the words and what they change."""
    for person in approvers_of(submission):
        _queue("approval_requested", submission, person, MAY_APPROVE, **_asked(submission, person))


def returned(submission: Submission) -> None:
    """Tell the author that it came back, and why."""
    author = submission.submitted_by
    _queue("approval_returned", submission, author, "You submitted it.", returned_by=submission.decided_by)


def review_due(review: EmergencyReview) -> None:
    """Tell everybody who could have approved it that it is out already, and by when somebody reads it."""
    approval = review.approval
    for person in reviewers_of(approval):
        _queue(
            "review_due",
            approval.submission,
            person,
            MAY_APPROVE,
            page=settings.DESK_URL + reverse("desk:review", args=[approval.pk]),
            approval=approval,
            due=moments.phrase(review.due_at, person.zone),
        )


def subject_of(submission: Submission) -> str:
    """What it is about in a few words: "Update: Support assistant"."""
    if submission.statement:
        return f"{submission.statement.get_kind_display()}: {submission.statement.incident.agent.public_name}"
    if submission.change:
        return f"{submission.change.get_kind_display()} of {submission.change.commitment}"
    return f"Public names: {submission.subject.get_kind_display().lower()}"


def _asked(submission: Submission, person: User) -> dict[str, Any]:
    statement = submission.statement
    if not statement:
        return {"content": submission.content}
    last = RecordEntry.objects.publications().filter(incident=statement.incident).select_related("approval").first()
    before = last.approval.body if last and last.approval else ""
    promised = statement.incident.promises.unanswered().first()
    return {
        "content": submission.content,
        "before": last,
        "difference": wording.marked(wording.difference(before, submission.content["body"])),
        "promised": moments.phrase(promised.due_at, person.zone) if promised else "",
        "is_late": promised is not None and promised.due_at < clock.now(),
    }


def _queue(name: str, submission: Submission, person: User, reason: str, **context: Any) -> None:
    page = settings.DESK_URL + reverse("desk:submission", args=[submission.pk])
    known = {"submission": submission, "about": subject_of(submission), "person": person, "page": page, **context}
    subject, text = (render_to_string(f"emails/{name}/{part}.txt", known) for part in ("subject", "body"))
    stakeholders.queue(
        key=f"{name}:{submission.pk}:{person.pk}",
        kind=name,
        to=person,
        subject=" ".join(subject.split()),
        text=text.strip() + "\n",
        reason=reason,
    )
