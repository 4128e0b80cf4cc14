"""The pages behind a mail's links: opening them changes nothing, one answer acts, and then they are void (A11, A12)."""

from datetime import timedelta

import pytest

from accounts.models import LogEntry
from incidents.models import CommitmentChange, Evidence, RecordEntry
from incidents.operations import commitment as operations
from incidents.operations import sweep
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

DUE = START + timedelta(days=10)
CHOICES = ("", "done/", "more-time/", "not-mine/")


@pytest.fixture
def token(commitment):
    sweep.sweep()
    return stakeholders.mint(Outgoing.objects.get(kind="commitment"))


@pytest.fixture
def visitor(client_of):
    return client_of(None)


def give(visitor, token, choice, **fields):
    return visitor.post(f"/act/{token}/{choice}/", fields)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing_however_often(visitor, token, snapshot, method, choice):
    before = snapshot()

    for _ in range(3):
        answer = getattr(visitor, method)(f"/act/{token}/{choice}")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]

    assert snapshot() == before


def test_the_page_shows_what_was_promised_and_three_answers(visitor, token, commitment):
    page = visitor.get(f"/act/{token}/").content.decode()

    assert commitment.text in page
    assert "29 November 2026, 15:16 UTC" in page
    assert page.count('href="done/"') == page.count('href="more-time/"') == page.count('href="not-mine/"') == 1
    assert "<form" not in page


def test_done_asks_for_evidence_and_hands_it_to_a_verifier(visitor, token, commitment, tom):
    answer = give(visitor, token, "done", text="All letters carry a name.", dated_at="2026-11-19 15:00 UTC")

    assert answer.status_code == 200
    given = Evidence.objects.get()
    assert (given.submitted_by, given.owner, given.text) == (tom, tom, "All letters carry a name.")
    assert states.fresh(commitment).state == "open"
    assert RecordEntry.objects.filter(kind="reported_done").exists()


def test_more_time_proposes_an_amendment(visitor, token, commitment, tom):
    answer = give(
        visitor,
        token,
        "more-time",
        new_text="",
        new_due_at="2026-12-09 15:00 UTC",
        public_reason="The supplier is late.",
    )

    assert answer.status_code == 200
    proposed = CommitmentChange.objects.get()
    assert (proposed.kind, proposed.proposed_by) == ("amendment", tom)
    assert states.fresh(commitment).due_at == DUE


def test_after_the_deadline_it_is_an_explanation(visitor, token, clock_at):
    clock_at(DUE + timedelta(hours=1))
    sweep.sweep()

    page = visitor.get(f"/act/{token}/more-time/").content.decode()
    assert "Not done, and here is why" in page
    assert "new_due_at" not in page
    give(visitor, token, "more-time", public_reason="It was built and switched off again.")

    assert CommitmentChange.objects.get().kind == "explanation"


def test_not_mine_leaves_it_with_its_owner_and_says_so(visitor, token, commitment, tom):
    answer = give(visitor, token, "not-mine", reason="Refunds belong to payments.")

    assert answer.status_code == 200
    assert states.fresh(commitment).owner == tom
    assert "until somebody else owns it, it stays with you" in answer.content.decode().lower()


@pytest.mark.parametrize(
    ("choice", "fields"),
    [
        ("done", {"text": "Done.", "dated_at": "2026-11-19 15:00 UTC"}),
        ("more-time", {"new_due_at": "2026-12-09 15:00 UTC", "public_reason": "Late."}),
        ("not-mine", {"reason": "Payments."}),
    ],
)
def test_one_answer_voids_every_link_of_the_commitment(visitor, token, commitment, choice, fields):
    newer = Outgoing.objects.get(kind="commitment")
    newer.pk, newer.key, newer.message_id = None, "commitment:again", "<again@example.org>"
    newer.save(force_insert=True)
    other = stakeholders.mint(newer)

    assert give(visitor, token, choice, **fields).status_code == 200

    for used in (token, other):
        assert visitor.get(f"/act/{used}/").status_code == 404
        assert give(visitor, used, choice, **fields).status_code == 404
    assert LogEntry.objects.filter(action__startswith="commitment.", object_id=str(commitment.pk)).exists()


@pytest.mark.parametrize("choice", ["done", "more-time", "not-mine"])
def test_an_empty_answer_keeps_the_link_and_says_what_is_missing(visitor, token, snapshot, choice):
    before = snapshot()

    answer = give(visitor, token, choice)

    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert snapshot() == before


def test_what_was_typed_stays_when_the_operation_refuses(visitor, token, commitment, ada):
    from incidents.operations import change

    change.propose(commitment, "withdrawal", by=ada, public_reason="Nobody needs it.")
    stakeholders.void_links("x", "x")
    Outgoing.objects.filter(kind="commitment").update(message_id="<new@example.org>")
    fresh = stakeholders.mint(Outgoing.objects.get(kind="commitment"))

    answer = give(visitor, fresh, "more-time", new_due_at="2026-12-09 15:00 UTC", public_reason="The supplier is late.")

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "waits for approval already" in page
    assert "The supplier is late." in page


def plain(answer):
    import re

    return answer.status_code, re.sub(r'value="[^"]*"', "", answer.content.decode())


def test_unknown_expired_void_and_settled_links_look_the_same(visitor, token, commitment, clock_at, tom, ben):
    from incidents.operations import evidence

    unknown = plain(visitor.get(f"/act/{'a' * 43}/"))
    clock_at(START + timedelta(days=14))
    expired = plain(visitor.get(f"/act/{token}/"))
    clock_at(START)
    evidence.accept(evidence.report_done(commitment, by=tom, text="Done.", dated_at=START), by=ben)
    settled = plain(visitor.get(f"/act/{token}/done/"))

    assert unknown[0] == 404
    assert unknown == expired == settled
    assert "the newest mail about it has a link that works" in unknown[1]
    assert "/desk/commitments/" in unknown[1]


def test_a_former_owners_link_does_nothing(visitor, token, commitment, cleo, rosa):
    operations.reassign(commitment, rosa, by=cleo, reason="Away.")

    assert give(visitor, token, "not-mine", reason="Mine no more.").status_code == 404


def test_an_answer_without_the_forms_own_token_is_refused(client_of, token, snapshot):
    browser = client_of(None, enforce_csrf_checks=True)
    before = snapshot()

    assert give(browser, token, "not-mine", reason="No.").status_code == 403

    assert snapshot() == before
