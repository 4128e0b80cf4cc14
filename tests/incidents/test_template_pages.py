"""Templates at the desk: kept on their pages, offered where a statement begins."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from incidents.models import Approval, Incident, Statement, StatementTemplate
from incidents.operations import template
from tests import states

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Mine",
    "kind": "update",
    "body": "About {agent}: {news}.",
    "scenario": "",
    "category": "",
    "position": "",
}


def place(about: Incident, kind: str) -> str:
    return reverse("desk:statement_new", args=[about.pk, kind])


def test_the_page_of_a_kind_offers_what_fits_best_first_and_in_full(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(place(ready_to_speak, "holding")).content.decode()

    best = StatementTemplate.objects.get(name="First message: many people at once")
    assert page.index(best.name) < page.index("First message: messages that should not have been sent")
    assert f'name="template" value="{best.pk}" checked' in page
    assert "Our Support assistant has [what people saw]" in page
    assert "a dispute has grown" not in page


def test_choosing_one_begins_with_its_words(published: Approval, ada: User, client_of: Callable[..., Client]) -> None:
    told = states.fresh(published.incident)
    chosen = StatementTemplate.objects.get(name="Update without news")
    browser = client_of(ada)
    assert "Update without news" in browser.get(place(told, "update")).content.decode()

    answer = browser.post(place(told, "update"), {"template": chosen.pk})

    begun = Statement.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, reverse("desk:statement", args=[begun.pk]))
    assert "We have nothing new to tell you." in begun.body
    assert "Fill in [what we are investigating]" in browser.get(answer["Location"]).content.decode()


def test_one_that_was_retired_meanwhile_is_refused_and_nothing_is_begun(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    chosen = StatementTemplate.objects.fitting(ready_to_speak, "holding")[0]
    template.retire(chosen, by=ada)
    before = snapshot()

    assert client_of(ada).post(place(ready_to_speak, "holding"), {"template": chosen.pk}).status_code == 409
    for made_up in ("987654321", "x", "9" * 40):
        assert client_of(ada).post(place(ready_to_speak, "holding"), {"template": made_up}).status_code == 404
    assert snapshot() == before


def test_a_correction_can_begin_with_one(published: Approval, ada: User, client_of: Callable[..., Client]) -> None:
    address = reverse("desk:correction_new", args=[published.entry.number])
    chosen = StatementTemplate.objects.get(name="Correction")
    assert "We wrote that [what we said that was wrong]." in client_of(ada).get(address).content.decode()

    client_of(ada).post(address, {"template": chosen.pk})

    assert Statement.objects.latest("pk").acknowledgement.startswith("We wrote that [what we said")


def test_where_none_fits_the_page_says_what_that_depends_on(
    declared: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(place(declared, "holding")).content.decode()

    assert "None fits this incident as it is described so far." in page
    assert 'name="template"' not in page


def test_more_templates_cost_no_more_questions(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    addresses = (place(ready_to_speak, "holding"), reverse("desk:templates"))

    def asked() -> list[int]:
        counted = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            counted.append(len(queries))
        return counted

    browser.get(addresses[0])
    before = asked()
    for number in range(3):
        template.add(by=ada, name=f"Another {number}", kind="holding", headline="{agent}")
    assert asked() == before
    assert max(before) <= 12


def test_adding_and_changing_one(ada: User, client_of: Callable[..., Client]) -> None:
    browser = client_of(ada)
    assert browser.post(reverse("desk:template_new"), TYPED).status_code == 302
    mine = StatementTemplate.objects.get(name="Mine")
    assert (mine.body, mine.position) == (TYPED["body"], 0)

    address = reverse("desk:template", args=[mine.pk])
    assert 'value="1"' in browser.get(address).content.decode()
    assert browser.post(address, TYPED | {"body": "Other.", "version": "1"}).status_code == 302
    assert states.fresh(mine).body == "Other."


def test_an_unknown_variable_is_named_and_everything_typed_stays(
    ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    before = snapshot()
    answer = client_of(ada).post(reverse("desk:template_new"), TYPED | {"body": "About {agnt}."})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_body">Take out {agnt}: there is no such variable</a>' in page
    assert "About {agnt}." in page
    assert snapshot() == before


def test_the_second_save_shows_what_the_first_one_wrote_and_keeps_what_was_typed(
    ada: User, olga: User, client_of: Callable[..., Client]
) -> None:
    mine = template.add(by=ada, name="Mine", kind="update", body="Before.")
    template.change(mine, by=olga, seen_version=1, body="Hers.")
    browser, address = client_of(ada), reverse("desk:template", args=[mine.pk])

    answer = browser.post(address, TYPED | {"body": "Mine.", "version": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Hers." in page
    assert "Mine.</textarea>" in page
    assert states.fresh(mine).body == "Hers."

    assert browser.post(address, TYPED | {"body": "Mine.", "version": "2"}).status_code == 302
    assert states.fresh(mine).body == "Mine."


def test_retiring_and_offering_again_are_buttons(olga: User, client_of: Callable[..., Client]) -> None:
    mine = template.add(by=olga, name="Mine", kind="update", body="Words.")
    browser, address = client_of(olga), reverse("desk:template", args=[mine.pk])
    assert "Retire it" in browser.get(address).content.decode()
    browser.post(reverse("desk:template_retire", args=[mine.pk]))
    assert "Offer it again" in browser.get(address).content.decode()
    assert "Retired" in browser.get(reverse("desk:templates")).content.decode()
    browser.post(reverse("desk:template_restore", args=[mine.pk]))
    assert states.fresh(mine).is_active


def test_who_only_works_here_reads_them(ben: User, client_of: Callable[..., Client]) -> None:
    some = StatementTemplate.objects.get(name="Correction")
    page = client_of(ben).get(reverse("desk:template", args=[some.pk])).content.decode()

    assert "We wrote that {wrong}." in page
    assert "Save the template" not in page
    assert "administrators and communications leads" in page


# --- What the check says of them ------------------------------------------------------------------


def test_after_saving_its_page_shows_what_was_found_and_how_it_reads(
    ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    answer = browser.post(
        reverse("desk:template_new"), TYPED | {"body": "It was a minor glitch of {agent}.\n\n- one\n- two"}
    )
    mine = StatementTemplate.objects.get(name="Mine")
    assert answer.headers["Location"] == reverse("desk:template", args=[mine.pk])

    page = browser.get(answer.headers["Location"]).content.decode()

    assert "It was a minor glitch of {agent}." in page
    marks = page.partition('id="marks-body"')[2].partition("</div>")[0]
    assert "minor glitch" in marks
    assert "our Support assistant" in marks
    assert "Minimising" in page.partition('id="reading"')[2]
    assert "formaction" not in page.partition('id="reading"')[2].partition('id="preview"')[0]
    reads = page.partition('id="preview"')[2].partition("</section>")[0]
    assert "<li>one</li>" in reads
    assert "We will post the next update here by" in reads


def test_a_secret_is_named_at_its_field_and_everything_typed_stays(
    ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    before, secret = snapshot(), "AKIA" + "IOSFODNN7EXAMPLE"

    answer = client_of(ada).post(reverse("desk:template_new"), TYPED | {"body": f"The key is {secret}."})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<a href="#id_body">Take out “{secret}”' in page
    assert f"The key is {secret}.</textarea>" in page
    assert snapshot() == before


def test_it_is_read_along_while_it_is_typed_and_nothing_is_kept(
    ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    before = snapshot()

    answer = client_of(ada).post(
        reverse("desk:template_reading"), {"kind": "update", "body": "It was a minor glitch of {agent}."}
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "as typed, not saved" in page
    assert '<div class="marks" id="marks-body" hx-swap-oob="true">' in page
    assert 'id="preview" aria-labelledby="as-it-reads" hx-swap-oob="true"' in page
    assert "<p>It was a minor glitch of our Support assistant.</p>" in page
    assert snapshot() == before


@pytest.mark.parametrize("kind", ["rumour", ""])
def test_of_no_kind_nothing_is_found(ada: User, kind: str, client_of: Callable[..., Client]) -> None:
    answer = client_of(ada).post(reverse("desk:template_reading"), {"kind": kind, "body": "About {agent}."})

    assert answer.status_code == 200
    assert ("Support assistant" in answer.content.decode()) is (kind == "")


def test_who_only_works_here_sees_how_it_reads_and_no_findings(ben: User, client_of: Callable[..., Client]) -> None:
    some = StatementTemplate.objects.get(name="Correction")
    page = client_of(ben).get(reverse("desk:template", args=[some.pk])).content.decode()

    assert "We wrote that the letters named an order." in page
    assert 'id="reading"' not in page
