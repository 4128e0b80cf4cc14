"""Approving publishes exactly what was read, by two people or by a recorded exception."""

from datetime import timedelta

import pytest

import clock
from accounts.models import LogEntry, Organisation, Role, RoleGrant, User
from incidents import markdown
from incidents.models import (
    Approval,
    EmergencyReview,
    Fact,
    Promise,
    RecordEntry,
    RecordHead,
    Reminder,
    Statement,
    Submission,
)
from incidents.operations import approval, change, commitment, fact, review, statement, submission
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START


def approve(asked, by):
    return approval.approve(asked, by=by, seen_digest=asked.digest)


def emergency(asked, by, reason="A letter names a child."):
    return approval.approve_in_emergency(asked, by=by, seen_digest=asked.digest, reason=reason)


# A second person


def test_approving_publishes_the_very_words_that_were_read(submitted, ada, ben):
    approved = approve(submitted, ben)

    assert (approved.basis, approved.written_by, approved.approved_by) == ("second_person", ada, ben)
    assert approved.body == submitted.content["body"]
    assert approved.body_html.startswith("<p>Our support assistant sent 212 refund letters")
    assert approved.entry.body == {
        "incident": approved.incident.public_id,
        "statement": "holding",
        "status": "investigating",
        "impact": "major",
        "components": approved.component_states,
        "basis": "second_person",
        "keeps": None,
        "commitments": [],
        "next_update_at": "2026-11-19T16:01:00.000000Z",
        "texts": approved.text_digests(),
    }
    assert states.fresh(submitted.statement).state == "published"
    assert states.fresh(submitted).outcome == "approved"
    assert [entry.action for entry in LogEntry.objects.all()[:2]] == ["approval.approved", "record.entered"]


def test_the_promise_is_made_with_the_publication(published):
    promised = Promise.objects.get()
    assert (promised.due_at, promised.made_in, promised.state) == (
        START + timedelta(minutes=45),
        published.entry,
        "open",
    )


def test_an_update_in_time_keeps_the_promise_and_makes_the_next(published, ada, ben, clock_at):
    clock_at(START + timedelta(minutes=40))
    updated = states.publish(published.incident, "update", writer=ada, approver=ben)

    kept, made = Promise.objects.order_by("pk")
    assert (kept.state, kept.answered_by, made.state) == ("kept", updated.entry, "open")
    assert updated.entry.body["keeps"] == published.entry.number


def test_an_update_that_comes_late_finds_the_miss_on_the_record_before_it(published, ada, ben, clock_at):
    clock_at(START + timedelta(minutes=50))
    updated = states.publish(published.incident, "update", writer=ada, approver=ben)

    kinds = list(RecordEntry.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["publication", "promise_missed", "publication"]
    missed = Promise.objects.order_by("pk").first()
    assert (missed.state, missed.answered_by, updated.entry.body["keeps"]) == ("missed", updated.entry, None)


def test_commitments_get_their_numbers_in_the_entry_that_makes_them(published, ada, ben, tom):
    draft = states.write(published.incident, "update", by=ada)
    for text in ("We check each address.", "We write to everybody."):
        draft = states.fresh(draft)
        commitment.draft(
            draft,
            by=ada,
            seen_version=draft.version,
            text=text,
            public_owner="Support team",
            owner=tom,
            due_at=clock.now() + timedelta(days=3),
            verification="The count is published.",
        )
    approved = approve(states.submit(states.fresh(draft), by=ada), ben)

    made = list(draft.commitments.order_by("pk"))
    assert [(one.number, one.state, one.made_in) for one in made] == [
        (1, "open", approved.entry),
        (2, "open", approved.entry),
    ]
    assert [row["number"] for row in approved.entry.body["commitments"]] == [1, 2]
    assert [row["id"] for row in approved.commitments] == [one.public_id for one in made]
    assert "owner" not in approved.commitments[0]
    assert RecordHead.objects.get().commitment_number == 2


def test_a_second_click_publishes_nothing_twice(submitted, ben):
    first = approve(submitted, ben)
    assert approve(submitted, ben) == first
    assert RecordEntry.objects.count() == 1


def test_whoever_comes_second_hears_who_was_first(published, cleo, refused):
    with refused(WrongState, "Ben Okafor has approved and published this already"):
        approve(published.submission, cleo)


# Who


@pytest.mark.parametrize("reader", ["tom", "vic", "rosa", "max", "olga"])
def test_other_roles_approve_nothing_an_administrator_neither(submitted, cast, reader, refused):
    with refused(NotAllowed, "Only an approver, a commander or a communications lead"):
        approve(submitted, getattr(cast, reader))


def test_the_author_does_not_approve(submitted, ada, refused):
    with refused(NotAllowed, "You wrote part of this"):
        approve(submitted, ada)


def test_whoever_saved_any_version_since_the_last_publication_does_not_approve(holding, ada, cleo, refused):
    statement.edit(holding, by=cleo, seen_version=holding.version, headline="Letters went astray")
    statement.edit(holding, by=ada, seen_version=holding.version + 1, headline="Refund letters went astray")
    asked = states.submit(states.fresh(holding), by=ada)
    with refused(NotAllowed, "You wrote part of this"):
        approve(asked, cleo)


def test_whoever_wrote_a_discarded_draft_since_then_does_not_approve(published, ada, cleo, refused):
    statement.discard(statement.begin(published.incident, "update", by=cleo), by=cleo)
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)
    with refused(NotAllowed):
        approve(asked, cleo)


