"""Set-up, finished: organisation, first person, component and agent, and the first entry of the record."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import Invitation, Organisation, Role, User
from accounts.operations import people, setup
from accounts.operations.solo import declare_solo
from agents.operations import add_agent, add_component
from incidents.operations import masthead, record


@dataclass(frozen=True)
class Answers:
    """What was answered on the pages of the set-up. Empty: `second_email` when one person works alone, else `alone_because`."""

    name: str
    place: str
    time_zone: str
    contact: str
    person: str
    email: str
    password_hash: str
    component: str
    description: str
    agent: str
    second_name: str = ""
    second_email: str = ""
    alone_because: str = ""


@transaction.atomic
def found(token: str, answers: Answers) -> tuple[User, Invitation | None]:
    """All of it or nothing. Raises what `accounts.operations.setup.found` raises; the token is dead afterwards."""
    record.lock_head()
    user = setup.found(
        token,
        name=answers.name,
        place=answers.place,
        time_zone=answers.time_zone,
        contact=answers.contact,
        person=answers.person,
        email=answers.email,
        password_hash=answers.password_hash,
    )
    component = add_component(answers.component, answers.description, by=user)
    add_agent(
        public_name=answers.agent,
        internal_name="",
        component=component,
        owner=user,
        deputy=None,
        team=None,
        by=user,
    )
    masthead.found(Organisation.objects.get(pk=1), by=user)
    if not answers.second_email:
        declare_solo(by=user, reason=answers.alone_because, at_setup=True)
        return user, None
    roles = [Role.APPROVER, Role.COMMUNICATIONS_LEAD]
    return user, people.invite(answers.second_email, answers.second_name, roles, by=user)
