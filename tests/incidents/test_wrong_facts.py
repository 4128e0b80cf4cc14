"""A fact changes that published words rest on (R8): were they true when they were said, or wrong? Then a correction is owed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

import clock
from accounts import chain
from accounts.models import LogEntry, User
from accounts.operations.verify import verify_log
from incidents.models import Approval, Fact, FactChange, Incident
from incidents.operations import approval, correction, fact, guards, statement, submission, verify
from incidents.views import dashboard_rows, todo
from refusals import Incomplete, Stale
from stakeholders.models import StakeholderGroup
from tests import states
from tests.conftest import START
from tests.incidents import wrong_messages
from tests.incidents.test_correction import correct, owing, publish, say_again
from tests.incidents.test_redaction import taken_down

pytestmark = pytest.mark.django_db

TRUE, WRONG = FactChange.Published.TRUE, FactChange.Published.WRONG
LATER = START + timedelta(minutes=5)
NEW = "The assistant sent 4,120 refund letters between 14:36 and 14:52 UTC."


@pytest.fixture
def entry(published: Approval) -> Any:
    return published.entry


@pytest.fixture
def said(entry: Any, clock_at: Callable[..., None]) -> Fact:
    """What the public has read five minutes ago."""
    clock_at(LATER)
    return cited(entry.approval)


def cited(approved: Any) -> Fact:
    return Fact.objects.filter(statements__submissions__approval=approved).earliest("pk")


def change(known: Fact, by: User, meant: str = WRONG, **fields: Any) -> Fact:
    return fact.change(known, by=by, seen_version=known.version, published=meant, **(fields or {"text": NEW}))


def line(about: Incident) -> str:
    return about.timeline.latest("pk").text


# --- The choice -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"text": NEW},
        {"measure": "executions", "value": 4120},
        {"question": "circumstances"},
        {"is_cause": True},
        {"not_known": True},
    ],
    ids=["text", "value", "question", "cause", "not known"],
)
@pytest.mark.parametrize("meant", ["", "perhaps"])
def test_whoever_changes_what_was_said_says_whether_it_was_true(
    said: Fact, tom: User, fields: dict[str, Any], meant: str, refused: Any
) -> None:
    with refused(Incomplete, "What was published in entry 1 rests on this fact.") as refusal:
        change(said, tom, meant, **fields)

    assert refusal.missing == ["Choose whether what we published was true or wrong"]


@pytest.mark.parametrize(
    "fields", [{"source": "run log, line 12"}, {"source_kind": "person"}, {"observed_at": START - timedelta(hours=1)}]
)
def test_where_it_comes_from_can_change_without_it(said: Fact, tom: User, fields: dict[str, Any]) -> None:
    change(said, tom, "", **fields)

    assert owing() == []
    assert said.changes.latest("version").published == ""


def test_what_nobody_was_told_is_changed_without_it(holding: Any, tom: User) -> None:
    """A draft is not said, and an answer that nobody asked for is not kept."""
    change(holding.facts.earliest("pk"), tom, WRONG)

    assert FactChange.objects.latest("pk").published == ""
    assert states.fresh(holding.facts.earliest("pk")).wrong_at is None
    assert owing() == []


def test_what_has_grown_since_owes_nothing(said: Fact, entry: Any, tom: User) -> None:
    change(said, tom, TRUE)

    assert owing() == []
    assert line(entry.incident).endswith("What was published in entry 1 was true when it was said.")
    assert states.last_log().details["published"] == TRUE


def test_the_choice_is_kept_with_what_the_fact_said(said: Fact, tom: User) -> None:
    changed = change(said, tom)

    kept = FactChange.objects.get(fact=said, version=changed.version)
    assert (kept.said, kept.was, kept.by, kept.at) == (said.text, said.confidence, tom, LATER)
    assert (kept.published, kept.held_at) == (WRONG, said.observed_at)
    assert (changed.text, changed.confidence) == (NEW, "reported")
    assert verify_log().broken == ""


def test_every_change_is_kept_also_when_it_is_confirmed_and_retracted(opened: Incident, rosa: User, tom: User) -> None:
    known = states.establish_facts(opened, reporter=rosa, confirmer=tom)[0]
    fact.retract(known, by=tom, seen_version=known.version, reason="It was another service.")

    found = [(one.version, one.was, one.by) for one in FactChange.objects.filter(fact=known)]
    assert found == [(2, "reported", tom), (3, "confirmed", tom)]


def test_the_number_is_part_of_what_was_said(opened: Incident, rosa: User) -> None:
    known = fact.report(
        opened, by=rosa, question="agent_did", text="Letters went out.", source_kind="log", source="run log",
        observed_at=clock.now(), measure="executions", value=412,
    )  # fmt: skip
    fact.change(known, by=rosa, seen_version=1, value=4120)

    assert FactChange.objects.get(fact=known).said == "Letters went out. (Executions: 412)"


def test_the_database_holds_one_change_for_each_version(said: Fact, tom: User) -> None:
    change(said, tom)
    kept = FactChange.objects.latest("pk")
    fields = {one.attname: getattr(kept, one.attname) for one in FactChange._meta.fields if one.name != "id"}

    for wrong, name in (({}, "fact_changed_once_to_a_version|UNIQUE"), ({"version": 1}, "first_version_is_no_change")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            FactChange(**(fields | wrong)).save_base(force_insert=True)


# --- Owed, as after a retraction ------------------------------------------------------------------


def test_what_was_wrong_asks_for_a_correction_at_once(said: Fact, entry: Any, ada: User, tom: User) -> None:
    change(said, tom)

    assert owing() == [entry.number]
    found = [one.title for one in todo.tasks(ada, dashboard_rows.rows(), clock.now())]
    assert f"Correct entry {entry.number}: {entry.incident.title}" in found
    assert line(entry.incident).endswith("What was published in entry 1 was wrong: a correction is owed.")
    details = LogEntry.objects.filter(action="fact.changed").latest("number").details
    assert (details["published"], details["entries"]) == (WRONG, [entry.number])


def test_room_and_fact_lead_to_the_correction(
    said: Fact, entry: Any, ada: User, tom: User, client_of: Callable[..., Client]
) -> None:
    change(said, tom)
    browser, there = client_of(ada), f'href="/desk/entries/{entry.number}/correction/"'

    for address in (f"/desk/incidents/{entry.incident_id}/", reverse("desk:fact", args=[said.pk])):
        page = browser.get(address).content.decode()
        assert "correction is owed" in page
        assert there in page


def test_a_resolution_waits_for_it(said: Fact, entry: Any, ada: User, cleo: User, rosa: User, tom: User) -> None:
    change(said, tom)
    states.recover(entry.incident, commander=cleo, reporter=rosa, confirmer=tom)
    begun = statement.begin(states.fresh(entry.incident), "resolution", by=ada)

    sentences = [item.sentence for item in guards.missing(begun)]

    assert f"Correct entry {entry.number} first: a fact it rests on was wrong" in sentences


def test_the_correction_that_is_out_settles_it_and_may_rest_on_the_fact_as_it_is_now(
    said: Fact, entry: Any, ada: User, ben: User, tom: User
) -> None:
    changed = change(said, tom)
    written = correct(entry, ada, cites=[changed])
    assert owing() == [entry.number]

    out = publish(written, ada, ben)

    assert out.body["corrects"] == [entry.number]
    assert owing() == []


def test_words_that_rest_on_it_as_it_is_now_are_not_wrong(
    said: Fact, entry: Any, ada: User, ben: User, tom: User, clock_at: Callable[..., None]
) -> None:
    changed = change(said, tom)
    clock_at(LATER + timedelta(minutes=1))
    again = say_again(entry, changed, ada, ben)
    assert owing() == [entry.number]

    out = publish(correct(again, ada), ada, ben)
    assert out.body["corrects"] == [again.number], "another one was named, and it rests on nothing that was wrong"
    assert owing() == [entry.number]

    out = publish(correct(entry, ada), ada, ben)
    assert out.body["corrects"] == [entry.number]
    assert owing() == []


def test_wrong_a_second_time_it_owes_a_second_correction(
    said: Fact, entry: Any, ada: User, ben: User, tom: User, clock_at: Callable[..., None]
) -> None:
    changed = change(said, tom)
    out = publish(correct(entry, ada, cites=[changed]), ada, ben)
    clock_at(LATER + timedelta(minutes=1))
    change(states.fresh(changed), tom, text="It sent 4,210 letters.")

    assert owing() == [entry.number, out.number]


def test_a_change_that_was_true_leaves_open_what_is_owed(said: Fact, entry: Any, tom: User) -> None:
    changed = change(said, tom)
    change(states.fresh(changed), tom, TRUE, text="It sent 4,200 letters by now.")

    assert owing() == [entry.number]


def test_who_got_a_message_is_owed_one_too(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, tom: User,
    clock_at: Callable[..., None], refused: Any,
) -> None:  # fmt: skip
    sent = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    clock_at(LATER)
    with refused(Incomplete, f"What was sent to {group} rests on this fact."):
        change(cited(sent), tom, "")

    change(cited(sent), tom)

    assert wrong_messages.owing() == [sent.pk]
    assert states.last_log().details["messages"] == [sent.pk]
    wrong_messages.send_correction(sent, ada, ben)
    assert wrong_messages.owing() == []


def test_a_correction_that_waits_is_stale_when_another_fact_was_wrong(
    said: Fact, entry: Any, ada: User, ben: User, tom: User, refused: Any
) -> None:
    change(said, tom)
    written = correct(entry, ada)
    asked = submission.submit(written, by=ada, seen_version=written.version)
    assert asked.content["answers"] == [said.pk]
    other = Fact.objects.filter(statements__submissions__approval=entry.approval).latest("pk")

    change(other, tom, text="Customers received two letters.")

    assert list(correction.put_right_by(states.fresh(written)).facts) == sorted([said.pk, other.pk])
    with refused(Stale, "Something changed after this was submitted"):
        approval.approve(asked, by=ben, seen_digest=asked.digest)


# --- Pages ----------------------------------------------------------------------------------------


def form(known: Fact, **changes: Any) -> dict[str, Any]:
    sent = {
        "seen_version": known.version, "question": known.question, "known": "known", "text": known.text,
        "source_kind": known.source_kind, "source": known.source, "observed_at": f"{known.observed_at:%Y-%m-%d %H:%M} UTC",
    }  # fmt: skip
    return sent | changes


def test_the_page_says_who_was_told_before_one_changes_it(
    said: Fact, entry: Any, tom: User, client_of: Callable[..., Client]
) -> None:
    page = client_of(tom).get(reverse("desk:fact", args=[said.pk])).content.decode()

    assert "This was said already" in page
    assert page.index("This was said already") < page.index('name="text"')
    for choice in FactChange.Published.labels:
        assert choice in page


def test_a_message_is_named_with_its_group(
    ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User, tom: User, client_of: Callable[..., Client]
) -> None:
    sent = states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)

    page = client_of(tom).get(reverse("desk:fact", args=[cited(sent).pk])).content.decode()

    assert f"by mail to {group}" in page


def test_where_nobody_was_told_nothing_is_asked(holding: Any, tom: User, client_of: Callable[..., Client]) -> None:
    page = client_of(tom).get(reverse("desk:fact", args=[holding.facts.earliest("pk").pk])).content.decode()

    assert "This was said already" not in page
    assert 'name="published"' not in page


def test_without_the_choice_nothing_typed_is_lost(said: Fact, tom: User, client_of: Callable[..., Client]) -> None:
    browser, address = client_of(tom), reverse("desk:fact", args=[said.pk])

    answer = browser.post(address, form(said, text=NEW))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "What was published in entry 1 rests on this fact. Say whether that was true." in page
    assert NEW in page
    assert f'href="{address}#id_published_0"' in page
    assert 'id="id_published_0"' in page
    assert states.fresh(said).version == said.version

    answer = browser.post(address, form(said, text=NEW, published=WRONG), follow=True)
    assert f"Fact {said.pk} is changed, and reported in your name. Published in entry 1, a correction is owed." in (
        answer.content.decode()
    )
    assert states.fresh(said).wrong_at == LATER


def test_what_was_true_is_not_said_to_be_owed(said: Fact, tom: User, client_of: Callable[..., Client]) -> None:
    address = reverse("desk:fact", args=[said.pk])

    page = client_of(tom).post(address, form(said, text=NEW, published=TRUE), follow=True).content.decode()

    assert "is changed, and reported in your name." in page
    assert "a correction is owed" not in page


# --- Taken down -----------------------------------------------------------------------------------


def test_what_a_fact_said_before_is_taken_down_with_the_words_that_repeat_it(
    entry: Any, ada: User, ben: User, tom: User
) -> None:
    known = cited(entry.approval)
    repeating = change(known, tom, TRUE, text=f"As published: {entry.approval.headline}")
    change(states.fresh(repeating), tom, TRUE)
    kept = FactChange.objects.get(fact=known, version=repeating.version + 1)
    assert entry.approval.headline in kept.said

    taken_down(entry, "headline", by=ada, second=ben)

    gone = states.fresh(kept)
    assert gone.said == chain.TAKEN_DOWN
    assert gone.salt == ""
    assert (verify_log().broken, verify.first_fault()) == ("", "")
