"""What the record says, folded from its entries: facts from the entries, states from these facts and the clock."""

from datetime import timedelta

import pytest

from statuspage.fold import BrokenChain, extend
from statuspage.record import PublicRecord
from tests.statuspage.chronicle import REFUNDS, TRIAGE, Chronicle

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def story():
    chronicle = Chronicle()
    chronicle.masthead()
    return chronicle


def test_the_latest_masthead_gives_the_names_and_keeps_since_when_a_component_is_named(story):
    story.masthead(60, name="Northwind", zone="UTC", components={TRIAGE: "Triage", "new": "Inbox agent"})

    names = story.record.names

    assert (names.name, names.zone, names.number) == ("Northwind", "UTC", 2)
    assert [(one.name, one.since) for one in names.components] == [
        ("Triage", story.at(0)),
        ("Inbox agent", story.at(60)),
    ]


def test_an_incident_collects_its_publications_and_keeps_words_that_an_update_leaves_out(story):
    story.publish(10, affected="187 customers", began=5)
    story.publish(20, status="identified", affected="", what_to_do="", headline="")

    incident = story.record.incidents["incident-one"]

    assert [one.number for one in incident.newest_first] == [3, 2]
    assert (incident.affected, incident.began_at) == ("187 customers", story.at(5))
    assert incident.title == "Refund agent approved refunds outside our policy"
    assert incident.is_open


def test_a_component_is_as_bad_as_the_worst_open_incident_says_last(story):
    story.publish(10, "one", components={REFUNDS: "major_outage", TRIAGE: "degraded"})
    story.publish(20, "two", components={REFUNDS: "partial_outage"})
    assert story.record.component_states() == {REFUNDS: "major_outage", TRIAGE: "degraded"}

    story.publish(30, "one", components={REFUNDS: "operational"})
    assert story.record.component_states() == {REFUNDS: "partial_outage", TRIAGE: "degraded"}

    story.resolve(40, "two", components={REFUNDS: "major_outage"})
    assert story.record.component_states() == {REFUNDS: "operational", TRIAGE: "degraded"}


def test_a_component_that_an_update_does_not_name_stays_as_bad_as_it_was_said_to_be(story):
    story.publish(10, components={REFUNDS: "partial_outage"})
    story.publish(20, status="identified", components={})

    assert story.record.component_states()[REFUNDS] == "partial_outage"

    story.resolve(40, components={})

    assert story.record.component_states()[REFUNDS] == "operational"


def test_an_incident_is_over_from_the_first_of_its_last_resolutions_and_opens_again_with_an_update(story):
    story.publish(10)
    story.resolve(20)
    story.resolve(30)
    assert story.record.incidents["incident-one"].ended_at == story.at(20)

    story.publish(40)
    assert story.record.incidents["incident-one"].ended_at is None


@pytest.mark.parametrize(("answered", "late"), [(-SECOND, False), (timedelta(0), False), (SECOND, True)])
def test_a_promised_update_is_kept_up_to_its_very_moment(story, answered, late):
    story.publish(10, next_update=40)
    story.publish(story.at(40) + answered)

    (promise,) = story.record.incidents["incident-one"].promises

    assert promise.is_late(story.at(500)) is late


def test_an_unanswered_promise_is_late_by_the_clock_alone(story):
    story.publish(10, next_update=40)
    promise = story.record.incidents["incident-one"].promise

    assert promise is not None
    assert [promise.is_late(story.at(40) + more) for more in (timedelta(0), timedelta(microseconds=1))] == [False, True]


def test_the_entry_that_a_promise_was_missed_changes_nothing_that_the_clock_had_not_said(story):
    made = story.publish(10, next_update=40)
    before = story.record.incidents["incident-one"].promises[0]
    story.enter("promise_missed", 41, {"incident": "incident-one", "entry": made})
    after = story.record.incidents["incident-one"].promises[0]

    assert after.missed_in == 3
    assert before.is_late(story.at(41)) == after.is_late(story.at(41)) is True


@pytest.fixture
def commitment(story):
    made = story.promised(100)
    story.publish(10, commitments=[made])
    return made


def state(story, when):
    (commitment,) = story.record.commitments.values()
    return commitment.state(when)


def test_a_commitment_is_missed_by_the_clock_before_anybody_enters_it(story, commitment):
    due = story.at(100)

    assert [state(story, due), state(story, due + timedelta(microseconds=1))] == ["open", "missed"]

    story.about("missed", 100.5, commitment)
    assert state(story, due + MINUTE) == "missed"


