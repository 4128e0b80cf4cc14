"""When something happened that starts legal clocks: recorded with evidence, moved earlier at once and later by two people.

What was recorded is kept; moving it is another row. Until a second person agrees to a later time the earlier one counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

import clock as hand
import moments
from accounts.models import User
from accounts.permissions import lacks_second_step, second_step_refusal
from incidents import permissions_clocks as permissions
from incidents import running
from incidents.actions import Action
from incidents.models import ClockStart, Incident, ReportingClock, StartMove
from incidents.models.clock import RECORDED
from incidents.operations import legal_clock, timeline
from incidents.operations.reckon import reckon
from refusals import Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing, wrong_words
from stakeholders.models import StartEvent

LINE, WORDS = 300, 2_000  # characters
RECORDED_MEANWHILE = "Somebody recorded another time since you opened it."


@dataclass(frozen=True)
class Event:
    """What happened: to the incident, or what one clock alone waits for."""

    incident: Incident
    event: str
    clock: ReportingClock | None = None

    @property
    def words(self) -> str:
        if self.clock:
            return self.clock.rule.starts_words or f"what {self.clock.code} waits for"
        return StartEvent(self.event).label.lower()

    @property
    def place(self) -> tuple[str, tuple[Any, ...]]:
        """The page on which it is recorded."""
        if self.clock:
            return "desk:clock_own_start", (self.clock.pk,)
        return "desk:clock_start", (self.incident.pk, self.event)

    @property
    def current(self) -> ClockStart | None:
        """The time that counts, as somebody recorded it."""
        rows = ClockStart.objects.current().filter(**self._here)
        return rows.select_related("recorded_by", "agreed_by").first()

    @property
    def waiting(self) -> StartMove | None:
        """A later time that waits for a second person."""
        rows = StartMove.objects.filter(**self._here, state=StartMove.State.WAITING)
        return rows.select_related("proposed_by").first()

    def counts(self, current: ClockStart | None) -> datetime | None:
        """The time from which clocks run now: recorded, or proposed."""
        return current.at if current else running.proposed(self.incident, self.event)

    @property
    def _here(self) -> dict[str, Any]:
        return {"incident": self.incident, "event": self.event, "clock": self.clock}


@transaction.atomic
def record(
    about: Event, *, by: User, seen: int, at: datetime | None, evidence: str, reason: str = ""
) -> ClockStart | StartMove:
    """Somebody says when it happened, UTC, and where that can be checked. The same time or an earlier one counts at once.

    A later one than counts now is proposed: it needs a reason, and a second person. ``seen`` is the row that the person
    looked at, 0 for none; raises ``Stale`` when another one was recorded since.
    """
    about, evidence, reason = _locked(about), " ".join(evidence.split()), reason.strip()
    require(permissions.can_record_for_clocks(by), NotAllowed(permissions.record_for_clocks_refusal()))
    legal_clock.require_living(about.incident)
    _require_event(about)
    current = about.current
    was_at = about.counts(current)
    if current and (current.at, current.evidence) == (at, evidence):
        return current
    require((current.pk if current else 0) == seen, Stale(RECORDED_MEANWHILE))
    require_nothing_missing("Nothing was recorded.", _missing(about, at, was_at, evidence, reason))
    assert at is not None  # noqa: S101 - asked for above
    if was_at is not None and at > was_at:
        return _propose(about, by=by, at=at, evidence=evidence, reason=reason, was_at=was_at)
    _overtake(about, by)
    start = ClockStart(
        incident=about.incident, event=about.event, clock=about.clock, at=at, evidence=evidence, reason=reason,
        was_at=was_at, replaces=current, recorded_by=by, recorded_at=hand.now(),
    )  # fmt: skip
    _keep(about, start, by=by, verb="moved to" if current else "recorded,")
    return start


@transaction.atomic
def agree(move: StartMove, *, by: User) -> ClockStart:
    """A second person agrees that it happened later. From now on that time counts."""
    return _agree(move, by=by, alone=False)


@transaction.atomic
def agree_alone(move: StartMove, *, by: User) -> ClockStart:
    """Somebody who has declared to work alone stands in for the second person. The row says so."""
    return _agree(move, by=by, alone=True)


@transaction.atomic
def refuse(move: StartMove, *, by: User) -> StartMove:
    """The earlier time stays."""
    move, about = _locked_move(move)
    require(permissions.can_refuse_later_start(by, move), NotAllowed(permissions.refuse_later_start_refusal(move)))
    _require_waiting(move)
    _settle(move, StartMove.State.REFUSED, by)
    line = f"Legal clocks, {about.words}: the later time is not agreed to. {_said(move.was_at)} stays."
    timeline.enter(about.incident, line, Action.CLOCK_START_REFUSED, by=by, about=move, event=move.event)
    return move


# What is missing


def _missing(
    about: Event, at: datetime | None, was_at: datetime | None, evidence: str, reason: str
) -> Iterator[Missing]:
    if sentence := legal_clock.wrong_time(about.incident, at, "Say when it happened"):
        yield _at(about, sentence, "at")
    elif at and (began := _too_early(about, at)):
        yield _at(about, began, "at")
    if sentence := wrong_words(evidence, "Say where that can be checked", LINE):
        yield _at(about, sentence, "evidence")
    if at and was_at and was_at < at <= hand.now() and not reason:
        yield _at(
            about, f"Give the reason: it is later than {_said(was_at)}, and a second person has to agree", "reason"
        )
    if len(reason) > WORDS:
        yield _at(about, f"Give the reason in at most {WORDS:,} characters", "reason")


def _too_early(about: Event, at: datetime) -> str:
    """Nobody is aware of a failure before it began; another clock's event may lie before."""
    began = about.incident.failure_started_at
    if not began or at >= began or about.event == StartEvent.OWN:
        return ""
    return f"Enter a time after the failure began, {_said(began)}, or correct that among the details"


