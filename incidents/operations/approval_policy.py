"""Setting who is asked to approve, by day and by night, and how soon they are to answer (R79)."""

from collections.abc import Iterable

from django.db import transaction

from accounts import log
from accounts.models import User
from incidents.actions import Action
from incidents.models import ApprovalPolicy, Duty
from incidents.models.approval_policy import LEAST_TARGET, MOST_TARGET
from incidents.permissions import APPROVERS
from incidents.permissions_queue import can_set_policy, set_policy_refusal
from refusals import Change, Missing, NotAllowed, Stale, require, require_nothing_missing

Hours = Duty.Hours


@transaction.atomic
def set_policy(
    *, by: User, seen_version: int, target_minutes: int, in_hours: Iterable[User], out_of_hours: Iterable[User]
) -> ApprovalPolicy:
    """Holds for what is submitted from now on; what waits keeps its target, and its reminders find the new people.

    Nobody has to be named. For hours with nobody, everybody who may approve is asked.
    """
    policy = _locked()
    require(can_set_policy(by), NotAllowed(set_policy_refusal()))
    wanted = {Hours.IN: list(in_hours), Hours.OUT: list(out_of_hours)}
    require(
        seen_version == policy.version,
        Stale("Somebody set this after you opened it.", _differences(policy, target_minutes, wanted)),
    )
    require_nothing_missing("This cannot be set.", _missing(target_minutes, wanted))
    policy.target_minutes, policy.version = target_minutes, policy.version + 1
    policy.save()
    policy.duties.all().delete()
    Duty.objects.bulk_create(
        Duty(policy=policy, user=person, hours=hours) for hours, people in wanted.items() for person in people
    )
    on, off = (sorted(person.pk for person in wanted[hours]) for hours in (Hours.IN, Hours.OUT))
    log.write(
        Action.APPROVAL_POLICY_SET, by=by, about=policy, target_minutes=target_minutes, in_hours=on, out_of_hours=off
    )
    return policy


def _locked() -> ApprovalPolicy:
    ApprovalPolicy.objects.get_or_create(scope=ApprovalPolicy.Scope.PUBLIC)
    return ApprovalPolicy.objects.select_for_update(no_key=True).get(scope=ApprovalPolicy.Scope.PUBLIC)


def _missing(target_minutes: int, wanted: dict[Hours, list[User]]) -> list[Missing]:
    missing = []
    if not LEAST_TARGET <= target_minutes <= MOST_TARGET:
        sentence = f"Give a target between {LEAST_TARGET} minutes and {MOST_TARGET:,}, which is a day"
        missing.append(Missing(sentence, anchor="id_target_minutes"))
    may = set(User.objects.with_role(*APPROVERS).values_list("pk", flat=True))
    for hours, people in wanted.items():
        anchor = "id_in_hours" if hours == Hours.IN else "id_out_of_hours"
        missing += [
            Missing(f"{person} may not approve. Give them the role approver first, or leave them out", anchor=anchor)
            for person in people
            if person.pk not in may
        ]
    return missing


def _differences(policy: ApprovalPolicy, target_minutes: int, wanted: dict[Hours, list[User]]) -> tuple[Change, ...]:
    """What stands now, and what was typed. What was seen is not kept."""
    minutes = [f"{number} minutes" for number in (policy.target_minutes, target_minutes)]
    found = [Change("Target", "", minutes[0], typed=minutes[1])]
    for hours, people in wanted.items():
        mine = ", ".join(sorted(person.name for person in people))
        found.append(Change(hours.label, "", ", ".join(person.name for person in policy.named(hours)), typed=mine))
    return tuple(change for change in found if change.typed != change.now)
