"""What the check found stays with what was submitted, is shown after the decision, and goes with words taken down (R117)."""

from typing import Any

import pytest

from accounts import chain
from accounts.models import User
from incidents import draft_check
from incidents.draft_check.rules import RuleSet
from incidents.models import Commitment, Statement, Submission
from incidents.operations import approval, change, checking, dossier, override, places, redaction, statement, submission
from tests import states

pytestmark = pytest.mark.django_db

JARGON = {"rule": "JARGON", "name": "Jargon", "severity": "warning", "field": "what_to_do", "words": "API"}


@pytest.fixture
def asked(holding: Statement, ada: User) -> Submission:
    words = "Keep the letter. The API returned an error."
    written = statement.edit(holding, by=ada, seen_version=holding.version, what_to_do=words)
    return submission.submit(written, by=ada, seen_version=written.version)


def test_findings_and_rules_are_part_of_what_the_digest_binds(asked: Submission) -> None:
    assert JARGON in asked.content["findings"]
    assert asked.content["rules_digest"] == draft_check.rules_digest()
    assert asked.digest == chain.digest(asked.content)
    assert asked.digest != chain.digest(asked.content | {"findings": []})


def test_they_are_those_of_the_submission_and_make_nothing_stale(
    asked: Submission, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade with other rules, what was submitted can be approved as it was read."""
    monkeypatch.setattr("incidents.draft_check.engine.shipped", lambda: RuleSet((), "other"))

    assert dossier.as_now(asked) == asked.content
    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry


def test_what_the_approver_was_warned_of_is_read_after_the_decision(
    asked: Submission, ben: User, client_of: Any
) -> None:
    browser, path = client_of(ben), f"/desk/approvals/{asked.pk}/"
    before = browser.get(path).text
    approval.approve(asked, by=ben, seen_digest=asked.digest)

    after = browser.get(path).text

    assert "What the approver was warned of" not in before
    shown = after.partition("What the approver was warned of")[2].partition("</section>")[0]
    assert "<b>Jargon</b>" in shown
    assert '<p class="words">API</p>' in shown
    assert "Left out, and why" in after
    assert asked.content["disclosure_note"] in after


def test_what_was_returned_and_what_had_no_findings_say_so_too(
    holding: Statement, ada: User, ben: User, client_of: Any
) -> None:
    asked = submission.submit(holding, by=ada, seen_version=holding.version)
    Submission.objects.filter(pk=asked.pk).update(content=asked.content | {"findings": []})
    submission.send_back(Submission.objects.get(pk=asked.pk), by=ben, reason="Say who is affected.")

    assert "The draft check had found nothing." in client_of(ben).get(f"/desk/approvals/{asked.pk}/").text


def test_of_an_older_submission_nothing_is_claimed(asked: Submission, ben: User, client_of: Any) -> None:
    old = {key: value for key, value in asked.content.items() if key not in ("findings", "rules_digest")}
    Submission.objects.filter(pk=asked.pk).update(
        content=old, outcome="void", decided_by=ben, decided_at=asked.asked_at
    )

    assert "warned of" not in client_of(ben).get(f"/desk/approvals/{asked.pk}/").text


def test_a_change_of_a_commitment_keeps_its_findings(commitment: Commitment, tom: User) -> None:
    made = change.propose(
        commitment, "withdrawal", by=tom, public_reason="The address that returned 503 errors is gone."
    )
    asked = made.submissions.get()

    assert asked.content["rules_digest"] == draft_check.rules_digest()
    assert "public_reason" in {one["field"] for one in asked.content["findings"]}


def test_the_words_in_findings_go_with_the_words_that_are_taken_down(
    holding: Statement, ada: User, ben: User, cleo: User
) -> None:
    person = "anna.schmidt@gmail.example"
    written = statement.edit(holding, by=ada, seen_version=holding.version, body=f"Write to {person}. The API failed.")
    found = next(one for one in checking.check(written, cause_established=False).passages if one.stops)
    override.let_stand(written, "PII", found.finding.start, by=cleo, seen_version=written.version, reason="She agreed.")
    quiet = next(
        one for one in checking.check(states.fresh(written), cause_established=False).passages if one.can_be_dismissed
    )
    override.dismiss(written, quiet.finding.rule, quiet.field, quiet.at, by=ada, seen_version=written.version)
    asked = submission.submit(states.fresh(written), by=ada, seen_version=written.version)
    assert person in str(asked.content["findings"])
    assert quiet.finding.text in str(asked.content["dismissed"])
    told = approval.approve(asked, by=ben, seen_digest=asked.digest)

    about = redaction.propose(
        told.entry, {told.entry.number: ["body"]}, by=ada, reason="personal_data", note="She asked for it by phone."
    )
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    content = Submission.objects.get(pk=asked.pk).content
    assert person not in str(content)
    assert {one["words"] for one in content["findings"]} <= {chain.TAKEN_DOWN, ""}
    assert {one["found"] for one in content["dismissed"]} == {chain.TAKEN_DOWN}
    assert {one["rule"] for one in content["findings"]} >= {"PII", quiet.finding.rule}
