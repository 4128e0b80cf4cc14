"""The names that the public reads: given at set-up, changed only with a second person, each time a whole snapshot."""

import pytest

from accounts.models import LogEntry, Organisation, Role
from agents.models import Component
from incidents.models import Approval, MastheadChange, RecordEntry, Submission
from incidents.operations import approval, masthead, names, submission
from refusals import Incomplete, NotAllowed, WrongState
from stakeholders.models import Outgoing
from tests.factories import UserFactory
from tests.remembered import remembered

Kind = MastheadChange.Kind
NAMES = {"name": "Northwind", "place": "Berlin", "contact": "help@northwind.example", "zone": "Europe/Berlin"}


@pytest.fixture
@remembered
def founded(organisation, component, olga):
    """The record has begun: Northwind Agents with one component."""
    masthead.found(organisation, by=olga)
    return organisation


def approve(change, by):
    asked = change.submissions.get()
    return approval.approve(asked, by=by, seen_digest=asked.digest)


def public_texts():
    return names.public()["texts"]


# Founding


def test_the_founding_entry_is_the_first_and_holds_every_component(organisation, component, olga):
    entry = masthead.found(organisation, by=olga)

    assert (entry.number, entry.kind, entry.approval.basis) == (1, "masthead", Approval.Basis.FOUNDING)
    assert {name: entry.body[name] for name in ("organisation", "components")} == {
        "organisation": {"zone": "Europe/Berlin"},
        "components": [{"id": component.public_id, "position": component.position}],
    }
    assert public_texts() == {
        "organisation.name": "Northwind Agents",
        "organisation.place": "Berlin",
        "organisation.contact": "help@northwind.example",
        f"component.{component.public_id}.name": "Support replies",
        f"component.{component.public_id}.description": "Answers to questions by email",
    }


def test_the_record_begins_once(founded, olga, refused):
    with refused(WrongState, "The record has begun already."):
        masthead.found(founded, by=olga)


def test_only_an_administrator_begins_the_record(organisation, component, cleo, refused):
    with refused(NotAllowed, "Only an administrator"):
        masthead.found(organisation, by=cleo)


# Proposing


def test_a_proposal_changes_nothing_in_public_before_it_is_approved(founded, olga, ben):
    change = masthead.propose(Kind.ORGANISATION, NAMES, by=olga)

    assert change.content == {"name": "Northwind"}, "only what changes is proposed"
    assert change.submissions.get().outcome == Submission.Outcome.WAITING
    assert public_texts()["organisation.name"] == "Northwind Agents"
    assert RecordEntry.objects.count() == 1

    approve(change, ben)

    assert public_texts()["organisation.name"] == "Northwind"
    assert public_texts()["organisation.place"] == "Berlin", "the rest of the snapshot stays"
    assert Organisation.objects.get().name == "Northwind"
    assert RecordEntry.objects.first().number == 2


def test_another_zone_and_no_place_reach_the_public(founded, olga, ben):
    approve(masthead.propose(Kind.ORGANISATION, NAMES | {"place": "", "zone": "Asia/Tokyo"}, by=olga), ben)

    assert names.public()["organisation"] == {"zone": "Asia/Tokyo"}
    assert "organisation.place" not in public_texts()
    assert Organisation.objects.get().time_zone == "Asia/Tokyo"


def test_the_proposer_cannot_approve(founded, olga, refused):
    both = UserFactory.create(roles=[Role.ADMINISTRATOR, Role.APPROVER])
    asked = masthead.propose(Kind.ORGANISATION, NAMES, by=both).submissions.get()

    with refused(NotAllowed):
        approval.approve(asked, by=both, seen_digest=asked.digest)


def test_a_new_component_is_public_only_once_it_is_approved(founded, olga, ben):
    change = masthead.propose_component("Billing", "Questions about invoices", by=olga)

    billing = Component.objects.get(public_name="Billing")
    assert all(row["id"] != billing.public_id for row in names.public()["components"])

    approve(change, ben)

    assert [row["id"] for row in names.public()["components"]][-1] == billing.public_id
    assert public_texts()[f"component.{billing.public_id}.description"] == "Questions about invoices"


