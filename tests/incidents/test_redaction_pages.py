"""The pages on which words are taken down: where one gets there, what is asked, what the second person sees and does."""

import pytest
from django.urls import reverse

from accounts.models import Organisation
from incidents.models import RecordEntry, Redaction
from incidents.operations import masthead, places, redaction, timeline
from tests import states
from tests.conftest import START

HEADLINE = "Refund letters reached the wrong people"


def at(name, pk):
    return reverse(f"desk:{name}", args=[pk])


def text(answer):
    return " ".join(answer.content.decode().split())


def proposed(published, by):
    return redaction.propose(
        published.entry, {published.entry.number: ["headline"]}, by=by, reason="personal_data", note="She asked for it."
    )


@pytest.mark.parametrize(
    ("who", "there"), [("ada", True), ("ben", True), ("cleo", True), ("olga", True), ("tom", False)]
)
def test_the_room_leads_there_whoever_may_propose_it(published, cast, client_of, who, there):
    said = text(client_of(getattr(cast, who)).get(at("incident", published.incident_id)))
    assert (at("take_down", published.entry.number) in said) == there


def test_the_page_of_an_approved_change_and_that_of_a_commitment_lead_there(commitment, ben, client_of):
    browser = client_of(ben)
    number = commitment.made_in_id
    assert at("take_down", number) in text(browser.get(at("commitment", commitment.pk)))
    asked = commitment.made_in.approval.submission_id
    assert at("take_down", number) in text(browser.get(at("submission", asked)))


def test_proposing_step_by_step(published, ada, client_of):
    browser, here = client_of(ada), at("take_down", published.entry.number)
    said = text(browser.get(here))
    assert f"Headline: “{HEADLINE}”" in said
    assert "What is wrong is <b>corrected</b>" in said

    answer = browser.post(here, {"note": "She asked for it."})
    assert answer.status_code == 422
    assert "Choose the texts that have to go." in text(answer)
    assert "She asked for it." in text(answer)

    answer = browser.post(here, {"texts": ["1:headline"], "reason": "personal_data", "note": f"“{HEADLINE}” must go"})
    assert answer.status_code == 422
    assert "Do not quote the words in your reason: it stays" in text(answer)

    answer = browser.post(here, {"texts": ["1:headline", "1:body"], "reason": "personal_data", "note": "She asked."})
    about = Redaction.objects.get()
    assert answer.url == at("redaction", about.pk)
    assert about.chosen == [{"entry": 1, "fields": ["body", "headline"]}]
    assert f'waits already. <a href="{at("redaction", about.pk)}">' in text(browser.get(here))


def test_a_field_that_is_not_offered_is_refused(published, ada, client_of):
    answer = client_of(ada).post(
        at("take_down", 1), {"texts": ["1:disclosure_note"], "reason": "secret", "note": "It is one."}
    )
    assert answer.status_code == 422
    assert not Redaction.objects.exists()


def test_the_same_words_in_other_entries_are_offered_with_them(published, ada, ben, client_of):
    states.publish(published.incident, "update", writer=ada, approver=ben)

    said = text(client_of(ada).get(at("take_down", 1)))
    assert f"The same in entry 2. Headline: “{HEADLINE}”" in said

    about = proposed(published, ada)
    said = text(client_of(ben).get(at("redaction", about.pk)))
    assert "The same words, or sentences of them, would stay" in said
    assert at("take_down", 2) in said


def test_the_second_person_finds_it_in_the_queue_and_among_what_waits_for_them(published, ada, ben, tom, client_of):
    about = proposed(published, ada)
    queue = text(client_of(ben).get(reverse("desk:approvals")))
    assert "Words to be taken down" in queue
    assert at("redaction", about.pk) in queue
    assert at("redaction", about.pk) in text(client_of(ben).get(reverse("desk:now")))
    assert at("redaction", about.pk) not in text(client_of(ada).get(reverse("desk:now")))
    assert at("redaction", about.pk) not in text(client_of(tom).get(reverse("desk:now")))


def test_the_second_person_sees_what_goes_and_takes_it_down(published, ada, ben, client_of):
    about, browser = proposed(published, ada), client_of(ben)
    said = text(browser.get(at("redaction", about.pk)))
    assert f"<del>{HEADLINE}</del>" in said
    assert "A saved version" in said
    assert "It cannot be undone." in said.partition('class="actionbar"')[0], (
        "what is in the bar is not shown on a phone"
    )

    answer = browser.post(at("redaction_confirm", about.pk), {"seen": places.plan(about).seen}, follow=True)

    said = text(answer)
    assert "Taken down. Entry 2 of the public record says so." in said
    assert HEADLINE not in said
    room = text(browser.get(at("incident", published.incident_id)))
    assert HEADLINE not in room
    assert "[Words taken down]" in room
    for address in (at("submission", published.submission_id), at("statement", published.submission.statement_id)):
        assert HEADLINE not in text(browser.get(address))


def test_the_proposer_has_no_button(published, ada, client_of):
    about = proposed(published, ada)
    said = text(client_of(ada).get(at("redaction", about.pk)))
    assert at("redaction_confirm", about.pk) not in said
    assert "other than Ada Brandt, who proposed it" in said
    assert "Withdraw the proposal" in said


def test_what_was_not_seen_comes_back_as_the_page(published, ada, ben, cleo, client_of):
    about = proposed(published, ada)
    before = places.plan(about).seen
    timeline.note(published.incident, f"They wrote about “{HEADLINE}”.", by=cleo)

    answer = client_of(ben).post(at("redaction_confirm", about.pk), {"seen": before})

    assert answer.status_code == 409
    assert "What you saw is not what would be taken down now" in text(answer)
    assert places.plan(about).seen in text(answer)
    assert client_of(ben).post(at("redaction_confirm", about.pk)).status_code == 409


def test_leaving_the_words(published, ada, ben, client_of):
    about = proposed(published, ada)
    answer = client_of(ben).post(at("redaction_withdraw", about.pk), follow=True)
    assert "Withdrawn. The words stay public." in text(answer)
    assert "Ben Okafor withdrew the proposal" in text(answer)


def test_whoever_works_alone_has_a_button_that_says_so(published, ada, ben, cleo, client_of):
    for person in (ben, cleo):
        person.is_active = False
        person.save()
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    about, browser = proposed(published, ada), client_of(ada)
    assert "Take them down alone" in text(browser.get(at("redaction", about.pk)))

    browser.post(at("redaction_alone", about.pk), {"seen": places.plan(about).seen})

    assert RecordEntry.objects.get(kind="redaction").body["basis"] == "solo"


def test_names_that_the_public_page_shows_are_not_offered(organisation, olga, component, client_of):
    entry = masthead.found(organisation, by=olga)
    assert "There is nothing here that could be taken down" in text(client_of(olga).get(at("take_down", entry.number)))


def test_a_later_draft_is_compared_with_the_notice(published, ada, ben, client_of):
    about = proposed(published, ada)
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)
    asked = states.submit(states.write(published.incident, "update", by=ada, headline="Letters are held back"), by=ada)

    said = text(client_of(ben).get(at("submission", asked.pk)))

    assert HEADLINE not in said
    assert "[Words taken down]" in said


def test_the_log_says_who_took_what_down_and_quotes_nothing(published, ada, ben, client_of):
    about = proposed(published, ada)
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    said = text(client_of(ben).get(reverse("desk:log")))

    assert "entry 1; fields headline" in said
    assert "incidents.statementversion:" in said
    assert HEADLINE not in said
