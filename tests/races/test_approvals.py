"""Several people at once: one approval wins, and nobody approves what they have not read.

On whichever database the tests run on. SQLite lets one writer in at a time, so that the races proper happen on PostgreSQL.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

import clock
from accounts.models import LogEntry, Role
from incidents.models import (
    FACTS_GATE,
    Approval,
    Fact,
    Promise,
    RecordEntry,
    ServiceState,
    StatementVersion,
    Submission,
)
from incidents.operations import (
    approval,
    commitment,
    containment,
    dossier,
    fact,
    override,
    promise,
    statement,
    submission,
    verify,
)
from refusals import Refused, Stale, WrongState
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts
from tests import factories, states
from tests.conftest import START
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

APPROVERS = 8
STATEMENTS = 30
FEW = 4 if connection.vendor == "postgresql" else 2  # one after the other, there is little to meet
MANY = 12


@pytest.fixture(params=[FEW, pytest.param(MANY, marks=pytest.mark.nightly)], ids="{} rounds".format)
def rounds(request):
    """How often two meet: a race that is lost once in a dozen is found by night."""
    return request.param


@pytest.fixture
def room(cast, organisation, agent):
    """Opens incidents about which everything needed is known, one after the other."""

    def open_one():
        opened = states.open_up(
            states.declare(agent, by=cast.cleo), by=cast.cleo, communications=cast.ada, technical=cast.tom
        )
        states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
        states.contain(opened, by=cast.tom)
        return states.fresh(opened)

    return open_one


def approve(asked: Submission, by) -> Callable[[], Any]:
    return lambda: approval.approve(asked, by=by, seen_digest=asked.digest)


@pytest.mark.check("R10")
def test_eight_approvers_of_thirty_statements_publish_thirty_times(room, cast, figures):
    approvers = [factories.UserFactory.create(roles=[Role.APPROVER]) for _ in range(APPROVERS)]
    waiting = [states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada) for _ in range(STATEMENTS)]

    outcomes: Counter[str] = Counter()
    for asked in waiting:
        results = at_once(*(approve(asked, approver) for approver in approvers))
        outcomes.update(type(result).__name__ for result in results)
        winner = next(result for result in results if isinstance(result, Approval))
        late = [result for result in results if isinstance(result, WrongState)]
        assert {refusal.sentence for refusal in late} == {
            f"{winner.approved_by} has approved and published this already."
        }

    assert outcomes == {"Approval": STATEMENTS, "WrongState": STATEMENTS * (APPROVERS - 1)}
    numbers = list(RecordEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, STATEMENTS + 1))
    assert verify.first_fault() == ""
    figures("R10", approvers=APPROVERS, statements=STATEMENTS, publications=outcomes["Approval"], exceptions=0, gaps=0)


@pytest.mark.check("R10")
def test_statements_approved_at_once_are_numbered_without_gaps(room, cast, rounds):
    waiting = [states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada) for _ in range(rounds)]

    results = at_once(*(approve(asked, cast.ben) for asked in waiting))

    assert [type(result).__name__ for result in results] == ["Approval"] * rounds
    assert sorted(RecordEntry.objects.values_list("number", flat=True)) == list(range(1, rounds + 1))
    assert verify.first_fault() == ""


def warn(about, cast, **changes) -> Submission:
    """A warning that waits beside what is told in its turn, released by the commander."""
    begun = statement.begin(about, "warning", by=cast.ada)
    said = states.words(about, "warning", component_states={}, **changes)
    draft = statement.edit(begun, by=cast.ada, seen_version=1, **said)
    override.let_stand(draft, FACTS_GATE, 0, by=cast.cleo, seen_version=draft.version, reason="Letters are opened now.")
    return states.submit(states.fresh(draft), by=cast.ada)


@pytest.mark.check("R10")
def test_of_two_that_contradict_each_other_one_goes_out_and_the_other_is_read_again(room, cast, rounds):
    """A warning and an update give other advice: whichever is second was read before the first one was."""
    for _ in range(rounds):
        about = room()
        states.publish(about, "holding", writer=cast.ada, approver=cast.ben)
        update = states.submit(states.write(about, "update", by=cast.ada, what_to_do="Wait for us."), by=cast.ada)
        warning = warn(about, cast, what_to_do="Do not open the letter. Call us.")

        results = at_once(approve(update, cast.ben), approve(warning, cast.ben))

        assert sorted(type(result).__name__ for result in results) == ["Approval", "Stale"]
        assert Promise.objects.unanswered().filter(incident=about).count() == 1
    assert verify.first_fault() == ""


@pytest.mark.check("R10")
def test_two_that_do_not_both_go_out_and_leave_one_promise(room, cast, rounds):
    for _ in range(rounds):
        about = room()
        states.publish(about, "holding", writer=cast.ada, approver=cast.ben)
        update = states.submit(states.write(about, "update", by=cast.ada), by=cast.ada)
        results = at_once(approve(update, cast.ben), approve(warn(about, cast), cast.ben))

        assert [type(result).__name__ for result in results] == ["Approval", "Approval"]
        assert Promise.objects.unanswered().filter(incident=about).count() == 1
    assert verify.first_fault() == ""


def test_of_several_who_begin_in_one_lane_at_once_one_does(room, cast, rounds):
    for _ in range(rounds):
        about = room()
        results = at_once(*(partial(statement.begin, about, "warning", by=who) for who in (cast.ada, cast.cleo) * 2))
        assert sorted(type(result).__name__ for result in results) == ["Statement", *["WrongState"] * 3]


@pytest.mark.check("R10")
def test_ten_clicks_of_one_person_publish_once(room, cast):
    asked = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)
    results = at_once(*(approve(asked, cast.ben) for _ in range(10)))
    assert {result.pk for result in results} == {Approval.objects.get().pk}


@pytest.mark.check("R10")
def test_ten_parallel_posts_of_one_click_get_the_same_answer_and_publish_once(room, cast, client_of, figures):
    """A double click, a browser's retry, the back button (F23): the digest of what was read is the key that they share."""
    asked = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)

    answers = at_once(*(post(client_of(cast.ben), asked) for _ in range(10)))

    assert [(answer.status_code, answer.url) for answer in answers] == [(302, f"/desk/approvals/{asked.pk}/")] * 10
    assert RecordEntry.objects.count() == 1
    assert LogEntry.objects.filter(action="approval.approved").count() == 1
    figures("R10", parallel_clicks=10, publications_of_them=1)


