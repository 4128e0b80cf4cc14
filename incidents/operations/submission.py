"""Asking a second person whether exactly this may go out, and taking the question back."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

import clock
from accounts import chain, log
from accounts.models import User
from incidents import breaking, deciding, mails_approval
from incidents.actions import Action
from incidents.models import (
    ApprovalPolicy,
    CommitmentChange,
    Incident,
    MastheadChange,
    ReturnComment,
    ScheduledPublication,
    Statement,
    Submission,
)
from incidents.models.comment import passages
from incidents.operations import commitment_words, dossier, guards, reminder, timeline
from incidents.operations import statement as statements
from incidents.permissions import (
    approve_refusal,
    can_send_back,
    can_take_back,
    take_back_refusal,
)
from refusals import Incomplete, Missing, NotAllowed, WrongState, require, require_nothing_missing
from stakeholders.bell import kick

Outcome = Submission.Outcome


@transaction.atomic
def submit(statement: Statement, *, by: User, seen_version: int) -> Submission:
    """Ask for approval of this version. Everything that is missing is listed; whoever may approve gets an email."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=statement.incident_id)
    statement = statements.lock(statement, by=by, seen_version=seen_version)
    statement.incident = incident
    require(statement.state == Statement.State.DRAFT, WrongState("This version waits for approval already."))
    looked = guards.look(statement)
    require_nothing_missing("This cannot go to an approver yet.", looked.missing)
    statement.state = Statement.State.SUBMITTED
    statement.save(update_fields=["state"])
    result = looked.checked.result
    found = dossier.warned_of(looked.checked.passages, result.rules_digest)
    asked = _ask(by=by, found=found, statement=statement, version=statement.version, **_noticed(statement, looked))
    return _announce(asked, by=by)


@transaction.atomic
def submit_change(change: CommitmentChange, *, by: User) -> Submission:
    """Ask for approval of an amendment, a withdrawal or an explanation. ``change.propose`` has asked who may."""
    change = (
        CommitmentChange.objects.select_for_update(no_key=True).select_related("commitment__incident").get(pk=change.pk)
    )
    require(change.proposed_by == by, NotAllowed("Whoever proposes a change submits it."))
    read = commitment_words.of_change(change)
    return _announce(_ask(by=by, found=dossier.warned_of(read.shown, read.rules_digest), change=change), by=by)


@transaction.atomic
def submit_masthead(change: MastheadChange, *, by: User) -> Submission:
    """Ask for approval of a public name. ``masthead.propose`` has asked who may. The founding asks nobody."""
    change = MastheadChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    require(change.proposed_by == by, NotAllowed("Whoever proposes a change submits it."))
    asked = _ask(by=by, masthead=change)
    return _announce(asked, by=by) if change.kind != MastheadChange.Kind.FOUNDING else _note(asked, by=by)


@transaction.atomic
def take_back(submission: Submission, *, by: User) -> Submission:
    """The author goes on writing. Nothing of it was public."""
    submission = lock(submission)
    require(can_take_back(by, submission), NotAllowed(take_back_refusal(submission)))
    _require_waiting(submission)
    _decide(submission, Outcome.VOID, by=by)
    log.write(Action.SUBMISSION_WITHDRAWN, by=by, about=submission)
    return submission


@transaction.atomic
def send_back(
    submission: Submission, *, by: User, reason: str, comments: Mapping[tuple[str, int], str] | None = None
) -> Submission:
    """The approver says no, and why. The author gets the reason by email and the words back as a draft.

    ``comments`` are on single passages, by part and paragraph: see ``incidents.models.comment.passages``.
    """
    submission = lock(submission)
    require(can_send_back(by, submission), NotAllowed(approve_refusal(by, submission)))
    _require_waiting(submission)
    require(
        reason.strip(),
        Incomplete(
            "It goes back with a reason.",
            [Missing("Say what has to change", "desk:submission", (submission.pk,), "id_return_reason")],
        ),
    )
    kept = _comments(submission, comments or {})
    submission.comment = reason.strip()
    _decide(submission, Outcome.RETURNED, by=by)
    mails_approval.returned(submission, kept)
    log.write(Action.SUBMISSION_RETURNED, by=by, about=submission, keep=kept, comments=len(kept))
    kick()
    return submission


