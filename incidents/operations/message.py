"""A direct message begun from a row of the stakeholder map, with the words kept for such a group and what it asks."""

from django.db import transaction

from accounts.models import User
from incidents.models import StakeholderPlan, Statement, StatementTemplate
from incidents.operations import plan as plans
from incidents.operations import start, statement
from incidents.permissions import can_write_statement, write_statement_refusal
from refusals import Missing, NotAllowed, WrongState, require
from stakeholders.models import Decision

LEFT_OUT = (Decision.NOT_TOLD, Decision.NOT_APPLICABLE)


@transaction.atomic
def begin(plan: StakeholderPlan, *, by: User) -> Statement:
    """A draft to this group: in the template that was made for most of it, with all that it still asks ticked (R19).

    Where one to this group is being written, that one. Refused where it was decided that they are not told.
    """
    plan = plans.locked(plan)
    require(can_write_statement(by, plan.incident), NotAllowed(write_statement_refusal()))
    written = start.unfinished(plan.incident, Statement.Kind.DIRECT, group=plan.group)
    if written:
        return written
    decide = Missing("Decide differently first", "desk:plan", (plan.pk,), "decide")
    sentence = f"It was decided that {plan.group} get no message."
    require(plan.decision not in LEFT_OUT, WrongState(sentence, [decide]))
    template = StatementTemplate.objects.fitting(plan.incident, Statement.Kind.DIRECT, plan.group).first()
    asked = plan.questions.filter(answered_at=None).values_list("pk", flat=True)
    return statement.begin(
        plan.incident, Statement.Kind.DIRECT, by=by, group=plan.group, template=template, answers=list(asked)
    )
