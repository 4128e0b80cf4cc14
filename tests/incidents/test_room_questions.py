"""What the incident room asks the database: twelve queries at most, in every state and for everybody (U12)."""

import pytest
from django.urls import reverse

from incidents import permissions
from incidents.models import Incident
from incidents.operations import approval, incident, roles
from tests import states


def at(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def _count(django_assert_num_queries, browser, address, number):
    browser.get(address)  # the session is written once
    with django_assert_num_queries(number):
        browser.get(address)


@pytest.mark.parametrize(
    ("stage", "person", "number"),
    [
        ("declared", "cleo", 11),
        ("ready_to_speak", "cleo", 11),
        ("ready_to_speak", "rosa", 10),  # she reported facts: whether one works alone is known already
        ("submitted", "cleo", 11),
        ("submitted", "ada", 10),
        ("submitted", "ben", 10),
        ("published", "cleo", 11),
        ("commitment", "cleo", 11),
        ("commitment", "vic", 10),
    ],
)
def test_the_room_asks_as_often_in_every_state(request, stage, person, number, client_of, django_assert_num_queries):
    request.getfixturevalue(stage)
    address = at("incident", Incident.objects.get().pk)
    _count(django_assert_num_queries, client_of(request.getfixturevalue(person)), address, number)


def test_an_emergency_an_offer_and_a_change_that_wait_cost_one_question_more(
    submitted, cleo, tom, ada, client_of, django_assert_num_queries
):
    about = submitted.statement.incident
    approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="Nobody else is awake")
    roles.offer_command(about, tom, by=cleo)
    states.submit(states.write(about, "update", by=ada), by=ada)
    _count(django_assert_num_queries, client_of(cleo), at("incident", about.pk), 12)
    assert client_of(tom).get(at("incident", about.pk)).context["step"].label == "Answer the offer"


def test_a_board_that_polls_asks_for_no_forms(ready_to_speak, cleo, client_of, django_assert_num_queries):
    desk, address = client_of(cleo), f"{at('incident', ready_to_speak.pk)}?rev=1"
    desk.get(address, headers={"HX-Request": "true"})
    with django_assert_num_queries(11):
        desk.get(address, headers={"HX-Request": "true"})


@pytest.mark.parametrize("person", ["ada", "ben", "cleo", "tom"])
def test_the_room_knows_authors_as_the_approval_does(request, submitted, person, client_of):
    reader = request.getfixturevalue(person)
    step = client_of(reader).get(at("incident", submitted.statement.incident_id)).context["step"]
    assert (step.view == "desk:submission") == permissions.can_approve(reader, submitted)


def test_the_forms_offer_people_and_other_incidents_by_name(cast, opened, agent, cleo, client_of):
    other = states.declare(agent, by=cleo, title="Another failure")
    gone = incident.dismiss(states.declare(agent, by=cleo), by=cleo, dismissal="false", reason="A drill")
    context = client_of(cleo).get(at("incident", opened.pk)).context
    assert [person.name for person in context["people"]] == [
        "Ada Brandt", "Ben Okafor", "Cleo Marsh", "Olga Petrenko", "Rosa Iyer", "Tom Lindqvist",
    ]  # fmt: skip
    offered = [pk for pk, _label in context["dismiss_form"].fields["duplicate_of"].choices]
    assert offered == ["", other.pk]
    assert gone.pk not in offered
