"""Words that were carried on (R118): into the next update, a correction, a message to a group; and inside, past the incident.

Found by a paragraph or a sentence of theirs. Both persons see each place, and what was left is said where the notice stands.
"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import chain
from accounts.models import User
from accounts.operations.verify import verify_log
from incidents.models import Approval, Fact, Incident, RecordEntry, Redaction, StatementTemplate, TimelineEntry
from incidents.operations import elsewhere, fact, places, redaction, statement, timeline, verify
from incidents.operations.taken import Words
from stakeholders.models import GroupDefault, StakeholderGroup
from tests import states
from tests.conftest import START

NAMED = "One of the letters was meant for Zanzibar-4711 in Hull."
BODY = f"The letters gave a wrong amount. {NAMED} We have stopped all letters."
NOTE = "The person named there has asked for it."


@pytest.fixture
def leaked(ready_to_speak: Incident, ada: User, ben: User) -> Approval:
    return states.publish(ready_to_speak, "holding", writer=ada, approver=ben, body=BODY)


def propose(leaked: Approval, by: User, *also: str) -> Redaction:
    number = leaked.entry.number
    return redaction.propose(leaked.entry, {number: ["body"]}, by=by, reason="personal_data", note=NOTE, also=also)


def taken_down(leaked: Approval, *also: str, by: User, second: User) -> Redaction:
    about = propose(leaked, by, *also)
    return redaction.confirm(about, by=second, seen=places.plan(about).seen)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def at(name: str, pk: Any) -> str:
    return reverse(f"desk:{name}", args=[pk])


def in_update(leaked: Approval, ada: User, ben: User, _group: StakeholderGroup) -> Approval:
    body = f"All letters are held back since 15:40 UTC. {NAMED}\n\nNobody else has complained."
    assert leaked.incident is not None
    return states.publish(leaked.incident, "update", writer=ada, approver=ben, body=body)


def in_correction(leaked: Approval, ada: User, ben: User, _group: StakeholderGroup) -> Approval:
    return states.correct(leaked.entry, writer=ada, approver=ben, acknowledgement=f"We wrote too much. {NAMED}")


def in_message(leaked: Approval, ada: User, ben: User, group: StakeholderGroup) -> Approval:
    body = f"Our assistant sent you a letter.\n{NAMED} We have stopped it."
    assert leaked.incident is not None
    return states.send(states.write_to(group, leaked.incident, by=ada, body=body), writer=ada, approver=ben)


@pytest.mark.parametrize("carried_on", [in_update, in_correction, in_message])
def test_a_name_carried_on_is_shown_to_both_and_named_where_the_notice_stands(
    leaked: Approval, group: StakeholderGroup, ada: User, ben: User, client_of: Any, carried_on: Any
) -> None:
    again = carried_on(leaked, ada, ben, group)
    is_message = carried_on is in_message
    way = at("take_down_message", again.pk) if is_message else f"{again.entry.number}:body"
    assert way in text(client_of(ada).get(at("take_down", leaked.entry.number)))
    about = propose(leaked, ada)
    shown = f'<a href="{at("take_down_message", again.pk) if is_message else at("take_down", again.entry.number)}">'
    for person in (ada, ben):
        said = text(client_of(person).get(at("redaction", about.pk)))
        assert "The same words, or sentences of them, would stay" in said
        assert shown in said

    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    assert states.fresh(about).left == [{"approval": again.pk, "fields": ["body"]}]
    said = text(client_of(ben).get(at("redaction", about.pk)))
    assert "Such words stood still, when these were taken down" in said
    assert shown in said
    assert NAMED in " ".join(states.fresh(again).body.split()), "what is public is chosen by name"
    if is_message:
        late = redaction.propose_of_message(again, ["body"], by=ada, reason="personal_data", note=NOTE)
    else:
        late = redaction.propose(again.entry, {again.entry.number: ["body"]}, by=ada, reason="personal_data", note=NOTE)
    redaction.confirm(late, by=ben, seen=places.plan(late).seen)
    assert "Such words stood still" not in text(client_of(ben).get(at("redaction", about.pk)))
    assert verify.first_fault() == verify_log().broken == ""


def test_entries_of_the_incident_that_carried_it_on_go_with_it_in_one_decision(
    leaked: Approval, group: StakeholderGroup, ada: User, ben: User, client_of: Any
) -> None:
    update = in_update(leaked, ada, ben, group)
    corrected = in_correction(leaked, ada, ben, group)
    entries = [leaked.entry.number, update.entry.number, corrected.entry.number]
    page = at("take_down", entries[0])
    assert f"Some of it in entry {entries[1]}. Message" in text(client_of(ada).get(page))

    texts = [f"{number}:body" for number in entries]
    client_of(ada).post(page, {"texts": texts, "reason": "personal_data", "note": NOTE})
    about = Redaction.objects.get()
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    assert {states.fresh(one).body for one in (leaked, update, corrected)} == {chain.TAKEN_DOWN}
    assert [one["entry"] for one in RecordEntry.objects.get(kind="redaction").body["entries"]] == entries
    assert states.fresh(about).left == []
    assert verify.first_fault() == verify_log().broken == ""


def test_a_sentence_that_anybody_writes_is_not_taken_for_these_words(leaked: Approval) -> None:
    words = Words(["We are sorry. We will put it right by tomorrow."])
    assert not words.stand_in("We are sorry. Nothing was sent.")
    assert words.stand_in("We are sorry.")
    assert words.stand_in("He said: we waited.\nWe will put\nit right by tomorrow.")


# Copies inside


def test_a_fact_that_equals_one_sentence_goes(leaked: Approval, rosa: User, ada: User, ben: User) -> None:
    copied = reported(leaked.incident, NAMED, by=rosa)
    taken_down(leaked, by=ada, second=ben)
    assert states.fresh(copied).text == chain.TAKEN_DOWN
    assert not TimelineEntry.objects.filter(text__contains="Zanzibar").exists()


def reported(about: Any, said: str, *, by: User) -> Fact:
    return fact.report(
        about, by=by, question="experienced", text=said, source_kind="person", source="phone", observed_at=START
    )


@pytest.mark.parametrize(
    "before",
    [
        "A reader has called twice this afternoon, and reads to us from the public page what it says there: ",
        "A reader reads to us: ",
    ],
)
def test_the_beginning_of_a_fact_in_the_timeline_goes_with_the_fact(
    leaked: Approval, rosa: User, ada: User, ben: User, before: str
) -> None:
    """The line holds 119 characters: the words may be cut within, or not be in it at all."""
    quoted = reported(leaked.incident, f"{before}{BODY} That is all that he said, and he was calm.", by=rosa)
    line = TimelineEntry.objects.get(text__startswith=f"Fact {quoted.pk} reported: ")
    assert line.text.endswith("…")

    taken_down(leaked, by=ada, second=ben)

    assert "Zanzibar" not in states.fresh(quoted).text
    assert states.fresh(line).text == chain.TAKEN_DOWN
    assert verify.first_fault() == verify_log().broken == ""


def test_an_earlier_wording_that_was_cut_within_the_words_goes(
    leaked: Approval, rosa: User, ada: User, ben: User
) -> None:
    long = "A reader has called twice this afternoon, and reads to us from the public page: "
    quoted = reported(leaked.incident, f"{long}{NAMED} That is all.", by=rosa)
    fact.change(quoted, by=rosa, seen_version=1, text="A reader has called twice this afternoon.")
    line = TimelineEntry.objects.get(text__startswith=f"Fact {quoted.pk} reported: ")
    assert "meant for Zanzib…" in line.text
    assert NAMED not in line.text

    taken_down(leaked, by=ada, second=ben)

    assert states.fresh(line).text == chain.TAKEN_DOWN
    assert states.fresh(quoted).text == "A reader has called twice this afternoon."


# Past the incident


@pytest.fixture
def spread(
    leaked: Approval, group: StakeholderGroup, agent: Any, ada: User, ben: User, cleo: User, rosa: User, tom: User
) -> dict[str, Any]:
    """Another incident, a template and a group have the sentence too; and a third incident has not."""
    other = states.open_up(
        states.declare(agent, by=cleo, title="Letters again"), by=cleo, communications=ada, technical=tom
    )
    draft = statement.begin(other, "holding", by=ada)
    statement.edit(draft, by=ada, seen_version=1, body=f"As we said. {NAMED}")
    told = reported(other, NAMED, by=rosa)
    line = timeline.note(other, f"Compare: “{NAMED}”", by=cleo)
    template = StatementTemplate.objects.create(name="After letters", kind="update", body=f"We wrote: {NAMED} Sorry.")
    StakeholderGroup.objects.filter(pk=group.pk).update(ready_answer=f"We know. {NAMED}", needs=f"Why?\n{NAMED}")
    states.declare(agent, by=cleo, title="Something else")
    return {"incident": other, "draft": draft, "fact": told, "line": line, "template": template, "group": group}


def names(spread: dict[str, Any]) -> list[str]:
    return [f"{kind}:{spread[kind].pk}" for kind in ("group", "incident", "template")]


def test_what_else_inside_says_it_goes_along_when_two_people_decide_so(
    leaked: Approval, spread: dict[str, Any], ada: User, ben: User, client_of: Any
) -> None:
    page = at("take_down", leaked.entry.number)
    said = text(client_of(ada).get(page))
    assert f"Inside, in incident {spread['incident'].pk}, Letters again: " in said
    assert "Inside, in the template “After letters”: a template" in said
    assert "Something else" not in said
    texts = [f"{leaked.entry.number}:body", *names(spread)]
    client_of(ada).post(page, {"texts": texts, "reason": "personal_data", "note": NOTE})
    about = Redaction.objects.get()
    assert about.also == names(spread)
    said = text(client_of(ben).get(at("redaction", about.pk)))
    for kind in ("group", "incident", "template"):
        assert f'Of these, some in <a href="{at(kind, spread[kind].pk)}">' in said
    assert "would stay" not in said
    before = {kind: states.fresh(spread[kind]).version for kind in ("template", "group", "draft")}

    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    after = {kind: states.fresh(row) for kind, row in spread.items()}
    assert after["template"].body == f"We wrote: {chain.TAKEN_DOWN} Sorry."
    assert after["group"].ready_answer == f"We know. {chain.TAKEN_DOWN}"
    assert after["group"].needs == f"Why?\n{chain.TAKEN_DOWN}"
    assert after["draft"].body == f"As we said. {chain.TAKEN_DOWN}"
    assert after["fact"].text == after["line"].text == chain.TAKEN_DOWN
    assert {kind: after[kind].version > version for kind, version in before.items()} == dict.fromkeys(before, True)
    assert elsewhere.inside(Words([BODY]), leaked.incident_id) == []
    assert states.fresh(about).left == []
    assert verify.first_fault() == verify_log().broken == ""


def test_a_group_is_another_version_when_what_is_proposed_for_it_goes(
    leaked: Approval, group: StakeholderGroup, ada: User, ben: User
) -> None:
    """Else the words would come back with the next save of whoever has its page open."""
    default = GroupDefault.objects.filter(group=group).order_by("pk")[0]
    GroupDefault.objects.filter(pk=default.pk).update(note=f"As in March. {NAMED}")
    before = states.fresh(group).version

    taken_down(leaked, f"group:{group.pk}", by=ada, second=ben)

    assert states.fresh(default).note == f"As in March. {chain.TAKEN_DOWN}"
    assert states.fresh(group).version == before + 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_goes_along_is_locked_before_it_is_changed(
    leaked: Approval, spread: dict[str, Any], ada: User, ben: User
) -> None:
    about = propose(leaked, ada, *names(spread))
    seen = places.plan(about).seen
    with CaptureQueriesContext(connection) as asked:
        redaction.confirm(about, by=ben, seen=seen)
    said = [one["sql"] for one in asked]
    for table in ("incidents_incident", "incidents_statementtemplate", "stakeholders_stakeholdergroup"):
        locked = next(at for at, sql in enumerate(said) if f'FROM "{table}"' in sql and "FOR NO KEY UPDATE" in sql)
        changed = next((at for at, sql in enumerate(said) if sql.startswith(f'UPDATE "{table}"')), len(said))
        assert locked < changed, table


def test_what_does_not_go_along_stays_and_is_named_with_a_way_to_it(
    leaked: Approval, spread: dict[str, Any], ada: User, ben: User, client_of: Any
) -> None:
    about = propose(leaked, ada)
    shown = [f'<a href="{at(kind, spread[kind].pk)}">' for kind in ("group", "incident", "template")]
    said = text(client_of(ben).get(at("redaction", about.pk)))
    assert all(one in said for one in shown)
    assert said.count("stays as it is unless the place goes along with these") == 1
    assert said.count("nobody outside reads them; whoever works there can change them") == 2

    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    assert states.fresh(spread["template"]).body == f"We wrote: {NAMED} Sorry."
    assert states.fresh(spread["fact"]).text == NAMED
    assert states.fresh(about).left == [{"inside": name} for name in names(spread)]
    said = text(client_of(ben).get(at("redaction", about.pk)))
    assert all(one in said for one in shown)
    assert "(the timeline, saved versions, what was submitted) stays as it is</li>" in said


def test_what_does_not_say_the_words_does_not_go_along(leaked: Approval, spread: dict[str, Any], ada: User) -> None:
    about = propose(leaked, ada, "template:999", "nothing", f"incident:{leaked.incident_id}", names(spread)[0])
    assert about.also == names(spread)[:1]


def test_words_of_a_message_go_along_too(
    leaked: Approval, spread: dict[str, Any], group: StakeholderGroup, ada: User, ben: User, client_of: Any
) -> None:
    sent = in_message(leaked, ada, ben, group)
    page = at("take_down_message", sent.pk)
    texts = ["body", *names(spread)]
    answer = client_of(ada).post(page, {"texts": texts, "reason": "personal_data", "note": NOTE}, follow=True)
    assert "Proposed." in text(answer)
    about = Redaction.objects.get()
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    assert states.fresh(spread["fact"]).text == chain.TAKEN_DOWN
    assert states.fresh(about).left == [{"approval": leaked.pk, "fields": ["body"]}]


def test_what_led_to_the_words_of_another_entry_is_not_offered_inside(
    leaked: Approval, agent: Any, ada: User, ben: User, cleo: User, rosa: User, tom: User
) -> None:
    """It goes with that entry, and is named as that."""
    other = states.open_up(states.declare(agent, by=cleo), by=cleo, communications=ada, technical=tom)
    states.establish_facts(other, reporter=rosa, confirmer=tom)
    states.contain(other, by=tom)
    again = states.publish(states.fresh(other), "holding", writer=ada, approver=ben, body=NAMED)

    assert elsewhere.inside(Words([BODY]), leaked.incident_id) == []
    assert [one.approval for one in elsewhere.in_entries(elsewhere.approved(Words([BODY])), [leaked.entry.number])] == [
        again
    ]
