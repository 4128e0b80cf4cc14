"""Approving publishes. The approved words are frozen here, and nowhere else does anything become public.

Three ways lead to the public, and each is a basis on the approval: a second person, the commander in an emergency (under
review within the hour), and somebody who works alone. All three go through ``_publish``.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

import clock
import crash
from accounts import chain, log
from accounts.models import Organisation, User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents import mails_approval, markdown
from incidents.actions import Action
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    EmergencyReview,
    Fact,
    Incident,
    MastheadChange,
    Promise,
    RecordEntry,
    RecordHead,
    ScheduledPublication,
    Statement,
    Submission,
)
from incidents.operations import (
    alert_review,
    change,
    commitment,
    direct,
    dossier,
    guards,
    names,
    override,
    plan,
    promise,
    questions,
    record,
    reminder,
    timeline,
)
from incidents.operations.submission import decided_sentence
from incidents.permissions import (
    approve_alone_refusal,
    approve_in_emergency_refusal,
    approve_refusal,
    can_approve,
    can_approve_alone,
    can_approve_in_emergency,
)
from refusals import Incomplete, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing
from stakeholders import addresses
from stakeholders.bell import kick

Basis = Approval.Basis
REVIEW_WITHIN = timedelta(minutes=60)
IN_EMERGENCY = (Statement.Kind.HOLDING, Statement.Kind.WARNING, Statement.Kind.UPDATE)


@transaction.atomic
def approve(submission: Submission, *, by: User, seen_digest: str) -> Approval:
    """A second person lets exactly the words they have read go out, and they are out.

    Approving again what one has approved gives the same approval: a second click publishes nothing twice. Raises
    ``Stale`` with the difference when words, facts or commitments are no longer those of the submission.
    """
    submission, by = _lock(submission), _afresh(by)
    if _approved_before(submission, by, seen_digest):
        return submission.approval
    require(not lacks_second_step(by), second_step_refusal())
    require(can_approve(by, submission), NotAllowed(approve_refusal(by, submission)))
    return _publish(submission, Basis.SECOND_PERSON, by=by, seen_digest=seen_digest)


@transaction.atomic
def approve_in_emergency(submission: Submission, *, by: User, seen_digest: str, reason: str) -> Approval:
    """The incident's commander publishes without a second person, in writing. Somebody else reviews it within the hour."""
    submission, by = _lock(submission), _afresh(by)
    require(not lacks_second_step(by), second_step_refusal())
    require(can_approve_in_emergency(by, submission), NotAllowed(approve_in_emergency_refusal(submission)))
    require(
        submission.statement and submission.statement.kind in IN_EMERGENCY,
        WrongState(
            "In an emergency a holding statement, a safety warning or an update goes out. "
            "Everything else can wait for a second person."
        ),
    )
    place = ("desk:submission", (submission.pk,), "id_emergency_reason")
    require(
        reason.strip(),
        Incomplete("An emergency needs a reason in writing.", [Missing("Say why it cannot wait", *place)]),
    )
    return _publish(submission, Basis.EMERGENCY, by=by, seen_digest=seen_digest, reason=reason.strip())


@transaction.atomic
def approve_alone(submission: Submission, *, by: User, seen_digest: str) -> Approval:
    """Somebody who has declared to work alone stands in for the second person. Marked as such, in public."""
    submission, by = _lock(submission), _afresh(by)
    if _approved_before(submission, by, seen_digest):
        return submission.approval
    require(not lacks_second_step(by), second_step_refusal())
    require(can_approve_alone(by, submission), NotAllowed(approve_alone_refusal()))
    return _publish(submission, Basis.SOLO, by=by, seen_digest=seen_digest)


@transaction.atomic
def approve_founding(submission: Submission, *, by: User) -> Approval:
    """The names given at set-up, before there is anybody else and before there is anything to read. Only once."""
    submission = _lock(submission)
    require(
        submission.masthead and submission.masthead.kind == MastheadChange.Kind.FOUNDING,
        WrongState("Only the names given at set-up are published this way."),
    )
    record.lock_head()
    require(not RecordEntry.objects.exists(), WrongState("This was set up before. Propose a change of the names."))
    return _publish(submission, Basis.FOUNDING, by=by, seen_digest=submission.digest)


ACTIONS = {
    Basis.SECOND_PERSON: Action.APPROVED,
    Basis.EMERGENCY: Action.APPROVED_IN_EMERGENCY,
    Basis.SOLO: Action.APPROVED_SOLO,
    Basis.FOUNDING: Action.MASTHEAD_CHANGED,
}


