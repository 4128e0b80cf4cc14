"""The stakeholder map of an incident: a decision on purpose for every group, before the first public word (R20, R21).

Nothing is sent by deciding. Not telling somebody takes two people, and is asked again whenever the incident goes on.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction

import clock
from accounts.models import User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents import permissions_map as permissions
from incidents.actions import Action
from incidents.models import Incident, PlanNote, PlanQuestion, StakeholderPlan, Statement
from incidents.operations import decision as decisions
from incidents.operations import timeline
from incidents.operations.decision import may_confirm, of_default, proposed
from refusals import (
    Change,
    Incomplete,
    Missing,
    NotAllowed,
    Stale,
    WrongState,
    require,
    require_nothing_missing,
)
from stakeholders.models import Decision, StakeholderGroup

Verb = PlanNote.Verb
AGREED = ("agreed_by", "agreed_at", "agreed_alone", "confirmed_in", "version")
TAKEN = (*decisions.DECIDED, "decided_by", "decided_at", "first_decided_at", *AGREED)
DECIDED_MEANWHILE = "Somebody decided for this group since you opened it."


def begin(incident: Incident) -> int:
    """A row for every group that has none yet, undecided, with what they will ask. How many; twice makes none twice.

    Called in the transaction that makes the incident public, which locks the incident.
    """
    if not incident.is_public:
        return 0
    known = incident.plans.values("group")
    now = clock.now()
    made = StakeholderPlan.objects.bulk_create(
        StakeholderPlan(incident=incident, group=group, created_at=now)
        for group in StakeholderGroup.objects.current().exclude(pk__in=known)
    )
    PlanQuestion.objects.bulk_create(
        PlanQuestion(plan=plan, text=text[:300], position=place, asked_at=now)
        for plan in made
        for place, text in enumerate(plan.group.questions)
    )
    return len(made)


@transaction.atomic
def take_in(incident: Incident, *, by: User) -> int:
    """Groups that were added since the map was made. How many."""
    incident = _locked_incident(incident)
    require(permissions.can_decide_for_groups(by, incident), _not_allowed(incident))
    require(incident.is_public, WrongState("This incident is internal: nobody outside has to be thought of."))
    made = begin(incident)
    if made:
        line = f"Stakeholder map: {made} {'group' if made == 1 else 'groups'} taken in."
        timeline.enter(incident, line, Action.PLAN_BEGUN, by=by, number=made)
    return made


@transaction.atomic
def decide(
    plan: StakeholderPlan,
    *,
    by: User,
    seen_version: int,
    decision: str,
    **fields: Any,
) -> StakeholderPlan:
    """Decide for one group, with what that decision needs (domain 4.2). ``fields`` are of `DECIDED`; minutes, UTC.

    Raises ``Stale`` when somebody decided meanwhile, and ``Incomplete`` with all that is missing.
    """
    plan = locked(plan)
    require(permissions.can_decide_for_groups(by, plan.incident), _not_allowed(plan.incident))
    require_living(plan.incident)
    wanted = decisions.wanted_of(plan, decision, fields)
    difference = decisions.difference(plan, wanted)
    require(plan.version == seen_version, Stale(DECIDED_MEANWHILE, difference))
    require_nothing_missing(f"Nothing was decided for {plan.group}.", decisions.missing(plan, wanted))
    _put(plan, wanted, by=by)
    plan.save(update_fields=TAKEN)
    line = f"Stakeholder map: decided for {plan.group}."  # the timeline is read by more people than the map
    note = _note(plan, Verb.DECIDED, by=by)
    timeline.enter(
        plan.incident, line, Action.PLAN_DECIDED, by=by, about=plan, keep=[note], decision=decision, stage=plan.stage
    )
    return plan


@transaction.atomic
def confirm_defaults(incident: Incident, *, by: User, seen: Mapping[int, tuple[int, str]]) -> list[StakeholderPlan]:
    """Take what is proposed for every group that is still undecided, in one action. Returns the rows that were decided.

    ``seen``: by plan its version and what stood there, as `proposed` says it. Whoever is deliberately not told, and whoever
    must be decided alone, is left for a decision of its own. Raises ``Stale`` when a row or its proposal has changed.
    """
    incident = _locked_incident(incident)
    require(permissions.can_decide_for_groups(by, incident), _not_allowed(incident))
    require_living(incident)
    rows = [row for row in _rows(incident) if may_confirm(row)]
    require(rows, WrongState("Nothing is left to confirm: each group that is left is decided by itself."))
    shown = {row.pk: (row.version, proposed(row)) for row in rows}
    require(shown == dict(seen), Stale("What is proposed has changed since you looked.", _moved(rows, seen)))
    for row in rows:
        _put(row, of_default(row), by=by)
        row.save(update_fields=TAKEN)  # eight small statements are made quicker than one with a case for every field
    names = ", ".join(str(row.group) for row in rows)
    line = f"Stakeholder map: confirmed what is proposed for {names}."
    notes = [_note(row, Verb.CONFIRMED, by=by) for row in rows]
    timeline.enter(incident, line, Action.PLAN_DEFAULTS_CONFIRMED, by=by, keep=notes, plans=[row.pk for row in rows])
    return rows


@transaction.atomic
def agree(plan: StakeholderPlan, *, by: User, seen_version: int) -> StakeholderPlan:
    """A second person agrees that this group is deliberately not told."""
    plan, by = locked(plan), User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    require(permissions.can_agree_to_silence(by, plan), NotAllowed(permissions.agree_to_silence_refusal(plan)))
    return _agree(plan, by=by, seen_version=seen_version, alone=False)


@transaction.atomic
def agree_alone(plan: StakeholderPlan, *, by: User, seen_version: int) -> StakeholderPlan:
    """Somebody who has declared to work alone stands in for the second person. The row says so."""
    plan, by = locked(plan), User.objects.get(pk=by.pk)
    require(not lacks_second_step(by), second_step_refusal())
    require(permissions.can_agree_to_silence_alone(by), NotAllowed(permissions.agree_to_silence_refusal(plan)))
    return _agree(plan, by=by, seen_version=seen_version, alone=True)


@transaction.atomic
def confirm_again(plan: StakeholderPlan, *, by: User, seen_version: int) -> StakeholderPlan:
    """The incident has gone on, and it is still right not to tell this group (domain 4.2)."""
    plan = locked(plan)
    require(permissions.can_decide_for_groups(by, plan.incident), _not_allowed(plan.incident))
    require_living(plan.incident)
    _require_seen(plan, seen_version)
    asked = plan.decision == Decision.NOT_TOLD and plan.agreed_by_id and plan.confirmed_in != plan.incident.state
    require(asked, WrongState("There is nothing to confirm again for this group."))
    require_nothing_missing(
        "They have to be told after all.", decisions.against_silence(plan, decisions.as_it_stands(plan))
    )
    plan.confirmed_in, plan.version = plan.incident.state, plan.version + 1
    plan.save(update_fields=["confirmed_in", "version"])
    line = f"Stakeholder map: what is decided for {plan.group} is confirmed again."
    note = _note(plan, Verb.STILL, by=by)
    timeline.enter(
        plan.incident, line, Action.PLAN_CONFIRMED_AGAIN, by=by, about=plan, keep=[note], state=plan.confirmed_in
    )
    return plan


@transaction.atomic
def ask(plan: StakeholderPlan, text: str, *, by: User) -> PlanQuestion:
    """One more thing that this group wants to know. It counts as open until something that was said answers it (R19)."""
    plan, text = locked(plan), " ".join(text.split())
    require(permissions.can_decide_for_groups(by, plan.incident), _not_allowed(plan.incident))
    require_living(plan.incident)
    place = ("desk:plan", (plan.pk,), "id_question-text")
    require(text, Incomplete("Nothing was asked.", [Missing("Write what they want to know", *place)]))
    require(
        len(text) <= 300, Incomplete("The question is too long.", [Missing("Say it in at most 300 characters", *place)])
    )
    asked = PlanQuestion.objects.create(
        plan=plan, text=text, position=plan.questions.count(), asked_at=clock.now(), added_by=by
    )
    line = f"Stakeholder map, {plan.group}: one more question."
    timeline.enter(plan.incident, line, Action.PLAN_QUESTION_ADDED, by=by, about=plan, question=asked.pk)
    return asked


# What stands in the way of the first public message


def undecided(statement: Statement) -> Iterator[Missing]:
    """The groups for whom nobody has decided, where this is the first public message (R21).

    That is the holding statement: a warning waits for nobody (R119), and nothing else goes out before it.
    """
    if statement.kind != Statement.Kind.HOLDING:
        return
    incident = statement.incident
    rows = list(StakeholderPlan.objects.filter(incident=incident).select_related("group", "incident"))
    if not rows:
        yield Missing("Decide who is told: there is no stakeholder map yet", "desk:map", (incident.pk,))
    for row in rows:
        if not row.is_decided:
            yield Missing(f"Decide for {row.group}: nobody has yet", "desk:plan", (row.pk,))


# Lock, change


def _put(plan: StakeholderPlan, wanted: Mapping[str, Any], *, by: User) -> None:
    """Everything that deciding anew changes, in memory. Whoever agreed before has agreed to something else."""
    now = clock.now()
    for name, value in wanted.items():
        setattr(plan, name, value)
    plan.decided_by, plan.decided_at, plan.version = by, now, plan.version + 1
    plan.first_decided_at = plan.first_decided_at or now
    plan.agreed_by, plan.agreed_at, plan.agreed_alone = None, None, False
    plan.confirmed_in = plan.incident.state if plan.decision == Decision.NOT_TOLD else ""


def _note(plan: StakeholderPlan, verb: str, *, by: User) -> PlanNote:
    """For the log to keep: the row itself holds only what was decided last."""
    return PlanNote.of(plan, verb, by=by, at=clock.now())


def _agree(plan: StakeholderPlan, *, by: User, seen_version: int, alone: bool) -> StakeholderPlan:
    require_living(plan.incident)
    _require_seen(plan, seen_version)
    waits = plan.decision == Decision.NOT_TOLD and plan.agreed_by_id is None
    require(waits, WrongState("There is nothing to agree to for this group."))
    require_nothing_missing("They have to be told.", decisions.against_silence(plan, decisions.as_it_stands(plan)))
    plan.agreed_by, plan.agreed_at, plan.agreed_alone = by, clock.now(), alone
    plan.confirmed_in, plan.version = plan.incident.state, plan.version + 1
    plan.save(update_fields=AGREED)
    line = f"Stakeholder map: a second person agrees to what is decided for {plan.group}."
    action = Action.PLAN_SILENCE_AGREED_SOLO if alone else Action.PLAN_SILENCE_AGREED
    note = _note(plan, Verb.AGREED_ALONE if alone else Verb.AGREED, by=by)
    timeline.enter(plan.incident, line, action, by=by, about=plan, keep=[note])
    return plan


def _rows(incident: Incident) -> list[StakeholderPlan]:
    rows = list(StakeholderPlan.objects.filter(incident=incident).for_map())
    for row in rows:
        row.incident = incident
    return rows


def _locked_incident(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)


def locked(plan: StakeholderPlan) -> StakeholderPlan:
    """After its incident, for which an approval waits as well: nothing is decided while one is on its way."""
    incident = _locked_incident(plan.incident)
    locked = (
        StakeholderPlan.objects.select_for_update(of=("self",), no_key=True).select_related("group").get(pk=plan.pk)
    )
    locked.incident = incident
    return locked


def require_living(incident: Incident) -> None:
    require(not incident.is_final, WrongState("This incident was dismissed. Nobody is told about it."))


def _require_seen(plan: StakeholderPlan, seen_version: int) -> None:
    require(plan.version == seen_version, Stale(DECIDED_MEANWHILE))


def _not_allowed(incident: Incident) -> NotAllowed:
    return NotAllowed(permissions.decide_for_groups_refusal(incident))


def _moved(rows: Iterable[StakeholderPlan], seen: Mapping[int, tuple[int, str]]) -> list[Change]:
    found = {row.pk: row for row in rows}
    return [
        Change(str(row.group), seen.get(pk, (0, "not shown"))[1], proposed(row))
        for pk, row in found.items()
        if seen.get(pk) != (row.version, proposed(row))
    ] + [Change("A group", seen[pk][1], "decided meanwhile") for pk in seen.keys() - found.keys()]
