"""Names that no public words may say: staff, contacts, who asked, what agents are called inside (R84, domain 2.4)."""

from typing import Any

import pytest

from accounts.models import Organisation, Role, User
from agents.models import Agent
from incidents.draft_check import Context, called, check
from incidents.models import Commitment, StakeholderPlan, Statement
from incidents.operations import checking, commitment_words, guards, inquiry, never_public, statement
from stakeholders.models import Contact, StakeholderGroup
from tests import states
from tests.incidents.plans import row

pytestmark = pytest.mark.django_db


def found(text: str, **known: str) -> list[tuple[str, str, str]]:
    context = Context(**{name: frozenset([value]) for name, value in known.items()})  # type: ignore[arg-type]
    leaks = ("PII", "INTERNAL-LEAK")
    findings = check(text, "update", context, whole=False).findings
    return [(one.rule, one.name, one.text) for one in findings if one.rule in leaks]


def contact(name: str, by: User, organisation: str = "") -> Contact:
    return Contact.objects.create(
        group=StakeholderGroup.objects.all()[0], name=name, organisation=organisation, added_by=by,
        address=f"{name.replace(' ', '.')}@press.example",
    )  # fmt: skip


@pytest.fixture
def press(holding: Statement) -> StakeholderPlan:
    return row(holding.incident, "press")


# What counts as a person


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Dana River", "Dana River"),
        ("Dr. Maria Weber", "Maria Weber"),
        ("Dana River, Northern Post, 555 01 23", "Dana River"),
        ("Dana River of the Northern Post", "Dana River"),
        ("Reporter Ludwig van Beek (by phone)", "Ludwig van Beek"),
        ("Customer Dana River <dana@press.example>", "Dana River"),
        ("May Lindqvist", "May Lindqvist"),
        ("May", ""),
        ("Support", ""),
        ("Customer Support", ""),
        ("A reporter of Radio Kessel, by way of the switchboard", ""),
        ("Harbour Courier, the news desk", ""),
        ("Data Protection Commission", ""),
        ("one of our customers, who rang", ""),
        ("the owner of 4711", ""),
        ("@dana_river", ""),
        ("", ""),
    ],
)
def test_a_person_has_two_words_and_none_that_an_office_is_called_by(text: str, person: str) -> None:
    assert called.person_in(text) == person


@pytest.mark.parametrize(
    ("organisation", "personal"),
    [("Weber Tax Advice", True), ("Harbour Bank", False), ("Weber", False), ("", False)],
)
def test_an_organisation_that_bears_the_name_of_its_contact_is_personal(organisation: str, personal: bool) -> None:
    assert called.is_of("Maria Weber", organisation) is personal


# What agents are called inside


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("returns-bot", "It was returns-bot that sent them."),
        ("returns-bot", "RETURNS-BOT sent them."),
        ("refund_agent_v3", "The run of refund_agent_v3 ended."),
        ("RefundPilot", "Since Monday RefundPilot sent them."),
        ("Blue Heron", "Blue Heron sent the letters."),
        ("Hermes", "At 14:00 UTC Hermes sent the letters."),
    ],
)
def test_the_internal_name_of_an_agent_is_a_leak_of_its_own(name: str, text: str) -> None:
    ((rule, called_, words),) = found(text, internal_names=name)

    assert (rule, called_) == ("INTERNAL-LEAK", "Internal name")
    assert words.lower() == name.lower()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("returns-bot", "Our returns bot sent them."),
        ("returns-bot", "The page my-returns-bot-story is not ours."),
        ("Blue Heron", "A blue heron stood there."),
        ("Support", "Ask our Support team. Support is there until 20:00 UTC."),
        ("May", "In May it was changed. May we ask you to wait?"),
        ("Customer Service", "Our Customer Service helps you."),
        ("Guide", "Guide your customers with the list below. A guide is enclosed."),
        ("Scout", "News\n\nScout the list for your name."),
    ],
)
def test_an_ordinary_word_is_no_internal_name(name: str, text: str) -> None:
    assert found(text, internal_names=name) == []


def test_within_a_public_name_nothing_is_a_leak() -> None:
    text = "Blue Heron chat answers again."

    assert found(text, internal_names="Blue Heron", public_names="Blue Heron chat") == []
    assert found("Dana River chat answers again.", known_names="Dana River", public_names="Dana River chat") == []
    assert found("Dana River rang. Dana River chat works.", known_names="Dana River", public_names="Dana River chat")


def test_within_a_published_address_no_name_is_a_leak() -> None:
    page = "https://pilot-7.northwind.example/status"

    assert found(f"See {page} for more.", internal_names="pilot-7", allow=page) == []
    assert [words for _, _, words in found(f"pilot-7: see {page}.", internal_names="pilot-7", allow=page)] == [
        "pilot-7"
    ]


def test_what_stands_in_another_leak_is_said_once() -> None:
    assert [words for _, _, words in found("It ran on pilot-7.prod.internal.", internal_names="pilot-7")] == [
        "pilot-7.prod.internal"
    ]


