"""Seats of an incident and its command. The commander is never nobody: command is handed over or taken over, not put down."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

import clock
import stakeholders.operations as outbox
from accounts.models import User
from incidents.actions import Action
from incidents.models import Handover, Incident, RoleHeld
from incidents.operations import timeline
from incidents.permissions import (
    answer_handover_refusal,
    be_named_refusal,
    can_answer_handover,
    can_be_named,
    can_command,
    can_give_up_role,
    can_hold_command,
    can_take_over,
    can_take_role,
    command_refusal,
    give_up_role_refusal,
    hold_command_refusal,
    take_over_refusal,
    take_role_refusal,
)
from refusals import Incomplete, Missing, NotAllowed, WrongState, require

COMMANDER = RoleHeld.Role.COMMANDER


@transaction.atomic
def take_role(incident: Incident, role: str, *, by: User, user: User | None = None) -> RoleHeld:
    """Sit down in an empty seat, or as the commander name anybody for it, in place of whoever sits there."""
    incident, role = _locked(incident), RoleHeld.Role(role)
    user = user or by
    commands = can_command(by, incident)
    require(commands or user == by, NotAllowed(command_refusal(incident)))
    require(commands or can_take_role(by, role), NotAllowed(take_role_refusal(incident, role)))
    require(can_be_named(user), NotAllowed(be_named_refusal(user)))
    _require_living(incident)
    require(
        role != COMMANDER, WrongState("Command is handed over to somebody who accepts it, or taken over with a reason.")
    )
    held = _term(incident, role)
    require(not held or held.user != user, WrongState(f"{user} holds this seat already."))
    require(
        not held or commands, WrongState(f"{held and held.user} holds this seat. The commander may name somebody else.")
    )
    now = clock.now()
    if held:
        _end(held, now)
    taken = RoleHeld.objects.create(incident=incident, role=role, user=user, since=now)
    who = "taken" if user == by else f"given to {user}"
    line, before = f"The seat {role.label.lower()} was {who}.", held and held.user_id
    timeline.enter(incident, line, Action.ROLE_TAKEN, by=by, role=role.value, person=user.pk, before=before)
    return taken


@transaction.atomic
def give_up_role(incident: Incident, role: str, *, by: User) -> None:
    """Free a seat: one's own, or as the commander anybody's."""
    incident, role = _locked(incident), RoleHeld.Role(role)
    held = _term(incident, role)
    if held is None:
        raise WrongState("Nobody holds this seat.")
    require(can_give_up_role(by, held), NotAllowed(give_up_role_refusal(held)))
    require(
        role != COMMANDER,
        WrongState("An incident always has a commander. Hand command over to somebody who accepts it."),
    )
    _end(held, clock.now())
    line = f"The seat {role.label.lower()} is free: {held.user} left it."
    timeline.enter(incident, line, Action.ROLE_GIVEN_UP, by=by, role=role.value, person=held.user_id)


@transaction.atomic
def offer_command(incident: Incident, to: User, *, by: User, briefing: str = "") -> Handover:
    """Offer command to somebody. Until they accept, the commander stays the commander. They are told by mail."""
    incident = _locked(incident)
    require(can_command(by, incident), NotAllowed(command_refusal(incident)))
    _require_living(incident)
    require(to != by, WrongState("You command this incident already. Offer it to somebody else."))
    require(can_hold_command(to), NotAllowed(hold_command_refusal(to)))
    waiting = _open_offer(incident)
    if waiting:
        words = f"Command was offered to {waiting.offered_to}, who has not answered. Withdraw that first"
        place = ("desk:incident", (incident.pk,), "handover")
        raise WrongState("One offer waits for its answer already.", [Missing(words, *place)])
    handover = Handover.objects.create(
        incident=incident, offered_by=by, offered_to=to, offered_at=clock.now(), briefing=briefing.strip()
    )
    _tell(
        to,
        f"command-offered:{handover.pk}",
        f"{by} offers you command of incident {incident.pk}",
        f"{by} asks you to take command of this incident:\n\n{incident.title}\n\n"
        f"{handover.briefing or 'No briefing was written.'}\n\n"
        f"Accept or decline at the desk. Until you accept, {by} commands it.\n{_address(incident)}\n",
        "Command of an incident is offered to you.",
    )
    line = f"Command offered to {to}."
    timeline.enter(incident, line, Action.COMMAND_OFFERED, by=by, to=to.pk, handover=handover.pk)
    return handover


@transaction.atomic
def accept_command(handover: Handover, *, by: User) -> RoleHeld:
    """Command passes at this moment."""
    handover = _locked_offer(handover)
    require(can_answer_handover(by, handover), NotAllowed(answer_handover_refusal(handover)))
    require(can_hold_command(by), NotAllowed(hold_command_refusal(by)))
    _require_waiting(handover)
    _require_living(handover.incident)
    handover.accepted_at = now = clock.now()
    handover.save(update_fields=["accepted_at"])
    taken = _pass_command(handover.incident, by, now)
    line = f"Command accepted from {handover.offered_by}."
    timeline.enter(handover.incident, line, Action.COMMAND_ACCEPTED, by=by, handover=handover.pk)
    return taken


@transaction.atomic
def decline_command(handover: Handover, *, by: User) -> None:
    """Say no to an offer; the commander may withdraw it the same way."""
    handover = _locked_offer(handover)
    withdrawn = can_command(by, handover.incident)
    require(withdrawn or can_answer_handover(by, handover), NotAllowed(answer_handover_refusal(handover)))
    _require_waiting(handover)
    handover.declined_at = clock.now()
    handover.save(update_fields=["declined_at"])
    line = f"Offer of command to {handover.offered_to} withdrawn." if withdrawn else "Command declined."
    done = Action.COMMAND_DECLINED
    timeline.enter(handover.incident, line, done, by=by, handover=handover.pk, withdrawn=withdrawn)


@transaction.atomic
def take_over(incident: Incident, *, by: User, reason: str) -> RoleHeld:
    """Take command without being offered it, because the commander cannot be reached. They are told by mail, and why."""
    incident = _locked(incident)
    require(can_take_over(by, incident), NotAllowed(take_over_refusal(incident)))
    _require_living(incident)
    place = ("desk:incident", (incident.pk,), "id_takeover-reason")
    words = "Say why the commander cannot be asked"
    require(reason.strip(), Incomplete("Taking over needs a reason.", [Missing(words, *place)]))
    now, before = clock.now(), incident.commander
    Handover.objects.filter(incident=incident, accepted_at=None, declined_at=None).update(declined_at=now)
    taken = _pass_command(incident, by, now, reason=reason.strip())
    if before:
        _tell(
            before,
            f"command-taken-over:{taken.pk}",
            f"{by} took over command of incident {incident.pk}",
            f"{by} has taken over command of this incident from you:\n\n{incident.title}\n\nThe reason given: {reason.strip()}\n\n"
            f"You are no longer its commander. If that is wrong, speak to {by} first.\n{_address(incident)}\n",
            "You commanded this incident until now.",
        )
    line = f"Command taken over from {before}: {reason.strip()}"
    timeline.enter(incident, line, Action.COMMAND_TAKEN_OVER, by=by, before=before and before.pk)
    return taken


# Lock, and the pieces


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)


def _locked_offer(handover: Handover) -> Handover:
    _locked(handover.incident)
    offers = Handover.objects.select_for_update(of=("self",), no_key=True)
    return offers.select_related("incident", "offered_by", "offered_to").get(pk=handover.pk)


def _term(incident: Incident, role: RoleHeld.Role) -> RoleHeld | None:
    return RoleHeld.objects.select_related("user", "incident").filter(incident=incident, role=role, until=None).first()


def _end(held: RoleHeld, now: datetime) -> None:
    held.until = now
    held.save(update_fields=["until"])


def _pass_command(incident: Incident, to: User, now: datetime, *, reason: str = "") -> RoleHeld:
    """End the old term and begin the new one together; the database allows no second commander in between."""
    held = _term(incident, COMMANDER)
    if held:
        _end(held, now)
    return RoleHeld.objects.create(incident=incident, role=COMMANDER, user=to, since=now, take_over_reason=reason)


def _open_offer(incident: Incident) -> Handover | None:
    offers = Handover.objects.filter(incident=incident, accepted_at=None, declined_at=None)
    return offers.select_related("offered_to").first()


def _require_living(incident: Incident) -> None:
    require(
        incident.state != Incident.State.DISMISSED,
        WrongState("This incident was dismissed: nobody holds a seat in it any more."),
    )


def _require_waiting(handover: Handover) -> None:
    answered = handover.accepted_at or handover.declined_at
    require(not answered, WrongState("This offer of command has been answered or withdrawn already."))


def _tell(to: User, key: str, subject: str, text: str, reason: str) -> None:
    outbox.queue(key=key, kind="command", to=to, subject=subject, text=text, reason=reason)


def _address(incident: Incident) -> str:
    return f"{settings.DESK_URL}{reverse('desk:incident', args=[incident.pk])}"