def test_what_was_discarded_before_the_last_publication_binds_nobody(published, ada, ben, cleo, clock_at):
    statement.discard(statement.begin(published.incident, "update", by=cleo), by=cleo)
    clock_at(START + timedelta(minutes=5))
    states.publish(published.incident, "update", writer=ada, approver=ben)
    clock_at(START + timedelta(minutes=10))
    asked = states.submit(states.write(published.incident, "update", by=ada), by=ada)

    assert approve(asked, cleo).approved_by == cleo


def test_who_wrote_before_the_last_publication_may_approve_again(published, ada, cleo):
    asked = states.submit(states.write(published.incident, "update", by=cleo), by=cleo)
    assert approve(asked, ada).approved_by == ada


def test_whoever_only_submitted_may_approve_what_another_wrote(holding, cleo):
    asked = states.submit(holding, by=cleo)
    approved = approve(asked, cleo)
    assert (approved.written_by.name, approved.approved_by) == ("Ada Brandt", cleo)


def test_a_role_lost_while_the_page_was_open_counts_as_lost(submitted, ben, refused):
    assert ben.has_role(Role.APPROVER)
    RoleGrant.objects.filter(user=ben).delete()
    with refused(NotAllowed):
        approve(submitted, ben)


def test_somebody_who_left_approves_nothing(submitted, ben, refused):
    User.objects.filter(pk=ben.pk).update(is_active=False)
    with refused(NotAllowed):
        approve(submitted, ben)


# Still what was seen


def test_a_digest_that_was_not_on_the_screen_is_refused(submitted, ben, refused):
    with refused(Stale, "not what was submitted"):
        approval.approve(submitted, by=ben, seen_digest="0" * 64)


def test_words_that_were_changed_beneath_their_digest_are_refused(submitted, ben, refused):
    submitted.content["headline"] = "Nothing happened"
    Submission.objects.filter(pk=submitted.pk).update(content=submitted.content)

    with refused(Stale, "not those that were submitted"):
        approve(submitted, ben)


def cited(asked):
    return asked.statement.facts.order_by("pk").first()


def change_fact(asked, cast):
    known = cited(asked)
    fact.change(known, by=cast.rosa, seen_version=known.version, text="It sent 214 letters.")


def retract_fact(asked, cast):
    known = cited(asked)
    fact.retract(known, by=cast.rosa, seen_version=known.version, reason="It was another agent.")


def move_zone(asked, cast):
    Organisation.objects.update(time_zone="Asia/Kolkata")


@pytest.mark.parametrize(
    ("happens", "label", "now"),
    [
        (change_fact, "Fact ", "Reported, version 3: It sent 214 letters."),
        (retract_fact, "Fact ", "Retracted"),
        (move_zone, "Message", "IST"),
    ],
)
def test_what_changed_after_submission_is_shown_and_nothing_goes_out(
    submitted, cast, ben, happens, label, now, refused
):
    happens(submitted, cast)
    with refused(Stale, "Something changed after this was submitted") as refusal:
        approve(submitted, ben)
    difference = refusal.value.difference
    assert [(row.label.startswith(label), now in row.now) for row in difference] == [(True, True)]
    assert refusal.value.missing[0].view == "desk:submission"


