"""Commitments: drafted complete, published with a number, missed by the clock alone, handed on (R22, R24, R25)."""

from datetime import timedelta

import pytest

from accounts.models import LogEntry
from incidents.models import Commitment, RecordEntry, RecordHead, Reminder, StatementVersion
from incidents.operations import commitment as operations
from incidents.operations import evidence, statement, sweep
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders import operations as stakeholders
from stakeholders.models import ActionLink, Outgoing
from tests import states
from tests.conftest import START

DUE = START + timedelta(days=10)


@pytest.fixture
def update(published, ada):
    return states.write(published.incident, "update", by=ada)


@pytest.fixture
def said(tom):
    return {
        "text": "Every refund letter is released by a person before it leaves.",
        "public_owner": "Support team",
        "owner": tom,
        "due_at": DUE,
        "verification": "The letters carry the name of the person who released them.",
    }


def drafted(update, ada, said, **changes):
    return operations.draft(update, by=ada, seen_version=states.fresh(update).version, **(said | changes))


def entries(made, kind):
    return list(RecordEntry.objects.filter(commitment=made, kind=kind))


# Drafting


def test_a_draft_is_a_version_of_its_statement(update, ada, said):
    before = update.version

    made = drafted(update, ada, said)

    assert (made.state, made.number) == ("draft", None)
    update.refresh_from_db()
    assert update.version == before + 1
    last = StatementVersion.objects.filter(statement=update).last()
    assert last.content["commitments"][0]["text"] == said["text"]
    assert LogEntry.objects.filter(action="commitment.drafted").count() == 1


@pytest.mark.parametrize("part", ["text", "public_owner", "verification"])
def test_a_draft_without_a_part_is_refused(update, ada, said, refused, part):
    with refused(Incomplete, "cannot be checked") as refusal:
        drafted(update, ada, said, **{part: "  "})

    assert refusal.missing == [operations.PARTS[part]]


def test_every_part_that_is_missing_is_named(update, ada, said, refused, tom):
    tom.is_active = False
    tom.save()
    nothing = {"text": "", "public_owner": "", "verification": "", "due_at": START}

    with refused(Incomplete) as refusal:
        drafted(update, ada, said, **nothing)

    assert len(refusal.missing) == 5


def test_only_those_who_write_statements_draft_commitments(update, rosa, said, refused):
    with refused(NotAllowed, "communications leads and commanders"):
        operations.draft(update, by=rosa, seen_version=update.version, **said)


def test_a_statement_that_somebody_saved_meanwhile_is_not_written_over(update, ada, cleo, said, refused):
    seen = update.version
    statement.edit(update, by=cleo, seen_version=seen, headline="Letters went astray")

    with refused(Stale):
        operations.draft(update, by=ada, seen_version=seen, **said)


def test_redrafting_voids_the_submission_that_waits(update, ada, said):
    made = drafted(update, ada, said)
    asked = states.submit(states.fresh(update), by=ada)

    operations.redraft(made, by=ada, seen_version=states.fresh(update).version, due_at=DUE + timedelta(days=1))

    assert states.fresh(asked).outcome == "void"
    assert states.fresh(made).due_at == DUE + timedelta(days=1)


def test_a_dropped_draft_is_not_published(update, ada, ben, said):
    made = drafted(update, ada, said)
    operations.drop(made, by=ada, seen_version=states.fresh(update).version)

    states_approve(states.submit(states.fresh(update), by=ada), ben)

    assert states.fresh(made).state == "dropped"
    assert RecordHead.objects.get().commitment_number == 0


def test_a_published_commitment_is_not_redrafted(commitment, ada, refused):
    with refused(WrongState):
        operations.redraft(commitment, by=ada, seen_version=commitment.statement.version, text="Nothing at all.")


def states_approve(asked, by):
    from incidents.operations import approval

    return approval.approve(asked, by=by, seen_digest=asked.digest)


# Publishing


def test_publication_gives_a_number_and_plans_the_reminders(commitment):
    assert (commitment.state, commitment.number, commitment.first_due_at) == ("open", 1, DUE)
    assert RecordHead.objects.get().commitment_number == 1
    assert commitment.made_in.body["commitments"] == [
        {"id": commitment.public_id, "number": 1, "due_at": "2026-11-29T15:16:00.000000Z"}
    ]
    steps = list(commitment.reminders.values_list("step", "state"))
    assert [step for step, _ in steps] == [
        "created",
        "week",
        "two_days",
        "morning",
        "due",
        "day_after",
        "three_days_after",
        "weekly",
    ]
    assert {state for _, state in steps} == {"pending"}


