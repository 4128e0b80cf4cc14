"""The five numbers of a blast radius: facts of their own, and never taken for one another in public (R51)."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

import clock
from accounts.models import User
from incidents import numbers
from incidents.models import Fact, Incident, Statement
from incidents.operations import fact, guards, statement, submission
from refusals import Incomplete
from tests import states

FIGURES = {"rows": 857, "executions": 858, "people": 847, "repeats": 6, "strays": 1}


def counted(about: Incident, by: User, measure: str, value: int | None, **changes: Any) -> Fact:
    said: dict[str, Any] = {
        "question": Fact.Question.EXPERIENCED,
        "text": f"The relay logged {measure}: {value}",
        "source_kind": Fact.Source.LOG,
        "source": "mail relay",
        "observed_at": clock.now(),
    }
    return fact.report(about, by=by, measure=measure, value=value, **{**said, **changes})


# The words


@pytest.mark.parametrize(
    "text",
    [
        "858 customers were emailed.",
        "In all 858 of our customers got a message.",
        "857 distinct people are concerned.",
        "1,2 and 858 recipients",
    ],
)
def test_people_are_not_counted_in_executions_or_rows(text: str) -> None:
    (mixed,) = numbers.mixed_up(text, FIGURES)

    assert mixed.people
    assert "People reached: 847" in mixed.sentence


@pytest.mark.parametrize(
    "text",
    [
        "847 customers were emailed, 6 people more than once.",
        "858 emails went out from 857 records.",
        "6 customers were emailed more than once.",
        "6 people got it twice and 847 people got it in all.",
        "It was sent repeatedly to 6 customers.",
        "6 of our customers got 3 copies each.",
        "1 person should not have been emailed.",
        "By mistake 1 person of another list got one.",
        "It reached 1 wrong recipient.",
        "847 customers were emailed, some of them more than once.",
        "847 customers got the wrong letter by mistake.",
        "847 customers were emailed, 6 customers repeatedly, 1 person in error.",
        "858 orders or 857 orders were handled.",
        "6 customers wrote to us. 6 customers still wait.",
        "857 rows and 857 records; 858 runs, 858 sends, 858 executions.",
        "1 person who is no customer got one.",
        "We spoke with 12 customers.",
        "858.5 customers, 85 customers, 8580 customers",
        "At 8:58 customers wrote to us.",
        "858",
        "",
    ],
)
def test_a_number_may_be_its_own_or_one_that_nobody_recorded(text: str) -> None:
    assert list(numbers.mixed_up(text, FIGURES)) == []


@pytest.mark.parametrize(
    ("text", "counts", "instead"),
    [
        (
            "6 customers were emailed.",
            "repeats",
            "People reached: 847. If it is those who were reached more than once, say so beside it",
        ),
        (
            "1 customer was emailed.",
            "strays",
            "People reached: 847. If it is those who should not have been reached, say so beside it",
        ),
        ("6 people should not have been emailed.", "repeats", "People who should not have been reached: 1"),
        ("1 person got it twice.", "strays", "People reached more than once: 6"),
        ("847 customers were emailed more than once.", "people", "People reached more than once: 6"),
        ("847 customers should not have got it.", "people", "People who should not have been reached: 1"),
        ("6 customers got it, 847 customers got it repeatedly.", "repeats", "People reached: 847"),
        ("6 customers were emailed, nobody more than once.", "repeats", "People reached: 847"),
        ("857 emails were sent.", "rows", "Executions: 858"),
        ("The agent made 857 runs.", "rows", "Executions: 858"),
        ("858 records were read.", "executions", "Rows handled: 857"),
    ],
)
def test_a_sentence_says_which_of_the_five_numbers_it_gives(text: str, counts: str, instead: str) -> None:
    mixed = next(numbers.mixed_up(text, FIGURES))

    assert (mixed.counts, mixed.stops) == (counts, True)
    assert mixed.instead.startswith(instead)


def test_rows_and_executions_are_mixed_up_only_where_both_are_on_record() -> None:
    (mixed,) = numbers.mixed_up("857 emails were sent.", {"rows": 857})
    assert (mixed.stops, mixed.instead) == (False, "How much was done is not on record yet")


def test_what_was_reached_twice_may_be_all_there_are() -> None:
    assert list(numbers.mixed_up("847 people got it, all 847 people twice.", {"people": 847, "repeats": 847})) == []
    assert list(numbers.mixed_up("847 people got it twice.", {"people": 847})) == []


def test_the_number_of_people_as_a_number_of_mails_wants_a_second_look() -> None:
    (mixed,) = numbers.mixed_up("847 emails were sent.", FIGURES)

    assert (mixed.people, mixed.stops, mixed.counts) == (False, False, "people")
    assert mixed.sentence == "“847 emails”: 847 is the number under “people reached”. Executions: 858"


def test_what_is_not_on_record_is_said() -> None:
    (mixed,) = numbers.mixed_up("858 users", {"executions": 858})
    assert mixed.instead == "How many people were reached is not on record yet"


# The facts


def test_a_number_is_a_fact_that_says_what_it_counts(opened: Incident, rosa: User) -> None:
    one = counted(opened, rosa, Fact.Measure.PEOPLE, 847)
    assert (one.measure, one.value, one.confidence) == ("people", 847, "reported")
    assert list(opened.facts.numbers()) == [one]


def test_how_many_may_be_what_nobody_knows_yet(opened: Incident, rosa: User) -> None:
    one = counted(opened, rosa, Fact.Measure.STRAYS, None, not_known=True)
    assert (one.value, one.confidence) == (None, "not_known")


@pytest.mark.parametrize(
    ("measure", "value", "unknown", "anchor"),
    [
        ("", 3, False, "id_measure"),
        ("guests", 3, False, "id_measure"),
        ("people", None, False, "id_value"),
        ("people", 3, True, "id_value"),
    ],
)
def test_half_a_number_is_refused(
    opened: Incident, rosa: User, refused: Any, measure: str, value: int | None, unknown: bool, anchor: str
) -> None:
    with refused(Incomplete, "not complete") as refusal:
        counted(opened, rosa, measure, value, not_known=unknown)
    assert [item.anchor for item in refusal.value.missing] == [anchor]


def test_changing_the_number_asks_for_a_confirmation_again(opened: Incident, rosa: User, tom: User) -> None:
    one = counted(opened, rosa, Fact.Measure.PEOPLE, 847)
    fact.confirm(one, by=tom, seen_version=1, confirmation_kind="log", confirmation_source="the relay's own count")

    changed = fact.change(states.fresh(one), by=rosa, seen_version=2, value=846)

    assert (changed.value, changed.confidence, changed.version) == (846, "reported", 3)


@pytest.mark.parametrize("fields", [{"value": 3}, {"measure": "people"}])
def test_the_database_keeps_number_and_measure_together(opened: Incident, rosa: User, fields: dict[str, Any]) -> None:
    one = counted(opened, rosa, "", None, text="Something else")
    with pytest.raises(IntegrityError), transaction.atomic():
        Fact.objects.filter(pk=one.pk).update(**fields)


# The statement


def test_a_statement_that_mixes_them_up_goes_to_nobody(holding: Statement, ada: User, rosa: User, refused: Any) -> None:
    counted(holding.incident, rosa, Fact.Measure.EXECUTIONS, 858)
    counted(holding.incident, rosa, Fact.Measure.PEOPLE, 847)
    wrong = statement.edit(holding, by=ada, seen_version=holding.version, affected="858 customers, each by email.")

    with refused(Incomplete) as refusal:
        submission.submit(wrong, by=ada, seen_version=wrong.version)
    (said,) = [item for item in refusal.missing if "858" in item]
    assert said.endswith("People reached: 847")

    right = statement.edit(wrong, by=ada, seen_version=wrong.version, affected="847 customers, by 858 emails.")
    assert not [item for item in guards.missing(right) if "number" in item.sentence]


def test_the_newest_number_counts_and_a_retracted_one_does_not(holding: Statement, ada: User, rosa: User) -> None:
    old = counted(holding.incident, rosa, Fact.Measure.EXECUTIONS, 212)
    new = counted(holding.incident, rosa, Fact.Measure.EXECUTIONS, 858)
    written = statement.edit(holding, by=ada, seen_version=holding.version, affected="212 customers and 858 customers.")
    assert [one for one in guards.missing(written) if "212" in one.sentence] == []
    assert [one for one in guards.missing(written) if "858" in one.sentence]

    fact.retract(new, by=rosa, seen_version=1, reason="Counted twice")

    assert [one for one in guards.missing(written) if "212" in one.sentence]
    fact.retract(old, by=rosa, seen_version=1, reason="Counted twice")
    assert [one for one in guards.missing(written) if "number" in one.sentence] == []


# The room


def test_the_room_shows_all_five_and_what_is_missing(opened: Incident, rosa: User, client_of: Any) -> None:
    counted(opened, rosa, Fact.Measure.EXECUTIONS, 1858)

    shown = client_of(rosa).get(reverse("desk:incident", args=[opened.pk])).text

    assert "1,858" in shown
    for measure in Fact.Measure:
        assert measure.label in shown
    assert shown.count("Not on record") == len(Fact.Measure) - 1
    assert f"?measure={Fact.Measure.PEOPLE.value}" in shown


def test_the_form_opens_at_the_number_that_was_asked_for(opened: Incident, rosa: User, client_of: Any) -> None:
    form = client_of(rosa).get(reverse("desk:fact_new", args=[opened.pk], query={"measure": "people"}))
    assert '<option value="people" selected>' in form.text


def test_a_number_of_things_is_cited_whatever_they_are_called(
    holding: Statement, ada: User, rosa: User, tom: User
) -> None:
    sent = counted(holding.incident, rosa, Fact.Measure.EXECUTIONS, 858, text="The run executed 858 sends")
    fact.confirm(sent, by=tom, seen_version=1, confirmation_kind="log", confirmation_source="the run history")
    written = statement.edit(holding, by=ada, seen_version=holding.version, body="It sent 858 emails.", cites=[])
    unsourced = [one.finding.text for one in guards.look(written).checked.passages if "NUMBER" in one.finding.rule]
    assert "858 emails" in unsourced

    statement.edit(written, by=ada, seen_version=written.version, cites=[states.fresh(sent)])

    found = [
        one.finding.text for one in guards.look(states.fresh(written)).checked.passages if "NUMBER" in one.finding.rule
    ]
    assert "858 emails" not in found


@pytest.mark.parametrize(
    ("measure", "said", "sourced"),
    [
        (Fact.Measure.PEOPLE, "219 customers had a letter.", True),
        (Fact.Measure.REPEATS, "219 customers had a letter.", False),
        (Fact.Measure.REPEATS, "219 customers had a letter more than once.", True),
        (Fact.Measure.REPEATS, "219 customers had it twice. In all 219 customers had a letter.", False),
        (Fact.Measure.STRAYS, "219 customers had a letter.", False),
        (Fact.Measure.STRAYS, "219 people should not have had a letter.", True),
        (Fact.Measure.STRAYS, "219 customers had a letter twice.", False),
        (Fact.Measure.EXECUTIONS, "219 emails were sent.", True),
        (Fact.Measure.EXECUTIONS, "219 records were read.", False),
        (Fact.Measure.EXECUTIONS, "219 customers had a letter.", False),
        (Fact.Measure.ROWS, "219 records were read.", True),
        (Fact.Measure.ROWS, "219 emails were sent.", False),
    ],
)
def test_a_number_is_a_source_for_what_it_counts_alone(
    holding: Statement, ada: User, rosa: User, tom: User, measure: str, said: str, sourced: bool
) -> None:
    one = counted(holding.incident, rosa, measure, 219, text="The register has 219 customers under this.")
    fact.confirm(one, by=tom, seen_version=1, confirmation_kind="log", confirmation_source="the run history")

    written = statement.edit(holding, by=ada, seen_version=holding.version, body=said, cites=[states.fresh(one)])

    passages = guards.look(states.fresh(written)).checked.passages
    found = [one.finding.text for one in passages if "NUMBER" in one.finding.rule and one.field == "body"]
    assert (found == []) is sourced


# Times


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It began at 23:15.", "Say in which time zone 23:15 is: “It began at 23:15.”"),
        ("Since 9:05 it answers nothing. It is 12:00 UTC now.", "Say in which time zone 9:05 is"),
    ],
)
def test_a_time_without_a_zone_goes_to_nobody(
    holding: Statement, ada: User, refused: Any, text: str, said: str
) -> None:
    written = statement.edit(holding, by=ada, seen_version=holding.version, body=text)
    with refused(Incomplete) as refusal:
        submission.submit(written, by=ada, seen_version=written.version)
    assert [item for item in refusal.missing if item.startswith(said)]


@pytest.mark.parametrize(
    "text",
    [
        "It began at 23:15 UTC.",
        "Between 14:36 and 14:52 UTC it sent letters.",
        "It began at 23:15 (CET).",
        "It began at 11:05 pm Pacific.",
        "It began at 2026-11-19T14:36:00+01:00.",
        "The ratio is 3:1, the score 99:12.",
    ],
)
def test_a_time_with_its_zone_stands(holding: Statement, ada: User, text: str) -> None:
    written = statement.edit(holding, by=ada, seen_version=holding.version, body=text)
    assert not [item for item in guards.missing(written) if "time zone" in item.sentence]
