"""The pages across incidents: who was told, and how well (R19 to R21)."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

import clock
from incidents.coverage import Standing
from incidents.models import Incident, PlanQuestion, StakeholderPlan, Telling
from incidents.operations import incident
from incidents.views import coverage_pages, map_rows
from incidents.views.coverage_pages import IN_SHORT
from tests import factories, states
from tests.conftest import START

pytestmark = pytest.mark.django_db

COVERAGE, METRICS = reverse("desk:coverage"), reverse("desk:stakeholder_metrics")


@pytest.fixture
def cast_of(agent, organisation, cleo, ada, tom):
    """Declare and open another public incident."""

    def one_more(**options):
        declared = states.declare(agent, by=cleo, title=options.pop("title", "Another failure"))
        return states.open_up(declared, by=cleo, communications=ada, technical=tom, **options)

    return one_more


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def told(one: StakeholderPlan, by, minutes: int) -> None:
    at = START + timedelta(minutes=minutes)
    said = {"channel": "phone", "whom": "The owner", "what": "What we know", "evidence": "Call list"}
    Telling.objects.create(
        plan=one, told_at=at, told_by=by, entered_by=by, entered_at=at, log_entry=states.last_log(), **said
    )


def test_each_group_of_each_public_incident_stands_in_the_table(opened, cast_of, declared, client_of, ada):
    other = cast_of(title="Letters went out twice", decided=False)
    page = client_of(ada).get(COVERAGE)
    said = words(page)
    assert said.index("Letters went out twice") < said.index(opened.title)
    one = other.plans.get(group__kind="press")
    assertContains(page, f'href="{reverse("desk:plan", args=[one.pk])}"')
    assertContains(page, f": Undecided, {one.group}, incident {other.pk}</span>")
    assert "8 groups" in said


def test_the_words_of_the_table_are_all_explained(opened, client_of, ada):
    assert set(IN_SHORT) == set(Standing)
    assert len(set(IN_SHORT.values())) == len(Standing)
    said = words(client_of(ada).get(COVERAGE))
    assert [one for one in Standing if f"{IN_SHORT[one]} {one.label}" not in said] == []


@pytest.mark.parametrize("address", [COVERAGE, METRICS])
def test_what_is_internal_or_dismissed_is_left_out(opened, agent, cleo, client_of, ada, address):
    browser = client_of(ada)
    link = f'href="{reverse("desk:map", args=[opened.pk])}"'
    assertContains(browser.get(address), link)
    states.declare(agent, by=cleo, title="Nobody outside saw it")
    incident.dismiss(states.fresh(opened), by=cleo, dismissal=Incident.Dismissal.FALSE, reason="A drill")
    page = browser.get(address)
    assertNotContains(page, link)
    assertNotContains(page, "Nobody outside saw it")


def test_an_incident_without_a_map_offers_to_make_it(undecided, client_of, ada):
    PlanQuestion.objects.all().delete()
    undecided.plans.all().delete()
    page = client_of(ada).get(COVERAGE)
    assertContains(page, "There is no map yet.")
    assertContains(page, reverse("desk:map", args=[undecided.pk]))


@pytest.mark.parametrize("address", [COVERAGE, METRICS])
@pytest.mark.parametrize("person", ["max", "vic"])
def test_executives_and_observers_are_refused_with_the_sentence(cast, client_of, address, person):
    answer = client_of(getattr(cast, person)).get(address)
    assertContains(answer, "is read by everybody but executives and observers", status_code=403)


@pytest.mark.parametrize(("address", "queries"), [(COVERAGE, 11), (METRICS, 10)])
@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_the_same_whatever_the_number_of_incidents(
    cast_of, client_of, ada, django_assert_num_queries, address, queries, number
):
    for _ in range(number):
        cast_of()
    browser = client_of(ada)
    browser.get(address)
    with django_assert_num_queries(queries):
        browser.get(address)


def test_the_lines_of_several_are_those_of_each(opened, cast_of, ada, clock_at):
    other = cast_of(decided=False)
    told(opened.plans.get(group__kind="affected"), ada, 42)
    clock_at(START + timedelta(minutes=50))
    both = map_rows.lines_of([opened, other], clock.now())
    alone = {one.pk: map_rows.lines(one, clock.now()) for one in (opened, other)}
    as_read = {pk: [(line.plan.pk, line.covered, line.number) for line in found] for pk, found in both.items()}
    assert as_read == {pk: [(line.plan.pk, line.covered, line.number) for line in found] for pk, found in alone.items()}
    assert [line.group.kind for line in both[opened.pk] if line.standing == Standing.COVERED and line.told] == [
        "affected"
    ]


def test_every_picture_says_what_its_table_says(opened, client_of, ada, clock_at):
    told(opened.plans.get(group__kind="affected"), ada, 42)
    clock_at(START + timedelta(minutes=50))
    page = client_of(ada).get(METRICS)
    pictures = [unescape(one) for one in re.findall(r'role="img" aria-label="([^"]+)"', page.text)]
    assert len(pictures) == 8
    assert pictures[-1] == f"Incident {opened.pk}: 42 min."
    assert "1 told (42 min), too few to average" in pictures[-2]
    tables = page.text.split("<svg")[1:]
    for first in (f"Incident {opened.pk}", "Nov 2026"):
        assert sum(first in unescape(one.partition("<table")[2]) for one in tables) >= 4


@pytest.mark.parametrize(("asked", "days"), [("", 90), ("30", 30), ("365", 365), ("7", 90), ("x", 90)])
def test_the_window_is_one_of_three(opened, client_of, ada, asked, days):
    page = client_of(ada).get(METRICS, {"days": asked})
    assertContains(page, f'href="?days={days}" aria-current="true"')


@pytest.mark.parametrize(("seconds", "number"), [(0, 1), (1, 0)])
def test_the_window_ends_to_the_second(opened, client_of, ada, clock_at, seconds, number):
    clock_at(opened.detected_at + timedelta(days=30, seconds=seconds))
    page = client_of(ada).get(METRICS, {"days": "30"})
    assert len(page.context["incidents"]) == number


def test_the_pages_lead_to_one_another(opened, client_of, ada, cast):
    browser = client_of(ada)
    for address in (reverse("desk:incidents"), reverse("desk:map", args=[opened.pk]), METRICS):
        assertContains(browser.get(address), f'href="{COVERAGE}"')
    assertContains(browser.get(COVERAGE), f'href="{METRICS}"')
    assertNotContains(client_of(cast.vic).get(reverse("desk:incidents")), COVERAGE)


def test_a_message_reached_them_when_the_first_mail_of_it_was_accepted(opened, ada):
    keys = {"direct:7:1": 30, "direct:7:2": 12, "direct:7:3": None, "direct:71:1": 1, "direct:8:1": None}
    for key, minutes in keys.items():
        sent_at = None if minutes is None else START + timedelta(minutes=minutes)
        factories.OutgoingFactory(
            key=key, kind="direct", state="queued" if minutes is None else "sent", sent_at=sent_at
        )
    taken = map_rows.Sent({"queued": 1, "sent": 2}, START + timedelta(minutes=12))
    assert map_rows._sent([7, 8, 9]) == {7: taken, 8: map_rows.Sent({"queued": 1})}


@pytest.fixture
def many(cast_of, monkeypatch) -> list[Incident]:
    """Three incidents, two to a page; the newest detected last."""
    monkeypatch.setattr(coverage_pages, "PAGE", 2)
    found = [cast_of(title=f"Failure {number}") for number in range(3)]
    for number, one in enumerate(found):
        Incident.objects.filter(pk=one.pk).update(detected_at=START - timedelta(hours=3 - number))
    return found


def test_the_table_across_incidents_comes_in_pages(many, client_of, ada):
    browser = client_of(ada)
    first, second = browser.get(COVERAGE), browser.get(f"{COVERAGE}?page=2")
    assertContains(first, f'id="incident-{many[2].pk}"')
    assertNotContains(first, f'id="incident-{many[0].pk}"')
    assertContains(first, 'href="?page=2">Older')
    assertContains(second, f'id="incident-{many[0].pk}"')


def test_the_figures_by_incident_come_in_pages_and_count_all(many, client_of, ada):
    browser = client_of(ada)
    first, second = browser.get(f"{METRICS}?days=30"), browser.get(f"{METRICS}?days=30&page=2")
    for key in ("coverage", "decided", "questions", "told"):
        assertContains(first, f'href="?days=30&amp;page=2#{key}-incidents">Older')
    assert first.text.count(f"Incident {many[2].pk}</a>") == second.text.count(f"Incident {many[0].pk}</a>") == 4
    assertNotContains(first, f"Incident {many[0].pk}")
    figure = {page: page.context["sections"][0]["figures"][1].total for page in (first, second)}
    assert figure[first] == figure[second]
    assert figure[first].part.label == "All 3"
    assert figure[first].cells == second.context["sections"][0]["figures"][0].total.cells, "as the months count them"


@pytest.mark.parametrize("page", ["0", "9", "x", ""])
def test_a_page_that_there_is_not_is_the_nearest_one(many, client_of, ada, page):
    for address in (COVERAGE, METRICS):
        assert client_of(ada).get(address, {"page": page}).status_code == 200
