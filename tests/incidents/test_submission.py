"""Asking for approval: who is asked, what the question covers, and how it ends without a yes."""

from datetime import timedelta

import pytest

import clock
from accounts import chain
from accounts.models import LogEntry
from incidents.operations import change, statement, submission
from incidents.permissions import approvers_of
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from tests import states


def asked_by_mail(kind: str) -> set[str]:
    return set(Outgoing.objects.filter(kind=kind).values_list("to_address", flat=True))


def test_submitting_binds_the_version_and_everything_it_rests_on(holding, ada):
    asked = submission.submit(holding, by=ada, seen_version=holding.version)

    assert (asked.outcome, asked.version, asked.submitted_by) == ("waiting", holding.version, ada)
    assert asked.digest == chain.digest(asked.content)
    assert asked.content["body"] == holding.words()
    assert asked.content["audience"] == "public"
    assert {row["confidence"] for row in asked.content["facts"]} == {"confirmed"}
    assert states.fresh(holding).state == "submitted"
    last = LogEntry.objects.first()
    assert (last.action, last.details["digest"]) == ("submission.submitted", asked.digest)


def test_whoever_may_approve_and_did_not_write_is_asked_by_email(ben, cleo, submitted):
    assert asked_by_mail("approval_requested") == {"ben@northwind.example", "cleo@northwind.example"}
    mail = Outgoing.objects.filter(to_address="ben@northwind.example").get()
    assert f"/desk/approvals/{submitted.pk}/" in mail.text
    assert "Nothing has been said in public yet" in mail.text
    assert "{+Our support assistant sent 212 refund letters" in mail.text
    assert (mail.link_purpose, mail.subject) == ("", "Waits for you: Holding statement: Support assistant")


def test_the_email_of_an_update_holds_what_changes_and_the_promise_it_keeps(published, ada):
    states.submit(states.write(published.incident, "update", by=ada, body="We have stopped no letters."), by=ada)
    mail = Outgoing.objects.filter(to_address="ben@northwind.example", kind="approval_requested").latest("pk")
    assert "promised by 16:01 UTC" in mail.text or "16:01 UTC" in mail.text
    assert "against entry 1 of the public record" in mail.text
    assert "[-" in mail.text
    assert "{+no+}" in mail.text


def test_an_email_about_approval_reads_as_any_other_letter(published, ada):
    states.submit(states.write(published.incident, "update", by=ada, body="We have stopped <no> letters."), by=ada)
    mail = Outgoing.objects.filter(to_address="ben@northwind.example", kind="approval_requested").latest("pk")

    assert max(len(line) for line in mail.text.splitlines() if "http" not in line) <= 72
    assert "You get this because you may approve what the public reads." in " ".join(mail.text.split())
    assert "<ins>" in mail.html
    assert "<del>" in mail.html
    assert "&lt;no&gt;" in mail.html


def test_a_version_one_has_not_seen_is_not_submitted(holding, ada, cleo, refused):
    statement.edit(holding, by=cleo, seen_version=holding.version, headline="Letters went astray")
    with refused(Stale):
        submission.submit(holding, by=ada, seen_version=holding.version)


def test_a_version_is_submitted_once(submitted, ada, refused):
    with refused(WrongState, "waits for approval already"):
        submission.submit(submitted.statement, by=ada, seen_version=submitted.version)


@pytest.mark.parametrize("reader", ["ben", "tom", "vic", "olga"])
def test_who_does_not_write_does_not_submit(holding, cast, reader, refused):
    with refused(NotAllowed):
        submission.submit(holding, by=getattr(cast, reader), seen_version=holding.version)


def test_what_is_missing_stops_it_with_the_whole_list(holding, ada, clock_at, refused):
    clock_at(clock.now() + timedelta(hours=2))
    with refused(Incomplete) as refusal:
        submission.submit(holding, by=ada, seen_version=holding.version)
    assert refusal.missing == [
        "Promise the next update at least ten minutes ahead",
        "Enter how it stands now: the last entry is more than an hour old",
    ]


# Back again


def test_the_author_takes_it_back_and_goes_on_writing(submitted, ada):
    taken = submission.take_back(submitted, by=ada)
    assert (taken.outcome, taken.decided_by) == ("void", ada)
    assert states.fresh(submitted.statement).state == "draft"
    assert LogEntry.objects.first().action == "submission.withdrawn"


@pytest.mark.parametrize("reader", ["ben", "vic", "tom"])
def test_nobody_else_takes_it_back(submitted, cast, reader, refused):
    with refused(NotAllowed, "may take it back"):
        submission.take_back(submitted, by=getattr(cast, reader))


def test_an_approver_returns_it_with_a_reason_and_the_author_hears_it(submitted, ben):
    returned = submission.send_back(submitted, by=ben, reason=" Say how many letters. ")
    assert (returned.outcome, returned.comment, returned.decided_by) == ("returned", "Say how many letters.", ben)
    assert states.fresh(submitted.statement).state == "draft"
    assert asked_by_mail("approval_returned") == {"ada@northwind.example"}
    assert "Say how many letters." in Outgoing.objects.get(kind="approval_returned").text


def test_nothing_is_returned_without_a_reason(submitted, ben, refused):
    with refused(Incomplete, "goes back with a reason"):
        submission.send_back(submitted, by=ben, reason="  ")


@pytest.mark.parametrize("reader", ["ada", "tom", "olga", "vic"])
def test_who_may_not_approve_does_not_return_it(submitted, cast, reader, refused):
    with refused(NotAllowed):
        submission.send_back(submitted, by=getattr(cast, reader), reason="No.")


def test_what_was_decided_is_not_decided_again(published, ada, ben, cleo, refused):
    asked = published.submission
    with refused(WrongState, "Ben Okafor has approved and published this already"):
        submission.send_back(asked, by=cleo, reason="Wait.")
    with refused(WrongState, "Ben Okafor has approved"):
        submission.take_back(asked, by=ada)


def test_what_came_back_can_be_submitted_again(ben, submitted, ada):
    submission.send_back(submitted, by=ben, reason="Say how many letters.")
    again = submission.submit(states.fresh(submitted.statement), by=ada, seen_version=submitted.version)
    assert (again.outcome, again.pk != submitted.pk) == ("waiting", True)
    assert Outgoing.objects.filter(kind="approval_requested", to_address="ben@northwind.example").count() == 2


# Changes of commitments


def test_a_change_of_a_commitment_waits_in_the_same_queue(commitment, tom):
    proposed = change.propose(
        commitment,
        "amendment",
        by=tom,
        public_reason="The supplier needs longer.",
        new_due_at=commitment.due_at + timedelta(days=5),
    )
    asked = proposed.submissions.get()
    assert asked.outcome == "waiting"
    assert set(approvers_of(asked).values_list("name", flat=True)) == {"Ada Brandt", "Ben Okafor", "Cleo Marsh"}
    assert "The supplier needs longer." in Outgoing.objects.filter(kind="approval_requested").latest("pk").text


def test_only_whoever_proposed_a_change_submits_it(commitment, tom, ada, refused):
    proposed = change.propose(
        commitment, "amendment", by=tom, public_reason="Longer.", new_due_at=commitment.due_at + timedelta(days=5)
    )
    with refused(NotAllowed, "Whoever proposes"):
        submission.submit_change(proposed, by=ada)
