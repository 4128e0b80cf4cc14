"""Commitments: drafted with a statement, published with it, owned by somebody, missed by the clock."""

from datetime import datetime
from typing import Any

from django.db import transaction

import clock
import crash
from accounts import log
from accounts.chain import instant
from accounts.models import User, system_user
from incidents import permissions
from incidents.actions import Action
from incidents.models import Commitment, RecordEntry, RecordHead, Statement
from incidents.models.commitment import OWNER_LIMIT, TEXT_LIMIT
from incidents.operations import notice, record, reminder, timeline, warning
from incidents.operations import statement as statements
from incidents.operations.guards import too_long
from incidents.wording import tidy
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing
from stakeholders import operations as stakeholders

State = Commitment.State
UNSETTLED = reminder.UNSETTLED
LINKS = "commitment"  # the purpose of the links in a commitment's mails; their subject is its public id

# What a commitment must say (R22), and the sentence when it does not.
PARTS = {
    "text": "Say what will be done.",
    "public_owner": "Say who owns it, as the public will read it.",
    "verification": "Say how somebody outside can check that it was done.",
}

LIMITS = {"text": TEXT_LIMIT, "public_owner": OWNER_LIMIT, "verification": TEXT_LIMIT}


# Drafting


@transaction.atomic
def draft(
    statement: Statement,
    *,
    by: User,
    seen_version: int,
    text: str,
    public_owner: str,
    owner: User,
    due_at: datetime,
    verification: str,
) -> Commitment:
    """Add a commitment to the statement that will publish it. Counts as an edit of the statement."""
    statement = statements.lock(statement, by=by, seen_version=seen_version)
    require(statement.kind != Statement.Kind.WARNING, WrongState(f"{warning.NO_COMMITMENT}."))
    made = Commitment(
        incident=statement.incident,
        statement=statement,
        text=tidy(text),
        public_owner=tidy(public_owner),
        owner=owner,
        due_at=due_at,
        verification=tidy(verification),
    )
    _require_complete(made)
    made.save(force_insert=True)
    statements.touch(statement, by=by, seen_version=seen_version)
    log.write(Action.COMMITMENT_DRAFTED, by=by, about=made, statement=statement.pk)
    return made


@transaction.atomic
def redraft(commitment: Commitment, *, by: User, seen_version: int, **fields: Any) -> Commitment:
    """Change a draft. ``fields`` are those of ``draft``."""
    statement = statements.lock(commitment.statement, by=by, seen_version=seen_version)
    made = _draft(commitment)
    unknown = set(fields) - {"text", "public_owner", "owner", "due_at", "verification"}
    if unknown:
        raise TypeError(f"not fields of a draft: {sorted(unknown)}")
    for name, value in fields.items():
        setattr(made, name, tidy(value) if isinstance(value, str) else value)
    _require_complete(made)
    made.save()
    statements.touch(statement, by=by, seen_version=seen_version)
    log.write(Action.COMMITMENT_DRAFTED, by=by, about=made, fields=sorted(fields))
    return made


@transaction.atomic
def drop(commitment: Commitment, *, by: User, seen_version: int) -> Commitment:
    """Take a draft out of its statement. Nobody outside has seen it."""
    statement = statements.lock(commitment.statement, by=by, seen_version=seen_version)
    made = _draft(commitment)
    made.state = State.DROPPED
    made.save(update_fields=["state"])
    statements.touch(statement, by=by, seen_version=seen_version)
    log.write(Action.COMMITMENT_DROPPED, by=by, about=made)
    return made


def _draft(commitment: Commitment) -> Commitment:
    made = Commitment.objects.select_for_update(of=("self",), no_key=True).get(pk=commitment.pk)
    require(made.state == State.DRAFT, WrongState(f"{made} is no longer a draft."))
    return made


def _require_complete(made: Commitment) -> None:
    require_nothing_missing("This commitment cannot be checked yet.", missing(made, now=clock.now()))


def missing(made: Commitment, *, now: datetime) -> list[Missing]:
    """What keeps a draft from being published (R22): a part left out, an owner who is gone, a deadline behind us."""
    view, args = ("desk:commitment_draft", (made.pk,)) if made.pk else ("", ())
    found = [Missing(said, view, args, f"id_{part}") for part, said in PARTS.items() if not getattr(made, part)]
    found += [
        Missing(said, view, args, f"id_{part}")
        for part, said in too_long({part: getattr(made, part) for part in PARTS}, LIMITS)
    ]
    if not made.owner.is_active:
        found.append(Missing(f"{made.owner} no longer works here. Choose another owner.", view, args, "id_owner"))
    if made.due_at <= now:
        found.append(Missing("The deadline has passed. Give one that lies ahead.", view, args, "id_due_at"))
    return found


