"""From nothing to the desk: the set-up in the browser, by whoever started the program."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in
from tests.servers import Installation

PASSWORD = "a sentence nobody guesses"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data")
    try:
        installation.serve()
        yield installation
    finally:
        installation.stop()


def test_a_new_installation_is_set_up_in_a_few_pages(empty: Installation, open_page: Callable[..., Page]) -> None:
    link = re.search(r"http://\S+(/setup/\S+)", empty.said())
    assert link is not None, empty.said()
    page = open_page(empty.url)

    page.goto(link[1])
    page.locator("[name=name]").fill("Northwind Agents")
    page.locator("[name=place]").fill("Berlin")
    page.locator("[name=time_zone]").select_option("Europe/Berlin")
    go_on(page)
    page.locator("[name=person]").fill("Olga Petrenko")
    page.locator("[name=email]").fill("olga@northwind.example")
    page.locator("[name=password]").fill(PASSWORD)
    go_on(page)
    page.locator("[name=component]").fill("Support replies")
    page.locator("[name=agent]").fill("Support assistant")
    go_on(page)
    page.locator("[name=contact]").fill("help@northwind.example")
    go_on(page)
    page.locator("[name=second][value=invite]").check()
    page.locator("[name=second_name]").fill("Ben Okafor")
    page.locator("[name=second_email]").fill("ben@northwind.example")
    go_on(page)

    expect(page).to_have_url(re.compile(r"/(desk|account|setup)/"))
    sign_in(open_page(empty.url), "olga@northwind.example", PASSWORD)
    public = open_page(empty.url)
    public.goto("/")
    expect(public.get_by_text("Support replies").first).to_be_visible()
    assert page.goto(link[1]).status == 404


def go_on(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main button[type=submit]").last.click()
    expect(page.locator("[role=alert]")).to_have_count(0)
