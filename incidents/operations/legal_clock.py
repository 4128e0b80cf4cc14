"""The legal clocks of an incident: made from the operator's profile, assessed by a person, and noted as submitted.

Nothing is filed from here, and nothing here is advice: counsel confirms. What starts a clock is in
``incidents.operations.clock_start``.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

import clock as hand
import moments
from accounts.models import User
from incidents import permissions_clocks as permissions
from incidents import running
from incidents.actions import Action
from incidents.models import ClockNote, Incident, ReportingClock
from incidents.operations import clock_ladder, duty, timeline
from incidents.operations.reckon import reckon
from refusals import Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing, wrong_words

State = ReportingClock.State
Verb = ClockNote.Verb
WORDS, LINE = 2_000, 300  # characters
LONGEST_BEFORE = timedelta(days=366)  # how long before its detection anything about an incident can have happened
LONGEST_HOLD = timedelta(days=366)
CHANGED_MEANWHILE = "Somebody changed this clock since you opened it."


def begin(incident: Incident, *, by: User) -> list[ReportingClock]:
    """A clock for every rule that the profile switches on, to be assessed. Twice makes none twice; an internal one has none yet.

    Called in the transaction that makes the incident public, which locks the incident.
    """
    return _make(incident, by=by) if incident.is_public else []


@transaction.atomic
def look_again(incident: Incident, *, by: User) -> list[ReportingClock]:
    """What the profile and the rules switch on now and has no clock here yet. Also in an internal incident."""
    incident = locked_incident(incident)
    require(permissions.can_assess_clocks(by, incident), NotAllowed(permissions.assess_clocks_refusal(incident)))
    require_living(incident)
    return _make(incident, by=by)


@transaction.atomic
def assess(
    clock: ReportingClock, *, by: User, seen_version: int, applies: bool | None, reason: str = ""
) -> ReportingClock:
    """Somebody says that a report is due of us, or that none is and why. It can be said anew until it is submitted."""
    clock, reason = locked(clock), reason.strip()
    _require_assessor(clock, by)
    _require_seen(clock, seen_version)
    require(clock.state != State.SUBMITTED, WrongState("This was submitted. Take that back first, if it is not so."))
    require_nothing_missing("Nothing was decided.", _missing_in_assessment(clock, applies, reason))
    state = State.APPLIES if applies else State.NOT_APPLICABLE
    if (clock.state, clock.reason) == (state, reason):
        return clock
    clock.state, clock.reason, clock.assessed_by, clock.assessed_at = state, reason, by, hand.now()
    _save(clock, "state", "reason", "assessed_by", "assessed_at")
    _follow(clock, "It does not apply.")
    line = f"Legal clocks, {clock.code}: {'it applies' if applies else 'it does not apply'}."
    note = _note(clock, Verb.APPLIES if applies else Verb.NOT_APPLICABLE, by=by, words=reason)
    timeline.enter(
        clock.incident, line, Action.CLOCK_ASSESSED, by=by, about=clock, keep=[note], code=clock.code, applies=applies
    )
    duty.ask_again(clock, by=by)
    return clock


@transaction.atomic
def submit(
    clock: ReportingClock,
    *,
    by: User,
    seen_version: int,
    submitted_at: datetime | None,
    reference: str,
    submitted_by: User | None,
) -> ReportingClock:
    """Somebody has filed the report, and notes it. ``submitted_at`` in UTC. Later clocks that wait for it start with it."""
    clock, reference = locked(clock), " ".join(reference.split())
    require(permissions.can_record_for_clocks(by), NotAllowed(permissions.record_for_clocks_refusal()))
    require_living(clock.incident)
    given = (submitted_at, reference, submitted_by)
    if clock.state == State.SUBMITTED and given == (clock.submitted_at, clock.reference, clock.submitted_by):
        return clock
    _require_seen(clock, seen_version)
    require(clock.state != State.SUBMITTED, WrongState("This was submitted already. Take that back to note it anew."))
    require(clock.state != State.NOT_APPLICABLE, WrongState("This does not apply. Say first that it does."))
    require_nothing_missing("Nothing was noted.", _missing_in_submission(clock, submitted_at, reference, submitted_by))
    if clock.state == State.TO_ASSESS:  # whoever files has decided that it applies
        clock.assessed_by, clock.assessed_at = by, hand.now()
    clock.state, clock.noted_at = State.SUBMITTED, hand.now()
    clock.submitted_at, clock.reference, clock.submitted_by = given
    _save(clock, "state", "assessed_by", "assessed_at", "noted_at", "submitted_at", "reference", "submitted_by")
    clock_ladder.supersede(clock, "It was submitted.")
    started = [other.code for other in reckon(clock.incident)]
    line = f"Legal clocks, {clock.code}: submitted{_punctual(clock)}.{_runs(started)}"
    note = _note(clock, Verb.SUBMITTED, by=by, words=reference, since=submitted_at, whose=submitted_by)
    timeline.enter(
        clock.incident, line, Action.CLOCK_SUBMITTED, by=by, about=clock, happened_at=submitted_at, keep=[note],
        code=clock.code, late=clock.was_late, started=started,
    )  # fmt: skip
    return clock


@transaction.atomic
def take_back(clock: ReportingClock, *, by: User, seen_version: int, reason: str) -> ReportingClock:
    """What was noted as submitted was not, or not so. The clock runs again, and those that followed it stop."""
    clock, reason = locked(clock), reason.strip()
    _require_assessor(clock, by)
    _require_seen(clock, seen_version)
    require(clock.state == State.SUBMITTED, WrongState("This is not noted as submitted."))
    missing = wrong_words(reason, "Say what was wrong with it", WORDS)
    require_nothing_missing("Nothing was taken back.", [_at(clock, missing, "back-reason")] if missing else [])
    assert clock.submitted_at is not None  # noqa: S101 - the database holds every submitted clock to it
    was = moments.phrase(clock.submitted_at, "UTC")
    clock.state, clock.submitted_at, clock.reference = State.APPLIES, None, ""
    clock.submitted_by = clock.noted_at = None
    _save(clock, "state", "submitted_at", "reference", "submitted_by", "noted_at")
    reckon(clock.incident)
    clock.refresh_from_db()
    _follow(clock, "")
    line = f"Legal clocks, {clock.code}: noted as submitted {was}, which was not so."
    note = _note(clock, Verb.TAKEN_BACK, by=by, words=reason)
    timeline.enter(clock.incident, line, Action.CLOCK_TAKEN_BACK, by=by, about=clock, keep=[note], code=clock.code)
    duty.ask_again(clock, by=by)
    return clock


@transaction.atomic
def hold(
    clock: ReportingClock,
    *,
    by: User,
    seen_version: int,
    held_from: datetime | None,
    held_until: datetime | None,
    ground: str,
) -> ReportingClock:
    """An authority asks to wait with the report, in a document. The deadline moves by that time. Again: it asks anew. UTC."""
    clock, ground = locked(clock), " ".join(ground.split())
    _require_assessor(clock, by)
    _require_seen(clock, seen_version)
    require(clock.is_open, WrongState("Nothing runs here that could be held."))
    require_nothing_missing("Nothing was held.", _missing_in_hold(clock, held_from, held_until, ground))
    if (clock.held_from, clock.held_until, clock.held_ground) == (held_from, held_until, ground):
        return clock
    clock.held_from, clock.held_until, clock.held_ground = held_from, held_until, ground
    _save(clock, "held_from", "held_until", "held_ground")
    reckon(clock.incident)
    clock.refresh_from_db()
    assert held_until is not None  # noqa: S101 - asked for above
    line = f"Legal clocks, {clock.code}: held until {moments.phrase(held_until, 'UTC')}, as an authority asked."
    note = _note(clock, Verb.HELD, by=by, words=ground, since=held_from, until=held_until)
    timeline.enter(clock.incident, line, Action.CLOCK_HELD, by=by, about=clock, keep=[note], code=clock.code)
    return clock


# What is missing. Each with its field


def _missing_in_assessment(clock: ReportingClock, applies: bool | None, reason: str) -> Iterator[Missing]:
    if applies is None:
        yield _at(clock, "Say whether it applies", "assess-applies_0")
    if applies is False and not reason:
        yield _at(clock, "Say why it does not apply", "assess-reason")
    if len(reason) > WORDS:
        yield _at(clock, f"Give the reason in at most {WORDS:,} characters", "assess-reason")


def _missing_in_submission(
    clock: ReportingClock, at: datetime | None, reference: str, submitted_by: User | None
) -> Iterator[Missing]:
    if sentence := wrong_time(clock.incident, at, "Say when it was submitted"):
        yield _at(clock, sentence, "submit-submitted_at")
    elif at and clock.started_at and at < clock.started_at:
        words = f"Enter a time after the clock started, {moments.phrase(clock.started_at, 'UTC')}, or record an earlier start first"
        yield _at(clock, words, "submit-submitted_at")
    if sentence := wrong_words(reference, "Give the reference of the report, or say where its copy is", LINE):
        yield _at(clock, sentence, "submit-reference")
    if not submitted_by:
        yield _at(clock, "Say who submitted it", "submit-submitted_by")


def _missing_in_hold(
    clock: ReportingClock, since: datetime | None, until: datetime | None, ground: str
) -> Iterator[Missing]:
    if sentence := wrong_time(clock.incident, since, "Say from when they ask to wait"):
        yield _at(clock, sentence, "hold-held_from")
    if not until:
        yield _at(clock, "Say until when they ask to wait", "hold-held_until")
    elif since and not since < until <= since + LONGEST_HOLD:
        yield _at(clock, "Enter a time after that from which they ask to wait, within a year", "hold-held_until")
    if sentence := wrong_words(ground, "Name the document in which they ask for it", LINE):
        yield _at(clock, sentence, "hold-ground")


def wrong_time(incident: Incident, at: datetime | None, sentence: str) -> str:
    """What is wrong with a time at which something about this incident happened; nothing when it can be. UTC."""
    if not at:
        return sentence
    if at > hand.now():
        return "Enter a time that is not in the future: record it once it has happened"
    if at < incident.detected_at - LONGEST_BEFORE:
        return "Enter a time at most a year before the failure was noticed"
    return ""


def _at(clock: ReportingClock, sentence: str, field: str) -> Missing:
    return Missing(sentence, "desk:clock", (clock.pk,), f"id_{field}")


# Lock, make, save


def locked_incident(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)


def locked(clock: ReportingClock) -> ReportingClock:
    """After its incident, so that nothing that starts it changes meanwhile."""
    incident = locked_incident(clock.incident)
    found = ReportingClock.objects.select_for_update(of=("self",), no_key=True).select_related("rule").get(pk=clock.pk)
    found.incident = incident
    return found


def require_living(incident: Incident) -> None:
    require(not incident.is_final, WrongState("This incident was dismissed. Nothing is reported about it."))


def _make(incident: Incident, *, by: User) -> list[ReportingClock]:
    now = hand.now()
    made = ReportingClock.objects.bulk_create(
        ReportingClock(incident=incident, rule=rule, code=rule.code, created_at=now)
        for rule in duty.not_looked_at(incident)
    )
    if made:
        reckon(incident)
        codes = [clock.code for clock in made]
        line = f"Legal clocks: {', '.join(codes)} {'is' if len(codes) == 1 else 'are'} to be assessed."
        timeline.enter(incident, line, Action.CLOCKS_BEGUN, by=by, codes=codes)
        for clock in made:
            duty.ask_again(clock, by=by)
    return made


def _save(clock: ReportingClock, *fields: str) -> None:
    clock.version += 1
    clock.save(update_fields=[*fields, "version"])


def _note(clock: ReportingClock, verb: str, *, by: User, words: str, **times: Any) -> ClockNote:
    """For the log to keep: the clock itself holds only what was said last."""
    return ClockNote(clock=clock, verb=verb, words=words, said_by=by, said_at=hand.now(), **times)


def _follow(clock: ReportingClock, why: str) -> None:
    """Whoever was to be reminded is, or is not any more."""
    if clock.is_open:
        clock_ladder.plan(clock)
    else:
        clock_ladder.supersede(clock, why)


def _require_assessor(clock: ReportingClock, by: User) -> None:
    allowed = permissions.can_assess_clocks(by, clock.incident)
    require(allowed, NotAllowed(permissions.assess_clocks_refusal(clock.incident)))
    require_living(clock.incident)


def _require_seen(clock: ReportingClock, seen_version: int) -> None:
    require(clock.version == seen_version, Stale(CHANGED_MEANWHILE))


def _punctual(clock: ReportingClock) -> str:
    if clock.due_at is None:
        return ""
    return f", {moments.span(running.late_by(clock))} late" if clock.was_late else ", in time"


def _runs(codes: Collection[str]) -> str:
    return f" {', '.join(codes)} {'runs' if len(codes) == 1 else 'run'} from it." if codes else ""
