"""Containment: what is stopped, from narrow to wide, until when, and when somebody looks again (R54, R86)."""

from datetime import datetime

from django.db import transaction

import clock
from accounts.models import User
from incidents.actions import Action
from incidents.models import ContainmentAction, Incident
from incidents.operations import reminder, timeline
from incidents.permissions import (
    act_on_containment_refusal,
    can_act_on_containment,
    can_rule_out,
    rule_out_refusal,
)
from refusals import Change, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing

State = ContainmentAction.State
Scope = ContainmentAction.Scope


@transaction.atomic
def plan(incident: Incident, *, by: User, scope: str, text: str) -> ContainmentAction:
    """Say what could be stopped. Nothing is in force yet."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require(can_act_on_containment(by, incident), NotAllowed(act_on_containment_refusal()))
    _require_living(incident)
    place = ("desk:containment_new", (incident.pk,))
    missing = [] if text.strip() else [Missing("Say what is stopped", *place, "id_text")]
    if scope not in Scope.values:
        missing.append(Missing("Choose how wide it reaches", *place, "id_scope_0"))
    require_nothing_missing("The containment action is not complete.", missing)
    action = ContainmentAction.objects.create(
        incident=incident, scope=scope, text=text.strip(), decider=by, planned_at=clock.now()
    )
    line, done = f"Containment planned, {_named(action)}.", Action.CONTAINMENT_PLANNED
    timeline.enter(incident, line, done, by=by, about=action, incident=incident.pk, scope=scope)
    return action


@transaction.atomic
def carry_out(
    action: ContainmentAction, *, by: User, ends_when: str, review_at: datetime | None, reason: str = ""
) -> ContainmentAction:
    """It is in force from now on. A stop without an end and a time to look again is no response (R86)."""
    action = _ready(action, State.DONE, by=by)
    now = clock.now()
    missing = _missing_review(action, "desk:containment_done", review_at, now)
    if not ends_when.strip():
        missing.insert(0, Missing("Say when this ends", "desk:containment_done", (action.pk,), "id_ends_when"))
    if action.scope == Scope.ALL and not reason.strip():
        words = "Say why nothing narrower than stopping all agents will do"
        missing.append(Missing(words, "desk:containment_done", (action.pk,), "id_reason"))
    require_nothing_missing("It cannot be put in force yet.", missing)
    action.state, action.done_at, action.decider = State.DONE, now, by
    action.ends_when, action.review_at, action.reason = ends_when.strip(), review_at, reason.strip()
    action.save()
    reminder.plan_containment(action)
    line = f"Containment in force, {_named(action)}. Ends when: {action.ends_when}"
    timeline.enter(action.incident, line, Action.CONTAINMENT_DONE, by=by, about=action, scope=action.scope)
    return action


@transaction.atomic
def prolong(
    action: ContainmentAction, *, by: User, review_at: datetime | None, seen_review_at: datetime | None
) -> ContainmentAction:
    """Keep it in force until another look. Whoever prolongs it is asked next time.

    `seen_review_at` is the time that stood there when the person looked; Stale when somebody has changed it since.
    """
    action = _locked(action)
    require(can_act_on_containment(by, action.incident), NotAllowed(act_on_containment_refusal()))
    _require_living(action.incident)
    require(action.state == State.DONE, WrongState(_SAYS_NO[State.ENDED]))
    require(action.review_at == seen_review_at, Stale(_STALE, _difference(action, review_at, seen_review_at)))
    missing = _missing_review(action, "desk:containment_review", review_at, clock.now())
    require_nothing_missing("It cannot be prolonged yet.", missing)
    action.review_at, action.decider = review_at, by
    action.save(update_fields=["review_at", "decider"])
    reminder.plan_containment(action)
    line = f"Containment prolonged, {_named(action)}."
    timeline.enter(action.incident, line, Action.CONTAINMENT_PROLONGED, by=by, about=action)
    return action


@transaction.atomic
def end(action: ContainmentAction, *, by: User) -> ContainmentAction:
    """Its end condition is met: what was stopped runs again."""
    action = _ready(action, State.ENDED, by=by)
    _settle(action, State.ENDED)
    timeline.enter(
        action.incident, f"Containment ended, {_named(action)}.", Action.CONTAINMENT_ENDED, by=by, about=action
    )
    return action


@transaction.atomic
def fail(action: ContainmentAction, *, by: User, reason: str) -> ContainmentAction:
    """It did not hold, or could not be carried out."""
    action = _ready(action, State.FAILED, by=by)
    require_nothing_missing("Say why it did not hold.", _no_reason(action, "desk:containment_failure", reason))
    _settle(action, State.FAILED, reason=reason.strip())
    line = f"Containment did not hold, {_named(action)}: {reason.strip()}"
    timeline.enter(action.incident, line, Action.CONTAINMENT_FAILED, by=by, about=action)
    return action


@transaction.atomic
def rule_out(action: ContainmentAction, *, by: User, reason: str) -> ContainmentAction:
    """It is not possible, on the commander's word and with a reason."""
    action = _locked(action)
    require(can_rule_out(by, action.incident), NotAllowed(rule_out_refusal(action.incident)))
    _require_step(action, State.NOT_POSSIBLE)
    require_nothing_missing("Say why it is not possible.", _no_reason(action, "desk:containment_impossibility", reason))
    action.decider = by
    _settle(action, State.NOT_POSSIBLE, reason=reason.strip())
    line = f"Containment not possible, {_named(action)}: {reason.strip()}"
    timeline.enter(action.incident, line, Action.CONTAINMENT_NOT_POSSIBLE, by=by, about=action)
    return action