def test_a_component_gets_another_name(founded, component, olga, ben):
    change = masthead.propose(
        Kind.COMPONENT_CHANGED, {"name": "Replies", "description": component.description}, component, by=olga
    )
    assert change.content == {"name": "Replies"}

    approve(change, ben)

    component.refresh_from_db()
    assert component.public_name == "Replies"
    assert public_texts()[f"component.{component.public_id}.name"] == "Replies"


def test_a_returned_component_can_be_proposed_again(founded, olga, ben):
    change = masthead.propose_component("Bilings", "", by=olga)
    submission.send_back(change.submissions.get(), by=ben, reason="A slip in the name.")
    billing = Component.objects.get(public_name="Bilings")

    approve(masthead.propose(Kind.COMPONENT_ADDED, {"name": "Billing", "description": ""}, billing, by=olga), ben)

    assert public_texts()[f"component.{billing.public_id}.name"] == "Billing"


def test_the_log_names_the_fields_and_no_name(founded, olga):
    change = masthead.propose(Kind.ORGANISATION, NAMES, by=olga)

    entry = LogEntry.objects.get(action="masthead.proposed", object_id=str(change.pk))
    assert entry.details == {"kind": "organisation", "fields": ["name"]}
    assert "Northwind" not in str(list(LogEntry.objects.values("details")))


def test_only_an_administrator_proposes(founded, component, ada, cleo, refused):
    for person in (ada, cleo):
        with refused(NotAllowed, "Only an administrator"):
            masthead.propose(Kind.ORGANISATION, NAMES, by=person)
        with refused(NotAllowed, "Only an administrator"):
            masthead.propose_component("Billing", "", by=person)


def test_two_proposals_about_the_same_thing_do_not_wait_at_once(founded, component, olga, refused):
    waiting = masthead.propose(Kind.ORGANISATION, NAMES, by=olga).submissions.get()

    with refused(WrongState, "waits for approval already") as refusal:
        masthead.propose(Kind.ORGANISATION, NAMES | {"place": "Potsdam"}, by=olga)
    assert refusal.value.missing[0].args == (waiting.pk,)
    masthead.propose(Kind.COMPONENT_CHANGED, {"name": "Replies"}, component, by=olga)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ({"name": "Northwind Agents"}, "Change something: these are the names the public reads now"),
        ({"name": " "}, "Enter a name"),
        ({"slogan": "Sorry"}, "This cannot be changed here"),
    ],
)
def test_a_proposal_that_says_nothing_new_or_nothing_at_all_is_refused(founded, olga, refused, content, missing):
    with refused(Incomplete, "Nothing was proposed.") as refusal:
        masthead.propose(Kind.ORGANISATION, content, by=olga)

    assert refusal.missing == [missing]


def test_a_kind_and_its_subject_belong_together(founded, component, olga, refused):
    for kind, about in ((Kind.ORGANISATION, component), (Kind.COMPONENT_CHANGED, None), (Kind.FOUNDING, None)):
        with refused(Incomplete, "Nothing was proposed."):
            masthead.propose(kind, {"name": "Other"}, about, by=olga)


def test_two_components_do_not_share_a_name(founded, component, olga, refused):
    with refused(Incomplete, "The component was not added."):
        masthead.propose_component("support REPLIES", "", by=olga)
    masthead.propose_component("Billing", "", by=olga)
    with refused(Incomplete) as refusal:
        masthead.propose(Kind.COMPONENT_CHANGED, {"name": "billing"}, component, by=olga)
    assert refusal.missing == ["Choose another name: there is a component called billing"]


def test_the_founding_asks_nobody_even_when_others_have_joined(organisation, component, olga, ben, ada):
    masthead.found(organisation, by=olga)

    assert not Outgoing.objects.exists()
    assert Submission.objects.get().outcome == "approved"
