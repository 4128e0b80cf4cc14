"""All that one person did alone, in one list: who, when, why, and what became of the review."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import LogEntry, Organisation, User
from incidents import alone
from incidents.operations import approval, evidence, fact, places, plan, redaction, review
from stakeholders.models import GroupKind, Scenario
from tests import states
from tests.conftest import START
from tests.incidents.plans import silence

ALONE = reverse("desk:by_one_person")
WHY = "Everybody else left in October."


def read(browser, **query):
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(ALONE, query).content.decode()).split())


def works_alone(person, *, reason=WHY, at=START):
    """Nobody else is left, and it is declared and in effect."""
    User.objects.people().exclude(pk=person.pk).update(is_active=False)
    Organisation.objects.update(solo_declared_by=person, solo_declared_at=at, solo_effective_at=at)
    states.declare_alone(person, at=at, reason=reason)


def listed():
    return [(act.about, act.reason) for act in alone.rows(alone.acts())]


def test_a_message_names_its_group_and_itself(message_waits, ada, cleo, client_of):
    works_alone(ada)
    out = approval.approve_alone(message_waits, by=ada, seen_digest=message_waits.digest)

    said = read(client_of(ada))

    assert f"Message {out.pk}, sent to {out.submission.statement.group}" in said
    assert out.headline in said
    assert f"Works alone: {WHY}" in said
    assert "Entry" not in said.split("Second person")[-1]


@pytest.fixture
def message_waits(group, published, ada):
    return states.submit(states.write_to(group, published.incident, by=ada), by=ada)


def test_words_taken_down_alone(published, ada):
    works_alone(ada)
    proposed = redaction.propose(
        published.entry, {published.entry.number: ["affected"]}, by=ada, reason="secret", note="It names a person."
    )
    redaction.confirm_alone(proposed, by=ada, seen=places.plan(proposed).seen)

    assert listed() == [(f"Words of entry {published.entry.number} taken down", WHY)]


def test_a_fact_confirmed_alone_even_if_it_is_changed_later(opened, rosa):
    reported = fact.report(
        opened, by=rosa, question="state_now", text="Letters are stopped.", source_kind="log", source="Mail log",
        observed_at=START,
    )  # fmt: skip
    works_alone(rosa)
    checked = {"confirmation_kind": "log", "confirmation_source": "Mail log of 14:52"}
    confirmed = fact.confirm(reported, by=rosa, seen_version=reported.version, **checked)
    assert listed() == [(f"Fact {reported.pk} confirmed", WHY)]

    fact.change(confirmed, by=rosa, seen_version=confirmed.version, text="All letters are stopped.")

    assert listed() == [(f"Fact {reported.pk} confirmed", WHY)]


@pytest.fixture
def dispute(declared, cleo, ada, tom):
    return states.open_up(
        declared, by=cleo, communications=ada, technical=tom, scenario=Scenario.DISPUTE, decided=False
    )


def test_a_group_left_out_alone_with_the_reason_that_was_agreed_to(dispute, ada, client_of):
    one = silence(dispute, GroupKind.EMPLOYEES, ada, reason="They know it from the desk.")
    works_alone(ada)
    plan.agree_alone(one, by=ada, seen_version=one.version)

    assert listed() == [(f"Agreed that {one.group} is not told", WHY)]
    assert "They know it from the desk." in read(client_of(ada))


@pytest.mark.parametrize(("decide", "done"), [(evidence.accept, "verified"), (evidence.refuse, "not accepted as done")])
def test_a_commitment_verified_alone(commitment, tom, decide, done):
    given = evidence.report_done(commitment, by=tom, text="It is done.", dated_at=START)
    works_alone(tom)
    more = {"reason": "The link leads nowhere."} if decide == evidence.refuse else {}
    decide(given, by=tom, **more)

    assert listed() == [(f"{commitment} {done}", WHY)]


def test_what_two_people_did_is_not_listed(published, commitment, ada, ben, tom):
    given = evidence.report_done(commitment, by=tom, text="It is done.", dated_at=START)
    evidence.accept(given, by=ben)
    assert LogEntry.objects.filter(action="fact.confirmed").exists()
    assert listed() == []


def test_each_has_the_reason_of_the_declaration_that_was_in_effect(opened, rosa, clock_at):
    reported = [
        fact.report(
            opened, by=rosa, question="state_now", text=text, source_kind="log", source="Log", observed_at=START
        )
        for text in ("Letters are stopped.", "Nobody was charged.")
    ]
    checked = {"confirmation_kind": "log", "confirmation_source": "Mail log of 14:52"}
    works_alone(rosa)
    fact.confirm(reported[0], by=rosa, seen_version=1, **checked)
    clock_at(START + timedelta(days=9))
    works_alone(rosa, reason="Tom is on leave.", at=START + timedelta(days=8))
    fact.confirm(reported[1], by=rosa, seen_version=1, **checked)

    assert [reason for _, reason in listed()] == ["Tom is on leave.", WHY]


@pytest.mark.parametrize(
    ("minutes", "verdict", "says"),
    [(20, "approves", "would have approved it"), (61, "objects", "objected"), (None, "", "Not reviewed yet , late")],
)
def test_the_state_of_the_review(submitted, cleo, ben, client_of, clock_at, minutes, verdict, says):
    urgent = approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child’s name.")
    clock_at(START + timedelta(minutes=minutes or 70))
    if minutes:
        review.review(urgent, by=ben, verdict=verdict, finding="It was two letters.")

    said = read(client_of(ben))

    assert "Emergency: A child’s name." in said
    assert says in said
    assert (", late" in said) == (minutes != 20)
    if minutes:
        assert "It was two letters." in said


def test_the_reason_is_in_no_answer_to_the_public(submitted, ada, client_of):
    works_alone(ada)
    approval.approve_alone(submitted, by=ada, seen_digest=submitted.digest)
    assert WHY in read(client_of(ada))
    entry = submitted.approval.entry
    assert WHY not in str(entry.public())
