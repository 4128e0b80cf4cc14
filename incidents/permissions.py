"""Who may do what to an incident and to everything that hangs on it.

One predicate per verb, ``can_<verb>(user, about)``, and beside it the sentence that says who may, ``<verb>_refusal``.
Operations ask them again, whatever a page has shown. People who only read are executives and observers.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import FrozenQuerySet, Role, User
from accounts.models.person import UserQuerySet
from accounts.permissions import may_act_alone
from incidents.models import (
    Approval,
    Commitment,
    Evidence,
    Fact,
    Handover,
    Incident,
    RecordEntry,
    RoleHeld,
    Statement,
    StatementVersion,
    Submission,
)
from stakeholders.permissions import DECIDERS

WORKING = DECIDERS
FACT_FINDERS = (Role.COMMANDER, Role.TECHNICAL_LEAD, Role.COMMUNICATIONS_LEAD, Role.RESPONDER)
CONTAINERS = (Role.COMMANDER, Role.TECHNICAL_LEAD, Role.RESPONDER)
WRITERS = (Role.COMMUNICATIONS_LEAD, Role.COMMANDER)
APPROVERS = (Role.APPROVER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD)
VERIFIERS = (Role.APPROVER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD, Role.TECHNICAL_LEAD)
LOG_READERS = (Role.ADMINISTRATOR, Role.COMMANDER, Role.APPROVER)

# Which roles of a person open which seat of an incident. Command is handed over or taken over, never just taken.
SEATS = {
    RoleHeld.Role.COMMUNICATIONS_LEAD: (Role.COMMUNICATIONS_LEAD,),
    RoleHeld.Role.TECHNICAL_LEAD: (Role.TECHNICAL_LEAD,),
    RoleHeld.Role.SCRIBE: (Role.RESPONDER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD, Role.TECHNICAL_LEAD),
}


# The incident


def can_work(user: User) -> bool:
    """Whether this person does anything at the desk but read."""
    return user.has_role(*WORKING)


def work_refusal() -> str:
    return "Executives and observers read incidents. Anybody with another role may change them."


def can_read_drafts(user: User) -> bool:
    """Whether this person sees what is written for the public before the public does."""
    return can_work(user)


def read_drafts_refusal() -> str:
    return "What is not public yet is read by everybody but executives and observers. You see it when it is published."


def can_declare(user: User) -> bool:
    return can_work(user)


def declare_refusal() -> str:
    return "Anybody may declare an incident but executives and observers. Tell somebody in People who can."


def is_commander(user: User, incident: Incident) -> bool:
    """Whether this person commands this incident now. Looked up afresh, since command may just have changed hands."""
    return user.is_active and incident.commander == user


def can_command(user: User, incident: Incident) -> bool:
    """Describe, open, contain, recover, dismiss, name people, hand over."""
    return is_commander(user, incident)


def command_refusal(incident: Incident) -> str:
    return f"Only the commander of this incident may do that: {incident.commander}."


def can_reopen(user: User, incident: Incident) -> bool:
    return is_commander(user, incident) or user.has_role(Role.COMMANDER)


def reopen_refusal(incident: Incident) -> str:
    return f"The commander of this incident, {incident.commander}, or anybody with the role incident commander may reopen it."


def can_take_over(user: User, incident: Incident) -> bool:
    return user.has_role(Role.COMMANDER) and not is_commander(user, incident)


def take_over_refusal(incident: Incident) -> str:
    return f"Anybody else with the role incident commander may take over from {incident.commander}."


def can_hold_command(user: User) -> bool:
    """Whoever may declare an incident may command it: declaring makes one the commander."""
    return can_declare(user)


def hold_command_refusal(user: User) -> str:
    return f"{user} cannot command an incident: that takes an active person who does more here than read."


def can_answer_handover(user: User, handover: Handover) -> bool:
    return user.is_active and handover.offered_to == user


def answer_handover_refusal(handover: Handover) -> str:
    return f"Command was offered to {handover.offered_to}, who alone may accept or decline it."


def can_take_role(user: User, role: str) -> bool:
    """Whether this person may sit down in ``role`` without being asked."""
    return user.has_role(*SEATS.get(RoleHeld.Role(role), ()))


def take_role_refusal(incident: Incident, role: str) -> str:
    if role == RoleHeld.Role.COMMANDER:
        return (
            f"Command is not taken like a seat. {incident.commander} may hand it over; another commander may take over."
        )
    roles = [Role(name).label.lower() for name in SEATS.get(RoleHeld.Role(role), ())]
    return (
        f"To take the seat {RoleHeld.Role(role).label.lower()} a person needs the role {_or(roles)}. "
        f"The commander, {incident.commander}, may name anybody who works at the desk."
    )


def can_be_named(user: User) -> bool:
    return can_work(user)


def be_named_refusal(user: User) -> str:
    return f"{user} cannot take a seat: that takes an active person who does more here than read."


def can_give_up_role(user: User, held: RoleHeld) -> bool:
    return user.is_active and (held.user == user or is_commander(user, held.incident))


def give_up_role_refusal(held: RoleHeld) -> str:
    return f"Only {held.user} or the commander may free this seat."


def can_note(user: User, incident: Incident) -> bool:
    return can_work(user)


def note_refusal() -> str:
    return work_refusal()


# Facts and containment


def can_report_fact(user: User, incident: Incident) -> bool:
    """Report, change and retract."""
    return user.has_role(*FACT_FINDERS)


def report_fact_refusal() -> str:
    return (
        "Facts are reported, changed and retracted by commanders, technical leads, communications leads and responders."
    )


def can_confirm_fact(user: User, fact: Fact) -> bool:
    """Somebody other than the reporter, unless one person works alone (R116)."""
    return user.has_role(*FACT_FINDERS) and (fact.reported_by != user or may_act_alone(user, FACT_FINDERS))


def confirm_fact_refusal(fact: Fact) -> str:
    return (
        f"A fact is confirmed by a commander, technical lead, communications lead or responder other than "
        f"{fact.reported_by}, who reported it."
    )


def can_act_on_containment(user: User, incident: Incident) -> bool:
    """Plan, carry out, prolong, end, and say that it did not hold."""
    return user.has_role(*CONTAINERS)


def act_on_containment_refusal() -> str:
    return "Containment is decided by commanders, technical leads and responders."


def can_rule_out(user: User, incident: Incident) -> bool:
    """That something cannot be stopped is the commander's own word."""
    return is_commander(user, incident)


