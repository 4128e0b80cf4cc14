"""What a commitment says in public is checked as other public words are, where it is written and before it goes out."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from incidents.models import Commitment, CommitmentChange, Statement, Submission
from incidents.operations import change, commitment, commitment_words, submission
from refusals import Incomplete
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.django_db

VAGUE = "We improve our monitoring."
PRECISE = "Every refund letter is released by a person before it leaves."


def drafted(draft: Statement, by: User, owner: User, **fields: Any) -> Commitment:
    draft = states.fresh(draft)
    given: dict[str, Any] = {
        "text": PRECISE, "public_owner": "Head of Customer Support", "verification": "We publish the log each week.",
    } | fields  # fmt: skip
    return commitment.draft(
        draft, by=by, seen_version=draft.version, owner=owner, due_at=START + timedelta(days=10), **given
    )


def rules(made: Commitment) -> set[tuple[str, str]]:
    return {(one.field, one.finding.rule) for one in commitment_words.of_commitment(made).shown}


def test_a_vague_commitment_stops_its_statement_until_it_is_reworded(
    holding: Statement, ada: User, tom: User, refused: Any
) -> None:
    made = drafted(holding, ada, tom, text=VAGUE)
    draft = states.fresh(holding)

    with refused(Incomplete, "cannot go to an approver yet") as refusal:
        submission.submit(draft, by=ada, seen_version=draft.version)

    assert "Reword “improve our monitoring” in a commitment: vague assurance" in refusal.missing
    place = next(one for one in refusal.value.missing if "improve our monitoring" in one.sentence)
    assert (place.view, place.args, place.anchor) == ("desk:commitment_draft", (made.pk,), "id_text")
    commitment.redraft(made, by=ada, seen_version=draft.version, text=PRECISE)
    draft = states.fresh(holding)
    assert submission.submit(draft, by=ada, seen_version=draft.version)


def test_what_was_dropped_stops_nothing(holding: Statement, ada: User, tom: User) -> None:
    made = drafted(holding, ada, tom, text=VAGUE)
    commitment.drop(made, by=ada, seen_version=states.fresh(holding).version)

    draft = states.fresh(holding)
    assert submission.submit(draft, by=ada, seen_version=draft.version)


def test_the_date_and_the_check_have_fields_of_their_own(holding: Statement, ada: User, tom: User) -> None:
    made = drafted(
        holding, ada, tom, text="We will publish the log.", verification="It will be published to support you."
    )

    assert rules(made) == set()


def test_a_name_is_no_phrase_and_still_no_leak(holding: Statement, ada: User, tom: User) -> None:
    assert rules(drafted(holding, ada, tom)) == set()
    assert rules(drafted(holding, ada, tom, public_owner="Tom Lindqvist")) == {("public_owner", "PII")}
    leak = drafted(holding, ada, tom, verification="See db-7.prod.internal.")
    assert rules(leak) == {("verification", "INTERNAL-LEAK")}


def test_the_page_of_the_draft_shows_what_was_found(
    holding: Statement, ada: User, tom: User, client_of: Callable[..., Client]
) -> None:
    vague, precise = drafted(holding, ada, tom, text=VAGUE), drafted(holding, ada, tom)
    pages = [client_of(ada).get(reverse("desk:commitment_draft", args=[one.pk])) for one in (vague, precise)]
    said, fine = (page.content.decode() for page in pages)

    assert '<a href="#id_text" data-find="improve' in said
    assert "to be reworded" in said
    assert "to be reworded" not in fine
    editor = client_of(ada).get(reverse("desk:statement", args=[holding.pk])).content.decode()
    assert f'href="{reverse("desk:commitment_draft", args=[vague.pk])}#id_text"' in editor


# --- Changes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "says", "anchor"),
    [
        ({"new_text": VAGUE}, "Reword “improve our monitoring” in “New text”: vague assurance", "id_new_text"),
        (
            {"new_text": "Two people release it.", "public_reason": "It was a minor glitch."},
            "Reword “minor glitch” in “Reason given in public”: minimising",
            "id_public_reason",
        ),
    ],
)
def test_an_amendment_with_such_words_goes_to_nobody(
    commitment: Commitment, tom: User, refused: Any, fields: dict[str, str], says: str, anchor: str
) -> None:
    with refused(Incomplete, "This cannot go to an approver yet.") as refusal:
        given: dict[str, Any] = {"public_reason": "The supplier needs until then."} | fields
        change.propose(commitment, "amendment", by=tom, **given)

    assert says in refusal.missing
    assert anchor in {one.anchor for one in refusal.value.missing}


def test_a_withdrawal_and_an_explanation_are_checked_too(commitment: Commitment, tom: User, refused: Any) -> None:
    with refused(Incomplete) as refusal:
        change.propose(
            commitment, "withdrawal", by=tom, public_reason="This was caused by an old list at our supplier."
        )

    assert any("Cause stated or guessed".lower() in one for one in refusal.missing)


def test_what_only_warns_goes_to_the_approver_who_reads_it(
    commitment: Commitment, tom: User, ben: User, client_of: Callable[..., Client]
) -> None:
    change.propose(commitment, "withdrawal", by=tom, public_reason="The LLM is no longer used.")
    asked = Submission.objects.get(change=CommitmentChange.objects.get())

    said = client_of(ben).get(reverse("desk:submission", args=[asked.pk])).content.decode()

    assert "<b>Jargon</b>" in said
    assert '<span class="flag">LLM</span>' in said


def test_everything_typed_comes_back_with_the_refusal(
    commitment: Commitment, tom: User, client_of: Callable[..., Client]
) -> None:
    address = reverse("desk:commitment_change", args=[commitment.pk, "withdrawal"])

    answer = client_of(tom).post(address, {"public_reason": "It was a minor glitch."})

    said = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_public_reason">Reword “minor glitch”' in said
    assert "It was a minor glitch.</textarea>" in said


# --- While somebody types -------------------------------------------------------------------------

AHEAD = "Going forward, we count every letter."
SHRUNK = "It reached only 12 people."


def marks(said: str) -> dict[str, bool]:
    """Whether there is a mark below each field that has a place for some."""
    found = re.findall(r'<div class="marks" id="marks-(\w+)"[^>]*>(.*?)</div>', said, re.DOTALL)
    return {field: "<mark" in lines for field, lines in found}


def listed(said: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>|\s+", "", one) for one in re.findall(r"<li.*?</li>", said.partition('"reading"')[2], re.DOTALL)
    ]


def test_a_commitment_is_read_while_it_is_typed_and_nothing_is_kept(
    holding: Statement, ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    before = snapshot()
    answer = client_of(ada).post(
        reverse("desk:commitment_reading", args=[holding.pk]),
        {"text": VAGUE, "verification": "See db-7.prod.internal.", "public_owner": "Support team"},
    )

    said = answer.content.decode()
    assert marks(said) == {"text": True, "verification": True, "public_owner": False}
    assert "as typed, not saved" in said
    assert "<html" not in said
    assert "Dismiss" not in said, "what stops a commitment is edited away"
    assert snapshot() == before


@pytest.mark.parametrize("text", [VAGUE, PRECISE, AHEAD, "It has come to our attention that we improve."])
def test_reading_along_says_what_the_page_of_the_saved_draft_says(
    holding: Statement, ada: User, tom: User, client_of: Callable[..., Client], text: str
) -> None:
    browser, made = client_of(ada), drafted(holding, ada, tom, text=text)
    sent = {"text": made.text, "verification": made.verification, "public_owner": made.public_owner}

    along = browser.post(reverse("desk:commitment_reading", args=[holding.pk]), sent).content.decode()
    page = browser.get(reverse("desk:commitment_draft", args=[made.pk])).content.decode()

    assert listed(along) == listed(page)
    assert marks(along) == marks(page)


@pytest.mark.parametrize("kind", CommitmentChange.Kind.values)
def test_a_change_is_read_while_it_is_typed(
    commitment: Commitment, tom: User, client_of: Callable[..., Client], kind: str
) -> None:
    address = reverse("desk:commitment_change_reading", args=[commitment.pk, kind])

    said = client_of(tom).post(address, {"public_reason": "It was a minor glitch.", "new_text": VAGUE}).content.decode()

    amends = {"new_text": True} if kind == "amendment" else {}
    assert marks(said) == {"public_reason": True} | amends


def test_the_words_that_stay_are_not_read_again(
    commitment: Commitment, tom: User, client_of: Callable[..., Client]
) -> None:
    """They are public: an amendment that leaves them proposes nothing of them."""
    Commitment.objects.filter(pk=commitment.pk).update(text=VAGUE)
    address = reverse("desk:commitment_change_reading", args=[commitment.pk, "amendment"])

    said = client_of(tom).post(address, {"public_reason": "The supplier asked.", "new_text": VAGUE}).content.decode()

    assert marks(said) == {"public_reason": False, "new_text": False}


def buttons(said: str) -> list[str]:
    return re.findall(r'name="finding" value="([^"]+)"', said)


def test_a_click_puts_better_words_into_the_form_and_saves_nothing(
    holding: Statement, ada: User, client_of: Callable[..., Client], snapshot: Any
) -> None:
    browser, page = client_of(ada), reverse("desk:commitment_new", args=[holding.pk])
    sent = {"text": f"Today. {AHEAD}", "public_owner": "Support team", "due_at": "tomorrow", "seen_version": "2"}
    (button,) = buttons(browser.post(reverse("desk:commitment_reading", args=[holding.pk]), sent).content.decode())
    before = snapshot()

    answer = browser.post(page, sent | {"finding": button})

    said = answer.content.decode()
    assert answer.status_code == 200
    assert "“Going forward, we” is now “We”. It is not saved yet." in html.unescape(said)
    assert "Today. We count every letter.</textarea>" in said
    assert 'value="Support team"' in said
    assert 'value="tomorrow"' in said
    assert "Choose the person who owns it." not in said, "nobody has sent it to be saved"
    assert buttons(said) == []
    assert snapshot() == before


def test_a_click_in_a_change_proposes_nothing(
    commitment: Commitment, tom: User, client_of: Callable[..., Client]
) -> None:
    page = reverse("desk:commitment_change", args=[commitment.pk, "withdrawal"])
    sent = {"public_reason": SHRUNK}
    (button,) = buttons(client_of(tom).post(f"{page}reading/", sent).content.decode())

    answer = client_of(tom).post(page, sent | {"finding": button})

    assert answer.status_code == 200
    assert "It reached 12 people.</textarea>" in answer.content.decode()
    assert not CommitmentChange.objects.exists()


@pytest.mark.parametrize(
    "finding", ["VAGUE-COMMIT text 3", "NONE text 0", "VAGUE-COMMIT owner 0", "VAGUE-COMMIT text 99"]
)
def test_words_that_have_moved_are_not_mended(
    holding: Statement, ada: User, client_of: Callable[..., Client], finding: str
) -> None:
    answer = client_of(ada).post(
        reverse("desk:commitment_new", args=[holding.pk]), {"text": AHEAD, "finding": finding, "seen_version": "2"}
    )

    assert answer.status_code == 409
    assert "The words have changed since the check read them." in answer.content.decode()
    assert f"{AHEAD}</textarea>" in answer.content.decode()


@pytest.mark.parametrize("finding", ["", "MINIMISE", "MINIMISE text", "MINIMISE text x", "MINIMISE text ²"])
def test_what_names_no_place_is_not_found(
    holding: Statement, ada: User, client_of: Callable[..., Client], finding: str
) -> None:
    sent = {"text": SHRUNK, "finding": finding}
    assert client_of(ada).post(reverse("desk:commitment_new", args=[holding.pk]), sent).status_code == 404


def test_without_scripts_a_refused_form_shows_what_was_found_in_it(
    commitment: Commitment, tom: User, client_of: Callable[..., Client]
) -> None:
    page = reverse("desk:commitment_change", args=[commitment.pk, "withdrawal"])

    said = client_of(tom).post(page, {"public_reason": f"It was a minor glitch. {SHRUNK}"}).content.decode()

    assert marks(said) == {"public_reason": True}
    assert len(buttons(said)) == 1


@pytest.mark.parametrize("words", ["x" * 30_000, "<script>" * 3_000, "\x00\u202e" * 50, "only a " * 3_000])
def test_long_and_hostile_words_are_read_too(
    holding: Statement, commitment: Commitment, ada: User, tom: User, client_of: Callable[..., Client], words: str
) -> None:
    draft = states.write(commitment.incident, "update", by=ada)
    fields = {"text": words, "verification": words, "public_owner": words}
    change_at = reverse("desk:commitment_change_reading", args=[commitment.pk, "amendment"])
    answers = [
        client_of(ada).post(reverse("desk:commitment_reading", args=[draft.pk]), fields),
        client_of(tom).post(change_at, {"new_text": words, "public_reason": words}),
    ]

    assert [one.status_code for one in answers] == [200, 200]
    assert not any("<script>" in one.content.decode() for one in answers)


def test_reading_a_commitment_costs_few_questions(
    holding: Statement, ada: User, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    browser, address = client_of(ada), reverse("desk:commitment_reading", args=[holding.pk])
    browser.post(address, {"text": VAGUE})
    with django_assert_max_num_queries(8):
        browser.post(address, {"text": VAGUE})
