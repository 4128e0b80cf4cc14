"""Components and agents: added and changed by an administrator, with people who can answer for them."""

import pytest

from accounts.models import LogEntry, User
from agents import operations
from agents.models import Agent, Component
from refusals import Incomplete, NotAllowed
from tests.factories import AgentFactory, TeamFactory


@pytest.fixture
def fields(component, tom, rosa, team):
    return {
        "public_name": "Billing assistant",
        "internal_name": "billing-2",
        "component": component,
        "owner": tom,
        "deputy": rosa,
        "team": team,
    }


def logged():
    return list(LogEntry.objects.order_by("number").values_list("action", "object_kind", "object_id", "details"))


def test_an_agent_is_added_with_the_people_who_answer_for_it(olga, fields):
    agent = operations.add_agent(**fields, by=olga)

    kept = Agent.objects.get()
    assert {name: getattr(kept, name) for name in fields} == fields
    assert logged() == [("agent.added", "agents.agent", str(agent.pk), {})]


def test_deputy_and_team_may_follow_later(olga, fields):
    operations.add_agent(**fields | {"deputy": None, "team": None}, by=olga)

    assert Agent.objects.get().deputy is None


def test_an_agent_is_changed_and_the_log_names_the_fields(olga, agent, fields, rosa):
    operations.change_agent(agent, **fields | {"owner": rosa, "deputy": None}, by=olga)

    agent.refresh_from_db()
    assert (agent.public_name, agent.owner, agent.deputy) == ("Billing assistant", rosa, None)
    assert logged()[0][3] == {"fields": ["public_name", "internal_name", "owner", "deputy"]}


def test_saving_an_agent_without_a_change_logs_nothing(olga, agent, snapshot):
    before = snapshot()

    same = {
        name: getattr(agent, name) for name in ("public_name", "internal_name", "component", "owner", "deputy", "team")
    }
    operations.change_agent(agent, **same, by=olga)

    assert snapshot() == before


def test_only_an_administrator_adds_and_changes(tom, agent, fields, refused):
    with refused(NotAllowed, "Only an administrator"):
        operations.add_agent(**fields, by=tom)
    with refused(NotAllowed, "Only an administrator"):
        operations.change_agent(agent, **fields, by=tom)
    with refused(NotAllowed, "Only an administrator"):
        operations.add_component("Billing", by=tom)


def test_everything_missing_is_named_at_once(olga, vic, rosa, agent, fields, refused):
    User.objects.filter(pk__in=[vic.pk, rosa.pk]).update(is_active=False)
    for person in (vic, rosa):
        person.refresh_from_db()
    small = TeamFactory.create(name="Too small", people=[])

    with refused(Incomplete, "The agent was not added.") as refusal:
        operations.add_agent(
            **fields | {"public_name": "support ASSISTANT", "owner": vic, "deputy": rosa, "team": small}, by=olga
        )

    assert refusal.missing == [
        "There is an agent called support ASSISTANT already",
        "Choose another owner: Vic Moreau has no access any more",
        "Choose another deputy: Rosa Iyer has no access any more",
        "Add somebody to Too small first: it needs two active people",
    ]


def test_an_agent_needs_a_name_and_a_deputy_who_is_not_the_owner(olga, tom, agent, fields, refused):
    with refused(Incomplete, "The agent was not changed.") as refusal:
        operations.change_agent(agent, **fields | {"public_name": " ", "deputy": tom}, by=olga)

    assert refusal.missing == [
        "Enter the name by which the agent is spoken of",
        "Choose another deputy: the owner cannot stand in for the owner",
    ]


def test_an_agent_may_keep_its_own_name(olga, agent, fields):
    operations.change_agent(agent, **fields | {"public_name": "Support Assistant"}, by=olga)

    assert Agent.objects.get().public_name == "Support Assistant"


