"""Changes of a published commitment: amended, withdrawn, or its miss explained. The words are public, so two decide.

The old text and the old date stay on the record for good. Nothing here undoes a miss.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.chain import instant
from accounts.models import User
from incidents import permissions
from incidents.actions import Action
from incidents.models import Approval, Commitment, CommitmentChange, Evidence, RecordEntry, Submission
from incidents.models.commitment import TEXT_LIMIT
from incidents.operations import commitment as commitments
from incidents.operations import commitment_words, notice, record, reminder, submission
from incidents.operations.guards import too_long
from incidents.wording import tidy
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing
from stakeholders import operations as stakeholders

State, Kind = Commitment.State, CommitmentChange.Kind

LIMITS = {"new_text": TEXT_LIMIT, "public_reason": TEXT_LIMIT}

DONE = {
    Kind.AMENDMENT: Action.COMMITMENT_AMENDED,
    Kind.WITHDRAWAL: Action.COMMITMENT_WITHDRAWN,
    Kind.EXPLANATION: Action.COMMITMENT_EXPLAINED,
}


@transaction.atomic
def propose(
    commitment: Commitment,
    kind: str,
    *,
    by: User,
    public_reason: str,
    new_text: str = "",
    new_due_at: datetime | None = None,
) -> CommitmentChange:
    """Ask a second person to let it go out. Until then everything stays as it was, and the deadline keeps running."""
    made = commitments.locked(commitment)
    require(permissions.can_change_commitment(by, made), NotAllowed(permissions.change_commitment_refusal(made)))
    _require_possible(made, kind)
    waiting = made.changes.filter(submissions__outcome=Submission.Outcome.WAITING).first()
    if waiting:
        said = f"{waiting.get_kind_display()} of {made} waits for approval already. Decide about that one first."
        raise WrongState(said, [Missing("See the approvals", "desk:approvals")])
    proposed = put(made, kind, public_reason=public_reason, new_text=new_text, new_due_at=new_due_at)
    proposed.proposed_by, proposed.proposed_at = by, clock.now()
    require_nothing_missing("This cannot go to an approver yet.", _missing(proposed))
    proposed.save(force_insert=True)
    log.write(Action.COMMITMENT_CHANGE_PROPOSED, by=by, about=made, kind=str(kind), change=proposed.pk)
    stakeholders.void_links(commitments.LINKS, made.public_id)
    submission.submit_change(proposed, by=by)
    return proposed


def put(
    made: Commitment, kind: str, *, public_reason: str, new_text: str = "", new_due_at: datetime | None = None
) -> CommitmentChange:
    """What would be proposed with these words. Saves nothing."""
    amends, new_text = kind == Kind.AMENDMENT, tidy(new_text)
    return CommitmentChange(
        commitment=made,
        kind=kind,
        new_text=new_text if amends and new_text != made.text else "",
        new_due_at=new_due_at if amends and new_due_at != made.due_at else None,
        public_reason=tidy(public_reason),
    )


def apply(change: CommitmentChange, approval: Approval, *, by: User) -> RecordEntry:
    """Make an approved change public, in the transaction of its approval, which has asked who may."""
    made = commitments.locked(change.commitment)
    _require_possible(made, change.kind)
    require_nothing_missing("This can no longer go out as it is.", _missing(change))
    now = approval.approved_at
    if change.kind == Kind.AMENDMENT:
        _amend(made, change, now)
    elif change.kind == Kind.WITHDRAWAL:
        made.state, made.settled_at = State.WITHDRAWN, now
        made.save(update_fields=["state", "settled_at"])
        stakeholders.void_links(commitments.LINKS, made.public_id)
        reminder.supersede_commitment(made, f"{made} was withdrawn.")
    entry = _enter(made, change, approval, by=by)
    log.write(DONE[Kind(change.kind)], by=by, about=made, change=change.pk, entry=entry.pk)
    return entry


def _enter(made: Commitment, change: CommitmentChange, approval: Approval, *, by: User) -> RecordEntry:
    body: dict[str, Any] = {
        "incident": made.incident.public_id,
        "commitment": made.public_id,
        "basis": approval.basis,
    }
    if change.new_due_at:
        body["new_due_at"] = instant(change.new_due_at)
    return record.enter(
        RecordEntry.Kind(change.kind),
        at=approval.approved_at,
        by=by,
        approval=approval,
        incident=made.incident,
        commitment=made,
        body=body,
    )


def _amend(made: Commitment, change: CommitmentChange, now: datetime) -> None:
    made.text = change.new_text or made.text
    made.amended_at = now
    if change.new_due_at:
        made.due_at = change.new_due_at
        reminder.supersede_commitment(made, f"{made} has another deadline.")
    made.save(update_fields=["text", "due_at", "amended_at"])
    if change.new_due_at:
        reminder.plan_commitment(made)
    notice.amended(made, change)


def possible(made: Commitment, now: datetime) -> list[str]:
    """The kinds of change that can be proposed at ``now``."""
    if made.state == State.MISSED:
        return [Kind.EXPLANATION]
    return [Kind.AMENDMENT, Kind.WITHDRAWAL] if made.state == State.OPEN and now < made.due_at else []


def _require_possible(made: Commitment, kind: str) -> None:
    if kind in possible(made, clock.now()):
        held = kind != Kind.EXPLANATION and made.evidence.filter(outcome=Evidence.Outcome.WAITING).exists()
        require(not held, WrongState(f"{made} was reported done. Verify that report before anything is changed."))
        return
    said = {
        Kind.AMENDMENT: f"{made} can be amended only while it is open and before it is due.",
        Kind.WITHDRAWAL: f"{made} can be withdrawn only while it is open and before it is due.",
        Kind.EXPLANATION: f"{made} was not missed. Only a miss is explained.",
    }
    raise WrongState(said[Kind(kind)], [Missing(f"See {made}", "desk:commitment", (made.pk,))])


def _missing(change: CommitmentChange) -> list[Missing]:
    found = []
    if change.kind == Kind.AMENDMENT and not (change.new_text or change.new_due_at):
        found.append(Missing("Give another text or another deadline.", anchor="id_new_due_at"))
    if change.new_due_at and change.new_due_at <= clock.now():
        found.append(Missing("The new deadline has passed. Give one that lies ahead.", anchor="id_new_due_at"))
    if not change.public_reason:
        found.append(Missing("Say why, as the public will read it.", anchor="id_public_reason"))
    texts = {"new_text": change.new_text, "public_reason": change.public_reason}
    found += [Missing(said, anchor=f"id_{field}") for field, said in too_long(texts, LIMITS)]
    return [*found, *commitment_words.missing_in_change(change)]
