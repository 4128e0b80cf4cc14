"""The life of an incident: each step, what it asks for, and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest

import clock
from incidents.models import Category, FailureMode, Harm, Incident, TimelineEntry, Urgency
from incidents.operations import fact, incident
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states

State = Incident.State
TRIAGE: dict[str, Any] = {
    "failure_mode": FailureMode.VISIBLE,
    "category": Category.OTHER,
    "is_visible": False,
    "draws_attention": False,
    "needs_answer": False,
}


# Declaring


def test_declaring_makes_a_draft_that_the_declarer_commands(agent, cleo):
    declared = incident.declare("  Letters went to strangers ", agent, Harm.RIGHTS, by=cleo)
    assert (declared.title, declared.state) == ("Letters went to strangers", State.DRAFT)
    assert declared.commander == cleo
    assert declared.detected_at == declared.declared_at == clock.now()
    assert states.last_log().action == "incident.declared"
    assert TimelineEntry.objects.get(incident=declared).by == cleo


@pytest.mark.parametrize(
    ("harm", "urgency"),
    [
        (Harm.SAFETY, Urgency.ACT_NOW),
        (Harm.RIGHTS, Urgency.ACT_NOW),
        (Harm.MISLED, Urgency.WITHIN_HOUR),
        (Harm.NUISANCE, Urgency.NEXT_RUN),
    ],
)
def test_the_worst_credible_harm_sets_the_urgency(agent, cleo, harm, urgency):
    assert incident.declare("It failed", agent, harm, by=cleo).urgency == urgency


@pytest.mark.parametrize("reader", ["vic", "max"])
def test_who_only_reads_declares_nothing(agent, cast, reader, refused):
    with refused(NotAllowed, "executives and observers"):
        incident.declare("It failed", agent, Harm.MISLED, by=getattr(cast, reader))


def test_somebody_who_left_declares_nothing(agent, cleo, refused):
    cleo.is_active = False
    cleo.save()
    with refused(NotAllowed, "Anybody may declare"):
        incident.declare("It failed", agent, Harm.MISLED, by=cleo)


def test_nothing_happened_is_not_an_incident(agent, cleo, refused):
    with refused(Incomplete, "Say what happened"):
        incident.declare("   ", agent, Harm.MISLED, by=cleo)


# Describing


def test_describing_changes_what_is_given_and_names_the_fields_in_the_log(declared, cleo):
    incident.describe(declared, by=cleo, seen_version=1, urgency=Urgency.NEXT_RUN, title=declared.title)
    declared.refresh_from_db()
    assert (declared.urgency, declared.version) == (Urgency.NEXT_RUN, 2)
    assert states.last_log().details == {"fields": ["urgency"], "version": 2}


def test_describing_with_what_stands_already_changes_and_logs_nothing(declared, cleo, snapshot):
    before = snapshot()
    incident.describe(declared, by=cleo, seen_version=1, title=declared.title, urgency=declared.urgency)
    assert snapshot() == before


def test_only_the_commander_describes(declared, ada, refused):
    with refused(NotAllowed, "Cleo Marsh"):
        incident.describe(declared, by=ada, seen_version=1, title="Another title")


def test_a_description_of_what_was_changed_meanwhile_shows_both_readings(declared, cleo, refused):
    incident.describe(declared, by=cleo, seen_version=1, title="Letters went to strangers")
    with refused(Stale, "Somebody changed the details") as refusal:
        incident.describe(declared, by=cleo, seen_version=1, title="Letters were wrong", category=Category.OTHER)
    assert [(one.label, one.seen, one.now) for one in refusal.value.difference] == [
        ("what happened", "Letters were wrong", "Letters went to strangers"),
        ("category", "Other", ""),
    ]


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({"title": " "}, "Write what happened"),
        ({"failure_mode": ""}, "visible or silent"),
        ({"scenario": ""}, "how it became public"),
        ({"is_visible": None}, "visible or brings complaints"),
    ],
)
def test_an_opened_incident_keeps_its_triage(opened, cleo, fields, asks, refused):
    with refused(Incomplete, "cannot be left out") as refusal:
        incident.describe(opened, by=cleo, seen_version=opened.version, **fields)
    assert any(asks in sentence for sentence in refusal.missing)


def test_what_the_public_has_read_stays_public(published, cleo, refused):
    about = states.fresh(published.incident)
    no: dict[str, Any] = {"is_visible": False, "draws_attention": False, "needs_answer": False}
    with refused(Incomplete, "cannot be left out") as refusal:
        incident.describe(about, by=cleo, seen_version=about.version, **no)
    assert refusal.missing == ["Answer yes to one of the public questions: the public has read about this incident"]


def test_a_failure_does_not_start_after_it_was_detected(declared, cleo, refused):
    with refused(Incomplete, "cannot be left out"):
        after = declared.detected_at + timedelta(minutes=1)
        incident.describe(declared, by=cleo, seen_version=1, failure_started_at=after)


def test_a_field_that_is_not_part_of_the_description_is_a_mistake_of_ours(declared, cleo):
    with pytest.raises(TypeError, match="state"):
        incident.describe(declared, by=cleo, seen_version=1, state=State.OPEN)


# Opening


def test_a_triaged_draft_opens(declared, cleo):
    incident.describe(declared, by=cleo, seen_version=1, **TRIAGE)
    incident.open_incident(declared, by=cleo)
    assert states.fresh(declared).state == State.OPEN
    assert (states.last_log().action, states.last_log().details["public"]) == ("incident.opened", False)


def test_opening_names_all_that_is_missing_with_the_place_of_each(declared, cleo, refused):
    with refused(Incomplete, "cannot be opened yet") as refusal:
        incident.open_incident(declared, by=cleo)
    assert [(item.view, item.args, item.anchor) for item in refusal.value.missing] == [
        ("desk:describe", (declared.pk,), anchor)
        for anchor in (
            "id_failure_mode_0", "id_category", "id_is_visible_0", "id_draws_attention_0", "id_needs_answer_0"
        )
    ]  # fmt: skip


def test_a_public_incident_needs_its_scenario(declared, cleo, refused):
    incident.describe(declared, by=cleo, seen_version=1, **TRIAGE | {"needs_answer": True})
    with refused(Incomplete, "cannot be opened yet") as refusal:
        incident.open_incident(declared, by=cleo)
    assert refusal.missing == ["Choose how it became public"]


# Containing and recovering


def test_an_incident_with_a_containment_in_force_is_contained(ready_to_speak, cleo):
    incident.contain(ready_to_speak, by=cleo)
    contained = states.fresh(ready_to_speak)
    assert (contained.state, contained.contained_at) == (State.CONTAINED, clock.now())
    assert states.last_log().action == "incident.contained"


def test_containing_asks_for_containment(opened, cleo, refused):
    with refused(Incomplete, "not contained yet") as refusal:
        incident.contain(opened, by=cleo)
    (item,) = refusal.value.missing
    assert (item.view, item.args, item.anchor) == ("desk:incident", (opened.pk,), "containment")


def test_what_the_commander_ruled_out_with_a_reason_counts_as_contained(opened, cleo, tom):
    from incidents.operations import containment

    action = containment.plan(opened, by=tom, scope="agent", text="Stop the assistant")
    containment.rule_out(action, by=cleo, reason="Letters are printed and gone")
    incident.contain(opened, by=cleo)
    assert states.fresh(opened).state == State.CONTAINED


@pytest.fixture
def contained(ready_to_speak, cleo):
    return incident.contain(ready_to_speak, by=cleo)


@pytest.fixture
def state_known(contained, rosa, tom):
    return know_the_state(contained, rosa, tom)


def know_the_state(about, reporter, confirmer):
    now = fact.report(
        about, by=reporter, question="state_now", text="No letter has left since", source_kind="log",
        source="mail relay", observed_at=clock.now(),
    )  # fmt: skip
    return fact.confirm(now, by=confirmer, seen_version=1, confirmation_kind="log", confirmation_source="mail relay")


def test_recovery_notes_where_it_was_started_again(contained, state_known, cleo):
    incident.recover(contained, by=cleo, restart_point=" Address import of 18 November ")
    recovered = states.fresh(contained)
    assert (recovered.state, recovered.recovered_at) == (State.RECOVERED, clock.now())
    assert recovered.restart_point == "Address import of 18 November"


def test_recovery_names_the_confirmed_state_and_the_restart_point(contained, cleo, refused):
    with refused(Incomplete, "not recovered yet") as refusal:
        incident.recover(contained, by=cleo, restart_point=" ")
    assert [item.anchor for item in refusal.value.missing] == ["facts-state_now", "id_recover-restart_point"]


# Reopening


@pytest.fixture
def recovered(contained, state_known, cleo):
    return incident.recover(contained, by=cleo, restart_point="Address import of 18 November")


def test_reopening_leaves_the_clock_of_detection_alone(recovered, cleo, clock_at):
    detected = recovered.detected_at
    clock_at(clock.now() + timedelta(hours=2))
    incident.reopen(recovered, by=cleo, reason="Letters leave again")
    again = states.fresh(recovered)
    assert (again.state, again.detected_at, again.reopened_at) == (State.OPEN, detected, clock.now())
    assert (again.contained_at, again.recovered_at) == (None, None)


def test_reopening_needs_a_reason(recovered, cleo, refused):
    with refused(Incomplete, "without a reason"):
        incident.reopen(recovered, by=cleo, reason="  ")


def test_another_commander_may_reopen_but_not_everybody(recovered, ada, refused):
    with refused(NotAllowed, "incident commander"):
        incident.reopen(recovered, by=ada, reason="Letters leave again")


def test_an_old_state_now_does_not_recover_a_reopened_incident(recovered, cleo, rosa, tom, clock_at, refused):
    clock_at(clock.now() + timedelta(hours=1))
    incident.reopen(recovered, by=cleo, reason="Letters leave again")
    incident.contain(recovered, by=cleo)
    with refused(Incomplete, "not recovered yet") as refusal:
        incident.recover(recovered, by=cleo, restart_point="Import of 19 November")
    assert [item.anchor for item in refusal.value.missing] == ["facts-state_now"]
    know_the_state(recovered, rosa, tom)
    incident.recover(recovered, by=cleo, restart_point="Import of 19 November")


@pytest.fixture
def reopened_in_public(published, rosa, tom, cleo, clock_at):
    about = incident.contain(published.incident, by=cleo)
    know_the_state(about, rosa, tom)
    incident.recover(about, by=cleo, restart_point="Import of 18 November")
    clock_at(clock.now() + timedelta(minutes=10))
    return incident.reopen(about, by=cleo, reason="Letters leave again")


def test_reopening_what_the_public_has_read_demands_an_update(reopened_in_public, ada, ben, cleo, refused, clock_at):
    assert incident.owes_public_update(reopened_in_public)
    with refused(Incomplete, "not contained yet") as refusal:
        incident.contain(reopened_in_public, by=cleo)
    (item,) = refusal.value.missing
    assert (item.view, item.args) == ("desk:statement_new", (reopened_in_public.pk, "update"))
    clock_at(clock.now() + timedelta(minutes=1))
    states.publish(states.fresh(reopened_in_public), "update", writer=ada, approver=ben)
    assert not incident.owes_public_update(reopened_in_public)
    incident.contain(reopened_in_public, by=cleo)


# Dismissing


def test_a_draft_is_dismissed_with_a_kind_and_a_reason(declared, cleo):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="The letters were a test")
    gone = states.fresh(declared)
    assert (gone.state, gone.dismissal, gone.dismissal_reason) == (State.DISMISSED, "false", "The letters were a test")
    assert states.last_log().details == {"dismissal": "false", "duplicate_of": None}


def test_an_opened_duplicate_is_dismissed_and_names_the_other(opened, agent, cleo):
    other = states.declare(agent, by=cleo, title="The same letters")
    incident.dismiss(opened, by=cleo, dismissal="duplicate", reason="Two alarms", duplicate_of=other)
    assert states.fresh(opened).duplicate_of == other


def test_a_duplicate_names_another_living_incident(opened, declared, cleo, agent, refused):
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(opened, by=cleo, dismissal="duplicate", reason="Two alarms", duplicate_of=opened)
    assert refusal.missing == ["Name the other incident that this one repeats"]
    other = incident.dismiss(states.declare(agent, by=cleo), by=cleo, dismissal="false", reason="A test")
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(opened, by=cleo, dismissal="duplicate", reason="Two alarms", duplicate_of=other)
    assert refusal.missing == ["Name an incident that was not itself dismissed"]


def test_dismissing_needs_a_reason(declared, cleo, refused):
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(declared, by=cleo, dismissal="false", reason="")
    assert refusal.missing == ["Give the reason"]


def test_a_statement_being_written_is_discarded_first(holding, cleo, refused):
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(holding.incident, by=cleo, dismissal="false", reason="A test")
    assert [(item.view, item.args) for item in refusal.value.missing] == [("desk:statement", (holding.pk,))]


def test_what_the_public_has_read_is_not_dismissed_in_silence(published, cleo, refused):
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incident.dismiss(published.incident, by=cleo, dismissal="false", reason="A test")
    (item,) = refusal.value.missing
    assert (item.view, item.args) == ("desk:statement_new", (published.incident.pk, "resolution"))


# Steps that are not possible, and people who may not


STEPS = {
    "open": lambda about, by: incident.open_incident(about, by=by),
    "contain": lambda about, by: incident.contain(about, by=by),
    "recover": lambda about, by: incident.recover(about, by=by, restart_point="Yesterday"),
    "dismiss": lambda about, by: incident.dismiss(about, by=by, dismissal="false", reason="A test"),
    "reopen": lambda about, by: incident.reopen(about, by=by, reason="Again"),
}


@pytest.mark.parametrize(
    ("stage", "step"),
    [
        ("declared", "contain"), ("declared", "recover"), ("declared", "reopen"),
        ("opened", "open"), ("opened", "recover"), ("opened", "reopen"),
        ("contained", "open"), ("contained", "contain"),
        ("recovered", "open"), ("recovered", "contain"), ("recovered", "recover"), ("recovered", "dismiss"),
    ],
)  # fmt: skip
def test_each_step_starts_where_it_may(request, stage, step, cleo, refused):
    about = request.getfixturevalue(stage)
    with refused(WrongState, f"This incident is {about.get_state_display().lower()}"):
        STEPS[step](about, cleo)


@pytest.mark.parametrize("step", STEPS)
def test_a_dismissed_incident_stays_dismissed(declared, cleo, step, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test")
    with refused(WrongState, "This incident is dismissed"):
        STEPS[step](declared, cleo)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("person", ["ada", "tom", "vic", "olga"])
def test_only_its_commander_moves_an_incident(recovered, cast, step, person, refused):
    with refused(NotAllowed, "Cleo Marsh"):
        STEPS[step](recovered, getattr(cast, person))
