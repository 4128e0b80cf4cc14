"""Letting a finding of the draft check stand: in writing, for these very words, by whom its rule allows (domain 3.2)."""

from collections.abc import Iterable

from django.db import transaction

import clock
from accounts import log
from accounts.models import User
from incidents import draft_check
from incidents.actions import Action
from incidents.draft_check import Finding
from incidents.models import FACTS_GATE, Approval, Override, Statement, Submission
from incidents.operations import checking, commitment_words, guards, passages, statement
from incidents.operations.checking import Checked
from incidents.operations.commitment_words import InCommitment
from incidents.permissions import can_command
from refusals import Incomplete, Missing, NotAllowed, Stale, WrongState, require

NOT_FOUND = "The check does not find that in these words any more."
CALLED = "The commander of the incident lets a finding stand, with a reason."


@transaction.atomic
def let_stand(
    draft: Statement, rule: str, start: int, *, by: User, seen_version: int, reason: str, part: str = ""
) -> Override:
    """What ``rule`` found at ``start``, counted in characters of the words that are checked, stops this version no longer.

    With ``part`` (see ``InCommitment``) these are the words of one field of a commitment that the statement would make.
    Editing the words voids it. Raises ``Stale`` when the check finds nothing there in the words as saved, and
    ``NotAllowed`` for a rule that nobody may set aside. A rule that needs two people leaves the second one to the approval.
    With ``FACTS_GATE`` it releases a safety warning.
    """
    _require_commander(draft, by)  # who, before whether it is still there to be decided
    draft = statement.lock(draft, by=by, seen_version=seen_version)
    _require_commander(draft, by)  # command may have changed hands meanwhile
    require(
        draft.state == Statement.State.DRAFT,
        WrongState("This version waits for approval. Take it back, and let the finding stand then."),
    )
    looked = guards.look(draft)
    checked = looked.checked
    digest = checked.result.text_digest
    if part:
        finding, digest = _in_commitment(looked.in_commitments, part, rule, start)
        kind, found, asks = finding.override.value, finding.text, f"Say why “{finding.name}” may stand here"
    elif rule == FACTS_GATE:
        kind, found, asks = _release(draft, checked), "", "Say why people are warned before the facts are known"
    else:
        finding = _stopping(checked, rule, start)
        kind, found, asks = finding.override.value, finding.text, f"Say why “{finding.name}” may stand here"
    require(reason.strip(), Incomplete(CALLED, [Missing(asks, "desk:statement", (draft.pk,), "wording")]))
    row = Override.objects.create(
        statement=draft,
        text_digest=digest,
        rule=rule,
        start=start,
        found=found,
        kind=kind,
        reason=reason.strip(),
        by=by,
        at=clock.now(),
    )
    log.write(Action.FINDING_LET_STAND, by=by, about=draft, rule=rule, version=draft.version, override=row.pk)
    return row


@transaction.atomic
def dismiss(draft: Statement, rule: str, field: str, at: int, *, by: User, seen_version: int) -> Override:
    """Whoever writes the statement sets aside what ``rule`` finds ``at`` a place of ``field``, in these very words.

    Only what its rule leaves to the author. Editing the words voids it. Raises ``Stale`` when the check finds nothing
    there, or somebody has dismissed it already.
    """
    draft = statement.lock(draft, by=by, seen_version=seen_version)
    require(
        draft.state == Statement.State.DRAFT,
        WrongState("This version waits for approval. Take it back, and dismiss the warning then."),
    )
    checked = guards.read(draft)
    places = {(one.finding.rule, one.field, one.at): one for one in checked.passages if not one.override}
    passage = places.get((rule, field, at))
    if passage is None:
        raise Stale(NOT_FOUND)
    finding = passage.finding
    require(passage.can_be_dismissed, NotAllowed(f"“{finding.name}” is not dismissed by a click. Change the words."))
    row = Override.objects.create(
        statement=draft,
        text_digest=checked.result.text_digest,
        rule=rule,
        start=finding.start,
        found=finding.text,
        kind=Override.Kind.AUTHOR,
        by=by,
        at=clock.now(),
    )
    log.write(Action.FINDING_DISMISSED, by=by, about=draft, rule=rule, version=draft.version, override=row.pk)
    return row


def _require_commander(draft: Statement, by: User) -> None:
    require(can_command(by, draft.incident), NotAllowed(f"{CALLED} That is {draft.incident.commander}."))


def require_somebody_else(submission: Submission, basis: str, *, by: User) -> None:
    """What takes two people was let stand by one, so the one who approves is another (PII). Alone there is nobody else."""
    if submission.statement is None or basis == Approval.Basis.SOLO:
        return
    standing = [
        *checking.let_stand(submission.statement),
        *(one for _, one in commitment_words.let_stand(submission.statement)),
    ]
    mine = [one for one in standing if one.kind == Override.Kind.TWO_PERSON and one.by_id == by.pk]
    require(
        not mine,
        NotAllowed("You let a finding stand that takes two people. Somebody else has to approve this."),
    )


def _release(draft: Statement, checked: Checked) -> str:
    """A safety warning goes out on the commander's reason in place of the facts (R119). The approver reads it."""
    require(
        draft.kind == Statement.Kind.WARNING and not checked.is_released,
        WrongState("Only a safety warning goes out before the facts are known, and once is enough."),
    )
    return Override.Kind.COMMANDER.value


def _in_commitment(found: Iterable[InCommitment], part: str, rule: str, start: int) -> tuple[Finding, str]:
    """What stops a commitment of the draft, and the digest of the words that it is bound to."""
    in_part = [one for one in found if one.part == part and one.passage.stops]
    finding = _may_stand([one.passage.finding for one in in_part], rule, start)
    return finding, draft_check.digest_of(in_part[0].words[: draft_check.LIMIT])


def _stopping(checked: Checked, rule: str, start: int) -> Finding:
    return _may_stand([one.finding for one in checked.stopping], rule, start)


def _may_stand(found: Iterable[Finding], rule: str, start: int) -> Finding:
    finding = next((one for one in found if (one.rule, one.start) == (rule, start)), None)
    if finding is None:
        raise Stale(NOT_FOUND)
    require(
        finding.override.value in passages.WITH_A_REASON,
        NotAllowed(f"Nobody can let “{finding.name}” stand. Change the words."),
    )
    return finding
