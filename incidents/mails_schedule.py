"""Emails about what was approved for a time and did not go out. They lead to a page; none of them decides anything."""

from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents.letters import Letter, at_desk, signed
from incidents.mails_approval import subject_of
from incidents.models import Incident, ScheduledPublication
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing

TOO_OLD = "schedule_too_old"


def returned(schedule: ScheduledPublication) -> None:
    """To its author and to whoever consented: nothing is public, and why."""
    for person in {schedule.submission.submitted_by, schedule.approver}:
        opening = "this was approved for a time and has not gone out. It waits in the queue again, and nothing of it is public."
        _queue("schedule_returned", schedule, person, "Not published", opening)


def cancelled(schedule: ScheduledPublication) -> None:
    """To whoever consented."""
    opening = f"{schedule.settled_by} cancelled what you had approved for a time. Nothing of it is public."
    _queue("schedule_cancelled", schedule, schedule.approver, "Cancelled", opening)


def too_old(schedule: ScheduledPublication, incident: Incident, state_now_at: datetime | None) -> None:
    """To its author and to whoever consented, ahead of its time: what has to be entered, or it comes back."""
    about, until = subject_of(schedule.submission), schedule.publish_at
    for person in {schedule.submission.submitted_by, schedule.approver}:
        newest = f" The last one is of {moments.phrase(state_now_at, person.zone)}." if state_now_at else ""
        letter = Letter(
            subject=f"Enter how it stands now, or this does not go out: {about}",
            opening=f"{person.name.split()[0]}, this is approved for {moments.phrase(until, person.zone)}. By then nothing says "
            f"how it stands that is less than an hour old.{newest} If nobody enters it before, it comes back to the queue.",
            rows=(("What", about), ("Approved for", moments.phrase(until, person.zone))),
            page=("Enter how it stands now", at_desk("desk:fact_new", incident.pk)),
            because="you submitted it." if person == schedule.submission.submitted_by else "you approved it.",
            sender=signed(Organisation.current()),
        )
        key = f"{TOO_OLD}:{schedule.pk}:{person.pk}"
        stakeholders.queue(key=key, kind=TOO_OLD, to=person, **letter.message())


def was_warned(schedule: ScheduledPublication) -> bool:
    return Outgoing.objects.filter(key=f"{TOO_OLD}:{schedule.pk}:{schedule.approver_id}").exists()


def _queue(name: str, schedule: ScheduledPublication, person: User, said: str, opening: str) -> None:
    submission = schedule.submission
    about = subject_of(submission)
    letter = Letter(
        subject=f"{said}: {about}",
        opening=f"{person.name.split()[0]}, {opening}",
        quote=schedule.reason,
        rows=(("What", about), ("Approved for", moments.phrase(schedule.publish_at, person.zone))),
        page=("See it in the queue", at_desk("desk:submission", submission.pk)),
        because="you submitted it." if person == submission.submitted_by else "you approved it.",
        sender=signed(Organisation.current()),
    )
    stakeholders.queue(key=f"{name}:{schedule.pk}:{person.pk}", kind=name, to=person, **letter.message())
