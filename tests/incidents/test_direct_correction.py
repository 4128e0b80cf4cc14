"""A direct message that is not so any more (R8): those who got it are owed a correction, which quotes it, until it is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import clock
from accounts import chain
from accounts.models import LogEntry, User
from incidents.models import Approval, Incident, RecordEntry, RecordHead, Statement
from incidents.operations import approval, correction, guards, statement, submission
from incidents.operations import incident as operations
from incidents.views import dashboard_rows, todo
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts
from tests import states
from tests.incidents.wrong_messages import (
    LATER,
    NELL,
    OMAR,
    cited,
    flat,
    mails,
    owing,
    reached,
    retract,
    send_correction,
)
from tests.remembered import remembered
from tests.test_desk_queries import MOST

pytestmark = pytest.mark.django_db


@pytest.fixture
def others(ada: User) -> StakeholderGroup:
    found = StakeholderGroup.objects.exclude(slug="affected-users").earliest("pk")
    contacts.add(found, "press@example.org\n", by=ada)
    return found


@pytest.fixture
@remembered
def sent(ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User) -> Approval:
    """It rests on the two facts that are confirmed."""
    return states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)


@pytest.fixture
@remembered
def retracted(sent: Any, tom: User, clock_at: Callable[..., None]) -> Approval:
    """The same message, five minutes later, after one of its facts turned out to be false."""
    clock_at(LATER)
    retract(cited(sent)[0], tom)
    return sent


def tasks(person: User) -> list[todo.Task]:
    return [task for task in todo.tasks(person, dashboard_rows.rows(), clock.now()) if "again" in task.title]


# --- Owed -----------------------------------------------------------------------------------------


def test_nothing_is_owed_while_every_fact_stands(sent: Any, ada: User) -> None:
    assert owing() == []
    assert tasks(ada) == []


def test_retracting_a_fact_of_a_sent_message_asks_for_a_correction_at_once(
    retracted: Any, ada: User, vic: User
) -> None:
    assert owing() == [retracted.pk]
    (task,) = tasks(ada)
    assert task.title == "Write to Directly affected users again: Refund letters went to the wrong customers"
    assert task.href == reverse("desk:message_correction_new", args=[retracted.pk])
    assert tasks(vic) == []


def test_the_timeline_and_the_log_say_so(retracted: Any) -> None:
    line = retracted.incident.timeline.latest("pk").text
    assert line.endswith("attempts, not letters. Sent to Directly affected users, a correction is owed.")
    entry = LogEntry.objects.filter(action="fact.retracted").latest("number")
    assert entry.details["messages"] == [retracted.pk]
    assert entry.details["entries"] == []


def test_one_line_says_it_of_entry_and_message(sent: Any) -> None:
    assert correction.correction_owed([12, 14], [sent]) == (
        "Published in entries 12, 14 and sent to Directly affected users, a correction is owed."
    )
    assert correction.correction_owed([], []) == ""


def test_a_draft_that_was_never_sent_owes_nothing(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, tom: User
) -> None:
    draft = states.write_to(group, ready_to_speak, by=ada)
    retract(draft.facts.earliest("pk"), tom)
    assert owing() == []


def test_it_is_asked_for_until_the_correction_is_sent(retracted: Any, ada: User, ben: User) -> None:
    written = states.correct_to(retracted, by=ada)
    assert owing() == [retracted.pk]
    asked = submission.submit(written, by=ada, seen_version=written.version)
    assert owing() == [retracted.pk]

    approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert owing() == []
    assert tasks(ada) == []


def test_a_correction_in_public_is_none_for_them(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, tom: User
) -> None:
    out = states.publish(ready_to_speak, "holding", writer=ada, approver=ben)
    message = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    retract(cited(message)[0], tom)

    states.correct(out.entry, writer=ada, approver=ben)

    assert not RecordEntry.objects.owing_correction().exists()
    assert owing() == [message.pk]


def test_nor_is_one_to_them_a_correction_in_public(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, tom: User
) -> None:
    out = states.publish(ready_to_speak, "holding", writer=ada, approver=ben)
    message = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    retract(cited(message)[0], tom)

    send_correction(message, ada, ben)

    assert owing() == []
    assert RecordEntry.objects.owing_correction().get() == out.entry


def test_another_message_to_them_is_none_unless_it_corrects(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User
) -> None:
    standing = list(retracted.incident.facts.confirmed())
    states.send(states.write_to(group, retracted.incident, by=ada, cites=standing), writer=ada, approver=ben)
    assert owing() == [retracted.pk]


def test_a_fact_retracted_after_the_correction_is_owed_anew(
    retracted: Any, ada: User, ben: User, tom: User, clock_at: Callable[..., None]
) -> None:
    send_correction(retracted, ada, ben)
    clock_at(LATER + timedelta(minutes=5))

    retract(cited(retracted)[1], tom)

    assert owing() == [retracted.pk]


def test_a_correction_that_is_wrong_itself_is_corrected(
    retracted: Any, ada: User, ben: User, tom: User, clock_at: Callable[..., None]
) -> None:
    first = send_correction(retracted, ada, ben, cites=list(retracted.incident.facts.confirmed()))
    clock_at(LATER + timedelta(minutes=5))
    retract(cited(first)[0], tom)
    assert owing() == [retracted.pk, first.pk]

    second = send_correction(first, ada, ben)

    assert owing() == []
    assert {mail.subject for mail in mails(second)} == {f"Correction: {retracted.headline}"}


def test_one_correction_puts_right_every_message_to_the_group_that_rests_on_the_fact(
    sent: Any, group: StakeholderGroup, others: StakeholderGroup, ada: User, ben: User, tom: User,
    clock_at: Callable[..., None],
) -> None:  # fmt: skip
    clock_at(LATER)
    wrong = cited(sent)[0]
    again = states.send(
        states.write_to(group, sent.incident, by=ada, cites=[wrong], body="Again: it was meant for somebody else."),
        writer=ada, approver=ben,
    )  # fmt: skip
    press = states.send(states.write_to(others, sent.incident, by=ada, cites=[wrong]), writer=ada, approver=ben)
    clock_at(LATER + timedelta(minutes=5))
    retract(wrong, tom)
    assert owing() == [sent.pk, again.pk, press.pk]

    out = send_correction(again, ada, ben)

    assert [one["id"] for one in out.submission.content["corrects_messages"]] == [sent.pk, again.pk]
    assert owing() == [press.pk]
    (mail, _) = mails(out)
    assert "On 19 November our assistant sent you a letter" in flat(mail.text)
    assert "Again: it was meant for somebody else." in flat(mail.text)
    assert reached(out) == [NELL, OMAR]


def test_who_was_told_of_one_fact_is_not_told_again_when_another_falls(
    sent: Any, group: StakeholderGroup, ada: User, ben: User, tom: User, clock_at: Callable[..., None]
) -> None:
    one, other = cited(sent)
    again = states.send(states.write_to(group, sent.incident, by=ada, cites=[one]), writer=ada, approver=ben)
    clock_at(LATER)
    retract(one, tom)
    send_correction(sent, ada, ben)
    clock_at(LATER + timedelta(minutes=5))
    retract(other, tom)

    out = send_correction(sent, ada, ben)

    assert [row["id"] for row in out.submission.content["corrects_messages"]] == [sent.pk]
    assert out.submission.content["answers"] == [other.pk]
    assert again.pk not in owing()


def test_a_resolution_waits_for_it(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, cleo: User, rosa: User, tom: User
) -> None:
    states.publish(ready_to_speak, "holding", writer=ada, approver=ben, cites=[])
    about = states.recover(states.fresh(ready_to_speak), commander=cleo, reporter=rosa, confirmer=tom)
    message = states.send(states.write_to(group, about, by=ada), writer=ada, approver=ben)
    retract(cited(message)[0], tom)
    begun = statement.begin(about, "resolution", by=ada)

    (wanted,) = [item for item in guards.missing(begun) if item.view == "desk:message_correction_new"]

    said = "Write to Directly affected users first: a fact behind what they got on 19 November"
    assert wanted.sentence.startswith(said)
    assert wanted.args == (message.pk,)

    statement.discard(begun, by=ada)
    send_correction(message, ada, ben)
    begun = statement.begin(about, "resolution", by=ada)
    assert not [item for item in guards.missing(begun) if item.view == "desk:message_correction_new"]


def test_so_does_dismissing_the_incident(retracted: Any, ada: User, ben: User, cleo: User, refused: Any) -> None:
    """Nothing more can be said about it afterwards."""
    how: dict[str, Any] = {"by": cleo, "dismissal": Incident.Dismissal.FALSE, "reason": "It was a drill."}
    with refused(Incomplete) as refusal:
        operations.dismiss(retracted.incident, **how)
    assert refusal.value.missing[-1].view == "desk:message_correction_new"

    send_correction(retracted, ada, ben)

    assert operations.dismiss(retracted.incident, **how).state == Incident.State.DISMISSED


# --- Stale ----------------------------------------------------------------------------------------


def test_a_fact_retracted_while_the_message_waits_makes_it_stale(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, tom: User, refused: Any
) -> None:
    draft = states.write_to(group, ready_to_speak, by=ada)
    asked = states.submit(draft, by=ada)
    retract(draft.facts.earliest("pk"), tom)
    with refused(Stale, "Something changed after this was submitted"):
        approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert not Outgoing.objects.filter(kind="direct").exists()


def test_another_fact_retracted_while_the_correction_waits_makes_it_stale(
    retracted: Any, ada: User, ben: User, tom: User, refused: Any
) -> None:
    """It corrects the same message still, but its author did not know of that."""
    written = states.correct_to(retracted, by=ada)
    asked = states.submit(written, by=ada)
    retract(cited(retracted)[1], tom)
    with refused(Stale, "Something changed after this was submitted") as refusal:
        approval.approve(asked, by=ben, seen_digest=asked.digest)
    (change,) = refusal.value.difference
    assert change.label == "Wrong facts it answers"


def test_what_stands_around_the_words_is_approved_too(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, organisation: Any, refused: Any
) -> None:
    asked = states.submit(states.write_to(group, ready_to_speak, by=ada), by=ada)
    organisation.name = "Another name"
    organisation.save()
    with refused(Stale) as refusal:
        approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert [change.label for change in refusal.value.difference] == ["What stands around the words in the mail"]


def test_the_digest_covers_what_it_corrects(
    sent: Any, group: StakeholderGroup, ada: User, ben: User, refused: Any
) -> None:
    written = states.correct_to(sent, by=ada)
    asked = states.submit(written, by=ada)
    assert asked.content["corrects_messages"] == [{"id": sent.pk, "approved_at": chain.instant(sent.approved_at)}]
    Statement.objects.filter(pk=written.pk).update(corrects_message=None)
    with refused(Stale):
        approval.approve(asked, by=ben, seen_digest=asked.digest)


# --- Refused --------------------------------------------------------------------------------------


def test_only_a_direct_message_corrects_one(sent: Any, ada: User, refused: Any) -> None:
    with refused(WrongState, "Only a direct message corrects a direct message."):
        statement.begin(sent.incident, "holding", by=ada, corrects_message=sent)


def test_it_goes_to_the_group_that_got_the_message(
    sent: Any, others: StakeholderGroup, ada: User, refused: Any
) -> None:
    with refused(WrongState, "A correction goes to those who got the message: Directly affected users."):
        statement.begin(sent.incident, "direct", by=ada, corrects_message=sent, group=others)


def test_it_is_of_the_same_incident(sent: Any, agent: Any, ada: User, cleo: User, tom: User, refused: Any) -> None:
    other = states.open_up(states.declare(agent, by=cleo), by=cleo, communications=ada, technical=tom)
    with refused(WrongState, "A correction names a direct message of its own incident."):
        statement.begin(other, "direct", by=ada, corrects_message=sent)


def test_a_publication_is_corrected_in_public(published: Any, ada: User, refused: Any) -> None:
    with refused(WrongState, "A correction names a direct message of its own incident."):
        statement.begin(published.incident, "direct", by=ada, corrects_message=published)


def test_who_does_not_write_begins_none(retracted: Any, ben: User, refused: Any) -> None:
    with refused(NotAllowed):
        statement.begin(retracted.incident, "direct", by=ben, corrects_message=retracted)


def test_the_database_holds_it_to_direct_messages(sent: Any, ada: User) -> None:
    begun = statement.begin(sent.incident, "holding", by=ada)
    with pytest.raises(IntegrityError, match="only_a_direct_message_corrects_one"), transaction.atomic():
        Statement.objects.filter(pk=begun.pk).update(corrects_message=sent)


# --- Questions, and the record -------------------------------------------------------------------


@pytest.mark.check("U12")
def test_its_pages_ask_twelve_questions_at_most(
    retracted: Any, ada: User, ben: User, cleo: User, client_of: Callable[..., Client], figures: Any
) -> None:
    found: dict[str, int] = {}

    def look(state: str, *places: tuple[str, int]) -> None:
        for name, pk in (("now", 0), ("incident", retracted.incident_id), *places):
            for person in (ada, ben, cleo):
                browser = client_of(person)
                browser.get("/desk/solo/")
                with CaptureQueriesContext(connection) as asked:
                    address = reverse(f"desk:{name}", args=[pk] if pk else [])
                    assert browser.get(address).status_code in (200, 403), address
                found[f"{name} {state}"] = max(len(asked), found.get(f"{name} {state}", 0))

    sent = (("submission", retracted.submission_id), ("statement", retracted.submission.statement_id))
    look("owed", *sent, ("fact", cited(retracted)[0].pk), ("message_correction_new", retracted.pk))
    written = states.correct_to(retracted, by=ada)
    look("written", ("statement", written.pk), ("statement_email", written.pk))
    asked = states.submit(written, by=ada)
    look("waiting", ("statement", written.pk), ("submission", asked.pk), ("submission_email", asked.pk))
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    look("sent", *sent, ("statement", written.pk), ("submission", asked.pk))

    figures("U12", **{"queries of a direct message at most": max(found.values())})
    assert {name: number for name, number in found.items() if number > MOST} == {}


@pytest.mark.check("S02")
def test_the_public_record_does_not_move(retracted: Any, ada: User, ben: User) -> None:
    before = RecordHead.objects.get()
    send_correction(retracted, ada, ben)
    after = RecordHead.objects.get()
    assert (after.revision, after.number, after.hash) == (before.revision, before.number, before.hash)
