"""What an approver reads in the mail beside the words, and the mail to the author that it is out."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from incidents.models import Impact, MastheadChange, PublicStatus, ServiceState
from incidents.operations import approval, change, incident, masthead, schedule, submission, sweep
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START


def last_to(person, kind):
    return " ".join(Outgoing.objects.filter(to_user=person, kind=kind).latest("pk").text.split())


def out(person=None):
    mails = Outgoing.objects.filter(kind="approval_published")
    return list(mails.filter(to_user=person) if person else mails.order_by("pk"))


# What changes


def test_the_mail_says_every_change_that_is_chosen_and_not_written(published, ada, ben, cleo, component):
    incident.contain(published.incident, by=cleo)
    words: dict[str, Any] = {
        "headline": "Refund letters are stopped",
        "public_status": PublicStatus.MONITORING,
        "impact": Impact.MINOR,
        "component_states": {component.public_id: ServiceState.DEGRADED},
        "next_update_at": START + timedelta(minutes=90),
        "began_at": START - timedelta(hours=3),
    }
    states.submit(states.write(states.fresh(published.incident), "update", by=ada, **words), by=ada)

    said = last_to(ben, "approval_requested")
    assert "Headline was Refund letters reached the wrong people" in said
    assert "State Monitoring, before: Investigating" in said
    assert "Impact Minor, before: Major" in said
    assert "Component Support replies: Degraded, before: Partly down" in said
    assert "Began 19 November 2026, 12:16 UTC" in said
    assert "Promises the next update by 19 November 2026, 16:46 UTC" in said


def test_mail_and_page_say_when_it_was_said_to_have_begun_before(published, ada, ben, client_of):
    for hours in (3, None, 2):  # not all words say so, and the public still reads the last that did
        began = hours and START - timedelta(hours=hours)
        words: dict[str, Any] = {"began_at": began, "headline": f"It began {hours} hours ago"}
        asked = states.submit(states.write(states.fresh(published.incident), "update", by=ada, **words), by=ada)
        said = last_to(ben, "approval_requested")
        page = client_of(ben).get(reverse("desk:submission", args=[asked.pk])).content.decode()
        approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert "Began 19 November 2026, 13:16 UTC (13:16 GMT), before: 19 November 2026, 12:16 UTC" in said
    assert re.search(r"<del>[^<]*12:16 UTC", page)
    assert re.search(r"<ins>[^<]*13:16 UTC", page)


def test_what_stays_as_it_was_is_not_told(published, ada, ben):
    states.submit(states.write(published.incident, "update", by=ada, body="We have read all letters."), by=ada)
    said = last_to(ben, "approval_requested")
    for label in ("Headline was", "State ", "Impact", "Component", "Began", "before:"):
        assert label not in said


def test_the_first_message_has_no_before(ben, submitted):
    said = last_to(ben, "approval_requested")
    assert "State Investigating" in said
    assert "Component Support replies: Partly down" in said
    assert "before:" not in said


def test_a_message_to_a_group_is_compared_with_what_it_got_last(ready_to_speak, group, ada, ben, client_of):
    first = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    assert "All of it is new." in last_to(ben, "approval_requested")
    assert (
        "all of it is new"
        in client_of(ben).get(reverse("desk:submission", args=[first.submission_id])).content.decode()
    )

    body = first.body.replace(
        "a letter that was meant for somebody else", "two letters that were meant for somebody else"
    )
    asked = states.submit(states.write_to(group, ready_to_speak, by=ada, headline="More letters", body=body), by=ada)

    said = last_to(ben, "approval_requested")
    assert "What changes against the message of 2026-11-19" in said
    assert "[-a letter" in said
    assert "{+two letters" in said
    assert "Subject was A refund letter of ours may have reached you by mistake" in said
    page = client_of(ben).get(reverse("desk:submission", args=[asked.pk])).content.decode()
    assert "against what they got last" in page
    assert "<ins> two letters" in page
    assert "<del> a letter" in page


def test_what_another_group_got_is_no_before(ready_to_speak, group, ada, ben, client_of):
    other = type(group).objects.exclude(pk=group.pk).filter(retired_at=None).first()
    other.contacts.create(address="paula@example.org", added_by=ada)
    states.send(states.write_to(other, ready_to_speak, by=ada), writer=ada, approver=ben)
    asked = states.submit(states.write_to(group, ready_to_speak, by=ada), by=ada)
    assert "all of it is new" in client_of(ben).get(reverse("desk:submission", args=[asked.pk])).content.decode()


# It is out


def test_the_author_hears_that_it_is_public_and_where(published, ada, ben):
    (mail,) = out()
    assert mail.to_user == ada
    assert mail.subject == "Out: Holding statement: Support assistant"
    assert "Ben Okafor approved this. Now it is public." in " ".join(mail.text.split())
    assert f"{settings.PUBLIC_URL}/incidents/{published.incident.public_id}/#e1" in mail.text
    assert mail.link_purpose == ""


def test_a_second_click_tells_nobody_twice(published, ben):
    approval.approve(published.submission, by=ben, seen_digest=published.digest)
    assert len(out()) == 1


def test_who_wrote_it_and_who_submitted_it_both_hear(holding, ada, cleo, ben):
    asked = states.submit(holding, by=cleo)
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert [mail.to_user for mail in out()] == [ada, cleo]


def test_who_published_it_in_an_emergency_hears_nothing_and_the_author_that_it_was_one(submitted, ada, cleo):
    approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child.")
    (mail,) = out()
    assert mail.to_user == ada
    assert "Cleo Marsh published this in an emergency, without a second person." in " ".join(mail.text.split())


def test_what_goes_out_at_its_time_is_told_too(submitted, ada, ben, clock_at):
    at = START + timedelta(minutes=20)
    schedule.consent(submitted, by=ben, seen_digest=submitted.digest, publish_at=at)
    assert out() == []
    clock_at(at)
    for _ in range(2):
        sweep.sweep()
    (mail,) = out()
    assert mail.to_user == ada
    assert "At 19 November 2026, 15:36 UTC" in " ".join(mail.text.split())


def test_of_a_message_it_is_said_that_it_was_sent(ready_to_speak, group, ada, ben):
    sent = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    (mail,) = out()
    assert mail.subject == "Sent: Direct message to Directly affected users: Support assistant"
    assert f"/desk/approvals/{sent.submission_id}/" in mail.text
    assert settings.PUBLIC_URL + "/incidents/" not in mail.text


@pytest.mark.parametrize("what", ["commitment", "names"])
def test_changes_and_names_lead_to_where_they_are_read(commitment, tom, olga, ben, what):
    if what == "commitment":
        asked = change.propose(commitment, "withdrawal", by=tom, public_reason="No letters any more.").submissions.get()
    else:
        asked = masthead.propose(MastheadChange.Kind.ORGANISATION, {"name": "Northwind"}, by=olga).submissions.get()
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    (mail,) = out(tom if what == "commitment" else olga)
    assert settings.PUBLIC_URL + ("/commitments/" if what == "commitment" else "/") in mail.text


def test_what_was_returned_is_not_told_as_out(submitted, ben):
    submission.send_back(submitted, by=ben, reason="Shorter.")
    assert out() == []