def _publish(submission: Submission, basis: str, *, by: User, seen_digest: str, reason: str = "") -> Approval:
    """What all approvals share once it is clear who may: state, what was seen, guards, words, entry, consequences, log."""
    crash.point("approve.begin")
    require(submission.outcome == Submission.Outcome.WAITING, WrongState(decided_sentence(submission)))
    override.require_somebody_else(submission, basis, by=by)
    require_as_seen(submission, seen_digest)
    if submission.statement:
        missing = [*guards.missing(submission.statement), *plan.undecided(submission.statement)]
        require_nothing_missing("This cannot go out any more as it stands.", missing)
    now = clock.now()
    _settle(submission, by=by, at=now)
    approval = Approval.objects.create(
        submission=submission,
        basis=basis,
        approved_by=by,
        approved_at=now,
        reason=reason,
        salt=secrets.token_hex(32),
        digest=submission.digest,
        **_words(submission),
    )
    crash.point("approve.mid")
    if submission.statement and not submission.statement.is_public:
        _send(submission.statement, approval, by=by)
    elif submission.statement:
        _publish_statement(submission.statement, approval, by=by)
    else:
        apply = change.apply if submission.change else names.apply
        apply(submission.subject, approval, by=by)
        log.write(ACTIONS[Basis(basis)], by=by, about=approval, **approval.sealed())
    mails_approval.published(approval)
    crash.after_commit("approve.postcommit")
    kick()
    crash.point("approve.precommit")
    return approval


def require_as_seen(submission: Submission, seen_digest: str) -> None:
    """Raises ``Stale`` when it is no longer what was submitted, when what was kept of that was changed since (it is what would be
    published), or when it is not what was read."""
    now = dossier.as_now(submission)
    again = [Missing("Look at it again", "desk:submission", (submission.pk,))]
    require(
        chain.digest(now) == submission.digest,
        Stale(
            "Something changed after this was submitted, so it cannot be approved. Its author has to submit it again.",
            dossier.differences(submission.content, now),
            again,
        ),
    )
    require(
        chain.digest(submission.content) == submission.digest,
        Stale(
            "The words that are kept for approval are not those that were submitted. Their author has to submit them again.",
            (),
            again,
        ),
    )
    require(seen_digest == submission.digest, Stale("What you read is not what was submitted.", (), again))


def _settle(submission: Submission, *, by: User, at: datetime) -> None:
    submission.outcome, submission.decided_by, submission.decided_at = Submission.Outcome.APPROVED, by, at
    submission.save(update_fields=["outcome", "decided_by", "decided_at"])
    submission.schedules.settle(ScheduledPublication.State.PUBLISHED, by=by, at=at)
    reminder.supersede_submission(submission)
    if submission.statement:
        submission.statement.state = Statement.State.PUBLISHED
        submission.statement.save(update_fields=["state"])


def _words(submission: Submission) -> dict[str, Any]:
    """The frozen words, out of the very dossier that was read."""
    content = submission.content
    if submission.statement:
        return _words_of_statement(submission.statement, content)
    if submission.change:
        return {
            "written_by": submission.change.proposed_by,
            "incident": submission.change.commitment.incident,
            "new_text": content["new_text"],
            "new_due_at": submission.change.new_due_at,
            "public_reason": content["public_reason"],
        }
    snapshot = {name: content[name] for name in ("organisation", "components", "texts")}
    return {"written_by": submission.subject.proposed_by, "masthead": snapshot}


def _words_of_statement(statement: Statement, content: dict[str, Any]) -> dict[str, Any]:
    same = ("kind", "headline", "body", "affected", "what_to_do", "public_status", "impact", "component_states")
    made = [{name: value for name, value in row.items() if name != "owner"} for row in content["commitments"]]
    return {field: content[field] for field in same} | {
        "written_by": statement.edited_by,
        "incident": statement.incident,
        "body_html": _rendered(statement, content["body"]),
        "renderer": markdown.RENDERER,
        "began_at": statement.began_at,
        "next_update_at": statement.next_update_at,
        "commitments": made,
        "corrects": content.get("corrects", []),
    }


def _rendered(statement: Statement, body: str) -> str:
    try:
        return markdown.render(body)
    except markdown.TooMuch as trouble:
        place = ("desk:statement", (statement.pk,), "id_body")
        raise Incomplete("The message cannot be published.", [Missing(trouble.sentence, *place)]) from trouble


def _publish_statement(statement: Statement, approval: Approval, *, by: User) -> None:
    """The numbered entry, and what follows from it: promises, commitments, a review, the line of the timeline."""
    incident = statement.incident
    review = _plan_review(approval) if approval.basis == Basis.EMERGENCY else None
    _miss_what_is_late(incident, approval.approved_at)
    kept = promise.will_be_kept(incident, approval.approved_at)
    body = body_of(approval, keeps=kept, commitments=_numbered(approval, record.lock_head()))
    entry = record.enter(
        RecordEntry.Kind.PUBLICATION, at=approval.approved_at, by=by, approval=approval, incident=incident, body=body
    )
    promise.answer(incident, entry, by=by)
    if approval.next_update_at:
        promise.make(incident, entry, approval.next_update_at, by=by)
    commitment.publish_drafts(statement, entry, by=by)
    answered = questions.answer(approval)
    if review:
        mails_approval.review_due(review)
        alert_review.published(review)
    timeline.enter(
        incident,
        f"Published: {statement.get_kind_display().lower()}, entry {entry.number} of the public record.",
        ACTIONS[Basis(approval.basis)],
        by=by,
        about=approval,
        happened_at=entry.at,
        **answered,
        **approval.sealed(),
    )


