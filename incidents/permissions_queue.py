"""Who may change how approval is asked for, and take over what somebody else writes. See ``incidents.permissions``."""

from django.db.models import Exists, OuterRef

from accounts.models import Role, User
from accounts.models.person import UserQuerySet
from incidents.models import Statement, StatementVersion, Submission
from incidents.permissions import APPROVERS, can_write_statement, write_statement_refusal


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
    """Who could review this if ``by`` published it in an emergency now, as ``permissions.reviewers_of`` says afterwards."""
    if submission.statement_id is None:
        return User.objects.with_role(*APPROVERS).none()
    authors = StatementVersion.objects.filter(statement=submission.statement_id).values("saved_by")
    return User.objects.with_role(*APPROVERS).exclude(pk=by.pk).exclude(pk__in=authors)


def has_reviewer() -> Exists:
    """`reviewers_of` for whole lists: a condition on reviews, true of those that somebody here could do."""
    authors = StatementVersion.objects.filter(statement__submissions__approval=OuterRef(OuterRef("approval")))
    able = User.objects.with_role(*APPROVERS).exclude(pk=OuterRef("approval__approved_by"))
    return Exists(able.exclude(pk__in=authors.values("saved_by")))