def rule_out_refusal(incident: Incident) -> str:
    return f"Only the commander, {incident.commander}, may decide that something cannot be stopped."


# Statements and approvals


def can_write_statement(user: User, incident: Incident | None = None) -> bool:
    """Begin, edit, discard and submit; also draft the commitments that a statement makes."""
    return user.has_role(*WRITERS)


def write_statement_refusal() -> str:
    return "Statements are written by communications leads and commanders."


def writing_since_publication(incident: Incident | OuterRef) -> FrozenQuerySet[StatementVersion]:
    """Of this incident the versions of the words that come next: see ``writing_not_published``."""
    return writing_not_published().filter(Q(statement__incident=incident))


def writing_not_published() -> FrozenQuerySet[StatementVersion]:
    """Of every incident, what nobody has published yet: of what waits for approval every version, whatever is published beside
    it, which makes nobody less an author (R116). Of what else is written, the versions saved since its last publication.
    """
    later = RecordEntry.objects.publications().filter(
        incident=OuterRef("statement__incident"), at__gt=OuterRef("saved_at")
    )
    waits = Q(statement__state=Statement.State.SUBMITTED)
    return StatementVersion.objects.filter(waits | ~Exists(later)).exclude(statement__state=Statement.State.PUBLISHED)


def is_author(user: User, submission: Submission) -> bool:
    """Whether this person wrote any of what the submission asks about, or of what is written beside it."""
    if submission.statement:
        return writing_since_publication(submission.statement.incident).filter(saved_by=user).exists()
    return bool(submission.subject.proposed_by == user)


def can_approve(user: User, submission: Submission) -> bool:
    """A second pair of eyes (R116). Being an administrator is not enough."""
    return user.has_role(*APPROVERS) and not is_author(user, submission)


def approve_refusal(user: User, submission: Submission) -> str:
    if not user.has_role(*APPROVERS):
        return "Only an approver, a commander or a communications lead may approve what the public will read."
    return (
        "You wrote part of this, or of what is written beside it and not published yet. "
        "An approver, commander or communications lead who did not may approve it."
    )


def approvers_of(submission: Submission) -> UserQuerySet:
    """Everybody active who could approve this, for the second seat and for the email that asks."""
    if submission.statement:
        authors = writing_since_publication(submission.statement.incident).values("saved_by")
        return User.objects.with_role(*APPROVERS).exclude(pk__in=authors)
    return User.objects.with_role(*APPROVERS).exclude(pk=submission.subject.proposed_by_id)


def can_send_back(user: User, submission: Submission) -> bool:
    return can_approve(user, submission)


