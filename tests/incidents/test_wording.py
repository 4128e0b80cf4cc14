"""How the public words are put together, tidied and compared."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from incidents import wording
from incidents.wording import Run

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
    assert wording.compose(["One.", "", "Two."], AT, "UTC", now=AT).split("\n\n") == [
        "One.",
        "Two.",
        "We will post the next update here by 15:30 UTC, even if there is nothing new.",
    ]
    assert wording.compose(["One."], None, "UTC", now=AT) == "One."


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


def test_the_difference_is_by_words():
    assert wording.difference("We sent 212 letters today.", "We sent 203 letters yesterday.") == [
        Run("same", "We sent"),
        Run("delete", " 212"),
        Run("insert", " 203"),
        Run("same", " letters"),
        Run("delete", " today."),
        Run("insert", " yesterday."),
    ]


def test_nothing_before_is_all_new_and_nothing_after_is_all_gone():
    assert wording.difference("", "New words.") == [Run("insert", "New words.")]
    assert wording.difference("Old words.", "") == [Run("delete", "Old words.")]
    assert wording.difference("", "") == []
    assert not wording.changed(wording.difference("Same words.", "Same words."))


def test_the_difference_in_plain_text():
    runs = wording.difference("We sent 212 letters.\n\nMore soon.", "We sent 203 letters.\n\nMore soon.")
    assert wording.marked(runs) == "We sent [-212-] {+203+} letters.\n\nMore soon."
    assert wording.marked(wording.difference("Old. Same.", "Same.")) == "[-Old.-] Same."


texts = some.lists(some.sampled_from(["we", "sent", "212", "letters.", "\n\n", "to", "—", "<b>"]), max_size=30).map(
    " ".join
)


@given(texts, texts)
def test_the_runs_spell_the_new_text_exactly_and_the_words_of_the_old(old, new):
    runs = wording.difference(old, new)
    assert "".join(run.text for run in runs if run.kind != "delete") == new
    assert " ".join(run.text for run in runs if run.kind != "insert").split() == old.split()
    assert all(run.text for run in runs)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 5_000, "b " * 5_000),
        ("a b " * 2_500, "b a " * 2_500),
        ("a " * 5_000, "a " * 4_000 + "b " * 1_000),
        (" ".join(map(str, range(2_000))), " ".join(map(str, reversed(range(2_000))))),
        ("x" * 10_000, "y" * 10_000),
    ],
)
def test_no_two_texts_take_half_a_second_to_compare(old, new):
    began = time.process_time()
    runs = wording.difference(old[:10_000], new[:10_000])
    assert time.process_time() - began < 0.5
    assert "".join(run.text for run in runs if run.kind != "delete") == new[:10_000]


@pytest.mark.parametrize(
    ("names", "said"),
    [([], "nobody"), (["Ada"], "Ada"), (["Ada", "Ben"], "Ada or Ben"), (["Ada", "Ben", "Cleo"], "Ada, Ben or Cleo")],
)
def test_names_are_listed_as_one_says_them(names, said):
    assert wording.listed(names) == said