def test_many_names_in_a_long_text_take_no_long_time() -> None:
    names = frozenset(f"agent-{number}-pilot" for number in range(500))
    text = ("agent-1-pilot and Agent " * 900)[:20_000]

    assert len(check(text, "update", Context(internal_names=names), whole=False).findings) > 100


# In a statement


def rules(written: Statement) -> set[str]:
    return {one.finding.name for one in guards.read(states.fresh(written)).passages}


def body(written: Statement, by: User, text: str) -> set[str]:
    fresh = states.fresh(written)
    return rules(statement.edit(fresh, by=by, seen_version=fresh.version, body=text))


def test_contacts_and_who_asked_are_not_named(holding: Statement, ada: User, rosa: User, press: Any) -> None:
    contact("Dana River", rosa)
    contact("Maria Weber", rosa, "Weber Tax Advice")
    contact("May", rosa)
    inquiry.note(
        press, by=rosa, asked_by="Ines Kollmar, Northern Post", channel="phone", question="Has anybody been hurt?"
    )

    for text in ("Dana River wrote to us.", "Weber Tax Advice wrote to us.", "Ines Kollmar wrote to us."):
        assert "Personal data" in body(holding, ada, text), text
    assert "Personal data" not in body(holding, ada, "May we ask you to wait? The Northern Post wrote of it in May.")


def test_who_asked_in_another_incident_is_not_looked_for(
    holding: Statement, ada: User, rosa: User, cleo: User, press: StakeholderPlan
) -> None:
    another = states.declare(holding.incident.agent, by=cleo, title="Another failure")
    inquiry.note(press, by=rosa, asked_by="Ines Kollmar", channel="phone", question="Has anybody been hurt?")

    assert "Ines Kollmar" in never_public.names(holding.incident).persons
    assert "Ines Kollmar" not in never_public.names(another).persons
    assert "Ines Kollmar" not in never_public.names().persons


def test_a_contact_who_was_removed_is_no_longer_looked_for(holding: Statement, rosa: User) -> None:
    one = contact("Dana River", rosa)
    Contact.objects.filter(pk=one.pk).update(removed_by=rosa, removed_at=one.added_at)

    assert "Dana River" not in checking.known().known_names


def test_what_the_agent_is_called_inside_stops_a_statement_and_its_public_name_does_not(
    holding: Statement, ada: User
) -> None:
    agent = holding.incident.agent

    assert "Internal name" in body(holding, ada, f"It was {agent.internal_name} that sent them.")
    assert "Internal name" not in body(holding, ada, f"It was the {agent.public_name} that sent them.")
    Agent.objects.filter(pk=agent.pk).update(public_name=agent.internal_name)
    assert "Internal name" not in body(holding, ada, f"It was {agent.internal_name} that sent them.")


def test_the_name_of_the_organisation_may_stand_whoever_bears_it_too(holding: Statement, ada: User, rosa: User) -> None:
    Agent.objects.filter(pk=holding.incident.agent_id).update(internal_name="Northwind")
    contact("Maria Weber", rosa)

    assert "Internal name" in body(holding, ada, "Since Monday Northwind sent wrong letters.")
    assert "Personal data" in body(holding, ada, "Maria Weber sent wrong letters.")
    for name in ("Northwind", "Maria Weber Tax Advice"):
        Organisation.objects.update(name=name)
        assert body(holding, ada, f"Since Monday {name} sent wrong letters.").isdisjoint(
            {"Internal name", "Personal data"}
        )


def test_a_commitment_names_nobody_outside_either(holding: Statement, rosa: User) -> None:
    contact("Dana River", rosa)
    made = Commitment(incident=holding.incident, text="We call Dana River back by 1 December 2026.")

    assert "PII" in {one.finding.rule for one in commitment_words.of_commitment(made).stopping}


def test_however_many_there_are_they_are_asked_for_once(
    holding: Statement, rosa: User, ben: User, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        contact(f"Dana {'River' * (number + 1)}", rosa)

    about = holding.incident

    with django_assert_num_queries(1):
        names = never_public.names(about)
    assert len([name for name in names.persons if name.startswith("Dana")]) == 3
    with django_assert_num_queries(1):
        approvers, nobody = User.objects.with_role(Role.APPROVER), User.objects.none()
        names = never_public.names(about, approves=approvers, commands=nobody)
    known = {person: (person.approves, person.commands) for person in names.people}
    assert (known[ben], known[rosa]) == ((True, False), (False, False))
    assert [person.name for person in names.people] == sorted(person.name for person in names.people)


def test_there_is_an_end_to_the_names(rosa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest contacts count when there are too many."""
    several = len(never_public._rows(None, []))
    monkeypatch.setattr(never_public, "MOST", several + 1)
    contact("Old Name", rosa)
    contact("New Name", rosa)

    assert {"New Name", "Old Name"} & never_public.names().persons == {"New Name"}