def can_take_back(user: User, submission: Submission) -> bool:
    """Whoever submitted it, and whoever may write in its place."""
    return user.is_active and (submission.submitted_by == user or can_write_statement(user))


def take_back_refusal(submission: Submission) -> str:
    return f"{submission.submitted_by}, who submitted it, or a communications lead or commander may take it back."


def can_approve_in_emergency(user: User, submission: Submission) -> bool:
    """The incident's commander, author or not. The operation asks for a reason and plans the review."""
    return submission.statement is not None and is_commander(user, submission.statement.incident)


def approve_in_emergency_refusal(submission: Submission) -> str:
    if not submission.statement:
        return "Only statements can be published in an emergency."
    return (
        f"Only the commander of this incident, {submission.statement.incident.commander}, may publish in an emergency."
    )


def can_approve_alone(user: User, submission: Submission) -> bool:
    """Only while solo is in effect, and nobody else is there who may approve."""
    return user.has_role(*APPROVERS) and may_act_alone(user, APPROVERS)


def approve_alone_refusal() -> str:
    return "Publishing alone is refused while somebody else may approve, or while nobody has declared to work alone."


def can_review(user: User, approval: Approval) -> bool:
    """The look after an emergency publication."""
    return reviewers_of(approval).filter(pk=user.pk).exists()


def reviewers_of(approval: Approval) -> UserQuerySet:
    """Everybody active who could review this emergency publication."""
    wrote = StatementVersion.objects.filter(statement__submissions__approval=approval)
    return able_to_review(wrote, approval.approved_by_id)


def able_to_review(wrote: FrozenQuerySet[StatementVersion], published_by: Any) -> UserQuerySet:
    """Anybody who may approve, and neither published nor wrote any of it: not even the first of the versions ``wrote``."""
    return User.objects.with_role(*APPROVERS).exclude(pk=published_by).exclude(pk__in=wrote.values("saved_by"))


def review_refusal(approval: Approval) -> str:
    return (
        f"The review is done by an approver, commander or communications lead other than {approval.approved_by}, "
        "who wrote no part of it."
    )


# Commitments


def can_draft_commitment(user: User, incident: Incident | None = None) -> bool:
    return can_write_statement(user, incident)


def draft_commitment_refusal() -> str:
    return "Commitments are drafted with the statement, by communications leads and commanders."


def can_report_done(user: User, commitment: Commitment) -> bool:
    """The owner, or the commander of its incident when the owner is away."""
    return user.is_active and (commitment.owner == user or is_commander(user, commitment.incident))


def report_done_refusal(commitment: Commitment) -> str:
    return f"{commitment.owner}, who owns {commitment}, or the commander of the incident reports it done."


def can_verify(user: User, evidence: Evidence) -> bool:
    """Not the owner and not who reported it (R25, R116), unless one person works alone."""
    return user.has_role(*VERIFIERS) and (not is_involved(user, evidence) or may_act_alone(user, VERIFIERS))


def is_involved(user: User, evidence: Evidence) -> bool:
    """Whether this person owns what was reported done, owned it then, or reported it."""
    return user.pk in (evidence.owner_id, evidence.submitted_by_id, evidence.commitment.owner_id)


def verify_refusal(evidence: Evidence) -> str:
    return (
        f"It is verified by an approver, commander, communications lead or technical lead, but not by {evidence.owner}, "
        f"who owns it, nor by {evidence.submitted_by}, who reported it."
    )


def can_change_commitment(user: User, commitment: Commitment) -> bool:
    """Propose an amendment, a withdrawal or an explanation. A second person approves the words."""
    return can_report_done(user, commitment) or can_write_statement(user, commitment.incident)


def change_commitment_refusal(commitment: Commitment) -> str:
    return f"{commitment.owner}, who owns {commitment}, communications leads and commanders may propose a change."


def can_reassign(user: User, commitment: Commitment) -> bool:
    return can_change_commitment(user, commitment)


def reassign_refusal(commitment: Commitment) -> str:
    return f"{commitment.owner}, who owns {commitment}, communications leads and commanders may name another owner."


def can_disown(user: User, commitment: Commitment) -> bool:
    return user.is_active and commitment.owner == user


def disown_refusal(commitment: Commitment) -> str:
    return f"Only {commitment.owner}, who owns {commitment}, can say that it is not theirs."


# Reading


def can_read_log(user: User) -> bool:
    return user.has_role(*LOG_READERS)


def read_log_refusal() -> str:
    return "The log is read by administrators, commanders and approvers."


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