def _require_event(about: Event) -> None:
    waits = about.clock is not None and StartEvent.OWN in about.clock.rule.starts
    fits = about.event in RECORDED and (about.event == StartEvent.OWN) == (about.clock is not None)
    require(fits, WrongState("No clock runs from that. Choose what happened from the list."))
    require(about.clock is None or waits, WrongState("This clock waits for no event of its own."))


def _at(about: Event, sentence: str, field: str) -> Missing:
    return Missing(sentence, *about.place, f"id_{field}")


# Lock, propose, keep


def _locked(about: Event) -> Event:
    if about.clock:
        clock = legal_clock.locked(about.clock)
        return Event(clock.incident, about.event, clock)
    return Event(legal_clock.locked_incident(about.incident), about.event)


def _locked_move(move: StartMove) -> tuple[StartMove, Event]:
    incident = legal_clock.locked_incident(move.incident)
    rows = StartMove.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("proposed_by", "clock__rule").get(pk=move.pk)
    found.incident = incident
    return found, Event(incident, found.event, found.clock)


def _propose(about: Event, *, by: User, at: datetime, evidence: str, reason: str, was_at: datetime) -> StartMove:
    waiting = about.waiting
    if waiting and (waiting.at, waiting.evidence, waiting.reason) == (at, evidence, reason):
        return waiting
    require(not waiting, WrongState("A later time is proposed already. Agree to it or leave it first."))
    move = StartMove.objects.create(
        incident=about.incident, event=about.event, clock=about.clock, at=at, evidence=evidence, reason=reason,
        was_at=was_at, proposed_by=by, proposed_at=hand.now(),
    )  # fmt: skip
    line = f"Legal clocks, {about.words}: {_said(at)} is proposed. {_said(was_at)} counts until a second person agrees."
    timeline.enter(about.incident, line, Action.CLOCK_START_PROPOSED, by=by, about=move, event=about.event)
    return move


def _agree(move: StartMove, *, by: User, alone: bool) -> ClockStart:
    by = User.objects.get(pk=by.pk)
    move, about = _locked_move(move)
    require(not lacks_second_step(by), second_step_refusal())
    may = permissions.can_agree_to_later_start_alone(by) if alone else permissions.can_agree_to_later_start(by, move)
    require(may, NotAllowed(permissions.agree_to_later_start_refusal(move)))
    legal_clock.require_living(about.incident)
    _require_waiting(move)
    _settle(move, StartMove.State.AGREED, by, alone=alone)
    start = ClockStart(
        incident=about.incident, event=about.event, clock=about.clock, at=move.at, evidence=move.evidence,
        reason=move.reason, was_at=move.was_at, replaces=about.current, recorded_by=move.proposed_by,
        recorded_at=hand.now(), agreed_by=by, agreed_alone=alone,
    )  # fmt: skip
    _keep(about, start, by=by, verb="moved, as a second person agrees, to", alone=alone)
    return start


def _keep(about: Event, start: ClockStart, *, by: User, verb: str, alone: bool = False) -> None:
    """The log first, which keeps the row and locks last; then every clock that runs from it."""
    line = f"Legal clocks, {about.words}: {verb} {_said(start.at)}."
    action = Action.CLOCK_START_AGREED_SOLO if alone else Action.CLOCK_START_RECORDED
    timeline.enter(about.incident, line, action, by=by, keep=[start], event=start.event)
    reckon(about.incident)


def _settle(move: StartMove, state: str, by: User, *, alone: bool = False) -> None:
    move.state, move.settled_by, move.settled_at, move.settled_alone = state, by, hand.now(), alone
    move.save(update_fields=["state", "settled_by", "settled_at", "settled_alone"])


def _overtake(about: Event, by: User) -> None:
    """A later time that was proposed instead of one that does not count any more waits for nobody."""
    if waiting := about.waiting:
        _settle(waiting, StartMove.State.OVERTAKEN, by)


def _require_waiting(move: StartMove) -> None:
    require(move.state == StartMove.State.WAITING, WrongState("This waits for nobody any more."))


def _said(at: datetime | None) -> str:
    return moments.phrase(at, "UTC") if at else ""
