"""Emails to people who approve, and to those whose words came back. They lead to a page; none of them decides anything."""

from collections.abc import Iterable

import clock
import moments
from accounts.models import Organisation, User
from incidents import approvers, wording
from incidents.letters import Letter, at_desk, signed
from incidents.models import EmergencyReview, RecordEntry, ReturnComment, Statement, Submission
from incidents.models.comment import passages
from incidents.permissions import reviewers_of
from stakeholders import operations as stakeholders

MAY_APPROVE = "you may approve what the public reads."
OPENING_IS_FREE = "Nothing is published by opening this page."

Rows = tuple[tuple[str, str], ...]


def requested(submission: Submission) -> None:
    """Ask whoever is on and could approve it, each with the words and what they change (R79)."""
    for person in approvers.asked(submission, submission.asked_at):
        _queue("approval_requested", submission, person, _request(submission, person))


def returned(submission: Submission, comments: Iterable[ReturnComment] = ()) -> None:
    """Tell the author that it came back, why, and what was written beside which passage."""
    author = submission.submitted_by
    said = passages(submission.content) if submission.statement else {}
    beside = tuple(
        (comment.get_part_display(), f"“{wording.begun(said[comment.part, comment.paragraph], 80)}”: {comment.text}")
        for comment in comments
    )
    letter = Letter(
        subject=f"Came back: {subject_of(submission)}",
        opening=f"{_first(author)}, {submission.decided_by} has read this and returned it. Nothing of it was published.",
        quote=submission.comment,
        rows=(("What", subject_of(submission)), *beside),
        page=("Change it and submit it again", at_desk("desk:submission", submission.pk)),
        because="you submitted it.",
        sender=signed(Organisation.current()),
    )
    _queue("approval_returned", submission, author, letter)


def taken_over(statement: Statement, author: User, *, by: User) -> None:
    """Tell whoever wrote it that somebody else goes on, so that nobody writes the same words twice."""
    about = f"{statement.get_kind_display()}: {statement.incident.agent.public_name}"
    letter = Letter(
        subject=f"Taken over: {about}",
        opening=f"{_first(author)}, {by} has taken over what you were writing. It is a draft again, and waits for nobody.",
        quote=statement.headline,
        rows=(("What", about),),
        page=("See it", at_desk("desk:statement", statement.pk)),
        notes=("Nothing of yours is lost: every version you saved is kept. You can take it over again.",),
        because="you wrote it until now.",
        sender=signed(Organisation.current()),
    )
    key = f"statement_taken_over:{statement.pk}:{statement.version}"
    stakeholders.queue(key=key, kind="statement_taken_over", to=author, **letter.message())


def review_due(review: EmergencyReview) -> None:
    """Tell everybody who could have approved it that it is out already, and by when somebody reads it."""
    approval = review.approval
    about = subject_of(approval.submission)
    for person in reviewers_of(approval):
        letter = Letter(
            subject=f"Published by one person, please review: {about}",
            opening=f"{_first(person)}, {approval.approved_by} published this in an emergency, without a second person. "
            "Please read it now.",
            quote=approval.headline,
            runs=(wording.Run("same", approval.body),),
            rows=(
                *_asked_first(approval.affected, approval.what_to_do),
                ("Why at once", approval.reason),
                ("Review by", moments.phrase(review.due_at, person.zone)),
            ),
            page=("Read it and say so", at_desk("desk:review", approval.pk)),
            notes=("The public page says that one person published it, until somebody else has read it.",),
            because=MAY_APPROVE,
            sender=signed(Organisation.current()),
        )
        _queue("review_due", approval.submission, person, letter)


def subject_of(submission: Submission) -> str:
    """What it is about in a few words: "Update: Support assistant"."""
    if submission.statement:
        return f"{submission.statement.title}: {submission.statement.incident.agent.public_name}"
    if submission.change:
        return f"{submission.change.get_kind_display()} of {submission.change.commitment}"
    return f"Public names: {submission.subject.get_kind_display().lower()}"


def _request(submission: Submission, person: User) -> Letter:
    content, last = submission.content, _last_said(submission)
    runs: list[wording.Run] = []
    compared = ""
    if submission.statement:
        runs = wording.difference(last.approval.body if last and last.approval else "", content["body"])
        compared = "Nothing has been said in public yet. All of it is new."
        if not submission.statement.is_public:
            runs, compared = [wording.Run("same", content["body"])], f"It goes to: {content['audience']}. Nobody else."
        elif last:
            compared = f"What changes against entry {last.number} of the public record."
    return Letter(
        subject=f"Waits for you: {subject_of(submission)}",
        opening=f"{_first(person)}, {submission.submitted_by} asks whether exactly this may go out.",
        quote=_what_it_is_about(submission),
        compared=compared,
        runs=tuple(runs),
        rows=_rows(submission, person),
        page=("Read it, then approve it or return it with a reason", at_desk("desk:submission", submission.pk)),
        notes=(OPENING_IS_FREE,),
        because=MAY_APPROVE,
        sender=signed(Organisation.current()),
    )


def _what_it_is_about(submission: Submission) -> str:
    if submission.statement:
        return str(submission.content["headline"])
    return submission.change.commitment.text if submission.change else subject_of(submission)


def _last_said(submission: Submission) -> RecordEntry | None:
    if not submission.statement:
        return None
    said = RecordEntry.objects.publications().filter(incident=submission.statement.incident)
    return said.select_related("approval").first()


def _rows(submission: Submission, person: User) -> Rows:
    """Whatever else becomes public with the words, and until when they are owed."""
    content, change = submission.content, submission.change
    if submission.statement:
        promises = tuple(
            ("It promises", f"{made['text']} {made['public_owner']}. Check: {made['verification']}")
            for made in content["commitments"]
        )
        return (*_asked_first(content["affected"], content["what_to_do"]), *promises, *_owed(submission, person))
    if not change:
        return tuple(content["texts"].items())
    rows: Rows = (("What", subject_of(submission)),)
    if content["new_text"]:
        rows += (("Text then", content["new_text"]),)
    if change.new_due_at:
        due = change.commitment.due_at
        rows += (
            ("Date now", moments.phrase(due, person.zone)),
            ("Date then", moments.phrase(change.new_due_at, person.zone)),
        )
    return (*rows, ("In public", content["public_reason"]))


def _asked_first(affected: str, what_to_do: str) -> Rows:
    """The two questions that a reader has first."""
    return (("Affected", affected), ("To do", what_to_do))


def _owed(submission: Submission, person: User) -> Rows:
    promised = submission.statement.incident.promises.unanswered().first() if submission.statement else None
    if not promised:
        return ()
    late = ", and is late" if promised.due_at < clock.now() else ""
    return (("Promised by", f"{moments.phrase(promised.due_at, person.zone)}{late}"),)


def _queue(name: str, submission: Submission, person: User, letter: Letter) -> None:
    stakeholders.queue(
        key=f"{name}:{submission.pk}:{person.pk}",
        kind=name,
        to=person,
        **letter.message(),
    )


def _first(person: User) -> str:
    return person.name.split()[0]
