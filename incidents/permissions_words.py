"""Who may keep templates, and who may hold back what is approved for a time. As `incidents.permissions`."""

from accounts.models import Role, User
from incidents.models import Submission
from incidents.permissions import APPROVERS, WRITERS, is_commander

TEMPLATE_KEEPERS = (Role.ADMINISTRATOR, Role.COMMUNICATIONS_LEAD)


def can_keep_templates(user: User) -> bool:
    """Add, change and retire the texts that statements begin with."""
    return user.has_role(*TEMPLATE_KEEPERS)


def keep_templates_refusal() -> str:
    return "Templates are kept by administrators and communications leads."


def can_cancel_schedule(user: User, submission: Submission) -> bool:
    """Before its time: whoever may approve or write, and the commander of the incident. Holding back is always safe."""
    if user.has_role(*APPROVERS, *WRITERS):
        return True
    return submission.statement is not None and is_commander(user, submission.statement.incident)


def cancel_schedule_refusal() -> str:
    return "It is cancelled by approvers, commanders, communications leads and the commander of the incident."