def test_an_edit_after_submission_leaves_nothing_to_approve(submitted, ada, ben, refused):
    statement.edit(submitted.statement, by=ada, seen_version=submitted.version, headline="Another headline")
    with refused(WrongState, "changed or taken back"):
        approve(submitted, ben)


def test_a_commitment_reassigned_behind_the_statement_is_stale(published, ada, ben, tom, rosa, refused):
    draft = states.write(published.incident, "update", by=ada)
    made = commitment.draft(
        draft,
        by=ada,
        seen_version=draft.version,
        text="We check each address.",
        public_owner="Support team",
        owner=tom,
        due_at=clock.now() + timedelta(days=3),
        verification="The count is published.",
    )
    asked = states.submit(states.fresh(draft), by=ada)
    type(made).objects.filter(pk=made.pk).update(due_at=clock.now() + timedelta(days=4))
    with refused(Stale) as refusal:
        approve(asked, ben)
    assert [row.label for row in refusal.value.difference] == ["Commitment"]


# Guards again


def test_a_promise_that_has_come_too_near_is_refused(submitted, ben, clock_at, refused):
    clock_at(START + timedelta(minutes=36))
    with refused(Incomplete, "cannot go out any more") as refusal:
        approve(submitted, ben)
    assert refusal.missing == ["Promise the next update at least ten minutes ahead"]


def test_a_promise_just_ten_minutes_ahead_still_goes_out(submitted, ben, clock_at):
    clock_at(START + timedelta(minutes=35))
    assert approve(submitted, ben).entry.number == 1


# In an emergency


def test_the_commander_publishes_in_an_emergency_and_a_second_person_reviews(submitted, ada, cleo, ben):
    approved = emergency(submitted, cleo)

    assert (approved.basis, approved.reason) == ("emergency", "A letter names a child.")
    assert approved.entry.body["basis"] == "emergency"
    asked = EmergencyReview.objects.get()
    assert (asked.approval, asked.due_at) == (approved, START + timedelta(minutes=60))
    assert Reminder.objects.filter(review=asked).exists()
    assert set(Outgoing.objects.filter(kind="review_due").values_list("to_address", flat=True)) == {
        "ben@northwind.example"
    }
    assert LogEntry.objects.first().action == "approval.approved_in_emergency"


def test_the_commander_may_do_it_with_their_own_words(ready_to_speak, cleo):
    asked = states.submit(states.write(ready_to_speak, "holding", by=cleo), by=cleo)
    assert emergency(asked, cleo).written_by == cleo


@pytest.mark.parametrize("reader", ["ada", "ben", "tom", "olga", "max"])
def test_nobody_but_the_commander_has_an_emergency(submitted, cast, reader, refused):
    with refused(NotAllowed, "Cleo Marsh"):
        emergency(submitted, getattr(cast, reader))


def test_an_emergency_needs_a_reason_in_writing(submitted, cleo, refused):
    with refused(Incomplete, "reason in writing"):
        emergency(submitted, cleo, reason="  ")


def test_a_resolution_is_no_emergency(published, ada, cleo, rosa, tom, refused):
    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    asked = states.submit(states.write(states.fresh(published.incident), "resolution", by=ada), by=ada)
    with refused(WrongState, "Everything else can wait for a second person"):
        emergency(asked, cleo)


def test_an_emergency_skips_the_second_person_and_nothing_else(submitted, cleo, rosa, refused):
    known = cited(submitted)
    fact.retract(known, by=rosa, seen_version=known.version, reason="It was another agent.")
    with refused(Stale):
        emergency(submitted, cleo)


def test_a_change_of_a_commitment_is_no_emergency(commitment, tom, cleo, refused):
    proposed = change.propose(
        commitment, "amendment", by=tom, public_reason="Longer.", new_due_at=commitment.due_at + timedelta(days=5)
    )
    with refused(NotAllowed, "Only statements"):
        emergency(proposed.submissions.get(), cleo)