def test_components_line_up_in_the_order_in_which_they_come(olga):
    first = operations.add_component("Support replies", "Answers by email", by=olga)
    second = operations.add_component("Billing", by=olga)

    assert list(Component.objects.values_list("public_name", "position")) == [("Support replies", 0), ("Billing", 1)]
    assert first.public_id != second.public_id
    assert [row[0] for row in logged()] == ["component.added", "component.added"]


def test_a_component_needs_a_name_of_its_own(olga, component, refused):
    with refused(Incomplete) as refusal:
        operations.add_component(" ", by=olga)
    assert refusal.missing == ["Enter the name that the public reads"]
    with refused(Incomplete) as refusal:
        operations.add_component("SUPPORT replies", by=olga)
    assert refusal.missing == ["There is a component called SUPPORT replies already"]


# Pages


def test_the_list_costs_the_same_for_one_agent_and_for_three(
    client_of, vic, agent, organisation, django_assert_num_queries
):
    browser = client_of(vic)
    browser.get("/desk/agents/")  # the first page of a session writes a sign of life

    with django_assert_num_queries(4):
        assert "Support assistant" in browser.get("/desk/agents/").content.decode()
    for _ in range(2):
        AgentFactory.create(team=TeamFactory.create(), deputy=agent.owner)
    with django_assert_num_queries(4):
        browser.get("/desk/agents/")


def test_an_empty_list_says_what_to_do_next(client_of, olga, vic, organisation):
    page = client_of(olga).get("/desk/agents/").content.decode()
    assert "There is no agent yet." in page
    assert 'href="/desk/agents/new/"' in page

    assert "An administrator can add one." in client_of(vic).get("/desk/agents/").content.decode()


def typed(fields, **changed):
    return {name: getattr(value, "pk", value) for name, value in (fields | changed).items()}


def test_an_agent_is_added_on_its_page(client_of, olga, fields, organisation):
    answer = client_of(olga).post("/desk/agents/new/", typed(fields))

    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk/agents/")
    assert Agent.objects.get().public_name == "Billing assistant"


def test_an_agent_is_changed_on_its_page(client_of, olga, agent, fields, organisation):
    browser = client_of(olga)
    assert 'value="Support assistant"' in browser.get(f"/desk/agents/{agent.pk}/").content.decode()

    answer = browser.post(f"/desk/agents/{agent.pk}/", typed(fields))

    assert answer.status_code == 302
    assert Agent.objects.get().public_name == "Billing assistant"


@pytest.mark.parametrize("page", ["new/", "{}/"])
def test_what_is_refused_stands_at_its_field_and_keeps_what_was_typed(
    client_of, olga, agent, fields, organisation, page
):
    AgentFactory.create(public_name="Taken")

    answer = client_of(olga).post(
        f"/desk/agents/{page.format(agent.pk)}", typed(fields, public_name="Taken", internal_name="kept as typed")
    )

    words = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_public_name">There is an agent called Taken already</a>' in words
    assert 'value="kept as typed"' in words


def test_the_owner_cannot_be_the_deputy_on_the_form_either(client_of, olga, fields, tom, organisation, snapshot):
    browser = client_of(olga)
    browser.get("/desk/agents/new/")
    before = snapshot()

    answer = browser.post("/desk/agents/new/", typed(fields, deputy=tom))

    assert "Choose somebody other than the owner." in answer.content.decode()
    assert snapshot() == before


def test_whoever_is_no_administrator_reads_and_is_told_who_may(client_of, vic, agent, fields, organisation, snapshot):
    browser = client_of(vic)
    page = browser.get(f"/desk/agents/{agent.pk}/").content.decode()
    before = snapshot()

    assert "An administrator can change this." in page
    assert '<form method="post" class="form"' not in page
    for path in ("new/", f"{agent.pk}/"):
        answer = browser.post(f"/desk/agents/{path}", typed(fields))
        assert (answer.status_code, "Only an administrator" in answer.content.decode()) == (403, True)
    assert snapshot() == before
