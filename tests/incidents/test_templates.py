"""Templates: what ships passes the draft check, variables are known by name, and what nobody filled in stops the submission."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import LogEntry, User
from incidents import draft_check, placeholders, wording
from incidents.draft_check import Context
from incidents.models import Approval, Incident, Statement, StatementTemplate
from incidents.operations import guards, statement, submission, template, template_words
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.django_db

A_TEMPLATE: dict[str, Any] = {"name": "Mine", "kind": "update", "body": "About {agent}: {news}."}


def shipped() -> list[StatementTemplate]:
    return list(StatementTemplate.objects.all())


def said(one: StatementTemplate, **changes: str) -> dict[str, str]:
    return {field: placeholders.fill(text, placeholders.EXAMPLES | changes) for field, text in one.texts().items()}


# --- What ships -----------------------------------------------------------------------------------


def test_a_set_ships_for_each_kind_and_for_each_scenario_of_a_first_message() -> None:
    found = {(one.kind, one.scenario) for one in shipped() if one.is_active}

    firsts = {
        ("holding", scenario)
        for scenario in Incident._meta.get_field("scenario").flatchoices
        for scenario in scenario[:1]
    }
    assert firsts < found
    assert {kind for kind, _ in found} == set(Statement.Kind.values)
    assert [one.name for one in shipped() if "nothing new" in one.body] == ["Update without news"]
    (over,) = (one for one in shipped() if one.kind == "resolution")
    assert all((over.what_happened, over.why_it_happened, over.what_changes))


def test_every_variable_is_used_by_something_that_ships() -> None:
    used = {
        found for one in shipped() for text in one.texts().values() for found in placeholders._VARIABLE.findall(text)
    }

    assert set(placeholders.VARIABLES) - used == {"organisation", "next_update"}
    assert set(placeholders.EXAMPLES) == set(placeholders.VARIABLES)


def test_what_ships_passes_the_draft_check_of_its_kind_once_it_is_filled_in() -> None:
    known = Context(
        number_cited=False, allow=frozenset({"help@northwind.example"}), known_names=frozenset(), cause_established=True,
        recovered=True, fields=frozenset({"what_happened", "why_it_happened", "what_changes", "next_update_at"}),
    )  # fmt: skip
    for one in shipped():
        words = said(one)
        parts = [words.get(part, "") for part in wording.texts_of(one.kind)]
        promise = wording.promise(START, "UTC") if one.kind not in ("resolution", "post_mortem", "direct") else ""
        found = draft_check.check("\n\n".join(filter(None, [*parts, promise])), one.kind, known).findings
        assert [(one.name, finding.rule, finding.text) for finding in found] == []
        assert not any("[" in text or "{" in text for text in words.values())


def test_each_failure_that_is_rehearsed_has_a_first_message() -> None:
    found = {(one.category, one.scenario) for one in shipped() if one.kind == "holding" and one.is_active}

    assert {("bulk_send", ""), ("auth_cascade", ""), ("prompt_injection", "")} <= found


def test_filled_with_the_example_values_what_ships_passes_the_draft_check_too() -> None:
    for one in shipped():
        read = template_words.read(one)
        assert [(one.name, passage.finding.rule, passage.finding.text) for passage in read.shown] == []
        assert set(read.words) == set(one.texts())
        assert not any("[" in text or "{" in text for text in read.words.values())


def test_what_ships_is_what_the_operation_accepts(ada: User) -> None:
    for one in shipped():
        same = {name: getattr(one, name) for name in template.FIELDS}
        assert template.change(one, by=ada, seen_version=1, **same).version == 1


# --- Variables ------------------------------------------------------------------------------------


def test_what_nobody_knows_stays_visible_in_square_brackets() -> None:
    assert placeholders.fill("{agent} has {saw}.", {"agent": "our bot"}) == "Our bot has [what people saw]."
    assert placeholders.fill("It is {agent}. {agent}", {"agent": "our bot"}) == "It is our bot. Our bot"
    assert list(placeholders.left_in("[what people saw] and [What people saw it do], [sic]")) == ["what people saw"]
    assert placeholders.unknown("{agent} {wonder} {}") == ["wonder", ""]
    assert placeholders.brackets("[a link](https://x.example) [number]") == ["[number]"]


def test_a_draft_begins_with_it_and_cannot_go_out_before_all_is_filled_in(
    ready_to_speak: Incident, ada: User, refused: Any
) -> None:
    best = StatementTemplate.objects.fitting(ready_to_speak, "holding")[0]
    begun = statement.begin(ready_to_speak, "holding", by=ada, template=best)

    assert states.last_log().details["template"] == best.pk
    assert begun.headline == "Our Support assistant has [what people saw]"
    assert best.scenario == "mass_failure"
    missing = [item.sentence for item in guards.missing(begun)]
    assert "Fill in [what people saw]" in missing
    with refused(Incomplete) as refusal:
        submission.submit(begun, by=ada, seen_version=begun.version)
    assert {"Fill in [what they should do]", "Fill in [since when]"} <= set(refusal.missing)

    words = states.words(ready_to_speak, "holding")
    done = statement.edit(begun, by=ada, seen_version=1, **words)
    assert guards.missing(done) == []


def test_an_update_keeps_what_the_template_does_not_say(published: Approval, ada: User) -> None:
    assert published.incident is not None
    quiet = StatementTemplate.objects.get(name="Update without news")

    begun = statement.begin(states.fresh(published.incident), "update", by=ada, template=quiet)

    assert (begun.headline, begun.affected) == (published.headline, published.affected)
    assert begun.body.startswith(
        "We have nothing new to tell you. We are still investigating [what we are investigating]."
    )


def test_the_template_made_for_most_of_it_is_offered_first(ready_to_speak: Incident, ada: User) -> None:
    both = template.add(
        by=ada, name="Both", kind="holding", category="bulk_send", scenario="mass_failure", headline="X"
    )
    template.add(by=ada, name="Neither", kind="holding", headline="X")
    template.add(by=ada, name="Another scenario", kind="holding", scenario="dispute", headline="X")

    names = [one.name for one in StatementTemplate.objects.fitting(ready_to_speak, "holding")]

    assert names[0] == both.name
    assert set(names[1:3]) == {
        "First message: many people at once",
        "First message: messages that should not have been sent",
    }
    assert names[3:] == ["Neither"]


def test_a_template_that_is_retired_or_of_another_kind_begins_nothing(
    ready_to_speak: Incident, ada: User, refused: Any
) -> None:
    best = StatementTemplate.objects.fitting(ready_to_speak, "holding")[0]
    with refused(WrongState, "is not used for this any more"):
        statement.begin(ready_to_speak, "warning", by=ada, template=best)
    template.retire(best, by=ada)
    with refused(WrongState, "is not used for this any more"):
        statement.begin(ready_to_speak, "holding", by=ada, template=best)


# --- Keeping them ---------------------------------------------------------------------------------


def test_they_are_added_changed_retired_and_restored_with_a_line_in_the_log(ada: User, olga: User) -> None:
    mine = template.add(by=olga, **A_TEMPLATE)
    template.change(mine, by=ada, seen_version=1, body="Other words.")
    template.retire(mine, by=ada)
    template.restore(mine, by=olga)

    logged = list(LogEntry.objects.filter(object_kind__contains="template").order_by("number"))
    assert [one.action for one in logged] == [
        "template.added",
        "template.changed",
        "template.retired",
        "template.restored",
    ]
    assert logged[1].details["fields"] == ["body"]
    assert states.fresh(mine).version == 4


def test_a_save_that_changes_nothing_is_no_version(ada: User) -> None:
    mine = template.add(by=ada, **A_TEMPLATE)
    before = LogEntry.objects.count()

    assert template.change(mine, by=ada, seen_version=1, body=mine.body).version == 1
    assert LogEntry.objects.count() == before


def test_nobody_else_keeps_them(ada: User, ben: User, cleo: User, tom: User, vic: User, refused: Any) -> None:
    mine = template.add(by=ada, **A_TEMPLATE)
    for person in (ben, cleo, tom, vic):
        for act in (
            lambda by: template.add(by=by, **A_TEMPLATE | {"name": "Other"}),
            lambda by: template.change(mine, by=by, seen_version=1, body="x"),
            lambda by: template.retire(mine, by=by),
            lambda by: template.restore(mine, by=by),
        ):
            with refused(NotAllowed, "administrators and communications leads"):
                act(person)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body": "About {agnt} and {x}."}, "Take out {agnt}: there is no such variable"),
        ({"body": "[number] letters"}, "Write [number] as a variable in braces"),
        ({"name": " "}, "Give it a name"),
        ({"name": "a" * 81}, "Shorten the name"),
        ({"name": "Update"}, "There is a template called Update already"),
        ({"kind": "rumour"}, "Choose the kind of statement"),
        ({"category": "rumour"}, "Choose category and scenario from the lists"),
        ({"body": ""}, "Write at least one of the texts"),
        ({"investigating": "We look."}, "Leave “What we are investigating” empty: this kind has no such part"),
        ({"headline": "a" * 201}, "It may have 200"),
        ({"body": "[" * 301}, "opening square brackets"),
    ],
)
def test_what_cannot_be_a_template_is_refused(ada: User, refused: Any, changes: Any, sentence: str) -> None:
    with refused(Incomplete) as refusal:
        template.add(by=ada, **A_TEMPLATE | changes)
    assert any(sentence in one for one in refusal.missing), refusal.missing
    mine = template.add(by=ada, **A_TEMPLATE)
    with refused(Incomplete):
        template.change(mine, by=ada, seen_version=1, **changes)


def test_two_unknown_variables_are_both_named(ada: User, refused: Any) -> None:
    with refused(Incomplete) as refusal:
        template.add(by=ada, **A_TEMPLATE | {"body": "{one} {two}"})
    assert refusal.missing == ["Take out {one}: there is no such variable", "Take out {two}: there is no such variable"]


def test_who_saves_over_somebody_is_shown_what_they_wrote(ada: User, olga: User, refused: Any) -> None:
    mine = template.add(by=ada, **A_TEMPLATE)
    template.change(mine, by=olga, seen_version=1, body="Hers.")

    with refused(Stale, "Somebody changed this template") as refusal:
        template.change(mine, by=ada, seen_version=1, body="Mine.")
    (change,) = refusal.value.difference
    assert (change.label, change.now, change.typed) == ("Message", "Hers.", "Mine.")


def test_retiring_and_restoring_twice_is_refused(ada: User, refused: Any) -> None:
    mine = template.add(by=ada, **A_TEMPLATE)
    with refused(WrongState, "in use"):
        template.restore(mine, by=ada)
    template.retire(mine, by=ada)
    with refused(WrongState, "retired already"):
        template.retire(mine, by=ada)
    template.add(by=ada, **A_TEMPLATE)
    with refused(Incomplete) as refusal:
        template.restore(mine, by=ada)
    assert refusal.missing == ["There is a template called Mine already"]


def test_what_the_check_finds_in_a_template_is_shown_and_does_not_keep_it_from_being_saved(ada: User) -> None:
    mine = template.add(by=ada, **A_TEMPLATE | {"body": "It was a minor glitch of {agent}."})

    (found,) = template_words.read(mine).shown

    assert (found.finding.rule, found.field, found.finding.text) == ("MINIMISE", "body", "minor glitch")
    assert (found.before, found.after) == ("It was a ", " of our Support assistant.")
    assert found.fix is None
    assert template_words.read(mine).stopping == []


def test_what_can_never_go_out_is_in_no_template(ada: User, refused: Any) -> None:
    secret = "The key is AKIA" + "IOSFODNN7EXAMPLE."
    with refused(Incomplete) as refusal:
        template.add(by=ada, **A_TEMPLATE | {"body": secret})
    (sentence,) = refusal.missing
    assert sentence.startswith("Take out “AKIA")
    assert sentence.endswith("That can never go out")

    mine = template.add(by=ada, **A_TEMPLATE)
    with refused(Incomplete, "The template was not changed."):
        template.change(mine, by=ada, seen_version=1, body=secret)


def test_what_a_template_leaves_empty_is_not_missed_in_it(ada: User) -> None:
    mine = template.add(by=ada, name="Mine", kind="holding", what_to_do="If you {situation}, please {action}.")

    assert template_words.read(mine).shown == []
    said = template.change(mine, by=ada, seen_version=1, investigating="It is a fine day.")
    assert [one.finding.rule for one in template_words.read(said).shown] == ["INVEST-MISSING"]


def test_where_no_english_is_written_only_leaks_are_looked_for(ada: User, organisation: Any) -> None:
    organisation.public_language = "de"
    organisation.save()
    mine = template.add(by=ada, **A_TEMPLATE | {"body": "It was a minor glitch of {agent}."})

    assert template_words.read(mine).shown == []
    assert "did not run" in template_words.read(mine).verdict


def test_the_database_keeps_names_apart(ada: User) -> None:
    template.add(by=ada, **A_TEMPLATE)
    for other, broken in ({"name": "Mine"}, "one_template_of_a_name|name"), ({"name": ""}, "template_has_a_name"):
        with pytest.raises(IntegrityError, match=broken), transaction.atomic():
            StatementTemplate.objects.create(kind="update", **other)
