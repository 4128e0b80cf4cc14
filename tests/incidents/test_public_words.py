"""Words that will be public are kept tidy and short wherever they are typed: in statements, commitments and changes."""

from datetime import timedelta

import pytest

from accounts.forms import LineField
from incidents.models import Submission
from incidents.operations import change, commitment, masthead, statement
from refusals import Incomplete
from tests import states
from tests.conftest import START

# Turned round by U+202E it would read "We will not pay", as it stands it says something else; U+0007 rings a bell.
DISGUISED = "\u202eWe will\u0007 not pay\u202c  "
PLAIN = "We will not pay"


@pytest.fixture
def update(published, ada):
    return states.write(published.incident, "update", by=ada)


@pytest.fixture
def said(tom):
    return {
        "text": "A person releases every letter.",
        "public_owner": "Support team",
        "owner": tom,
        "due_at": START + timedelta(days=10),
        "verification": "Each letter names who released it.",
    }


@pytest.mark.parametrize("part", ["text", "public_owner", "verification"])
def test_a_drafted_commitment_reads_as_it_says(update, ada, said, part):
    made = commitment.draft(update, by=ada, seen_version=update.version, **said | {part: DISGUISED})
    assert getattr(made, part) == PLAIN

    seen = states.fresh(update).version
    assert getattr(commitment.redraft(made, by=ada, seen_version=seen, **{part: DISGUISED}), part) == PLAIN


@pytest.mark.parametrize(("part", "limit"), [("text", 2_000), ("public_owner", 120), ("verification", 2_000)])
def test_a_commitment_is_no_longer_than_its_form_lets_it_be(update, ada, said, refused, part, limit):
    with refused(Incomplete, "cannot be checked") as refusal:
        commitment.draft(update, by=ada, seen_version=update.version, **said | {part: "a" * (limit + 1)})

    (missing,) = refusal.value.missing
    assert missing.anchor == f"id_{part}"
    assert missing.sentence.endswith(f"{limit + 1:,} characters. It may have {limit:,}")
    commitment.draft(update, by=ada, seen_version=update.version, **said | {part: "a" * limit})


@pytest.mark.parametrize("part", ["text", "public_owner", "verification"])
def test_a_part_of_nothing_but_marks_that_nobody_sees_is_missing(update, ada, said, refused, part):
    with refused(Incomplete) as refusal:
        commitment.draft(update, by=ada, seen_version=update.version, **said | {part: "\u202e\u0007 \u202c"})

    assert refusal.missing == [commitment.PARTS[part]]


def test_a_change_reads_as_it_says(commitment, tom):
    made = change.propose(commitment, "amendment", by=tom, new_text=DISGUISED, public_reason=DISGUISED)

    assert (made.new_text, made.public_reason) == (PLAIN, PLAIN)
    assert Submission.objects.get(change=made).content["public_reason"] == PLAIN


@pytest.mark.parametrize("field", ["new_text", "public_reason"])
def test_a_change_is_no_longer_than_its_form_lets_it_be(commitment, tom, refused, field):
    given = {"new_text": "Another text.", "public_reason": "The printer is late."} | {field: "a" * 2_001}
    with refused(Incomplete, "cannot go to an approver") as refusal:
        change.propose(commitment, "amendment", by=tom, **given)

    assert [missing.anchor for missing in refusal.value.missing] == [f"id_{field}"]


def test_a_reason_of_nothing_but_marks_that_nobody_sees_is_missing(commitment, tom, refused):
    with refused(Incomplete) as refusal:
        change.propose(commitment, "withdrawal", by=tom, public_reason="\u202e\u0007 \u202c")

    assert [missing.anchor for missing in refusal.value.missing] == ["id_public_reason"]


@pytest.mark.parametrize("words", ["1. " * 3_000, "- " * 4_000 + "x", ">" * 9_000])
def test_lists_nested_without_end_are_refused_when_they_are_saved(holding, ada, refused, words):
    """The approver would be the first to meet it otherwise, and could do nothing about it."""
    with refused(Incomplete, "cannot be saved") as refusal:
        statement.edit(holding, by=ada, seen_version=holding.version, body=words)

    (missing,) = refusal.value.missing
    assert "nested too deeply" in missing.sentence
    assert (missing.view, missing.anchor) == ("desk:statement", "id_body")


def test_lists_nested_without_end_come_back_to_the_page_with_the_words_typed(holding, ada, client_of):
    words = "1. " * 100 + "x"
    answer = client_of(ada).post(f"/desk/statements/{holding.pk}/", {"version": holding.version, "body": words})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "nested too deeply" in page
    assert words in page
    assert "#id_body" in page


def test_a_public_name_reads_as_it_says(organisation, component, olga):
    masthead.found(organisation, by=olga)
    asked = masthead.propose("organisation", {"name": DISGUISED}, by=olga)

    assert asked.content == {"name": PLAIN}


def test_a_name_typed_into_any_form_reads_as_it_says():
    assert LineField().clean(f"{DISGUISED}\t\u2066today\u2069\ufeff") == f"{PLAIN} today"
