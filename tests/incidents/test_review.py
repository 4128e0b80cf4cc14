"""Who looks again at what one person published in an emergency: nobody who had a hand in it."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

import clock
from accounts.models import LogEntry
from incidents.models import Approval, EmergencyReview, RecordEntry, Reminder
from incidents.operations import approval, fact, guards, review, statement, sweep
from incidents.operations import incident as incidents
from incidents.permissions import can_review
from incidents.views import dashboard_rows, room_rows, todo
from refusals import Incomplete, NotAllowed
from stakeholders.models import Outgoing
from tests import states

APPROVES = {"verdict": "approves", "finding": ""}


def read(browser, address):
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()).split())


@pytest.fixture
def written_by_two(holding, ada, cleo):
    """Ada wrote it, Cleo changed the headline and published it alone. Ben had no hand in it."""
    statement.edit(holding, by=cleo, seen_version=holding.version, headline="Letters went astray")
    asked = states.submit(states.fresh(holding), by=cleo)
    return approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="A letter names a child.")


@pytest.fixture
def reviewed_in_time(ben, written_by_two, clock_at):
    """Reviewed when the reminder of half time was queued and nothing was sent yet."""
    half = Reminder.objects.get(review=written_by_two.review, step="half").due_at
    clock_at(half)
    sweep.sweep()
    return review.review(written_by_two, by=ben, verdict="approves")


def test_whoever_wrote_an_earlier_version_does_not_review_it(written_by_two, ada, ben, refused):
    assert not can_review(ada, written_by_two)
    assert can_review(ben, written_by_two)
    with refused(NotAllowed, "who wrote no part of it"):
        review.review(written_by_two, by=ada, verdict="approves")


def test_only_those_who_may_review_are_asked_to(ben, written_by_two, clock_at):
    clock_at(written_by_two.review.due_at - timedelta(minutes=30))
    sweep.sweep()

    for kind in ("review_due", "review"):
        assert {mail.to_user for mail in Outgoing.objects.filter(kind=kind)} == {ben}


def test_the_page_offers_the_review_to_nobody_who_wrote_it(written_by_two, ada, ben, client_of):
    address = f"/desk/approvals/{written_by_two.pk}/review/"
    assert client_of(ada).post(address, APPROVES).status_code == 403
    assert client_of(ben).post(address, APPROVES).status_code == 302


def test_once_reviewed_no_reminder_leaves_any_more(reviewed_in_time):
    assert {mail.state for mail in Outgoing.objects.filter(kind="review")} == {"superseded"}
    assert not Reminder.objects.filter(review=reviewed_in_time, state="pending").exists()


# What the reviewer sees


def test_the_reviewer_sees_all_that_an_approver_would(written_by_two, ben, client_of):
    said = read(client_of(ben), f"/desk/approvals/{written_by_two.pk}/review/")

    for shown in (
        "What changes for the reader",
        "nothing has been said yet",
        "Letters went astray",
        f"Facts it rests on {len(written_by_two.submission.statement.cited())}",
        "Sentence by sentence",
        "Left out, and why: ",
        "The check finds stock phrases",
        "Everybody, on the public page",
        "Next update by",
        "A letter names a child.",
    ):
        assert shown in said
    html = client_of(ben).get(f"/desk/approvals/{written_by_two.pk}/review/").content.decode()
    assert f'href="/desk/approvals/{written_by_two.submission_id}/"' in html


def test_a_fact_that_changed_since_is_marked(written_by_two, ben, tom, client_of):
    cited = written_by_two.submission.statement.cited()[0]
    fact.retract(cited, by=tom, seen_version=cited.version, reason="The log counts attempts.")

    said = read(client_of(ben), f"/desk/approvals/{written_by_two.pk}/review/")

    assert said.count("Retracted since.") == 1


def test_what_changed_against_what_was_public_before_is_shown(objected, ada, ben, cleo, client_of):
    update = states.submit(states.write(states.fresh(objected.incident), "update", by=ada), by=ada)
    urgent = approval.approve_in_emergency(update, by=cleo, seen_digest=update.digest, reason="A second child.")

    said = read(client_of(ben), f"/desk/approvals/{urgent.pk}/review/")

    assert f"against entry {objected.entry.number}" in said


# An objection


@pytest.fixture
def objected(written_by_two, ben):
    return review.review(written_by_two, by=ben, verdict="objects", finding="It was not one letter.").approval


def owing(reader):
    """By the database, and by the rows of the room, which say it without asking again: they must be of one mind."""
    found = sorted(RecordEntry.objects.owing_correction().values_list("number", flat=True))
    approvals = Approval.objects.owing_correction()
    assert sorted(approvals.values_list("entry__number", flat=True)) == found
    rooms = {number for one in approvals for number in room_rows.rows(one.incident_id or 0, reader).wrong}
    assert sorted(rooms) == found
    return found


def put_right(entry, ada, ben):
    return states.correct(entry, writer=ada, approver=ben)


def test_an_objection_needs_its_reason(written_by_two, ben, refused):
    with refused(Incomplete, "An objection needs its reason."):
        review.review(written_by_two, by=ben, verdict="objects", finding="  ")


def test_nor_does_the_database_take_one_without(written_by_two, ben):
    review.review(written_by_two, by=ben, verdict="approves")
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyReview.objects.update(verdict="objects", finding="")


def test_a_verdict_is_somebodys(written_by_two):
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyReview.objects.update(verdict="approves")


def test_it_has_to_be_one_of_the_two(written_by_two, ben, client_of):
    answer = client_of(ben).post(f"/desk/approvals/{written_by_two.pk}/review/", {"finding": "Hm."})

    assert answer.status_code == 422
    assert "Say whether you would have approved it, or object." in answer.content.decode()
    assert states.fresh(written_by_two.review).reviewed_by is None


def test_an_objection_without_a_reason_keeps_what_was_chosen(written_by_two, ben, client_of):
    answer = client_of(ben).post(f"/desk/approvals/{written_by_two.pk}/review/", {"verdict": "objects", "finding": ""})

    assert answer.status_code == 422
    assert "Say what is wrong in it." in answer.content.decode()
    assert re.search(r'value="objects"[^>]* checked', answer.content.decode())


def test_would_have_approved_owes_nothing(written_by_two, ben):
    review.review(written_by_two, by=ben, verdict="approves")
    assert owing(ben) == []


def test_an_objection_owes_a_correction_on_the_first_screen_and_in_the_room(objected, ada, ben, client_of):
    number = objected.entry.number
    assert owing(ben) == [number]

    (task,) = [one for one in todo.tasks(ada, dashboard_rows.rows(), clock.now()) if "Correct entry" in one.title]
    assert (task.title, task.why) == (
        f"Correct entry {number}: {objected.incident.title}",
        "Whoever reviewed it objected, and the public still reads it",
    )
    room = client_of(ada).get(f"/desk/incidents/{objected.incident_id}/").content.decode()
    assert f"Whoever reviewed entry {number} of the record objected to it." in room
    assert f'href="/desk/entries/{number}/correction/"' in room


def test_the_page_of_the_review_leads_to_the_correction_until_one_is_out(objected, ada, ben, client_of, clock_at):
    page = f"/desk/approvals/{objected.pk}/review/"
    said = read(client_of(ada), page)
    assert "Ben Okafor objected" in said
    assert "It was not one letter." in said
    assert "Write the correction" in said

    clock_at(clock.now() + timedelta(minutes=2))
    out = put_right(objected.entry, ada, ben)

    assert owing(ben) == []
    assert out.corrects == [objected.entry.number]
    assert "It has been corrected since." in read(client_of(ada), page)


def test_a_correction_from_before_does_not_answer_it(written_by_two, ada, ben, clock_at):
    put_right(written_by_two.entry, ada, ben)
    clock_at(clock.now() + timedelta(minutes=2))
    review.review(written_by_two, by=ben, verdict="objects", finding="It was not one letter.")

    assert owing(ben) == [written_by_two.entry.number]


def test_nothing_says_that_it_is_over_before(objected, ada, cleo, rosa, tom):
    states.recover(objected.incident, commander=cleo, reporter=rosa, confirmer=tom)
    begun = statement.begin(states.fresh(objected.incident), "resolution", by=ada)

    said = [item.sentence for item in guards.missing(begun)]

    assert f"Correct entry {objected.entry.number} first: whoever reviewed it objected" in said


def test_nor_is_the_incident_dismissed_before(objected, cleo, refused):
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incidents.dismiss(objected.incident, by=cleo, dismissal="false_alarm", reason="It was a test.")

    assert f"Correct entry {objected.entry.number} first: whoever reviewed it objected" in refusal.missing


def test_before_it_is_reviewed_nothing_says_that_it_is_over(written_by_two, ada, ben, cleo, rosa, tom, refused):
    says = f"Have entry {written_by_two.entry.number} reviewed first: one person published it in an emergency"
    with refused(Incomplete, "cannot be dismissed") as refusal:
        incidents.dismiss(written_by_two.incident, by=cleo, dismissal="false_alarm", reason="It was a test.")
    assert says in refusal.missing
    states.recover(written_by_two.incident, commander=cleo, reporter=rosa, confirmer=tom)
    begun = statement.begin(states.fresh(written_by_two.incident), "resolution", by=ada)
    assert says in [item.sentence for item in guards.missing(begun)]

    review.review(written_by_two, by=ben, verdict="approves")

    assert says not in [item.sentence for item in guards.missing(begun)]


def test_the_log_and_the_timeline_say_what_came_of_it_and_not_why(objected, vic):
    entry = LogEntry.objects.get(action="approval.emergency_reviewed")
    assert entry.details == {"review": objected.review.pk, "verdict": "objects", "late": False}
    (line,) = objected.incident.timeline.filter(text__startswith="Reviewed")
    assert (
        line.text
        == f"Reviewed: entry {objected.entry.number} of the public record, with an objection. A correction is owed."
    )


def test_the_public_reads_that_it_was_reviewed_and_nothing_of_the_objection(objected):
    entry = RecordEntry.objects.get(kind=RecordEntry.Kind.REVIEWED)
    assert entry.body == {"incident": objected.incident.public_id, "entry": objected.entry.number, "texts": {}}


def test_a_late_review_is_late_for_good(written_by_two, ben, client_of, clock_at):
    clock_at(written_by_two.review.due_at + timedelta(minutes=7))
    review.review(written_by_two, by=ben, verdict="approves")

    assert LogEntry.objects.get(action="approval.emergency_reviewed").details["late"] is True
    assert written_by_two.incident.timeline.filter(text__startswith="Reviewed, 7 min late: entry").exists()
    assert ", late: it was due" in read(client_of(ben), f"/desk/approvals/{written_by_two.pk}/review/")
