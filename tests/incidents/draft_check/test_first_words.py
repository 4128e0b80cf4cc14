"""What counts as saying that something went wrong (R10), and what as naming its cause (R15): families of plain words."""

import pytest

from incidents import draft_check
from incidents.draft_check import Context

FILLED = Context(fields=frozenset({"next_update_at"}))


def is_missing(text: str) -> bool:
    found = draft_check.check(text, "holding", FILLED).findings
    return "ACK-MISSING" in {finding.rule for finding in found}


@pytest.mark.parametrize(
    "text",
    [
        "The booking chat is down.",
        "Answers to parcel questions are delayed.",
        "Our letters service is currently unavailable.",
        "The voice line is not answering.",
        "Refunds were offline from 09:00 UTC.",
        "We are looking into an outage: the refund chat went down at noon.",
        "We are investigating an outage of the voice line.",
        "We are investigating a major disruption of all bookings.",
        "We are experiencing an unusually high number of booking failures.",
        "The refund chat shows elevated rates of errors.",
        "The voice line answers every call with errors.",
    ],
)
def test_plain_words_for_what_people_see_acknowledge_it(text: str) -> None:
    assert not is_missing(text)


@pytest.mark.parametrize(
    "text",
    [
        "We are investigating an issue.",
        "We are looking into this.",
        "Our team is working on it and will update you.",
        "Everything is working.",
        "The next update is due at noon.",
    ],
)
def test_that_one_looks_into_it_does_not(text: str) -> None:
    assert is_missing(text)


# The cause (R15)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("The underlying issue is with a part of our sign-in service.", True),
        ("The main problem, which slows some chats, lies in the address book.", True),
        ("The actual fault was within our cache.", True),
        ("The underlying issue is not known yet.", False),
        ("We are looking for the underlying issue.", False),
        ("The main problem for people is that no answer comes.", False),
    ],
)
def test_naming_where_the_trouble_lies_names_a_cause(text: str, speaks: bool) -> None:
    found = draft_check.check(text, "update", FILLED).findings
    assert ("SPECULATE" in {finding.rule for finding in found}) is speaks
