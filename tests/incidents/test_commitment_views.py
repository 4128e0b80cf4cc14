"""The board and the page of a commitment, drafts in the statement, and the outbox, as people see them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from incidents.models import Commitment, CommitmentChange, Evidence, Reminder
from incidents.operations import evidence, sweep
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing
from tests import factories, states
from tests.conftest import START

DUE = START + timedelta(days=10)


@pytest.fixture
def three(commitment, ada, ben, rosa, cleo):
    """Three public commitments: due in ten days, in five hours, and in thirty minutes."""
    made = [commitment]
    for owner, hours in ((rosa, 5), (cleo, 0.5)):
        due = START + timedelta(hours=hours)
        made.append(states.promise(commitment.incident, writer=ada, approver=ben, owner=owner, due_at=due))
    return made


def page(browser, name, *args, status=200):
    answer = browser.get(reverse(f"desk:{name}", args=args))
    assert answer.status_code == status
    return answer.content.decode()


# The board


def test_missed_comes_first_then_what_is_due_then_the_rest(three, clock_at, client_of, vic):
    clock_at(START + timedelta(hours=1))
    sweep.sweep()

    board = page(client_of(vic), "commitments")

    assert [board.index(f'id="{anchor}"') for anchor in ("missed", "due", "open")] == sorted(
        board.index(f'id="{anchor}"') for anchor in ("missed", "due", "open")
    )
    assert board.index("C-3") < board.index("C-2") < board.index("C-1")
    assert "30 min over" in board
    assert "29 November 2026, 15:16 UTC" in board


def test_a_report_that_waits_and_a_settled_one_are_shown(commitment, client_of, tom, ben):
    given = evidence.report_done(commitment, by=tom, text="Done.", dated_at=START)
    assert "reported done, to be verified" in page(client_of(ben), "commitments")

    evidence.accept(given, by=ben)

    board = page(client_of(ben), "commitments")
    assert "Nothing is owed" in board
    assert 'id="settled"' in board


def test_an_empty_board_says_what_comes_here(client_of, ada):
    assert "Nothing has been promised yet." in page(client_of(ada), "commitments")


def test_a_reminder_that_could_not_be_sent_is_shown(commitment, client_of, ada):
    Reminder.objects.filter(commitment=commitment, step="created").update(state="stuck", settled_at=START)

    assert "could not be sent" in page(client_of(ada), "commitments")


def test_the_board_costs_the_same_for_one_and_for_three(commitment, request, client_of, vic, django_assert_num_queries):
    browser = client_of(vic)
    page(browser, "commitments")

    with django_assert_num_queries(9):
        page(browser, "commitments")
    request.getfixturevalue("three")
    with django_assert_num_queries(9):
        page(browser, "commitments")


# One commitment


def test_the_owner_reports_and_the_verifier_decides(commitment, client_of, tom, ben):
    owner, verifier = client_of(tom), client_of(ben)
    answer = owner.post(
        reverse("desk:evidence_new", args=[commitment.pk]), {"text": "It is done.", "dated_at": "2026-11-19 15:00 UTC"}
    )
    assert answer.status_code == 302
    given = Evidence.objects.get()
    assert "It is done, publish it as kept" in page(verifier, "commitment", commitment.pk)
    assert "publish it as kept" not in page(owner, "commitment", commitment.pk)

    verifier.post(reverse("desk:evidence_accept", args=[given.pk]))

    assert states.fresh(commitment).state == "kept"
    assert "Commitment kept" in page(verifier, "commitment", commitment.pk)


def test_a_report_without_words_keeps_what_was_typed(commitment, client_of, tom, snapshot):
    browser, before = client_of(tom), snapshot()

    answer = browser.post(
        reverse("desk:evidence_new", args=[commitment.pk]), {"text": "", "dated_at": "yesterday 9:00"}
    )

    assert answer.status_code == 422
    assert "yesterday 9:00" in answer.content.decode()
    assert "Say how it shows that it was done." in answer.content.decode()
    without_sessions = {table: rows for table, rows in snapshot().items() if "session" not in table}
    assert without_sessions == {table: rows for table, rows in before.items() if "session" not in table}


def test_sending_it_back_needs_a_reason(commitment, client_of, tom, ben):
    given = evidence.report_done(commitment, by=tom, text="Done.", dated_at=START)
    browser = client_of(ben)

    assert browser.post(reverse("desk:evidence_refuse", args=[given.pk]), {"reason": ""}).status_code == 422
    browser.post(reverse("desk:evidence_refuse", args=[given.pk]), {"reason": "Nothing to see."})

    assert states.fresh(given).outcome == "refused"
    assert "Nothing to see." in page(browser, "commitment", commitment.pk)


@pytest.mark.parametrize("kind", ["amendment", "withdrawal"])
def test_a_change_is_proposed_from_its_own_page(commitment, client_of, tom, kind):
    browser = client_of(tom)
    address = reverse("desk:commitment_change", args=[commitment.pk, kind])
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"public_reason": ""}).status_code == 422

    fields = {"public_reason": "The supplier is late."}
    if kind == "amendment":
        fields |= {"new_text": commitment.text, "new_due_at": "2026-12-09 15:00 UTC"}
    assert browser.post(address, fields).status_code == 302

    assert CommitmentChange.objects.get().kind == kind
    assert "waits for approval" in page(browser, "commitment", commitment.pk)


def test_a_change_that_is_not_possible_says_why(commitment, client_of, tom):
    assert "Only a commitment that was missed is explained" in page(
        client_of(tom), "commitment_change", commitment.pk, "explanation"
    )
    page(client_of(tom), "commitment_change", commitment.pk, "nonsense", status=404)


def test_people_who_only_read_see_the_page_without_its_buttons(commitment, client_of, vic):
    shown = page(client_of(vic), "commitment", commitment.pk)

    assert "Report it done" not in shown
    assert "Give it to another owner" not in shown
    page(client_of(vic), "commitment_change", commitment.pk, "amendment", status=403)
    page(client_of(vic), "commitment_reassign", commitment.pk, status=403)


def test_it_is_given_to_another_owner(commitment, client_of, cleo, rosa):
    browser = client_of(cleo)
    address = reverse("desk:commitment_reassign", args=[commitment.pk])
    assert browser.post(address, {"owner": rosa.pk, "reason": ""}).status_code == 422

    browser.post(address, {"owner": rosa.pk, "reason": "Tom is away."})

    assert states.fresh(commitment).owner == rosa


def test_a_draft_has_no_page_of_its_own_and_is_found_in_its_statement(published, ada, client_of, tom, vic):
    draft = states.write(published.incident, "update", by=ada)
    browser = client_of(ada)
    fields = {
        "seen_version": draft.version,
        "text": "We publish the run log.",
        "public_owner": "Operations",
        "owner": tom.pk,
        "due_at": "2026-12-09 15:00 UTC",
        "verification": "It is on the run log page.",
    }
    address = reverse("desk:commitment_new", args=[draft.pk])
    assert browser.get(address).status_code == 200
    assert browser.post(address, fields | {"verification": ""}).status_code == 422
    assert browser.post(address, fields).status_code == 302

    made = Commitment.objects.get()
    its_page, its_statement = reverse("desk:commitment", args=[made.pk]), reverse("desk:statement", args=[draft.pk])
    assertRedirects(browser.get(its_page), its_statement)
    page(client_of(vic), "commitment", made.pk, status=404)  # who reads no drafts
    fields |= {"seen_version": states.fresh(draft).version, "text": "We publish each run log."}
    assert browser.post(reverse("desk:commitment_draft", args=[made.pk]), fields).status_code == 302
    assert states.fresh(made).text == "We publish each run log."
    stale = browser.post(reverse("desk:commitment_draft", args=[made.pk]), fields)
    assert stale.status_code == 409
    assert "We publish each run log." in stale.content.decode()
    browser.post(reverse("desk:commitment_drop", args=[made.pk]))
    assert states.fresh(made).state == "dropped"
    assertRedirects(browser.get(its_page), its_statement)


# The outbox


def test_the_outbox_shows_every_message_and_why(commitment, client_of, ada):
    sweep.sweep()
    message = Outgoing.objects.get(kind="commitment")
    browser = client_of(ada)

    assert "Due in 10 d: C-1." in page(browser, "outbox")
    shown = page(browser, "outgoing", message.pk)
    assert "What is the state of it?" in shown
    assert "(a link, in the sent message only)" in shown
    assert "⟦" not in shown
    assert "Because you own C-1." in shown


def test_no_link_that_acts_is_ever_shown(commitment, client_of, ada):
    sweep.sweep()
    message = Outgoing.objects.get(kind="commitment")
    token = stakeholders.mint(message)
    browser = client_of(ada)

    for shown in (page(browser, "outbox"), page(browser, "outgoing", message.pk)):
        assert token not in shown
        assert "/act/" not in shown


def test_a_person_sends_again_what_is_stuck(commitment, client_of, ada):
    sweep.sweep()
    message = Outgoing.objects.get(kind="commitment")
    Outgoing.objects.filter(pk=message.pk).update(state="unsure", settled_at=START, outcome="It may have arrived.")
    browser = client_of(ada)
    assert "It may have arrived. Ask Tom Lindqvist" in page(browser, "outgoing", message.pk)
    assert "It may have arrived." in browser.get(reverse("desk:outbox"), {"show": "troubled"}).content.decode()

    browser.post(reverse("desk:outgoing_retry", args=[message.pk]))

    assert states.fresh(message).state == "queued"
    assert "Send it again" not in page(browser, "outgoing", message.pk)


def test_people_who_only_read_do_not_see_the_outbox(commitment, client_of, vic):
    page(client_of(vic), "outbox", status=403)


def test_the_outbox_costs_the_same_for_one_and_for_three(
    commitment, request, client_of, ada, django_assert_num_queries
):
    Outgoing.objects.exclude(pk=Outgoing.objects.first().pk).delete()
    browser = client_of(ada)
    page(browser, "outbox")
    with django_assert_num_queries(6):
        page(browser, "outbox")
    request.getfixturevalue("three")
    with django_assert_num_queries(6):
        page(browser, "outbox")


def test_of_many_open_ones_those_due_next_are_shown_and_all_are_one_link_away(commitment, cleo, client_of, monkeypatch):
    monkeypatch.setattr("incidents.views.commitments.OPEN_SHOWN", 2)
    for days in (9, 8, 7):
        due = START + timedelta(days=days)
        factories.CommitmentFactory.create(
            statement=commitment.statement, made_in=commitment.made_in, state="open", number=90 + days, due_at=due,
            first_due_at=due,
        )  # fmt: skip
    desk, board = client_of(cleo), reverse("desk:commitments")
    short, whole = (desk.get(board, query).content.decode() for query in ({}, {"open": "all"}))

    assert '2 due next, <a href="?open=all#open">all 4</a>' in short
    assert [number in short for number in ("C-97", "C-98", "C-99")] == [True, True, False]
    assert [number in whole for number in ("C-97", "C-98", "C-99")] == [True, True, True]
    assert "open=all" not in whole
