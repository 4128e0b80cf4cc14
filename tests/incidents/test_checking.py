"""The draft check beside a statement: what it knows of the incident, where a finding stands, and that it only advises."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User, system_user
from incidents import draft_check
from incidents.models import Fact, Statement
from incidents.operations import approval, checking, fact, guards, override, statement, submission
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states

pytestmark = pytest.mark.django_db

SMALL = "Only a small number of customers were affected."


def look(written: Statement) -> checking.Checked:
    return guards.look(written).checked


def rules(written: Statement) -> set[str]:
    return {passage.finding.rule for passage in look(states.fresh(written)).passages}


def edited(written: Statement, by: User, **fields: Any) -> Statement:
    return statement.edit(written, by=by, seen_version=written.version, **fields)


def test_a_finding_stands_in_its_field_with_the_words_around_it(holding: Statement, ada: User) -> None:
    written = edited(holding, ada, affected=SMALL)

    (passage,) = [one for one in look(written).passages if one.finding.rule == "MINIMISE"]

    assert (passage.field, passage.label) == ("affected", "Who is affected")
    assert passage.before + passage.finding.text + passage.after == SMALL
    assert passage.finding.is_blocking


def test_what_is_not_said_stands_nowhere(holding: Statement, ada: User) -> None:
    nothing = dict.fromkeys(("body", "affected", "what_to_do"), "")
    written = edited(holding, ada, acknowledgement="Hello.", investigating="Soon.", headline="News", **nothing)

    passages = {one.finding.rule: one for one in look(written).passages}

    assert {"ACK-MISSING", "INVEST-MISSING"} <= passages.keys()
    assert (passages["ACK-MISSING"].before, passages["ACK-MISSING"].finding.text) == ("", "")


def test_the_promise_is_read_as_the_page_will_say_it(holding: Statement, ada: User) -> None:
    filled = draft_check.Context(fields=frozenset({"next_update_at"}))
    without = draft_check.check(f"{holding.acknowledgement} {holding.investigating}", "holding", filled)

    assert "TIMEFRAME-MISSING" in {finding.rule for finding in without.findings}
    assert "TIMEFRAME-MISSING" not in rules(holding)


def test_what_an_empty_field_does_not_say_is_said_once(opened: Any, ada: User) -> None:
    draft = statement.begin(opened, "holding", by=ada)

    assert rules(draft) == set()
    assert "Promise a time for the next update" in [item.sentence for item in guards.missing(draft)]


def test_a_cause_may_be_named_once_it_is_confirmed(holding: Statement, ada: User, rosa: User, tom: User) -> None:
    written = edited(holding, ada, body="This was caused by an old address list.")
    assert "SPECULATE" in rules(written)

    cause = fact.report(
        written.incident, by=rosa, question=Fact.Question.CIRCUMSTANCES, text="An old list was read.", is_cause=True,
        source_kind=Fact.Source.LOG, source="run log", observed_at=written.edited_at,
    )  # fmt: skip
    fact.confirm(
        cause, by=tom, seen_version=cause.version, confirmation_kind=Fact.Source.LOG, confirmation_source="import log"
    )

    assert "SPECULATE" not in rules(written)


def test_a_number_needs_a_confirmed_fact_that_says_it_of_the_same_things(holding: Statement, ada: User) -> None:
    cited = holding.facts.get(question=Fact.Question.AGENT_DID)
    assert cited.text.startswith("The assistant sent 212 refund letters")

    for said, found in (
        ("212 letters were sent.", False),
        ("212 customers had a letter.", True),
    ):
        holding = edited(states.fresh(holding), ada, body=said)
        passages = look(holding).passages
        assert any(one.finding.rule == "NUMBER-UNSOURCED" and one.field == "body" for one in passages) is found, said


def test_nobody_who_works_here_is_named(holding: Statement, ada: User) -> None:
    system_user()

    assert "PII" in rules(edited(holding, ada, body="Tom Lindqvist stopped it at 14:52 UTC."))
    assert "PII" not in rules(
        edited(states.fresh(holding), ada, body="Answerable is a name of software, and of nobody here.")
    )


def test_it_asks_five_questions_and_never_says_that_it_is_safe(holding: Statement) -> None:
    checked = look(holding)

    assert len(checked.questions) == 5
    assert "safe" not in checked.result.verdict


def test_author_and_approver_read_the_same_findings(
    holding: Statement, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    written = edited(holding, ada, body="We are handling it. The API returned 503.")
    asked = submission.submit(written, by=ada, seen_version=written.version)

    for person, path in ((ada, f"/desk/statements/{written.pk}/"), (ben, f"/desk/approvals/{asked.pk}/")):
        page = client_of(person).get(path).content.decode()
        assert '<span class="flag">API</span>' in page
        assert "Who could be identified from this?" in page


# --- What stops, and who lets it stand ------------------------------------------------------------


def stops(written: Statement) -> list[str]:
    return [item.sentence for item in guards.missing(states.fresh(written))]


def stand(
    written: Statement, *, by: User, reason: str = "The register names two customers.", rule: str = "MINIMISE"
) -> Any:
    found = next(one.finding for one in look(written).stopping if one.finding.rule == rule)
    return override.let_stand(written, rule, found.start, by=by, seen_version=written.version, reason=reason)


@pytest.fixture
def small(holding: Statement, ada: User) -> Statement:
    return edited(holding, ada, affected=SMALL)


def test_what_the_check_finds_stops_the_submission(small: Statement, ada: User, refused: Any) -> None:
    with refused(Incomplete, "cannot go to an approver yet") as refusal:
        submission.submit(small, by=ada, seen_version=small.version)

    assert [sentence for sentence in refusal.missing if sentence == "Reword “Only a small number of”: minimising"]


def test_a_field_that_is_empty_is_named_once(opened: Any, ada: User) -> None:
    draft = statement.begin(opened, "holding", by=ada)

    assert not [sentence for sentence in stops(draft) if "investigating" in sentence and "Say what" not in sentence]


def test_the_commander_lets_it_stand_with_a_reason_that_the_approver_reads(
    small: Statement, ada: User, ben: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    row = stand(small, by=cleo, reason="The register names <b>two</b> customers.")
    asked = submission.submit(states.fresh(small), by=ada, seen_version=small.version)
    page = client_of(ben).get(f"/desk/approvals/{asked.pk}/").content.decode()

    assert asked.content["let_stand"] == [{"rule": "MINIMISE", "found": row.found, "reason": row.reason}]
    assert "Cleo Marsh lets it stand" in page
    assert "The register names &lt;b&gt;two&lt;/b&gt; customers." in page
    assert states.last_log().action == "submission.submitted"
    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry
    later = client_of(ben).get(f"/desk/approvals/{asked.pk}/").content.decode()
    assert "Let stand by the commander" in later
    assert "The register names &lt;b&gt;two&lt;/b&gt; customers." in later


def test_other_words_void_it(small: Statement, ada: User, cleo: User) -> None:
    stand(small, by=cleo)
    assert stops(small) == []

    other = edited(states.fresh(small), ada, what_to_do="Please keep the letter.")

    assert stops(other) == ["Reword “Only a small number of”: minimising"]


def test_the_same_words_elsewhere_are_another_finding(holding: Statement, ada: User, cleo: User) -> None:
    """“Only a small number of” of the one sentence is not that of the other."""
    written = edited(holding, ada, affected=SMALL, what_to_do="Only a small number of you need to reply.")
    first, second = (one.finding for one in look(written).stopping)
    assert first.text == second.text

    stand(written, by=cleo)

    assert [one.finding for one in look(states.fresh(written)).stopping] == [second]


def test_what_takes_two_people_is_not_approved_by_the_one_who_let_it_stand(
    holding: Statement, ada: User, ben: User, cleo: User, refused: Any
) -> None:
    written = edited(holding, ada, body="Write to anna.schmidt@gmail.example.")
    stand(written, by=cleo, rule="PII")
    asked = submission.submit(states.fresh(written), by=ada, seen_version=written.version)

    with refused(NotAllowed, "Somebody else has to approve this."):
        approval.approve(asked, by=cleo, seen_digest=asked.digest)
    with refused(NotAllowed, "Somebody else has to approve this."):
        approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="Nobody else is awake.")

    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry


def test_nobody_else_lets_it_stand(small: Statement, ada: User, ben: User, refused: Any) -> None:
    for person in (ada, ben):
        with refused(
            NotAllowed, "The commander of the incident lets a finding stand, with a reason. That is Cleo Marsh."
        ):
            stand(small, by=person)


def test_it_needs_a_reason(small: Statement, cleo: User, refused: Any) -> None:
    with refused(Incomplete, "with a reason") as refusal:
        stand(small, by=cleo, reason="  ")

    assert refusal.missing == ["Say why “Minimising” may stand here"]


def test_a_secret_stands_for_nobody(holding: Statement, ada: User, cleo: User, refused: Any) -> None:
    written = edited(holding, ada, body="It runs on db-7.prod.internal.")

    with refused(NotAllowed, "Change the words."):
        stand(written, by=cleo, rule="INTERNAL-LEAK")


def test_what_is_not_found_is_not_let_stand(small: Statement, cleo: User, refused: Any) -> None:
    with refused(Stale, "The check does not find that"):
        override.let_stand(small, "MINIMISE", 4711, by=cleo, seen_version=small.version, reason="They are few.")


def test_what_waits_for_approval_is_taken_back_first(holding: Statement, ada: User, cleo: User, refused: Any) -> None:
    submission.submit(holding, by=ada, seen_version=holding.version)

    with refused(WrongState, "Take it back"):
        override.let_stand(
            states.fresh(holding), "MINIMISE", 0, by=cleo, seen_version=holding.version, reason="They are few."
        )


def test_on_the_page_only_the_commander_has_the_form_and_nothing_typed_is_lost(
    small: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    path = f"/desk/statements/{small.pk}/"
    assert "Let it stand, with a reason" not in client_of(ada).get(path).content.decode()
    browser = client_of(cleo)
    assert "Let it stand, with a reason" in browser.get(path).content.decode()
    found = next(one.finding for one in look(small).stopping)
    sent = {"rule": found.rule, "start": str(found.start), "version": str(small.version)}

    refusal = browser.post(f"{path}overrides/", sent | {"reason": " "})
    stale = browser.post(f"{path}overrides/", sent | {"reason": "Typed with care.", "version": "1"})
    done = browser.post(f"{path}overrides/", sent | {"reason": "The register names two."}, follow=True)

    assert (refusal.status_code, stale.status_code) == (422, 409)
    assert "Say why “Minimising” may stand here" in refusal.content.decode()
    assert "Typed with care." in stale.content.decode()
    assert "It stands, with your reason." in done.content.decode()
    for wrong in ({"version": "x"}, {"start": "x"}):
        assert browser.post(f"{path}overrides/", sent | wrong).status_code == 404


# --- As JSON --------------------------------------------------------------------------------------


def ask(browser: Client, **fields: str) -> Any:
    return browser.post("/desk/draft-check/", fields)


def test_the_same_answer_comes_as_json(ada: User, client_of: Callable[..., Client]) -> None:
    answer = ask(client_of(ada), text=SMALL, kind="update")

    assert answer.status_code == 200
    assert answer.json() == draft_check.check(SMALL, "update", checking.known()).as_json()
    assert "MINIMISE" in {found["rule"] for found in answer.json()["findings"]}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": SMALL}, "Give a kind: holding, "),
        ({"text": SMALL, "kind": "rumour"}, "Give a kind: holding, "),
        ({"text": "x" * 20_001, "kind": "update"}, "At most 20,000 are checked"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    ada: User, client_of: Callable[..., Client], fields: dict[str, str], says: str
) -> None:
    answer = ask(client_of(ada), **fields)

    assert answer.status_code == 422
    assert says in answer.json()["error"]
