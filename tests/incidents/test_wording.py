"""How the public words are put together, tidied and compared."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from incidents import wording
from incidents.wording import Run
from tests.quickness import seconds

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (AT.replace(hour=9), "by 15:30 UTC (16:30 CET), even"),
        (AT.replace(day=19), "by 20 November 2026, 15:30 UTC (16:30 CET), even"),
        (None, "by 20 November 2026, 15:30 UTC (16:30 CET), even"),
    ],
)
def test_the_promise_has_both_times_and_a_date_when_it_is_another_day(now, said):
    sentence = wording.promise(AT, "Europe/Berlin", now=now)
    assert sentence == f"We will post the next update here {said} if there is nothing new."


def test_the_message_is_its_parts_and_the_promise_last():
    assert wording.compose({"body": "One.", "investigating": "", "what_changes": "Two."}, AT, "UTC", now=AT).split(
        "\n\n"
    ) == [
        "One.",
        "### What prevents a repeat",
        "Two.",
        "We will post the next update here by 15:30 UTC, even if there is nothing new.",
    ]
    assert wording.compose({"body": "One."}, None, "UTC", now=AT) == "One."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("  a  \n  b  \n\n", "a\n  b"),
        ("safe\u202etxt", "safetxt"),
        ("\u2066a\u2069\u200e\u200f\u061cb", "ab"),
        ("a\x00\x07\x1bb\ufeff", "ab"),
        ("Cafe\u0301", "Café"),
        ("a\tb", "a\tb"),
    ],
)
def test_tidying_takes_out_what_deceives_and_keeps_what_was_said(typed, kept):
    assert wording.tidy(typed) == kept


SAID = (
    "Today our agent approved refunds that our policy does not allow, and told customers that the decision was final.",
    "We have stopped it: a person now decides every refund.",
    "We are investigating which refunds are concerned and who was told what.",
    "We will post the next update here by 16:12 UTC (17:12 CET), even if there is nothing new.",
)
SAYS = (
    "It was reading a draft of next year’s policy, which allows refunds up to €400 without a person. "
    "The draft has been taken out, and refunds are still decided by people only."
)
NEXT = "We will post the next update here by 17:47 UTC (18:47 CET), even if there is nothing new."


def test_the_difference_is_by_words():
    assert wording.difference("We sent 212 letters today.", "We sent 203 letters today.") == [
        Run("same", "We sent"),
        Run("delete", " 212"),
        Run("insert", " 203"),
        Run("same", " letters today."),
    ]


def test_a_word_that_happens_to_be_in_both_is_not_picked_out_of_what_was_written_anew():
    runs = wording.difference("\n\n".join(SAID), f"{SAYS}\n\n{NEXT}")

    assert runs == [
        Run("delete", "\n\n".join(SAID[:3])),
        Run("insert", SAYS),
        Run("same", "\n\nWe will post the next update here by"),
        Run("delete", " 16:12 UTC (17:12"),
        Run("insert", " 17:47 UTC (18:47"),
        Run("same", " CET), even if there is nothing new."),
    ]


def test_three_words_between_two_small_changes_stay_and_between_two_large_ones_do_not():
    small = wording.difference("On 4 May we sent letters to 212 people.", "On 5 May we sent letters to 203 people.")
    assert [run.text for run in small if run.kind == "same"] == ["On", " May we sent letters to", " people."]

    before, after = "one two three four five six seven", "eins zwei drei vier fuenf sechs sieben"
    said = "It is said here, in these very words and no others:"
    large = wording.difference(f"{said} {before} as we know {before}.", f"{said} {after} as we know {after}.")
    assert [run.text for run in large if run.kind == "same"] == [said]


def test_a_paragraph_is_compared_with_the_one_it_became_and_not_with_its_neighbours():
    old = "We stopped the agent at noon today.\n\nNo letter has gone out since then."
    new = "We stopped the agent at noon today.\n\nA person reads each one.\n\nNo letter at all has gone out since then."

    assert wording.difference(old, new) == [
        Run("same", "We stopped the agent at noon today."),
        Run("insert", "\n\nA person reads each one."),
        Run("same", "\n\nNo letter"),
        Run("insert", " at all"),
        Run("same", " has gone out since then."),
    ]


def test_what_is_added_to_a_paragraph_leaves_its_old_words_standing():
    runs = wording.difference("Do not pay.", "Do not pay. We will write to each of you before the end of this week.")
    assert runs[0] == Run("same", "Do not pay.")
    assert [run.kind for run in runs] == ["same", "insert"]


def test_a_space_that_changes_is_a_change():
    runs = wording.difference("One two three four.", "One two\nthree four.")
    assert runs == [Run("same", "One two"), Run("delete", " "), Run("insert", "\n"), Run("same", "three four.")]
    assert wording.changed(runs)


def test_nothing_before_is_all_new_and_nothing_after_is_all_gone():
    assert wording.difference("", "New words.") == [Run("insert", "New words.")]
    assert wording.difference("Old words.", "") == [Run("delete", "Old words.")]
    assert wording.difference("", "") == []
    assert not wording.changed(wording.difference("Same words.", "Same words."))


def test_the_difference_in_plain_text():
    runs = wording.difference("We sent 212 letters.\n\nMore soon.", "We sent 203 letters.\n\nMore soon.")
    assert wording.marked(runs) == "We sent [-212-] {+203+} letters.\n\nMore soon."
    assert wording.marked(wording.difference("Old. Same.", "Same.")) == "[-Old.-] Same."


texts = some.lists(
    some.sampled_from(["we", " ", "sent", " 212", " letters.", "\n", "\n\n", " to", " —", " <b>"]), max_size=40
).map("".join)


@given(texts, texts)
def test_the_runs_spell_both_texts_exactly(old, new):
    runs = wording.difference(old, new)
    assert "".join(run.text for run in runs if run.kind != "insert") == old
    assert "".join(run.text for run in runs if run.kind != "delete") == new
    assert all(run.text for run in runs)
    assert all(one.kind != other.kind for one, other in pairwise(runs))
    assert wording.changed(runs) == (old != new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 5_000, "b " * 5_000),
        ("a b " * 2_500, "b a " * 2_500),
        ("a " * 5_000, "a " * 4_000 + "b " * 1_000),
        (" ".join(map(str, range(2_000))), " ".join(map(str, reversed(range(2_000))))),
        ("x" * 10_000, "y" * 10_000),
        ("a b " * 2_500, "a b c " * 33),
        ("a\n\n" * 3_333, "b\n\n" * 3_333),
        ("a b c d\n\n" * 49, "a b d c e\n\n" * 49),
        (("the a " * 100 + "\n\n") * 16, ("a the " * 100 + "x\n\n") * 16),
    ],
)
def test_no_two_texts_take_half_a_second_to_compare(old, new):
    old, new = old[:10_000], new[:10_000]
    assert seconds(lambda: wording.difference(old, new)) < 0.5
    runs = wording.difference(old, new)
    assert "".join(run.text for run in runs if run.kind != "delete") == new
    assert "".join(run.text for run in runs if run.kind != "insert") == old


@pytest.mark.parametrize(
    ("names", "said"),
    [([], "nobody"), (["Ada"], "Ada"), (["Ada", "Ben"], "Ada or Ben"), (["Ada", "Ben", "Cleo"], "Ada, Ben or Cleo")],
)
def test_names_are_listed_as_one_says_them(names, said):
    assert wording.listed(names) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Two lines,\n  one text.", "Two lines, one text."),
        ("We stopped it before it left.", "We stopped it before…"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrt…"),
        ("A Donaudampfschifffahrtsgesellschaft", "A Donaudampfschifffah…"),
    ],
)
def test_the_beginning_of_a_text_is_cut_between_words_where_there_are_any(text, said):
    assert wording.begun(text, 22) == said
