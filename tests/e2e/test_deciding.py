"""Deciding for all eight groups takes under two minutes and at most twelve interactions, in each of the four scenarios (R21).

An interaction is a click or a field that is typed into. Time is estimated as in ``test_first_message``.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from incidents.models import Incident, Scenario, StakeholderPlan
from stakeholders.models import Decision
from tests import states
from tests.conftest import PASSWORD
from tests.e2e.conftest import sign_in, with_static_files

pytestmark = pytest.mark.django_db(transaction=True)

MIND, CLICK = 1.35, 1.5  # seconds
TWELVE, TWO_MINUTES = 12, 120
READING = 5  # seconds for what each page proposes


@pytest.fixture
def page_of(browser: Browser, live_server: Any) -> Iterator[Callable[[User], Page]]:
    contexts = []

    def opened(who: User) -> Page:
        context = with_static_files(browser.new_context(base_url=live_server.url, reduced_motion="reduce"))
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        sign_in(page, who.email, PASSWORD)
        return page

    yield opened
    for context in contexts:
        context.close()


def decide_for_all(page: Page, address: str) -> int:
    """Take what is proposed, and decide for whoever is left as their page proposes it, or else now. The interactions."""
    page.goto(address)
    page.get_by_role("button", name=re.compile("^Confirm th")).click()
    done = 1
    while (left := page.locator(".bar a.btn", has_text=re.compile("^Decide:"))).count():
        left.click()
        expect(page.get_by_role("heading", name="Decide", exact=True)).to_be_in_viewport()
        if not page.locator("[name=decision]:checked").count():
            page.get_by_label("Tell them now").check()
            done += 1
        page.get_by_role("button", name=re.compile("^Decide for")).click()
        page.wait_for_url(re.compile("/map/$"))
        done += 2
    return done


@pytest.mark.parametrize("scenario", Scenario.values)
def test_all_groups_are_decided_in_a_dozen_interactions(
    page_of: Callable[[User], Page], declared: Incident, cleo: User, ada: User, tom: User, scenario: str
) -> None:
    about = states.open_up(
        declared, by=cleo, communications=ada, technical=tom, scenario=Scenario(scenario), decided=False
    )
    address = f"/desk/incidents/{about.pk}/map/"
    page = page_of(cleo)

    done = decide_for_all(page, address)
    plans = StakeholderPlan.objects.filter(incident=about)
    if plans.filter(decision=Decision.NOT_TOLD).exists():  # which takes a second person
        second = page_of(ada)
        second.goto(address)
        second.locator(".bar a.btn", has_text="Agree, or decide anew").click()
        second.get_by_role("button", name=re.compile("^Agree")).click()
        second.wait_for_url(re.compile("/map/$"))
        done += 2

    assert plans.count() == 8
    assert not plans.undecided().exists()
    assert done <= TWELVE
    assert done * (MIND + CLICK + READING) < TWO_MINUTES