def _send(statement: Statement, approval: Approval, *, by: User) -> None:
    """To one group, by email, and to nobody else."""
    sent, answered = direct.send(statement, approval), questions.answer(approval)
    what = "direct message that corrects another," if statement.corrects_message_id else "direct message"
    timeline.enter(
        statement.incident,
        f"Sent: {what} to {statement.group}, {addresses.counted(sent)}.",
        ACTIONS[Basis(approval.basis)],
        by=by,
        about=approval,
        happened_at=approval.approved_at,
        texts=approval.text_digests(),  # no entry of the record holds them
        **answered,
        **approval.sealed(),
    )


def body_of(approval: Approval, *, keeps: Promise | None, commitments: list[dict[str, Any]]) -> dict[str, Any]:
    """What the entry of a statement says beside the words."""
    assert approval.incident is not None  # noqa: S101 - the approval of a statement has one
    body: dict[str, Any] = {
        "incident": approval.incident.public_id,
        "statement": approval.kind,
        "status": approval.public_status,
        "impact": approval.impact,
        "components": approval.component_states,
        "basis": approval.basis,
        "keeps": keeps.made_in_id if keeps else None,
        "commitments": commitments,
    }
    if approval.corrects:
        body["corrects"] = approval.corrects
    times = {"began_at": approval.began_at, "next_update_at": approval.next_update_at}
    return body | {field: chain.instant(at) for field, at in times.items() if at}


def preview(submission: Submission, at: datetime) -> tuple[int, Approval, dict[str, Any]]:
    """What approving this at that moment would enter: the number, the words and the body. Nothing of it is saved."""
    assert submission.statement is not None  # noqa: S101 - the caller previews statements
    approval = Approval(submission=submission, basis=Basis.SECOND_PERSON, approved_at=at, **_words(submission))
    head, keeps = RecordHead.objects.get(pk=1), promise.will_be_kept(submission.statement.incident, at)
    return head.number + 1, approval, body_of(approval, keeps=keeps, commitments=_numbered(approval, head))


def _plan_review(approval: Approval) -> EmergencyReview:
    review = EmergencyReview.objects.create(approval=approval, due_at=approval.approved_at + REVIEW_WITHIN)
    reminder.plan_review(review)
    return review


def _miss_what_is_late(incident: Incident, at: datetime) -> None:
    """A promise that is over gets its own entry before the publication that comes too late for it."""
    for late in Promise.objects.overdue(at).filter(incident=incident):
        promise.miss(late, at)


def _numbered(approval: Approval, head: RecordHead) -> list[dict[str, Any]]:
    """The C-numbers that the commitments get, in their order; ``commitment.publish_drafts`` gives them for good."""
    first = head.commitment_number + 1
    return [
        {"id": made["id"], "number": number, "due_at": made["due_at"]}
        for number, made in enumerate(approval.commitments, first)
    ]


def _approved_before(submission: Submission, by: User, seen_digest: str) -> bool:
    same = submission.decided_by == by and submission.digest == seen_digest
    return submission.outcome == Submission.Outcome.APPROVED and same


def _afresh(by: User) -> User:
    """The person with the roles they have now: one may have been withdrawn while the page was open."""
    return User.objects.get(pk=by.pk)


def _lock(submission: Submission) -> Submission:
    """Everything that an approval rests on, locked in the one order: incident, statement, submission, facts, commitments.

    The key of the incident stays free: the clock's own entries refer to it while they hold the head of the record, for
    which an approval waits last.
    """
    found = Submission.objects.select_related("statement", "change__commitment").get(pk=submission.pk)
    if found.statement:
        Incident.objects.select_for_update(no_key=True).get(pk=found.statement.incident_id)
        Statement.objects.select_for_update(no_key=True).get(pk=found.statement.pk)
    Submission.objects.select_for_update(no_key=True).get(pk=found.pk)
    if found.statement:
        cited = found.statement.citations.values("fact")
        list(Fact.objects.select_for_update(no_key=True).filter(pk__in=cited).order_by("pk"))
        list(Commitment.objects.select_for_update(no_key=True).filter(statement=found.statement).order_by("pk"))
        list(
            Promise.objects.select_for_update(no_key=True).filter(
                incident=found.statement.incident_id, answered_by=None
            )
        )
    elif found.change:
        CommitmentChange.objects.select_for_update(no_key=True).get(pk=found.change.pk)
        Commitment.objects.select_for_update(no_key=True).get(pk=found.change.commitment_id)
    else:
        Organisation.objects.select_for_update(no_key=True).get(pk=1)
    return Submission.objects.with_subject().get(pk=found.pk)