@pytest.mark.check("R10")
def test_ten_people_who_click_at_once_publish_once_and_nine_hear_who_was_first(room, cast, client_of):
    approvers = [factories.UserFactory.create(roles=[Role.APPROVER]) for _ in range(10)]
    asked = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)

    answers = at_once(*(post(client_of(approver), asked) for approver in approvers))

    assert Counter(answer.status_code for answer in answers) == {302: 1, 409: 9}
    first = Approval.objects.get().approved_by
    late = [answer.content.decode() for answer in answers if answer.status_code == 409]
    assert all(f"{first} has approved and published this already." in page for page in late)
    assert RecordEntry.objects.count() == 1


@pytest.mark.check("R10", "R11")
def test_ten_parallel_posts_of_ten_different_forms_publish_once_and_only_what_stands(room, cast, client_of):
    """Ten tabs, nine of which show words that are no longer those of the submission (F23)."""
    asked = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)
    shown = [asked.digest, *(f"{number:064x}" for number in range(9))]

    answers = at_once(*(post(client_of(cast.ben), asked, digest) for digest in shown))

    assert [answer.status_code for answer in answers] == [302] + [409] * 9
    assert Approval.objects.get().submission == asked
    assert RecordEntry.objects.count() == 1


def post(browser: Client, asked: Submission, digest: str = "") -> Callable[[], Any]:
    address = reverse("desk:approve", args=[asked.pk])
    return lambda: browser.post(address, {"digest": digest or asked.digest})


def edit(asked, cast):
    return lambda: statement.edit(
        asked.statement, by=cast.ada, seen_version=asked.version, headline="Words that nobody has read"
    )


def change_fact(asked, cast):
    known = asked.statement.facts.order_by("pk").first()
    return lambda: fact.change(
        known, by=cast.rosa, seen_version=known.version, text="A fact that nobody has read.", published="true"
    )


def retract_fact(asked, cast):
    known = asked.statement.facts.order_by("pk").last()
    return lambda: fact.retract(known, by=cast.rosa, seen_version=known.version, reason="It was another agent.")


def fail_containment(asked, cast):
    action = asked.statement.incident.containment_actions.get()
    return lambda: containment.fail(action, by=cast.tom, reason="It went on.")


def promise_more(asked, cast):
    return lambda: commitment.draft(
        asked.statement,
        by=cast.ada,
        seen_version=asked.version,
        text="A commitment that nobody has read.",
        public_owner="Support team",
        owner=cast.tom,
        due_at=clock.now() + timedelta(days=3),
        verification="Nobody can.",
    )


def promise_another_time(asked, cast):
    later = clock.now() + timedelta(minutes=75)
    return lambda: statement.edit(asked.statement, by=cast.ada, seen_version=asked.version, next_update_at=later)


def call_it_working(asked, cast):
    states_said = {asked.statement.incident.agent.component.public_id: ServiceState.OPERATIONAL}
    return lambda: statement.edit(
        asked.statement, by=cast.ada, seen_version=asked.version, component_states=states_said
    )


def take_back(asked, cast):
    return lambda: submission.take_back(asked, by=cast.ada)


