"""Who is told that a question that came in waits for its answer. The mails lead to a page; none of them answers.

Who asked and what they asked is read at the desk alone: a mail passes through other people's servers, and is forwarded.
"""

from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents.letters import Letter, at_desk, late_by, rough, signed
from incidents.models import Inquiry, Reminder
from incidents.permissions_map import can_read_map
from stakeholders import operations as stakeholders

Step = Reminder.Step


def inquiry(asked: Inquiry, step: str, now: datetime) -> None:
    """Half time and due: whoever does it for this group. Ten minutes over: the commander. An empty seat passes it on."""
    to = _reader(asked, step)
    if to is None:
        return
    over = now > asked.due_at
    standing = late_by(now - asked.due_at) if over else f"Due in {rough(asked.due_at - now)}"
    if now == asked.due_at:
        standing = "Due now"
    letter = Letter(
        subject=f"{standing}: a question that came in waits for an answer",  # a header: it names no group
        opening=f"{to.name.split()[0]}, somebody asked us a question, and no answer is noted.",
        rows=(
            ("Group", str(asked.plan.group)),
            ("Came in", moments.phrase(asked.received_at, to.zone)),
            ("Answer by", moments.phrase(asked.due_at, to.zone)),
        ),
        page=("Read the question, and note the answer", at_desk("desk:inquiry", asked.pk)),
        notes=("Who asked, what they asked and what we say stands there.", _after(step)),
        because="you command this incident." if step == Step.DUE_COMMANDER else "you answer for this group.",
        sender=signed(Organisation.current()),
    )
    stakeholders.queue(
        key=f"{inquiry_key(asked)}{step}:{to.pk}",
        kind="inquiry",
        to=to,
        **letter.message(),
        thread=stakeholders.message_id(inquiry_key(asked)),
    )


def inquiry_key(asked: Inquiry) -> str:
    return f"inquiry:{asked.pk}:"


def _reader(asked: Inquiry, step: str) -> User | None:
    """Whoever does it for the group, or else the communications lead; the commander last, or first when it is over."""
    incident = asked.plan.incident
    wanted = [asked.plan.owner, incident.communications_lead, incident.commander]
    if step == Step.DUE_COMMANDER:
        wanted.reverse()
    return next((one for one in wanted if one and one.reads_mail and can_read_map(one)), None)


def _after(step: str) -> str:
    return {
        Step.HALF: "If no answer is noted by then, you are told again, and 10 minutes later the commander.",
        Step.DUE: "In 10 minutes the commander is told.",
    }.get(Step(step), "Nobody else is told after you.")
