"""Emails to people who approve, and to those whose words came back. They lead to a page; none of them decides anything."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

import clock
import moments
from accounts.models import Organisation, User
from agents.models import Component
from incidents import approvers, wording
from incidents.breaking import Breaks
from incidents.letters import Letter, at_desk, signed
from incidents.models import (
    Approval,
    EmergencyReview,
    Impact,
    PublicStatus,
    RecordEntry,
    ReturnComment,
    ServiceState,
    Statement,
    Submission,
)
from incidents.models.comment import passages
from incidents.operations import replaced
from incidents.permissions import reviewers_of
from stakeholders import operations as stakeholders

MAY_APPROVE = "you may approve what the public reads."
OPENING_IS_FREE = "Nothing is published by opening this page."

Rows = tuple[tuple[str, str], ...]


def requested(submission: Submission, breaks: Breaks | None) -> None:
    """Ask whoever is on and could approve it, each with the words, what they change, and by when it is wanted (R79)."""
    before = _before(submission)
    for person in approvers.asked(submission, submission.asked_at):
        _queue("approval_requested", submission, person, _request(submission, person, breaks, before))


def published(approval: Approval) -> None:
    """Tell whoever wrote and submitted it that it is out, and where; not whoever approved it and knows."""
    submission = approval.submission
    people = {person.pk: person for person in (approval.written_by, submission.submitted_by)}
    people.pop(approval.approved_by_id, None)
    for person in people.values():
        letter = Letter(
            subject=f"{'Out' if _is_public(submission) else 'Sent'}: {subject_of(submission)}",
            opening=f"{_first(person)}, {_let_out(approval)}",
            quote=_what_it_is_about(submission),
            rows=(("What", subject_of(submission)), *_where(approval, person)),
            page=_read_it(approval),
            because="you wrote it." if person == approval.written_by else "you submitted it.",
            sender=signed(Organisation.current()),
        )
        _queue("approval_published", submission, person, letter)


def _let_out(approval: Approval) -> str:
    out = "it is public" if _is_public(approval.submission) else "the mails are on their way"
    if approval.basis == Approval.Basis.EMERGENCY:
        return f"{approval.approved_by} published this in an emergency, without a second person. Now {out}."
    return f"{approval.approved_by} approved this. Now {out}."


def _where(approval: Approval, person: User) -> Rows:
    entry: RecordEntry | None = getattr(approval, "entry", None)
    numbered = (("Entry", f"{entry.number} of the public record"),) if entry else ()
    return (*numbered, ("At", moments.phrase(approval.approved_at, person.zone)))


def _read_it(approval: Approval) -> tuple[str, str]:
    """The page that everybody reads. A direct message stands on none: where it was approved."""
    submission = approval.submission
    if submission.statement and _is_public(submission):
        entry = approval.entry.number
        path = f"/incidents/{submission.statement.incident.public_id}/#e{entry}"
    elif submission.statement:
        return "See it, and who got it", at_desk("desk:submission", submission.pk)
    else:
        path = "/commitments/" if submission.change else "/"
    return "Read it as the public does", settings.PUBLIC_URL + path


def _is_public(submission: Submission) -> bool:
    return submission.statement is None or submission.statement.is_public


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


def owed(breaks: Breaks | None, person: User, now: datetime) -> Rows:
    """What breaks while it waits, and that it is broken already."""
    if breaks is None:
        return ()
    late = ", and is late" if breaks.is_late(now) else ""
    return ((breaks.label, f"{moments.phrase(breaks.at, person.zone)}{late}"),)


class Before(NamedTuple):
    """What its readers have read until now: the approved words, what these are, the state of each component, when it began."""

    approval: Approval | None = None
    compared: str = ""
    states: Mapping[str, str] = {}
    began_at: datetime | None = None


def _before(submission: Submission) -> Before:
    statement = submission.statement
    if not statement:
        return Before()
    if not statement.is_public:
        last = Approval.objects.to_the_same_group(statement.incident_id, statement.group_id).first()
        what = (
            f"What changes against the message of {moments.exact(last.approved_at)}." if last else "All of it is new."
        )
        return Before(last, f"It goes to: {submission.content['audience']}. Nobody else. {what}")
    told = replaced.told(statement.incident)
    if not told:
        return Before(compared="Nothing has been said in public yet. All of it is new.")
    compared = f"What changes against entry {told[0].number} of the public record."
    return Before(told[0].approval, compared, RecordEntry.states_told(told), replaced.began_at(told))


def _request(submission: Submission, person: User, breaks: Breaks | None, before: Before) -> Letter:
    content = submission.content
    runs: list[wording.Run] = []
    if submission.statement:
        runs = wording.difference(before.approval.body if before.approval else "", content["body"])
    return Letter(
        subject=f"Waits for you: {subject_of(submission)}",
        opening=f"{_first(person)}, {submission.submitted_by} asks whether exactly this may go out.",
        quote=_what_it_is_about(submission),
        compared=before.compared,
        runs=tuple(runs),
        rows=(*_rows(submission, person), *_changes(submission, before, person), *_wanted(submission, person, breaks)),
        page=("Read it, then approve it or return it with a reason", at_desk("desk:submission", submission.pk)),
        notes=(OPENING_IS_FREE,),
        because=MAY_APPROVE,
        sender=signed(Organisation.current()),
    )


def _what_it_is_about(submission: Submission) -> str:
    if submission.statement:
        return str(submission.content["headline"])
    return submission.change.commitment.text if submission.change else subject_of(submission)


def _changes(submission: Submission, before: Before, person: User) -> Rows:
    """What is chosen and not written, where it is another than what was read last; and the headline that it takes the place of."""
    if not submission.statement:
        return ()
    content, old = submission.content, before.approval
    rows: Rows = ()
    if old and old.headline != content["headline"]:
        rows = (("Headline was" if submission.statement.is_public else "Subject was", old.headline),)
    if not submission.statement.is_public:
        return rows
    for field, words in (("public_status", PublicStatus), ("impact", Impact)):
        was = getattr(old, field, "")
        if was != content[field]:
            said = _instead(str(words(content[field]).label), str(words(was).label) if was else "")
            rows += ((wording.LABELS[field], said),)
    rows += _of_its_beginning(content["began_at"], before.began_at, person)
    rows += tuple(_of_components(content["component_states"], before.states))
    if content["next_update_at"]:
        by = datetime.fromisoformat(content["next_update_at"])
        rows += (("Promises", f"the next update by {moments.phrase(by, person.zone)}"),)
    return rows


def _of_its_beginning(now: str, was: datetime | None, person: User) -> Rows:
    if not now or (began := datetime.fromisoformat(now)) == was:
        return ()
    said = _instead(moments.phrase(began, person.zone), moments.phrase(was, person.zone) if was else "")
    return ((wording.LABELS["began_at"], said),)


def _of_components(after: Mapping[str, str], before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    names = dict(Component.objects.filter(public_id__in=after).values_list("public_id", "public_name"))
    for key, state in after.items():
        was = before.get(key, "")
        if state != was and key in names:
            words = _instead(ServiceState(state).label, ServiceState(was).label if was else "")
            yield "Component", f"{names[key]}: {words}"


def _instead(now: str, was: str) -> str:
    return f"{now}, before: {was}" if was else now


def _rows(submission: Submission, person: User) -> Rows:
    """Whatever else becomes public with the words, and until when they are owed."""
    content, change = submission.content, submission.change
    if submission.statement:
        promises = tuple(
            ("It promises", f"{made['text']} {made['public_owner']}. Check: {made['verification']}")
            for made in content["commitments"]
        )
        return (*_asked_first(content["affected"], content["what_to_do"]), *promises)
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


def _wanted(submission: Submission, person: User, breaks: Breaks | None) -> Rows:
    by = submission.decide_by
    wanted = (("Decide by", moments.phrase(by, person.zone)),) if by else ()
    return (*owed(breaks, person, clock.now()), *wanted)


def _queue(name: str, submission: Submission, person: User, letter: Letter) -> None:
    stakeholders.queue(
        key=f"{name}:{submission.pk}:{person.pk}",
        kind=name,
        to=person,
        **letter.message(),
    )


def _first(person: User) -> str:
    return person.name.split()[0]