_STALE = "Somebody has looked at this since you opened it, and set another time."


def _difference(action: ContainmentAction, typed: datetime | None, seen: datetime | None) -> list[Change]:
    """All three times, when the page still said which one it had shown."""
    if seen is None:
        return [Change("look again", _said(typed), _said(action.review_at))]
    return [Change("look again", _said(seen), _said(action.review_at), _said(typed), "review_at")]


def _said(at: datetime | None) -> str:
    return f"{at:%d %b %Y %H:%M} UTC" if at else ""


# Lock, who, when


def _locked(action: ContainmentAction) -> ContainmentAction:
    """The incident first, then the action: the order in which everything of an incident is locked."""
    Incident.objects.select_for_update(no_key=True).get(pk=action.incident_id)
    return (
        ContainmentAction.objects.select_for_update(of=("self",), no_key=True)
        .select_related("incident")
        .get(pk=action.pk)
    )


def _ready(action: ContainmentAction, target: str, *, by: User) -> ContainmentAction:
    action = _locked(action)
    require(can_act_on_containment(by, action.incident), NotAllowed(act_on_containment_refusal()))
    _require_step(action, target)
    return action


def _require_step(action: ContainmentAction, target: str) -> None:
    _require_living(action.incident)
    possible = target in ContainmentAction.TRANSITIONS[action.state]
    require(possible, WrongState(f"This is {action.get_state_display().lower()}. {_SAYS_NO[target]}"))


_SAYS_NO: dict[str, str] = {
    State.DONE: "Only what is planned is put in force.",
    State.ENDED: "Only what is in force is prolonged or ended.",
    State.FAILED: "Only what is planned or in force can fail.",
    State.NOT_POSSIBLE: "Only what is planned can be ruled out.",
}


def _require_living(incident: Incident) -> None:
    require(
        incident.state != Incident.State.DISMISSED,
        WrongState("This incident was dismissed: nothing is stopped for it any more."),
    )


def _settle(action: ContainmentAction, state: str, *, reason: str = "") -> None:
    action.state, action.settled_at = state, clock.now()
    action.reason = reason or action.reason
    action.save()


# Guards


def _missing_review(action: ContainmentAction, view: str, review_at: datetime | None, now: datetime) -> list[Missing]:
    if review_at and review_at > now:
        return []
    words = "Enter a time to look again that lies ahead" if review_at else "Say when somebody looks again"
    return [Missing(words, view, (action.pk,), "id_review_at")]


def _no_reason(action: ContainmentAction, view: str, reason: str) -> list[Missing]:
    return [] if reason.strip() else [Missing("Give the reason", view, (action.pk,), "id_reason")]


def _named(action: ContainmentAction) -> str:
    return f"{action.get_scope_display().lower()}: {action.text}"
