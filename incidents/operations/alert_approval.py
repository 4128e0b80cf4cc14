"""Who is told that what waits for approval is not decided yet (R79). The mails lead to a page; none of them decides."""

from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents import approvers, wording
from incidents.letters import Letter, at_desk, late_by, rough, signed
from incidents.mails_approval import MAY_APPROVE, OPENING_IS_FREE, subject_of
from incidents.models import Incident, Reminder, Submission
from incidents.permissions import approvers_of, can_read_drafts
from stakeholders import operations as stakeholders

Step = Reminder.Step


def approval(asked: Submission, step: str, now: datetime) -> None:
    """Half time: whoever is on and may approve it. The target: the agent's deputy. Ten minutes later: the commander.

    Public names belong to no incident, so their target is put to the approvers once more.
    """
    if step in (Step.HALF, Step.DUE):
        for person in approvers.asked(asked, now):
            _send(asked, step, person, now, because=MAY_APPROVE)
        return
    reader = _reader(asked, step)
    if reader:
        seat = "you are the agent’s deputy." if step == Step.TARGET_DEPUTY else "you command this incident."
        _send(asked, step, reader, now, because=seat)


def approval_key(asked: Submission) -> str:
    return f"approval:{asked.pk}:"


def incident_of(asked: Submission) -> Incident | None:
    if asked.statement:
        return asked.statement.incident
    return asked.change.commitment.incident if asked.change else None


def _reader(asked: Submission, step: str) -> User | None:
    """The seat that a step belongs to; when nobody reads there, the other one."""
    incident = incident_of(asked)
    if incident is None:
        return None
    deputy, commander = incident.agent.deputy, incident.commander
    wanted = (deputy, commander) if step == Step.TARGET_DEPUTY else (commander, deputy)
    return next((one for one in wanted if one and one.reads_mail and can_read_drafts(one)), None)


def _send(asked: Submission, step: str, to: User, now: datetime, *, because: str) -> None:
    assert asked.due_at is not None  # noqa: S101 - only what has a target has steps
    may = list(approvers_of(asked))
    over = now >= asked.due_at
    standing = late_by(now - asked.due_at) if over else f"Due in {rough(asked.due_at - now)}"
    able = to in may
    others = [person.name for person in may if person != to]
    letter = Letter(
        subject=f"{standing}: {subject_of(asked)} waits for approval",
        opening=f"{to.name.split()[0]}, {asked.submitted_by} asked {rough(now - asked.asked_at)} ago whether this may go "
        "out, and nobody has decided.",
        quote=asked.content["headline"] if asked.statement else subject_of(asked),
        rows=(
            ("Asked at", moments.phrase(asked.asked_at, to.zone)),
            ("Decide by", moments.phrase(asked.due_at, to.zone)),
            ("Can decide", _can_decide(able, wording.listed(others) if others else "")),
        ),
        page=(
            "Read it, then approve it or return it with a reason" if able else "See what waits and who can decide",
            at_desk("desk:submission", asked.pk),
        ),
        notes=(*(() if able else ("Call somebody who can. You cannot approve this yourself.",)), OPENING_IS_FREE),
        because=because,
        sender=signed(Organisation.current()),
    )
    stakeholders.queue(
        key=f"{approval_key(asked)}{step}:{to.pk}",
        kind="approval",
        to=to,
        **letter.message(),
        thread=stakeholders.message_id(approval_key(asked)),
    )


def _can_decide(able: bool, others: str) -> str:
    if able:
        return f"you, or {others}" if others else "only you"
    return others or "nobody. An administrator can give somebody the role approver"
