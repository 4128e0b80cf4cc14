"""The commander lets a finding in a drafted commitment stand, as in the statement that makes it (domain 3.2, 3.3)."""

import re
from collections import Counter
from typing import Any

import pytest

from accounts.models import User
from incidents.models import Commitment, Override, Statement
from incidents.operations import approval, commitment, commitment_words, guards, override, submission
from incidents.operations.commitment_words import InCommitment
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states
from tests.incidents.test_commitment_words import PRECISE, drafted

pytestmark = pytest.mark.django_db

VAGUE = f"Going forward, {PRECISE[0].lower()}{PRECISE[1:]}"
PERSON = "Ask for order 4711815 at our desk by 1 December 2026; each answer is on the page /orders."
REASON = "It is the number of our own test order."


@pytest.fixture
def vague(holding: Statement, ada: User, tom: User) -> Statement:
    drafted(holding, ada, tom, text=VAGUE)
    return states.fresh(holding)


def found(draft: Statement, rule: str = "VAGUE-COMMIT") -> InCommitment:
    every = guards.look(states.fresh(draft)).in_commitments
    return next(one for one in every if one.passage.finding.rule == rule)


def stand(draft: Statement, *, by: User, rule: str = "VAGUE-COMMIT", **changes: Any) -> Override:
    one, fresh = found(draft, rule), states.fresh(draft)
    given: dict[str, Any] = {"part": one.part, "reason": REASON, "start": one.passage.finding.start} | changes
    return override.let_stand(fresh, rule, by=by, seen_version=fresh.version, **given)


def stopping(draft: Statement) -> list[str]:
    return [item.sentence for item in guards.missing(states.fresh(draft)) if "in a commitment" in item.sentence]


def test_with_a_reason_it_stops_no_longer_and_the_approver_reads_it(
    vague: Statement, ada: User, ben: User, cleo: User, client_of: Any
) -> None:
    assert stopping(vague)

    row = stand(vague, by=cleo)
    assert (row.kind, row.found, row.reason) == ("commander", "Going forward", REASON)
    assert states.last_log().action == "statement.finding_let_stand"
    assert stopping(vague) == []

    asked = submission.submit(states.fresh(vague), by=ada, seen_version=vague.version)
    made = vague.own_commitments()[0]
    assert asked.content["let_stand"] == [
        {"rule": "VAGUE-COMMIT", "found": row.found, "reason": REASON, "commitment": made.public_id}
    ]
    assert asked.let_stand == 1
    page = client_of(ben).get(f"/desk/approvals/{asked.pk}/").text
    assert "Let stand by the commander <span>in the commitments</span>" in page
    assert REASON in page
    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry


def test_other_words_void_it(vague: Statement, ada: User, cleo: User) -> None:
    stand(vague, by=cleo)
    made = vague.own_commitments()[0]

    commitment.redraft(made, by=ada, seen_version=vague.version, text=f"{VAGUE} Soon.")
    assert stopping(vague)
    commitment.redraft(made, by=ada, seen_version=states.fresh(vague).version, text=VAGUE)
    assert stopping(vague) == []


def test_the_same_words_in_another_statement_are_another_finding(vague: Statement, ada: User, cleo: User) -> None:
    stand(vague, by=cleo)
    made = vague.own_commitments()[0]

    assert commitment_words.of_commitment(made).stopping
    assert not commitment_words.of_commitment(made, standing=vague.overrides.all()).stopping


def test_personal_data_takes_somebody_else_to_approve(
    holding: Statement, ada: User, ben: User, cleo: User, tom: User, refused: Any
) -> None:
    drafted(holding, ada, tom, text=PERSON)
    row = stand(holding, by=cleo, rule="PII")
    assert row.kind == "two_person"
    asked = submission.submit(states.fresh(holding), by=ada, seen_version=states.fresh(holding).version)

    with refused(NotAllowed, "Somebody else has to approve this."):
        approval.approve(asked, by=cleo, seen_digest=asked.digest)
    assert approval.approve(asked, by=ben, seen_digest=asked.digest).entry


def test_only_the_commander_and_only_with_a_reason(vague: Statement, ada: User, cleo: User, refused: Any) -> None:
    with refused(NotAllowed, "The commander of the incident lets a finding stand"):
        stand(vague, by=ada)
    with refused(Incomplete, "with a reason") as refusal:
        stand(vague, by=cleo, reason=" ")
    assert refusal.missing == ["Say why “Vague assurance” may stand here"]


