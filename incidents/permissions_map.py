"""Who may decide for the groups of an incident, and who agrees that one of them is not told."""

from accounts.models import User
from accounts.permissions import may_act_alone
from incidents.models import Incident, StakeholderPlan
from incidents.permissions import APPROVERS, WRITERS, can_read_drafts, can_work, is_commander


def can_read_map(user: User) -> bool:
    """The map is never public, and inside it is read by whoever works at the desk."""
    return can_read_drafts(user)


def read_map_refusal() -> str:
    return "Who is told and who is not is read by everybody but executives and observers."


def can_decide_for_groups(user: User, incident: Incident) -> bool:
    return user.has_role(*WRITERS) or is_commander(user, incident)


def decide_for_groups_refusal(incident: Incident) -> str:
    return f"Communications leads and commanders decide who is told, among them {incident.commander}."


def can_agree_to_silence(user: User, plan: StakeholderPlan) -> bool:
    """A second person agrees that a group is deliberately not told."""
    return user.has_role(*APPROVERS) and plan.decided_by_id != user.pk


def agree_to_silence_refusal(plan: StakeholderPlan) -> str:
    return (
        f"An approver, a commander or a communications lead other than {plan.decided_by} agrees to it: "
        "not telling somebody is not decided by one person."
    )


def can_agree_to_silence_alone(user: User) -> bool:
    return user.has_role(*APPROVERS) and may_act_alone(user, APPROVERS)


def can_note_telling(user: User) -> bool:
    """Note that somebody told a group by hand, and enter or answer what came in: whoever picks up the telephone."""
    return can_work(user)


def note_telling_refusal() -> str:
    return "Anybody who works at the desk notes who was told and what was asked. Executives and observers only read."
