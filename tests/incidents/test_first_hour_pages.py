"""The first hour in the room, on its own page and step by step."""

from datetime import timedelta

import pytest
from django.urls import reverse

from incidents.models import Fact, Incident, TriageEntry
from incidents.operations import containment, fact, incident, timeline, triage
from tests import states
from tests.conftest import START


def at(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def entry(about: Incident, step: str) -> TriageEntry:
    return about.triage.get(step=step)


def section(page: str) -> str:
    """The part of the room."""
    return page.partition('aria-labelledby="first-hour"')[2].partition("</section>")[0]


def room(person, about, client_of) -> str:
    return section(client_of(person).get(at("incident", about.pk)).content.decode())


def test_the_room_shows_the_next_step_with_its_minute_and_one_click(ready_to_speak, rosa, client_of, clock_at):
    clock_at(START + timedelta(minutes=6))
    triage.tick(entry(ready_to_speak, "decision"), by=rosa)
    shown = room(rosa, ready_to_speak, client_of)
    first = shown.partition('class="later first"')[2].partition("</li>")[0]
    assert "Evidence kept before any change" in first
    assert "in 2 min" in first
    assert '<time datetime="2026-11-19T15:24:00Z" class="num">15:24 UTC</time>' in first
    assert f'action="{at("triage_done", entry(ready_to_speak, "evidence").pk)}"' in first
    assert "10 of 19" in shown


def test_what_is_late_says_by_how_much(declared, rosa, client_of, clock_at):
    clock_at(START + timedelta(minutes=6))
    shown = room(rosa, declared, client_of)
    first = shown.partition('class="due first"')[2].partition("</li>")[0]
    assert "Pre-made decision taken" in first
    assert "5 min over" in first


def test_after_the_hour_it_folds_and_counts_nothing_any_more(ready_to_speak, rosa, client_of, clock_at):
    clock_at(START + timedelta(minutes=61))
    shown = room(rosa, ready_to_speak, client_of)
    assert '<details class="more" id="first-hour-open"><summary>10 stayed open</summary>' in shown
    assert "min over" not in shown
    assert 'class="due' not in shown


def test_one_click_ticks_and_a_second_one_changes_nothing(opened, rosa, client_of):
    desk, step = client_of(rosa), entry(opened, "evidence")
    for _ in range(2):
        answer = desk.post(at("triage_done", step.pk))
        assert answer.url == f"{at('incident', opened.pk)}#first-hour"
    assert states.fresh(step).done_by == rosa
    assert desk.post(at("triage_done", step.pk), {"to": "page"}).url == f"{at('first_hour', opened.pk)}#step-evidence"


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_sees_it_without_a_button(request, opened, person, client_of):
    reader = request.getfixturevalue(person)
    for page in (room(reader, opened, client_of), _text(client_of(reader).get(at("first_hour", opened.pk)))):
        assert "Evidence kept before any change" in page
        assert "triage_done" not in page
        assert "/done/" not in page
    assert "<form" not in _main(client_of(reader).get(at("triage", entry(opened, "evidence").pk)))


def test_a_step_that_ticks_itself_leads_to_where_it_is_done_only_who_may(declared, cleo, tom, ada, client_of):
    assert at("fact_new", declared.pk) + "?question=agent_did" in room(tom, declared, client_of)
    assert at("containment_new", declared.pk) in room(tom, declared, client_of)
    assert f"{at('describe', declared.pk)}#id_category" in room(cleo, declared, client_of)
    shown = room(ada, declared, client_of)
    assert at("containment_new", declared.pk) not in shown
    assert f"{at('describe', declared.pk)}#" not in shown


def test_every_place_that_a_step_leads_to_is_there(declared, cleo, client_of):
    desk = client_of(cleo)
    page = desk.get(at("incident", declared.pk)).context
    assert page["hour_open"]
    for line in page["hour_open"]:
        address, _, part = line.href.partition("#")
        answer = desk.get(address)
        assert answer.status_code == 200
        assert not part or f'id="{part}"' in answer.content.decode()


def test_the_page_of_all_steps_says_how_each_was_settled(ready_to_speak, cleo, rosa, client_of, clock_at):
    clock_at(START + timedelta(minutes=9))
    triage.tick(entry(ready_to_speak, "evidence"), by=rosa, note="Bucket incident-31")
    triage.leave_out(entry(ready_to_speak, "checkpoint"), by=cleo, reason="It keeps no state")
    page = _main(client_of(cleo).get(at("first_hour", ready_to_speak.pk)))
    assert page.count('<tr id="step-') == 19
    row = {
        key: page.partition(f'<tr id="step-{key}"')[2].partition("</tr>")[0]
        for key in ("evidence", "checkpoint", "stop")
    }
    assert "Bucket incident-31" in row["evidence"]
    assert "1 min late" in row["evidence"]
    assert "It keeps no state" in row["checkpoint"]
    assert "Left out" in row["checkpoint"]
    assert "seen in the record" in row["stop"]
    blanks = page.partition('<tr id="step-stocktake"')[2].partition("</tr>")[0]
    assert "next stock-take at <span" in blanks


def test_a_silent_failure_asks_a_person(declared, cleo, client_of):
    incident.describe(declared, by=cleo, seen_version=1, failure_mode="silent")
    assert at("triage_done", entry(declared, "mode").pk) in room(cleo, declared, client_of)


@pytest.mark.parametrize(
    ("verb", "typed", "step"),
    [
        ("triage_exempt", {"exempt-reason": " "}, "evidence"),
        ("triage_reopen", {"reopen-reason": ""}, "reach"),
        ("triage_done", {"tick-note": "x" * 2001}, "evidence"),
    ],
)
def test_a_form_that_lacks_something_comes_back_as_typed(opened, cleo, client_of, verb, typed, step):
    triage.tick(entry(opened, "reach"), by=cleo)
    answer = client_of(cleo).post(at(verb, entry(opened, step).pk), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert "There is a problem" in page
    assert typed.get("tick-note", "") in page


def test_a_refused_word_is_kept_and_says_who_was_first(opened, cleo, rosa, client_of):
    triage.tick(entry(opened, "evidence"), by=rosa)
    answer = client_of(cleo).post(at("triage_done", entry(opened, "evidence").pk), {"tick-note": "My own copy"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Rosa Iyer has ticked this already." in page
    assert "My own copy</textarea>" in page


def test_a_claim_of_what_the_record_shows_leads_to_where_it_is_done(opened, rosa, client_of):
    answer = client_of(rosa).post(at("triage_done", entry(opened, "stop").pk))
    assert answer.status_code == 409
    assert at("containment_new", opened.pk) in _main(answer)


def test_what_was_said_is_taken_back_on_its_page(opened, cleo, rosa, client_of):
    step = entry(opened, "evidence")
    desk = client_of(rosa)
    desk.post(at("triage_done", step.pk), {"tick-note": "Bucket"})
    page = _main(desk.get(at("triage", step.pk)))
    assert "Bucket" in page
    assert at("triage_reopen", step.pk) in page
    assert desk.post(at("triage_reopen", step.pk), {"reopen-reason": "Not the memory"}).status_code == 302
    assert states.fresh(step).done_at is None
    assert client_of(cleo).post(at("triage_exempt", step.pk), {"exempt-reason": "None"}).status_code == 302
    assert "Left out" in _main(desk.get(at("triage", step.pk)))


def test_a_dismissed_incident_offers_nothing(declared, cleo, client_of):
    incident.dismiss(declared, by=cleo, dismissal=Incident.Dismissal.FALSE, reason="A drill")
    assert "<form" not in room(cleo, declared, client_of)
    assert "<form" not in _main(client_of(cleo).get(at("triage", entry(declared, "evidence").pk)))


def test_an_unknown_step_is_not_found(cleo, client_of):
    assert client_of(cleo).get(at("triage", 4711)).status_code == 404
    assert client_of(cleo).post(at("triage_done", 4711)).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_the_same_for_one_and_for_three(
    opened, cleo, tom, rosa, client_of, number, django_assert_num_queries
):
    for _ in range(number):
        states.establish_facts(opened, reporter=rosa, confirmer=tom)
        states.contain(opened, by=tom)
        timeline.note(opened, "The supplier has called back", by=rosa)
    for step in ("evidence", "reach", "clocks")[:number]:
        triage.tick(entry(opened, step), by=rosa)
    desk, address = client_of(cleo), at("first_hour", opened.pk)
    desk.get(address)
    with django_assert_num_queries(11):
        desk.get(address)


def test_a_board_that_polls_shows_a_step_that_opened_again(ready_to_speak, rosa, tom, client_of):
    desk, address = client_of(rosa), at("incident", ready_to_speak.pk)
    action = ready_to_speak.containment_actions.get()
    containment.fail(action, by=tom, reason="It went on.")
    said = ready_to_speak.facts.get(question=Fact.Question.AGENT_DID)
    fact.retract(said, by=tom, seen_version=said.version, reason="Another agent.")
    fresh = section(desk.get(f"{address}?rev=1", headers={"HX-Request": "true"}).content.decode())
    opens = fresh.partition('id="first-hour-done"')[0]
    assert 'id="step-stop"' in opens
    assert 'id="step-history"' in opens


def _text(answer) -> str:
    return answer.content.decode()


def _main(answer) -> str:
    return _text(answer).partition("<main")[2].partition("</main>")[0]
