"""Writing a statement: what each kind needs, what every save keeps, and what a save that comes too late is told."""

from datetime import timedelta

import pytest

import clock
from accounts.models import LogEntry
from incidents.models import (
    Commitment,
    Fact,
    Impact,
    PublicStatus,
    ServiceState,
    Statement,
    StatementVersion,
    Submission,
)
from incidents.operations import containment, fact, guards, incident, statement, submission
from incidents.wording import promise
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states
from tests.conftest import START


def sentences(draft) -> list[str]:
    return [item.sentence for item in statement.missing(states.fresh(draft))]


def edit(draft, by, **fields):
    return statement.edit(states.fresh(draft), by=by, seen_version=states.fresh(draft).version, **fields)


# Beginning


def test_a_holding_statement_begins_as_a_draft_with_its_first_version(ready_to_speak, ada):
    begun = statement.begin(ready_to_speak, "holding", by=ada)

    assert (begun.state, begun.version, begun.created_by, begun.edited_by) == ("draft", 1, ada, ada)
    assert [version.saved_by for version in StatementVersion.objects.filter(statement=begun)] == [ada]
    assert LogEntry.objects.first().action == "statement.begun"


@pytest.mark.parametrize("reader", ["ben", "tom", "vic", "rosa", "max", "olga"])
def test_only_communications_leads_and_commanders_write(ready_to_speak, cast, reader, refused):
    with refused(NotAllowed, "communications leads and commanders"):
        statement.begin(ready_to_speak, "holding", by=getattr(cast, reader))


@pytest.mark.parametrize("kind", ["update", "resolution"])
def test_nothing_is_said_before_the_holding_statement(ready_to_speak, ada, kind, refused):
    with refused(WrongState, "The first message is the holding statement"):
        statement.begin(ready_to_speak, kind, by=ada)


def test_an_incident_has_one_holding_statement(published, ada, refused):
    with refused(WrongState, "has its holding statement"):
        statement.begin(published.incident, "holding", by=ada)


def test_what_is_told_in_its_turn_is_written_one_at_a_time(holding, cleo, refused):
    with refused(WrongState, "Holding statement is being written. Finish it or discard it first.") as refusal:
        statement.begin(holding.incident, "update", by=cleo)
    assert refusal.value.missing[0].args == (holding.pk,)


def test_a_discarded_holding_statement_makes_room_for_another(holding, ada):
    statement.discard(holding, by=ada)
    assert statement.begin(holding.incident, "holding", by=ada).state == "draft"


def test_a_kind_that_does_not_exist_is_refused(ready_to_speak, ada, refused):
    with refused(
        WrongState, "holding statement, safety warning, update, correction, resolution, post-mortem or direct message"
    ):
        statement.begin(ready_to_speak, "rumour", by=ada)


def test_nothing_is_said_about_a_dismissed_incident(declared, ada, cleo, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="It was the test system.")
    with refused(WrongState, "dismissed"):
        statement.begin(states.fresh(declared), "holding", by=ada)


def test_an_update_starts_from_what_the_public_reads(published, ada):
    begun = statement.begin(published.incident, "update", by=ada)
    assert (begun.headline, begun.affected, begun.impact) == (
        published.headline,
        published.affected,
        published.impact,
    )
    assert (begun.body, begun.next_update_at) == ("", None)


def test_a_statement_has_no_other_fields(ready_to_speak, ada):
    with pytest.raises(TypeError, match="has no state"):
        statement.begin(ready_to_speak, "holding", by=ada, state="published")


# Saving


def test_every_save_is_a_version_with_all_its_fields(holding, ada, cleo):
    edit(holding, cleo, headline="Letters went astray")

    versions = list(StatementVersion.objects.filter(statement=holding))
    assert [(version.version, version.saved_by) for version in versions] == [(1, ada), (2, ada), (3, cleo)]
    assert versions[1].content["headline"] == "Refund letters reached the wrong people"
    assert versions[2].content["headline"] == "Letters went astray"
    assert set(versions[2].content) == {*statement.FIELDS, "withheld", "cites", "commitments"}
    assert LogEntry.objects.first().details == {"version": 3, "fields": ["headline"]}


def test_a_save_that_changes_nothing_is_no_version_and_voids_nothing(submitted, ada):
    edit(submitted.statement, ada, headline=submitted.statement.headline)
    assert states.fresh(submitted.statement).version == submitted.version
    assert states.fresh(submitted).outcome == "waiting"


