"""What is over answers three questions (R17), and the post-mortem looks back on it, with a cause that is confirmed."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from incidents import wording
from incidents.models import Fact, Incident, RecordEntry, Statement
from incidents.operations import approval, fact, guards, statement, submission
from refusals import Incomplete, WrongState
from tests import states
from tests.remembered import remembered


@pytest.fixture
@remembered
def over(published: Any, ada: User, ben: User, cleo: User, rosa: User, tom: User) -> Incident:
    """Recovered, and resolved in public."""
    told = published.incident
    states.recover(told, commander=cleo, reporter=rosa, confirmer=tom)
    states.publish(states.fresh(told), "resolution", writer=ada, approver=ben)
    return states.fresh(told)


@pytest.fixture
@remembered
def explained(over: Incident, rosa: User, tom: User) -> Incident:
    """The same, with a cause that a second person confirmed."""
    cause = over.facts.get(question=Fact.Question.CIRCUMSTANCES)
    fact.change(cause, by=rosa, seen_version=cause.version, is_cause=True)
    fact.confirm(
        states.fresh(cause), by=tom, seen_version=cause.version + 1, confirmation_kind="log",
        confirmation_source="import log",
    )  # fmt: skip
    return states.fresh(over)


def sentences(written: Statement) -> list[str]:
    return [item.sentence for item in guards.missing(states.fresh(written))]


# The three answers


@pytest.mark.parametrize("field", wording.ANSWERS)
def test_a_resolution_gives_all_three_answers(
    published: Any, ada: User, cleo: User, rosa: User, tom: User, refused: Any, field: str
) -> None:
    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    empty: dict[str, Any] = {field: ""}
    written = states.write(states.fresh(published.incident), "resolution", by=ada, **empty)

    with refused(Incomplete) as refusal:
        submission.submit(written, by=ada, seen_version=written.version)

    assert [item.anchor for item in refusal.value.missing] == [f"id_{field}"]


def test_the_answers_stand_below_their_headings_in_public(over: Incident) -> None:
    words = RecordEntry.objects.publications().filter(incident=over).first().approval

    assert words is not None
    order = [words.body.index(f"### {heading}") for heading in wording.ANSWERS.values()]
    assert order == sorted(order)
    for heading in wording.ANSWERS.values():
        assert f"<h3>{heading}</h3>" in words.body_html


def test_a_resolution_may_say_that_the_cause_is_not_established(
    published: Any, ada: User, ben: User, cleo: User, rosa: User, tom: User
) -> None:
    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    why = "It is not established yet. We will say by 12:00 UTC on 24 November."
    out = states.publish(states.fresh(published.incident), "resolution", writer=ada, approver=ben, why_it_happened=why)
    assert why in out.body


# When


def test_it_comes_after_the_resolution(published: Any, ada: User, cleo: User, rosa: User, tom: User, refused: Any):
    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    with refused(WrongState, "A post-mortem looks back on what is over. Publish the resolution first."):
        statement.begin(states.fresh(published.incident), "post_mortem", by=ada)


def test_it_needs_a_confirmed_cause(over: Incident, ada: User, refused: Any) -> None:
    written = states.write(over, "post_mortem", by=ada)
    with refused(Incomplete) as refusal:
        submission.submit(written, by=ada, seen_version=written.version)
    assert refusal.missing == ["Confirm a fact as the cause: a post-mortem says why it happened"]


def test_it_is_published_under_its_own_name_and_promises_nothing(explained: Incident, ada: User, ben: User) -> None:
    out = states.publish(explained, "post_mortem", writer=ada, approver=ben)

    assert (out.kind, out.public_status, out.next_update_at) == ("post_mortem", "resolved", None)
    assert out.entry.body["statement"] == "post_mortem"
    assert out.entry.body["status"] == "resolved"


def test_there_is_one(explained: Incident, ada: User, ben: User, refused: Any) -> None:
    states.publish(explained, "post_mortem", writer=ada, approver=ben)
    with refused(WrongState, "This incident has its post-mortem."):
        statement.begin(states.fresh(explained), "post_mortem", by=ada)


def test_the_database_knows_one_too(explained: Incident, ada: User) -> None:
    begun = statement.begin(explained, "post_mortem", by=ada)
    Statement.objects.filter(pk=begun.pk).update(state="published")
    begun.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.bulk_create([begun])


def test_a_discarded_one_stands_in_nobody_s_way(explained: Incident, ada: User) -> None:
    statement.discard(statement.begin(explained, "post_mortem", by=ada), by=ada)
    assert statement.begin(explained, "post_mortem", by=ada).public_status == "resolved"


def test_after_a_reopening_it_waits_for_the_next_end(explained: Incident, ada: User, cleo: User) -> None:
    from incidents.operations import incident

    written = states.write(explained, "post_mortem", by=ada)
    incident.reopen(explained, by=cleo, reason="It happens again")
    assert "Record the recovery: only then is it resolved" in sentences(written)


def test_it_goes_out_by_two_people_only(explained: Incident, ada: User, cleo: User, refused: Any) -> None:
    asked = states.submit(states.write(explained, "post_mortem", by=ada), by=ada)
    with refused(WrongState, "In an emergency a holding statement, a safety warning or an update goes out."):
        approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="In a hurry")


# What (R84)


def test_it_names_roles_and_no_people(explained: Incident, ada: User, tom: User, refused: Any) -> None:
    why = f"{tom.name} had ended the import half-way, and nothing checked that it was whole."
    written = states.write(explained, "post_mortem", by=ada, why_it_happened=why)
    with refused(Incomplete) as refusal:
        submission.submit(written, by=ada, seen_version=written.version)
    assert [item for item in refusal.missing if tom.name in item]


def test_an_assurance_without_content_is_no_answer(explained: Incident, ada: User) -> None:
    written = states.write(explained, "post_mortem", by=ada, what_changes="We take this very seriously.")
    assert [one for one in sentences(written) if one.startswith("Reword") and "seriously" in one]


# The pages


def test_the_room_offers_it_once_it_is_over_in_public(over: Incident, ada: User, client_of: Any) -> None:
    shown = client_of(ada).get(reverse("desk:incident", args=[over.pk])).text
    assert reverse("desk:statement_new", args=[over.pk, "post_mortem"]) in shown


def test_its_editor_has_the_three_answers(explained: Incident, ada: User, client_of: Any) -> None:
    begun = statement.begin(explained, "post_mortem", by=ada)
    shown = client_of(ada).get(reverse("desk:statement", args=[begun.pk])).text
    for field in wording.ANSWERS:
        assert f'id="id_{field}"' in shown
    assert 'id="id_investigating"' not in shown
    assert 'id="id_next_update_at"' not in shown
