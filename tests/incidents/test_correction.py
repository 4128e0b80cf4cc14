"""What was said and is not so (R8): a correction is owed at once, stands beside the old words, and is asked for until it is out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

import clock
from accounts.models import User
from incidents.models import Approval, Fact, Incident, PublicStatus, RecordEntry, Statement
from incidents.operations import approval, correction, fact, guards, promise, statement, submission, verify
from incidents.views import dashboard_rows, room_rows, todo
from refusals import Incomplete, Stale, WrongState
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.django_db

WORDS = {
    "acknowledgement": "We wrote that 212 letters were sent. That number counted attempts.",
    "body": "As of 15:40 UTC we count 187 letters.",
    "disclosure_note": "Nothing is left out.",
    "withheld": ["nothing"],
}


@pytest.fixture
def entry(published: Approval) -> RecordEntry:
    """The holding statement, which rests on what Rosa reported."""
    return published.entry


@pytest.fixture
def retracted(entry: Any, tom: User) -> RecordEntry:
    """The same entry after one of its facts turned out to be false."""
    cited = Statement.objects.get(submissions__approval=entry.approval).facts.order_by("pk").first()
    assert cited is not None
    fact.retract(cited, by=tom, seen_version=cited.version, reason="The log counts attempts, not letters.")
    return entry


def correct(entry: Any, by: User, **fields: Any) -> Statement:
    begun = statement.begin(entry.incident, "correction", by=by, corrects=entry)
    promise = {} if guards.says_it_is_over(begun) else {"next_update_at": clock.now() + timedelta(minutes=45)}
    return statement.edit(begun, by=by, seen_version=1, **(WORDS | promise | fields))


def publish(written: Statement, writer: User, approver: User) -> RecordEntry:
    asked = submission.submit(written, by=writer, seen_version=written.version)
    return approval.approve(asked, by=approver, seen_digest=asked.digest).entry


def say_again(entry: Any, known: Fact, writer: User, approver: User) -> RecordEntry:
    """An update that rests on the same fact."""
    update = statement.begin(entry.incident, "update", by=writer)
    written = statement.edit(
        update, by=writer, seen_version=1, cites=[known], body="We count 212 letters.",
        disclosure_note="Nothing is left out.", withheld=["nothing"], next_update_at=clock.now() + timedelta(minutes=30),
    )  # fmt: skip
    return publish(written, writer, approver)


def owing() -> list[int]:
    """By the database, and by the rows of the rooms, which say it without asking again: they must be of one mind."""
    found = sorted(RecordEntry.objects.owing_correction().values_list("number", flat=True))
    reader = User.objects.active().earliest("pk")
    assert sorted(number for one in Incident.objects.all() for number in room_rows.rows(one.pk, reader).wrong) == found
    return found


def titles(person: User) -> list[str]:
    return [task.title for task in todo.tasks(person, dashboard_rows.rows(), clock.now())]


# --- Owed -----------------------------------------------------------------------------------------


def test_nothing_is_owed_while_every_fact_stands(entry: Any, ada: User) -> None:
    assert owing() == []
    assert not any("Correct entry" in title for title in titles(ada))


def test_retracting_a_published_fact_asks_for_a_correction_at_once(retracted: Any, ada: User, vic: User) -> None:
    assert owing() == [retracted.number]
    assert f"Correct entry {retracted.number}: {retracted.incident.title}" in titles(ada)
    assert not any("Correct entry" in title for title in titles(vic))


def test_all_entries_that_rest_on_it_are_one_task(entry: Any, ada: User, ben: User, tom: User) -> None:
    """One correction settles them: a button for each would make several people write it."""
    known = Statement.objects.get(submissions__approval=entry.approval).facts.earliest("pk")
    second = say_again(entry, known, ada, ben)
    fact.retract(known, by=tom, seen_version=known.version, reason="The log counts attempts, not letters.")
    assert owing() == [entry.number, second.number]

    (task,) = [one for one in todo.tasks(ada, dashboard_rows.rows(), clock.now()) if "Correct entr" in one.title]

    assert task.title == f"Correct entries {entry.number} and {second.number}: {entry.incident.title}"
    assert task.why.endswith("One correction settles all that rest on the same fact")
    assert (task.view, task.pk) == ("desk:correction_new", entry.number)

    written = correct(second, ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)
    assert asked.content["corrects"] == [entry.number, second.number]
    (task,) = [one for one in todo.tasks(ada, dashboard_rows.rows(), clock.now()) if "Correct entr" in one.title]
    assert (task.label, task.pk) == ("See it", asked.pk)


def test_the_room_says_so_and_leads_there(retracted: Any, ada: User, client_of: Callable[..., Client]) -> None:
    page = client_of(ada).get(f"/desk/incidents/{retracted.incident_id}/").content.decode()

    assert f"Published in entry {retracted.number}, a correction is owed." in page
    assert "Draft the correction" in page
    assert f'href="/desk/entries/{retracted.number}/correction/"' in page


def test_it_is_asked_for_until_the_correction_is_out(retracted: Any, ada: User, ben: User) -> None:
    written = correct(retracted, ada)
    assert owing() == [retracted.number]

    publish(written, ada, ben)

    assert owing() == []
    assert not any("Correct entry" in title for title in titles(ada))


def test_a_fact_retracted_after_the_correction_is_owed_anew(
    retracted: Any, ada: User, ben: User, tom: User, clock_at: Callable[..., None]
) -> None:
    publish(correct(retracted, ada), ada, ben)
    clock_at(START + timedelta(minutes=5))
    other = (
        Statement.objects.get(submissions__approval=retracted.approval).facts.exclude(confidence="retracted").first()
    )
    assert other is not None

    fact.retract(other, by=tom, seen_version=other.version, reason="That was another import.")

    assert owing() == [retracted.number]


def test_a_resolution_waits_for_it(retracted: Any, ada: User, cleo: User, rosa: User, tom: User) -> None:
    states.recover(retracted.incident, commander=cleo, reporter=rosa, confirmer=tom)
    begun = statement.begin(states.fresh(retracted.incident), "resolution", by=ada)

    said = [item.sentence for item in guards.missing(begun)]

    assert f"Correct entry {retracted.number} first: a fact it rests on was wrong" in said


# --- Written, approved, published -----------------------------------------------------------------


def test_it_names_what_it_corrects_in_the_record(retracted: Any, ada: User, ben: User) -> None:
    out = publish(correct(retracted, ada), ada, ben)

    assert out.body["statement"] == "correction"
    assert out.body["corrects"] == [retracted.number]
    assert out.approval is not None
    assert out.approval.corrects == [retracted.number]
    assert out.approval.body.startswith(
        f"{WORDS['acknowledgement']}\n\n{WORDS['body']}\n\nWe will post the next update"
    )
    assert verify.first_fault() == ""


def test_one_correction_puts_right_every_entry_that_rests_on_the_same_fact(
    entry: Any, ada: User, ben: User, tom: User
) -> None:
    shared = Statement.objects.get(submissions__approval=entry.approval).facts.first()
    assert shared is not None
    again = say_again(entry, shared, ada, ben)
    fact.retract(shared, by=tom, seen_version=shared.version, reason="The log counts attempts.")
    assert owing() == [entry.number, again.number]

    out = publish(correct(again, ada), ada, ben)

    assert out.body["corrects"] == [entry.number, again.number]
    assert owing() == []


def test_words_can_be_corrected_though_no_fact_was_retracted(entry: Any, ada: User, ben: User) -> None:
    out = publish(correct(entry, ada), ada, ben)

    assert out.body["corrects"] == [entry.number]


def test_a_fact_retracted_after_submission_makes_the_approval_stale(
    entry: Any, ada: User, ben: User, tom: User, refused: Any
) -> None:
    """What a correction puts right is part of what the approver read."""
    shared = Statement.objects.get(submissions__approval=entry.approval).facts.first()
    assert shared is not None
    say_again(entry, shared, ada, ben)
    written = correct(entry, ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)
    fact.retract(shared, by=tom, seen_version=shared.version, reason="The log counts attempts.")

    with refused(Stale, "Something changed after this was submitted"):
        approval.approve(asked, by=ben, seen_digest=asked.digest)


def test_another_fact_of_the_same_entry_retracted_while_it_waits_makes_it_stale(
    retracted: Any, ada: User, ben: User, tom: User, refused: Any
) -> None:
    """Its author has not answered for that one, and the entry would count as put right."""
    written = correct(retracted, ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)
    other = Statement.objects.get(submissions__approval=retracted.approval).facts.filter(retracted_at=None).first()
    assert other is not None
    fact.retract(other, by=tom, seen_version=other.version, reason="It was another service.")

    with refused(Stale, "Something changed after this was submitted"):
        approval.approve(asked, by=ben, seen_digest=asked.digest)

    submission.take_back(asked, by=ada)
    publish(states.fresh(written), ada, ben)
    assert owing() == []


def test_a_correction_of_what_is_over_opens_nothing_again(
    entry: Any, ada: User, ben: User, cleo: User, rosa: User, tom: User
) -> None:
    states.recover(entry.incident, commander=cleo, reporter=rosa, confirmer=tom)
    over = states.publish(states.fresh(entry.incident), "resolution", writer=ada, approver=ben).entry

    written = correct(over, ada)

    assert written.public_status == PublicStatus.RESOLVED
    assert [item.sentence for item in guards.missing(written)] == []
    out = publish(written, ada, ben)
    assert out.body["status"] == "resolved"
    assert "next_update_at" not in out.body


def test_one_that_is_not_over_needs_the_next_promise(entry: Any, ada: User) -> None:
    written = correct(entry, ada, next_update_at=None)

    assert "Promise a time for the next update" in [item.sentence for item in guards.missing(written)]


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("acknowledgement", "Say what was wrong in what we said, and how that came about"),
        ("body", "Say what is so instead"),
    ],
)
def test_it_says_what_was_wrong_and_what_is_so(entry: Any, ada: User, field: str, says: str, refused: Any) -> None:
    written = correct(entry, ada, **{field: ""})

    with refused(Incomplete) as refusal:
        submission.submit(written, by=ada, seen_version=written.version)

    assert says in refusal.missing


# --- Refused --------------------------------------------------------------------------------------


def test_a_correction_names_an_entry(entry: Any, ada: User, refused: Any) -> None:
    with refused(WrongState, "A correction names an entry of its own incident."):
        statement.begin(entry.incident, "correction", by=ada)


def test_nothing_else_names_one(entry: Any, ada: User, refused: Any) -> None:
    with refused(WrongState, "Only a correction names an entry that it corrects."):
        statement.begin(entry.incident, "update", by=ada, corrects=entry)


def test_the_entry_is_of_the_same_incident(
    entry: Any, agent: Any, ada: User, cleo: User, tom: User, refused: Any
) -> None:
    other = states.open_up(states.declare(agent, by=cleo), by=cleo, communications=ada, technical=tom)

    with refused(WrongState):
        statement.begin(other, "correction", by=ada, corrects=entry)


def test_only_a_publication_is_corrected(entry: Any, ada: User, clock_at: Callable[..., None], refused: Any) -> None:
    promised = entry.incident.promises.get()
    clock_at(promised.due_at + timedelta(minutes=1))
    promise.miss(promised, clock.now())
    missed = RecordEntry.objects.get(kind=RecordEntry.Kind.PROMISE_MISSED)

    with refused(WrongState, f"Entry {missed.number} is no statement."):
        statement.begin(entry.incident, "correction", by=ada, corrects=missed)


def test_no_emergency_is_a_correction(retracted: Any, ada: User, cleo: User, refused: Any) -> None:
    written = correct(retracted, ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)

    with refused(WrongState, "Everything else can wait for a second person."):
        approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="It is wrong.")


def test_the_database_holds_a_correction_to_an_entry(entry: Any, ada: User) -> None:
    begun = statement.begin(entry.incident, "update", by=ada)

    for wrong in ({"kind": "correction"}, {"corrects": entry}):
        with pytest.raises(IntegrityError, match="correction_names_what_it_corrects"), transaction.atomic():
            Statement.objects.filter(pk=begun.pk).update(**wrong)


# --- Pages ----------------------------------------------------------------------------------------


def test_the_page_before_shows_the_words_that_are_corrected(
    entry: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(f"/desk/entries/{entry.number}/correction/").content.decode()

    assert f"What entry {entry.number} says" in page
    assert entry.approval is not None
    assert entry.approval.headline in page
    assert "Begin the correction" in page


def test_it_is_begun_there_and_asks_in_its_own_words(entry: Any, ada: User, client_of: Callable[..., Client]) -> None:
    answer = client_of(ada).post(f"/desk/entries/{entry.number}/correction/", follow=True)
    page = answer.content.decode()

    assert Statement.objects.get(kind="correction").corrects == entry
    assert "What we said that was wrong" in page
    assert "What is so" in page
    assert f"What entry {entry.number} says" in page


def test_without_an_entry_there_is_no_such_page(entry: Any, ada: User, client_of: Callable[..., Client]) -> None:
    browser = client_of(ada)

    assert browser.get(f"/desk/incidents/{entry.incident_id}/statements/new/correction/").status_code == 404
    assert browser.get("/desk/entries/4711/correction/").status_code == 404


def test_it_is_begun_while_an_update_is_written_and_gone_on_with_once_it_is_begun(
    entry: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    statement.begin(entry.incident, "update", by=ada)
    browser, address = client_of(ada), f"/desk/entries/{entry.number}/correction/"

    assert browser.get(address).status_code == 200
    begun = statement.begin(entry.incident, "correction", by=ada, corrects=entry)
    answer = browser.get(address, follow=True)

    assert answer.redirect_chain == [(f"/desk/statements/{begun.pk}/", 302)]
    assert "Finish it or discard it first." not in answer.content.decode()


def test_a_finding_is_placed_by_the_name_the_field_has_there(entry: Any, ada: User) -> None:
    written = correct(entry, ada, body="Everything has been resolved.")

    (passage,) = guards.look(written).checked.stopping

    assert (passage.finding.rule, passage.label) == ("PREMATURE-RESOLVED", "What is so")


def test_the_approver_reads_what_is_corrected(
    retracted: Any, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    written = correct(retracted, ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)

    page = client_of(ben).get(f"/desk/approvals/{asked.pk}/").content.decode()

    assert f"What entry {retracted.number} says" in page
    assert str(WORDS["acknowledgement"]) in page


def test_an_objection_is_not_settled_by_a_correction_that_only_includes_it() -> None:
    """Two reasons, two ways out: a fact is put right wherever it was said, an objection where its entry is named."""
    waits = correction.awaited([(7, 3, {"corrects": [3, 5], "corrects_messages": [{"id": 11}]}), (8, None, {})])

    assert (waits.of_entry(5, is_objected=False), waits.of_entry(5, is_objected=True)) == (7, None)
    assert (waits.of_entry(3, is_objected=False), waits.of_entry(3, is_objected=True)) == (7, 7)
    assert waits.messages == {11: 7}
