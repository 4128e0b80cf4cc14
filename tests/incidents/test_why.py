"""Why it happened: a resolution may leave it open until a date, a post-mortem says it (R17)."""

from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Organisation, User
from incidents.draft_check import Context, check
from incidents.models import Statement
from incidents.operations import guards, statement, why
from tests import states

OPEN = [
    "It is not established yet.",
    "This is still unknown.",
    "Why it wrote to them is not yet clear.",
    "The cause has not been determined.",
    "The root cause remains unclear.",
    "We do not yet know why the old list was read.",
    "We don\u2019t know what caused it.",
    "We have not established the cause.",
    "We cannot say why.",
    "We are still investigating what led to this.",
    "The reason has yet to be established.",
    "The matter is still under investigation.",
    "The old list was read. Why that was possible is not known.",
]
SAID = [
    "An old list was read, because nothing compared it with the new one.",
    "The agent did not know that the list was old.",
    "It was not clear to the agent whom it wrote to. Our check did not say.",
    "The cause was not found until Tuesday: a cache was never emptied.",
    "Nobody had established who owns the list.",
    "The rule said that unknown customers are skipped.",
    "",
]


def missing(kind: str, words: str) -> list[str]:
    draft: Any = SimpleNamespace(kind=kind, why_it_happened=words, pk=1)
    return [item.sentence for item in why.missing(draft)]


@pytest.mark.parametrize("words", OPEN)
def test_a_post_mortem_does_not_leave_it_open(words: str) -> None:
    (said,) = missing("post_mortem", f"{words} We will say by 24 November 2026.")
    assert said.startswith("Say why it happened. A post-mortem does not leave it open")


@pytest.mark.parametrize("words", OPEN)
def test_a_resolution_leaves_it_open_until_a_date(words: str) -> None:
    (said,) = missing("resolution", f"{words} It began on 3 November. We will say soon.")
    assert said.startswith("Give the date by which you will say why it happened")
    for promise in (
        "We will say by 12:00 UTC on 24 November.",
        "By 2026-11-24 we say so here.",
        "We\u2019ll publish it on November 24.",
        "You will read it here on Friday.",
    ):
        assert missing("resolution", f"{words} {promise}") == []


@pytest.mark.parametrize("words", SAID)
def test_what_says_why_is_left_alone(words: str) -> None:
    assert missing("post_mortem", words) == missing("resolution", words) == []


@pytest.mark.parametrize("kind", ["update", "correction", "holding"])
def test_nothing_else_has_to_say_why(kind: str) -> None:
    assert missing(kind, OPEN[0]) == []


def test_without_an_answer_a_post_mortem_is_stopped_for_good_and_a_resolution_by_its_field() -> None:
    """D10: the finding of an empty field is overridden by nobody, and filling it with "not known" is no way round."""
    text = "Our agent sent 858 emails instead of one for each person."
    context = Context(cause_established=True, fields=frozenset({"what_happened", "what_changes"}))

    for stage, blocks in (("post_mortem", True), ("resolution", False)):
        (finding,) = [one for one in check(text, stage, context).findings if one.rule == "THREE-QUESTIONS"]
        assert (finding.missing, finding.is_blocking) == (("why_it_happened",), blocks)
        assert not finding.can_be_overridden
        assert guards.NEEDED[Statement.Kind(stage)]["why_it_happened"].startswith("Say why it happened")
    assert missing("post_mortem", "Why is not known.")


@pytest.mark.django_db
def test_it_stands_between_a_resolution_and_its_approver(
    published: Any, ada: User, cleo: User, rosa: User, tom: User, client_of: Any
) -> None:
    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    about = states.fresh(published.incident)
    draft = states.write(about, "resolution", by=ada, why_it_happened="It is not established yet.")
    asked = "Give the date by which you will say why it happened: “It is not established yet.”"

    assert asked in [item.sentence for item in guards.missing(draft)]
    assert asked in client_of(ada).get(f"/desk/statements/{draft.pk}/").text

    dated = statement.edit(
        draft,
        by=ada,
        seen_version=draft.version,
        why_it_happened="It is not established yet. We will say by 24 November.",
    )
    assert asked not in [item.sentence for item in guards.missing(dated)]


@pytest.mark.django_db
def test_in_another_language_the_phrases_are_not_asked_for(
    published: Any, ada: User, cleo: User, rosa: User, tom: User
) -> None:
    states.recover(published.incident, commander=cleo, reporter=rosa, confirmer=tom)
    draft = states.write(states.fresh(published.incident), "resolution", by=ada, why_it_happened=OPEN[0])
    Organisation.objects.update(public_language="de")

    assert not [
        item for item in guards.missing(Statement.objects.get(pk=draft.pk)) if "by which you will" in item.sentence
    ]
