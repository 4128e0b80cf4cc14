"""S02: what happens only inside leaves no trace outside. Two worlds that differ only inside give the same public bytes."""

import subprocess
import sys
from datetime import timedelta

import pytest

import clock
from accounts.models import Organisation, Role
from accounts.operations import people
from agents import operations as agents
from agents.models import Agent, Component
from incidents.models import Citation, Fact, Incident, RecordHead, Statement
from incidents.operations import fact, incident, masthead, statement, timeline
from stakeholders.models import StakeholderGroup
from stakeholders.operations import contacts
from statuspage import source
from statuspage.edition import build
from statuspage.fold import extend
from statuspage.keeper import Keeper
from statuspage.record import PublicRecord
from statuspage.serving import Serving
from tests import factories, states
from tests.statuspage.test_serving import Visitor

pytestmark = [pytest.mark.check("S02"), pytest.mark.django_db]


@pytest.fixture
def installation(cast):
    """An organisation with one running public incident, a commitment, and a recovered incident before it."""
    factories.OrganisationFactory(name="Northwind Agents", time_zone="Europe/Berlin")
    component = agents.add_component(public_name="Support replies", description="Answers by email", by=cast.olga)
    masthead.found(Organisation.objects.get(pk=1), by=cast.olga)
    cast.agent = agents.add_agent(
        public_name="Support assistant", internal_name="support-7", owner=cast.tom, deputy=cast.rosa, team=None,
        component=component, by=cast.olga,
    )  # fmt: skip
    declared = states.declare(cast.agent, by=cast.cleo)
    cast.incident = states.open_up(declared, by=cast.cleo, communications=cast.ada, technical=cast.tom)
    states.establish_facts(cast.incident, reporter=cast.tom, confirmer=cast.cleo)
    states.contain(cast.incident, by=cast.cleo)
    states.publish(cast.incident, Statement.Kind.HOLDING, writer=cast.ada, approver=cast.ben)
    cast.commitment = states.promise(
        cast.incident, writer=cast.ada, approver=cast.ben, owner=cast.tom, due_at=clock.now() + timedelta(days=3)
    )
    return cast


def edition():
    head = source.head()
    record = extend(PublicRecord(), source.entries_after(0, head.number))
    return build(record, head.confirmed_at, clock.now())


def everything_that_can_be_asked():
    """Status, headers and body of every address, the ones of things that are not public included."""
    now = edition()
    visitor = Visitor(now)
    inside = [f"/incidents/{one.public_id}/" for one in Incident.objects.all()]
    inside += [f"/components/{one.public_id}/" for one in Component.objects.all()]
    paths = {*now.hot, *inside, "/history/2026-11/", "/commitments/2026/", "/record/1.json", "/nothing"}
    return {
        (path, encoding): visitor.ask(path, accept_encoding=encoding) for path in paths for encoding in ("", "gzip")
    }


def mails_to_a_group(people_, about):
    """In the public incident too: a message, the end of a fact that only it rests on, and its correction."""
    group = StakeholderGroup.objects.get(slug="affected-users")
    yield contacts.add(group, "reader@inside.example", by=people_.ada)
    known = fact.report(
        about, by=people_.tom, question=Fact.Question.EXPERIENCED, text="Their letters named another street.",
        source_kind=Fact.Source.LOG, source="log", observed_at=clock.now(),
    )  # fmt: skip
    draft = states.write_to(group, about, by=people_.ada, cites=[known])
    yield (message := states.send(draft, writer=people_.ada, approver=people_.ben))
    yield fact.retract(known, by=people_.tom, seen_version=known.version, reason="It was the right street.")
    yield states.send(states.correct_to(message, by=people_.ada), writer=people_.ada, approver=people_.ben)


