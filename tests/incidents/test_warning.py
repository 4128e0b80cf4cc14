"""When people can still avoid harm they are warned first (R119): the commander's written reason stands in for the facts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

import clock
from accounts.models import LogEntry, User
from incidents import wording
from incidents.models import FACTS_GATE, Approval, Commitment, Statement
from incidents.operations import approval, commitment, guards, incident, override, statement, submission
from incidents.operations import warning as warning_scope
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
    "withheld": ["privacy"],
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


# --- How far it reaches -----------------------------------------------------------------------------


def waiting(draft: Statement, *, by: User) -> Callable[[], Any]:
    """Asking for approval of it as it stands now."""
    return lambda: submission.submit(states.fresh(draft), by=by, seen_version=draft.version)


def test_people_are_warned_after_the_first_message_too(
    published: Approval, ada: User, ben: User, cleo: User, tom: User
) -> None:
    incident.contain(states.fresh(published.incident), by=cleo)
    draft = statement.begin(states.fresh(published.incident), "warning", by=ada)
    draft = statement.edit(draft, by=ada, seen_version=1, **WORDS)
    draft = statement.edit(
        draft, by=ada, seen_version=2, next_update_at=states.words(draft.incident, "update")["next_update_at"]
    )
    release(draft, by=cleo)

    asked = waiting(draft, by=ada)()
    out = approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert out.entry.body["statement"] == "warning"


def test_once_it_has_recovered_no_warning_is_begun(
    published: Approval, ada: User, cleo: User, rosa: User, tom: User, refused: Any
) -> None:
    over = states.recover(published.submission.statement.incident, commander=cleo, reporter=rosa, confirmer=tom)

    with refused(WrongState, "there is no harm left to warn people of"):
        statement.begin(over, "warning", by=ada)


def test_one_that_was_written_before_it_recovered_does_not_go_out(
    warning: Statement, ada: User, cleo: User, rosa: User, tom: User, refused: Any
) -> None:
    states.contain(warning.incident, by=tom)
    states.recover(states.fresh(warning.incident), commander=cleo, reporter=rosa, confirmer=tom)
    release(warning, by=cleo)

    with refused(Incomplete) as refusal:
        waiting(warning, by=ada)()

    assert refusal.missing == [warning_scope.TOO_LATE.rstrip(".")]


@pytest.mark.parametrize("field", ["what_happened", "why_it_happened", "what_changes"])
def test_it_has_no_other_parts(warning: Statement, ada: User, cleo: User, field: str, refused: Any) -> None:
    added: dict[str, Any] = {field: "It used an old list."}
    draft = statement.edit(warning, by=ada, seen_version=warning.version, **added)
    release(draft, by=cleo)

    with refused(Incomplete) as refusal:
        waiting(draft, by=ada)()

    label = wording.LABELS[field]
    assert refusal.missing == [f"Take out “{label}”: a warning says what to do and what is switched off"]


def test_it_calls_no_component_working(warning: Statement, component: Any, ada: User, cleo: User, refused: Any) -> None:
    down = statement.edit(
        warning, by=ada, seen_version=warning.version, component_states={component.public_id: "major_outage"}
    )
    release(down, by=cleo)
    assert sentences(down) == []
    draft = statement.edit(
        down, by=ada, seen_version=down.version, component_states={component.public_id: "operational"}
    )

    with refused(Incomplete) as refusal:
        waiting(draft, by=ada)()

    assert "Call no component working in a warning: say that in an update, which rests on facts" in refusal.missing


def test_it_makes_no_commitment(warning: Statement, ada: User, tom: User, refused: Any) -> None:
    with refused(WrongState, "A warning promises the next update and nothing else."):
        commitment.draft(
            warning, by=ada, seen_version=warning.version, text="Check every list", public_owner="Our data team",
            owner=tom, due_at=clock.now() + timedelta(days=2), verification="The list is published",
        )  # fmt: skip


def test_a_commitment_that_is_in_it_all_the_same_keeps_it_from_going_out(
    warning: Statement, ada: User, cleo: User, tom: User, refused: Any
) -> None:
    Commitment.objects.create(
        incident=warning.incident, statement=warning, text="Check every list", public_owner="Our data team",
        owner=tom, due_at=clock.now() + timedelta(days=2), verification="The list is published",
    )  # fmt: skip
    release(warning, by=cleo)

    with refused(Incomplete) as refusal:
        waiting(warning, by=ada)()

    assert warning_scope.NO_COMMITMENT in refusal.missing


# --- Pages ----------------------------------------------------------------------------------------


def test_the_room_offers_it_while_nothing_is_contained(
    opened: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(f"/desk/incidents/{opened.pk}/").content.decode()

    assert f'href="/desk/incidents/{opened.pk}/statements/new/warning/"' in page


def test_its_page_offers_no_commitment_and_nothing_that_works_again(
    warning: Statement, component: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(ada).get(f"/desk/statements/{warning.pk}/").content.decode()

    assert "A warning promises the next update and nothing else." in page
    assert "Make a commitment" not in page
    assert '<option value="degraded">' in page
    assert '<option value="operational">' not in page


def test_after_recovery_the_page_that_begins_one_says_why_not(
    published: Approval, ada: User, cleo: User, rosa: User, tom: User, client_of: Callable[..., Client]
) -> None:
    over = states.recover(published.submission.statement.incident, commander=cleo, reporter=rosa, confirmer=tom)

    page = client_of(ada).get(f"/desk/incidents/{over.pk}/statements/new/warning/").content.decode()

    assert warning_scope.TOO_LATE in page
    assert "/statements/new/warning/" not in client_of(ada).get(f"/desk/incidents/{over.pk}/").content.decode()


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
