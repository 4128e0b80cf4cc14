"""Every form of ours with every wrong answer (U18). The cases are generated from the doors: a new form without one fails."""

import html
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django import forms
from django.utils.html import strip_tags
from playwright.sync_api import Browser, Page, Route, expect

import clock
from config.templatetags import display
from tests import wrong_answers
from tests.e2e.conftest import with_static_files
from tests.wrong_answers import CameBack, Met

pytestmark = [pytest.mark.django_db, pytest.mark.check("U18")]

SITE = "http://127.0.0.1:8000"

FOLLOW_THE_LINKS = """() => [...document.querySelectorAll("[data-problem] a[href^='#']")].flatMap(link => {
    link.click();
    const there = document.activeElement, goal = link.hash.slice(1);
    return there.id === goal ? [] : [`the link to ${goal} leads to ${there.id || there.tagName}`];
})"""


@pytest.fixture(autouse=True)
def _now(browser: Browser, world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    """The browser first: once it runs, Django has another connection in this thread, and the world would be in the old one."""
    clock_at(world.now)


@pytest.fixture(scope="module")
def cases(world: SimpleNamespace) -> list[Met]:
    return wrong_answers.met(world)


class Answered:
    """A page that came back, read as a browser reads it."""

    def __init__(self, text: str) -> None:
        main = re.search(r"<main\b.*</main>", text, re.DOTALL)  # the rest is the same on every page, and slow to parse
        self.root: Element = html5lib.parse(main[0] if main else text, namespaceHTMLElements=False)
        self.title = html.unescape(re.findall(r"<title>(.*?)</title>", text, re.DOTALL)[0])

    def all(self, path: str = "*") -> list[Element]:
        return self.root.findall(f".//{path}")

    def by_id(self, name: str) -> Element | None:
        return next((found for found in self.all() if found.get("id") == name), None)

    def named(self, name: str) -> list[Element]:
        return [found for found in self.all() if found.get("name") == name and found.get("type") != "hidden"]

    @staticmethod
    def words(element: Element | None) -> str:
        return " ".join("".join(element.itertext()).split()) if element is not None else ""


def test_no_form_is_without_a_case(cases: list[Met], figures: Callable[..., None]) -> None:
    met = {case.kind for case in cases}

    assert wrong_answers.all_kinds() - met - wrong_answers.BEHIND_A_CONFIRMATION == set(), (
        "give the door that takes this form a row in tests/doors.py"
    )
    figures("U18", forms=len(met), places=len(cases))


@pytest.fixture(scope="module")
def answers(cases: list[Met], world: SimpleNamespace) -> list[CameBack]:
    with clock.fixed_at(world.now):
        return [answer for case in cases for answer in wrong_answers.tried(world, case)]


def test_every_wrong_answer_comes_back_with_a_summary_and_all_that_was_typed(
    answers: list[CameBack], figures: Callable[..., None]
) -> None:
    found = [f"{answer}: {trouble}" for answer in answers for trouble in troubles(answer)]

    assert not found, "\n".join(found)
    figures("U18", forms_sent_with_wrong_answers=len(answers), answers_lost=0)


def troubles(answer: CameBack) -> Iterator[str]:
    by_allauth = any(kind.__module__.startswith("allauth.") for kind in answer.case.kind.__mro__)  # it answers with 200
    if answer.status != (200 if by_allauth else 422) or not answer.form.errors:
        yield f"was answered with {answer.status} and the errors {dict(answer.form.errors)}"
        return
    page = Answered(answer.text)
    if not page.title.startswith(("Error: ", "Check: ")):
        yield f"the title is {page.title}"
    summaries = [one for one in page.all("div") if one.get("data-problem") is not None]
    if len(summaries) != 1:
        yield f"has {len(summaries)} summaries"
        return
    yield from _summary(page, summaries[0], answer.form)
    yield from _kept(page, answer.form, answer.typed)


def _summary(page: Answered, summary: Element, form: Any) -> Iterator[str]:
    heading = page.words(summary.find("h2"))
    if not heading.startswith(("There is a problem", "Check the time")) or summary.get("tabindex") != "-1":
        yield f"the summary is called {heading}"
    links = {page.words(link): str(link.get("href")) for link in summary.iter("a")}
    for bound in form:
        for error in display._errors(bound):
            words = " ".join(strip_tags(error).split())
            target = page.by_id(links.get(words, "")[1:])
            if words not in page.words(summary):
                yield f"the summary does not say: {words}"
            elif target is None:
                yield f"no link leads to the field of: {words}"
            beside = page.words(page.by_id(f"{bound.auto_id}-error"))
            if f"Error: {words}" not in beside and words not in beside:
                yield f"the field {bound.name} does not say the same: {words}"
            elif not beside.startswith(("Error: ", "Check: ")):
                yield f"beside {bound.name} the word Error is missing"


def _kept(page: Answered, form: Any, typed: dict[str, Any]) -> Iterator[str]:
    for bound in form.visible_fields():
        given = typed[bound.html_name]
        controls = page.named(bound.html_name)
        if isinstance(bound.field.widget, forms.PasswordInput):
            if any(control.get("value") for control in controls):
                yield "a password came back in the page"
        elif isinstance(bound.field, forms.FileField):
            continue  # no browser puts a file back; its words stand in the field beside it
        elif given and given != "no such choice" and given != ["no such choice"] and str(given) not in _shown(controls):
            yield f"{bound.name} lost its answer {str(given)[:40]}"


def _shown(controls: list[Element]) -> list[str]:
    shown: list[str] = []
    for control in controls:
        if control.tag == "textarea":
            shown.append((control.text or "").removeprefix("\n").replace("\r\n", "\n"))
        elif control.tag == "select":
            shown += [str(one.get("value")) for one in control.iter("option") if one.get("selected") is not None]
        elif control.get("type") in ("radio", "checkbox"):
            if control.get("checked") is not None:
                shown += [control.get("value", "on"), f"['{control.get('value')}']"]
        else:
            shown.append(str(control.get("value", "")))
    return shown


def test_the_summary_has_the_focus_and_its_links_lead_into_the_fields(
    answers: list[CameBack], browser: Browser, figures: Callable[..., None]
) -> None:
    """In the browser: of each form at each door the first wrong answer."""
    context = with_static_files(browser.new_context(base_url=SITE, reduced_motion="reduce"))
    page = context.new_page()
    first = {str(answer.case): answer for answer in reversed(answers)}
    found = [f"{answer}: {trouble}" for answer in first.values() for trouble in _in_the_browser(page, answer)]
    context.close()

    assert not found, "\n".join(found)
    figures("U18", looked_at_in_the_browser=len(first))


def _in_the_browser(page: Page, answer: CameBack) -> Iterator[str]:
    def give(route: Route) -> None:
        route.fulfill(status=answer.status, body=answer.text, content_type="text/html; charset=utf-8")

    page.route(f"{SITE}/answer/", give)
    page.goto("/answer/")
    page.unroute(f"{SITE}/answer/")
    expect(page.locator("[data-problem]")).to_be_focused()
    yield from page.evaluate(FOLLOW_THE_LINKS)
