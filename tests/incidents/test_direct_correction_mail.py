"""The correction of a direct message: whom it reaches, and what its mail says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import clock
from accounts.models import User
from incidents.models import Approval, Incident
from incidents.operations import approval, direct, guards, statement, submission
from refusals import Incomplete, WrongState
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts, groups, outbox
from tests import states
from tests.incidents.wrong_messages import (
    EVE,
    LATER,
    NELL,
    OMAR,
    cited,
    flat,
    mails,
    reached,
    retract,
    send_correction,
)
from tests.remembered import remembered

pytestmark = pytest.mark.django_db


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


# --- Whom it reaches ------------------------------------------------------------------------------


def test_it_reaches_whoever_got_the_wrong_words_whoever_is_in_the_group_now(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User
) -> None:
    contacts.remove(group.contacts.get(address=NELL), by=ada)
    contacts.add(group, EVE, by=ada)

    written = states.correct_to(retracted, by=ada)
    audience = direct.audience(written)
    assert (audience.number, audience.left, audience.joined) == (2, 1, 1)
    assert audience.said == "Directly affected users, 2 addresses"
    assert audience.first == (f"Nell Hart <{NELL}>", OMAR)

    assert reached(states.send(written, writer=ada, approver=ben)) == [NELL, OMAR]


def test_it_goes_to_the_address_that_got_the_wrong_words_whatever_is_noted_now(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User
) -> None:
    nell, omar = (group.contacts.get(address=address) for address in (NELL, OMAR))
    contacts.change(nell, by=ada, seen_version=1, address=EVE)
    contacts.change(omar, by=ada, seen_version=1, channel="phone", reach="+49 30 1")

    written = states.correct_to(retracted, by=ada)
    audience = direct.audience(written)
    assert (audience.number, audience.left, audience.joined) == (2, 2, 1)

    assert reached(states.send(written, writer=ada, approver=ben)) == [NELL, OMAR]


def test_it_goes_although_the_group_was_retired(retracted: Any, group: StakeholderGroup, ada: User, ben: User) -> None:
    groups.retire(group, by=ada)

    assert reached(states.send(states.correct_to(retracted, by=ada), writer=ada, approver=ben)) == [NELL, OMAR]


def test_who_leaves_or_joins_meanwhile_changes_nothing_of_what_was_approved(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User
) -> None:
    written = states.correct_to(retracted, by=ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)
    contacts.remove(group.contacts.get(address=OMAR), by=ada)
    contacts.add(group, EVE, by=ada)

    assert reached(approval.approve(asked, by=ben, seen_digest=asked.digest)) == [NELL, OMAR]


def test_an_address_that_was_taken_out_and_entered_again_gets_one_mail(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User, clock_at: Callable[..., None], tom: User
) -> None:
    contacts.remove(group.contacts.get(address=NELL), by=ada)
    contacts.add(group, NELL.upper(), by=ada)
    first = send_correction(retracted, ada, ben)
    assert reached(first) == [NELL, OMAR]
    again = states.send(
        states.write_to(group, retracted.incident, by=ada, cites=[cited(retracted)[1]]), writer=ada, approver=ben
    )
    clock_at(LATER + timedelta(minutes=5))
    retract(cited(retracted)[1], tom)

    second = send_correction(again, ada, ben)

    assert [address.lower() for address in reached(second)] == [NELL, OMAR]


def test_it_goes_although_nobody_is_left_in_the_group(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User
) -> None:
    for contact in group.contacts.current():
        contacts.remove(contact, by=ada)
    assert reached(send_correction(retracted, ada, ben)) == [NELL, OMAR]


def test_wrong_words_that_have_not_left_do_not_leave_any_more(retracted: Any, ada: User, ben: User) -> None:
    nell, omar = mails(retracted)
    Outgoing.objects.filter(pk=nell.pk).update(state="failed")
    sent_key = f"direct:{retracted.pk}:"
    assert {nell.state, omar.state} == {"queued"}

    out = send_correction(retracted, ada, ben)

    assert set(Outgoing.objects.filter(key__startswith=sent_key).values_list("state", "outcome")) == {
        ("superseded", "Corrected by a later message before this one had left.")
    }
    assert {mail.state for mail in mails(out)} == {"queued"}
    with pytest.raises(WrongState):
        outbox.retry(states.fresh(nell), by=ada)


def test_what_was_sent_stays_sent(retracted: Any, ada: User, ben: User) -> None:
    Outgoing.objects.filter(key__startswith=f"direct:{retracted.pk}:").update(state="sent", sent_at=clock.now())
    send_correction(retracted, ada, ben)
    assert {mail.state for mail in mails(retracted)} == {"sent"}


# --- What it says ---------------------------------------------------------------------------------


def test_it_stands_beside_the_words_it_corrects(retracted: Any, ada: User, ben: User) -> None:
    out = send_correction(retracted, ada, ben)

    (mail, _) = mails(out)
    assert mail.subject == "Correction: A refund letter of ours may have reached you by mistake"
    assert out.headline == mail.subject
    assert f"to correct what it wrote on {direct.written_at(retracted)}." in flat(mail.text)
    assert "UTC" in direct.written_at(retracted)
    before, after = mail.text.split("no longer stands:")
    assert "with a wrong amount in it" in flat(before)
    assert "> On 19 November our assistant sent you a letter" in after
    assert "What we wrote on 19 November" in flat(before)
    assert "> What to do: Please delete the letter." in after
    assert "was meant for somebody else. We have stopped it." in flat(after)
    assert all(len(line) <= 72 for line in mail.text.splitlines())
    assert "Please keep the letter" in mail.html
    assert "Please delete the letter." in mail.html
    assert mail.reason == "Because you got a message that this one corrects."


@pytest.mark.parametrize("typed", ["Your letter", "Correction: Your letter", "correction :  Correction: Your letter"])
def test_the_subject_says_once_that_it_corrects(retracted: Any, ada: User, typed: str) -> None:
    assert direct.subject(states.correct_to(retracted, by=ada, headline=typed)) == "Correction: Your letter"


def test_the_word_counts_towards_the_length_of_the_subject(retracted: Any, ada: User, refused: Any) -> None:
    written = states.correct_to(retracted, by=ada, headline="x" * 138)
    assert len(direct.subject(written)) == 150
    with refused(Incomplete) as refusal:
        statement.edit(written, by=ada, seen_version=written.version, headline="x" * 139)
    assert refusal.missing == ["Subject: 151 characters. It may have 150"]


def test_a_subject_that_would_be_cut_in_the_mail_is_refused(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, refused: Any
) -> None:
    written = states.write_to(group, ready_to_speak, by=ada, headline="x" * 150)
    with refused(Incomplete):
        statement.edit(written, by=ada, seen_version=written.version, headline="x" * 151)


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("headline", "Correction:", "Write a subject"),
        ("body", "", "Say what was wrong in what we wrote, how that came about, and what is so instead"),
    ],
)
def test_it_needs_a_subject_of_its_own_and_what_is_so(
    retracted: Any, ada: User, field: str, text: str, says: str, refused: Any
) -> None:
    written = states.correct_to(retracted, by=ada, **{field: text})
    with refused(Incomplete) as refusal:
        submission.submit(written, by=ada, seen_version=written.version)
    assert says in refusal.missing


def test_it_begins_with_the_subject_and_the_advice_of_the_message(retracted: Any, ada: User) -> None:
    begun = statement.begin(retracted.incident, "direct", by=ada, corrects_message=retracted)
    assert (begun.headline, begun.what_to_do, begun.body) == (retracted.headline, retracted.what_to_do, "")
    assert begun.group == retracted.submission.statement.group


def test_what_it_says_again_of_the_wrong_words_is_no_new_number(retracted: Any, ada: User) -> None:
    """As in a correction of the record: the draft check knows the numbers that the old words had."""
    old = states.correct_to(retracted, by=ada, body="We wrote of 19 November. It was another day.")
    assert not [item for item in guards.missing(old) if item.sentence.startswith("Reword")]
