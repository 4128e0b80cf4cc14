"""A room with much in it shows what matters most, says what it leaves out, and leads to the whole."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse

import clock
from incidents.models import Fact
from incidents.operations import fact
from incidents.views import room_parts
from incidents.views.room_parts import Whole
from tests import factories, states

HTMX = {"HX-Request": "true"}


def room(about, **query):
    return reverse("desk:incident", args=[about.pk], query=query)


@pytest.fixture
def crowded(published):
    """Beside what was published, thirty facts to one question; the newest ones are confirmed."""
    about, now = published.incident, clock.now()
    for number in range(30):
        factories.FactFactory.create(
            incident=about,
            observed_at=now - timedelta(minutes=number),
            **({"confidence": "reported"} if number >= 20 else {"confidence": "not_known"}),
        )
    return about


def answers(answer, question="agent_did"):
    return dict(answer.context["questions"])[Fact.Question(question)]


def test_what_nobody_confirmed_comes_first_and_the_rest_is_counted(crowded, cleo, client_of):
    answer = client_of(cleo).get(room(crowded))
    part, page = answers(answer), answer.content.decode()

    assert [one.confidence for one in part.shown] == ["reported"] * 6
    assert [one.observed_at for one in part.shown] == sorted((one.observed_at for one in part.shown), reverse=True)
    assert part.rest == "25 more, 4 not confirmed and 1 published"
    assert f"{part.rest}. <a" in page
    assert (
        f'<a href="?facts=all#facts-agent_did" data-whole="fact">Show all {len(answer.context["facts"])} facts</a>'
        in page
    )


def test_the_whole_list_is_one_address_and_stays_while_the_board_polls(crowded, cleo, client_of):
    desk = client_of(cleo)
    page = desk.get(room(crowded, facts="all")).content.decode()

    assert page.count('<tr id="fact-') == crowded.facts.count()
    assert "&amp;facts=all" in page
    assert "Show all" not in page
    polled = desk.get(room(crowded, rev="0", facts="all"), headers=HTMX).content.decode()
    assert polled.count('<tr id="fact-') == crowded.facts.count()


def test_a_short_list_of_one_kind_leaves_the_others_as_they_are(crowded, cleo, client_of):
    page = client_of(cleo).get(room(crowded, timeline="all")).content.decode()

    assert '<a href="?facts=all&amp;timeline=all#facts-agent_did"' in page


def test_what_the_public_was_told_wrongly_comes_before_everything(crowded, published, tom, cleo, client_of):
    cited = published.submission.statement.facts.filter(question="agent_did").get()
    fact.retract(cited, by=tom, seen_version=cited.version, reason="Wrong log")

    first = answers(client_of(cleo).get(room(crowded))).shown[0]
    assert (first.pk, first.owed) == (cited.pk, f"Published in entry {published.entry.number}, a correction is owed.")


def test_what_stops_something_now_comes_before_what_has_ended(opened, tom, cleo, client_of):
    for _ in range(5):
        factories.ContainmentFactory.create(incident=opened, scope="process", state="ended")
    in_force = states.contain(opened, by=tom)
    answer = client_of(cleo).get(room(opened))
    rungs = {scope.value: (part, on) for scope, part, on in answer.context["ladder"]}

    assert rungs["process"][0].shown[0] == in_force
    assert rungs["process"][0].rest == "2 more"
    assert rungs["process"][1]
    assert 'href="?containment=all#containment">Show all</a>' in answer.content.decode()


def test_what_is_being_written_comes_before_what_was_published():
    made = [factories.StatementFactory.build(state="published") for _ in range(9)]
    draft = factories.StatementFactory.build(state="draft")
    part = room_parts.written([*made, draft], Whole())

    assert part.shown == [draft, *made[:7]]
    assert part.rest == "2 more"
    assert room_parts.written([*made, draft], Whole({"statements"})).rest == ""


def test_a_rest_that_is_all_alike_is_told_in_one_word():
    facts: list[Any] = factories.FactFactory.build_batch(9, incident=None, reported_by=None)
    for one in facts:
        one.published_in, one.owed = [], ""

    assert dict(room_parts.by_question(facts, Whole()))[Fact.Question.AGENT_DID].rest == "3 more, all not confirmed"


def test_an_address_asks_for_the_lists_it_names_and_no_others():
    asked = Whole.asked(QueryDict("timeline=all&facts=some&people=all&containment=all"))

    assert asked == {"timeline", "containment"}
    assert str(asked) == "&containment=all&timeline=all"
    assert asked.links()["facts"] == "?facts=all&containment=all&timeline=all"


@pytest.mark.parametrize("number", [1, 40])
def test_many_facts_cost_no_more_questions_than_one(opened, cleo, client_of, django_assert_num_queries, number):
    factories.FactFactory.create_batch(number, incident=opened)
    desk = client_of(cleo)
    desk.get(room(opened))
    with django_assert_num_queries(11):
        desk.get(room(opened))
