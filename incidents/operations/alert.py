"""Who is told that a promised update comes near or is late, and that containment waits to be looked at.

These are for people who respond, so they come at any hour. They lead to the desk; none of them acts by itself.
"""

from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents.letters import Letter, at_desk, late_by, rough, signed
from incidents.models import ContainmentAction, Promise, Reminder
from stakeholders import operations as stakeholders

Step = Reminder.Step


def promise(due: Promise, reminder: Reminder, now: datetime) -> None:
    """Half time and due: the communications lead. Five minutes over: the deputy. Ten: the commander (R13)."""
    incident = due.incident
    to = _reader(due, reminder.step)
    if to is None:
        return
    over = now > due.due_at
    standing = late_by(now - due.due_at) if over else f"Due in {rough(due.due_at - now)}"
    _send(
        f"{promise_key(due)}{reminder.step}:{to.pk}",
        "promise",
        to,
        Letter(
            subject=f"{standing}: the promised update about {incident.agent.public_name}",
            opening=f"{to.name.split()[0]}, an update was promised to the public "
            + ("and has not come." if over else "and is not published yet."),
            quote=f"We will publish the next update by {moments.phrase(due.due_at, 'UTC')}.",
            rows=(
                ("Promised in", f"entry {due.made_in_id} of the public record"),
                ("By", moments.phrase(due.due_at, to.zone)),
                ("Incident", incident.title),
                ("Now", "missed for good, and the public page says so" if over else standing.lower()),
            ),
            page=("Write the update", at_desk("desk:incident", incident.pk)),
            notes=(_after(reminder.step),),
            because=_because(reminder.step),
            sender=signed(Organisation.current()),
        ),
        thread=promise_key(due),
    )


def promise_key(due: Promise) -> str:
    return f"promise:{due.pk}:"


def _reader(due: Promise, step: str) -> User | None:
    """The seat that a step belongs to; when it is empty, the next one that is taken."""
    incident = due.incident
    lead, deputy, commander = incident.communications_lead, incident.agent.deputy, incident.commander
    wanted: tuple[User | None, ...] = (lead, deputy, commander)
    if step == Step.DUE_DEPUTY:
        wanted = (deputy, commander, lead)
    elif step == Step.DUE_COMMANDER:
        wanted = (commander, deputy, lead)
    return next((person for person in wanted if person and person.reads_mail), None)


def _after(step: str) -> str:
    return {
        Step.HALF: "If it is not published by then, the public page says by itself that it is overdue.",
        Step.DUE: "In 5 minutes the agent’s deputy is told, in 10 the commander.",
        Step.DUE_DEPUTY: "In 5 minutes the commander is told.",
    }.get(Step(step), "Nobody else is told after you.")


def _because(step: str) -> str:
    if step == Step.DUE_COMMANDER:
        return "you command this incident."
    return (
        "you are the agent’s deputy." if step == Step.DUE_DEPUTY else "you answer for what is said about this incident."
    )


def containment(action: ContainmentAction, reminder: Reminder, now: datetime) -> None:
    """Ask whoever decided whether it still has to be in force (R86)."""
    to = action.decider if action.decider.reads_mail else action.incident.commander
    if to is None or not to.reads_mail:
        return
    _send(
        f"containment:{action.pk}:{reminder.about_due_at:%Y%m%dT%H%M%S}:{to.pk}",
        "containment",
        to,
        Letter(
            subject=f"Time to review: {action.get_scope_display().lower()} stopped. {action.text}",
            opening=f"{to.name.split()[0]}, you said that you would look at this again now.",
            quote=action.text,
            rows=(
                ("Stopped", action.get_scope_display()),
                ("Since", moments.phrase(action.done_at or action.planned_at, to.zone)),
                ("Ends when", action.ends_when),
                ("Incident", action.incident.title),
            ),
            page=("End it, or say when you look again", at_desk("desk:containment", action.pk)),
            because="you decided about this containment.",
            sender=signed(Organisation.current()),
        ),
        thread=f"containment:{action.pk}",
    )


def _send(key: str, kind: str, to: User, letter: Letter, *, thread: str) -> None:
    stakeholders.queue(
        key=key,
        kind=kind,
        to=to,
        **letter.message(),
        thread=stakeholders.message_id(thread),
    )
