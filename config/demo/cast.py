"""Who works at Northwind Agents, and which agents they answer for."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Organisation, Role, User
from accounts.operations import people, setup, teams
from agents import operations as agents
from agents.models import Agent, Component
from incidents.operations import masthead

DOMAIN = "northwind-agents.example"

# First name: name, role, time zone. Each role has one person, so that each can be tried.
PEOPLE = {
    "mara": ("Mara Lindqvist", Role.COMMANDER, "Europe/Berlin"),
    "ines": ("Ines Okafor", Role.COMMUNICATIONS_LEAD, "Europe/Lisbon"),
    "tomas": ("Tomas Reyes", Role.APPROVER, "Europe/Madrid"),
    "jun": ("Jun Park", Role.TECHNICAL_LEAD, "Europe/Berlin"),
    "karim": ("Karim Haddad", Role.RESPONDER, "Europe/Berlin"),
    "helene": ("Helene Brandt", Role.EXECUTIVE, "Europe/Berlin"),
    "noor": ("Noor de Vries", Role.OBSERVER, "Europe/Amsterdam"),
    "sam": ("Sam Oduya", Role.ADMINISTRATOR, "Europe/Berlin"),
}

# Public name of the component, what it does in public, public and internal name of the agent, owner and deputy.
AGENTS = {
    "refunds": ("Refunds", "Decides about refunds up to €100", "Refund agent", "refund-agent-eu-2", "karim", "jun"),
    "warranty": ("Warranty questions", "Answers by email", "Triage agent", "triage-agent-4", "jun", "karim"),
    "dates": ("Delivery dates", "Tells when a parcel will arrive", "Delivery agent", "eta-agent-1", "jun", "karim"),
}


@dataclass
class Cast:
    """Everybody by first name, and the agents by what they are for."""

    mara: User
    ines: User
    tomas: User
    jun: User
    karim: User
    helene: User
    noor: User
    sam: User
    agents: dict[str, Agent] = field(default_factory=dict)

    @classmethod
    def assemble(cls, password: str) -> "Cast":
        """Set the installation up as Sam would, and let everybody Sam invites accept."""
        name, _role, zone = PEOPLE["sam"]
        sam = setup.found(
            setup.issue_setup_token(),
            name="Northwind Agents",
            place="Berlin",
            time_zone=zone,
            contact=f"help@{DOMAIN}",
            person=name,
            email=address("sam"),
            password_hash=make_password(password),
        )
        people.revoke_role(sam, Role.COMMANDER, by=sam)  # Whoever sets up has it; here each role has one person.
        components = {
            key: agents.add_component(public_name=row[0], description=row[1], by=sam) for key, row in AGENTS.items()
        }
        masthead.found(Organisation.objects.get(pk=1), by=sam)
        joined: dict[str, Any] = {first: _join(first, password, by=sam) for first in PEOPLE if first != "sam"}
        cast = cls(sam=sam, **joined)
        cast._answer_for(components)
        return cast

    def _answer_for(self, components: dict[str, Component]) -> None:
        """One team of three answers for all agents."""
        team = teams.form_team(
            "Customer decisions",
            f"decisions@{DOMAIN}",
            self.mara,
            [self.jun, self.karim],
            by=self.sam,
            purpose="Answers for the agents that decide or promise something to customers",
        )
        for key, (_component, _does, public_name, internal_name, owner, deputy) in AGENTS.items():
            self.agents[key] = agents.add_agent(
                public_name=public_name,
                internal_name=internal_name,
                owner=getattr(self, owner),
                deputy=getattr(self, deputy),
                team=team,
                component=components[key],
                by=self.sam,
            )

    def component(self, key: str) -> Component:
        return self.agents[key].component


def address(first_name: str) -> str:
    return f"{first_name}@{DOMAIN}"


def _join(first_name: str, password: str, *, by: User) -> User:
    name, role, zone = PEOPLE[first_name]
    invitation = people.invite(address(first_name), name, [role], by=by)
    token = invitation.link.rstrip("/").rpartition("/")[2]
    return people.accept_invitation(token, password, zone)
