"""Two people at once about one incident: one of them has it, the other is told, and nothing is done twice.

On whichever database the tests run on. SQLite lets one writer in at a time, so that the races proper happen on PostgreSQL.
"""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from accounts.models import LogEntry, Role
from accounts.operations.verify import verify_log
from incidents.actions import Action
from incidents.models import Evidence, Handover, Incident, RecordEntry, RoleHeld
from incidents.operations import approval, evidence, incident, review, roles, verify
from refusals import WrongState
from tests import factories, states
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8 if connection.vendor == "postgresql" else 2


@pytest.fixture
def commanders(db):
    return [factories.UserFactory(roles=[Role.COMMANDER, Role.APPROVER]) for _ in range(4)]


@pytest.fixture
def room(cast, organisation, agent):
    """Opens incidents that Cleo commands."""

    def open_one() -> Incident:
        declared = states.declare(agent, by=cast.cleo)
        return states.open_up(declared, by=cast.cleo, communications=cast.ada, technical=cast.tom)

    return open_one


def names(results):
    return Counter(type(result).__name__ for result in results)


def logged(action):
    return LogEntry.objects.filter(action=action).count()


def one_commander(about):
    return RoleHeld.objects.get(incident=about, role="commander", until=None).user


def test_of_several_who_take_over_each_is_commander_after_the_other(room, commanders):
    for _ in range(ROUNDS):
        opened = room()

        results = at_once(
            *(lambda by=by, opened=opened: roles.take_over(opened, by=by, reason="No answer.") for by in commanders)
        )

        assert names(results) == {"RoleHeld": len(commanders)}
        terms = list(RoleHeld.objects.filter(incident=opened, role="commander").order_by("since", "pk"))
        assert [term.until is None for term in terms].count(True) == 1
        assert len(terms) == 1 + len(commanders)
        assert one_commander(opened) in commanders
    assert verify_log().broken == ""


def test_an_offer_is_accepted_once_however_often_it_is_clicked(room, cast, commanders):
    for _ in range(ROUNDS):
        opened = room()
        offer = roles.offer_command(opened, commanders[0], by=cast.cleo)
        before = logged(Action.COMMAND_ACCEPTED)

        results = at_once(*(lambda offer=offer: roles.accept_command(offer, by=commanders[0]) for _ in range(4)))

        assert names(results) == {"RoleHeld": 1, "WrongState": 3}
        assert one_commander(opened) == commanders[0]
        assert logged(Action.COMMAND_ACCEPTED) == before + 1


def test_an_offer_that_is_accepted_while_it_is_withdrawn_is_one_or_the_other(room, cast, commanders):
    for _ in range(ROUNDS):
        opened = room()
        offer = roles.offer_command(opened, commanders[0], by=cast.cleo)

        accepted, withdrawn = at_once(
            partial(roles.accept_command, offer, by=commanders[0]),
            partial(roles.decline_command, offer, by=cast.cleo),
        )

        was_accepted = isinstance(accepted, RoleHeld)
        assert one_commander(opened) == (commanders[0] if was_accepted else cast.cleo)
        assert isinstance(withdrawn if was_accepted else accepted, Exception)
        left = Handover.objects.get(pk=offer.pk)
        assert (left.accepted_at is None) != (left.declined_at is None)


def test_an_offer_that_is_accepted_while_somebody_takes_over_leaves_one_commander(room, cast, commanders):
    first, second = commanders[:2]
    for _ in range(ROUNDS):
        opened = room()
        offer = roles.offer_command(opened, first, by=cast.cleo)

        accepted, taken = at_once(
            partial(roles.accept_command, offer, by=first),
            partial(roles.take_over, opened, by=second, reason="No answer."),
        )

        assert isinstance(taken, RoleHeld), taken
        assert isinstance(accepted, RoleHeld | WrongState), accepted
        assert one_commander(opened) == second
        assert not Handover.objects.filter(incident=opened, accepted_at=None, declined_at=None).exists()


