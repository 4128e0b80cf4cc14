"""Slow input (S20): hostile drafts into every rule together, and every pattern pumped with its own words.

Timed by what this process computes, at its best of a few tries.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from incidents.draft_check import LIMIT, Context, check
from incidents.draft_check.patterns import Chain, compiled
from incidents.draft_check.rules import PATTERNS, shipped
from tests.quickness import seconds
from tests.security.test_slow_input import HOSTILE

pytestmark = pytest.mark.check("S20")

WHOLE_SECONDS, PATTERN_SECONDS = 0.5, 0.05
# Of four times the text: what is linear takes four times as long, what is square sixteen.
GROWTH, NOISE_SECONDS = 8, 0.02
QUARTER = LIMIT // 4

CONTEXT = Context(
    number_cited=False,
    known_names=frozenset({"Dana River", "Sam"}),
    internal_names=frozenset({"pilot-7", "Sam"}),
    public_names=frozenset({"Dana River chat"}),
    allow=frozenset({"a.b", "c@d.example"}),
    cleared=frozenset({"e.local", *(f"https://f.local/{number}" for number in range(99))}),
)

PHRASES = (
    "we will ", "only a ", "may could be ", "will back ", "A. ", "sorry for any ", "expect recovery ", "1 2 ",
    "4111 1111 1111 ", "no a b c data ", "our the a system agent ", "a-b-", '" a ', "it may be likely the cause ", "a@a.",
    "/var/", "an issue with our provider ", "password: ", "in the next few ", "Dana River ", "a tiny small brief ",
    "take all any, ", "by 10:00 within two ", "https://a", "\u0130", "**a**", "<a ", "impact was minimal; we expect ",
    "we are continuing to ", "refunds will money will ", "between 10:00 and since 11:00 ", "no one two will be again a ",
    "the provider on our ", "c@d.example ", "e.local ", "https://f.local/7 ", "f.local pilot-7 ", "Dana River chat ",
)  # fmt: skip


def drafts() -> dict[str, str]:
    pumped = {phrase: (phrase * LIMIT)[:LIMIT] for phrase in PHRASES}
    return {**{name: text[:LIMIT] for name, text in HOSTILE.items()}, **pumped}


# An update is asked about by most rules. The others take as long again, and are nightly.
STAGES = ["update", *(pytest.param(stage, marks=pytest.mark.nightly) for stage in ("holding", "post_mortem"))]


@pytest.mark.parametrize("stage", STAGES)
def test_the_whole_check_is_done_in_time(stage: str, figures: Callable[..., None]) -> None:
    shipped()
    took = {name: seconds(partial(check, text, stage, CONTEXT), WHOLE_SECONDS) for name, text in drafts().items()}
    quick = {
        name: seconds(partial(check, text[:QUARTER], stage, CONTEXT), 0, tries=2) for name, text in drafts().items()
    }

    assert {name: spent for name, spent in took.items() if spent > WHOLE_SECONDS} == {}
    assert {name: quick[name] for name in took if took[name] > GROWTH * quick[name] + NOISE_SECONDS} == {}
    figures("S20", **{f"slowest_seconds_draft_check_{stage}": round(max(took.values()), 3)})


def chains() -> Iterator[tuple[str, Chain]]:
    for rule in shipped():
        for block in rule.blocks:
            yield from ((f"{rule.id} {key}", chain) for key in PATTERNS for chain in getattr(block, key))


def pumping(chain: Chain) -> Iterator[str]:
    """Long runs of the words that the pattern itself is about."""
    plain = " ".join(re.sub(r"\\.|\[[^\]]*\]|\{[^}]*\}|\(\?[:!=<]+", " ", part.pattern) for part in chain.parts)
    words = re.findall("[a-z']{2,}", plain) or ["a"]
    for run in (words[:1], words[-1:], words[:2], words[::7], [words[0], words[-1]], [words[0], "ly a the"], words):
        text = " ".join(run) + " "
        yield (text * LIMIT)[:LIMIT]


def test_no_pattern_goes_back_for_ever_over_its_own_words() -> None:
    slow = {
        where: text[:40]
        for where, chain in chains()
        for text in pumping(chain)
        if seconds(partial(_all, chain, text), PATTERN_SECONDS) > PATTERN_SECONDS
    }

    assert slow == {}


def _all(chain: Chain, text: str) -> int:
    return sum(1 for _ in chain.spans(text))


def test_the_pumping_would_find_a_bad_one() -> None:
    bad = compiled("(?:in ?|i|n ?){1,40}!", {})

    assert any(
        seconds(partial(_all, bad, text[:60]), PATTERN_SECONDS, tries=1) > PATTERN_SECONDS for text in pumping(bad)
    )
