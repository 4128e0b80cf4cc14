"""Who wrote what waits, who decides about it, and what the reader of its page may do: now, or for a time."""

from datetime import datetime
from typing import Any

from accounts.models import Role, User
from incidents import wording
from incidents.models import ScheduledPublication, Submission
from incidents.operations import never_public
from incidents.operations.alert_approval import incident_of
from incidents.operations.approval import IN_EMERGENCY
from incidents.operations.never_public import Names
from incidents.operations.schedule import KINDS, enter_from, lacks_state_now
from incidents.permissions import (
    approve_refusal,
    approvers_of,
    can_approve_alone,
    can_approve_in_emergency,
    can_report_fact,
    can_take_back,
    report_fact_refusal,
)
from incidents.permissions_queue import can_take_over_writing, would_review
from incidents.permissions_words import can_cancel_schedule
from incidents.views.approval_queue import author_of


def seats(found: Submission, user: User, names: Names | None, *, waits: bool) -> dict[str, Any]:
    """Who wrote it, who decides, and what the reader of the page may do. The author has no button."""
    people: tuple[Any, ...] = names.people if names else ()
    deciders = [person for person in people if person.decides]
    may, others = user in deciders, [person.name for person in deciders if person != user]
    alone = waits and not deciders and can_approve_alone(user, found)  # somebody who may decide is somebody else
    urgent = waits and not may and not alone and _is_urgent(found) and user.pk == found.commander_id
    return {
        "may_approve": may,
        "may_take_over": waits and found.statement is not None and can_take_over_writing(user, found.statement),
        "may_take_back": waits and can_take_back(user, found) and not may,
        "may_emergency": urgent and can_approve_in_emergency(user, found),
        "may_alone": alone,
        "refusal_sentence": "" if may or not waits else approve_refusal(user, found),
        "others": wording.listed(others) if others else "",
        "author": author_of(found),
        "reviewers": [person for person in people if person.reviews] if urgent else [],
        "administrators": [person.name for person in people if person.administers] if urgent else [],
    }


def names_for(found: Submission, user: User) -> Names:
    """With who may decide about it, review it if this reader published it in an emergency, or give roles."""
    return never_public.names(
        incident_of(found),
        decides=approvers_of(found),
        reviews=would_review(found, user),
        administers=User.objects.with_role(Role.ADMINISTRATOR),
        gets_no_mail=User.objects.filter(address_refused_at__isnull=False),
    )


def schedule(found: Submission, user: User, *, waits: bool) -> dict[str, Any]:
    """Its latest schedule: the one it waits for, or the one that came back. And whether it may have one."""
    last = _last_schedule(found) if waits else None
    waiting = last is not None and last.is_waiting
    of_kind = found.statement is not None and found.statement.kind in KINDS
    wanted = last is not None and waiting and _lacks_state_now(found, last.publish_at)
    return {
        "state_now_from": enter_from(last.publish_at) if last is not None and wanted else None,
        "may_report": can_report_fact(user, incident_of(found)),
        "report_refusal": report_fact_refusal(),
        "schedule": last,
        "scheduled": last if waiting else None,
        "schedule_returned": last is not None and last.state == ScheduledPublication.State.RETURNED,
        "may_schedule": waits and of_kind and not waiting,
        "may_cancel": waiting and can_cancel_schedule(user, found),
    }


def _lacks_state_now(found: Any, publish_at: datetime) -> bool:
    return found.statement is not None and lacks_state_now(found.statement.kind, publish_at, found.state_now_at)


def _last_schedule(found: Any) -> ScheduledPublication | None:
    """What the page says of it, without another question."""
    if found.schedule_state is None:
        return None
    said = {name: getattr(found, f"schedule_{name}") for name in ("state", "publish_at", "consented_at", "reason")}
    return ScheduledPublication(approver=User(name=found.schedule_approver), **said)


def _is_urgent(found: Submission) -> bool:
    return found.statement is not None and found.statement.kind in IN_EMERGENCY