def test_a_review_is_entered_into_the_record(submitted, cleo, ben):
    approved = emergency(submitted, cleo)
    done = review.review(approved, by=ben, verdict="approves", finding="The number is right.")

    assert (done.reviewed_by, done.finding) == (ben, "The number is right.")
    entry = RecordEntry.objects.first()
    assert (entry.kind, entry.body) == (
        "reviewed",
        {"incident": approved.incident.public_id, "entry": approved.entry.number, "texts": {}},
    )


@pytest.mark.parametrize("reader", ["ada", "cleo", "tom", "olga"])
def test_neither_author_nor_publisher_nor_others_review(submitted, cast, reader, refused):
    approved = emergency(submitted, cast.cleo)
    with refused(NotAllowed, "other than Cleo Marsh"):
        review.review(approved, by=getattr(cast, reader), verdict="approves")


def test_a_review_happens_once(submitted, cleo, ben, refused):
    approved = emergency(submitted, cleo)
    review.review(approved, by=ben, verdict="approves")
    with refused(WrongState, "Ben Okafor has reviewed this already"):
        review.review(approved, by=ben, verdict="approves")


def test_what_two_people_published_is_not_reviewed(published, cleo, refused):
    with refused(WrongState, "in an emergency"):
        review.review(published, by=cleo, verdict="approves")


# Alone


@pytest.fixture
def alone(submitted, ada):
    """Ada is the only one left who may approve, and has declared to work alone."""
    User.objects.filter(grants__role__in=["approver", "commander"]).update(is_active=False)
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    return submitted


def test_who_works_alone_publishes_alone_and_it_is_marked(alone, ada):
    approved = approval.approve_alone(alone, by=ada, seen_digest=alone.digest)
    assert (approved.basis, approved.written_by, approved.approved_by) == ("solo", ada, ada)
    assert approved.entry.body["basis"] == "solo"
    assert LogEntry.objects.first().action == "approval.approved_solo"
    assert approval.approve_alone(alone, by=ada, seen_digest=alone.digest) == approved


def test_nobody_publishes_alone_while_another_may_approve(alone, ada, ben, refused):
    User.objects.filter(pk=ben.pk).update(is_active=True)
    with refused(NotAllowed, "while somebody else may approve"):
        approval.approve_alone(alone, by=ada, seen_digest=alone.digest)


def test_nobody_publishes_alone_before_the_declaration_takes_effect(alone, ada, refused):
    Organisation.objects.update(solo_effective_at=START + timedelta(hours=72))
    with refused(NotAllowed, "nobody has declared"):
        approval.approve_alone(alone, by=ada, seen_digest=alone.digest)


def test_alone_one_still_publishes_only_what_one_has_read(alone, ada, refused):
    with refused(Stale):
        approval.approve_alone(alone, by=ada, seen_digest="0" * 64)


# Changes of commitments


def test_an_approved_amendment_is_entered_with_its_words(commitment, tom, ben):
    later = commitment.due_at + timedelta(days=5)
    proposed = change.propose(commitment, "amendment", by=tom, public_reason="Longer.", new_due_at=later)
    approved = approve(proposed.submissions.get(), ben)

    assert (approved.public_reason, approved.new_due_at, approved.kind) == ("Longer.", later, "")
    assert (approved.entry.kind, approved.entry.body["basis"]) == ("amendment", "second_person")
    assert states.fresh(commitment).due_at == later


def test_whoever_proposed_an_amendment_does_not_approve_it(commitment, ada, refused):
    proposed = change.propose(
        commitment, "amendment", by=ada, public_reason="Longer.", new_due_at=commitment.due_at + timedelta(days=5)
    )
    with refused(NotAllowed):
        approve(proposed.submissions.get(), ada)


def test_what_was_saved_under_a_wider_limit_is_still_not_rendered(holding, ada, ben, refused, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(markdown, "MOST_DEEP", 10_000)
        statement.edit(holding, by=ada, seen_version=holding.version, body="- " * 3_000 + "x")
        asked = states.submit(states.fresh(holding), by=ada)
    with refused(Incomplete, "cannot go out any more") as refusal:
        approve(asked, ben)
    assert "nested too deeply" in refusal.missing[0]


def test_fixtures_speak_of_what_they_say(published):
    assert (published.kind, Statement.objects.get().state) == ("holding", "published")
    assert Fact.objects.confirmed().count() == 2
    assert Approval.objects.count() == 1
    assert submission.decided_sentence(published.submission).startswith("Ben Okafor")
