"""Facts: a source for each, a second person for what counts as known, and no word of the agent as evidence."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

import clock
from accounts.models import Organisation, User
from incidents.models import Fact, TimelineEntry
from incidents.operations import correction, fact, incident
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states
from tests.remembered import remembered

SAID: dict[str, Any] = {
    "question": Fact.Question.AGENT_DID,
    "text": "It sent 212 letters",
    "source_kind": Fact.Source.LOG,
    "source": "mail relay",
}
CHECKED = {"confirmation_kind": Fact.Source.LOG, "confirmation_source": "mail relay, line 812"}


def report(about, by, **changes):
    return fact.report(about, by=by, **{"observed_at": clock.now(), **SAID, **changes})


@pytest.fixture
@remembered
def reported(opened, rosa):
    return report(opened, rosa)


# Reporting


def test_a_fact_is_reported_with_its_source(opened, rosa):
    one = report(opened, rosa, text=" It sent 212 letters ")
    assert (one.text, one.confidence, one.reported_by) == ("It sent 212 letters", "reported", rosa)
    assert (one.reported_at, one.changed_at, one.version) == (clock.now(), clock.now(), 1)
    assert states.last_log().details == {"incident": opened.pk, "question": "agent_did", "confidence": "reported"}
    assert TimelineEntry.objects.filter(incident=opened, text__contains="It sent 212 letters").exists()


def test_not_known_yet_is_an_answer_that_says_who_finds_out(opened, rosa, refused):
    assert report(opened, rosa, not_known=True, source="Karim asks the bank").confidence == "not_known"
    with refused(Incomplete, "not complete") as refusal:
        report(opened, rosa, not_known=True, source=" ")
    assert refusal.missing == ["Say who finds it out"]


def test_a_report_names_everything_that_it_lacks(opened, rosa, refused):
    with refused(Incomplete, "not complete") as refusal:
        report(opened, rosa, text=" ", source="", observed_at=clock.now() + timedelta(minutes=1))
    assert [item.anchor for item in refusal.value.missing] == ["id_text", "id_source", "id_observed_at"]
    assert {(item.view, item.args) for item in refusal.value.missing} == {("desk:fact_new", (opened.pk,))}


def test_what_is_not_known_is_not_the_cause(opened, rosa, refused):
    with refused(Incomplete, "not complete") as refusal:
        report(opened, rosa, not_known=True, is_cause=True)
    assert [item.anchor for item in refusal.value.missing] == ["id_is_cause"]


@pytest.mark.parametrize("person", ["ben", "vic", "max", "olga"])
def test_who_finds_no_facts_reports_none(opened, cast, person, refused):
    with refused(NotAllowed, "Facts are reported, changed and retracted by commanders"):
        report(opened, getattr(cast, person))


def test_nothing_is_reported_about_a_dismissed_incident(declared, cleo, rosa, refused):
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test")
    with refused(WrongState, "dismissed"):
        report(declared, rosa)


# Confirming


def test_a_second_person_confirms_against_a_source(reported, tom):
    fact.confirm(reported, by=tom, seen_version=1, **CHECKED)
    one = states.fresh(reported)
    assert (one.confidence, one.confirmed_by, one.confirmed_at, one.version) == ("confirmed", tom, clock.now(), 2)
    assert (one.confirmation_kind, one.confirmation_source) == ("log", "mail relay, line 812")
    assert not one.confirmed_solo
    assert states.last_log().details == {"kind": "log", "solo": False, "version": 2}


def test_the_reporter_does_not_confirm(reported, rosa, refused):
    with refused(NotAllowed, "other than Rosa Iyer"):
        fact.confirm(reported, by=rosa, seen_version=1, **CHECKED)


@pytest.mark.parametrize("person", ["ben", "vic", "max", "olga"])
def test_who_finds_no_facts_confirms_none(reported, cast, person, refused):
    with refused(NotAllowed, "A fact is confirmed by a commander"):
        fact.confirm(reported, by=getattr(cast, person), seen_version=1, **CHECKED)


def test_somebody_who_works_alone_confirms_on_record(reported, rosa, organisation):
    now = clock.now()
    Organisation.objects.update(solo_declared_by=rosa, solo_declared_at=now, solo_effective_at=now)
    User.objects.exclude(pk=rosa.pk).update(is_active=False)
    assert fact.confirm(reported, by=rosa, seen_version=1, **CHECKED).confirmed_solo
    assert states.last_log().details["solo"] is True


def test_working_alone_does_not_help_while_somebody_else_is_there(reported, rosa, tom, organisation, refused):
    now = clock.now()
    Organisation.objects.update(solo_declared_by=rosa, solo_declared_at=now, solo_effective_at=now)
    with refused(NotAllowed, "other than Rosa Iyer"):
        fact.confirm(reported, by=rosa, seen_version=1, **CHECKED)


@pytest.mark.parametrize("source_kind", Fact.Source.values)
def test_the_agents_own_account_confirms_nothing(opened, rosa, tom, source_kind, refused):
    one = report(opened, rosa, source_kind=source_kind)
    with refused(Incomplete, "cannot be confirmed yet") as refusal:
        fact.confirm(one, by=tom, seen_version=1, confirmation_kind="agent_account", confirmation_source="it said so")
    (item,) = refusal.value.missing
    assert (item.view, item.args, item.anchor) == ("desk:fact_confirm", (one.pk,), "id_confirmation_kind")


def test_what_the_agent_said_is_confirmed_by_something_else(opened, rosa, tom):
    one = report(opened, rosa, source_kind="agent_account", source="its own summary")
    assert fact.confirm(one, by=tom, seen_version=1, **CHECKED).is_confirmed


def test_the_database_does_not_take_the_agents_word_either(opened, rosa, tom):
    one = report(opened, rosa, source_kind="agent_account")
    with pytest.raises(IntegrityError), transaction.atomic():
        Fact.objects.filter(pk=one.pk).update(
            confidence="confirmed", confirmed_by=tom, confirmed_at=clock.now(), confirmation_kind="agent_account"
        )


def test_confirming_names_all_that_is_missing(reported, tom, refused):
    with refused(Incomplete, "cannot be confirmed yet") as refusal:
        fact.confirm(reported, by=tom, seen_version=1, confirmation_kind="", confirmation_source=" ")
    assert [item.anchor for item in refusal.value.missing] == ["id_confirmation_kind", "id_confirmation_source"]


def test_what_is_not_known_is_not_confirmed(opened, rosa, tom, refused):
    one = report(opened, rosa, not_known=True)
    with refused(WrongState, "not known yet"):
        fact.confirm(one, by=tom, seen_version=1, **CHECKED)


def test_a_confirmed_fact_is_not_confirmed_again(reported, tom, cleo, refused):
    fact.confirm(reported, by=tom, seen_version=1, **CHECKED)
    with refused(WrongState, "confirmed already, by Tom Lindqvist"):
        fact.confirm(reported, by=cleo, seen_version=2, **CHECKED)


def test_only_what_was_read_is_confirmed(reported, rosa, tom, refused):
    fact.change(reported, by=rosa, seen_version=1, text="It sent 214 letters")
    with refused(Stale, "Read it again"):
        fact.confirm(reported, by=tom, seen_version=1, **CHECKED)


# Changing


def test_a_confirmed_fact_that_changes_is_reported_again_by_whoever_changed_it(reported, tom, cleo, refused):
    fact.confirm(reported, by=tom, seen_version=1, **CHECKED)
    fact.change(reported, by=cleo, seen_version=2, text="It sent 214 letters")
    one = states.fresh(reported)
    assert (one.confidence, one.confirmed_by, one.confirmation_source) == ("reported", None, "")
    assert (one.reported_by, one.version) == (cleo, 3)
    with refused(NotAllowed, "other than Cleo Marsh"):
        fact.confirm(one, by=cleo, seen_version=3, **CHECKED)


def test_what_becomes_known_is_reported(opened, rosa):
    one = report(opened, rosa, not_known=True)
    fact.change(one, by=rosa, seen_version=1, not_known=False, text="Nobody paid twice")
    assert states.fresh(one).confidence == "reported"
    assert states.last_log().details == {"fields": ["confidence", "text"], "version": 2}


def test_what_is_not_known_stays_so_while_its_words_change(opened, rosa):
    one = report(opened, rosa, not_known=True)
    fact.change(one, by=rosa, seen_version=1, source="Karim asks the bank")
    assert states.fresh(one).confidence == "not_known"


def test_a_confirmed_fact_can_turn_out_not_to_be_known(reported, rosa, tom):
    fact.confirm(reported, by=tom, seen_version=1, **CHECKED)
    fact.change(reported, by=rosa, seen_version=2, not_known=True)
    one = states.fresh(reported)
    assert (one.confidence, one.confirmed_by) == ("not_known", None)


def test_no_change_changes_and_logs_nothing(reported, tom, snapshot):
    before = snapshot()
    fact.change(reported, by=tom, seen_version=1, not_known=False, **SAID)
    assert snapshot() == before


def test_a_change_of_what_was_changed_meanwhile_shows_both_readings(reported, rosa, tom, refused):
    fact.change(reported, by=rosa, seen_version=1, text="It sent 214 letters")
    with refused(Stale, "Somebody changed this fact") as refusal:
        fact.change(reported, by=tom, seen_version=1, text="It sent 213 letters", source_kind="supplier")
    assert [(one.label, one.seen, one.now) for one in refusal.value.difference] == [
        ("text", "It sent 213 letters", "It sent 214 letters"),
        ("source kind", "Supplier", "Log or record"),
    ]


def test_a_change_may_not_empty_a_fact(reported, rosa, refused):
    with refused(Incomplete, "not complete") as refusal:
        fact.change(reported, by=rosa, seen_version=1, text=" ", source="")
    assert [(item.view, item.anchor) for item in refusal.value.missing] == [
        ("desk:fact", "id_text"),
        ("desk:fact", "id_source"),
    ]


def test_a_field_that_is_not_of_a_fact_is_a_mistake_of_ours(reported, rosa):
    with pytest.raises(TypeError, match="confirmed_by"):
        fact.change(reported, by=rosa, seen_version=1, confirmed_by=rosa)


@pytest.mark.parametrize("person", ["ben", "vic", "olga"])
def test_who_finds_no_facts_changes_and_retracts_none(reported, cast, person, refused):
    with refused(NotAllowed, "Facts are reported"):
        fact.change(reported, by=getattr(cast, person), seen_version=1, text="It sent none")
    with refused(NotAllowed, "Facts are reported"):
        fact.retract(reported, by=getattr(cast, person), seen_version=1, reason="It sent none")


# Retracting


def test_a_retracted_fact_stays_with_its_reason(reported, rosa):
    fact.retract(reported, by=rosa, seen_version=1, reason=" The log was of another day ")
    one = states.fresh(reported)
    assert (one.confidence, one.retracted_by, one.retraction_reason) == (
        "retracted",
        rosa,
        "The log was of another day",
    )
    assert states.last_log().details == {"before": "reported", "entries": [], "version": 2}


def test_retracting_needs_a_reason_and_what_was_read(reported, rosa, refused):
    with refused(Incomplete, "needs a reason"):
        fact.retract(reported, by=rosa, seen_version=1, reason="")
    with refused(Stale, "Read it again"):
        fact.retract(reported, by=rosa, seen_version=7, reason="Wrong day")


@pytest.mark.parametrize("verb", ["change", "confirm", "retract"])
def test_a_retracted_fact_stays_retracted(reported, rosa, tom, verb, refused):
    fact.retract(reported, by=rosa, seen_version=1, reason="Wrong day")
    with refused(WrongState, "retracted. Report what is so as a new fact"):
        {
            "change": lambda: fact.change(reported, by=rosa, seen_version=2, text="It sent none"),
            "confirm": lambda: fact.confirm(reported, by=tom, seen_version=2, **CHECKED),
            "retract": lambda: fact.retract(reported, by=rosa, seen_version=2, reason="Again"),
        }[verb]()


def test_retracting_what_was_published_says_in_which_entry(published, rosa):
    cited = published.submission.statement.facts.first()
    fact.retract(cited, by=rosa, seen_version=cited.version, reason="The log was of another day")
    number = published.entry.number
    assert states.last_log().details["entries"] == [number]
    line = TimelineEntry.objects.filter(text__contains="retracted").get().text
    assert line.endswith(f"Published in entry {number}, a correction is owed.")


def test_the_entries_of_many_facts_cost_one_query(published, django_assert_num_queries):
    facts = list(Fact.objects.all())
    with django_assert_num_queries(1):
        found = correction.citing_entries(facts)
    cited = set(published.submission.statement.facts.values_list("pk", flat=True))
    assert found == {pk: [published.entry.number] for pk in cited}
    assert len(cited) < len(facts)
