"""What a commitment says in public is checked as other public words are, where it is written and before it goes out."""

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
    return {(one.field, one.finding.rule) for one in commitment_words.of_commitment(made)}


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
