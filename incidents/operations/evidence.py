"""Evidence that a commitment is done: reported by its owner, verified by somebody else (R25).

The public is told at once that it was reported done, and later whether that held. The words stay inside.
"""

from datetime import datetime

from django.db import transaction

import clock
from accounts import log
from accounts.chain import instant
from accounts.models import User
from incidents import permissions
from incidents.actions import Action
from incidents.models import Commitment, Evidence, RecordEntry
from incidents.operations import commitment as commitments
from incidents.operations import notice, reminder
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing
from stakeholders import operations as stakeholders

State, Outcome, Kind = Commitment.State, Evidence.Outcome, RecordEntry.Kind


@transaction.atomic
def report_done(commitment: Commitment, *, by: User, text: str, dated_at: datetime) -> Evidence:
    """Say that it was done at ``dated_at``, and how that shows. From now on the clock waits for the verifier."""
    made, now = commitments.locked(commitment), clock.now()
    require(permissions.can_report_done(by, made), NotAllowed(permissions.report_done_refusal(made)))
    require(made.state in commitments.UNSETTLED, WrongState(f"{made} is {made.get_state_display().lower()} already."))
    waiting = made.evidence.filter(outcome=Outcome.WAITING).exists()
    require(not waiting, WrongState(f"{made} was reported done already. Somebody has to verify that first."))
    problems = [] if text.strip() else [Missing("Say how it shows that it was done.", anchor="id_text")]
    if dated_at > now:
        problems.append(Missing("It cannot have been done in the future. Say when it was done.", anchor="id_dated_at"))
    require_nothing_missing("This report cannot be verified yet.", problems)
    if made.state == State.OPEN and now > made.due_at:
        commitments.enter_missed(made, at=now)  # a report that comes late holds up nothing
    given = Evidence.objects.create(
        commitment=made, text=text.strip(), dated_at=dated_at, submitted_by=by, submitted_at=now, owner=made.owner
    )
    stakeholders.void_links(commitments.LINKS, made.public_id)
    stakeholders.supersede(notice.key(made), f"{made} was reported done.")
    notice.reported_done(given)
    commitments.enter(Kind.REPORTED_DONE, made, at=now, by=by)
    log.write(Action.COMMITMENT_REPORTED_DONE, by=by, about=made, evidence=given.pk)
    return given


@transaction.atomic
def accept(evidence: Evidence, *, by: User) -> Commitment:
    """A second person has checked it. Kept, when it was done and reported by its time; otherwise kept late.

    What was reported late was missed before, so a commitment that is still open was reported in time.
    """
    given, made = _waiting(evidence, by=by)
    alone = by in (given.owner, given.submitted_by, made.owner)
    now, in_time = clock.now(), made.state == State.OPEN
    _decide(given, Outcome.ACCEPTED, by=by, at=now, alone=alone)
    made.state = State.KEPT if in_time else State.KEPT_LATE
    made.settled_at = now
    made.save(update_fields=["state", "settled_at"])
    stakeholders.void_links(commitments.LINKS, made.public_id)
    reminder.supersede_commitment(made, f"{made} was verified.")
    commitments.enter(
        Kind.KEPT if in_time else Kind.KEPT_LATE,
        made,
        at=now,
        by=by,
        done_at=instant(given.dated_at),
        basis="solo" if alone else "second_person",
    )
    log.write(Action.COMMITMENT_KEPT, by=by, about=made, evidence=given.pk, late=not in_time, alone=alone)
    return made


@transaction.atomic
def refuse(evidence: Evidence, *, by: User, reason: str) -> Commitment:
    """It does not show what was promised. The owner is told why; past its time, the sweep calls it missed at once."""
    given, made = _waiting(evidence, by=by)
    said = [] if reason.strip() else [Missing("Say what is missing, so that it can be mended.", anchor="id_reason")]
    require_nothing_missing("The report stands as it is.", said)
    now = clock.now()
    given.refusal_reason = reason.strip()
    alone = by in (given.owner, given.submitted_by, made.owner)
    _decide(given, Outcome.REFUSED, by=by, at=now, alone=alone)
    notice.report_refused(given)
    commitments.enter(Kind.REPORT_REFUSED, made, at=now, by=by)
    log.write(Action.COMMITMENT_REPORT_REFUSED, by=by, about=made, evidence=given.pk, alone=alone)
    return made


def _waiting(evidence: Evidence, *, by: User) -> tuple[Evidence, Commitment]:
    """Both rows locked, once it is sure that ``by`` may decide and that there is something to decide."""
    made = commitments.locked(evidence.commitment)
    given = (
        Evidence.objects.select_for_update(of=("self",), no_key=True)
        .select_related("owner", "submitted_by")
        .get(pk=evidence.pk)
    )
    given.commitment = made
    require(permissions.can_verify(by, given), NotAllowed(permissions.verify_refusal(given)))
    decided = f"{given.verified_by} has decided about this report already." if given.verified_by else ""
    require(given.outcome == Outcome.WAITING, WrongState(decided or "This report waits for nobody."))
    require(made.state in commitments.UNSETTLED, WrongState(f"{made} is {made.get_state_display().lower()} already."))
    return given, made


def _decide(given: Evidence, outcome: str, *, by: User, at: datetime, alone: bool) -> None:
    given.outcome, given.verified_by, given.verified_at, given.verified_solo = outcome, by, at, alone
    given.save()
    stakeholders.supersede(notice.verify_key(given), "Somebody has decided about this report.")
