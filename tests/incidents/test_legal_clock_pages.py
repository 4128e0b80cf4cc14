"""The pages of the legal clocks of an incident: what each person sees and can do, and that nothing typed is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
import moments
from incidents.models import Incident, ReportingClock, StartMove
from incidents.operations import clock_start, incident, legal_clock
from incidents.operations.clock_start import Event
from stakeholders.models import LegalRole, Profile, ReportingRule
from stakeholders.operations import rules
from tests import states
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

NOTE = "A starting point. Counsel must confirm; nothing is filed from here."


@pytest.fixture
@remembered
def running(declared, ada, cleo, tom, clock_at):
    """Noticed an hour ago, of an essential entity with personal data in Germany."""
    roles = [LegalRole.ESSENTIAL_ENTITY]
    rules.set_profile(by=ada, seen_version=0, countries=["DE"], roles=roles, has_personal_data=True)
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom)
    clock_at(clock.now() + timedelta(hours=1))
    return states.fresh(about)


def of(about: Incident, code: str) -> Any:
    return ReportingClock.objects.with_people().get(incident=about, code=code)


def clocks(about: Incident) -> str:
    return reverse("desk:clocks", args=[about.pk])


def address(name: str, about: Incident, code: str = "GDPR-33") -> str:
    return reverse(f"desk:{name}", args=[of(about, code).pk])


def starts(about: Incident, event: str = "aware") -> str:
    return reverse("desk:clock_start", args=[about.pk, event])


def body(answer: Any) -> str:
    return str(answer.content.decode())


# What is shown


def test_the_nearest_duty_comes_first_and_what_waits_last(running, client_of, ada):
    page = client_of(ada).get(clocks(running))
    said = body(page)
    places = [said.index(f'id="clock-{of(running, code).pk}"') for code in ("GDPR-34", "NIS2-24", "GDPR-33", "NIS2-1M")]
    assert places == sorted(places)
    assertContains(page, NOTE)


def test_each_says_when_it_is_due_in_words_and_exactly_in_both_zones(running, client_of, ada):
    page = client_of(ada).get(clocks(running))
    assertContains(page, '22 November 2026, 15:16 UTC</time> <span class="beside">(16:16 CET)</span>')
    assertContains(page, "in 2 d 23 h")
    assertContains(page, "Now, no countdown")
    assertContains(page, "Waits for submission of NIS2-72")
    assertContains(page, "Waits for this: the incident was handled")


def test_what_is_overdue_says_so_and_by_how_much(running, client_of, ada, clock_at):
    clock_at(of(running, "NIS2-24").due_at + timedelta(hours=3))
    page = client_of(ada).get(clocks(running))
    assertContains(page, "To assess, overdue")
    assertContains(page, "3 h over")


def test_a_rule_that_nobody_checked_for_half_a_year_says_so(running, client_of, ada):
    assertNotContains(client_of(ada).get(clocks(running)), "Not checked for 180 days")
    ReportingRule.objects.filter(code="GDPR-33").update(checked_on=clock.now().date() - timedelta(days=181))
    assertContains(client_of(ada).get(clocks(running)), "Not checked for 180 days", count=1)


def test_the_map_shows_the_same_clocks(running, client_of, ada):
    page = client_of(ada).get(reverse("desk:map", args=[running.pk]))
    assertContains(page, clocks(running))
    assertContains(page, address("clock", running))
    assertContains(page, "nothing is filed from here")


def test_without_a_profile_the_page_leads_to_it(opened, client_of, ada):
    page = client_of(ada).get(clocks(opened))
    assertContains(page, "No rule is switched on for this incident.")
    assertContains(page, f'href="{reverse("desk:legal_clock_profile")}">Set the profile</a>')
    assertContains(client_of(ada).get(reverse("desk:map", args=[opened.pk])), "No rule is switched on")


def test_with_a_profile_that_switches_nothing_on_it_says_that(opened, client_of, ada):
    rules.set_profile(by=ada, seen_version=0, countries=["DE"])
    assertContains(client_of(ada).get(clocks(opened)), "See the profile")


def test_looking_again_takes_in_what_is_switched_on_now(opened, client_of, ada):
    rules.set_profile(by=ada, seen_version=Profile.current().version, countries=["DE"], has_personal_data=True)
    browser = client_of(ada)
    answer = browser.post(reverse("desk:clocks_look", args=[opened.pk]), follow=True)
    assertRedirects(answer, clocks(opened))
    assertContains(answer, "Taken in, to be assessed: GDPR-33, GDPR-34.")
    assertContains(browser.post(reverse("desk:clocks_look", args=[opened.pk]), follow=True), "Nothing is new")


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_public_words_sees_no_clock(running, client_of, request, person):
    browser = client_of(request.getfixturevalue(person))
    for path in (clocks(running), address("clock", running), starts(running)):
        assert browser.get(path).status_code == 403


def test_who_does_not_assess_reads_and_is_told_who_does(running, client_of, rosa):
    page = client_of(rosa).get(address("clock", running))
    assertContains(page, "Approvers, commanders and communications leads say whether a report is due")
    assertNotContains(page, "Note what is decided")
    assertContains(page, "Note the submission")
    assertContains(page, "72 hours from becoming aware (19 November 2026, 15:16 UTC")


def test_a_dismissed_incident_is_only_read(declared, client_of, ada, cleo):
    rules.set_profile(by=ada, seen_version=0, countries=["DE"], has_personal_data=True)
    legal_clock.look_again(declared, by=cleo)
    incident.dismiss(declared, by=cleo, dismissal="false", reason="A test run")
    page = client_of(cleo).get(address("clock", declared))
    assertNotContains(page, '<form method="post" class="form')
    assertNotContains(client_of(cleo).get(starts(declared)), "Where that can be checked</label>")


# Assess, submit, take back, hold


def test_it_is_assessed_on_its_page(running, client_of, ada):
    said = {"assess-seen_version": 1, "assess-applies": "no", "assess-reason": "No personal data"}
    browser = client_of(ada)
    assertRedirects(browser.post(address("clock_assess", running), said), clocks(running))
    page = browser.get(clocks(running))
    assertContains(page, "Does not apply")
    assertContains(page, "No personal data")


def test_what_was_typed_stays_when_something_is_missing(running, client_of, ada):
    said = {"assess-seen_version": 1, "assess-applies": "", "assess-reason": "Counsel was asked"}
    answer = client_of(ada).post(address("clock_assess", running), said)
    assertContains(answer, "Say whether it applies", status_code=422)
    assertContains(answer, "#id_assess-applies_0", status_code=422)
    assertContains(answer, "Counsel was asked", status_code=422)


def test_what_somebody_else_decided_meanwhile_is_shown_and_sending_it_again_means_it(running, client_of, ada, cleo):
    legal_clock.assess(of(running, "GDPR-33"), by=cleo, seen_version=1, applies=False, reason="No personal data")
    said = {"assess-seen_version": 1, "assess-applies": "yes", "assess-reason": "There was a name"}
    answer = client_of(ada).post(address("clock_assess", running), said)
    assertContains(answer, "Somebody changed this clock", status_code=409)
    assertContains(answer, 'name="assess-seen_version" value="2"', status_code=409)
    assertContains(answer, "There was a name", status_code=409)


def test_a_submission_is_noted_with_its_time(running, client_of, rosa, ada):
    said = {
        "submit-seen_version": 1, "submit-submitted_at": moments.exact(clock.now()), "submit-reference": "Receipt 4711",
        "submit-submitted_by": ada.pk,
    }  # fmt: skip
    assertRedirects(client_of(rosa).post(address("clock_submit", running), said), clocks(running))
    page = client_of(rosa).get(address("clock", running))
    assertContains(page, "Receipt 4711")
    assertNotContains(page, "Take the submission back")
    assertContains(client_of(ada).get(address("clock", running)), "Take the submission back")


@pytest.mark.parametrize("typed", ["31 Feb 10:00 UTC", "2026-02-31 10:00 UTC", "whenever", "25:00 UTC"])
def test_an_impossible_time_of_submission_is_refused_and_kept(running, client_of, ada, typed):
    said = {"submit-seen_version": 1, "submit-submitted_at": typed, "submit-reference": "Receipt 4711"}
    answer = client_of(ada).post(address("clock_submit", running), said)
    assertContains(answer, typed, status_code=422)
    assertContains(answer, "Receipt 4711", status_code=422)
    assert of(running, "GDPR-33").state == "to_assess"


def test_a_submission_without_anything_names_all_that_is_missing(running, client_of, ada):
    answer = client_of(ada).post(address("clock_submit", running), {"submit-seen_version": 1})
    for sentence in ("Say when it was submitted", "Give the reference of the report", "Say who submitted it"):
        assertContains(answer, sentence, status_code=422)


def test_a_submission_is_taken_back(running, client_of, ada):
    one = of(running, "GDPR-33")
    legal_clock.submit(
        one, by=ada, seen_version=1, submitted_at=clock.now(), reference="Receipt 4711", submitted_by=ada
    )
    said = {"back-seen_version": 2, "back-reason": "The portal rejected it"}
    assertRedirects(client_of(ada).post(address("clock_take_back", running), said), clocks(running))
    assert of(running, "GDPR-33").state == "applies"


def test_an_authority_asks_to_wait(running, client_of, ada):
    until = clock.now() + timedelta(days=1)
    said = {
        "hold-seen_version": 1, "hold-held_from": moments.exact(clock.now()), "hold-held_until": moments.exact(until),
        "hold-ground": "Letter of the police",
    }  # fmt: skip
    assertRedirects(client_of(ada).post(address("clock_hold", running), said), clocks(running))
    page = client_of(ada).get(address("clock", running))
    assertContains(page, "Letter of the police")
    assertContains(page, "Moved by 1 d for which it was held")


# What starts them


def test_the_time_of_detection_is_proposed_and_recorded_with_evidence(running, client_of, rosa):
    browser = client_of(rosa)
    page = browser.get(starts(running))
    assertContains(page, "when the failure was noticed. Nobody has recorded it yet")
    assertContains(page, f'value="{moments.exact(running.detected_at)}"')
    said = {"seen": 0, "at": moments.exact(running.detected_at), "evidence": "The first call"}
    assertRedirects(browser.post(starts(running), said), clocks(running))
    assertContains(browser.get(clocks(running)), "The first call")


def test_missing_evidence_is_named_and_the_time_kept(running, client_of, rosa):
    said = {"seen": 0, "at": moments.exact(running.detected_at), "evidence": ""}
    answer = client_of(rosa).post(starts(running), said)
    assertContains(answer, "Say where that can be checked", status_code=422)
    assertContains(answer, moments.exact(running.detected_at), status_code=422)


def test_a_start_in_the_future_is_refused(running, client_of, rosa):
    said = {"seen": 0, "at": "2030-01-01 10:00 UTC", "evidence": "The first call"}
    answer = client_of(rosa).post(starts(running), said)
    assertContains(answer, "The first call", status_code=422)
    assert not running.clock_starts.exists()


@pytest.mark.parametrize("event", ["own", "submitted", "unheard"])
def test_an_event_that_is_not_of_an_incident_has_no_page(running, client_of, rosa, event):
    assert client_of(rosa).get(starts(running, event)).status_code == 404


def test_a_clock_without_an_event_of_its_own_has_no_page_for_it(running, client_of, rosa):
    assert client_of(rosa).get(address("clock_own_start", running)).status_code == 404
    assertContains(client_of(rosa).get(address("clock_own_start", running, "NIS2-1M-F")), "The incident was handled")


def test_a_later_time_is_proposed_shown_and_agreed_to_by_another(running, client_of, ada, ben):
    said = {"seen": 0, "at": moments.exact(clock.now()), "evidence": "The minutes", "reason": "A rumour until then"}
    answer = client_of(ada).post(starts(running), said, follow=True)
    assertContains(answer, "It counts once a second person has agreed.")
    assertContains(answer, "Ada Brandt proposes")
    move = StartMove.objects.get()
    agreement = reverse("desk:clock_move_agree", args=[move.pk])
    assertNotContains(client_of(ada).get(starts(running)), agreement)
    assertContains(client_of(ada).get(starts(running)), "a deadline is not moved later by one person")
    assertContains(client_of(ben).get(starts(running)), agreement)
    assertContains(client_of(ben).get(starts(running)), "A rumour until then")

    assertRedirects(client_of(ben).post(agreement), clocks(running))

    assertContains(client_of(ben).get(starts(running)), "agreed by Ben Okafor")


def test_the_earlier_time_can_be_left(running, client_of, ada):
    event = Event(running, "aware")
    move = clock_start.record(event, by=ada, seen=0, at=clock.now(), evidence="Minutes", reason="A rumour until then")
    assertRedirects(client_of(ada).post(reverse("desk:clock_move_refuse", args=[move.pk])), clocks(running))
    assert states.fresh(move).state == "refused"


def test_what_was_recorded_meanwhile_is_shown_first(running, client_of, rosa, tom):
    states.record_start(running, by=tom)
    said = {"seen": 0, "at": moments.exact(running.detected_at - timedelta(hours=1)), "evidence": "An earlier call"}
    answer = client_of(rosa).post(starts(running), said)
    assertContains(answer, "Somebody recorded another time", status_code=409)
    assertContains(answer, f'name="seen" value="{running.clock_starts.get().pk}"', status_code=409)
    assertContains(answer, "An earlier call", status_code=409)


# What is left alone (R114)


def test_where_the_ai_act_may_bar_changes_the_steps_that_alter_say_so_first(declared, ada, cleo, tom, client_of):
    rules.set_profile(by=ada, seen_version=0, countries=["DE"], roles=[LegalRole.AI_PROVIDER])
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom)
    steps = {one.step: reverse("desk:triage", args=[one.pk]) for one in about.triage.all()}
    stop = reverse("desk:containment_new", args=[about.pk])
    browser = client_of(tom)
    for path in (steps["evidence"], steps["recovery"], stop):
        assertContains(browser.get(path), "EU AI Act Art. 73(6) may apply here (AIA-73-2, AIA-73-3, AIA-73-4)")
    assertNotContains(browser.get(steps["executives"]), "Art. 73(6)")

    for one in about.clocks.filter(code__startswith="AIA-73"):
        legal_clock.assess(one, by=ada, seen_version=1, applies=False, reason="No serious incident")

    for path in (steps["evidence"], stop):
        assertNotContains(browser.get(path), "Art. 73(6)")


# What it costs


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_many_clocks_there_are(
    declared, ada, cleo, tom, client_of, django_assert_num_queries, number
):
    for each in range(number):
        rules.add(
            f"CONTRACT-{each}", by=ada, regime="Contract", reference="Section 9", who="We", recipient="Acme", addressees=["party"],
            starts=["aware"], length=12, unit="hours", sure_figures="high", sure_applies="high",
            checked_on=clock.now().date(), checked_by="Counsel", switch="always",
        )  # fmt: skip
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom)
    for one in about.clocks.all():
        legal_clock.assess(one, by=ada, seen_version=1, applies=True)
    browser = client_of(ada)
    browser.get(clocks(about))
    with django_assert_num_queries(9):
        page = browser.get(clocks(about))
    assertContains(page, "Applies, running", count=number)
