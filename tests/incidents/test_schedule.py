"""Approved for a time: consent is kept, the clock carries it out by the one door, and whatever changed brings it back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

import clock
import crash
from accounts.models import LogEntry, Organisation, Role, RoleGrant, User
from accounts.operations import people
from incidents.models import (
    Approval,
    Incident,
    Promise,
    RecordEntry,
    Reminder,
    ScheduledPublication,
    Setback,
    Statement,
    Submission,
    TimelineEntry,
)
from incidents.operations import approval, commitment, fact, schedule, statement, submission, sweep
from incidents.operations.verify import first_fault
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from tests import factories, states
from tests.conftest import START
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

AT = START + timedelta(
    minutes=20
)  # the holding statement of the fixtures promises the next update for 45 minutes ahead


@pytest.fixture
@remembered
def scheduled(submitted: Submission, ben: User) -> ScheduledPublication:
    """Ben has approved the holding statement for 15:36 UTC."""
    return schedule.consent(submitted, by=ben, seen_digest=submitted.digest, publish_at=AT)


def consent(asked: Submission, *, by: User, at: datetime = AT) -> ScheduledPublication:
    return schedule.consent(asked, by=by, seen_digest=asked.digest, publish_at=at)


def came_back(row: ScheduledPublication) -> str:
    """Nothing is public, the submission waits, and the two are told. Returns the reason."""
    row = states.fresh(row)
    assert row.state == "returned"
    assert not RecordEntry.objects.publications().exists()
    assert states.fresh(row.submission).outcome in ("waiting", "void")
    letters = Outgoing.objects.filter(kind="schedule_returned")
    assert {letter.to_user_id for letter in letters} == {row.submission.submitted_by_id, row.approver_id}
    assert LogEntry.objects.filter(action="approval.schedule_returned", object_id=row.pk).count() == 1
    line = TimelineEntry.objects.get(text__startswith="Not published at")
    said = f"holding statement, version {row.submission.version}. It waits again."
    assert line.text.endswith(said), "it quotes nothing of the draft"
    return str(row.reason)


# --- Consent --------------------------------------------------------------------------------------


def test_consent_publishes_nothing_and_is_kept_with_who_when_and_for_which_words(
    scheduled: ScheduledPublication, submitted: Submission, ben: User
) -> None:
    assert (scheduled.approver, scheduled.basis, scheduled.state) == (ben, "second_person", "waiting")
    assert (scheduled.consented_at, scheduled.publish_at, scheduled.seen_digest) == (START, AT, submitted.digest)
    assert not Approval.objects.filter(submission=submitted).exists()
    assert states.fresh(submitted).outcome == "waiting"
    last = states.last_log()
    assert (last.action, last.actor_id, last.details["digest"]) == ("approval.scheduled", ben.pk, submitted.digest)
    assert TimelineEntry.objects.latest("pk").text == "Approved for 15:36 UTC: holding statement, version 2."


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (START + timedelta(seconds=59), "at least one minute ahead"),
        (START - timedelta(hours=1), "at least one minute ahead"),
        (START + timedelta(days=7, minutes=1), "within the next seven days"),
        (START + timedelta(minutes=36), "at least ten minutes before the next update that it promises"),
    ],
)
def test_a_time_too_near_too_far_or_too_close_to_the_promise_is_refused(
    submitted: Submission, ben: User, refused: Any, at: datetime, sentence: str
) -> None:
    with refused(Incomplete, "It cannot go out at that time.") as refusal:
        consent(submitted, by=ben, at=at)
    assert sentence in refusal.missing[0]
    assert refusal.value.missing[0].anchor == "id_schedule_publish_at"


@pytest.mark.parametrize("minutes", [1, 35])
def test_the_first_and_the_last_minute_are_allowed(submitted: Submission, ben: User, minutes: int) -> None:
    assert consent(submitted, by=ben, at=START + timedelta(minutes=minutes)).is_waiting


def test_who_may_not_approve_may_not_consent(
    submitted: Submission, ada: User, tom: User, olga: User, refused: Any
) -> None:
    for person, says in ((ada, "You wrote part of this"), (tom, "Only an approver"), (olga, "Only an approver")):
        with refused(NotAllowed, says):
            consent(submitted, by=person)


def test_what_is_not_what_was_read_is_refused(submitted: Submission, ben: User, tom: User, refused: Any) -> None:
    with refused(Stale, "What you read is not what was submitted."):
        schedule.consent(submitted, by=ben, seen_digest="0" * 64, publish_at=AT)
    _change_a_fact(submitted, by=tom)
    with refused(Stale, "Something changed"):
        consent(submitted, by=ben)


def test_what_cannot_go_out_now_is_not_approved_for_later(
    submitted: Submission, ben: User, clock_at: Callable[..., None], refused: Any
) -> None:
    clock_at(START + timedelta(minutes=36))
    with refused(Incomplete) as refusal:
        consent(submitted, by=ben, at=START + timedelta(minutes=40))
    assert refusal.missing == ["Promise the next update at least ten minutes ahead"]


def test_it_is_approved_for_one_time_only(
    scheduled: ScheduledPublication, submitted: Submission, ben: User, cleo: User, refused: Any
) -> None:
    for person in (ben, cleo):
        with refused(WrongState, "approved for a time already"):
            consent(submitted, by=person, at=AT + timedelta(minutes=5))
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduledPublication.objects.create(
            submission=submitted, basis="solo", approver=cleo, seen_digest="x", consented_at=START, publish_at=AT
        )


def test_what_was_decided_is_not_approved_for_a_time(
    submitted: Submission, ben: User, cleo: User, refused: Any
) -> None:
    submission.send_back(submitted, by=cleo, reason="Shorter.")
    with refused(WrongState, "returned this to its author"):
        consent(submitted, by=ben)


def test_a_warning_a_correction_and_a_change_of_a_commitment_wait_for_no_time(
    published: Approval, commitment: Any, ada: User, ben: User, tom: User, refused: Any
) -> None:
    changed = _withdrawal(commitment, by=tom)
    with refused(WrongState, "as soon as it is approved"):
        consent(changed, by=ben)
    told: Any = published.incident
    begun = statement.begin(told, "correction", by=ada, corrects=published.entry)
    said: dict[str, Any] = {
        "acknowledgement": "We wrote 212. It was 187.", "body": "It was 187.", "disclosure_note": "Nothing.",
        "withheld": ["nothing"],
    }  # fmt: skip
    promised: dict[str, Any] = {"next_update_at": clock.now() + timedelta(minutes=45)}
    statement.edit(begun, by=ada, seen_version=1, cites=told.facts.confirmed(), **said, **promised)
    Statement.objects.filter(pk=begun.pk).update(state="submitted")
    asked = Submission.objects.create(
        statement=begun, digest="x", content={}, submitted_by=ada, asked_at=START, version=2
    )
    with refused(WrongState, "as soon as it is approved"):
        consent(asked, by=ben)


def test_who_lets_a_finding_stand_that_takes_two_people_does_not_consent(
    submitted: Submission, cleo: User, monkeypatch: pytest.MonkeyPatch, refused: Any
) -> None:
    mine = SimpleNamespace(kind="two_person", by_id=cleo.pk)
    monkeypatch.setattr("incidents.operations.override.checking.let_stand", lambda _statement: [mine])
    with refused(NotAllowed, "Somebody else has to approve this"):
        consent(submitted, by=cleo)


def test_without_the_second_step_that_is_asked_for_nobody_consents(
    submitted: Submission, ben: User, settings: Any, refused: Any
) -> None:
    settings.REQUIRE_MFA = "approvers"
    with refused(NotAllowed, "second step"):
        consent(submitted, by=ben)


def test_somebody_who_works_alone_consents_as_such(
    submitted: Submission, ada: User, ben: User, cleo: User, clock_at: Callable[..., None], refused: Any
) -> None:
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    with refused(NotAllowed):
        consent(submitted, by=ada)
    User.objects.filter(pk__in=[ben.pk, cleo.pk]).update(is_active=False)

    row = consent(submitted, by=ada)
    assert row.basis == "solo"
    clock_at(AT)
    sweep.sweep()
    assert Approval.objects.get(submission=submitted).basis == "solo"


# --- Its time -------------------------------------------------------------------------------------


def test_at_its_time_it_goes_out_in_the_name_of_whoever_consented(
    scheduled: ScheduledPublication, submitted: Submission, ben: User, clock_at: Callable[..., None]
) -> None:
    clock_at(AT - timedelta(seconds=1))
    assert sweep.sweep().taken_at_their_time == 0
    assert not RecordEntry.objects.publications().exists()

    clock_at(AT + timedelta(seconds=9))
    assert sweep.sweep().taken_at_their_time == 1

    out = Approval.objects.get(submission=submitted)
    assert (out.approved_by, out.basis, out.approved_at) == (ben, "second_person", AT + timedelta(seconds=9))
    assert out.entry.body["basis"] == "second_person"
    assert out.body == submitted.content["body"]
    row = states.fresh(scheduled)
    assert (row.state, row.settled_by, row.reason) == ("published", ben, "")
    assert first_fault() == ""
    assert Promise.objects.get().due_at == START + timedelta(minutes=45)


def test_the_round_may_come_twice_and_from_two_machines(
    scheduled: ScheduledPublication, clock_at: Callable[..., None], snapshot: Any
) -> None:
    clock_at(AT)
    other = states.fresh(scheduled)
    sweep.sweep()
    before = snapshot()

    assert sweep.sweep().taken_at_their_time == 0
    assert schedule.take(other) is False
    assert schedule._come_back(other, "Too late.") is False
    assert snapshot() == before


def test_a_process_that_ends_in_between_leaves_it_due(
    scheduled: ScheduledPublication, clock_at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == "approve.precommit":
            raise Killed

    clock_at(AT)
    with monkeypatch.context() as patch:
        patch.setattr(crash, "point", die)
        with pytest.raises(Killed):
            sweep.sweep()
    assert not RecordEntry.objects.publications().exists()
    assert states.fresh(scheduled).is_waiting
    assert Setback.objects.get().kind == "scheduledpublication"

    sweep.sweep()
    assert RecordEntry.objects.publications().count() == 1
    assert not Setback.objects.exists()


def test_what_fails_without_a_reason_stops_no_other_and_comes_back(
    scheduled: ScheduledPublication, published_elsewhere: Approval, clock_at: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(approval, "approve", lambda *_a, **_b: 1 / 0)
    clock_at(AT)
    for _ in range(sweep.FAILURES):
        assert f"scheduled publication {scheduled.pk}" in sweep.sweep().troubles

    row = states.fresh(scheduled)
    assert (row.state, "five times in a row" in row.reason) == ("returned", True)
    assert not Setback.objects.exists()
    clock_at(AT + timedelta(hours=2))
    swept = sweep.sweep()
    assert (swept.troubles, swept.promises_missed) == ([], 1)


@pytest.fixture
def published_elsewhere(
    agent: Any, organisation: Any, cleo: User, ada: User, tom: User, rosa: User, ben: User
) -> Approval:
    """Another incident, with a promise of its own."""
    other = states.open_up(states.declare(agent, by=cleo, title="Another"), by=cleo, communications=ada, technical=tom)
    states.establish_facts(other, reporter=rosa, confirmer=tom)
    states.contain(other, by=tom)
    return states.publish(states.fresh(other), "holding", writer=ada, approver=ben)


# --- What brings it back --------------------------------------------------------------------------


def _change_a_fact(asked: Submission, *, by: User) -> None:
    assert asked.statement
    cited = asked.statement.facts.first()
    assert cited
    fact.change(
        cited, by=by, seen_version=cited.version, text="It was 187 letters.", question=cited.question,
        source_kind=cited.source_kind, source=cited.source, observed_at=cited.observed_at,
    )  # fmt: skip


def _withdrawal(made: Any, *, by: User) -> Submission:
    from incidents.models import CommitmentChange
    from incidents.operations import change

    return change.propose(made, CommitmentChange.Kind.WITHDRAWAL, by=by, public_reason="No.").submissions.get()


def a_fact_changed(row: ScheduledPublication, cast: SimpleNamespace, _settings: Any) -> str:
    _change_a_fact(row.submission, by=cast.tom)
    return "Something changed after this was submitted"


def the_approver_lost_the_role(row: ScheduledPublication, _cast: SimpleNamespace, _settings: Any) -> str:
    RoleGrant.objects.filter(user=row.approver).delete()
    return "Ben Okafor may not approve it any more. Only an approver"


def the_approver_is_gone(row: ScheduledPublication, cast: SimpleNamespace, _settings: Any) -> str:
    people.deactivate(row.approver, by=cast.olga)
    return "Ben Okafor may not approve it any more."


def the_approver_wrote_meanwhile(row: ScheduledPublication, cast: SimpleNamespace, _settings: Any) -> str:
    """In a statement of the incident that was given up before: they are an author of what comes next."""
    told = row.submission.statement
    assert told
    Statement.objects.filter(pk=told.pk).update(state="published")
    RoleGrant.objects.create(user=row.approver, role=Role.COMMUNICATIONS_LEAD)
    begun = statement.begin(told.incident, "warning", by=User.objects.get(pk=row.approver.pk))
    statement.discard(begun, by=cast.ada)
    Statement.objects.filter(pk=told.pk).update(state="submitted")
    return "You wrote part of this"


def a_second_step_is_asked_for(_row: ScheduledPublication, _cast: SimpleNamespace, settings: Any) -> str:
    settings.REQUIRE_MFA = "approvers"
    return "second step"


def the_facts_grew_old(row: ScheduledPublication, _cast: SimpleNamespace, _settings: Any) -> str:
    told: Any = row.submission.statement
    told.incident.facts.filter(question="state_now").update(observed_at=START - timedelta(minutes=50))
    return "Enter how it stands now"


def the_incident_was_dismissed(row: ScheduledPublication, _cast: SimpleNamespace, _settings: Any) -> str:
    Incident.objects.filter(pk=row.submission.statement.incident_id).update(
        state="dismissed", dismissal="false", dismissal_reason="A drill."
    )
    return "The incident was dismissed"


REASONS = [
    a_fact_changed, the_approver_lost_the_role, the_approver_is_gone, the_approver_wrote_meanwhile,
    a_second_step_is_asked_for, the_facts_grew_old, the_incident_was_dismissed,
]  # fmt: skip


@pytest.mark.parametrize("happens", REASONS, ids=lambda one: one.__name__)
def test_whatever_approving_would_refuse_now_brings_it_back_to_the_queue(
    scheduled: ScheduledPublication, cast: SimpleNamespace, clock_at: Callable[..., None], settings: Any,
    happens: Callable[..., str],
) -> None:  # fmt: skip
    says = happens(states.fresh(scheduled), cast, settings)
    clock_at(AT)
    sweep.sweep()

    assert says in came_back(scheduled)
    before = Outgoing.objects.count()
    sweep.sweep()
    assert Outgoing.objects.count() == before


def test_an_owner_of_a_commitment_who_left_brings_it_back(
    published: Approval, ada: User, ben: User, tom: User, olga: User, clock_at: Callable[..., None]
) -> None:
    owner = factories.UserFactory.create(roles=[Role.RESPONDER])
    draft = states.write(published.submission.statement.incident, "update", by=ada)
    commitment.draft(
        draft, by=ada, seen_version=draft.version, text="Every letter is read.", public_owner="Support", owner=owner,
        due_at=START + timedelta(days=3), verification="The letters say so.",
    )  # fmt: skip
    row = consent(states.submit(states.fresh(draft), by=ada), by=ben)
    people.deactivate(owner, by=olga)
    clock_at(AT)
    sweep.sweep()

    assert "no longer active and cannot own a commitment" in states.fresh(row).reason
    assert RecordEntry.objects.publications().count() == 1


@pytest.mark.parametrize(("late", "out"), [(timedelta(minutes=15), True), (timedelta(minutes=31), False)])
def test_what_the_clock_could_not_take_in_half_an_hour_is_asked_about_again(
    submitted: Submission, ben: User, ada: User, clock_at: Callable[..., None], late: timedelta, out: bool
) -> None:
    assert submitted.statement
    submission.take_back(submitted, by=ada)
    draft = states.fresh(submitted.statement)
    statement.edit(draft, by=ada, seen_version=draft.version, next_update_at=START + timedelta(hours=2))
    row = consent(states.submit(states.fresh(draft), by=ada), by=ben)
    clock_at(AT + late)
    sweep.sweep()

    assert states.fresh(row).state == ("published" if out else "returned")
    if not out:
        why = "Its time, 15:36 UTC, had passed by 31 min before anything could publish it."
        assert f"{why} Ben Okafor said yes to that time, and has to confirm it again." in came_back(row)


def test_a_promise_that_is_too_near_by_then_brings_it_back(
    submitted: Submission, ben: User, clock_at: Callable[..., None]
) -> None:
    row = consent(submitted, by=ben, at=START + timedelta(minutes=35))
    clock_at(START + timedelta(minutes=36))
    sweep.sweep()

    assert "Promise the next update at least ten minutes ahead." in came_back(row)


def test_a_promise_missed_before_it_goes_out_stays_missed(
    published: Approval, ada: User, ben: User, clock_at: Callable[..., None]
) -> None:
    """The next update is promised for 16:01; this one goes out at 16:10."""
    later = START + timedelta(hours=2)
    asked = states.submit(
        states.write(published.submission.statement.incident, "update", by=ada, next_update_at=later), by=ada
    )
    consent(asked, by=ben, at=START + timedelta(minutes=54))
    clock_at(START + timedelta(minutes=46))
    assert sweep.sweep().promises_missed == 1
    clock_at(START + timedelta(minutes=54))
    sweep.sweep()

    assert [one.state for one in Promise.objects.order_by("pk")] == ["missed", "open"]
    assert RecordEntry.objects.publications().count() == 2


# --- A state of now that will be too old ----------------------------------------------------------

LATER = START + timedelta(minutes=90)


@pytest.fixture
def far_ahead(published: Approval, ada: User, ben: User) -> ScheduledPublication:
    """An update for 16:46, when the state of now that the incident has is an hour and a half old."""
    told = published.submission.statement.incident
    draft = states.write(told, "update", by=ada, next_update_at=LATER + timedelta(hours=2))
    return consent(states.submit(draft, by=ada), by=ben, at=LATER)


def warned() -> set[int | None]:
    return {one.to_user_id for one in Outgoing.objects.filter(kind="schedule_too_old")}


def say_how_it_stands(about: Incident, *, by: User) -> None:
    fact.report(
        states.fresh(about), by=by, question="state_now", text="No letter has left since.", source_kind="log",
        source="mail relay", observed_at=clock.now(),
    )  # fmt: skip


def test_half_an_hour_ahead_the_two_are_told_once_that_it_will_come_back(
    far_ahead: ScheduledPublication, ada: User, ben: User, clock_at: Callable[..., None]
) -> None:
    clock_at(LATER - schedule.AHEAD - timedelta(seconds=1))
    assert (sweep.sweep().warned_ahead, warned()) == (0, set())

    clock_at(LATER - schedule.AHEAD)
    assert sweep.sweep().warned_ahead == 1
    assert warned() == {ada.pk, ben.pk}
    assert sweep.sweep().warned_ahead == 0
    assert Outgoing.objects.filter(kind="schedule_too_old").count() == 2
    letter = Outgoing.objects.get(kind="schedule_too_old", to_user=ben)
    assert "Enter how it stands now, or this does not go out" in letter.subject
    assert "this is approved for 19 November 2026, 16:46 UTC" in letter.text
    assert f"/desk/incidents/{far_ahead.submission.statement.incident_id}/facts/new/" in letter.text

    clock_at(LATER)
    sweep.sweep()
    assert "Enter how it stands now: the last entry is more than an hour old." in states.fresh(far_ahead).reason


def test_nobody_is_told_once_it_is_entered_and_then_it_goes_out(
    far_ahead: ScheduledPublication, rosa: User, clock_at: Callable[..., None]
) -> None:
    clock_at(LATER - timedelta(minutes=59))
    say_how_it_stands(far_ahead.submission.statement.incident, by=rosa)
    clock_at(LATER - timedelta(minutes=10))
    assert (sweep.sweep().warned_ahead, warned()) == (0, set())

    clock_at(LATER)
    sweep.sweep()
    assert states.fresh(far_ahead).state == "published"


def test_nobody_is_told_of_what_was_cancelled_meanwhile(
    far_ahead: ScheduledPublication, ada: User, clock_at: Callable[..., None]
) -> None:
    other = states.fresh(far_ahead)
    clock_at(LATER - timedelta(minutes=5))
    schedule.cancel(far_ahead.submission, by=ada)

    assert schedule.warn(other) is False
    assert (sweep.sweep().warned_ahead, warned()) == (0, set())


def test_a_warning_that_fails_stops_nothing_and_is_said(
    far_ahead: ScheduledPublication, clock_at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_at(LATER - timedelta(minutes=5))
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "warn", lambda _row: 1 / 0)
        assert "what is approved for a time and will come back" in sweep.sweep().troubles

    assert sweep.sweep().warned_ahead == 1


def test_what_looks_back_needs_no_state_of_now() -> None:
    assert schedule.lacks_state_now("update", LATER, None)
    assert schedule.lacks_state_now("update", LATER, LATER - timedelta(minutes=61))
    assert not schedule.lacks_state_now("update", LATER, LATER - timedelta(minutes=60))
    assert not schedule.lacks_state_now("post_mortem", LATER, None)


# --- Ending it before its time --------------------------------------------------------------------


def test_who_may_approve_write_or_command_cancels_it(
    scheduled: ScheduledPublication, submitted: Submission, ada: User, ben: User, clock_at: Callable[..., None]
) -> None:
    row = schedule.cancel(submitted, by=ada)

    assert (row.state, row.settled_by, row.reason) == ("cancelled", ada, "Ada Brandt cancelled it.")
    assert states.last_log().action == "approval.schedule_cancelled"
    assert Outgoing.objects.get(kind="schedule_cancelled").to_user == ben
    assert states.fresh(submitted).outcome == "waiting"
    clock_at(AT)
    assert sweep.sweep().taken_at_their_time == 0
    assert approval.approve(submitted, by=ben, seen_digest=submitted.digest).entry.number


def test_the_approver_and_the_commander_cancel_it_too(submitted: Submission, ben: User, cleo: User) -> None:
    for person in (ben, cleo):
        consent(submitted, by=ben)
        assert schedule.cancel(submitted, by=person).settled_by == person
    assert Outgoing.objects.filter(kind="schedule_cancelled").count() == 1, "nobody is told of what they did themselves"


def test_nobody_else_cancels_it(
    scheduled: ScheduledPublication, submitted: Submission, tom: User, rosa: User, vic: User, olga: User, refused: Any
) -> None:
    for person in (tom, rosa, vic, olga):
        with refused(NotAllowed, "It is cancelled by approvers"):
            schedule.cancel(submitted, by=person)


def test_what_waits_for_no_time_cannot_be_cancelled(submitted: Submission, ben: User, refused: Any) -> None:
    with refused(WrongState, "This waits for no time"):
        schedule.cancel(submitted, by=ben)


def edits(asked: Submission, cast: SimpleNamespace) -> None:
    draft = states.fresh(asked.statement)
    statement.edit(draft, by=cast.ada, seen_version=draft.version, headline="Other words")


def discards(asked: Submission, cast: SimpleNamespace) -> None:
    statement.discard(states.fresh(asked.statement), by=cast.ada)


def takes_back(asked: Submission, cast: SimpleNamespace) -> None:
    submission.take_back(asked, by=cast.ada)


def sends_back(asked: Submission, cast: SimpleNamespace) -> None:
    submission.send_back(asked, by=cast.cleo, reason="Shorter.")


@pytest.mark.parametrize("ends", [edits, discards, takes_back, sends_back], ids=lambda one: one.__name__)
def test_whatever_ends_the_submission_ends_its_schedule(
    scheduled: ScheduledPublication,
    submitted: Submission,
    cast: SimpleNamespace,
    clock_at: Callable[..., None],
    ends: Any,
) -> None:
    ends(submitted, cast)
    row = states.fresh(scheduled)
    assert (row.state, bool(row.reason), row.settled_at) == ("cancelled", True, START)
    clock_at(AT)
    assert sweep.sweep().taken_at_their_time == 0
    assert not RecordEntry.objects.publications().exists()


def test_who_cannot_wait_publishes_it_now(
    scheduled: ScheduledPublication, submitted: Submission, cleo: User, clock_at: Callable[..., None]
) -> None:
    out = approval.approve(submitted, by=cleo, seen_digest=submitted.digest)

    assert out.approved_by == cleo
    assert states.fresh(scheduled).state == "published"
    clock_at(AT)
    sweep.sweep()
    assert RecordEntry.objects.publications().count() == 1


@pytest.mark.parametrize(
    ("columns", "broken"),
    [
        ({"state": "returned", "reason": "x"}, "schedule_settled_by_somebody"),
        ({"publish_at": START}, "schedule_lies_ahead"),
        ({"basis": "emergency"}, "schedule_is_consent_of_two_or_solo"),
    ],
)
def test_the_database_holds_what_a_schedule_is(
    scheduled: ScheduledPublication, columns: dict[str, Any], broken: str
) -> None:
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        ScheduledPublication.objects.filter(pk=scheduled.pk).update(**columns)


# --- The approver's clock -------------------------------------------------------------------------


def _pending(asked: Submission) -> dict[str, Any]:
    return dict(Reminder.objects.filter(submission=asked, state="pending").values_list("step", "due_at"))


def test_nobody_is_reminded_of_what_is_approved_for_a_time(submitted: Submission, ben: User) -> None:
    assert set(_pending(submitted)) == {"half", "target_deputy", "target_commander"}
    consent(submitted, by=ben)
    assert _pending(submitted) == {}


def test_what_waits_again_has_its_time_again(submitted: Submission, ada: User, ben: User, clock_at: Any) -> None:
    assert submitted.due_at is not None
    given = submitted.due_at - submitted.asked_at
    consent(submitted, by=ben)
    clock_at(START + timedelta(minutes=10))

    schedule.cancel(submitted, by=ada)

    again, in_time = (
        states.fresh(submitted),
        START + timedelta(minutes=45),
    )  # for the first message, due 15 minutes later
    assert again.due_at == clock.now() + given
    assert again.decide_by == in_time
    assert _pending(again) == {
        "half": START + timedelta(minutes=27.5),
        "target_deputy": in_time,
        "target_commander": in_time + timedelta(minutes=10),
    }
