"""Emails about what was approved for a time and did not go out. They lead to a page; none of them decides anything."""

import moments
from accounts.models import Organisation, User
from incidents.letters import Letter, at_desk, signed
from incidents.mails_approval import subject_of
from incidents.models import ScheduledPublication
from stakeholders import operations as stakeholders


def returned(schedule: ScheduledPublication) -> None:
    """To its author and to whoever consented: nothing is public, and why."""
    for person in {schedule.submission.submitted_by, schedule.approver}:
        opening = "this was approved for a time and has not gone out. It waits in the queue again, and nothing of it is public."
        _queue("schedule_returned", schedule, person, "Not published", opening)


def cancelled(schedule: ScheduledPublication) -> None:
    """To whoever consented."""
    opening = f"{schedule.settled_by} cancelled what you had approved for a time. Nothing of it is public."
    _queue("schedule_cancelled", schedule, schedule.approver, "Cancelled", opening)


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
