"""Who is told that what waits for approval is not decided yet (R79). The mails lead to a page; none of them decides."""

from collections.abc import Iterable
from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents import approvers, breaking, wording
from incidents.breaking import Breaks
from incidents.letters import Letter, at_desk, late_by, rough, signed
from incidents.mails_approval import MAY_APPROVE, OPENING_IS_FREE, owed, subject_of
from incidents.models import Incident, Reminder, Submission
from incidents.permissions import approvers_of, can_read_drafts
from stakeholders import operations as stakeholders

Step = Reminder.Step


def approval(asked: Submission, steps: Iterable[Reminder], now: datetime) -> None:
    """Half time: whoever is on and may approve it. The end of it: the agent's deputy. A little later: the commander.

    Public names belong to no incident, so the end of their time is put to the approvers once more. Who is meant by two
    steps that are due at once hears once. What waits again after it was approved for a time is told of anew.
    """
    to: dict[int, tuple[Reminder, User, str]] = {}
    for step in steps:
        for person, because in _readers(asked, step.step, now):
            to.setdefault(person.pk, (step, person, because))
    breaks = breaking.look_up(asked) if to else None
    for step, person, because in to.values():
        _send(asked, step, person, now, because=because, breaks=breaks)


def _readers(asked: Submission, step: str, now: datetime) -> list[tuple[User, str]]:
    if step in (Step.HALF, Step.DUE):
        return [(person, MAY_APPROVE) for person in approvers.asked(asked, now)]
    reader = _reader(asked, step)
    seat = "you are the agent’s deputy." if step == Step.TARGET_DEPUTY else "you command this incident."
    return [(reader, seat)] if reader else []


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


def _send(asked: Submission, step: Reminder, to: User, now: datetime, *, because: str, breaks: Breaks | None) -> None:
    assert asked.decide_by is not None  # noqa: S101 - only what is to be decided by a time has steps
    may = list(approvers_of(asked))
    able = to in may
    others = [person.name for person in may if person != to]
    letter = Letter(
        subject=f"{_standing(asked.decide_by, now, breaks)}: {subject_of(asked)} waits for approval",
        opening=f"{to.name.split()[0]}, {asked.submitted_by} asked {rough(now - asked.asked_at)} ago whether this may go "
        f"out, and {'it waits for a decision again' if step.nth else 'nobody has decided'}.",
        quote=asked.content["headline"] if asked.statement else subject_of(asked),
        rows=(
            ("Asked at", moments.phrase(asked.asked_at, to.zone)),
            ("Decide by", moments.phrase(asked.decide_by, to.zone)),
            *owed(breaks, to, now),
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
        key=f"{approval_key(asked)}{step.step}{step.nth}:{to.pk}",
        kind="approval",
        to=to,
        **letter.message(),
        thread=stakeholders.message_id(approval_key(asked)),
    )


def _standing(decide_by: datetime, now: datetime, breaks: Breaks | None) -> str:
    """What is broken already matters more than by when somebody was to decide."""
    if breaks and breaks.is_late(now):
        return breaks.standing(now)
    return late_by(now - decide_by) if now >= decide_by else f"Due in {rough(decide_by - now)}"


def _can_decide(able: bool, others: str) -> str:
    if able:
        return f"you, or {others}" if others else "only you"
    return others or "nobody. An administrator can give somebody the role approver"
