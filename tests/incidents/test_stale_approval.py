"""An approval of what has changed since it was read is refused, whatever changed and whenever it did (R11, F27).

Each change happens at two points: before the approver opens the page, and between opening it and clicking. A third, at the
very same moment, stands in `tests/races/test_approvals.py`. What an approval is bound to: the words, the cited facts with
their versions, the commitments, the states of the components, the promised time, and the zone in which it is written. The
audience is part of the digest and is always everybody: this product has no narrower audience yet, so that none can change.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import clock
from accounts.models import LogEntry, Organisation, Role
from accounts.operations import people
from incidents.models import (
    Approval,
    Commitment,
    ContainmentAction,
    Fact,
    Impact,
    PublicStatus,
    RecordEntry,
    ServiceState,
    Statement,
)
from incidents.operations import commitment, containment, fact, roles, statement, submission
from tests import states
from tests import world as worlds
from tests.remembered import remembered

pytestmark = [pytest.mark.django_db, pytest.mark.check("R11")]

Change = Callable[[SimpleNamespace], None]


@pytest.fixture
@remembered
def asked(cast: SimpleNamespace, ready_to_speak: Any) -> SimpleNamespace:
    """A holding statement that rests on three facts and makes a commitment waits for Ben. Names everything it rests on."""
    cited = list(ready_to_speak.facts.exclude(confidence=Fact.Confidence.NOT_KNOWN))
    draft = states.write(ready_to_speak, "holding", by=cast.ada, cites=cited)
    made = commitment.draft(draft, by=cast.ada, seen_version=draft.version, **_commitment(cast))
    waits = states.submit(states.fresh(draft), by=cast.ada)
    return SimpleNamespace(**vars(cast), waits=waits, draft=waits.statement, made=made, about=ready_to_speak)


def _commitment(cast: SimpleNamespace) -> dict[str, Any]:
    return {
        "text": "Every letter is released by a person.", "public_owner": "Support team", "owner": cast.tom,
        "due_at": clock.now() + timedelta(days=3), "verification": "Each letter names that person.",
    }  # fmt: skip


def edits(**fields: Any) -> Change:
    def happen(w: SimpleNamespace) -> None:
        given = {name: value(w) if callable(value) else value for name, value in fields.items()}
        statement.edit(w.draft, by=w.ada, seen_version=w.waits.version, **given)

    return happen


def redrafts(**fields: Any) -> Change:
    def happen(w: SimpleNamespace) -> None:
        given = {name: value(w) if callable(value) else value for name, value in fields.items()}
        commitment.redraft(w.made, by=w.ada, seen_version=w.waits.version, **given)

    return happen


def cited(w: SimpleNamespace, number: int = 0) -> Fact:
    return w.draft.facts.order_by("pk")[number]


def changes_a_fact(w: SimpleNamespace) -> None:
    known = cited(w)
    fact.change(known, by=w.rosa, seen_version=known.version, text="It sent 214 letters.")


def changes_a_fact_and_back(w: SimpleNamespace) -> None:
    known, text = cited(w), cited(w).text
    changed = fact.change(known, by=w.rosa, seen_version=known.version, text="It sent 214 letters.")
    fact.change(changed, by=w.rosa, seen_version=changed.version, text=text)


def retracts_a_fact(w: SimpleNamespace) -> None:
    known = cited(w)
    fact.retract(known, by=w.rosa, seen_version=known.version, reason="It was another agent.")


def confirms_a_fact(w: SimpleNamespace) -> None:
    known = cited(w, 2)
    fact.confirm(known, by=w.tom, seen_version=known.version, confirmation_kind="log", confirmation_source="Import log")


def drops_the_commitment(w: SimpleNamespace) -> None:
    commitment.drop(w.made, by=w.ada, seen_version=w.waits.version)


def drafts_another_commitment(w: SimpleNamespace) -> None:
    commitment.draft(w.draft, by=w.ada, seen_version=w.waits.version, **_commitment(w))


def moves_the_zone(_w: SimpleNamespace) -> None:
    Organisation.objects.update(time_zone="Asia/Kolkata")


def fails_containment(w: SimpleNamespace) -> None:
    containment.fail(ContainmentAction.objects.get(), by=w.tom, reason="It went on.")


def takes_back(w: SimpleNamespace) -> None:
    submission.take_back(w.waits, by=w.ada)


def returns(w: SimpleNamespace) -> None:
    submission.send_back(w.waits, by=w.ben, reason="Shorter.")


def discards(w: SimpleNamespace) -> None:
    statement.discard(w.draft, by=w.ada)


def submits_other_words(w: SimpleNamespace) -> None:
    edits(headline="Another headline")(w)
    states.submit(states.fresh(w.draft), by=w.ada)


CHANGES: dict[str, Change] = {
    "headline": edits(headline="Another headline"),
    "acknowledgement": edits(acknowledgement="Our assistant sent some letters."),
    "body": edits(body="We have stopped some letters."),
    "investigating": edits(investigating="We are investigating something else."),
    "affected": edits(affected="Nobody in particular."),
    "what to do": edits(what_to_do="Nothing."),
    "status": edits(public_status=PublicStatus.IDENTIFIED),
    "impact": edits(impact=Impact.MINOR),
    "component states": edits(component_states=lambda w: {w.about.agent.component.public_id: ServiceState.OPERATIONAL}),
    "promised time": edits(next_update_at=lambda _w: clock.now() + timedelta(minutes=50)),
    "start of the failure": edits(began_at=lambda _w: clock.now() - timedelta(minutes=50)),
    "words there and back": lambda w: (
        edits(headline="Another headline")(w),
        statement.edit(
            states.fresh(w.draft), by=w.ada, seen_version=w.waits.version + 1, headline=w.waits.content["headline"]
        ),
    )[0],
    "fewer facts": edits(cites=lambda w: [cited(w)]),
    "fact changed": changes_a_fact,
    "fact there and back": changes_a_fact_and_back,
    "fact retracted": retracts_a_fact,
    "fact confirmed": confirms_a_fact,
    "commitment's text": redrafts(text="Every second letter is released by a person."),
    "commitment's date": redrafts(due_at=lambda _w: clock.now() + timedelta(days=30)),
    "commitment's owner": redrafts(owner=lambda w: w.rosa),
    "commitment dropped": drops_the_commitment,
    "commitment added": drafts_another_commitment,
    "zone of the promise": moves_the_zone,
    "containment failed": fails_containment,
    "taken back": takes_back,
    "returned": returns,
    "discarded": discards,
    "submitted again": submits_other_words,
}


def opened_digest(browser: Client, w: SimpleNamespace) -> str:
    """What the page, as it was opened, will send with the click; without a button, what an old page would send."""
    page = browser.get(reverse("desk:submission", args=[w.waits.pk])).content.decode()
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    return found[1] if found else w.waits.digest


@pytest.mark.parametrize(
    ("point", "way"),
    [
        ("before opening", "approve"),
        ("between opening and clicking", "approve"),
        ("between opening and clicking", "approve_emergency"),
    ],
)
def test_whatever_changed_the_click_is_refused_and_publishes_nothing(
    asked: SimpleNamespace, client_of: Any, figures: Any, point: str, way: str
) -> None:
    browser = client_of(asked.ben if way == "approve" else asked.cleo)
    address = reverse(f"desk:{way}", args=[asked.waits.pk])
    answers: dict[str, int] = {}
    for name, happen in CHANGES.items():
        with worlds.undone():
            if point == "before opening":
                happen(asked)
            digest = opened_digest(browser, asked)
            if point != "before opening":
                happen(asked)
            mark = LogEntry.objects.latest("number").number
            answers[name] = browser.post(address, {"digest": digest, "reason": "Nobody else."}).status_code
            assert not Approval.objects.filter(submission=asked.waits).exists(), name
            assert not RecordEntry.objects.exists(), name
            assert LogEntry.objects.latest("number").number == mark, name

    assert answers == dict.fromkeys(CHANGES, 409) | {"containment failed": 422}
    figures("R11", kinds_of_change=len(CHANGES), refused=len(answers), published=0)


@pytest.mark.parametrize("way", ["approve", "approve_emergency"])
def test_untouched_the_same_click_publishes(asked: SimpleNamespace, client_of: Any, way: str) -> None:
    browser = client_of(asked.ben if way == "approve" else asked.cleo)
    sent = {"digest": opened_digest(browser, asked), "reason": "Nobody else."}
    assert browser.post(reverse(f"desk:{way}", args=[asked.waits.pk]), sent).status_code == 302
    assert Approval.objects.get(submission=asked.waits).headline == asked.waits.content["headline"]
    assert states.fresh(asked.made).state == Commitment.State.OPEN


def test_an_old_page_does_not_approve_what_was_submitted_since(asked: SimpleNamespace, client_of: Any) -> None:
    browser = client_of(asked.ben)
    digest = opened_digest(browser, asked)
    submits_other_words(asked)
    newer = Statement.objects.get(pk=asked.draft.pk).submissions.get(outcome="waiting")
    answer = browser.post(reverse("desk:approve", args=[newer.pk]), {"digest": digest})
    assert answer.status_code == 409
    assert "not what was submitted" in answer.content.decode()
    assert not RecordEntry.objects.exists()


# Who may, at the moment of the click (F27)


def loses_the_role(w: SimpleNamespace) -> None:
    people.revoke_role(w.ben, Role.APPROVER, by=w.olga)


def is_disabled(w: SimpleNamespace) -> None:
    people.deactivate(w.ben, by=w.olga)


def begins_to_write(w: SimpleNamespace) -> None:
    """Whoever has written since the last publication is an author, also in another draft."""
    people.grant_role(w.ben, Role.COMMUNICATIONS_LEAD, by=w.olga)
    submission.take_back(w.waits, by=w.ada)
    writer = type(w.ben).objects.get(pk=w.ben.pk)
    statement.edit(states.fresh(w.draft), by=writer, seen_version=w.waits.version, headline="Ben’s headline")
    w.waits = states.submit(states.fresh(w.draft), by=w.ada)


@pytest.mark.parametrize(("happens", "status"), [(loses_the_role, 403), (is_disabled, 302), (begins_to_write, 403)])
def test_who_may_no_longer_approve_when_the_click_comes_does_not(
    asked: SimpleNamespace, client_of: Any, happens: Change, status: int
) -> None:
    browser = client_of(asked.ben)
    opened_digest(browser, asked)
    happens(asked)
    answer = browser.post(reverse("desk:approve", args=[asked.waits.pk]), {"digest": asked.waits.digest})
    assert answer.status_code == status
    assert status != 302 or answer.url.startswith("/account/login/")
    assert not RecordEntry.objects.exists()
    assert LogEntry.objects.filter(
        action__in=["person.role_revoked", "person.deactivated", "submission.submitted"]
    ).exists()


def test_who_handed_command_over_has_no_emergency_any_more(asked: SimpleNamespace, client_of: Any) -> None:
    browser = client_of(asked.cleo)
    digest = opened_digest(browser, asked)
    roles.accept_command(roles.offer_command(asked.about, asked.tom, by=asked.cleo), by=asked.tom)
    address = reverse("desk:approve_emergency", args=[asked.waits.pk])
    answer = browser.post(address, {"digest": digest, "reason": "Nobody else."})
    assert answer.status_code == 403
    assert not RecordEntry.objects.exists()