def test_two_commitments_of_one_statement_get_numbers_in_their_order(update, ada, ben, said):
    first = drafted(update, ada, said, due_at=DUE + timedelta(days=5))
    second = drafted(update, ada, said)

    states_approve(states.submit(states.fresh(update), by=ada), ben)

    assert (states.fresh(first).number, states.fresh(second).number) == (1, 2)
    assert RecordHead.objects.get().commitment_number == 2


# Missing


def test_the_clock_alone_turns_it_to_missed(commitment, clock_at):
    clock_at(DUE + timedelta(seconds=1))

    assert sweep.sweep().commitments_missed == 1

    assert states.fresh(commitment).state == "missed"
    (entry,) = entries(commitment, "missed")
    assert entry.body == {
        "incident": commitment.incident.public_id,
        "commitment": commitment.public_id,
        "due_at": "2026-11-29T15:16:00.000000Z",
        "texts": {},
    }


def test_missing_it_twice_makes_one_entry(commitment, clock_at):
    clock_at(DUE + timedelta(hours=1))

    assert [operations.miss(commitment), operations.miss(commitment)] == [True, False]
    sweep.sweep()

    assert len(entries(commitment, "missed")) == 1


def test_evidence_that_waits_at_the_due_time_holds_it(commitment, clock_at, tom):
    evidence.report_done(commitment, by=tom, text="All letters carry a name.", dated_at=START)
    clock_at(DUE + timedelta(days=1))

    assert sweep.sweep().commitments_missed == 0
    assert states.fresh(commitment).state == "open"


# Handing on


def test_a_new_owner_is_told_and_the_old_links_are_void(commitment, clock_at, cleo, rosa, tom):
    sweep.sweep()
    (to_tom,) = Outgoing.objects.filter(kind="commitment")
    token = stakeholders.mint(to_tom)

    operations.reassign(commitment, rosa, by=cleo, reason="Tom is away.")

    assert states.fresh(commitment).owner == rosa
    assert stakeholders.open_link(token) is None
    assert states.fresh(to_tom).state == "superseded"
    to_rosa = Outgoing.objects.get(kind="commitment", to_user=rosa)
    assert to_rosa.link_subject == commitment.public_id
    assert "Rosa, this promise is yours" in to_rosa.text
    assert Reminder.objects.filter(commitment=commitment, state="pending").exists()
    told = commitment.incident.timeline.latest("pk").text
    assert told == f"{commitment} passed from {tom} to {rosa}: Tom is away."


def test_it_is_not_given_to_its_owner_nor_to_somebody_who_left(commitment, cleo, tom, rosa, refused):
    rosa.is_active = False
    rosa.save()

    with refused(Incomplete, "keeps its owner") as refusal:
        operations.reassign(commitment, tom, by=cleo, reason="")
    assert len(refusal.missing) == 2
    with refused(Incomplete) as refusal:
        operations.reassign(commitment, rosa, by=cleo, reason="Why not.")
    assert refusal.missing == ["Rosa Iyer no longer works here. Choose somebody who does."]


def test_who_has_nothing_to_do_with_it_does_not_give_it_away(commitment, vic, rosa, refused):
    with refused(NotAllowed):
        operations.reassign(commitment, rosa, by=vic, reason="I think so.")


def test_disowning_tells_the_commander_and_leaves_it_where_it_is(commitment, tom, cleo):
    ActionLink.objects.all()

    operations.disown(commitment, by=tom, reason="Refunds belong to payments.")

    made = states.fresh(commitment)
    assert (made.owner, made.disowned_reason) == (tom, "Refunds belong to payments.")
    told = Outgoing.objects.filter(key__contains=":disowned:")
    assert [message.to_user for message in told] == [cleo]
    assert "Refunds belong to payments." in told[0].text


def test_only_the_owner_can_disown_and_only_with_words(commitment, tom, cleo, refused):
    with refused(NotAllowed, "Tom Lindqvist"):
        operations.disown(commitment, by=cleo, reason="Not his.")
    with refused(Incomplete, "stays with you"):
        operations.disown(commitment, by=tom, reason=" ")


def test_a_settled_commitment_is_not_handed_on(commitment, tom, cleo, ben, rosa, refused):
    given = evidence.report_done(commitment, by=tom, text="Done.", dated_at=START)
    evidence.accept(given, by=ben)

    with refused(WrongState):
        operations.reassign(commitment, rosa, by=cleo, reason="Late.")
    with refused(WrongState):
        operations.disown(commitment, by=tom, reason="Late.")


def test_the_number_of_commitments_in_public_equals_those_opened(commitment):
    assert Commitment.objects.published().count() == RecordHead.objects.get().commitment_number == 1
