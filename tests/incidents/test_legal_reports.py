"""Reports that legal clocks ask for: noted as submitted, taken back, and held when an authority asks to wait (domain 4.3)."""

from datetime import timedelta
from typing import Any

import pytest

import clock
from accounts.operations.verify import verify_log
from incidents.operations import legal_clock
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states
from tests.incidents.legal_clocks import filed, of

pytestmark = pytest.mark.django_db


# Submitted


def test_a_report_that_went_out_is_noted_with_its_reference(running, ada, rosa, tom):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, applies=True)
    one = legal_clock.submit(
        one, by=rosa, seen_version=2, submitted_at=clock.now(), reference="  Receipt  4711 ", submitted_by=tom
    )

    assert (one.state, one.reference, one.submitted_by, one.assessed_by) == ("submitted", "Receipt 4711", tom, ada)
    assert not one.was_late
    line = running.timeline.latest("pk")
    assert line.text == "Legal clocks, GDPR-33: submitted, in time."
    assert line.happened_at == one.submitted_at
    assert "4711" not in str(states.last_log().details)


def test_what_is_submitted_late_says_so(running, ada, clock_at):
    one = of(running, "GDPR-33")
    clock_at(one.due_at + timedelta(hours=2))
    one = filed(one, ada)
    assert one.was_late
    assert running.timeline.latest("pk").text == "Legal clocks, GDPR-33: submitted, 2 h late."
    assert states.last_log().details["late"] is True


def test_whoever_files_before_anybody_assessed_has_decided_that_it_applies(running, rosa):
    one = filed(of(running, "GDPR-33"), rosa)
    assert (one.state, one.assessed_by) == ("submitted", rosa)


def test_the_same_submission_twice_is_noted_once(running, ada):
    one = filed(of(running, "GDPR-33"), ada)
    logged = states.last_log().number
    filed(one, ada)
    assert states.last_log().number == logged


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"submitted_at": None}, "submitted_at"),
        ({"submitted_at": timedelta(minutes=1)}, "submitted_at"),
        ({"submitted_at": timedelta(minutes=-1)}, "submitted_at"),
        ({"submitted_at": timedelta(days=-400)}, "submitted_at"),
        ({"reference": " "}, "reference"),
        ({"reference": "x" * 301}, "reference"),
        ({"submitted_by": None}, "submitted_by"),
    ],
)
def test_what_is_missing_in_a_submission_is_named(running, ada, refused, changes, anchor):
    given = {"submitted_at": clock.now(), "reference": "Receipt 4711", "submitted_by": ada} | changes
    if isinstance(given["submitted_at"], timedelta):
        given["submitted_at"] += clock.now()
    with refused(Incomplete, "Nothing was noted") as refusal:
        legal_clock.submit(of(running, "GDPR-33"), by=ada, seen_version=1, **given)
    assert [item.anchor for item in refusal.value.missing] == [f"id_submit-{anchor}"]


def test_what_does_not_apply_is_not_submitted_and_readers_note_nothing(running, ada, vic, refused):
    one = legal_clock.assess(of(running, "GDPR-33"), by=ada, seen_version=1, applies=False, reason="No personal data")
    with refused(WrongState, "Say first that it does"):
        filed(one, ada)
    with refused(NotAllowed, "Executives and observers only read"):
        filed(one, vic)


def test_another_submission_needs_the_first_taken_back(running, ada, refused):
    one = filed(of(running, "GDPR-33"), ada)
    with refused(WrongState, "submitted already"):
        filed(one, ada, reference="Receipt 4712")
    with refused(Stale, "Somebody changed this clock"):
        legal_clock.submit(one, by=ada, seen_version=1, submitted_at=clock.now(), reference="Another", submitted_by=ada)


def test_what_was_not_submitted_after_all_runs_again_and_what_followed_it_stops(running, ada, cleo):
    one = filed(of(running, "NIS2-72"), ada)
    assert of(running, "NIS2-1M").due_at

    one = legal_clock.take_back(one, by=cleo, seen_version=one.version, reason="The portal had rejected it")

    assert (one.state, one.reference, one.submitted_at) == ("applies", "", None)
    assert of(running, "NIS2-1M").due_at is None
    assert running.timeline.latest("pk").text == (
        "Legal clocks, NIS2-72: noted as submitted 19 November 2026, 15:16 UTC, which was not so."
    )


