"""Words of a direct message taken down (R118): the same two people, no entry of the record, and nothing of it is public."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts import chain
from accounts.models import LogEntry, Organisation, User
from accounts.operations.verify import verify_log
from agents.models import Agent
from incidents.mails_redaction import KIND
from incidents.models import Approval, Incident, RecordEntry, RecordHead, Redaction, Statement, TimelineEntry
from incidents.operations import elsewhere, places, redaction, statement, verify
from incidents.operations.taken import Words
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import drain
from tests import states
from tests.conftest import START
from tests.remembered import remembered

HEADLINE = "A refund letter of ours may have reached Jane Roe"
TO_DO = "Jane Roe, please delete the letter that is not yours."
WORDS: dict[str, Any] = {
    "headline": HEADLINE,
    "body": "On 19 November our assistant sent you a letter that was meant for somebody else. We have stopped it.",
    "what_to_do": TO_DO,
    "disclosure_note": "Nothing is left out.",
    "withheld": ["nothing"],
}
NOTE = "She has asked for it, and the law is with her."
GROUP = "the direct message to Directly affected users"


@pytest.fixture
@remembered
def sent(ready_to_speak: Incident, group: StakeholderGroup, ada: User, ben: User) -> Approval:
    """Approved; its two mails wait in the outbox."""
    return send(ready_to_speak, group, by=ada, approver=ben)


def send(incident: Incident | None, group: StakeholderGroup, *, by: User, approver: User, **words: Any) -> Approval:
    assert incident is not None
    return states.send(states.write_to(group, incident, by=by, **(WORDS | words)), writer=by, approver=approver)


def proposed(message: Approval, by: User, *fields: str) -> Redaction:
    return redaction.propose_of_message(message, list(fields), by=by, reason="personal_data", note=NOTE)


def seen(about: Redaction) -> str:
    return places.plan(about).seen


def taken_down(message: Approval, *fields: str, by: User, second: User) -> Redaction:
    about = proposed(message, by, *fields)
    return redaction.confirm(about, by=second, seen=seen(about))


def mails() -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(kind="direct").order_by("to_address")


def holds() -> bool:
    call_command("verify_record")
    return verify.first_fault() == verify_log().broken == ""


def at(name: str, pk: int | None) -> str:
    return reverse(f"desk:{name}", args=[pk])


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# Proposing


@pytest.mark.parametrize("who", ["ada", "ben", "cleo", "olga"])
def test_whoever_may_propose_it_of_an_entry_may_propose_it_of_a_message(sent: Approval, cast: Any, who: str) -> None:
    about = proposed(sent, getattr(cast, who), "headline")

    assert (about.state, about.message, about.chosen) == ("waiting", sent, [{"fields": ["headline"]}])
    assert about.numbers == []
    assert about.about == GROUP
    last = states.last_log()
    assert last.action == "redaction.proposed"
    assert last.details == {"message": sent.pk, "fields": ["headline"], "reason": "personal_data"}


@pytest.mark.parametrize("who", ["tom", "rosa", "vic", "max"])
def test_nobody_else_may(sent: Approval, cast: Any, refused: Any, who: str) -> None:
    with refused(NotAllowed, "proposed by approvers, commanders, communications leads and administrators"):
        proposed(sent, getattr(cast, who), "headline")


def test_a_proposal_says_what_and_why_and_quotes_nothing(sent: Approval, ada: User, refused: Any) -> None:
    with refused(Incomplete, "Nothing was proposed") as refusal:
        redaction.propose_of_message(sent, [], by=ada, reason="because", note=" ")
    assert refusal.missing == [
        "Choose the texts that have to go", "Choose the reason", "Say why to the second person",
    ]  # fmt: skip
    with refused(Incomplete, "Nothing was proposed") as refusal:
        redaction.propose_of_message(sent, ["headline"], by=ada, reason="secret", note=f"It says {HEADLINE}")
    assert refusal.missing == ["Do not quote the words in your reason: it stays"]


@pytest.mark.parametrize("field", ["affected", "disclosure_note", "new_text"])
def test_only_a_text_that_was_sent_is_taken_down(sent: Approval, ada: User, refused: Any, field: str) -> None:
    with refused(WrongState, "A text of this message is not there to be taken down"):
        proposed(sent, ada, field)


def test_published_words_do_not_go_this_way(published: Approval, ada: User, refused: Any) -> None:
    with refused(WrongState, "Published words go with their entry"):
        proposed(published, ada, "headline")


def test_one_proposal_about_a_message_waits_at_a_time(sent: Approval, ada: User, ben: User, refused: Any) -> None:
    proposed(sent, ada, "headline")
    with refused(WrongState, f"A proposal to take words of {GROUP} down waits already"):
        proposed(sent, ben, "body")


def test_whoever_lacks_a_required_second_step_proposes_nothing(
    sent: Approval, ada: User, settings: Any, refused: Any
) -> None:
    settings.REQUIRE_MFA = "approvers"
    with refused(NotAllowed, "second step"):
        proposed(sent, ada, "headline")


def test_those_who_may_confirm_hear_of_it_without_the_words(sent: Approval, ada: User, ben: User, cleo: User) -> None:
    proposed(sent, ada, "headline")

    found = Outgoing.objects.filter(kind=KIND)
    assert {mail.to_user for mail in found} == {ben, cleo}
    for mail in found:
        assert mail.subject == f"Words to be taken down: {GROUP}"
        assert "words be taken down that were sent to a group" in " ".join(mail.text.split())
        assert "public" not in mail.text.replace("what the public reads", "")
        assert HEADLINE not in mail.text + mail.html + mail.subject


# Confirming


@pytest.mark.check("S02")
def test_a_second_person_takes_them_down_and_the_public_record_does_not_move(
    sent: Approval, ada: User, ben: User
) -> None:
    before = RecordHead.objects.values().get()

    about = taken_down(sent, "headline", "what_to_do", by=ada, second=ben)

    about = states.fresh(about)
    assert (about.state, about.basis, about.decided_by, about.entry) == ("confirmed", "second_person", ben, None)
    assert RecordHead.objects.values().get() == before
    assert not RecordEntry.objects.filter(kind="redaction").exists()
    gone = states.fresh(sent)
    assert (gone.headline, gone.what_to_do, gone.salt) == (chain.TAKEN_DOWN, chain.TAKEN_DOWN, "")
    assert set(gone.texts()) == {"body"}
    assert holds()


def test_the_notice_stands_in_the_timeline_and_in_the_log(sent: Approval, ada: User, ben: User) -> None:
    drain()
    taken_down(sent, "headline", by=ada, second=ben)

    assert TimelineEntry.objects.latest("pk").text == f"Words of {GROUP} taken down: personal data."
    said = LogEntry.objects.get(action="redaction.taken_down")
    assert said.actor == ben
    assert (said.details["message"], said.details["fields"]) == (sent.pk, ["headline"])
    assert any(name.startswith("incidents.statementversion:") for name in said.details["erased"])


def test_the_proposer_does_not_confirm(sent: Approval, ben: User, refused: Any) -> None:
    about = proposed(sent, ben, "headline")
    with refused(NotAllowed, "other than Ben Okafor, who proposed it"):
        redaction.confirm(about, by=ben, seen=seen(about))


def test_only_what_was_seen_is_taken_down_and_once(
    sent: Approval, ada: User, ben: User, cleo: User, refused: Any
) -> None:
    about = proposed(sent, ada, "headline")
    digest = seen(about)
    with refused(Stale, "What you saw is not what would be taken down now"):
        redaction.confirm(about, by=ben, seen="0" * 64)
    redaction.confirm(about, by=ben, seen=digest)
    with refused(WrongState, "Ben Okafor has taken these words down already"):
        redaction.confirm(about, by=cleo, seen=digest)
    with refused(WrongState, "it is gone already"):
        proposed(sent, ada, "headline")


def test_the_words_may_stay(sent: Approval, ada: User, ben: User) -> None:
    about = redaction.withdraw(proposed(sent, ada, "headline"), by=ben)

    assert about.state == "withdrawn"
    assert states.fresh(sent).headline == HEADLINE
    assert TimelineEntry.objects.latest("pk").text == f"The words of {GROUP} stay: the proposal was withdrawn."


def test_whoever_works_alone_stands_in_for_the_second_person(sent: Approval, ada: User, ben: User, cleo: User) -> None:
    for person in (ben, cleo):
        person.is_active = False
        person.save()
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    about = proposed(sent, ada, "headline")

    redaction.confirm_alone(about, by=ada, seen=seen(about))

    assert LogEntry.objects.filter(action="redaction.taken_down_solo").exists()
    assert states.fresh(sent).headline == chain.TAKEN_DOWN
    assert holds()


# What goes with them


def test_mails_that_have_not_left_are_not_sent_and_those_sent_are_erased(sent: Approval, ada: User, ben: User) -> None:
    nell, omar = mails()
    Outgoing.objects.filter(pk=nell.pk).update(state="sent", sent_at=START, settled_at=START)

    taken_down(sent, "what_to_do", by=ada, second=ben)

    nell, omar = mails()
    assert (nell.state, omar.state) == ("sent", "superseded")
    assert omar.outcome == "Not sent any more: its words were taken down."
    for mail in (nell, omar):
        assert TO_DO not in mail.text + mail.html + mail.subject
        assert HEADLINE not in mail.text + mail.html + mail.subject
        assert "/desk/" not in mail.text, "who is outside is not sent to the desk"
    assert TimelineEntry.objects.latest("pk").text.endswith("Not sent any more: 1 email to the group.")
    drain()
    assert states.fresh(omar).state == "superseded"


@pytest.mark.parametrize("state", ["failed", "unsure"])
def test_what_a_person_could_send_again_is_not_sent_either(sent: Approval, ada: User, ben: User, state: str) -> None:
    stuck = mails()[0]
    Outgoing.objects.filter(pk=stuck.pk).update(state=state, settled_at=START, outcome="Mailbox full.")

    taken_down(sent, "what_to_do", by=ada, second=ben)

    assert {one.state for one in mails()} == {"superseded"}


def test_what_is_just_being_handed_over_is_counted_as_what_it_becomes(sent: Approval, ada: User, ben: User) -> None:
    """It cannot be stopped. If the attempt fails, what goes out later says nothing of the words, nor of the desk."""
    handing = mails()[0]
    Outgoing.objects.filter(pk=handing.pk).update(lease_by="somebody", lease_until=START, attempt_started_at=START)

    taken_down(sent, "what_to_do", by=ada, second=ben)

    handing = states.fresh(handing)
    assert handing.state == "queued"
    said = " ".join(handing.text.split())
    assert said.startswith("Words that stood in this message were taken down, so it does not say them any more.")
    assert "/desk/" not in said


def test_what_corrects_it_leaves_without_quoting_what_is_gone(sent: Approval, ada: User, ben: User) -> None:
    """People wait to be put right: their mail is not held back, and says that words stood there."""
    corrected = states.send(states.correct_to(sent, by=ada, headline="About your letter"), writer=ada, approver=ben)
    nell, omar = mails().filter(key__startswith=f"direct:{corrected.pk}:")
    Outgoing.objects.filter(pk=nell.pk).update(state="sent", sent_at=START, settled_at=START)
    assert HEADLINE in " ".join(omar.text.replace(">", " ").split())

    taken_down(sent, "headline", "what_to_do", by=ada, second=ben)

    nell, omar = states.fresh(nell), states.fresh(omar)
    for mail in (nell, omar):
        assert "Jane Roe" not in mail.text + mail.html + mail.subject
    assert "It was yours, with a wrong amount in it." in " ".join(omar.text.split())
    assert chain.TAKEN_DOWN in omar.text
    assert (omar.subject, omar.state) == ("Correction: About your letter", "queued")
    assert nell.subject == "Words taken down"
    drain()
    assert states.fresh(omar).state == "sent"


def test_what_corrects_it_names_the_agent_as_it_was_approved(
    sent: Approval, agent: Agent, ada: User, ben: User
) -> None:
    """An agent is given another name by one person alone, so nobody outside reads it before somebody has approved it."""
    corrected = states.send(states.correct_to(sent, by=ada), writer=ada, approver=ben)
    Agent.objects.filter(pk=agent.pk).update(public_name="Refund machine")

    taken_down(sent, "what_to_do", by=ada, second=ben)

    for one in mails().filter(key__startswith=f"direct:{corrected.pk}:"):
        assert one.state == "queued"
        assert "writes to you about Support assistant, to correct" in " ".join(one.text.split())
        assert "Refund machine" not in one.text + one.html


def test_what_corrects_it_in_the_same_words_is_held_back(sent: Approval, ada: User, ben: User) -> None:
    body = f"We wrote to you on 19 November. {TO_DO} That was wrong, and you need not do anything."
    corrected = states.send(states.correct_to(sent, by=ada, headline="About it", body=body), writer=ada, approver=ben)

    taken_down(sent, "what_to_do", by=ada, second=ben)

    left = mails().filter(key__startswith=f"direct:{corrected.pk}:")
    assert {one.state for one in left} == {"superseded"}
    assert not any("Jane Roe" in one.text for one in left)


def test_words_of_an_entry_that_were_sent_too_are_named_and_go_by_a_proposal_of_their_own(
    published: Approval, group: StakeholderGroup, ada: User, ben: User
) -> None:
    sent = send(published.incident, group, by=ada, approver=ben, headline=published.headline)
    assert [one.approval for one in elsewhere.in_messages(elsewhere.approved(Words({published.headline})))] == [sent]

    of_entry = redaction.propose(published.entry, {1: ["headline"]}, by=ada, reason="secret", note=NOTE)
    redaction.confirm(of_entry, by=ben, seen=seen(of_entry))
    assert states.fresh(sent).headline == published.headline
    assert {mail.state for mail in mails()} == {"superseded"}, "no mail leaves with the words meanwhile"

    taken_down(sent, "headline", by=ada, second=ben)
    assert states.fresh(sent).headline == chain.TAKEN_DOWN
    assert elsewhere.in_messages(elsewhere.approved(Words({published.headline}))) == []
    assert holds()


def test_an_entry_that_says_the_same_stays_when_the_words_of_the_message_go(
    published: Approval, group: StakeholderGroup, ada: User, ben: User
) -> None:
    sent = send(published.incident, group, by=ada, approver=ben, headline=published.headline)
    before = json.dumps([entry.public() for entry in RecordEntry.objects.in_order()])

    taken_down(sent, "headline", by=ada, second=ben)

    assert json.dumps([entry.public() for entry in RecordEntry.objects.in_order()]) == before
    assert states.fresh(published.submission.statement).headline == published.headline
    assert holds()


def test_a_direct_message_begins_without_words_that_were_taken_down(
    published: Approval, group: StakeholderGroup, ada: User, ben: User
) -> None:
    about = redaction.propose(published.entry, {1: ["headline"]}, by=ada, reason="secret", note=NOTE)
    redaction.confirm(about, by=ben, seen=seen(about))

    assert published.incident is not None
    assert statement.begin(published.incident, "direct", by=ada, group=group).headline == ""


# The database and the verifiers


def test_the_database_holds_notice_and_kind_together(published: Approval, sent: Approval, ada: User, ben: User) -> None:
    about = taken_down(sent, "headline", by=ada, second=ben)
    of_entry = redaction.propose(published.entry, {1: ["headline"]}, by=ada, reason="secret", note=NOTE)
    of_entry = redaction.confirm(of_entry, by=ben, seen=seen(of_entry))
    wrong: list[tuple[Redaction, dict[str, Any]]] = [
        (about, {"entry": published.entry}),
        (about, {"message": None}),
        (about, {"incident": None}),
        (of_entry, {"entry": None}),
        (of_entry, {"message": sent}),
    ]
    for row, values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Redaction.objects.filter(pk=row.pk).update(**values)


def rewritten(row: Any, **values: Any) -> None:
    """What somebody with a database shell, and the triggers off, could do."""
    QuerySet(model=type(row)).filter(pk=row.pk).update(**values)


def test_a_message_that_was_changed_past_the_log_is_named(sent: Approval) -> None:
    rewritten(sent, what_to_do="Do nothing at all.")
    assert verify.first_fault().endswith("it is not the one that the log knows.")


def test_a_text_of_it_that_is_gone_past_the_log_is_named(sent: Approval, ada: User, ben: User) -> None:
    taken_down(sent, "headline", by=ada, second=ben)
    gone = states.fresh(sent)
    kept = dict(gone.redacted)
    digest = chain.salted(kept["salts"].pop("what_to_do"), "what_to_do", gone.what_to_do)
    rewritten(
        gone,
        what_to_do=chain.TAKEN_DOWN,
        redacted={"salts": kept["salts"], "digests": kept["digests"] | {"what_to_do": digest}},
    )
    assert verify.first_fault().endswith("what_to_do is gone, and the log does not say that it was taken down.")


def test_a_text_of_it_that_came_back_is_named(sent: Approval, ada: User, ben: User) -> None:
    taken_down(sent, "headline", by=ada, second=ben)
    rewritten(sent, headline=HEADLINE, salt=sent.salt, redacted=None)
    assert verify.first_fault().endswith("the text headline was taken down, and it stands there still.")


def test_nonsense_in_its_place_is_named_too(sent: Approval) -> None:
    rewritten(sent, redacted=["nothing"])
    assert verify.first_fault().endswith("it cannot be read as what was sent.")


def test_the_command_counts_them(sent: Approval, ada: User, ben: User, capsys: Any) -> None:
    taken_down(sent, "headline", by=ada, second=ben)
    call_command("verify_record")
    assert "Texts of direct messages taken down: 1, each named by the log." in capsys.readouterr().out


# Pages


@pytest.mark.parametrize(("who", "there"), [("ada", True), ("olga", True), ("tom", False)])
def test_its_row_and_its_page_lead_there_whoever_may_propose_it(
    sent: Approval, cast: Any, client_of: Any, who: str, there: bool
) -> None:
    browser, address = client_of(getattr(cast, who)), at("take_down_message", sent.pk)
    assert (address in text(browser.get(at("incident", sent.incident_id)))) == there
    assert (address in text(browser.get(at("submission", sent.submission_id)))) == there
    assert browser.get(address).status_code == (200 if there else 403)


def test_an_entry_has_no_such_page(published: Approval, ada: User, client_of: Any) -> None:
    assert client_of(ada).get(at("take_down_message", published.pk)).status_code == 404


def test_from_the_proposal_to_the_notice(sent: Approval, ada: User, ben: User, client_of: Any) -> None:
    first, second, here = client_of(ada), client_of(ben), at("take_down_message", sent.pk)
    said = text(first.get(here))
    assert f"Take down words of {GROUP}" in said
    assert f"Subject: “{HEADLINE}”" in said
    assert "The public does not see it." in said
    assert first.post(here, {"note": "She asked."}).status_code == 422
    answer = first.post(here, {"texts": ["headline"], "reason": "secret", "note": f"“{HEADLINE}” must go"})
    assert answer.status_code == 422
    assert "Do not quote the words in your reason" in text(answer)

    answer = first.post(here, {"texts": ["headline"], "reason": "personal_data", "note": "She asked."}, follow=True)

    about = Redaction.objects.get()
    assert "Proposed. The words stay until a second person takes them down." in text(answer)
    assert "A proposal about the direct message" in text(first.get(here))
    queue = text(second.get(reverse("desk:approvals")))
    assert f"Words of {GROUP}" in queue
    assert "They stay until a second person takes them down" in queue
    said = text(second.get(at("redaction", about.pk)))
    assert f"<del>{HEADLINE}</del>" in said
    assert "2 emails to the group not sent yet" in said
    assert "pages and feeds" not in said

    answer = second.post(at("redaction_confirm", about.pk), {"seen": seen(about)}, follow=True)

    assert "Taken down. A notice stands in their place." in text(answer)
    assert "It is not public, as the message was not." in text(answer)
    for address in (at("submission", sent.submission_id), at("statement", sent.submission.statement_id)):
        said = text(second.get(address))
        assert "Words of this message were taken down" in said
        assert "personal data" in said
        assert HEADLINE not in said
        assert chain.TAKEN_DOWN in said
    assert HEADLINE not in text(second.get(at("incident", sent.incident_id)))
    said = text(second.get(reverse("desk:log")))
    assert "incidents.statementversion:" in said
    assert HEADLINE not in said


def test_leaving_the_words_of_a_message(sent: Approval, ada: User, ben: User, client_of: Any) -> None:
    about = proposed(sent, ada, "headline")
    assert "Leave the words<" in text(client_of(ben).get(at("redaction", about.pk)))
    answer = client_of(ben).post(at("redaction_withdraw", about.pk), follow=True)
    assert "Withdrawn. The words stay." in text(answer)


def test_pages_of_either_name_the_other(
    published: Approval, group: StakeholderGroup, ada: User, ben: User, client_of: Any
) -> None:
    sent = send(published.incident, group, by=ada, approver=ben, headline=published.headline)
    of_entry, of_message = at("take_down", 1), at("take_down_message", sent.pk)
    browser = client_of(ben)
    assert of_message in text(browser.get(of_entry))
    assert of_entry in text(browser.get(of_message))

    about = proposed(sent, ada, "headline")
    assert of_entry in text(browser.get(at("redaction", about.pk)))
    other = redaction.propose(published.entry, {1: ["headline"]}, by=ada, reason="secret", note=NOTE)
    assert of_message in text(browser.get(at("redaction", other.pk)))


def test_its_own_page_does_not_say_that_it_is_public(sent: Approval, tom: User, client_of: Callable[..., Any]) -> None:
    said = text(client_of(tom).get(at("statement", sent.submission.statement_id)))
    assert "to Directly affected users, 2 addresses. Nothing of it is public" in said
    assert "stand in the public record" not in said
    assert Statement.objects.get().state == "published"
