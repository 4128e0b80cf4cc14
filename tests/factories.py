"""One factory per model that a test may make by hand, each with the least that the database accepts.

Rows that only an operation may make (approvals, record entries, versions, published commitments) have none: reach
those states by calling the operations, or with the fixtures of ``conftest``, so that no test starts from a state that
cannot happen.

Ask for a row with ``create``: ``UserFactory.create()`` is the same as ``UserFactory()``, and a type checker knows that it
is a ``User``.
"""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

import clock
from accounts.models import Invitation, Membership, Organisation, Role, RoleGrant, Team, User
from agents.models import Agent, Component
from incidents.models import (
    Commitment,
    ContainmentAction,
    Fact,
    Harm,
    Incident,
    RoleHeld,
    Statement,
    Urgency,
)
from stakeholders.models import ActionLink, Outgoing

PASSWORD = "a sentence nobody guesses"


class UserFactory(DjangoModelFactory[User]):
    """A person; ``roles=[...]`` grants them."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    time_zone = "UTC"
    joined_at = factory.LazyFunction(clock.now)

    @classmethod
    def _create(cls, model_class, **fields):
        return model_class.objects.create_user(password=fields.pop("password", PASSWORD), **fields)

    @factory.post_generation
    def roles(self, create, granted, **_rest):
        for role in granted or ():
            RoleGrantFactory.create(user=self, role=role)


class RoleGrantFactory(DjangoModelFactory[RoleGrant]):
    class Meta:
        model = RoleGrant

    user = factory.SubFactory(UserFactory)
    role = Role.RESPONDER


class TeamFactory(DjangoModelFactory[Team]):
    """A team with its lead and one more member, so that it may be used as a route."""

    class Meta:
        model = Team
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Team {n}")
    alias = factory.Sequence(lambda n: f"team{n}@example.org")
    lead = factory.SubFactory(UserFactory)

    @factory.post_generation
    def people(self, create, members, **_rest):
        others = [UserFactory.create()] if members is None else members
        for member in {self.lead, *others}:
            MembershipFactory.create(team=self, user=member)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    team = factory.SubFactory(TeamFactory, people=[])
    user = factory.SubFactory(UserFactory)


class InvitationFactory(DjangoModelFactory[Invitation]):
    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"guest{n}@example.org")
    name = factory.Sequence(lambda n: f"Guest {n}")
    roles = factory.LazyFunction(lambda: [Role.RESPONDER.value])
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    invited_by = factory.SubFactory(UserFactory)
    expires_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=7))


class OrganisationFactory(DjangoModelFactory[Organisation]):
    """The one organisation, set up."""

    class Meta:
        model = Organisation
        django_get_or_create = ("id",)

    id = 1
    name = "Northwind Agents"
    place = "Berlin"
    time_zone = "Europe/Berlin"
    contact = "help@northwind.example"
    set_up_at = factory.LazyFunction(clock.now)


class ComponentFactory(DjangoModelFactory[Component]):
    class Meta:
        model = Component

    public_name = factory.Sequence(lambda n: f"Component {n}")
    position = factory.Sequence(int)


class AgentFactory(DjangoModelFactory[Agent]):
    class Meta:
        model = Agent

    public_name = factory.Sequence(lambda n: f"Agent {n}")
    internal_name = factory.Sequence(lambda n: f"agent-{n}")
    owner = factory.SubFactory(UserFactory)
    component = factory.SubFactory(ComponentFactory)


class IncidentFactory(DjangoModelFactory[Incident]):
    """A draft that nobody has triaged. It has no commander: ``declare`` gives one."""

    class Meta:
        model = Incident

    title = factory.Sequence(lambda n: f"Failure {n}")
    agent = factory.SubFactory(AgentFactory)
    worst_harm = Harm.MISLED
    urgency = Urgency.WITHIN_HOUR
    declared_by = factory.SubFactory(UserFactory)
    detected_at = factory.LazyFunction(clock.now)
    declared_at = factory.LazyFunction(clock.now)


class RoleHeldFactory(DjangoModelFactory[RoleHeld]):
    class Meta:
        model = RoleHeld

    incident = factory.SubFactory(IncidentFactory)
    role = RoleHeld.Role.COMMANDER
    user = factory.SubFactory(UserFactory)
    since = factory.LazyFunction(clock.now)


class FactFactory(DjangoModelFactory[Fact]):
    """A reported fact that nobody has confirmed."""

    class Meta:
        model = Fact

    incident = factory.SubFactory(IncidentFactory)
    question = Fact.Question.AGENT_DID
    text = factory.Sequence(lambda n: f"It did thing {n}.")
    source_kind = Fact.Source.LOG
    source = "run log"
    observed_at = factory.LazyFunction(clock.now)
    reported_by = factory.SubFactory(UserFactory)
    reported_at = factory.LazyFunction(clock.now)
    changed_at = factory.LazyFunction(clock.now)


class ContainmentFactory(DjangoModelFactory[ContainmentAction]):
    """A planned containment action."""

    class Meta:
        model = ContainmentAction

    incident = factory.SubFactory(IncidentFactory)
    scope = ContainmentAction.Scope.AGENT
    text = "Replies are held for a person"
    decider = factory.SubFactory(UserFactory)
    planned_at = factory.LazyFunction(clock.now)


class StatementFactory(DjangoModelFactory[Statement]):
    """An empty draft update, without a saved version."""

    class Meta:
        model = Statement

    incident = factory.SubFactory(IncidentFactory)
    kind = Statement.Kind.UPDATE
    created_by = factory.SubFactory(UserFactory)
    edited_by = factory.SelfAttribute("created_by")
    created_at = factory.LazyFunction(clock.now)
    edited_at = factory.LazyFunction(clock.now)


class CommitmentFactory(DjangoModelFactory[Commitment]):
    """A draft commitment of a draft statement."""

    class Meta:
        model = Commitment

    statement = factory.SubFactory(StatementFactory)
    incident = factory.SelfAttribute("statement.incident")
    text = "Every refund over 100 euros is released by a person."
    public_owner = "Payments team"
    owner = factory.SubFactory(UserFactory)
    due_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=10))
    verification = "The refund page names who released it."


class OutgoingFactory(DjangoModelFactory[Outgoing]):
    """A message that waits to be sent."""

    class Meta:
        model = Outgoing

    key = factory.Sequence(lambda n: f"test:{n}")
    kind = "commitment"
    to_user = factory.SubFactory(UserFactory)
    to_address = factory.SelfAttribute("to_user.email")
    subject = "C-1 is due tomorrow"
    text = "What you promised is due tomorrow."
    message_id = factory.Sequence(lambda n: f"<test-{n}@northwind.example>")
    reason = "You own this commitment."


class ActionLinkFactory(DjangoModelFactory[ActionLink]):
    class Meta:
        model = ActionLink

    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    outgoing = factory.SubFactory(OutgoingFactory)
    user = factory.SelfAttribute("outgoing.to_user")
    purpose = "commitment"
    subject = "1"
    valid_until = factory.LazyFunction(lambda: clock.now() + timedelta(days=14))
