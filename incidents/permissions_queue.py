"""Who may change how approval is asked for, and take over what somebody else writes. See ``incidents.permissions``."""

from accounts.models import Role, User
from incidents.models import Statement
from incidents.permissions import can_write_statement, write_statement_refusal


def can_set_policy(user: User) -> bool:
    """Who is asked by day and by night, and how soon they answer."""
    return user.has_role(Role.ADMINISTRATOR, Role.COMMANDER)


def set_policy_refusal() -> str:
    return (
        "Who is asked to approve, and how soon, is set by administrators and commanders. Anybody at the desk reads it."
    )


def can_take_over_writing(user: User, statement: Statement) -> bool:
    """Whoever may write, from somebody else."""
    return can_write_statement(user, statement.incident) and statement.edited_by_id != user.pk


def take_over_writing_refusal(user: User, statement: Statement) -> str:
    if statement.edited_by_id == user.pk:
        return "You are the one who writes this. There is nothing to take over."
    return write_statement_refusal()