def changes_inside(people_):
    """Much happens, and nothing of it is approved for the public."""
    ada, cleo, tom, olga = people_.ada, people_.cleo, people_.tom, people_.olga
    yield people.invite("new@northwind.example", "Somebody new", [Role.APPROVER], by=olga)
    yield people.grant_role(people_.rosa, Role.COMMANDER, by=olga)
    other = agents.add_component(public_name="A secret pilot", description="Nobody may know", by=olga)
    yield agents.add_agent(
        public_name="Pilot", internal_name="pilot-1", owner=tom, deputy=None, team=None, component=other, by=olga
    )
    second = states.declare(people_.agent, by=cleo, title="Something that nobody outside knows")
    yield states.open_up(second, by=cleo, communications=ada, technical=tom)
    yield states.establish_facts(second, reporter=tom, confirmer=cleo)
    yield states.contain(second, by=cleo)
    yield timeline.note(people_.incident, "Legal was asked.", by=cleo)
    yield incident.describe(
        people_.incident, by=cleo, seen_version=states.fresh(people_.incident).version, title="An internal title"
    )
    yield from mails_to_a_group(people_, second)
    yield from mails_to_a_group(people_, states.fresh(people_.incident))
    reported = fact.report(
        people_.incident, by=tom, question=Fact.Question.AGENT_DID, text="A guess about the cause", is_cause=True,
        source_kind=Fact.Source.LOG, source="log", observed_at=clock.now(),
    )  # fmt: skip
    yield fact.change(reported, by=tom, seen_version=reported.version, text="Another guess")
    draft = states.write(people_.incident, Statement.Kind.UPDATE, by=ada, body="Words that nobody has approved.")
    yield states.submit(draft, by=ada)
    yield statement.begin(second, Statement.Kind.HOLDING, by=ada)
    yield Agent.objects.filter(pk=people_.agent.pk).update(public_name="Renamed inside")
    yield Component.objects.filter(pk=people_.agent.component_id).update(
        public_name="Renamed, waiting for approval", description=""
    )
    yield Organisation.objects.update(name="Renamed, waiting for approval", contact="someone@inside.example")
    yield Citation.objects.all().delete()


def test_nothing_that_happens_inside_changes_a_public_byte_or_header(installation):
    before = everything_that_can_be_asked()
    for _ in changes_inside(installation):
        after = everything_that_can_be_asked()
        assert {key: after[key] for key in before} == before
        unknown = [answer for (path, _), answer in after.items() if (path, "") not in before]
        assert {answer.status for answer in unknown} <= {404}
    assert len(before) > 30


def test_an_incident_that_is_not_public_looks_like_one_that_does_not_exist(installation):
    hidden = states.declare(installation.agent, by=installation.cleo)
    visitor = Visitor(edition())

    assert visitor.ask(f"/incidents/{hidden.public_id}/") == visitor.ask("/incidents/AAAAAAAAAAAAAAAAAAAAAA/")


def test_no_number_of_a_row_is_shown(installation):
    """Entries and C-numbers count what is public; nothing else counts."""
    page = edition().hot["/"].body.decode()

    assert f"/incidents/{installation.incident.public_id}/" in page
    assert f"/incidents/{installation.incident.pk}/" not in page


def test_the_record_that_is_downloaded_verifies(installation, tmp_path):
    now = edition()
    for name in ("record.json", "verify_record.py"):
        (tmp_path / name).write_bytes(now.hot[f"/{name}"].body)
    done = subprocess.run(
        [sys.executable, "-I", "verify_record.py", "record.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, RecordHead.objects.get(pk=1).hash in done.stdout) == (0, True), done.stdout + done.stderr


def test_real_entries_fold_into_the_pages(installation):
    now = edition()
    page = now.hot["/"].body.decode()

    assert "Support replies: partly down" in page
    assert "Customers who asked for a refund since Monday." in page
    assert "Every refund letter is released by a person before it leaves." in page
    assert now.record.hash == RecordHead.objects.get(pk=1).hash


def test_the_keeper_reads_the_real_database(installation, tmp_path):
    keeper = Keeper(tmp_path)
    keeper.tick()
    states.publish(installation.incident, Statement.Kind.UPDATE, writer=installation.ada, approver=installation.ben)
    keeper.tick()

    assert keeper.status.problem == ""
    assert keeper.edition.record.number == RecordHead.objects.get(pk=1).number
    assert keeper.edition.hot == build(keeper.edition.record, None, clock.now()).hot


def test_comparing_costs_two_questions_and_a_request_none(installation, tmp_path, django_assert_num_queries):
    keeper = Keeper(tmp_path)
    keeper.tick()
    with django_assert_num_queries(2):
        keeper.tick()
    with django_assert_num_queries(0):
        Visitor(keeper.edition, Serving).ask("/")