# Publishing


@transaction.atomic
def publish_drafts(statement: Statement, entry: RecordEntry, *, by: User) -> list[Commitment]:
    """Open the commitments that ``entry`` makes, under the numbers it gives them, and plan their reminders."""
    numbers = {made["id"]: made["number"] for made in entry.body.get("commitments", ())}
    drafts = statement.commitments.select_for_update(of=("self",), no_key=True).filter(
        state=State.DRAFT, public_id__in=numbers
    )
    opened = list(drafts.select_related("owner", "incident").order_by("pk"))
    for made in opened:
        made.state, made.made_in, made.number = State.OPEN, entry, numbers[made.public_id]
        made.first_due_at = made.due_at
        made.save()
        reminder.plan_commitment(made)
    if opened:
        RecordHead.objects.filter(pk=1, commitment_number__lt=max(numbers.values())).update(
            commitment_number=max(numbers.values())
        )
    return opened


# Owning


@transaction.atomic
def reassign(commitment: Commitment, to: User, *, by: User, reason: str) -> Commitment:
    """Give it to another owner, who is told at once; why stands on the timeline. The links of the owner before are void."""
    made = locked(commitment)
    require(permissions.can_reassign(by, made), NotAllowed(permissions.reassign_refusal(made)))
    require(made.state in UNSETTLED, WrongState(f"{made} is settled. Its owner stays who it was."))
    problems = []
    if to == made.owner:
        problems.append(Missing(f"{to} owns it already. Choose somebody else.", anchor="id_owner"))
    elif not to.is_active:
        problems.append(Missing(f"{to} no longer works here. Choose somebody who does.", anchor="id_owner"))
    if not reason.strip():
        problems.append(Missing("Say why it changes hands.", anchor="id_reason"))
    require_nothing_missing(f"{made} keeps its owner.", problems)
    before, made.owner = made.owner, to
    made.disowned_at, made.disowned_reason = None, ""
    made.save()
    stakeholders.void_links(LINKS, made.public_id)
    stakeholders.supersede(notice.key(made), f"{made} has another owner.")
    notice.new_owner(made)
    line, done = f"{made} passed from {before} to {to}: {reason.strip()}", Action.COMMITMENT_REASSIGNED
    timeline.enter(made.incident, line, done, by=by, about=made, before=before.pk, after=to.pk)
    return made


@transaction.atomic
def disown(commitment: Commitment, *, by: User, reason: str) -> Commitment:
    """The owner says that it is not theirs. It stays with them until somebody gives it to another; those are told."""
    made = locked(commitment)
    require(permissions.can_disown(by, made), NotAllowed(permissions.disown_refusal(made)))
    require(made.state in UNSETTLED, WrongState(f"{made} is settled. There is nothing left to hand on."))
    said = [] if reason.strip() else [Missing("Say whose it is, or why it is not yours.", anchor="id_reason")]
    require_nothing_missing(f"{made} stays with you.", said)
    made.disowned_at, made.disowned_reason = clock.now(), reason.strip()
    made.save(update_fields=["disowned_at", "disowned_reason"])
    stakeholders.void_links(LINKS, made.public_id)
    notice.disowned(made)
    log.write(Action.COMMITMENT_DISOWNED, by=by, about=made)
    return made


def locked(commitment: Commitment) -> Commitment:
    """The commitment as it is now, locked, with the people around it."""
    return Commitment.objects.with_people().select_for_update(of=("self",), no_key=True).get(pk=commitment.pk)


# Missing


@transaction.atomic
def miss(commitment: Commitment) -> bool:
    """The clock's own act (R25): past due, and nobody has reported it done. Twice changes nothing."""
    now = clock.now()
    rows = Commitment.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).overdue(now)
    due = rows.filter(pk=commitment.pk).first()
    if due is None:
        return False
    enter_missed(due, at=now)
    crash.point("commitment.missed")
    return True


def enter_missed(made: Commitment, *, at: datetime) -> None:
    """In the caller's transaction, on the locked row. Missed is missed: only late, or never, comes after it."""
    machine = system_user()
    made.state, made.settled_at = State.MISSED, at
    made.save(update_fields=["state", "settled_at"])
    enter(RecordEntry.Kind.MISSED, made, at=at, by=machine)
    log.write(Action.COMMITMENT_MISSED, by=machine, about=made)


def enter(kind: RecordEntry.Kind, made: Commitment, *, at: datetime, by: User, **more: Any) -> RecordEntry:
    """A public entry about ``made`` that has no words of its own."""
    body = {"incident": made.incident.public_id, "commitment": made.public_id, "due_at": instant(made.due_at), **more}
    return record.enter(kind, at=at, by=by, incident=made.incident, commitment=made, body=body)
