"""Who may say what about the legal clocks of an incident. Who reads them: whoever reads its map (`permissions_map`)."""

from django.db.models import Q

from accounts.models import User
from accounts.models.person import UserQuerySet
from accounts.permissions import may_act_alone
from incidents.models import Incident, StartMove
from incidents.permissions import APPROVERS, can_work, is_commander


def can_assess_clocks(user: User, incident: Incident) -> bool:
    """Say whether a rule applies, hold a clock on the ground of a document, take a submission back, look again."""
    return user.has_role(*APPROVERS) or is_commander(user, incident)


def who_may_assess_clocks(incident: Incident) -> UserQuerySet:
    """Those of whom `can_assess_clocks` holds, to choose from."""
    able = Q(grants__role__in=APPROVERS) | Q(pk=getattr(incident.commander, "pk", None))
    return User.objects.active().filter(able).distinct().order_by("name")


def assess_clocks_refusal(incident: Incident) -> str:
    return (
        "Approvers, commanders and communications leads say whether a report is due, after asking counsel; here also "
        f"{incident.commander}."
    )


def can_record_for_clocks(user: User) -> bool:
    """Record when something happened that starts a clock, and note that a report went out: whoever knows it."""
    return can_work(user)


def record_for_clocks_refusal() -> str:
    return "Whoever works at the desk records what starts a clock and what was submitted. Executives and observers only read."


def can_agree_to_later_start(user: User, move: StartMove) -> bool:
    """A second person agrees that something happened later than was recorded."""
    return user.has_role(*APPROVERS) and move.proposed_by_id != user.pk


def agree_to_later_start_refusal(move: StartMove) -> str:
    return (
        f"An approver, a commander or a communications lead other than {move.proposed_by} agrees to it: "
        "a deadline is not moved later by one person."
    )


def can_agree_to_later_start_alone(user: User) -> bool:
    return user.has_role(*APPROVERS) and may_act_alone(user, APPROVERS)


def can_refuse_later_start(user: User, move: StartMove) -> bool:
    """Whoever might agree, and whoever proposed it and thinks better of it."""
    return user.has_role(*APPROVERS) or move.proposed_by_id == user.pk


def refuse_later_start_refusal(move: StartMove) -> str:
    return f"An approver, a commander, a communications lead or {move.proposed_by} leaves the earlier time as it is."
