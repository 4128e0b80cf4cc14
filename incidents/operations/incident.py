"""The life of an incident: declared, opened, contained, recovered, reopened, dismissed.

Each verb asks, on the locked row, who may, whether the state allows it, and every guard of that step; a refusal lists all
that is missing, never only the first thing. The lists are functions of their own, so that pages show them beforehand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

import clock
from accounts.models import User
from agents.models import Agent
from incidents.actions import Action
from incidents.models import (
    Approval,
    ContainmentAction,
    Fact,
    Harm,
    Incident,
    PublicStatus,
    RecordEntry,
    RoleHeld,
    Statement,
)
from incidents.models.record import RecordEntryQuerySet
from incidents.operations import correction, direct, duty, legal_clock, plan, timeline, triage
from incidents.permissions import (
    can_command,
    can_declare,
    can_reopen,
    command_refusal,
    declare_refusal,
    reopen_refusal,
)
from incidents.wording import in_a_sentence
from refusals import (
    Change,
    Incomplete,
    Missing,
    NotAllowed,
    Stale,
    WrongState,
    require,
    require_nothing_missing,
    three_way,
)

State = Incident.State

DESCRIBED = (
    "title",
    "agent",
    "worst_harm",
    "urgency",
    "failure_mode",
    "category",
    "scenario",
    "is_visible",
    "draws_attention",
    "needs_answer",
    "failure_started_at",
)
PUBLIC_QUESTIONS = ("is_visible", "draws_attention", "needs_answer")


@transaction.atomic
def declare(title: str, agent: Agent, worst_harm: str, *, by: User) -> Incident:
    """A draft, at once: commanded by whoever declares it, detected now, as urgent as the worst credible harm is."""
    require(can_declare(by), NotAllowed(declare_refusal()))
    require(
        title.strip(),
        Incomplete("Say what happened.", [Missing("Write what happened, in one line", "desk:declare", (), "id_title")]),
    )
    now = clock.now()
    incident = Incident.objects.create(
        title=title.strip(),
        agent=agent,
        worst_harm=worst_harm,
        urgency=Harm(worst_harm).urgency,
        detected_at=now,
        declared_by=by,
        declared_at=now,
    )
    RoleHeld.objects.create(incident=incident, role=RoleHeld.Role.COMMANDER, user=by, since=now)
    triage.begin(incident)
    timeline.enter(
        incident,
        "Declared. Command taken by declaring it.",
        Action.INCIDENT_DECLARED,
        by=by,
        agent=agent.pk,
        worst_harm=worst_harm,
    )
    return incident


@transaction.atomic
def describe(
    incident: Incident, *, by: User, seen_version: int, seen: Mapping[str, str] | None = None, **fields: Any
) -> Incident:
    """Change what is noted about the incident. Takes any of `DESCRIBED`; what is equal already is no change.

    `seen` is what `as_seen` said when the person opened it: Stale then holds all three readings of each field, what they
    saw, what stands now and what they typed; without it, the latter two.
    """
    if unknown := fields.keys() - set(DESCRIBED):
        raise TypeError(f"not part of a description: {', '.join(sorted(unknown))}")
    incident = _locked(incident)
    require(can_command(by, incident), NotAllowed(command_refusal(incident)))
    require(not incident.is_final, WrongState("This incident was dismissed. Nothing about it changes any more."))
    changed = {name: value for name, value in fields.items() if getattr(incident, name) != value}
    require(
        incident.version == seen_version,
        Stale("Somebody changed the details since you opened them.", _difference(incident, changed, seen)),
    )
    if not changed:
        return incident
    for name, value in changed.items():
        setattr(incident, name, value)
    require_nothing_missing("These details cannot be left out.", _missing_from(incident))
    incident.version += 1
    incident.save(update_fields=[*changed, "version"])
    plan.begin(incident)
    legal_clock.begin(incident, by=by)
    line, names = f"Details changed: {_listed(changed)}.", sorted(changed)
    timeline.enter(incident, line, Action.INCIDENT_DESCRIBED, by=by, fields=names, version=incident.version)
    return incident


@transaction.atomic
def open_incident(incident: Incident, *, by: User) -> Incident:
    """The draft is confirmed: from here on the desk works on it, and a public one owes the public an answer."""
    incident = _ready(incident, State.OPEN, by=by)
    require_nothing_missing("The incident cannot be opened yet.", missing_to_open(incident))
    incident.state = State.OPEN
    incident.save(update_fields=["state"])
    plan.begin(incident)
    legal_clock.begin(incident, by=by)
    line, public = f"Opened as {'a public' if incident.is_public else 'an internal'} incident.", incident.is_public
    timeline.enter(incident, line, Action.INCIDENT_OPENED, by=by, public=public, urgency=incident.urgency)
    return incident


@transaction.atomic
def contain(incident: Incident, *, by: User) -> Incident:
    """The harm no longer spreads, or it is on record that it cannot be stopped."""
    incident = _ready(incident, State.CONTAINED, by=by)
    require_nothing_missing("The incident is not contained yet.", missing_to_contain(incident))
    incident.state, incident.contained_at = State.CONTAINED, clock.now()
    incident.save(update_fields=["state", "contained_at"])
    timeline.enter(incident, "Contained.", Action.INCIDENT_CONTAINED, by=by)
    return incident


@transaction.atomic
def recover(incident: Incident, *, by: User, restart_point: str) -> Incident:
    """The service is back, from a state that somebody has named and a second person has confirmed."""
    incident = _ready(incident, State.RECOVERED, by=by)
    missing = missing_to_recover(incident)
    if not restart_point.strip():
        place = ("desk:incident", (incident.pk,), "id_recover-restart_point")
        missing.append(Missing("Note the last good state, or the point from which it was started again", *place))
    require_nothing_missing("The incident has not recovered yet.", missing)
    incident.state, incident.recovered_at, incident.restart_point = State.RECOVERED, clock.now(), restart_point.strip()
    incident.save(update_fields=["state", "recovered_at", "restart_point"])
    timeline.enter(incident, "Recovered.", Action.INCIDENT_RECOVERED, by=by)
    return incident


@transaction.atomic
def reopen(incident: Incident, *, by: User, reason: str) -> Incident:
    """Containment did not hold, or there are new facts. It was detected when it was detected: that clock runs on.

    If the public has read about it, it owes a new public update before it can be called contained again.
    """
    incident = _locked(incident)
    require(can_reopen(by, incident), NotAllowed(reopen_refusal(incident)))
    _require_step(incident, State.OPEN, reopening=True)
    require_nothing_missing("It cannot be reopened without a reason.", _no_reason(incident, reason, "id_reopen-reason"))
    before = incident.state
    incident.state, incident.reopened_at = State.OPEN, clock.now()
    incident.contained_at = incident.recovered_at = None
    incident.save(update_fields=["state", "reopened_at", "contained_at", "recovered_at"])
    timeline.enter(incident, f"Reopened: {reason.strip()}", Action.INCIDENT_REOPENED, by=by, before=before)
    return incident


@transaction.atomic
def dismiss(
    incident: Incident, *, by: User, dismissal: str, reason: str, duplicate_of: Incident | None = None
) -> Incident:
    """It was no incident, or not one of its own. Final. Refused while the public has been told and not told the end."""
    incident = _ready(incident, State.DISMISSED, by=by)
    missing = [
        *_no_reason(incident, reason, "id_dismiss-reason"),
        *_missing_to_dismiss(incident, dismissal, duplicate_of),
    ]
    require_nothing_missing("The incident cannot be dismissed.", missing)
    incident.state = State.DISMISSED
    incident.dismissal, incident.dismissal_reason = Incident.Dismissal(dismissal), reason.strip()
    incident.duplicate_of = duplicate_of if dismissal == Incident.Dismissal.DUPLICATE else None
    incident.save(update_fields=["state", "dismissal", "dismissal_reason", "duplicate_of"])
    line, same_as = f"Dismissed, {incident.get_dismissal_display().lower()}: {reason.strip()}", incident.duplicate_of_id
    timeline.enter(incident, line, Action.INCIDENT_DISMISSED, by=by, dismissal=dismissal, duplicate_of=same_as)
    return incident


# What stands in the way. Pages show these lists before anybody tries.


def missing_to_open(incident: Incident) -> list[Missing]:
    """Commander, detection time, failure mode, urgency, category, the three public questions; of a public one its scenario."""
    asked = [
        (incident.commander, "Name a commander", ""),
        (incident.failure_mode, "Say whether the failure is visible or silent", "id_failure_mode_0"),
        (incident.urgency, "Say how urgent it is", "id_urgency_0"),
        (incident.category, "Choose a category, or “other”", "id_category"),
        (incident.is_visible is not None, "Answer whether it is visible or brings complaints", "id_is_visible_0"),
        (
            incident.draws_attention is not None,
            "Answer whether it draws attention beyond the person affected",
            "id_draws_attention_0",
        ),
        (incident.needs_answer is not None, "Answer whether it needs a public answer", "id_needs_answer_0"),
        (incident.scenario or not incident.is_public, "Choose how it became public", "id_scenario_0"),
    ]
    return [Missing(words, "desk:describe", (incident.pk,), anchor) for there, words, anchor in asked if not there]


def missing_to_contain(incident: Incident) -> list[Missing]:
    """One containment action in force, or ruled out by the commander with a reason (both by constraint of the database).

    What was ruled out before a reopening does not count after it.
    """
    held = ContainmentAction.objects.filter(incident=incident)
    ruled_out = held.filter(state=ContainmentAction.State.NOT_POSSIBLE)
    if incident.reopened_at:
        ruled_out = ruled_out.filter(settled_at__gte=incident.reopened_at)
    missing = _missing_update(incident)
    if not (held.filter(state=ContainmentAction.State.DONE).exists() or ruled_out.exists()):
        words = "Carry out one containment action, or have the commander say why nothing can be stopped"
        missing.append(Missing(words, "desk:incident", (incident.pk,), "containment"))
    return missing


def missing_to_recover(incident: Incident) -> list[Missing]:
    """A confirmed fact about the state now, which after a reopening must be newer than it. The restart point is asked apart."""
    known = Fact.objects.filter(incident=incident, question=Fact.Question.STATE_NOW).confirmed()
    if incident.reopened_at:
        known = known.filter(observed_at__gte=incident.reopened_at)
    missing = _missing_update(incident)
    if not known.exists():
        words = "Have a second person confirm a fact about the state now"
        missing.append(Missing(words, "desk:incident", (incident.pk,), "facts-state_now"))
    return missing


def publications(incident: Incident) -> RecordEntryQuerySet:
    return RecordEntry.objects.publications().filter(incident=incident)


def owes_public_update(incident: Incident) -> bool:
    """Reopened after the public had read about it, and nothing was published since."""
    if not incident.reopened_at:
        return False
    last = publications(incident).order_by("-number").first()
    return last is not None and last.at < incident.reopened_at


def _missing_update(incident: Incident) -> list[Missing]:
    if not owes_public_update(incident):
        return []
    words = "Publish an update: the public does not know yet that this was reopened"
    return [Missing(words, "desk:statement_new", (incident.pk, Statement.Kind.UPDATE))]


def _missing_from(incident: Incident) -> list[Missing]:
    """What a change of the description would take away that later steps rest on."""
    missing = [] if incident.state == State.DRAFT else missing_to_open(incident)
    if not incident.title.strip():
        missing.append(Missing("Write what happened, in one line", "desk:describe", (incident.pk,), "id_title"))
    if not incident.is_public and incident.state != State.DRAFT and publications(incident).exists():
        words = "Answer yes to one of the public questions: the public has read about this incident"
        missing.append(Missing(words, "desk:describe", (incident.pk,), "id_is_visible_0"))
    if incident.failure_started_at and incident.failure_started_at > incident.detected_at:
        words = "Enter a start of the failure that is not after its detection"
        missing.append(Missing(words, "desk:describe", (incident.pk,), "id_failure_started_at"))
    return missing


def _missing_to_dismiss(incident: Incident, dismissal: str, same_as: Incident | None) -> list[Missing]:
    here = ("desk:incident", (incident.pk,))
    missing = []
    if dismissal == Incident.Dismissal.DUPLICATE and (not same_as or same_as == incident):
        missing.append(Missing("Name the other incident that this one repeats", *here, "id_dismiss-duplicate_of"))
    elif dismissal == Incident.Dismissal.DUPLICATE and same_as and same_as.state == State.DISMISSED:
        missing.append(Missing("Name an incident that was not itself dismissed", *here, "id_dismiss-duplicate_of"))
    for draft in Statement.objects.filter(incident=incident).unpublished().select_related("group"):
        words = f"Discard what is being written: {in_a_sentence(draft.title)}"
        missing.append(Missing(words, "desk:statement", (draft.pk,)))
    last = publications(incident).select_related("approval").order_by("-number").first()
    if last and last.approval and last.approval.public_status != PublicStatus.RESOLVED:
        words = "Publish a resolution: the public has read about this incident and must read how it ended"
        missing.append(Missing(words, "desk:statement_new", (incident.pk, Statement.Kind.RESOLUTION)))
    missing += duty.owed(incident)
    under_review = Approval.objects.filter(incident=incident, review__reviewed_at=None, review__isnull=False)
    missing += correction.unreviewed(under_review.select_related("entry", "review"))
    owing = Approval.objects.owing_correction().filter(incident=incident)
    missing += correction.owed(owing.filter(entry__isnull=False).select_related("entry").order_by("entry"))
    return [*missing, *direct.owed(owing.messages())]


def _no_reason(incident: Incident, reason: str, anchor: str) -> list[Missing]:
    return [] if reason.strip() else [Missing("Give the reason", "desk:incident", (incident.pk,), anchor)]


# Lock, who, when


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)


def _ready(incident: Incident, target: str, *, by: User) -> Incident:
    incident = _locked(incident)
    require(can_command(by, incident), NotAllowed(command_refusal(incident)))
    _require_step(incident, target)
    return incident


def _require_step(incident: Incident, target: str, *, reopening: bool = False) -> None:
    """`draft -> open` is opening and every other way to `open` is reopening; neither stands in for the other."""
    possible = target in Incident.TRANSITIONS[incident.state]
    if target == State.OPEN:
        possible = possible and reopening == (incident.state != State.DRAFT)
    require(possible, WrongState(f"This incident is {incident.get_state_display().lower()}: {_NOT_NOW[target]}"))


_NOT_NOW: dict[str, str] = {
    State.OPEN: "only a draft is opened, and only a contained or recovered incident is reopened.",
    State.CONTAINED: "only an open incident becomes contained.",
    State.RECOVERED: "only a contained incident becomes recovered.",
    State.DISMISSED: "only drafts, open and contained incidents are dismissed.",
}


def as_seen(incident: Incident) -> dict[str, str]:
    """Everything that a description covers, in the words in which a person reads it."""
    return {name: _said(incident, name) for name in DESCRIBED}


def _difference(incident: Incident, changed: dict[str, Any], seen: Mapping[str, str] | None) -> list[Change]:
    typed = {name: _said(incident, name, value) for name, value in changed.items()}
    return three_way(as_seen(incident), typed, seen, _label)


def _listed(changed: dict[str, Any]) -> str:
    """The changed fields by name; the three public questions are one thing, since their labels are whole sentences."""
    names = ["the public questions" if name in PUBLIC_QUESTIONS else _label(name) for name in changed]
    return ", ".join(dict.fromkeys(names))


def _field(name: str) -> "models.Field[Any, Any]":
    return next(field for field in Incident._meta.fields if field.name == name)


def _label(name: str) -> str:
    return str(_field(name).verbose_name)


_NOW: Any = object()


def _said(incident: Incident, name: str, value: Any = _NOW) -> str:
    """A value in the words in which a person reads it."""
    value = getattr(incident, name) if value is _NOW else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M} UTC"
    choices = dict(_field(name).flatchoices)
    return str(choices.get(value, value or ""))
