"""The second person's look at what was published in an emergency."""

from django.db import transaction

import clock
from accounts.models import User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents.actions import Action
from incidents.models import Approval, EmergencyReview, RecordEntry
from incidents.operations import record, reminder, timeline
from incidents.permissions import can_review, review_refusal
from incidents.wording import tidy
from refusals import NotAllowed, WrongState, require
from stakeholders.bell import kick


@transaction.atomic
def review(approval: Approval, *, by: User, finding: str = "") -> EmergencyReview:
    """Say that a second person has read it. The public page says so from now on; the finding stays inside."""
    by = User.objects.get(pk=by.pk)
    found = EmergencyReview.objects.select_for_update(no_key=True).filter(approval=approval).first()
    if found is None:
        raise WrongState("Only what was published in an emergency is reviewed.")
    require(not lacks_second_step(by), second_step_refusal())
    require(can_review(by, approval), NotAllowed(review_refusal(approval)))
    require(found.reviewed_by is None, WrongState(f"{found.reviewed_by} has reviewed this already."))
    found.reviewed_by, found.reviewed_at, found.finding = by, clock.now(), tidy(finding)
    found.save()
    reminder.supersede_review(found)
    entry = RecordEntry.objects.select_related("incident").get(approval=approval)
    assert entry.incident is not None  # noqa: S101 - a publication belongs to an incident; the database holds it to that
    record.enter(
        RecordEntry.Kind.REVIEWED,
        at=found.reviewed_at,
        by=by,
        incident=entry.incident,
        body={"incident": entry.incident.public_id, "entry": entry.number},
    )
    line = f"Reviewed: entry {entry.number} of the public record."
    timeline.enter(entry.incident, line, Action.EMERGENCY_REVIEWED, by=by, about=approval, review=found.pk)
    kick()
    return found
