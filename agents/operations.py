"""What runs: adding components and agents, and naming the people who answer for them."""

from typing import TypedDict, Unpack

from django.db import transaction

import clock
from accounts.log import write
from accounts.models import Team, User
from accounts.permissions import administer_refusal, can_administer
from agents.actions import Action
from agents.models import Agent, Component
from refusals import Missing, NotAllowed, require, require_nothing_missing


class AgentFields(TypedDict):
    """What an agent is called, what it stands behind, and who answers for it."""

    public_name: str
    internal_name: str
    component: Component
    owner: User
    deputy: User | None
    team: Team | None


@transaction.atomic
def add_component(public_name: str, description: str = "", *, by: User) -> Component:
    """A component without a public face: its name reaches the public only through a masthead entry."""
    places = list(Component.objects.select_for_update(no_key=True).values_list("position", flat=True))
    require(can_administer(by), NotAllowed(administer_refusal()))
    require_nothing_missing("The component was not added.", _missing_in_component(public_name))
    component = Component.objects.create(
        public_name=public_name, description=description, position=max(places, default=-1) + 1, created_at=clock.now()
    )
    write(Action.COMPONENT_ADDED, by=by, about=component)
    return component


@transaction.atomic
def set_audience(component: Component, *, technical: bool, by: User) -> Component:
    """Who uses it, for the draft check. The public reads it nowhere, so nobody else has to approve it."""
    component = Component.objects.select_for_update(no_key=True).get(pk=component.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    if technical != component.audience_technical:
        component.audience_technical = technical
        component.save(update_fields=["audience_technical"])
        write(Action.AUDIENCE_SET, by=by, about=component, technical=technical)
    return component


@transaction.atomic
def add_agent(*, by: User, **fields: Unpack[AgentFields]) -> Agent:
    require(can_administer(by), NotAllowed(administer_refusal()))
    require_nothing_missing("The agent was not added.", _missing_in_agent(fields))
    agent = Agent.objects.create(**fields, created_at=clock.now())
    write(Action.AGENT_ADDED, by=by, about=agent)
    return agent


@transaction.atomic
def change_agent(agent: Agent, *, by: User, **fields: Unpack[AgentFields]) -> Agent:
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require_nothing_missing("The agent was not changed.", _missing_in_agent(fields, besides=agent))
    changed = [name for name, value in fields.items() if getattr(agent, name) != value]
    if changed:
        for name in changed:
            setattr(agent, name, fields[name])  # type: ignore[literal-required]
        agent.save(update_fields=changed)
        write(Action.AGENT_CHANGED, by=by, about=agent, fields=changed)
    return agent


def _missing_in_component(public_name: str) -> list[Missing]:
    if not public_name.strip():
        return [Missing("Enter the name that the public reads", anchor="id_public_name")]
    if Component.objects.filter(public_name__iexact=public_name).exists():
        return [Missing(f"There is a component called {public_name} already", anchor="id_public_name")]
    return []


def _missing_in_agent(fields: AgentFields, besides: Agent | None = None) -> list[Missing]:
    return [
        *_missing_in_name(fields["public_name"], besides),
        *_missing_people(fields["owner"], fields["deputy"]),
        *_missing_in_team(fields["team"]),
    ]


def _missing_in_name(public_name: str, besides: Agent | None) -> list[Missing]:
    if not public_name.strip():
        return [Missing("Enter the name by which the agent is spoken of", anchor="id_public_name")]
    others = Agent.objects.exclude(pk=besides.pk) if besides else Agent.objects.all()
    if others.filter(public_name__iexact=public_name).exists():
        return [Missing(f"There is an agent called {public_name} already", anchor="id_public_name")]
    return []


def _missing_people(owner: User, deputy: User | None) -> list[Missing]:
    missing = []
    if not owner.is_active:
        missing.append(Missing(f"Choose another owner: {owner} has no access any more", anchor="id_owner"))
    if deputy == owner:
        missing.append(Missing("Choose another deputy: the owner cannot stand in for the owner", anchor="id_deputy"))
    elif deputy and not deputy.is_active:
        missing.append(Missing(f"Choose another deputy: {deputy} has no access any more", anchor="id_deputy"))
    return missing


def _missing_in_team(team: Team | None) -> list[Missing]:
    if team is None or Team.objects.usable().filter(pk=team.pk).exists():
        return []
    return [Missing(f"Add somebody to {team} first: it needs two active people", "desk:team", (team.pk,), "members")]
