"""Who is told that a legal clock runs out, or has. The mails lead to the desk; nothing is filed from here, nor by a mail."""

from collections.abc import Sequence
from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents.letters import Letter, at_desk, late_by, rough, signed
from incidents.models import Incident, Reminder, ReportingClock
from incidents.permissions_map import can_read_map
from stakeholders import operations as stakeholders

Step = Reminder.Step
LOUD = (Step.DUE, Step.DAILY)  # from then on everybody who answers for the incident hears of it


def clock(legal: ReportingClock, reminder: Reminder, now: datetime) -> None:
    """Before it is due: whoever says whether it applies, else the commander. From then on both, and who leads communications."""
    readers = _readers(legal)
    for to in readers if reminder.step in LOUD else readers[:1]:
        stakeholders.queue(
            key=f"{clock_key(legal)}{reminder.about_due_at:%Y%m%dT%H%M%S}:{reminder.step}{reminder.nth}:{to.pk}",
            kind="clock",
            to=to,
            **_letter(legal, to, now).message(),
            thread=stakeholders.message_id(clock_key(legal)),
        )


def named(incident: Incident, clocks: Sequence[ReportingClock], to: User) -> None:
    """Somebody was named who is to say whether these apply, and is told at once."""
    first = clocks[0]
    if not to.reads_mail:
        return
    number = "a legal clock applies" if len(clocks) == 1 else f"{len(clocks)} legal clocks apply"
    letter = Letter(
        subject=f"You are to say whether {number}: {incident.agent.public_name}",
        opening=f"{to.name.split()[0]}, {first.named_by} asks you to say whether {number}.",
        quote="",
        rows=(*((legal.code, _due(legal, to)) for legal in clocks), ("Incident", incident.title)),
        page=("Open the clocks", at_desk("desk:clocks", incident.pk)),
        notes=("A starting point. Counsel must confirm; nothing is filed from here.",),
        because="you were named to say whether these reports are due.",
        sender=signed(Organisation.current()),
    )
    stakeholders.queue(
        key=f"clocks:{incident.pk}:named:{first.pk}v{first.version}:{to.pk}",
        kind="clock",
        to=to,
        **letter.message(),
        thread=stakeholders.message_id(f"clocks:{incident.pk}:named"),
    )


def _due(legal: ReportingClock, to: User) -> str:
    if legal.is_immediate:
        return "at once, the rule names no number"
    return moments.phrase(legal.due_at, to.zone) if legal.due_at else "not started"


def clock_key(legal: ReportingClock) -> str:
    return f"clock:{legal.pk}:"


def _readers(legal: ReportingClock) -> list[User]:
    incident = legal.incident
    wanted = (legal.assessed_by or legal.assessor, incident.commander, incident.communications_lead)
    found = dict.fromkeys(one for one in wanted if one and one.reads_mail and can_read_map(one))
    deputy = incident.agent.deputy
    return list(found) or ([deputy] if deputy and deputy.reads_mail and can_read_map(deputy) else [])


def _letter(legal: ReportingClock, to: User, now: datetime) -> Letter:
    incident, standing = legal.incident, _standing(legal, now)
    assessed = legal.state == ReportingClock.State.APPLIES
    opening = (
        "a report is due and is not noted as submitted."
        if assessed
        else "a report may be due. Nobody has said whether."
    )
    return Letter(
        subject=f"{standing}: {legal.code}, {incident.agent.public_name}",
        opening=f"{to.name.split()[0]}, {opening}",
        quote=f"{legal.rule.reference}: {legal.rule.length_words} from {legal.rule.start_words}.",
        rows=(
            ("Who reports", legal.rule.who),
            ("To whom", legal.rule.recipient),
            ("Due", _due(legal, to)),
            ("Incident", incident.title),
        ),
        page=(
            "Note that it was submitted" if assessed else "Say whether it applies",
            at_desk("desk:clock", legal.pk),
        ),
        notes=("A starting point. Counsel must confirm; nothing is filed from here.",),
        because="you answer for what is reported about this incident.",
        sender=signed(Organisation.current()),
    )


def _standing(legal: ReportingClock, now: datetime) -> str:
    if legal.due_at is None:
        return "Due now"
    return late_by(now - legal.due_at) if now >= legal.due_at else f"Due in {rough(legal.due_at - now)}"