def _comments(submission: Submission, comments: Mapping[tuple[str, int], str]) -> list[ReturnComment]:
    """In the order in which the words are read."""
    known = passages(submission.content) if submission.statement else {}
    require(
        comments.keys() <= known.keys(),
        Incomplete("A comment stands beside a passage of what was submitted."),
    )
    texts = {key: comments[key].strip() for key in known if key in comments}
    return [
        ReturnComment(submission=submission, part=part, paragraph=paragraph, text=text)
        for (part, paragraph), text in texts.items()
        if text
    ]


def decided_sentence(submission: Submission) -> str:
    """What became of a submission that waits no longer, for whoever comes second."""
    said = {
        Outcome.APPROVED: f"{submission.decided_by} has approved and published this already.",
        Outcome.RETURNED: f"{submission.decided_by} has returned this to its author.",
        Outcome.VOID: "This was changed or taken back after it was submitted. It waits for nobody.",
    }
    return said.get(Outcome(submission.outcome), "This waits for approval.")


def _noticed(statement: Statement, looked: guards.Looked) -> dict[str, int]:
    """What the check says of these words, in two numbers for the queue. Other words are another submission."""
    open_ones = [passage for passage in looked.checked.shown if passage.override is None]
    return {
        "let_stand": len(looked.checked.let_stand) + len(commitment_words.let_stand(statement)),
        "warned": len(guards.warnings(statement)) + len(looked.to_look_at) + len(open_ones),
    }


def _ask(*, by: User, version: int = 1, found: dict[str, Any] | None = None, **subject: Any) -> Submission:
    asked = Submission(submitted_by=by, asked_at=clock.now(), version=version, **subject)
    asked.content = dossier.of(asked) | (found or {}) | {dossier.SALT: secrets.token_hex(32)}
    asked.digest = chain.digest(asked.content)
    asked.save(force_insert=True)
    return asked


def _announce(asked: Submission, *, by: User) -> Submission:
    """The clock runs from the moment of asking, and ends before something breaks."""
    target, breaks = timedelta(minutes=ApprovalPolicy.current().target_minutes), breaking.look_up(asked)
    asked.due_at = asked.asked_at + target
    asked.decide_by = deciding.decide_by(asked.asked_at, target, breaks.at if breaks else None)
    asked.save(update_fields=["due_at", "decide_by"])
    reminder.plan_submission(asked, breaks)
    mails_approval.requested(asked, breaks)
    kick()
    return _note(asked, by=by)


def _note(asked: Submission, *, by: User) -> Submission:
    details: dict[str, Any] = {"digest": asked.digest, "version": asked.version, **_subject(asked)}
    if asked.statement:
        line = f"Submitted for approval: {_named(asked.statement)}."
        at, incident = asked.asked_at, asked.statement.incident
        timeline.enter(incident, line, Action.SUBMITTED, by=by, about=asked, happened_at=at, **details)
    else:
        log.write(Action.SUBMITTED, by=by, about=asked, **details)
    return asked


def lock(submission: Submission) -> Submission:
    """In the order of all: the incident, the statement, the submission. Its schedules change only under this lock."""
    found = Submission.objects.select_related("statement").get(pk=submission.pk)
    if found.statement:
        Incident.objects.select_for_update(no_key=True).get(pk=found.statement.incident_id)
        Statement.objects.select_for_update(no_key=True).get(pk=found.statement.pk)
    Submission.objects.select_for_update(no_key=True).get(pk=found.pk)
    return Submission.objects.with_subject().get(pk=found.pk)


def _require_waiting(submission: Submission) -> None:
    require(submission.outcome == Outcome.WAITING, WrongState(decided_sentence(submission)))


def _decide(submission: Submission, outcome: str, *, by: User) -> None:
    submission.outcome, submission.decided_by, submission.decided_at = outcome, by, clock.now()
    submission.save(update_fields=["outcome", "comment", "decided_by", "decided_at"])
    cancelled = ScheduledPublication.State.CANCELLED
    submission.schedules.settle(cancelled, by=by, at=clock.now(), reason=decided_sentence(submission))
    reminder.supersede_submission(submission)
    if submission.statement:
        Statement.objects.filter(pk=submission.statement.pk).update(state=Statement.State.DRAFT)


def _named(statement: Statement) -> str:
    return f"{statement.get_kind_display().lower()}, version {statement.version}"


def _subject(asked: Submission) -> dict[str, int]:
    subjects = {"statement": asked.statement_id, "change": asked.change_id, "masthead": asked.masthead_id}
    return {name: pk for name, pk in subjects.items() if pk}
