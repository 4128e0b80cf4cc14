"""The second person's look at what was published in an emergency: they would have approved it, or they object.

An objection owes a correction at once, as a retracted fact does, until one is published (decision 32).
"""

from datetime import timedelta
from typing import Any

from django.db import transaction

import clock
from accounts.models import User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents.actions import Action
from incidents.models import Approval, EmergencyReview, RecordEntry
from incidents.operations import record, reminder, timeline
from incidents.permissions import can_review, review_refusal
from incidents.wording import tidy
from moments import span
from refusals import Incomplete, Missing, NotAllowed, WrongState, require
from stakeholders.bell import kick

Verdict = EmergencyReview.Verdict


@transaction.atomic
def review(approval: Approval, *, by: User, verdict: str, finding: str = "") -> EmergencyReview:
    """Say as a second person whether one would have approved it. The public page says from now on that one has looked.

    An objection needs its reason. Verdict and finding stay inside; what the public reads of an objection is the correction.
    """
    by, verdict, finding = User.objects.get(pk=by.pk), Verdict(verdict), tidy(finding)
    found = EmergencyReview.objects.select_for_update(no_key=True).filter(approval=approval).first()
    if found is None:
        raise WrongState("Only what was published in an emergency is reviewed.")
    require(not lacks_second_step(by), second_step_refusal())
    require(can_review(by, approval), NotAllowed(review_refusal(approval)))
    require(found.reviewed_by is None, WrongState(f"{found.reviewed_by} has reviewed this already."))
    place = Missing("Say what is wrong in it", "desk:review", (approval.pk,), "id_finding")
    require(finding or verdict != Verdict.OBJECTS, Incomplete("An objection needs its reason.", [place]))
    found.reviewed_by, found.reviewed_at, found.verdict, found.finding = by, clock.now(), verdict, finding
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
    details: dict[str, Any] = {"review": found.pk, "verdict": str(verdict), "late": found.is_late}
    timeline.enter(entry.incident, _line(found, entry), Action.EMERGENCY_REVIEWED, by=by, about=approval, **details)
    kick()
    return found


def _line(found: EmergencyReview, entry: RecordEntry) -> str:
    """For the timeline: the outcome, and how late. The finding stands on the page of the review."""
    over = found.reviewed_at - found.due_at if found.reviewed_at else timedelta()
    late = f", {span(over)} late" if found.is_late else ""
    if found.is_objection:
        return f"Reviewed{late}: entry {entry.number} of the public record, with an objection. A correction is owed."
    return f"Reviewed{late}: entry {entry.number} of the public record."
