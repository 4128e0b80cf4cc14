"""What every page says when there is nothing yet, and what is said when something fails (U22): in plain words, with a next
step. A new page without a row here fails."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils.html import strip_tags

from config import errors
from tests.doors import DOORS, Door, browser_of
from tests.statuspage.scenes import SCENES
from tests.world import undone

pytestmark = [pytest.mark.django_db, pytest.mark.check("U22")]

# Words of the trade that a person at a desk or on the public page does not need, and words that comfort nobody.
JARGON = re.compile(
    r"\b(exception|traceback|stack ?trace|null|undefined|none type|payload|csrf|http|https status|status code|server error"
    r"|internal error|bad request|forbidden|unauthori[sz]ed|invalid|illegal|fatal|abort(ed)?|malformed|parameter|query"
    r"|string|boolean|integer|object|queue is empty|no data|no results|no records|n/a|oops|whoops|something went wrong"
    r"|technical difficult\w+|inconvenience|unexpected error|error code|timeout|timed out|backend|instance|entity)\b",
    re.IGNORECASE,
)
# A place to go, or something to do next.
STEP = re.compile(
    r"<a\b[^>]*href=|<button\b|\b(Go back|try again|Try again|Look again|appears? here|will stand here)\b"
)

# By page: the sentence that it has while there is nothing to list, and what else it says.
EMPTY = {
    "desk:now": "No incident is open.",
    "desk:incidents": "No incident is open.",
    "desk:declare": "No agent is registered yet.",
    "desk:approvals": "Nothing waits for approval.",
    "desk:override_ledger": "The draft check has found nothing in 90 days.",
    "desk:turnaround": "Nothing was decided in the last 90 days.",
    "desk:coverage": "No incident is public.",
    "desk:stakeholder_metrics": "No public incident was detected in the last 90 days.",
    "desk:by_one_person": "Nothing was done by one person.",
    "desk:commitments": "Nothing has been promised yet.",
    "desk:outbox": "No message has been written yet.",
    "desk:organisation": "There is no component yet.",
    "desk:teams": "There is no team yet.",
    "desk:agents": "There is no agent yet.",
    "desk:log": "Nothing is logged.",
}
# Never empty: what they show is there as soon as anybody can sign in, or they are forms.
NEVER_EMPTY = {
    "desk:organisation_change", "desk:component_new", "desk:account", "desk:people", "desk:invite", "desk:solo",
    "desk:approval_policy", "desk:groups", "desk:group_new", "desk:contacts_sample", "desk:legal_clocks",
    "desk:legal_clock_new", "desk:legal_clock_profile",
    "desk:team_new", "desk:agent_new", "desk:confirm", "desk:two_step", "desk:app_add",
    "desk:key_add", "desk:templates", "desk:template_new",
}  # fmt: skip
IN_A_ROOM = [
    "The first words are a holding statement",
    "No fact is reported yet",
    "Nobody has said yet. Report it, or say that it is not known yet",
    "Nothing is written yet.",
]
IN_PUBLIC = {
    "/": "Nothing has been promised so far. What we commit to after an incident will stand here",
    "/commitments/": "Nothing has been promised so far. When we commit to something",
    "/history/": "No past incident so far. When one is over, it stays here",
}

# What is said when something fails, by status; a refusal by an operation is asked for at the door.
ERRORS: dict[int, Callable[[Any], Any]] = {
    400: errors.bad_request,
    403: errors.forbidden,
    404: errors.not_found,
    405: lambda request: errors.wrong_method(request, HttpResponse(status=405)),
    413: errors.too_large,
    429: lambda request: render(request, "429.html", status=429),
    500: errors.failed,
    503: errors.unavailable,
}
REFUSED = {403: ("desk:describe", "vic"), 409: ("desk:recover", "cleo"), 422: ("desk:open", "cleo")}


def words(page: str) -> str:
    main = re.search(r"<main\b.*</main>", page, re.DOTALL)
    return " ".join(strip_tags(main[0] if main else page).split())


def check(page: str, sentence: str = "") -> list[str]:
    said = words(page)
    found = [f"the word “{match[0]}”" for match in JARGON.finditer(said)]
    found += [] if sentence in said else [f"not “{sentence}”, but “{said[:300]}”"]
    main = re.search(r"<main\b.*</main>", page, re.DOTALL)
    return found + ([] if main and STEP.search(main[0]) else ["no next step"])


def stands_alone(door: Door) -> bool:
    """A page of the desk that is about no single thing."""
    try:
        reverse(door.name)
    except NoReverseMatch:
        return False
    return door.name.startswith("desk:") and 200 in door.get.values()


def test_every_page_of_the_desk_has_a_row_for_when_it_is_empty() -> None:
    assert {door.name for door in DOORS if stands_alone(door)} == set(EMPTY) | NEVER_EMPTY


def test_an_empty_page_says_what_will_be_there_and_what_to_do(
    cast: SimpleNamespace, organisation: Any, client_of: Callable[..., Client], figures: Callable[..., None]
) -> None:
    found = []
    for name, sentence in EMPTY.items():
        page = client_of(cast.cleo).get(reverse(name)).text
        found += [f"{name}: {trouble}" for trouble in check(page, sentence)]

    assert not found, "\n".join(found)
    figures(
        "U22", empty_pages=len(EMPTY) + len(IN_PUBLIC), error_pages=len(ERRORS) + len(REFUSED), jargon_words_found=0
    )


def test_a_new_room_says_what_belongs_there(opened: Any, ada: Any, client_of: Callable[..., Client]) -> None:
    page = client_of(ada).get(reverse("desk:incident", args=[opened.pk])).text

    found = [trouble for sentence in IN_A_ROOM for trouble in check(page, sentence)]

    assert not found, "\n".join(found)


def test_the_public_pages_say_on_the_first_day_what_will_stand_there() -> None:
    pages = SCENES["first_day"]().edition().hot
    found = [f"{path}: {' '.join(words(pages[path].body.decode()).split())}" for path, sentence in IN_PUBLIC.items()
             if sentence not in words(pages[path].body.decode())]  # fmt: skip

    assert not found, "\n".join(found)


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_page_says_what_happened_in_plain_words_and_what_to_do(status: int) -> None:
    request = RequestFactory().get("/nowhere/")
    request.user = AnonymousUser()

    answer = ERRORS[status](request)

    assert answer.status_code == status
    assert check(answer.text) == []
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("status", REFUSED)
def test_a_refusal_says_what_is_missing_in_plain_words_and_where_it_is_mended(
    status: int, world: SimpleNamespace, clock_at: Callable[..., None]
) -> None:
    clock_at(world.now)
    name, person = REFUSED[status]
    door = next(door for door in DOORS if door.name == name)

    with undone():
        answer = door.ask(browser_of(world, person), "post", world)

    assert answer.status_code == status
    assert check(answer.text, "Nothing was changed.") == []


def test_whoever_only_opens_a_page_is_not_told_what_was_not_done(world: SimpleNamespace) -> None:
    answer = browser_of(world, "vic").get("/desk/approvals/")

    assert answer.status_code == 403
    assert check(answer.text, "You may not open this page") == []
    assert "not done" not in answer.text
    assert "Nothing was changed" not in answer.text
    assert "what you typed" not in answer.text


def test_the_list_of_jargon_finds_it() -> None:
    page = "<main><p>500 Internal Error: invalid payload. No data. Oops.</p></main>"

    assert [match.casefold() for match in JARGON.findall(words(page))[0] if match][:1]
    assert len(check(page)) == 6
