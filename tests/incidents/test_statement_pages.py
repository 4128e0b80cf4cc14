"""The editor: everything that is typed is kept, what is missing is listed, and nobody saves over somebody."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

import clock
from incidents.models import Statement, Submission
from incidents.operations import statement
from tests import states


def page_of(draft) -> str:
    return reverse("desk:statement", args=[draft.pk])


def typed(draft, **changes):
    """What a browser sends for this draft, unchanged but for ``changes``."""
    said = {
        "version": draft.version,
        "headline": draft.headline,
        "acknowledgement": draft.acknowledgement,
        "body": draft.body,
        "investigating": draft.investigating,
        "affected": draft.affected,
        "what_to_do": draft.what_to_do,
        "public_status": draft.public_status,
        "impact": draft.impact,
        "began_at": "",
        "next_update_at": f"{draft.next_update_at:%Y-%m-%d %H:%M} UTC" if draft.next_update_at else "",
        "disclosure_note": draft.disclosure_note,
        "withheld": draft.withheld,
        "cites": [fact.pk for fact in draft.facts.all()],
    }
    said |= {f"component-{key}": state for key, state in draft.component_states.items()}
    return said | changes


def test_beginning_is_a_page_with_a_button_that_begins(ready_to_speak, ada, client_of):
    browser = client_of(ada)
    address = reverse("desk:statement_new", args=[ready_to_speak.pk, "holding"])

    page = browser.get(address)
    assert "Begin the holding statement" in page.content.decode()
    assert not Statement.objects.exists()

    answer = browser.post(address)
    begun = Statement.objects.get()
    assert (answer.status_code, answer.url) == (302, page_of(begun))
    assert browser.get(address).url == page_of(begun), "what is begun is gone on with"


def test_a_kind_that_cannot_be_begun_says_why(ready_to_speak, ada, client_of):
    page = client_of(ada).get(reverse("desk:statement_new", args=[ready_to_speak.pk, "update"]))
    assert "The first message is the holding statement" in page.content.decode()
    assert "Begin the" not in page.content.decode()
    assert client_of(ada).get(f"/desk/incidents/{ready_to_speak.pk}/statements/new/rumour/").status_code == 404


def test_an_empty_draft_lists_everything_that_is_missing_with_its_place(opened, ada, client_of):
    begun = statement.begin(opened, "holding", by=ada)
    said = client_of(ada).get(page_of(begun)).content.decode()
    assert "<title>13 missing: Holding statement, Support assistant" in said
    for anchor in ("#id_headline", "#id_acknowledgement", "#id_next_update_at"):
        assert f'href="{page_of(begun)}{anchor}"' in said
        assert f'id="{anchor[1:]}"' in said
    assert f'href="{reverse("desk:containment_new", args=[opened.pk])}"' in said


def test_saving_makes_a_version_and_shows_the_words_as_the_page_will(holding, ada, client_of):
    browser = client_of(ada)
    sent = typed(holding, headline="Letters went astray", body="We **stopped** them.")
    answer = browser.post(page_of(holding), sent)
    assert (answer.status_code, answer.url) == (302, page_of(holding))
    assert states.fresh(holding).version == holding.version + 1

    said = browser.get(page_of(holding)).content.decode()
    assert "<p>We <strong>stopped</strong> them.</p>" in said
    assert "We will post the next update here by 16:01 UTC (17:01 CET), even if there is nothing new." in said
    assert "Nothing is missing" in said


def test_sending_the_page_back_as_it_is_changes_nothing(holding, ada, client_of):
    assert client_of(ada).post(page_of(holding), typed(holding)).status_code == 302
    assert states.fresh(holding).version == holding.version


def test_a_typed_time_is_shown_as_understood_before_it_counts(holding, ada, client_of):
    browser = client_of(ada)
    first = browser.post(page_of(holding), typed(holding, next_update_at="in 40 min"))
    assert first.status_code == 422
    said = first.content.decode()
    assert "We read this as 15:56 UTC (16:56 CET), Thursday 19 November 2026" in said
    assert 'value="in 40 min"' in said

    seen = re.search(r'name="next_update_at-seen" value="([^"]+)"', said).group(1)
    again = typed(holding, next_update_at="in 40 min") | {"next_update_at-seen": seen}
    assert browser.post(page_of(holding), again).status_code == 302
    assert states.fresh(holding).next_update_at == clock.now() + timedelta(minutes=40)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("body", "a" * 10_001, "It may have 10,000"),
        ("body", "[" * 301, "opening square brackets"),
        ("headline", "a" * 201, "It may have 200"),
        ("next_update_at", "yesterday 9:00", "in the past"),
        ("impact", "huge", "Select a valid choice"),
    ],
)
def test_what_cannot_be_saved_comes_back_with_everything_typed(holding, ada, client_of, field, value, sentence):
    answer = client_of(ada).post(page_of(holding), typed(holding, **{"affected": "Typed just now.", field: value}))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in said
    assert "There is a problem" in said
    assert sentence in said
    assert "Typed just now." in said
    assert states.fresh(holding).version == holding.version


def test_a_save_that_comes_too_late_shows_the_difference_and_keeps_what_was_typed(holding, ada, cleo, client_of):
    browser = client_of(ada)
    statement.edit(holding, by=cleo, seen_version=holding.version, headline="Cleo’s headline")

    answer = browser.post(page_of(holding), typed(holding, headline="Ada’s headline"))
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody saved this statement after you opened it" in said
    assert "Cleo’s headline" in said
    assert 'value="Ada’s headline"' in said
    assert states.fresh(holding).headline == "Cleo’s headline"

    version = re.search(r'name="version" value="(\d+)"', said).group(1)
    assert browser.post(page_of(holding), typed(holding, headline="Both", version=version)).status_code == 302
    assert states.fresh(holding).headline == "Both"


def test_submitting_saves_what_is_typed_and_asks(holding, ada, client_of):
    address = reverse("desk:statement_submit", args=[holding.pk])
    answer = client_of(ada).post(address, typed(holding, headline="Letters went astray"))
    asked = Submission.objects.get()
    assert answer.url == reverse("desk:submission", args=[asked.pk])
    assert asked.content["headline"] == "Letters went astray"


def test_submitting_what_is_incomplete_keeps_the_words_and_lists_what_is_missing(holding, ada, client_of):
    address = reverse("desk:statement_submit", args=[holding.pk])
    answer = client_of(ada).post(address, typed(holding, headline="Letters went astray", affected=""))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "This cannot go to an approver yet." in said
    assert "Say who is affected" in said
    assert states.fresh(holding).headline == "Letters went astray"
    assert not Submission.objects.exists()


def test_submitting_without_the_form_submits_the_version_that_was_seen(holding, ada, client_of):
    browser, address = client_of(ada), reverse("desk:statement_submit", args=[holding.pk])
    assert browser.post(address, {"version": "1"}).status_code == 409
    assert browser.post(address, {"version": "nonsense"}).status_code == 404
    assert browser.post(address, {"version": holding.version}).status_code == 302


def test_discarding_leads_back_to_the_incident(holding, ada, client_of):
    answer = client_of(ada).post(reverse("desk:statement_discard", args=[holding.pk]))
    assert answer.url == reverse("desk:incident", args=[holding.incident_id])
    assert states.fresh(holding).state == "discarded"


def test_who_does_not_write_reads_the_draft_without_a_form(holding, ben, client_of):
    said = client_of(ben).get(page_of(holding)).content.decode()
    assert holding.headline in said
    assert "Save and check again" not in said
    assert "Discard" not in said


@pytest.mark.parametrize("reader", ["vic", "max"])
def test_who_only_reads_incidents_does_not_read_drafts(holding, cast, client_of, reader):
    answer = client_of(getattr(cast, reader)).get(page_of(holding))
    assert answer.status_code == 403
    assert holding.headline not in answer.content.decode()


def test_the_room_names_a_draft_to_all_and_quotes_it_to_those_who_work(holding, cast, client_of):
    link = f'href="/desk/statements/{holding.pk}/"'
    for person in (cast.ada, cast.rosa, cast.vic, cast.max):
        room = client_of(person).get(f"/desk/incidents/{holding.incident_id}/").content.decode()
        works = person in (cast.ada, cast.rosa)
        assert "Holding statement" in room
        assert (holding.headline in room, link in room) == (works, works)


def test_the_editor_asks_the_same_number_of_questions_whatever_it_lists(
    ready_to_speak, ada, tom, client_of, django_assert_num_queries
):
    from incidents.operations import commitment

    draft = states.write(ready_to_speak, "holding", by=ada)
    browser = client_of(ada)
    browser.get(page_of(draft))

    def promised(text):
        commitment.draft(
            states.fresh(draft),
            by=ada,
            seen_version=states.fresh(draft).version,
            text=text,
            public_owner="Support team",
            owner=tom,
            due_at=clock.now() + timedelta(days=3),
            verification="The count is published.",
        )

    promised("One.")
    with django_assert_num_queries(QUERIES):
        browser.get(page_of(draft))
    promised("Two.")
    promised("Three.")
    with django_assert_num_queries(QUERIES):
        browser.get(page_of(draft))


QUERIES = 11
