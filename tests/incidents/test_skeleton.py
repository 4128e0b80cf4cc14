"""The sentences of a first message, written from a few answers: however they are typed, they fit and pass the draft check."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import draft_check, skeleton, wording
from incidents.draft_check import Context
from incidents.skeleton import Answers
from tests.conftest import START

SINCE = START - timedelta(hours=1)
SAW = [
    "sent refund letters to the wrong people", "approved refunds outside our policy",
    "has named dates that no carrier had confirmed",
    "told customers that their contract had ended", "is answering every message twice", "cannot read attached files",
    "does not answer", "people received letters that were meant for others", "some customers were charged twice",
    "it was down", "been rude to people who asked for help", "booked the same visit for two families",
]  # fmt: skip
CONTAINED = [
    "stopped all letters",
    "switched it off",
    "held every answer until a person has read it",
    "we have paused the refunds",
]
INVESTIGATING = [
    "why it used an old list, and who was written to",
    "how many people were charged",
    "we are investigating what it said",
]
OPEN = ["how many letters were opened", "whether anybody was charged twice", "we do not know yet why it began"]
SITUATION = ["received a letter you did not expect", "you were charged twice", "if you asked for a refund since Monday"]
ACTION = ["delete it", "please write to help@northwind.example", "keep the letter and wait for our next message"]
AFFECTED = ["customers who asked for a refund since Monday", "We do not know yet how many people."]


def mangled(text: str) -> "st.SearchStrategy[str]":
    """As hurried people type it."""
    return st.sampled_from(
        [text, f"{text}.", f"  {text} ", text[:1].upper() + text[1:], f"{text[:1].upper()}{text[1:]}.", f"{text}..", f"{text};",
         text.replace(" ", "  ", 2), text.replace(" ", "\n", 1)]
    )  # fmt: skip


def one_of(texts: list[str]) -> "st.SearchStrategy[str]":
    return st.sampled_from(texts).flatmap(mangled)


ANSWERS = st.builds(
    Answers,
    saw=one_of(SAW),
    since=st.sampled_from([SINCE, SINCE - timedelta(days=2), None]),
    contained=one_of(CONTAINED),
    investigating=one_of(INVESTIGATING),
    open_point=one_of(OPEN),
    situation=one_of(SITUATION),
    action=one_of(ACTION),
    affected=one_of(AFFECTED),
)
AGENTS = ["Support assistant", "Refund agent", "Otto", "The letter desk", "Our chatbot", "Letters 2.0"]


def write(said: Answers, agent: str = "Support assistant") -> dict[str, str]:
    return skeleton.write(said, agent=agent, zone="Europe/Berlin", now=START)


def message(said: Answers, agent: str = "Support assistant") -> str:
    """As the public reads it, with the promise."""
    parts = {field: write(said, agent)[field] for field in wording.PARTS["holding"]}
    return wording.compose(parts, START + timedelta(minutes=40), "Europe/Berlin", now=START)


def findings(said: Answers, agent: str, kind: str = "holding") -> list[tuple[str, str]]:
    written = write(said, agent)
    text = "\n\n".join([written["headline"], message(said, agent), written["affected"], written["what_to_do"]])
    known = Context(
        number_cited=False,
        allow=frozenset({"help@northwind.example"}),
        known_names=frozenset({"Ada Brandt", "Ben Okafor"}),
        fields=frozenset({"what_happened", "why_it_happened", "what_changes", "next_update_at"}),
    )
    return [(one.rule, one.text) for one in draft_check.check(text, kind, known).findings if one.is_blocking]


def test_the_whole_skeleton_reads_as_the_specification_says() -> None:
    said = Answers(
        saw="sent refund letters to the wrong people",
        since=SINCE,
        contained="stopped all letters",
        investigating="why it used an old list, and who was written to",
        open_point="how many letters were opened",
        situation="received a letter you did not expect",
        action="delete it",
        affected="customers who asked for a refund since Monday",
    )

    assert message(said) == (
        "Since 14:16 UTC (15:16 CET) our Support assistant has sent refund letters to the wrong people.\n\n"
        "We have stopped all letters.\n\n"
        "We are investigating why it used an old list, and who was written to. We do not yet know how many letters were opened.\n\n"
        "We will post the next update here by 15:56 UTC (16:56 CET), even if there is nothing new."
    )
    written = write(said)
    assert written["headline"] == "Support assistant has sent refund letters to the wrong people"
    assert written["what_to_do"] == "If you received a letter you did not expect, please delete it."
    assert written["affected"] == "Customers who asked for a refund since Monday."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Sent two letters.", "our Support assistant has sent two letters."),
        ("it sent two letters", "our Support assistant has sent two letters."),
        ("Support assistant sent two letters", "our Support assistant has sent two letters."),
        ("Our support assistant has sent two letters!", "our Support assistant has sent two letters."),
        ("is sending letters twice", "our Support assistant has been sending letters twice."),
        ("can’t open files", "our Support assistant has been unable to open files."),
        ("doesn’t answer", "our Support assistant doesn’t answer."),
        ("People got two letters", "people got two letters."),
        ("API errors shown to everybody", "our Support assistant has API errors shown to everybody."),
        ("told people “you are blocked.”", "our Support assistant has told people “you are blocked.”"),
    ],
)  # fmt: skip
def test_the_first_sentence_fits_however_its_answer_begins(typed: str, sentence: str) -> None:
    assert write(Answers(saw=typed, since=SINCE))["acknowledgement"] == f"Since 14:16 UTC (15:16 CET) {sentence}"


@pytest.mark.parametrize(
    ("name", "said"),
    [("Support assistant", "our Support assistant"), ("Otto", "Otto"), ("The letter desk", "the letter desk"),
     ("Our bot", "our bot")],
)  # fmt: skip
def test_an_agent_is_called_by_its_public_name(name: str, said: str) -> None:
    assert (
        write(Answers(saw="failed", since=SINCE), name)["acknowledgement"]
        == f"Since 14:16 UTC (15:16 CET) {said} has failed."
    )


@pytest.mark.parametrize(
    ("situation", "action", "sentence"),
    [
        ("You got one.", "Please delete it.", "If you got one, please delete it."),
        ("", "delete what you received", "Please delete what you received."),
        ("somebody called you", "hang up", "If somebody called you, please hang up."),
        ("have paid", "you need do nothing", "If you have paid, you need do nothing."),
        ("got one", "", ""),
    ],
)
def test_what_to_do_is_one_sentence(situation: str, action: str, sentence: str) -> None:
    assert write(Answers(situation=situation, action=action))["what_to_do"] == sentence


def test_without_a_time_it_still_says_that_something_went_wrong() -> None:
    assert (
        write(Answers(saw="Sent letters."))["acknowledgement"]
        == "We are aware that our Support assistant has sent letters."
    )


def test_an_answer_that_is_not_given_leaves_its_sentence_out() -> None:
    assert set(write(Answers()).values()) == {""}
    assert write(Answers(open_point="why"))["investigating"] == "We do not yet know why."
    assert write(Answers(investigating="why"))["investigating"] == "We are investigating why."


def test_a_headline_is_left_empty_rather_than_cut_off() -> None:
    assert write(Answers(saw="sent " + "very " * 40 + "wrong letters"))["headline"] == ""


@settings(deadline=None)
@given(said=ANSWERS, agent=st.sampled_from(AGENTS))
def test_ordinary_answers_pass_the_draft_check(said: Answers, agent: str) -> None:
    assert findings(said, agent) == []


@pytest.mark.parametrize(("saw", "agent"), list(product(SAW, AGENTS)))
def test_whatever_went_wrong_counts_as_an_acknowledgement(saw: str, agent: str) -> None:
    for since in (SINCE, None):
        said = Answers(saw=saw, since=since, investigating="why", affected="Everybody.")
        assert findings(said, agent) == findings(said, agent, "warning") == []


@given(said=ANSWERS, agent=st.sampled_from(AGENTS))
def test_every_sentence_begins_with_a_capital_and_ends_once(said: Answers, agent: str) -> None:
    for field, text in write(said, agent).items():
        assert "  " not in text
        assert "\n" not in text
        assert ".." not in text
        assert text[:1] == text[:1].upper()
        assert field == "headline" or text[-1:] in {".", ""}
        for opening in ("we have we have", "has has", "please please", "if you you", "if if", "investigating we"):
            assert opening not in text.lower()


ANYTHING: Any = st.text(max_size=80)


@given(st.builds(Answers, **dict.fromkeys(
    ("saw", "contained", "investigating", "open_point", "situation", "action", "affected"), ANYTHING
)), ANYTHING)  # fmt: skip
def test_nothing_that_can_be_typed_breaks_it(said: Answers, agent: str) -> None:
    assert all(isinstance(text, str) for text in write(said, agent).values())
