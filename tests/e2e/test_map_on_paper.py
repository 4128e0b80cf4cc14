"""The map and proof of notice on paper (U23): Chromium prints them whole, and what is for the screen alone stays there."""

import io
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from django.urls import reverse
from playwright.sync_api import Browser

import clock
from stakeholders.models import Outgoing
from tests import states
from tests.e2e.test_print import CUT_OFF, LETTERS
from tests.security.snapshot import Kept, Snapshot

pytestmark = [pytest.mark.check("U23"), pytest.mark.django_db]


@pytest.fixture
def proof(published: Any, group: Any, cast: SimpleNamespace, client_of: Any) -> Snapshot:
    """Of a group that got a message, was called, and could read the page."""
    about = published.incident
    states.send(states.write_to(group, about, by=cast.ada), writer=cast.ada, approver=cast.ben)
    Outgoing.objects.filter(kind="direct").update(state="sent", sent_at=clock.now())
    states.tell_by_hand(about, by=cast.ada, kind="affected", what=" ".join(["All letters are stopped."] * 40))
    answer = client_of(cast.rosa).get(reverse("desk:proof", args=[about.pk, group.pk]))
    return Snapshot(pages={"/proof/": Kept(answer.status_code, dict(answer.headers), answer.content)})


def test_it_prints_whole_without_what_is_for_the_screen(proof: Snapshot, browser: Browser) -> None:
    with proof.served() as url:
        context = browser.new_context(base_url=url, viewport={"width": 680, "height": 960})
        page = context.new_page()
        page.goto("/proof/")
        page.emulate_media(media="print")
        cut_off = page.evaluate(CUT_OFF)
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
        context.close()
    text = LETTERS.sub("", "".join(sheet.extract_text() for sheet in printed.pages))

    assert cut_off == []
    assert len(printed.pages) <= 3
    for said in (
        "Proof of notice: Directly affected users",
        "Nell Hart <nell@example.org>",
        "All letters are stopped.",
    ):
        assert LETTERS.sub("", said) in text
    assert text.count("Alllettersarestopped") == 40
    assert "Downloadforaspreadsheet" not in text


def test_the_groups_of_a_map_and_their_picture_print_on_one_page(
    published: Any, cast: SimpleNamespace, client_of: Any, browser: Browser
) -> None:
    answer = client_of(cast.ada).get(reverse("desk:map", args=[published.incident.pk]))
    kept = Snapshot(pages={"/map/": Kept(answer.status_code, dict(answer.headers), answer.content)})
    with kept.served() as url:
        context = browser.new_context(base_url=url, viewport={"width": 680, "height": 960})
        page = context.new_page()
        page.goto("/map/")
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
        context.close()
    first = LETTERS.sub("", printed.pages[0].extract_text())

    for row in published.incident.plans.select_related("group"):
        assert LETTERS.sub("", str(row.group)) in first
    assert "Influenceandinterest" in first
    assert "whichholdseverythingthepictureshows" in first
    assert "Writetothem" not in first