def test_what_was_said_of_a_clock_stays_when_it_is_said_anew(running, ada, cleo):
    one = of(running, "NIS2-72")
    one = legal_clock.assess(one, by=ada, seen_version=one.version, applies=False, reason="Nobody was cut off")
    one = filed(legal_clock.assess(one, by=cleo, seen_version=one.version, applies=True), ada, reference="Receipt 4711")
    legal_clock.take_back(one, by=cleo, seen_version=one.version, reason="The portal had rejected it")

    said = [(note.verb, note.words, note.said_by) for note in one.notes.order_by("pk")]
    assert said == [
        ("not_applicable", "Nobody was cut off", ada),
        ("applies", "", cleo),
        ("submitted", "Receipt 4711", ada),
        ("taken_back", "The portal had rejected it", cleo),
    ]
    assert verify_log().broken == ""


def test_taking_back_asks_who_why_and_whether_there_is_anything(running, ada, rosa, refused):
    one = filed(of(running, "GDPR-33"), ada)
    with refused(Incomplete) as refusal:
        legal_clock.take_back(one, by=ada, seen_version=one.version, reason=" ")
    assert refusal.missing == ["Say what was wrong with it"]
    with refused(NotAllowed, "Approvers, commanders"):
        legal_clock.take_back(one, by=rosa, seen_version=one.version, reason="It is not so")
    with refused(Stale):
        legal_clock.take_back(one, by=ada, seen_version=1, reason="It is not so")
    with refused(WrongState, "not noted as submitted"):
        legal_clock.take_back(of(running, "NIS2-72"), by=ada, seen_version=1, reason="It is not so")


# Held


def test_an_authority_that_asks_to_wait_moves_the_deadline(running, ada):
    one = of(running, "GDPR-33")
    due, now = one.due_at, clock.now()
    one = legal_clock.hold(
        one, by=ada, seen_version=1, held_from=now, held_until=now + timedelta(hours=10), ground="Letter of the police"
    )
    assert one.due_at == due + timedelta(hours=10)
    assert running.timeline.latest("pk").text == (
        "Legal clocks, GDPR-33: held until 20 November 2026, 01:16 UTC, as an authority asked."
    )


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"held_from": None}, "held_from"),
        ({"held_from": timedelta(hours=1)}, "held_from"),
        ({"held_until": None}, "held_until"),
        ({"held_until": timedelta()}, "held_until"),
        ({"held_until": timedelta(days=400)}, "held_until"),
        ({"ground": ""}, "ground"),
    ],
)
def test_what_is_missing_to_hold_a_clock_is_named(running, ada, refused, changes, anchor):
    given: dict[str, Any] = {"held_from": timedelta(), "held_until": timedelta(days=1), "ground": "A letter"} | changes
    said: dict[str, Any] = {key: clock.now() + at if isinstance(at, timedelta) else at for key, at in given.items()}
    if said["held_from"] and said["held_from"] > clock.now():
        said["held_until"] = said["held_from"] + timedelta(days=1)
    with refused(Incomplete, "Nothing was held") as refusal:
        legal_clock.hold(of(running, "GDPR-33"), by=ada, seen_version=1, **said)
    assert [item.anchor for item in refusal.value.missing] == [f"id_hold-{anchor}"]


def test_only_who_assesses_holds_and_only_what_runs(running, ada, rosa, refused):
    now = clock.now()
    said: dict[str, Any] = {"held_from": now, "held_until": now + timedelta(days=1), "ground": "A letter"}
    with refused(NotAllowed, "Approvers, commanders"):
        legal_clock.hold(of(running, "GDPR-33"), by=rosa, seen_version=1, **said)
    with refused(Stale):
        legal_clock.hold(of(running, "GDPR-33"), by=ada, seen_version=9, **said)
    one = filed(of(running, "GDPR-33"), ada)
    with refused(WrongState, "Nothing runs here"):
        legal_clock.hold(one, by=ada, seen_version=one.version, **said)