def test_a_save_over_another_save_is_refused_with_the_fields_that_differ(holding, ada, cleo, refused):
    seen = holding.version
    edit(holding, cleo, headline="Letters went astray", impact=Impact.CRITICAL)

    with refused(Stale, "Somebody saved") as refusal:
        statement.edit(holding, by=ada, seen_version=seen, headline="Mine")

    assert [(change.label, change.seen, change.now) for change in refusal.value.difference] == [
        ("Headline", "Refund letters reached the wrong people", "Letters went astray"),
        ("Impact", "Major", "Critical"),
    ]


def test_an_edit_voids_what_waits_for_approval(submitted, ada):
    edit(submitted.statement, ada, headline="Another headline")

    void = states.fresh(submitted)
    assert (void.outcome, void.decided_by, void.decided_at) == ("void", ada, clock.now())
    assert states.fresh(submitted.statement).state == "draft"


def test_a_published_statement_is_not_edited(published, ada, refused):
    said = published.submission.statement
    with refused(WrongState, "published"):
        statement.edit(said, by=ada, seen_version=said.version, headline="Other words")


@pytest.mark.parametrize("reader", ["ben", "vic", "olga"])
def test_who_does_not_write_does_not_save(holding, cast, reader, refused):
    with refused(NotAllowed):
        statement.edit(holding, by=getattr(cast, reader), seen_version=holding.version, headline="Other words")


def test_texts_are_kept_without_characters_that_reorder_or_control(holding, ada):
    edit(holding, ada, headline="Safe \u202etxt.exe\u202c to\x07 open\u2066 ", body="one\r\ntwo  \rthree\u200f")
    saved = states.fresh(holding)
    assert saved.headline == "Safe txt.exe to open"
    assert saved.body == "one\ntwo\nthree"


