"""When people can still avoid harm they are warned first (R119): the commander's written reason stands in for the facts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import LogEntry, User
from incidents.models import FACTS_GATE, Approval, Statement
from incidents.operations import approval, guards, override, statement, submission
from refusals import Incomplete, NotAllowed, WrongState
from tests import states

pytestmark = pytest.mark.django_db

WHY = "A customer was told to send a card number in the chat, and others are being told so now."
WORDS: dict[str, Any] = {
    "headline": "Do not send card numbers to our assistant",
    "acknowledgement": "Our support assistant has asked some customers to send a card number in the chat.",
    "body": "It is switched off since 18:44 UTC.",
    "investigating": "We are investigating who was asked, and what was sent.",
    "affected": "We do not know yet how many people were asked.",
    "what_to_do": "Do not send a card number in the chat. If you have, call your bank and have the card blocked.",
    "disclosure_note": "The screenshot is left out.",
}


@pytest.fixture
def warning(opened: Any, ada: User) -> Statement:
    """Ada's complete draft, in an incident of which no fact is known and in which nothing is contained yet."""
    assert not opened.facts.exists()
    begun = statement.begin(opened, "warning", by=ada)
    return statement.edit(
        begun, by=ada, seen_version=1, **WORDS, next_update_at=states.words(opened, "update")["next_update_at"]
    )


def release(draft: Statement, *, by: User, reason: str = WHY) -> Any:
    return override.let_stand(draft, FACTS_GATE, 0, by=by, seen_version=draft.version, reason=reason)


def sentences(draft: Statement) -> list[str]:
    return [item.sentence for item in guards.missing(states.fresh(draft))]


def test_it_waits_for_the_commanders_reason_and_for_no_fact(warning: Statement, cleo: User) -> None:
    assert sentences(warning) == ["Have the commander write why people are warned before the facts are known"]

    release(warning, by=cleo)

    assert sentences(warning) == []


def test_it_goes_out_with_no_fact_under_any_question_and_the_log_knows_why(
    warning: Statement, ada: User, ben: User, cleo: User
) -> None:
    row = release(warning, by=cleo)
    logged = states.last_log()
    asked = submission.submit(states.fresh(warning), by=ada, seen_version=warning.version)
    out = approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert out.entry.body["statement"] == "warning"
    assert out.entry.body["next_update_at"]
    assert asked.content["let_stand"] == [{"rule": FACTS_GATE, "found": "", "reason": WHY}]
    assert (logged.action, logged.details["override"], row.reason) == ("statement.finding_let_stand", row.pk, WHY)


@pytest.mark.parametrize(
    "field", ["headline", "acknowledgement", "body", "investigating", "what_to_do", "next_update_at"]
)
def test_what_it_says_is_still_asked_for(warning: Statement, ada: User, cleo: User, field: str, refused: Any) -> None:
    taken: dict[str, Any] = {field: None if field.endswith("_at") else ""}
    draft = statement.edit(warning, by=ada, seen_version=warning.version, **taken)
    release(draft, by=cleo)

    with refused(Incomplete):
        submission.submit(states.fresh(draft), by=ada, seen_version=draft.version)


def test_other_words_need_another_reason(warning: Statement, ada: User, cleo: User) -> None:
    release(warning, by=cleo)

    other = statement.edit(states.fresh(warning), by=ada, seen_version=warning.version, body="It is still on.")

    assert sentences(other) == ["Have the commander write why people are warned before the facts are known"]


def test_only_the_commander_releases_it(warning: Statement, ada: User, ben: User, tom: User, refused: Any) -> None:
    for person in (ada, ben, tom):
        with refused(NotAllowed, "The commander of the incident"):
            release(warning, by=person)


def test_a_release_needs_its_reason(warning: Statement, cleo: User, refused: Any) -> None:
    with refused(Incomplete) as refusal:
        release(warning, by=cleo, reason=" ")

    assert refusal.missing == ["Say why people are warned before the facts are known"]


def test_nothing_else_goes_round_the_facts(holding: Statement, cleo: User, refused: Any) -> None:
    with refused(WrongState, "Only a safety warning"):
        release(holding, by=cleo)


def test_the_holding_statement_still_comes_and_updates_wait_for_it(
    warning: Statement, ada: User, ben: User, cleo: User, refused: Any
) -> None:
    release(warning, by=cleo)
    asked = submission.submit(states.fresh(warning), by=ada, seen_version=warning.version)
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    told = states.fresh(warning.incident)

    with refused(WrongState, "The first message is the holding statement."):
        statement.begin(told, "update", by=ada)

    begun = statement.begin(told, "holding", by=ada)
    assert "Enter a fact for: What did the agent do?" in sentences(begun)


def test_it_may_go_out_in_an_emergency(warning: Statement, ada: User, cleo: User) -> None:
    release(warning, by=cleo)
    asked = submission.submit(states.fresh(warning), by=ada, seen_version=warning.version)

    out = approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="Nobody else is awake.")

    assert out.entry.body["basis"] == "emergency"


@pytest.mark.parametrize("kind", ["resolution", "correction"])
def test_the_database_lets_no_other_kind_through_in_an_emergency(published: Approval, kind: str) -> None:
    planted = Approval(
        submission=published.submission, basis="emergency", kind=kind, reason="x", written_by=published.written_by,
        approved_by=published.approved_by, approved_at=published.approved_at, corrects=[1] if kind == "correction" else [],
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="emergency_has_a_reason_and_a_kind"), transaction.atomic():
        Approval.objects.bulk_create([planted])


# --- Pages ----------------------------------------------------------------------------------------


def test_the_room_offers_it_while_nothing_is_contained(
    opened: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(f"/desk/incidents/{opened.pk}/").content.decode()

    assert f'href="/desk/incidents/{opened.pk}/statements/new/warning/"' in page


def test_after_a_warning_the_room_leads_to_the_holding_statement(
    warning: Statement, ada: User, ben: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    release(warning, by=cleo)
    asked = submission.submit(states.fresh(warning), by=ada, seen_version=warning.version)
    approval.approve(asked, by=ben, seen_digest=asked.digest)

    page = client_of(ada).get(f"/desk/incidents/{warning.incident_id}/").content.decode()

    assert "Draft the holding statement" in page
    assert "Draft the update" not in page


def test_the_commander_releases_it_on_its_page_and_the_approver_reads_why(
    warning: Statement, ada: User, ben: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    path = f"/desk/statements/{warning.pk}/"
    assert "Release the warning" not in client_of(ada).get(path).content.decode()
    browser = client_of(cleo)
    assert "Release the warning" in browser.get(path).content.decode()

    sent = {"rule": FACTS_GATE, "start": "0", "version": str(warning.version), "reason": WHY}
    assert browser.post(f"{path}overrides/", sent).status_code == 302
    asked = submission.submit(states.fresh(warning), by=ada, seen_version=warning.version)
    page = client_of(ben).get(f"/desk/approvals/{asked.pk}/").content.decode()

    assert "releases it before the facts are known" in page
    assert WHY in page
    assert LogEntry.objects.filter(action="statement.finding_let_stand").count() == 1
