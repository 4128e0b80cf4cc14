"""A draft as the rules read it, and the way back to what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from incidents.draft_check import normal, sentences


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("“Only” — it’s 5 ﬁles", '"Only" - it\'s 5 files'),
        ("mi\u200bnor\u00ad glitch\ufeff", "minor glitch"),
        ("ｏｎｌｙ", "only"),
        ("Cafe\u0301", "Café"),
        ("a\u00a0b\r\nc", "a b\n\nc"),
        ("five\u2011fold", "five-fold"),
        ("heart \u2764\ufe0f", "heart \u2764"),
    ],
)
def test_what_looks_alike_is_read_alike(typed: str, read: str) -> None:
    assert normal.read(typed).text == read


@pytest.mark.parametrize(
    ("typed", "prose"),
    [
        ("**Only** a _small_ part", "Only a small part"),
        ("a mi**no**r `glitch`", "a minor glitch"),
        ("<p>Only</p> a<br />few", " Only a few"),
        ("snake_case stays", "snake_case stays"),
        ("one\n\n  two   three", "one\ntwo three"),
        ("2 < 3 and 4 > 1", "2 < 3 and 4 > 1"),
    ],
)
def test_prose_has_neither_tags_nor_marks(typed: str, prose: str) -> None:
    assert normal.prose(normal.read(typed)).text == prose


def test_for_leaks_everything_stays_and_lines_run_on() -> None:
    assert normal.running(normal.read("<dana@example.org>\n 4111\n1111")).text == "<dana@example.org> 4111 1111"


def test_a_span_leads_back_to_what_was_typed() -> None:
    typed = "It was — “a **mi\u200bnor** ﬂaw” <b>only</b>."
    read = normal.prose(normal.read(typed))

    for word, original in (("minor", "mi\u200bnor"), ("flaw", "ﬂaw"), ("only", "only")):
        start = read.text.index(word)
        first, last = read.span(start, start + len(word))
        assert typed[first:last] == original


@given(some.text(alphabet=some.characters(codec="utf-8"), max_size=200))
def test_every_character_knows_where_it_stood(typed: str) -> None:
    for read in (normal.read(typed), normal.prose(normal.read(typed)), normal.running(normal.read(typed))):
        assert len(read.text) == len(read.starts) == len(read.ends) == len(read.folded)
        assert all(0 <= start < end <= len(typed) for start, end in zip(read.starts, read.ends, strict=True))
        assert list(read.starts) == sorted(read.starts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We stopped. We are counting! Are you? Yes.", ["We stopped.", "We are counting!", "Are you?", "Yes."]),
        ("Order no. 7 and approx. 5 of them, e.g. Monday's.", ["Order no. 7 and approx. 5 of them, e.g. Monday's."]),
        ("At 9 a.m. UTC Dr. Lee of Example Ltd. Wrote.", ["At 9 a.m. UTC Dr. Lee of Example Ltd. Wrote."]),
        ("It rose. 5 of them did. (Two more.) \"So\" it was.", ["It rose.", "5 of them did.", "(Two more.)", '"So" it was.']),
        ("He said \"no.\" Then he left.", ['He said "no." Then he left.']),
        ("one\ntwo", ["one", "two"]),
        ("version 2.5 of v. small", ["version 2.5 of v. small"]),
    ],
)  # fmt: skip
def test_where_a_sentence_ends(text: str, found: list[str]) -> None:
    lined = sentences.on_lines(text)
    split = sentences.of(lined)

    assert len(lined) == len(text)
    assert [lined[start:end] for start, end in split] == found
    assert [split.at(start) for start, _ in split] == list(range(len(found)))
