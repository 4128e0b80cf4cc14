"""Who is told that what one person published in an emergency waits for its review, and that nobody can do it.

Whoever may review it is asked at once (``mails_approval.review_due``), at half time and when it is due. When it is due the
agent's deputy and the commander hear as well, and where nobody can review it they hear from the beginning.
"""

from datetime import datetime

import moments
from accounts.models import Organisation, User
from incidents import wording
from incidents.letters import Letter, at_desk, rough, signed
from incidents.models import EmergencyReview, Reminder
from incidents.permissions import can_read_drafts, reviewers_of
from stakeholders import operations as stakeholders

PUBLISHED = "published"


def published(wanted: EmergencyReview) -> None:
    """It is out. Where no reviewer can be reached, those who can do something about it hear now, not in an hour."""
    reviewers = list(reviewers_of(wanted.approval))
    if not _reached(reviewers):
        _tell_seats(wanted, PUBLISHED, wanted.approval.approved_at, reviewers)


def review(wanted: EmergencyReview, step: str, now: datetime) -> None:
    """Half time: whoever may review it. Due: they, the agent's deputy and the commander; these always where nobody can."""
    reviewers = list(reviewers_of(wanted.approval))
    for to in reviewers:
        _send(wanted, step, to, _asks(wanted, to, now))
    if step == Reminder.Step.DUE or not _reached(reviewers):
        _tell_seats(wanted, step, now, reviewers)


def review_key(wanted: EmergencyReview) -> str:
    return f"review:{wanted.pk}:"


def _reached(reviewers: list[User]) -> bool:
    return any(person.reads_mail for person in reviewers)


def _tell_seats(wanted: EmergencyReview, step: str, now: datetime, reviewers: list[User]) -> None:
    incident = wanted.approval.incident
    assert incident is not None  # noqa: S101 - only statements go out in an emergency; the database holds it to that
    seats = {incident.commander: "you command this incident.", incident.agent.deputy: "you are the agent’s deputy."}
    for person, because in seats.items():
        if person and person.reads_mail and can_read_drafts(person) and person not in reviewers:
            _send(wanted, step, person, _asks_for_somebody(wanted, person, now, reviewers, because))


def _asks(wanted: EmergencyReview, to: User, now: datetime) -> Letter:
    return Letter(
        subject=f"{_standing(wanted, now)}: published in an emergency. {wanted.approval.headline}",
        opening=f"{to.name.split()[0]}, one person published this in an emergency. A second one has to read it.",
        quote=wanted.approval.headline,
        rows=_rows(wanted, to),
        page=("Read and review it", at_desk("desk:review", wanted.approval_id)),
        notes=("Until then the public page says that it was published by one person and is under review.",),
        because="you may approve what the public reads.",
        sender=signed(Organisation.current()),
    )


def _asks_for_somebody(wanted: EmergencyReview, to: User, now: datetime, reviewers: list[User], because: str) -> Letter:
    """To who cannot review it, and can find somebody."""
    nobody = not reviewers
    standing = "Nobody can review it" if nobody and now < wanted.due_at else _standing(wanted, now)
    able = wording.listed([person.name for person in reviewers]) if reviewers else "nobody here"
    return Letter(
        subject=f"{standing}: published in an emergency. {wanted.approval.headline}",
        opening=f"{to.name.split()[0]}, one person published this in an emergency, and nobody has reviewed it.",
        quote=wanted.approval.headline,
        rows=(*_rows(wanted, to), ("Can review", able)),
        page=("See it, and who can review it", at_desk("desk:review", wanted.approval_id)),
        notes=(whom_to_ask(reviewers), "You cannot review it yourself."),
        because=because,
        sender=signed(Organisation.current()),
    )


def whom_to_ask(reviewers: list[User]) -> str:
    """What somebody does who wants it reviewed and may not do it."""
    if not reviewers:
        return (
            "Ask an administrator to give the role approver to somebody who wrote no part of it, or to invite somebody."
        )
    names = wording.listed([person.name for person in reviewers])
    return f"Call {names}." if _reached(reviewers) else f"Call {names}: no mail arrives there."


def _standing(wanted: EmergencyReview, now: datetime) -> str:
    return "Review overdue" if now >= wanted.due_at else f"Review due in {rough(wanted.due_at - now)}"


def _rows(wanted: EmergencyReview, to: User) -> tuple[tuple[str, str], ...]:
    approval = wanted.approval
    return (
        ("Published by", approval.approved_by.name),
        ("At", moments.phrase(approval.approved_at, to.zone)),
        ("Why", approval.reason),
        ("Review by", moments.phrase(wanted.due_at, to.zone)),
    )


def _send(wanted: EmergencyReview, step: str, to: User, letter: Letter) -> None:
    thread = review_key(wanted)
    key = f"{thread}{step}:{to.pk}"
    stakeholders.queue(key=key, kind="review", to=to, **letter.message(), thread=stakeholders.message_id(thread))
