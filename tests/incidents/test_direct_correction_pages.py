"""Where the desk says that a direct message is not so any more, and where its correction is begun, approved and seen."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from incidents.models import Approval, Incident, Statement
from incidents.operations import statement
from stakeholders.models import StakeholderGroup
from stakeholders.operations import contacts
from tests import states
from tests.incidents.wrong_messages import EVE, LATER, NELL, cited, retract, send_correction
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


def page(browser: Client, name: str, *args: int) -> str:
    return browser.get(reverse(f"desk:{name}", args=args)).content.decode()


def test_the_room_says_so_and_leads_there(retracted: Any, ada: User, client_of: Callable[..., Client]) -> None:
    shown = page(client_of(ada), "incident", retracted.incident_id)
    assert "Sent to Directly affected users, a correction is owed." in shown
    assert "Write the correction to them" in shown
    assert f'href="/desk/messages/{retracted.pk}/correction/"' in shown


def test_the_fact_says_so_until_they_were_told(
    retracted: Any, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    wrong = cited(retracted)[0]
    assert "A correction is owed" in page(client_of(ada), "fact", wrong.pk)
    send_correction(retracted, ada, ben)
    shown = page(client_of(ada), "fact", wrong.pk)
    assert "Directly affected users" in shown
    assert "A correction is owed" not in shown


def test_retracting_is_warned_of_what_was_sent(sent: Any, tom: User, client_of: Callable[..., Client]) -> None:
    browser, known = client_of(tom), cited(sent)[0]
    assert "<b>Directly affected users got this by mail</b>" in page(browser, "fact_retract", known.pk)
    sent_with = {"seen_version": known.version, "reason": "It is not so."}
    answer = browser.post(reverse("desk:fact_retract", args=[known.pk]), sent_with, follow=True)
    assert "is retracted. Sent to Directly affected users, a correction is owed." in answer.text


def test_it_is_begun_in_one_click_where_the_old_words_stand(
    retracted: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    browser, address = client_of(ada), reverse("desk:message_correction_new", args=[retracted.pk])
    shown = browser.get(address).text
    assert "What Directly affected users got" in shown
    assert "our assistant sent you a letter" in shown
    assert 'name="group"' not in shown

    answer = browser.post(address, follow=True)

    begun = Statement.objects.get(corrects_message=retracted)
    assert answer.redirect_chain == [(reverse("desk:statement", args=[begun.pk]), 302)]
    assert "What Directly affected users got" in answer.text
    assert "The mail’s subject begins with “Correction:”" in answer.text
    assert "Correction: A refund letter of ours" in answer.text


def test_there_is_no_such_page_for_what_is_no_direct_message(
    published: Approval, ada: User, client_of: Callable[..., Client]
) -> None:
    for pk in (published.pk, 4711):
        assert client_of(ada).get(reverse("desk:message_correction_new", args=[pk])).status_code == 404


def test_whoever_comes_while_another_message_to_them_is_written_reads_why_they_are_there(
    retracted: Any, group: StakeholderGroup, ada: User, client_of: Callable[..., Client]
) -> None:
    begun = statement.begin(retracted.incident, "direct", by=ada, group=group)
    answer = client_of(ada).get(reverse("desk:message_correction_new", args=[retracted.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("desk:statement", args=[begun.pk]), 302)]
    assert "Direct message to Directly affected users is being written. Finish it or discard it first." in answer.text


def test_the_approver_reads_who_gets_it_and_why(
    retracted: Any, group: StakeholderGroup, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    contacts.remove(group.contacts.get(address=NELL), by=ada)
    contacts.add(group, f"{EVE}\nzoe@example.org", by=ada)
    asked = states.submit(states.correct_to(retracted, by=ada), by=ada)
    shown = page(client_of(ben), "submission", asked.pk)
    assert (
        "It goes to everybody who was sent the words that it corrects, also to 1 who is no longer in the group."
        in shown
    )
    assert "2 joined since and do not get it: they never got those words." in shown
    assert "to 2 addresses, now" in shown


def test_the_message_says_that_it_was_corrected_and_by_which(
    retracted: Any, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    out = send_correction(retracted, ada, ben)
    later = reverse("desk:submission", args=[out.submission_id])
    for name, pk in (("statement", retracted.submission.statement_id), ("submission", retracted.submission_id)):
        shown = page(browser, name, pk)
        assert "Corrected" in shown
        assert f'<a href="{later}">another message to them</a>' in shown
    room = page(browser, "incident", retracted.incident_id)
    assert f'href="#statement-{out.submission.statement_id}"' in room
    assert "Nothing of it is public, and it cannot be changed." in page(
        browser, "statement", retracted.submission.statement_id
    )


def test_who_got_it_stays_what_it_was(
    sent: Any, group: StakeholderGroup, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    contacts.add(group, EVE, by=ada)
    assert "<dt>Directly affected users</dt><dd>2 by email</dd>" in page(
        client_of(ben), "submission", sent.submission_id
    )
