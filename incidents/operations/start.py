"""What a statement starts from, and what has to be so before one is begun. Called by `statement` alone."""

from typing import Any

from accounts.models import Organisation
from incidents import wording
from incidents.models import Approval, Impact, Incident, PublicStatus, RecordEntry, Statement, StatementTemplate
from incidents.operations import correction, direct, guards
from incidents.operations import template as templates
from refusals import Incomplete, Missing, WrongState, require
from stakeholders.models import StakeholderGroup


def unfinished(incident: Incident, kind: str, **lane: Any) -> Statement | None:
    """What is being written in this lane of the incident (``StatementQuerySet.in_lane``), if anything."""
    return incident.statements.unpublished().in_lane(kind, **lane).select_related("group").first()


def being_written(other: Statement) -> str:
    """Why no other of this kind can be begun: one in each lane is written at a time."""
    return f"{other.title} is being written. Finish it or discard it first."


def require_kind(kind: str) -> None:
    kinds = wording.listed([label.lower() for label in Statement.Kind.labels], "or")
    require(kind in Statement.Kind.values, WrongState(f"A statement is one of these: {kinds}."))


def require_stage(incident: Incident, kind: str, **lane: Any) -> None:
    """Nothing else is written in its lane, and it is the turn of its kind."""
    other = unfinished(incident, kind, **lane)
    if other:
        raise WrongState(being_written(other), [Missing("Go on writing", "desk:statement", (other.pk,))])
    if trouble := guards.stage_refusal(incident, kind):
        raise WrongState(trouble, [Missing("See the incident", "desk:incident", (incident.pk,))])


def require_something_to_correct(incident: Incident, kind: str, corrects: RecordEntry | None) -> None:
    if kind != Statement.Kind.CORRECTION:
        require(corrects is None, WrongState("Only a correction names an entry that it corrects."))
        return
    place = [Missing("See what was published", "desk:incident", (incident.pk,), "statements")]
    ours = corrects is not None and corrects.incident_id == incident.pk
    require(corrects is not None and ours, WrongState("A correction names an entry of its own incident.", place))
    trouble = correction.begins_at(corrects) if corrects else ""
    require(not trouble, WrongState(trouble, place))


def receivers(
    incident: Incident, kind: str, message: Approval | None, group: StakeholderGroup | None
) -> StakeholderGroup | None:
    """Whom it goes to by mail: the group that was chosen, or the one that got the message it corrects."""
    if message is not None:
        group = _group_of_message(incident, kind, message, group)
    if kind != Statement.Kind.DIRECT:
        require(group is None, WrongState("Only a direct message goes to one group. Everything else is for everybody."))
        return None
    place = Missing("Choose the group", "desk:statement_new", (incident.pk, kind), "id_group_0")
    require(group is not None, Incomplete("A direct message goes to one group.", [place]))
    in_use = message is not None or (group and StakeholderGroup.objects.current().filter(pk=group.pk).exists())
    require(in_use, WrongState("This group is retired: no new message goes to it.", [place]))
    return group


def _group_of_message(
    incident: Incident, kind: str, message: Approval, group: StakeholderGroup | None
) -> StakeholderGroup:
    place = [Missing("See what was sent", "desk:incident", (incident.pk,), "statements")]
    require(kind == Statement.Kind.DIRECT, WrongState("Only a direct message corrects a direct message."))
    ours = message.kind == Statement.Kind.DIRECT and message.incident_id == incident.pk
    require(ours, WrongState("A correction names a direct message of its own incident.", place))
    same = correction.group_of(message)
    require(group in (None, same), WrongState(f"A correction goes to those who got the message: {same}.", place))
    return same


def words(incident: Incident, kind: str, message: Approval | None) -> dict[str, Any]:
    """The fields in which it usually says the same again: as the message that it corrects, or what the public reads now."""
    return _from_message(message) if message else _from_public(incident, kind)


def _from_public(incident: Incident, kind: str) -> dict[str, Any]:
    """The fields in which a next statement usually says the same again."""
    last = RecordEntry.objects.publications().filter(incident=incident).select_related("approval").first()
    if kind == Statement.Kind.DIRECT:
        return {"headline": last.approval.says("headline") if last and last.approval else ""}
    if last is None or last.approval is None:
        return {"impact": Impact.MINOR, "began_at": incident.failure_started_at}
    same = ("headline", "affected", "what_to_do", "public_status", "impact", "began_at")
    found = {name: _said(last.approval, name) for name in same}
    if kind in Statement.SAYING_IT_IS_OVER:
        return found | {"public_status": PublicStatus.RESOLVED}
    stays_over = kind == Statement.Kind.CORRECTION and incident.state == Incident.State.RECOVERED
    if found["public_status"] == PublicStatus.RESOLVED and not stays_over:  # what was resolved is looked into again
        found["public_status"] = PublicStatus.INVESTIGATING
    return found


def _said(approved: Approval, name: str) -> Any:
    return approved.says(name) if name in Statement.PUBLIC_TEXTS else getattr(approved, name)


def _from_message(message: Approval) -> dict[str, Any]:
    """What a correction says again, unless its author changes it."""
    return {"headline": direct.bare(message.says("headline")), "what_to_do": message.says("what_to_do")}


def from_template(template: StatementTemplate | None, incident: Incident, kind: str) -> dict[str, Any]:
    if template is None:
        return {}
    template = StatementTemplate.objects.get(pk=template.pk)
    templates.require_usable(template, kind)
    return {**templates.words(template, incident, organisation=Organisation.current())}
