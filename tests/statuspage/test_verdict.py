"""The sentence at the top. U06: never a false all-clear."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statuspage.edition import build
from statuspage.record import SEVERITY
from statuspage.verdict import TRUSTED_FOR, component_states, verdict
from tests.statuspage.chronicle import REFUNDS, TRIAGE, Chronicle

ALL_CLEAR = "All services are working"
STATUSES = ("investigating", "identified", "monitoring", "resolved")


def said(story, *, confirmed=19.0, now=20.0):
    return verdict(story.record, None if confirmed is None else story.at(confirmed), story.at(now))


@pytest.fixture
def story():
    chronicle = Chronicle()
    chronicle.masthead()
    return chronicle


def test_all_is_working_when_nothing_is_open_and_that_was_confirmed_lately(story):
    assert said(story).sentence == ALL_CLEAR


@pytest.mark.check("U06")
@pytest.mark.parametrize(
    ("age", "clear"),
    [
        (timedelta(0), True),
        (TRUSTED_FOR - timedelta(microseconds=1), True),
        (TRUSTED_FOR, False),
        (-timedelta(seconds=1), False),
    ],
    ids=["now", "just young enough", "fifteen minutes", "from the future"],
)
def test_a_confirmation_is_trusted_for_less_than_fifteen_minutes(story, age, clear):
    now = story.at(60)
    found = verdict(story.record, now - age, now)

    assert found.is_all_clear is clear
    assert (found.sentence == ALL_CLEAR) is clear


def test_an_old_confirmation_is_named_instead(story):
    found = said(story, confirmed=0, now=40)

    assert found.confirmed_at == story.at(0)
    assert found.sentence == "We may not have the newest information."


def test_nothing_is_claimed_before_the_first_confirmation(story):
    assert "has not been confirmed yet" in said(story, confirmed=None).sentence


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ({REFUNDS: "degraded"}, "Refund agent: degraded"),
        ({TRIAGE: "major_outage"}, "Triage agent: down"),
        ({REFUNDS: "degraded", TRIAGE: "degraded"}, "Refund agent and Triage agent: degraded"),
        (
            {REFUNDS: "maintenance", TRIAGE: "partial_outage"},
            "Refund agent: being maintained. Triage agent: partly down",
        ),
        ({REFUNDS: "operational"}, "One incident is open"),
    ],
)
def test_an_open_incident_decides_the_sentence(story, states, sentence):
    story.publish(10, components=states)

    assert said(story).sentence == sentence


def test_many_services_are_counted(story):
    story.masthead(1, components={f"c{number}": f"Agent {number}" for number in range(5)})
    story.publish(10, components={f"c{number}": "degraded" for number in range(3)})

    assert said(story).sentence == "3 of 5 services are disrupted"


def test_without_a_fresh_confirmation_no_service_is_called_working(story):
    assert set(component_states(story.record, story.at(0), story.at(40)).values()) == {"unknown"}


publications = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from(STATUSES),
        st.dictionaries(st.sampled_from([REFUNDS, TRIAGE]), st.sampled_from(SEVERITY)),
    ),
    max_size=8,
)
ages = st.none() | st.integers(min_value=-1800, max_value=3600)  # seconds


@pytest.mark.check("U06")
@given(publications, ages)
@settings(max_examples=150, deadline=None)
def test_never_a_false_all_clear(published, age):
    story = Chronicle()
    story.masthead()
    for at, (incident, status, states) in enumerate(published):
        story.publish(at, incident, status=status, components=states)
    now = story.at(100)
    confirmed_at = None if age is None else now - timedelta(seconds=age)

    last = {incident: status for incident, status, _ in published}
    is_clear = all(status == "resolved" for status in last.values()) and age is not None and 0 <= age < 900
    found = verdict(story.record, confirmed_at, now)
    states = component_states(story.record, confirmed_at, now)

    assert found.is_all_clear is is_clear
    assert (found.sentence == ALL_CLEAR) is is_clear
    assert not is_clear or set(states.values()) == {"operational"}


@pytest.mark.check("U06")
@given(publications, ages)
@settings(max_examples=25, deadline=None)
def test_the_page_itself_says_all_clear_only_when_it_is_so(published, age):
    story = Chronicle()
    story.masthead()
    for at, (incident, status, states) in enumerate(published):
        story.publish(at, incident, status=status, components=states)
    now = story.at(100)
    confirmed_at = None if age is None else now - timedelta(seconds=age)

    html = build(story.record, confirmed_at, now).hot["/"].body.decode()

    assert (ALL_CLEAR in html) is verdict(story.record, confirmed_at, now).is_all_clear