CHANGES = {
    edit: "statement.edited",
    change_fact: "fact.changed",
    retract_fact: "fact.retracted",
    fail_containment: "containment.failed",
    promise_more: "commitment.drafted",
    promise_another_time: "statement.edited",
    call_it_working: "statement.edited",
    take_back: "submission.withdrawn",
}


@pytest.mark.check("R11")
@pytest.mark.parametrize("happens", CHANGES, ids=lambda happens: happens.__name__)
def test_what_changes_meanwhile_is_refused_or_comes_after_exactly_what_was_read(room, cast, figures, happens, rounds):
    for _ in range(rounds):
        asked = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)
        mark = LogEntry.objects.first().number

        approved, changed = at_once(approve(asked, cast.ben), happens(asked, cast))

        order = list(LogEntry.objects.filter(number__gt=mark).order_by("number").values_list("action", flat=True))
        if isinstance(approved, Approval):
            exactly_what_was_read(approved, asked)
            if not isinstance(changed, Refused):
                assert order.index("approval.approved") < order.index(CHANGES[happens])
        else:
            assert isinstance(approved, Refused), approved
            assert not isinstance(changed, Exception), changed
            assert not Approval.objects.filter(submission=asked).exists()
    assert verify.first_fault() == ""
    figures("R11", races=rounds, publications_of_what_nobody_read=0)


def exactly_what_was_read(approved: Approval, asked: Submission) -> None:
    assert (approved.headline, approved.body) == (asked.content["headline"], asked.content["body"])
    assert approved.component_states == asked.content["component_states"]
    assert dossier.instant(approved.next_update_at) == asked.content["next_update_at"]
    assert [row["id"] for row in approved.commitments] == [row["id"] for row in asked.content["commitments"]]
    assert asked.statement
    assert asked.statement.versions.filter(version=asked.version).exists()


def test_the_clock_misses_a_promise_while_somebody_keeps_it_too_late(room, cast, clock_at, rounds):
    for number in range(rounds):
        clock_at(START)
        first = states.publish(room(), "holding", writer=cast.ada, approver=cast.ben)
        assert first.incident
        clock_at(START + timedelta(minutes=40))
        draft = states.write(first.incident, "update", by=cast.ada, next_update_at=START + timedelta(hours=2))
        asked = states.submit(draft, by=cast.ada)
        clock_at(START + timedelta(minutes=50))
        late = first.incident.promises.get()

        approved, missed = at_once(approve(asked, cast.ben), partial(promise.miss, late))

        assert isinstance(approved, Approval), approved
        assert missed in (True, False), missed
        kinds = list(first.incident.entries.order_by("number").values_list("kind", flat=True))
        assert kinds == ["publication", "promise_missed", "publication"], number
        assert approved.entry.body["keeps"] is None
    assert verify.first_fault() == ""


def test_both_orders_happen_and_each_is_told_the_truth(room, cast):
    first = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)
    approve(first, cast.ben)()
    with pytest.raises(WrongState):
        edit(first, cast)()

    second = states.submit(states.write(room(), "holding", by=cast.ada), by=cast.ada)
    change_fact(second, cast)()
    with pytest.raises(Stale):
        approve(second, cast.ben)()
    assert Fact.objects.filter(text="A fact that nobody has read.").count() == 1


def test_two_writers_at_once_keep_both_versions_or_tell_one(room, cast, rounds):
    for _ in range(rounds):
        draft = states.write(room(), "holding", by=cast.ada)
        results = at_once(
            *(
                lambda by=by, draft=draft: statement.edit(
                    draft, by=by, seen_version=draft.version, headline=f"Of {by.name}"
                )
                for by in (cast.ada, cast.cleo)
            )
        )
        assert Counter(type(result).__name__ for result in results) == {"Statement": 1, "Stale": 1}
        assert StatementVersion.objects.filter(statement=draft).count() == draft.version + 1


@pytest.mark.check("R11")
def test_a_direct_message_is_refused_or_owes_a_correction_when_its_fact_falls_meanwhile(room, cast, rounds):
    """Whoever comes first: either it never left, or its group is owed the truth. Never neither."""
    group = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(group, "nell@example.org", by=cast.ada)
    for _ in range(rounds):
        draft = states.write_to(group, room(), by=cast.ada)
        asked, known = states.submit(draft, by=cast.ada), draft.facts.earliest("pk")

        out, _fallen = at_once(
            approve(asked, cast.ben),
            partial(fact.retract, known, by=cast.tom, seen_version=known.version, reason="It counts attempts."),
        )

        sent = Outgoing.objects.filter(kind="direct", key__startswith=f"direct:{getattr(out, 'pk', 0)}:").exists()
        owed = Approval.objects.owing_correction().filter(submission=asked).exists()
        assert (sent, owed) == (isinstance(out, Approval), isinstance(out, Approval))
        assert isinstance(out, Approval | Stale)
