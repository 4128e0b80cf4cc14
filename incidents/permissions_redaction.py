"""Who may have published words taken down: one who proposes it, and one who has looked (R118). As in `permissions`."""

from accounts.models import Role, User
from accounts.models.person import UserQuerySet
from accounts.permissions import may_act_alone
from incidents.models import Redaction
from incidents.permissions import APPROVERS

PROPOSERS = (Role.APPROVER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD, Role.ADMINISTRATOR)


def can_propose_redaction(user: User) -> bool:
    return user.has_role(*PROPOSERS)


def propose_redaction_refusal() -> str:
    return "Taking words down is proposed by approvers, commanders, communications leads and administrators. Tell one of them."


def can_confirm_redaction(user: User, proposed: Redaction) -> bool:
    """Anybody who may approve words, and did not propose to take these down. Who wrote them does not matter."""
    return user.has_role(*APPROVERS) and user.pk != proposed.proposed_by_id


def confirm_redaction_refusal(proposed: Redaction) -> str:
    return (
        f"Words are taken down by two people. An approver, commander or communications lead other than "
        f"{proposed.proposed_by}, who proposed it, takes them down."
    )


def confirmers_of(proposed: Redaction) -> UserQuerySet:
    """Everybody active who could take these words down, for the mail that asks."""
    return User.objects.with_role(*APPROVERS).exclude(pk=proposed.proposed_by_id)


def can_confirm_redaction_alone(user: User) -> bool:
    """Only while solo is in effect, and nobody else is there who may confirm."""
    return user.has_role(*APPROVERS) and may_act_alone(user, APPROVERS)


def confirm_redaction_alone_refusal() -> str:
    return (
        "Taking words down alone is refused while somebody else may confirm it, "
        "or while nobody has declared to work alone."
    )


def can_withdraw_redaction(user: User, proposed: Redaction) -> bool:
    """Whoever proposed it, and whoever could have confirmed it and finds that the words may stay."""
    return user.is_active and (user.pk == proposed.proposed_by_id or can_confirm_redaction(user, proposed))


def withdraw_redaction_refusal(proposed: Redaction) -> str:
    return f"{proposed.proposed_by}, who proposed it, or whoever may take the words down can withdraw it."