def test_a_report_in_time_holds_off_the_miss_until_it_is_refused(story, commitment):
    story.about("reported_done", 90, commitment)
    assert state(story, story.at(1000)) == "reported"

    story.about("report_refused", 130, commitment)
    assert state(story, story.at(130)) == "missed"


def test_a_report_that_comes_late_holds_off_nothing(story, commitment):
    story.about("reported_done", 101, commitment)

    assert state(story, story.at(102)) == "missed"


@pytest.mark.parametrize("kind", ["kept", "kept_late"])
def test_what_was_entered_as_kept_stays_so(story, commitment, kind):
    story.about("reported_done", 90, commitment)
    story.about(kind, 120, commitment, done_at=story.at(85).isoformat())

    (kept,) = story.record.commitments.values()

    assert (kept.state(story.at(10_000)), kept.done_at) == (kind, story.at(85))


def test_an_amendment_moves_the_date_and_keeps_the_old_words(story, commitment):
    words = {"new_text": "We write to each of them twice.", "public_reason": "Letters were lost."}
    story.about("amendment", 50, commitment, new_due_at=story.at(200).isoformat(), words=words)

    (changed,) = story.record.commitments.values()
    (amendment,) = changed.amendments

    assert (changed.text, changed.due_at, changed.first_due_at) == (words["new_text"], story.at(200), story.at(100))
    assert (amendment.old_text, amendment.old_due_at) == ("We write to each of the 187 customers.", story.at(100))
    assert [changed.state(story.at(150)), changed.state(story.at(201))] == ["open", "missed"]


def test_a_withdrawn_commitment_can_no_longer_be_missed(story, commitment):
    story.about("withdrawal", 50, commitment, words={"public_reason": "They asked us not to."})

    assert state(story, story.at(1000)) == "withdrawn"


def test_an_explanation_does_not_take_the_miss_away(story, commitment):
    story.about("missed", 101, commitment)
    story.about("explanation", 200, commitment, words={"public_reason": "The printer broke."})

    (missed,) = story.record.commitments.values()

    assert (missed.state(story.at(300)), missed.explanations[0].text) == ("missed", "The printer broke.")


def test_an_emergency_is_under_review_until_the_second_person_has_looked(story):
    number = story.publish(10, basis="emergency")
    assert story.record.incidents["incident-one"].latest.is_under_review

    story.enter("reviewed", 30, {"incident": "incident-one", "entry": number})
    assert not story.record.incidents["incident-one"].latest.is_under_review


def test_a_correction_says_where_it_was_wrong_and_the_old_words_stay(story):
    first = story.publish(10, text="212 customers.")
    other = story.publish(20, text="Nothing new.")
    correction = story.publish(30, kind="correction", text="187 customers.", corrects=[first])

    wrong, right, corrected = story.record.incidents["incident-one"].publications

    assert (wrong.corrected_in, wrong.corrected_at, wrong.html) == (correction, story.at(30), "<p>212 customers.</p>")
    assert (right.number, right.corrected_in) == (other, None)
    assert corrected.corrects == (first,)


def test_an_incident_waits_for_the_clock_while_it_or_a_commitment_is_open(story, commitment):
    story.resolve(20)
    assert not story.record.incidents["incident-one"].is_settled

    story.about("kept", 90, commitment)
    assert story.record.incidents["incident-one"].is_settled


def test_folding_in_two_steps_gives_the_same_record_as_in_one(story, commitment):
    story.about("reported_done", 90, commitment)
    story.resolve(95)
    entries = story.entries

    for cut in range(len(entries) + 1):
        assert extend(extend(PublicRecord(), entries[:cut]), entries[cut:]) == story.record


def test_extending_a_record_leaves_the_one_before_untouched(story):
    before = story.record
    entries = before.entries
    story.publish(10)

    after = extend(before, story.entries[1:])

    assert (len(before.incidents), len(after.incidents), before.entries) == (0, 1, entries)


@pytest.mark.parametrize("cut", [0, 1], ids=["a number is missing", "the hash before is another"])
def test_entries_that_do_not_follow_are_refused(story, cut):
    story.publish(10)
    story.publish(20)
    other = Chronicle()
    other.masthead(name="Somebody else")

    with pytest.raises(BrokenChain):
        extend(story.record if cut == 0 else other.record, story.entries[1:])
