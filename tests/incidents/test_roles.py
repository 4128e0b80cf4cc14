"""Seats and command: one commander at a time, never nobody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

import clock
from accounts.models import Role
from incidents.models import Handover, RoleHeld
from incidents.operations import incident, roles
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders.models import Outgoing
from tests import factories, states

# Seats


@pytest.mark.parametrize(
    ("person", "role"),
    [
        ("ada", "communications_lead"), ("tom", "technical_lead"), ("rosa", "scribe"), ("ada", "scribe"),
        ("tom", "scribe"), ("cleo", "scribe"),
    ],
)  # fmt: skip
def test_an_empty_seat_is_taken_by_whoever_has_the_role_for_it(declared, cast, person, role):
    taken = roles.take_role(declared, role, by=getattr(cast, person))
    assert (taken.user, taken.since, taken.until) == (getattr(cast, person), clock.now(), None)
    assert states.last_log().details == {"role": role, "person": taken.user_id, "before": None}


@pytest.mark.parametrize(
    ("person", "role", "says"),
    [
        ("rosa", "communications_lead", "needs the role communications lead"),
        ("ada", "technical_lead", "needs the role technical lead"),
        ("ben", "scribe", "responder, incident commander, communications lead or technical lead"),
        ("vic", "scribe", "Cleo Marsh, may name anybody"),
    ],
)
def test_a_seat_without_the_role_for_it_is_refused(declared, cast, person, role, says, refused):
    with refused(NotAllowed, says):
        roles.take_role(declared, role, by=getattr(cast, person))


def test_the_commander_names_anybody_who_works_here(declared, cleo, ben):
    roles.take_role(declared, "scribe", by=cleo, user=ben)
    assert declared.scribe == ben


def test_naming_somebody_ends_the_term_of_whoever_sat_there(opened, cleo, rosa, ada, clock_at):
    clock_at(clock.now() + timedelta(minutes=5))
    roles.take_role(opened, "communications_lead", by=cleo, user=rosa)
    terms = RoleHeld.objects.filter(incident=opened, role="communications_lead").order_by("since")
    assert [(term.user, term.until) for term in terms] == [(ada, clock.now()), (rosa, None)]


@pytest.mark.parametrize("reader", ["vic", "max"])
def test_who_only_reads_is_named_for_nothing(declared, cast, reader, refused):
    with refused(NotAllowed, "more here than read"):
        roles.take_role(declared, "scribe", by=cast.cleo, user=getattr(cast, reader))


def test_only_the_commander_names_others(declared, ada, rosa, refused):
    with refused(NotAllowed, "Only the commander"):
        roles.take_role(declared, "scribe", by=ada, user=rosa)


def test_a_seat_that_is_held_is_not_taken(opened, ada, refused):
    other = factories.UserFactory.create(roles=[Role.COMMUNICATIONS_LEAD])
    with refused(WrongState, "Ada Brandt holds this seat"):
        roles.take_role(opened, "communications_lead", by=other)
    with refused(WrongState, "holds this seat already"):
        roles.take_role(opened, "communications_lead", by=ada)


def test_command_is_not_a_seat_to_be_taken_or_given(opened, cleo, tom, refused):
    with refused(WrongState, "Command is handed over"):
        roles.take_role(opened, "commander", by=cleo, user=tom)
    with refused(NotAllowed, "not taken like a seat"):
        roles.take_role(opened, "commander", by=tom)


@pytest.mark.parametrize("person", ["ada", "cleo"])
def test_a_seat_is_freed_by_its_holder_or_the_commander(opened, cast, person):
    roles.give_up_role(opened, "communications_lead", by=getattr(cast, person))
    assert opened.communications_lead is None
    assert states.last_log().action == "incident.role_given_up"


def test_nobody_else_frees_a_seat(opened, tom, refused):
    with refused(NotAllowed, "Only Ada Brandt or the commander"):
        roles.give_up_role(opened, "communications_lead", by=tom)


def test_an_empty_seat_cannot_be_freed(opened, cleo, refused):
    with refused(WrongState, "Nobody holds this seat"):
        roles.give_up_role(opened, "scribe", by=cleo)


def test_command_is_never_put_down(opened, cleo, refused):
    with refused(WrongState, "always has a commander"):
        roles.give_up_role(opened, "commander", by=cleo)


def test_the_database_knows_one_commander_at_a_time(opened, tom):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleHeld.objects.create(incident=opened, role="commander", user=tom, since=clock.now())


# Handing over


def test_command_passes_when_the_next_person_accepts(opened, cleo, tom, clock_at):
    offer = roles.offer_command(opened, tom, by=cleo, briefing="Two decisions are open")
    assert opened.commander == cleo
    letter = Outgoing.objects.get(to_user=tom)
    assert "Two decisions are open" in letter.text
    clock_at(clock.now() + timedelta(minutes=2))
    roles.accept_command(offer, by=tom)
    assert opened.commander == tom
    assert RoleHeld.objects.get(incident=opened, user=cleo).until == clock.now()
    assert states.last_log().action == "incident.command_accepted"


def test_a_declined_offer_changes_nothing_and_another_can_be_made(opened, cleo, tom, rosa):
    offer = roles.offer_command(opened, tom, by=cleo)
    roles.decline_command(offer, by=tom)
    assert opened.commander == cleo
    assert roles.offer_command(opened, rosa, by=cleo).offered_to == rosa


def test_the_commander_withdraws_an_offer(opened, cleo, tom):
    roles.decline_command(roles.offer_command(opened, tom, by=cleo), by=cleo)
    assert Handover.objects.get().declined_at == clock.now()
    assert states.last_log().details["withdrawn"] is True


def test_only_the_commander_offers_command(opened, tom, rosa, refused):
    with refused(NotAllowed, "Only the commander"):
        roles.offer_command(opened, rosa, by=tom)


def test_command_is_not_offered_to_oneself_nor_to_who_only_reads(opened, cleo, vic, refused):
    with refused(WrongState, "somebody else"):
        roles.offer_command(opened, cleo, by=cleo)
    with refused(NotAllowed, "cannot command"):
        roles.offer_command(opened, vic, by=cleo)


def test_one_offer_waits_at_a_time(opened, cleo, tom, rosa, refused):
    roles.offer_command(opened, tom, by=cleo)
    with refused(WrongState, "waits for its answer") as refusal:
        roles.offer_command(opened, rosa, by=cleo)
    assert refusal.missing == ["Command was offered to Tom Lindqvist, who has not answered. Withdraw that first"]


def test_only_the_person_concerned_answers(opened, cleo, tom, rosa, refused):
    offer = roles.offer_command(opened, tom, by=cleo)
    with refused(NotAllowed, "Tom Lindqvist, who alone"):
        roles.accept_command(offer, by=rosa)
    with refused(NotAllowed, "Tom Lindqvist, who alone"):
        roles.decline_command(offer, by=rosa)


def test_an_answered_offer_is_not_answered_again(opened, cleo, tom, refused):
    offer = roles.offer_command(opened, tom, by=cleo)
    roles.accept_command(offer, by=tom)
    for again in (roles.accept_command, roles.decline_command):
        with refused(WrongState, "answered or withdrawn already"):
            again(offer, by=tom)


def test_an_offer_of_a_dismissed_incident_cannot_be_accepted(declared, cleo, tom, refused):
    offer = roles.offer_command(declared, tom, by=cleo)
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test")
    with refused(WrongState, "dismissed"):
        roles.accept_command(offer, by=tom)


# Taking over


@pytest.fixture
def dana(db):
    return factories.UserFactory.create(name="Dana Voss", roles=[Role.COMMANDER])


def test_another_commander_takes_over_with_a_reason_and_the_old_one_is_told(opened, cleo, dana):
    taken = roles.take_over(opened, by=dana, reason="Cleo is on a plane")
    assert opened.commander == dana
    assert taken.take_over_reason == "Cleo is on a plane"
    letter = Outgoing.objects.get(to_user=cleo)
    assert "Cleo is on a plane" in letter.text
    assert f"/desk/incidents/{opened.pk}/" in letter.text
    assert (states.last_log().action, states.last_log().details) == ("incident.command_taken_over", {"before": cleo.pk})


def test_taking_over_ends_an_offer_that_waits(opened, cleo, tom, dana, refused):
    offer = roles.offer_command(opened, tom, by=cleo)
    roles.take_over(opened, by=dana, reason="Cleo is on a plane")
    with refused(WrongState, "answered or withdrawn already"):
        roles.accept_command(offer, by=tom)


def test_taking_over_needs_a_reason(opened, dana, refused):
    with refused(Incomplete, "needs a reason"):
        roles.take_over(opened, by=dana, reason="  ")


@pytest.mark.parametrize("person", ["tom", "ada", "vic", "cleo"])
def test_only_another_commander_takes_over(opened, cast, person, refused):
    with refused(NotAllowed, "role incident commander may take over"):
        roles.take_over(opened, by=getattr(cast, person), reason="I would like to")


def test_in_a_dismissed_incident_no_seat_changes(declared, cleo, tom, dana, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test")
    for change in (
        lambda: roles.take_role(declared, "technical_lead", by=tom),
        lambda: roles.offer_command(declared, tom, by=cleo),
        lambda: roles.take_over(declared, by=dana, reason="Cleo is on a plane"),
    ):
        with refused(WrongState, "dismissed"):
            change()
    assert states.fresh(declared).commander == cleo
