"""What starts legal clocks: recorded with evidence, moved earlier at once, moved later by two people (domain 4.3)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

import clock
from accounts.models import Organisation
from accounts.models.kept import seal
from accounts.operations.verify import verify_log
from incidents.models import ClockStart, Incident, ReportingClock, StartMove
from incidents.operations import clock_start, incident
from incidents.operations.clock_start import Event
from incidents.operations.reckon import reckon
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import LegalRole, Profile
from stakeholders.operations import rules
from tests import states
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
@remembered
def running(declared, ada, cleo, tom, clock_at):
    """Detected an hour ago; personal data in Germany, and an essential entity."""
    given = {"countries": ["DE"], "roles": [LegalRole.ESSENTIAL_ENTITY], "has_personal_data": True}
    rules.set_profile(by=ada, seen_version=Profile.current().version, **given)
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom)
    Incident.objects.filter(pk=about.pk).update(detected_at=clock.now())
    clock_at(clock.now() + HOUR)
    reckon(states.fresh(about))
    return states.fresh(about)


def of(about: Incident, code: str) -> ReportingClock:
    return ReportingClock.objects.with_people().get(incident=about, code=code)


def said(by: Any, about: Event, **changes: Any) -> dict[str, Any]:
    seen = about.current.pk if about.current else 0
    return {"by": by, "seen": seen, "at": clock.now() - 2 * HOUR, "evidence": "The call to the desk, 14:16"} | changes


def aware(about: Incident, by: Any, **changes: Any) -> Any:
    event = Event(about, "aware")
    return clock_start.record(event, **said(by, event, **changes))


def proposed(about: Incident, by: Any, at: Any = None) -> StartMove:
    move = aware(about, by, at=at or clock.now(), reason="It was a rumour until then")
    assert isinstance(move, StartMove)
    return move


# Recorded


def test_a_time_is_kept_with_evidence_and_person_and_clocks_run_from_it(running, rosa):
    start = aware(running, rosa, evidence="  The call to the desk,  14:16 ")

    assert (start.recorded_by, start.recorded_at) == (rosa, clock.now())
    assert (start.evidence, start.was_at) == ("The call to the desk, 14:16", running.detected_at)
    assert of(running, "GDPR-33").due_at == start.at + timedelta(hours=72)
    line = running.timeline.latest("pk")
    assert line.text == "Legal clocks, becoming aware: recorded, 19 November 2026, 14:16 UTC."
    kept = {entry["row"]: entry["seal"] for entry in states.last_log().kept}
    assert kept[f"incidents.clockstart:{start.pk}"] == seal(start)
    assert verify_log().broken == ""
    assert start.evidence not in str(states.last_log().details)


def test_what_was_recorded_is_never_changed(running, rosa):
    start = aware(running, rosa)
    with pytest.raises(TypeError):
        start.save()


def test_the_same_sent_twice_is_recorded_once(running, rosa):
    first = aware(running, rosa)
    assert aware(running, rosa, seen=0) == first
    assert ClockStart.objects.count() == 1


def test_moving_it_earlier_counts_at_once_and_is_another_row(running, rosa, tom):
    first = aware(running, rosa)
    second = aware(running, tom, at=first.at - HOUR)

    assert (second.replaces, second.was_at, second.agreed_by) == (first, first.at, None)
    assert list(ClockStart.objects.current()) == [second]
    assert of(running, "GDPR-33").due_at == second.at + timedelta(hours=72)


def test_another_event_starts_only_what_runs_from_it(running, rosa):
    before = of(running, "GDPR-33").due_at
    event = Event(running, "classified")
    clock_start.record(event, **said(rosa, event, at=clock.now()))
    assert of(running, "GDPR-33").due_at == before


def test_the_event_that_one_clock_waits_for_starts_that_clock_alone(running, rosa):
    one = of(running, "NIS2-1M-F")
    event = Event(running, "own", one)
    start = clock_start.record(event, **said(rosa, event, at=clock.now() - HOUR))

    assert (start.clock, of(running, "NIS2-1M-F").started_at) == (one, start.at)
    assert of(running, "NIS2-1M").started_at is None
    assert "the incident was handled" in running.timeline.latest("pk").text


# Refused


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"at": None}, "id_at"),
        ({"at": timedelta(seconds=1)}, "id_at"),
        ({"at": timedelta(days=-400)}, "id_at"),
        ({"evidence": " "}, "id_evidence"),
        ({"evidence": "x" * 301}, "id_evidence"),
        ({"at": timedelta()}, "id_reason"),
        ({"at": timedelta(), "reason": "x" * 2001}, "id_reason"),
    ],
)
def test_what_is_missing_is_named(running, rosa, refused, changes, anchor):
    given = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with refused(Incomplete, "Nothing was recorded") as refusal:
        aware(running, rosa, **given)
    assert [(item.anchor, item.args) for item in refusal.value.missing] == [(anchor, (running.pk, "aware"))]


def test_nobody_is_aware_of_a_failure_before_it_began(running, cleo, rosa, refused):
    began = running.detected_at - timedelta(minutes=5)
    incident.describe(running, by=cleo, seen_version=running.version, failure_started_at=began)
    with refused(Incomplete) as refusal:
        aware(running, rosa)
    assert refusal.missing[0].startswith("Enter a time after the failure began, 19 November 2026, 15:11 UTC")


def test_who_only_reads_records_nothing(running, vic, refused):
    with refused(NotAllowed, "Executives and observers only read"):
        aware(running, vic)


@pytest.mark.parametrize("event", ["submitted", "own", "unheard"])
def test_what_no_clock_runs_from_is_refused(running, rosa, refused, event):
    about = Event(running, event)
    with refused(WrongState, "No clock runs from that"):
        clock_start.record(about, **said(rosa, about))


def test_a_clock_without_an_event_of_its_own_is_refused(running, rosa, refused):
    about = Event(running, "own", of(running, "GDPR-33"))
    with refused(WrongState, "waits for no event of its own"):
        clock_start.record(about, **said(rosa, about))


def test_what_somebody_else_recorded_meanwhile_is_shown_first(running, rosa, tom, refused):
    aware(running, rosa)
    with refused(Stale, "Somebody recorded another time"):
        aware(running, tom, seen=0, at=clock.now() - 3 * HOUR)


def test_nothing_is_recorded_once_the_incident_was_dismissed(declared, cleo, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run")
    with refused(WrongState, "was dismissed"):
        aware(declared, cleo)


# Later, by two


def test_a_later_time_counts_only_once_a_second_person_agrees(running, rosa, ben):
    aware(running, rosa)
    due = of(running, "GDPR-33").due_at
    move = proposed(running, rosa)

    assert of(running, "GDPR-33").due_at == due
    assert running.timeline.latest("pk").text == (
        "Legal clocks, becoming aware: 19 November 2026, 16:16 UTC is proposed. "
        "19 November 2026, 14:16 UTC counts until a second person agrees."
    )

    start = clock_start.agree(move, by=ben)

    assert (start.recorded_by, start.agreed_by, start.agreed_alone, start.at) == (rosa, ben, False, move.at)
    assert of(running, "GDPR-33").due_at == move.at + timedelta(hours=72)
    assert states.fresh(move).state == "agreed"
    assert states.last_log().action == "clock.start_recorded"
    assert verify_log().broken == ""


def test_a_time_after_detection_is_a_later_one_even_when_nobody_recorded_any(running, rosa, ben):
    move = proposed(running, rosa)
    assert move.was_at == running.detected_at
    assert clock_start.agree(move, by=ben).replaces is None


def test_whoever_proposed_it_does_not_agree_to_it(running, ada, refused):
    move = proposed(running, ada)
    with refused(NotAllowed, "a deadline is not moved later by one person"):
        clock_start.agree(move, by=ada)


def test_who_may_not_approve_does_not_agree(running, ada, rosa, refused):
    move = proposed(running, ada)
    with refused(NotAllowed, "other than Ada Brandt"):
        clock_start.agree(move, by=rosa)


def test_alone_only_who_declared_to_work_alone(running, ada, refused):
    move = proposed(running, ada)
    with refused(NotAllowed):
        clock_start.agree_alone(move, by=ada)


def test_who_works_alone_stands_in_for_the_second_person(running, ada, ben, cleo):
    move = proposed(running, ada)
    for other in (ben, cleo):
        other.grants.all().delete()
    now = clock.now()
    Organisation.objects.update(solo_declared_at=now, solo_effective_at=now, solo_declared_by=ada)

    start = clock_start.agree_alone(move, by=ada)

    assert (start.agreed_by, start.agreed_alone) == (ada, True)
    assert states.last_log().action == "clock.start_agreed_solo"


def test_the_same_proposed_twice_is_proposed_once_and_nothing_else_beside_it(running, ada, rosa, refused):
    move = proposed(running, ada)
    assert proposed(running, rosa) == move
    with refused(WrongState, "proposed already"):
        proposed(running, ada, at=clock.now() - timedelta(minutes=5))


def test_an_earlier_time_overtakes_what_is_proposed(running, ada, rosa, ben, refused):
    move = proposed(running, ada)
    aware(running, rosa)
    assert states.fresh(move).state == "overtaken"
    with refused(WrongState, "waits for nobody"):
        clock_start.agree(move, by=ben)


@pytest.mark.parametrize("who", ["ben", "rosa"])
def test_the_earlier_time_is_left_by_who_might_agree_and_by_who_proposed(running, rosa, who, request, refused):
    move = proposed(running, rosa)
    by = request.getfixturevalue(who)

    clock_start.refuse(move, by=by)

    assert (states.fresh(move).state, states.fresh(move).settled_by) == ("refused", by)
    assert running.timeline.latest("pk").text.endswith("19 November 2026, 15:16 UTC stays.")
    with refused(WrongState, "waits for nobody"):
        clock_start.refuse(move, by=by)


def test_others_do_not_leave_it(running, ada, rosa, refused):
    move = proposed(running, ada)
    with refused(NotAllowed, "leaves the earlier time as it is"):
        clock_start.refuse(move, by=rosa)


# The database holds to it


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": ""},
        {"at": HOUR},
        {"was_at": -2 * HOUR},
        {"was_at": -2 * HOUR, "reason": "It was a rumour", "agreed_by": "rosa"},
        {"agreed_alone": True},
        {"event": "submitted"},
        {"event": "own"},
    ],
)
def test_the_database_refuses_a_start_that_makes_no_sense(running, rosa, changes):
    given = {"at": -HOUR, "evidence": "A note", "event": "aware"} | changes
    given = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in given.items()}
    if "agreed_by" in given:
        given["agreed_by"] = rosa
    entry = states.last_log()
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockStart.objects.bulk_create(
            [ClockStart(incident=running, recorded_by=rosa, recorded_at=clock.now(), log_entry=entry, **given)]
        )