def test_what_is_not_there_and_what_nobody_may_is_refused(
    holding: Statement, vague: Statement, ada: User, cleo: User, tom: User, refused: Any
) -> None:
    for changes in ({"start": 4711}, {"part": "4711.text"}, {"part": f"{found(vague).made.pk}.verification"}):
        with refused(Stale, "The check does not find that"):
            stand(vague, by=cleo, **changes)
    drafted(holding, ada, tom, text=f"{PRECISE} It runs on db-7.prod.internal.")
    with refused(NotAllowed, "Nobody can let"):
        stand(vague, by=cleo, rule="INTERNAL-LEAK")


def test_two_findings_of_one_rule_each_have_their_own_form(
    holding: Statement, ada: User, cleo: User, tom: User, client_of: Any
) -> None:
    drafted(holding, ada, tom, text=f"{VAGUE} Going forward, each letter is checked twice.")
    path = f"/desk/statements/{holding.pk}/"
    every = guards.look(states.fresh(holding)).in_commitments
    first, second = (one for one in every if one.passage.finding.rule == "VAGUE-COMMIT")
    sent = {"rule": "VAGUE-COMMIT", "part": second.part, "reason": "Typed with care.", "version": "1"}

    again = client_of(cleo).post(f"{path}overrides/", sent | {"start": str(second.passage.finding.start)}).text

    ids = Counter(re.findall(r'\bid="([^"]+)"', again))
    assert ids[f"id_reason-{first.at}"] == ids[f"id_reason-{second.at}"] == 1
    assert [one for one, times in ids.items() if times > 1] == []
    assert again.count("<details open><summary>Let it stand") == again.count(">Typed with care.<") == 1
    row = stand(holding, by=cleo, start=second.passage.finding.start)
    assert [one.passage.override for one in guards.look(states.fresh(holding)).in_commitments] == [None, row]


def test_each_commitment_is_checked_once_for_a_page_and_for_a_reason(
    vague: Statement, cleo: User, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    of_commitment, one = commitment_words.of_commitment, found(vague)

    def counted(made: Commitment, *more: Any) -> commitment_words.Read:
        read.append(made.text)
        return of_commitment(made, *more)

    monkeypatch.setattr(commitment_words, "of_commitment", counted)

    client_of(cleo).get(f"/desk/statements/{vague.pk}/")
    assert read == [VAGUE]
    override.let_stand(
        states.fresh(vague), "VAGUE-COMMIT", one.passage.finding.start, by=cleo, seen_version=vague.version,
        reason=REASON, part=one.part,
    )  # fmt: skip
    assert read == [VAGUE, VAGUE]


def test_what_waits_is_taken_back_first(vague: Statement, ada: User, cleo: User, refused: Any) -> None:
    one = found(vague)
    stand(vague, by=cleo)
    submission.submit(states.fresh(vague), by=ada, seen_version=vague.version)

    with refused(WrongState, "Take it back"):
        override.let_stand(
            states.fresh(vague), "VAGUE-COMMIT", one.passage.finding.start, by=cleo, seen_version=vague.version,
            reason=REASON, part=one.part,
        )  # fmt: skip


def test_on_the_page_the_commander_has_the_form_and_nothing_typed_is_lost(
    vague: Statement, ada: User, cleo: User, client_of: Any
) -> None:
    path, one = f"/desk/statements/{vague.pk}/", found(vague)
    sent = {
        "rule": "VAGUE-COMMIT", "start": str(one.passage.finding.start), "version": str(vague.version), "part": one.part,
    }  # fmt: skip
    assert "Let it stand, with a reason" not in client_of(ada).get(path).text
    browser = client_of(cleo)
    assert f'name="part" value="{one.part}"' in browser.get(path).text

    stale = browser.post(f"{path}overrides/", sent | {"reason": "Typed with care.", "version": "1"})
    done = browser.post(f"{path}overrides/", sent | {"reason": REASON}, follow=True)

    assert stale.status_code == 409
    assert "Typed with care." in stale.text
    assert "lets it stand" in done.text
    assert REASON in done.text
