"""Direct messages: approved like all that is said, mailed to one group, read by nobody else (R11 for the audience)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

import clock
from accounts.models import User
from incidents.models import Incident, RecordEntry, RecordHead, Statement, StatementTemplate, Submission
from incidents.operations import approval, commitment, guards, statement, submission
from incidents.operations import direct as operations
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts, groups
from tests import states
from tests.remembered import remembered

WORDS: dict[str, Any] = {
    "headline": "A refund letter of ours may have reached you by mistake",
    "body": "On 19 November our assistant sent you a letter that was meant for somebody else. We have stopped it.",
    "what_to_do": "Please delete the letter. You need not do anything else.",
    "disclosure_note": "Nothing is left out.",
    "withheld": ["nothing"],
}


@pytest.fixture
@remembered
def message(ready_to_speak: Incident, group: StakeholderGroup, ada: User) -> Statement:
    return states.write_to(group, ready_to_speak, by=ada, **WORDS)


@pytest.fixture
@remembered
def asked(message: Statement, ada: User) -> Submission:
    return states.submit(message, by=ada)


def mails() -> list[Outgoing]:
    return list(Outgoing.objects.filter(kind="direct").order_by("to_address"))


# Beginning


def test_it_names_its_group(ready_to_speak: Incident, ada: User, refused: Any) -> None:
    with refused(Incomplete, "A direct message goes to one group.") as refusal:
        statement.begin(ready_to_speak, "direct", by=ada)
    assert refusal.missing == ["Choose the group"]


def test_nothing_else_names_one(ready_to_speak: Incident, group: StakeholderGroup, ada: User, refused: Any) -> None:
    with refused(WrongState, "Only a direct message goes to one group."):
        statement.begin(ready_to_speak, "holding", by=ada, group=group)


@pytest.mark.parametrize("kind", ["direct", "update"])
def test_the_database_holds_kind_and_group_together(message: Statement, kind: str) -> None:
    group = None if kind == "direct" else message.group
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.filter(pk=message.pk).update(kind=kind, group=group)


def test_it_may_go_before_the_first_public_message(message: Statement) -> None:
    assert guards.missing(message) == []


def test_who_does_not_write_begins_none(
    ready_to_speak: Incident, group: StakeholderGroup, ben: User, refused: Any
) -> None:
    with refused(NotAllowed):
        statement.begin(ready_to_speak, "direct", by=ben, group=group)


# What stands in its way


def test_a_group_without_an_address_is_named(message: Statement, group: StakeholderGroup, ada: User, refused: Any):
    for contact in group.contacts.current():
        contacts.remove(contact, by=ada)
    with refused(Incomplete) as refusal:
        submission.submit(message, by=ada, seen_version=message.version)
    assert refusal.missing == ["Add somebody to the group first: Directly affected users has no address"]
    assert refusal.value.missing[0].args == (group.pk,)


def test_who_is_not_reached_by_email_is_nobody_to_write_to(
    message: Statement, group: StakeholderGroup, ada: User, ben: User
) -> None:
    contacts.add_one(group, by=ada, channel="phone", reach="+49 30 1", address="eve@example.org")

    assert operations.audience(message).number == 2
    states.send(message, writer=ada, approver=ben)
    assert [one.to_address for one in mails()] == ["nell@example.org", "omar@example.org"]


def test_a_retired_group_gets_no_new_message(
    message: Statement, group: StakeholderGroup, ready_to_speak: Incident, ada: User, refused: Any
) -> None:
    groups.retire(group, by=ada)

    with refused(Incomplete) as refusal:
        submission.submit(message, by=ada, seen_version=message.version)
    assert refusal.missing == ["Bring the group back first, or discard this: Directly affected users is retired"]

    statement.discard(message, by=ada)
    with refused(WrongState, "no new message goes to it"):
        statement.begin(ready_to_speak, "direct", by=ada, group=group)


def test_its_page_offers_none_of_what_only_the_public_is_promised(
    message: Statement, ada: User, client_of: Callable[..., Any]
) -> None:
    shown = client_of(ada).get(reverse("desk:statement", args=[message.pk])).text
    assert "Save and submit for approval" in shown
    assert "Commitments made here" not in shown
    assert reverse("desk:commitment_new", args=[message.pk]) not in shown


def test_it_makes_no_commitments(message: Statement, ada: User, tom: User, refused: Any) -> None:
    made = commitment.draft(
        message, by=ada, seen_version=message.version, text="Each letter is read by a person before it leaves.",
        public_owner="Support team", owner=tom, due_at=clock.now() + timedelta(days=3),
        verification="The letters say who read them.",
    )  # fmt: skip
    message = states.fresh(message)
    with refused(Incomplete) as refusal:
        submission.submit(message, by=ada, seen_version=message.version)
    assert refusal.value.missing[0].args == (made.pk,)


def test_its_words_are_checked_too(message: Statement, ada: User) -> None:
    wrong = statement.edit(message, by=ada, seen_version=message.version, body="Only a few people were affected.")
    assert [one for one in guards.missing(wrong) if one.sentence.startswith("Reword")]


# Approving sends


def test_approving_sends_each_address_one_mail_and_nothing_is_public(asked: Submission, ben: User) -> None:
    entries = RecordEntry.objects.count()

    out = approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert [mail.to_address for mail in mails()] == ["nell@example.org", "omar@example.org"]
    assert {mail.subject for mail in mails()} == {WORDS["headline"]}
    for mail in mails():
        assert "letter that was meant for somebody else" in " ".join(mail.text.split())
        assert "Please delete the letter." in mail.text
        assert "Directly affected users" not in mail.text + mail.html + mail.reason
    assert RecordEntry.objects.count() == entries
    assert not hasattr(out, "entry")
    assert states.fresh(asked.statement).state == "published"


def test_approving_twice_sends_once(asked: Submission, ben: User) -> None:
    first = approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert approval.approve(states.fresh(asked), by=ben, seen_digest=asked.digest) == first
    assert asked.statement is not None
    assert operations.send(asked.statement, first) == 0
    assert len(mails()) == 2


def test_its_author_does_not_send_it(asked: Submission, ada: User, refused: Any) -> None:
    with refused(NotAllowed):
        approval.approve(asked, by=ada, seen_digest=asked.digest)
    assert mails() == []


def test_it_is_no_emergency(asked: Submission, cleo: User, refused: Any) -> None:
    with refused(WrongState, "In an emergency a holding statement"):
        approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="In a hurry")


@pytest.mark.check("R11")
@pytest.mark.parametrize("change", ["joins", "leaves", "is swapped"])
def test_another_audience_has_not_been_approved(
    asked: Submission, group: StakeholderGroup, ada: User, ben: User, refused: Any, change: str
) -> None:
    if change != "joins":
        contacts.remove(group.contacts.current()[0], by=ada)
    if change != "leaves":
        contacts.add(group, "eve@example.org", by=ada)

    with refused(Stale, "Something changed after this was submitted") as refusal:
        approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert {one.label for one in refusal.value.difference} <= {"Audience", "Receivers"}
    assert mails() == []


# Pages


def test_the_group_is_chosen_on_the_page_that_begins_it(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, client_of: Any
) -> None:
    browser, address = client_of(ada), reverse("desk:statement_new", args=[ready_to_speak.pk, "direct"])
    shown = browser.get(address).text
    assert "Directly affected users, 2 addresses" in shown
    assert browser.post(address).status_code == 422
    assert "Choose the group." in browser.post(address).text

    answer = browser.post(address, {"group": group.pk})

    assert answer.url == reverse("desk:statement", args=[Statement.objects.get().pk])


def test_its_editor_asks_for_nothing_that_only_the_public_page_has(
    message: Statement, ada: User, client_of: Any
) -> None:
    address = reverse("desk:statement", args=[message.pk])
    shown = client_of(ada).get(address).text
    for name in ("public_status", "impact", "began_at", "next_update_at", "affected", "component_states"):
        assert f'id="id_{name}"' not in shown
    sent = {"version": message.version, **WORDS, "body": "Another body.", "cites": []}

    assert client_of(ada).post(address, sent).status_code == 302
    assert states.fresh(message).body == "Another body."


def test_the_approver_sees_whom_it_reaches(asked: Submission, ben: User, client_of: Any) -> None:
    browser, address = client_of(ben), reverse("desk:submission", args=[asked.pk])
    shown = browser.get(address).text
    assert "Nell Hart &lt;nell@example.org&gt;" in shown
    assert "to 2 addresses, now" in shown

    answer = browser.post(reverse("desk:approve", args=[asked.pk]), {"digest": asked.digest}, follow=True)

    assert "The mails are on their way." in answer.text
    assert "approved this and it was sent" in answer.text


def test_nothing_of_it_is_shown_as_the_public_page(asked: Submission, ben: User, client_of: Any) -> None:
    shown = client_of(ben).get(reverse("desk:submission", args=[asked.pk], query={"preview": "page"})).text
    assert "As they will read it" in shown
    assert "As the public will read it" not in shown
    assert "In the feed" not in shown
    for name in ("preview", "preview_feed"):
        assert reverse(name, args=[asked.pk]) not in shown
        assert client_of(ben).get(reverse(name, args=[asked.pk])).status_code == 404


def test_the_queue_says_who_gets_it(asked: Submission, ben: User, client_of: Any) -> None:
    assert "Directly affected users, 2 addresses, by email" in client_of(ben).get(reverse("desk:approvals")).text


def test_the_room_shows_it_as_sent(asked: Submission, ben: User, ada: User, client_of: Any) -> None:
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    shown = client_of(ada).get(reverse("desk:incident", args=[asked.statement.incident_id])).text
    assert "to Directly affected users" in shown
    assert "Sent: direct message to Directly affected users, 2 addresses." in shown


@pytest.mark.check("S02")
def test_the_public_record_does_not_move(asked: Submission, ben: User) -> None:
    before = RecordHead.objects.get()
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    after = RecordHead.objects.get()
    assert (after.revision, after.number, after.hash) == (before.revision, before.number, before.hash)


def test_it_may_begin_with_a_template(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, client_of: Any
) -> None:
    browser, address = client_of(ada), reverse("desk:statement_new", args=[ready_to_speak.pk, "direct"])
    ships = StatementTemplate.objects.get(kind="direct", group_kind="affected")
    assert f'value="{ships.pk}"' in browser.get(address).text

    browser.post(address, {"group": group.pk, "template": ships.pk})

    begun = Statement.objects.get()
    assert begun.group == group
    assert "[what we have done so far]" in begun.body
