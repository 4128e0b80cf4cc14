"""Who may change how approval is asked for, and take over what somebody else writes. See ``incidents.permissions``."""

from django.db.models import Exists, OuterRef

from accounts.models import FrozenQuerySet, Role, User
from accounts.models.person import UserQuerySet
from incidents.models import Statement, StatementVersion, Submission
from incidents.permissions import able_to_review, can_write_statement, write_statement_refusal


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


def would_review(submission: Submission, by: User) -> UserQuerySet:
    """Who could review this if ``by`` published it in an emergency now. Nobody, where only statements can be published so."""
    wrote = StatementVersion.objects.filter(statement=submission.statement_id)
    able = able_to_review(wrote, by.pk)
    return able if submission.statement_id else able.none()


def has_reviewer() -> Exists:
    """`reviewers_of` for whole lists: a condition on reviews, true of those that somebody here could do."""
    wrote = StatementVersion.objects.filter(statement__submissions__approval=OuterRef(OuterRef("approval")))
    return Exists(able_to_review(wrote, OuterRef("approval__approved_by")))


def writing_under_review() -> FrozenQuerySet[StatementVersion]:
    """The versions behind every emergency publication that nobody has reviewed yet."""
    behind = "statement__submissions__approval__review"
    return StatementVersion.objects.filter(**{f"{behind}__isnull": False, f"{behind}__reviewed_at": None})