def test_times_are_kept_to_the_minute_they_are_printed_with(holding, ada):
    edit(holding, ada, next_update_at=clock.now() + timedelta(minutes=45, seconds=31))
    assert states.fresh(holding).next_update_at == clock.now() + timedelta(minutes=45)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"body": "a" * 10_001}, "characters. It may have 10,000"),
        ({"body": "[" * 301}, "301 opening square brackets. It may have 150"),
        ({"body": "<" * 301}, "301 less-than signs"),
        ({"headline": "a" * 201}, "Headline: 201 characters"),
        ({"affected": "a" * 1_001}, "Who is affected: 1,001 characters"),
        ({"what_to_do": "a" * 1_001}, "What to do now: 1,001 characters"),
        ({"public_status": "fine"}, "State: choose one"),
        ({"impact": "huge"}, "Impact: choose one"),
        ({"component_states": {"nobody": "operational"}}, "Choose the state of each component"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_sentence(holding, ada, fields, sentence, refused):
    with refused(Incomplete, "cannot be saved") as refusal:
        statement.edit(holding, by=ada, seen_version=holding.version, **fields)
    assert any(sentence in item for item in refusal.missing)


def test_a_component_state_that_does_not_exist_is_refused(holding, ada, component, refused):
    with refused(Incomplete) as refusal:
        statement.edit(holding, by=ada, seen_version=holding.version, component_states={component.public_id: "on fire"})
    assert refusal.missing == ["Choose the state of each component from the list"]


def test_a_statement_cites_facts_of_its_own_incident_only(holding, ada, agent, cleo, rosa, refused):
    other = states.declare(agent, by=cleo, title="Something else")
    strange = fact.report(
        other,
        by=rosa,
        question=Fact.Question.AGENT_DID,
        text="Else.",
        source_kind=Fact.Source.LOG,
        source="log",
        observed_at=clock.now(),
    )
    with refused(Incomplete, "its own incident"):
        statement.edit(holding, by=ada, seen_version=holding.version, cites=[strange])


def test_the_promise_is_written_from_its_field_in_the_organisations_zone(holding):
    words = holding.words()
    assert words.endswith("We will post the next update here by 16:01 UTC (17:01 CET), even if there is nothing new.")
    assert words.startswith(holding.acknowledgement)
    assert words.index(holding.body) < words.index(holding.investigating)


def test_a_promise_for_another_day_carries_its_date(holding, ada):
    tomorrow = clock.now() + timedelta(days=1)
    edit(holding, ada, next_update_at=tomorrow)
    assert promise(tomorrow, "Europe/Berlin") in states.fresh(holding).words()
    assert "20 November 2026, 15:16 UTC" in states.fresh(holding).words()


# Discarding


def test_discarding_drops_the_commitments_and_voids_the_submission(holding, ada, tom):
    from incidents.operations import commitment

    made = commitment.draft(
        holding,
        by=ada,
        seen_version=holding.version,
        text="We check each address.",
        public_owner="Support team",
        owner=tom,
        due_at=clock.now() + timedelta(days=3),
        verification="The count is published.",
    )
    asked = states.submit(states.fresh(holding), by=ada)

    statement.discard(holding, by=ada)

    assert states.fresh(holding).state == "discarded"
    assert states.fresh(made).state == Commitment.State.DROPPED
    assert states.fresh(asked).outcome == Submission.Outcome.VOID


def test_what_is_published_is_not_discarded(published, ada, refused):
    with refused(WrongState, "published"):
        statement.discard(published.submission.statement, by=ada)


def test_discarding_a_version_one_has_not_seen_is_refused(holding, ada, cleo, refused):
    edit(holding, cleo, headline="Letters went astray")
    with refused(Stale):
        statement.discard(holding, by=ada, seen_version=holding.version)


# Guards


def test_a_complete_statement_misses_nothing(holding):
    assert sentences(holding) == []


@pytest.mark.parametrize(
    ("fields", "sentence", "anchor"),
    [
        ({"headline": ""}, "Write a headline", "id_headline"),
        ({"acknowledgement": ""}, "Say what went wrong. The first message acknowledges it", "id_acknowledgement"),
        ({"investigating": ""}, "Say what you are investigating", "id_investigating"),
        ({"affected": ""}, "Say who is affected, or that you do not know yet", "id_affected"),
        ({"what_to_do": ""}, "Say what people should do now, or that they need do nothing", "id_what_to_do"),
        (
            {"disclosure_note": ""},
            "Note what you leave out and why, or that nothing is left out",
            "id_disclosure_note",
        ),
        ({"next_update_at": None}, "Promise a time for the next update", "id_next_update_at"),
        (
            {"next_update_at": START + timedelta(minutes=9)},
            "Promise the next update at least ten minutes ahead",
            "id_next_update_at",
        ),
        ({"public_status": PublicStatus.RESOLVED}, "Only a resolution says resolved", "id_public_status"),
        (
            {"public_status": PublicStatus.MONITORING},
            "Record that it is contained, or do not say monitoring",
            "",
        ),
        (
            {"public_status": PublicStatus.IDENTIFIED},
            "Confirm a fact as the cause, or do not say identified",
            "facts",
        ),
    ],
)
def test_each_missing_part_has_its_sentence_and_its_place(holding, ada, fields, sentence, anchor):
    edit(holding, ada, **fields)
    found = statement.missing(states.fresh(holding))
    assert [(item.sentence, item.anchor) for item in found] == [(sentence, anchor)]
    assert all(item.view for item in found)


def test_everything_that_is_missing_is_listed_at_once(opened, ada, refused):
    empty = statement.begin(opened, "holding", by=ada)
    with refused(Incomplete, "cannot go to an approver yet") as refusal:
        submission.submit(empty, by=ada, seen_version=1)
    assert len(refusal.missing) == 13
    assert "Enter a fact for: What did people experience?" in refusal.missing
    assert "Put one containment action in force, or record why none is possible" in refusal.missing


def test_a_draft_incident_says_nothing(declared, ada):
    early = statement.begin(declared, "holding", by=ada)
    assert "Open the incident" in sentences(early)


def test_an_incident_that_is_not_public_says_nothing(ready_to_speak, ada, cleo):
    incident.describe(
        ready_to_speak,
        by=cleo,
        seen_version=ready_to_speak.version,
        is_visible=False,
        draws_attention=False,
        needs_answer=False,
        scenario="",
    )
    draft = states.write(states.fresh(ready_to_speak), "holding", by=ada)
    assert any("this incident is not public" in sentence for sentence in sentences(draft))


@pytest.mark.parametrize("question", [Fact.Question.AGENT_DID, Fact.Question.EXPERIENCED])
def test_what_it_did_and_what_people_went_through_are_at_least_reported(holding, cleo, question):
    for known in holding.incident.facts.filter(question=question):
        fact.retract(known, by=cleo, seen_version=known.version, reason="It was another agent.")
    fact.report(
        holding.incident,
        by=cleo,
        question=question,
        text="We ask.",
        source_kind=Fact.Source.PERSON,
        source="desk",
        observed_at=clock.now(),
        not_known=True,
    )
    assert f"Enter at least a reported fact for: {question.label}" in sentences(holding)


def test_the_state_now_is_not_an_hour_old(holding, clock_at):
    clock_at(clock.now() + timedelta(minutes=60))
    assert "Enter how it stands now: the last entry is more than an hour old" not in sentences(holding)
    clock_at(clock.now() + timedelta(minutes=1))
    assert "Enter how it stands now: the last entry is more than an hour old" in sentences(holding)


def test_containment_that_has_ended_still_was_done(ready_to_speak, ada, cleo):
    action = ready_to_speak.containment_actions.get()
    draft = states.write(ready_to_speak, "holding", by=ada)

    containment.end(action, by=cleo)

    assert sentences(draft) == []


def test_containment_that_is_not_possible_counts_when_the_commander_says_why(opened, ada, cleo, rosa, tom):
    states.establish_facts(opened, reporter=rosa, confirmer=tom)
    draft = states.write(states.fresh(opened), "holding", by=ada)
    assert sentences(draft) == ["Put one containment action in force, or record why none is possible"]

    planned = containment.plan(opened, by=tom, scope="agent", text="Stop the agent")
    containment.rule_out(planned, by=cleo, reason="It has finished.")
    assert sentences(draft) == []


def test_an_update_needs_a_message_but_not_the_four_questions(published, ada):
    update = statement.begin(published.incident, "update", by=ada)
    assert sentences(update) == [
        "Write the message",
        "Note what you leave out and why, or that nothing is left out",
        "Tick why something is left out, or that nothing is",
        "Promise a time for the next update",
    ]


def test_identified_needs_a_confirmed_cause(holding, ada, rosa, tom):
    cause = fact.report(
        holding.incident,
        by=rosa,
        question=Fact.Question.CIRCUMSTANCES,
        text="An import ended half-way.",
        source_kind=Fact.Source.LOG,
        source="log",
        observed_at=clock.now(),
        is_cause=True,
    )
    edit(holding, ada, public_status=PublicStatus.IDENTIFIED)
    assert sentences(holding) == ["Confirm a fact as the cause, or do not say identified"]
    fact.confirm(
        cause, by=tom, seen_version=cause.version, confirmation_kind=Fact.Source.LOG, confirmation_source="second log"
    )
    assert sentences(holding) == []


def test_a_resolution_needs_recovery_and_says_resolved(published, ada, cleo, rosa, tom):
    draft = states.write(published.incident, "resolution", by=ada)
    assert sentences(draft) == ["Record the recovery: only then is it resolved"]

    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    assert sentences(draft) == []

    edit(draft, ada, public_status=PublicStatus.MONITORING, next_update_at=clock.now() + timedelta(hours=1))
    assert sentences(draft) == [
        "When it is over no next update is promised. Make it a commitment",
        "A resolution says resolved",
    ]


def test_a_retracted_fact_stops_it_and_a_reported_one_warns(holding, ada, cleo):
    reported = holding.incident.facts.get(question=Fact.Question.CIRCUMSTANCES)
    edit(holding, ada, cites=[reported])
    assert sentences(holding) == []
    assert guards.warnings(states.fresh(holding)) == [
        f"Fact {reported.pk} is only reported. Nobody has confirmed it: {reported.text}"
    ]
    fact.retract(reported, by=cleo, seen_version=reported.version, reason="It was another night.")
    assert f"Fact {reported.pk} was retracted. Take out what rests on it" in sentences(holding)


def test_a_statement_that_rests_on_nothing_warns(holding, ada):
    edit(holding, ada, cites=[])
    assert guards.warnings(states.fresh(holding))[0].startswith("It rests on no fact.")


def test_a_resolution_warns_of_a_component_that_stays_down(published, ada, component):
    draft = states.write(published.incident, "resolution", by=ada, component_states={})
    assert "Support replies stays partly down on the page." in guards.warnings(draft)
    edit(draft, ada, component_states={component.public_id: ServiceState.OPERATIONAL})
    assert not [line for line in guards.warnings(states.fresh(draft)) if "stays" in line]


def test_a_commitment_whose_date_has_passed_or_whose_owner_left_stops_it(published, ada, tom, clock_at):
    from incidents.operations import commitment

    draft = states.write(published.incident, Statement.Kind.UPDATE, by=ada)
    commitment.draft(
        draft,
        by=ada,
        seen_version=draft.version,
        text="We check each address.",
        public_owner="Support team",
        owner=tom,
        due_at=clock.now() + timedelta(minutes=20),
        verification="The count is published.",
    )
    assert sentences(draft) == []
    type(tom).objects.filter(pk=tom.pk).update(is_active=False)
    clock_at(clock.now() + timedelta(minutes=20))
    assert sentences(draft) == [
        "The date of a commitment has passed: We check each address.",
        "Tom Lindqvist is no longer active and cannot own a commitment",
    ]