def test_an_incident_is_opened_once(cast, organisation, agent):
    for _ in range(ROUNDS):
        declared = states.declare(agent, by=cast.cleo)
        incident.describe(
            declared, by=cast.cleo, seen_version=1, failure_mode="silent", category="other",
            is_visible=False, draws_attention=False, needs_answer=False,
        )  # fmt: skip
        before = logged(Action.INCIDENT_OPENED)

        results = at_once(*(lambda declared=declared: incident.open_incident(declared, by=cast.cleo) for _ in range(4)))

        assert names(results) == {"Incident": 1, "WrongState": 3}
        assert logged(Action.INCIDENT_OPENED) == before + 1


def test_an_incident_is_opened_or_dismissed(cast, organisation, agent):
    for _ in range(ROUNDS):
        declared = states.declare(agent, by=cast.cleo)
        incident.describe(
            declared, by=cast.cleo, seen_version=1, failure_mode="silent", category="other",
            is_visible=False, draws_attention=False, needs_answer=False,
        )  # fmt: skip

        opened, dismissed = at_once(
            partial(incident.open_incident, declared, by=cast.cleo),
            partial(incident.dismiss, declared, by=cast.cleo, dismissal="false", reason="A drill."),
        )

        assert isinstance(dismissed, Incident), dismissed  # what was opened first may still be dismissed
        assert isinstance(opened, Incident | WrongState), opened
        assert states.fresh(declared).state == "dismissed"


@pytest.fixture
def reported(cast, organisation, agent, clock_at):
    """Tom has reported his commitment done."""

    def report() -> Evidence:
        opened = states.open_up(
            states.declare(agent, by=cast.cleo), by=cast.cleo, communications=cast.ada, technical=cast.tom
        )
        states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
        states.contain(opened, by=cast.tom)
        first = states.publish(states.fresh(opened), "holding", writer=cast.ada, approver=cast.ben)
        assert first.incident
        due_at = first.approved_at + timedelta(days=3)
        made = states.promise(first.incident, writer=cast.ada, approver=cast.ben, owner=cast.tom, due_at=due_at)
        return evidence.report_done(made, by=cast.tom, text="It is in the run log.", dated_at=first.approved_at)

    return report


def test_of_two_who_verify_one_decides(reported, cast):
    for _ in range(ROUNDS):
        given = reported()

        accepted, refused = at_once(
            partial(evidence.accept, given, by=cast.ben),
            partial(evidence.refuse, given, by=cast.cleo, reason="Where?"),
        )

        assert sorted(isinstance(result, WrongState) for result in (accepted, refused)) == [False, True]
        kinds = list(
            RecordEntry.objects.filter(commitment=given.commitment).order_by("number").values_list("kind", flat=True)
        )
        assert kinds in (["reported_done", "kept"], ["reported_done", "report_refused"])
        assert states.fresh(given).outcome == ("refused" if isinstance(accepted, WrongState) else "accepted")
    assert verify.first_fault() == ""


def test_what_is_verified_twice_is_kept_once(reported, cast):
    given = reported()

    results = at_once(*(lambda by=by: evidence.accept(given, by=by) for by in (cast.ben, cast.cleo, cast.ada)))

    assert names(results) == {"Commitment": 1, "WrongState": 2}
    assert RecordEntry.objects.filter(kind="kept").count() == 1


def test_an_emergency_is_reviewed_once(room, cast, commanders):
    opened = room()
    states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
    states.contain(opened, by=cast.tom)
    asked = states.submit(states.write(states.fresh(opened), "holding", by=cast.ada), by=cast.ada)
    out = approval.approve_in_emergency(asked, by=cast.cleo, seen_digest=asked.digest, reason="A child is named.")

    results = at_once(*(lambda by=by: review.review(out, by=by, verdict="approves") for by in commanders))

    assert names(results) == {"EmergencyReview": 1, "WrongState": 3}
    assert RecordEntry.objects.filter(kind="reviewed").count() == 1
