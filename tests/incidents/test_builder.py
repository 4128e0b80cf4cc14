"""A first message from a few answers: one POST begins the draft, and nothing typed is lost when it is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import clock
import moments
from accounts.models import LogEntry, User
from incidents.models import Incident, Statement
from incidents.operations import approval, guards, statement, submission
from refusals import Incomplete
from tests import states

pytestmark = pytest.mark.django_db

ANSWERS: dict[str, Any] = {
    "build": "1",
    "saw": "Sent refund letters to the wrong people.",
    "contained": "stopped all letters",
    "investigating": "why it used an old list, and who was written to",
    "open_point": "how many letters were opened",
    "situation": "you received a letter you did not expect",
    "action": "Please delete it.",
    "affected": "customers who asked for a refund since Monday",
    "disclosure_note": "Nothing is left out.",
    "withheld": ["nothing"],
}


def place(about: Incident, kind: str = "holding") -> str:
    return reverse("desk:statement_new", args=[about.pk, kind])


def answered(**changes: Any) -> dict[str, Any]:
    times = {"since": clock.now() - timedelta(hours=1), "next_update_at": clock.now() + timedelta(minutes=40)}
    return ANSWERS | {name: moments.exact(at) for name, at in times.items()} | changes


def test_the_answers_become_a_draft_that_can_be_submitted_as_it_is(
    ready_to_speak: Incident, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    answer = client_of(ada).post(place(ready_to_speak), answered())

    begun = Statement.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("desk:statement", args=[begun.pk]))
    assert begun.words() == (
        "Since 14:16 UTC (15:16 CET) our Support assistant has sent refund letters to the wrong people.\n\n"
        "We have stopped all letters.\n\n"
        "We are investigating why it used an old list, and who was written to. We do not yet know how many letters were opened.\n\n"
        "We will post the next update here by 15:56 UTC (16:56 CET), even if there is nothing new."
    )
    assert (begun.headline, begun.version) == ("Support assistant has sent refund letters to the wrong people", 1)
    assert begun.began_at == clock.now() - timedelta(hours=1)
    assert begun.versions.get().content["affected"] == "Customers who asked for a refund since Monday."
    assert [entry.action for entry in LogEntry.objects.order_by("-number")[:1]] == ["statement.begun"]
    assert guards.missing(begun) == []
    asked = submission.submit(begun, by=ada, seen_version=1)
    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry.number


def test_a_safety_warning_is_built_in_the_same_way(
    opened: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    assert client_of(ada).post(place(opened, "warning"), answered()).status_code == 302

    begun = Statement.objects.get()
    assert begun.kind == "warning"
    missing = [item.sentence for item in guards.missing(begun)]
    assert missing == ["Have the commander write why people are warned before the facts are known"]


@pytest.mark.parametrize(
    ("blank", "sentence"),
    [
        ("saw", "Say what went wrong. The first message acknowledges it"),
        ("affected", "Say who is affected, or that you do not know yet"),
        ("next_update_at", "Promise a time for the next update"),
        ("disclosure_note", "Note what you leave out and why, or that nothing is left out"),
    ],
)
def test_what_is_left_empty_is_left_out_and_listed_as_missing(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client], blank: str, sentence: str
) -> None:
    browser = client_of(ada)
    answer = browser.post(place(ready_to_speak), answered(**{blank: ""}))

    assert sentence in browser.get(answer["Location"]).content.decode()
    assert sentence in [item.sentence for item in guards.missing(Statement.objects.get())]


def test_the_time_it_began_stands_there_already(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    Incident.objects.filter(pk=ready_to_speak.pk).update(failure_started_at=clock.now() - timedelta(minutes=90))

    page = client_of(ada).get(place(ready_to_speak)).content.decode()

    assert 'value="2026-11-19 13:46 UTC"' in page
    assert "13:46 UTC (14:46 CET), Thursday 19 November 2026" in page


def test_what_is_in_force_is_named_inside_and_offered_in_public_words(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(place(ready_to_speak)).content.decode()

    assert "In force now, as it is called inside: Refund letters wait for a person" in page
    assert '<option value="stopped this until a person has checked it">' in page
    assert 'value="Refund letters wait for a person"' not in page


def test_a_name_from_inside_goes_no_further(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    before = snapshot()
    answer = client_of(ada).post(place(ready_to_speak), answered(contained="switched off Support-Agent-7"))

    assert answer.status_code == 422
    assert "The public knows “support-agent-7” as Support assistant. Use that name." in answer.content.decode()
    assert snapshot() == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"action": ""}, "Say what people in that situation should do, or leave both empty."),
        ({"saw": "a" * 301}, "It may have 300"),
        ({"since": "tomorrow 9:00"}, "in the future"),
        ({"next_update_at": "yesterday 9:00"}, "in the past"),
        ({"next_update_at": "in 40 min"}, "We read this as 15:56 UTC (16:56 CET)"),
    ],
)
def test_what_cannot_be_understood_comes_back_with_everything_typed(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client], snapshot: Any, changes: Any, sentence: str
) -> None:
    before = snapshot()
    sent = answered(**changes)
    answer = client_of(ada).post(place(ready_to_speak), sent)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert sentence in page
    for name in ANSWERS.keys() - {"withheld"}:
        assert sent[name] in page
    assert '<input type="checkbox" name="withheld" value="nothing" checked>' in page
    assert snapshot() == before


def test_what_the_operation_refuses_comes_back_with_everything_typed(
    ready_to_speak: Incident, ada: User, cleo: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    other = statement.begin(ready_to_speak, "holding", by=cleo)
    before = snapshot()

    answer = client_of(ada).post(place(ready_to_speak), answered())
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Holding statement is being written. Finish it or discard it first." in page
    assert f'href="{reverse("desk:statement", args=[other.pk])}"' in page
    assert "Sent refund letters to the wrong people." in page
    assert snapshot() == before


def test_the_draft_cites_the_facts_that_were_ticked(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    sent, experienced = ready_to_speak.facts.confirmed().order_by("pk")
    page = client_of(ada).get(place(ready_to_speak)).content.decode()
    assert f'name="cites" value="{sent.pk}"' in page
    assert "checked" not in page.partition('id="id_cites"')[2].partition("</fieldset>")[0], "nothing is claimed unasked"

    client_of(ada).post(place(ready_to_speak), answered(cites=str(experienced.pk)))

    begun = Statement.objects.get()
    assert begun.cited() == [experienced]
    assert begun.versions.get().content["cites"] == [experienced.pk]
    assert "It rests on no fact." not in " ".join(guards.warnings(begun))


def test_facts_that_were_ticked_come_back_ticked(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    fact = ready_to_speak.facts.confirmed()[0]

    page = client_of(ada).post(place(ready_to_speak), answered(cites=str(fact.pk), action="")).content.decode()

    assert f'name="cites" value="{fact.pk}" checked' in page


@pytest.mark.parametrize("value", ["987654321", "x", "9" * 30])
def test_what_is_no_fact_of_the_incident_begins_nothing(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client], snapshot: Any, value: str
) -> None:
    before = snapshot()

    answer = client_of(ada).post(place(ready_to_speak), answered(cites=value))

    assert answer.status_code == 422
    assert "Choose facts of this incident." in answer.content.decode()
    assert snapshot() == before


def test_a_draft_does_not_begin_with_a_fact_of_another_incident(
    ready_to_speak: Incident, agent: Any, cleo: User, ada: User, refused: Any
) -> None:
    strange = ready_to_speak.facts.confirmed()[0]
    other = states.declare(agent, by=cleo, title="Another one")
    other = states.open_up(other, by=cleo, communications=ada, technical=cleo)

    with refused(Incomplete, "A statement cites facts of its own incident.") as refusal:
        statement.begin(other, "holding", by=ada, cites=[strange])

    assert (refusal.value.missing[0].view, refusal.value.missing[0].args) == (
        "desk:statement_new",
        (other.pk, "holding"),
    )


def test_an_empty_draft_is_one_click_away(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    assert "Begin the holding statement empty" in browser.get(place(ready_to_speak)).content.decode()

    browser.post(place(ready_to_speak))

    assert Statement.objects.get().words() == ""


def test_other_kinds_are_not_built(published: Any, ada: User, client_of: Callable[..., Client]) -> None:
    told = states.fresh(published.incident)
    page = client_of(ada).get(place(told, "update")).content.decode()
    assert 'name="saw"' not in page

    assert client_of(ada).post(place(told, "update"), answered()).status_code == 302
    assert "refund letters to the wrong people" not in Statement.objects.latest("pk").words()
