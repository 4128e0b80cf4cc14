"""What counts as saying that something went wrong (R10): plain words for what people see, and not only that one looks into it."""

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
