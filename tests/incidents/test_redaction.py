"""Words taken down (R118): who may, what is refused, what the public reads then, and that every chain still holds."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils.html import escape

from accounts import chain
from accounts.models import LogEntry, Organisation
from accounts.operations.verify import verify_log
from incidents.mails_redaction import KIND
from incidents.models import (
    Approval,
    Commitment,
    RecordEntry,
    Redaction,
    Statement,
    StatementVersion,
    Submission,
    TimelineEntry,
)
from incidents.operations import (
    approval,
    change,
    elsewhere,
    masthead,
    places,
    redaction,
    statement,
    sweep,
    timeline,
    verify,
)
from incidents.operations.guards import missing
from incidents.operations.taken import Words
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from stakeholders.operations.sending import _begin, claim
from statuspage import source, verify_record
from statuspage.edition import build
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests import states
from tests.conftest import START

HEADLINE = "Refund letters reached the wrong people"
NOTE = "The customer named there has asked for it, and the law is with her."


def proposed(entry, by, *fields, reason="personal_data", **others):
    chosen = {entry.number: list(fields)} | {int(name[1:]): value for name, value in others.items()}
    return redaction.propose(entry, chosen, by=by, reason=reason, note=NOTE)


def seen(about):
    return places.plan(about).seen


def taken_down(entry, *fields, by, second, **others):
    about = proposed(entry, by, *fields, **others)
    return redaction.confirm(about, by=second, seen=seen(about)).entry


def exported():
    return json.loads(json.dumps({"entries": [entry.public() for entry in RecordEntry.objects.in_order()]}))


def edition():
    head = source.head()
    return build(extend(PublicRecord(), source.entries_after(0, head.number)), head.confirmed_at, START)


def page(path):
    found = edition().page(path)
    assert found is not None
    return found.body.decode()


@pytest.fixture
def named(organisation, olga, component, agent):
    """The record begins with the names, so that there are public pages."""
    return masthead.found(organisation, by=olga)


def holds():
    call_command("verify_record")
    return verify.first_fault() == verify_log().broken == verify_record.fault(exported()) == ""


# Proposing


@pytest.mark.parametrize("who", ["ada", "ben", "cleo", "olga"])
def test_approvers_commanders_communications_leads_and_administrators_may_propose(published, cast, who):
    about = proposed(published.entry, getattr(cast, who), "headline")

    assert (about.state, about.chosen) == ("waiting", [{"entry": 1, "fields": ["headline"]}])
    assert states.last_log().action == "redaction.proposed"
    assert published.headline == HEADLINE


@pytest.mark.parametrize("who", ["tom", "rosa", "vic", "max"])
def test_nobody_else_may_propose(published, cast, refused, who):
    with refused(NotAllowed, "proposed by approvers, commanders, communications leads and administrators"):
        proposed(published.entry, getattr(cast, who), "headline")


def test_a_proposal_says_what_and_why(published, ada, refused):
    with refused(Incomplete, "Nothing was proposed") as refusal:
        redaction.propose(published.entry, {}, by=ada, reason="because", note="  ")
    assert refusal.missing == [
        "Choose the texts that have to go",
        "Choose what the public reads as the reason",
        "Say why to the second person",
    ]


def test_the_reason_given_inside_does_not_quote_the_words(published, ada, refused):
    with refused(Incomplete, "Nothing was proposed") as refusal:
        redaction.propose(
            published.entry,
            {1: ["headline"]},
            by=ada,
            reason="secret",
            note=f"“{HEADLINE}” has to go",
        )
    assert refusal.missing == ["Do not quote the words in your reason: it stays"]


def test_nor_does_it_give_a_part_of_them_away(published, ada, refused):
    four = " ".join(published.body.split()[2:6])
    with refused(Incomplete, "Nothing was proposed") as refusal:
        redaction.propose(published.entry, {1: ["body"]}, by=ada, reason="secret", note=f"The part “{four.upper()}”!")
    assert refusal.missing == ["Do not quote the words in your reason: it stays"]


@pytest.mark.parametrize(
    ("said", "quotes"),
    [
        ("It has dana.river@example.org in it.", True),
        ("A number that ends so: (0151-234567).", True),
        ("It says: the letter to Dana.", True),
        ("A letter that she had is in it.", False),
        ("It went out at 14:30 on 19 November.", False),
        ("Somebody can be reached there.", False),
    ],
)
def test_an_address_or_a_number_is_given_away_by_itself(said, quotes):
    words = Words(
        ["Write to dana.river@example.org, or call 0151-234567 after 14:30.", "The letter to Dana came late."]
    )
    assert words.are_quoted_in(said) is quotes


@pytest.mark.parametrize("field", ["no_such_text", "new_text", "disclosure_note"])
def test_only_a_text_that_stands_there_is_taken_down(published, ada, refused, field):
    with refused(WrongState, "is not there to be taken down"):
        proposed(published.entry, ada, field)


def test_an_entry_without_words_has_nothing_to_take_down(commitment, ada, clock_at, refused):
    clock_at(commitment.due_at + timedelta(minutes=1))
    sweep.sweep()
    missed = RecordEntry.objects.get(kind="missed")
    with refused(WrongState, "Only published words are taken down"):
        proposed(missed, ada, "headline")


def test_entries_of_one_incident_at_a_time(named, published, ada, refused):
    with refused(WrongState, "those of one incident at a time"):
        proposed(published.entry, ada, "headline", **{f"e{named.number}": ["masthead.organisation.name"]})


def test_one_proposal_about_an_entry_waits_at_a_time(published, ada, ben, refused):
    proposed(published.entry, ada, "headline")
    with refused(WrongState, "A proposal to take words of entry 1 down waits already"):
        proposed(published.entry, ben, "body")


def test_those_who_may_confirm_get_an_email_that_does_not_quote_the_words(published, ada, ben, cleo):
    proposed(published.entry, ada, "headline", "body")

    mails = Outgoing.objects.filter(kind=KIND)
    assert {mail.to_user for mail in mails} == {ben, cleo}
    for mail in mails:
        assert "Words to be taken down: entry 1 of the public record" in mail.subject
        assert f"/desk/redactions/{Redaction.objects.get().pk}/" in mail.text
        assert HEADLINE not in mail.text + mail.html + mail.subject


# Confirming


def test_a_second_person_takes_them_down_and_an_entry_says_so(published, ada, ben):
    entry = taken_down(published.entry, "headline", "body", by=ada, second=ben)

    about = Redaction.objects.get()
    assert (about.state, about.basis, about.decided_by, about.entry) == ("confirmed", "second_person", ben, entry)
    assert entry.kind == "redaction"
    assert entry.body == {
        "incident": published.incident.public_id,
        "entries": [{"entry": 1, "fields": ["body", "headline"]}],
        "reason": "personal_data",
        "basis": "second_person",
        "texts": {},
    }
    assert LogEntry.objects.get(action="redaction.taken_down").actor == ben
    assert TimelineEntry.objects.filter(text__contains="Words of entry 1 taken down: personal data").exists()
    gone = states.fresh(published)
    assert (gone.headline, gone.body, gone.body_html) == (chain.TAKEN_DOWN,) * 3
    assert set(gone.texts()) == {"affected", "what_to_do"}
    assert holds()


def test_what_stays_keeps_its_own_salt_and_the_master_is_gone(published, ada, ben):
    before = {field: published.salt_of(field) for field in ("affected", "what_to_do", "headline")}

    taken_down(published.entry, "headline", by=ada, second=ben)

    gone = states.fresh(published)
    assert gone.salt == ""
    assert gone.salt_of("affected") == before["affected"]
    assert gone.salt_of("headline") == ""
    assert before["headline"] not in json.dumps(gone.redacted)
    assert exported()["entries"][0]["texts"]["headline"] == {"digest": published.entry.body["texts"]["headline"]}
    assert "salt" in exported()["entries"][0]["texts"]["affected"]


def test_words_can_be_taken_down_of_an_entry_again(published, ada, ben):
    taken_down(published.entry, "headline", by=ada, second=ben)
    taken_down(published.entry, "what_to_do", by=ben, second=ada, reason="secret")

    assert set(states.fresh(published).texts()) == {"body", "affected"}
    assert holds()


def test_what_is_gone_cannot_be_chosen_again(published, ada, ben, refused):
    taken_down(published.entry, "headline", by=ada, second=ben)
    with refused(WrongState, "it is gone already"):
        proposed(published.entry, ada, "headline")


def test_the_proposer_does_not_confirm(published, ben, refused):
    about = proposed(published.entry, ben, "headline")
    with refused(NotAllowed, "other than Ben Okafor, who proposed it"):
        redaction.confirm(about, by=ben, seen=seen(about))


@pytest.mark.parametrize("who", ["olga", "tom", "vic", "rosa", "max"])
def test_nobody_confirms_who_may_not_approve(published, cast, refused, who):
    about = proposed(published.entry, cast.ada, "headline")
    with refused(NotAllowed, "Words are taken down by two people"):
        redaction.confirm(about, by=getattr(cast, who), seen=seen(about))


def test_the_writer_of_the_words_may_confirm(published, ada, ben):
    about = proposed(published.entry, ben, "headline")
    assert redaction.confirm(about, by=ada, seen=seen(about)).entry.kind == "redaction"


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_only_what_was_seen_is_taken_down(published, ada, ben, refused, digest):
    about = proposed(published.entry, ada, "headline")
    with refused(Stale, "What you saw is not what would be taken down now"):
        redaction.confirm(about, by=ben, seen=digest)


def test_a_further_place_that_came_meanwhile_is_stale(published, ada, ben, cleo, refused):
    about = proposed(published.entry, ada, "headline")
    before = seen(about)
    timeline.note(published.incident, f"Somebody called about “{HEADLINE}”.", by=cleo)

    with refused(Stale, "What you saw is not what would be taken down now"):
        redaction.confirm(about, by=ben, seen=before)


def test_it_is_taken_down_once(published, ada, ben, cleo, refused):
    about = proposed(published.entry, ada, "headline")
    digest = seen(about)
    redaction.confirm(about, by=ben, seen=digest)
    with refused(WrongState, "Ben Okafor has taken these words down already"):
        redaction.confirm(about, by=cleo, seen=digest)


# Withdrawing


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_the_proposer_or_the_second_person_leaves_the_words(published, cast, who):
    about = proposed(published.entry, cast.ada, "headline")

    redaction.withdraw(about, by=getattr(cast, who))

    assert Redaction.objects.get().state == "withdrawn"
    assert states.fresh(published).headline == HEADLINE
    assert states.last_log().action == "redaction.withdrawn"
    assert not Outgoing.objects.filter(kind=KIND, state="queued").exists()


def test_nobody_else_withdraws(published, ada, tom, refused):
    about = proposed(published.entry, ada, "headline")
    with refused(NotAllowed, "Ada Brandt, who proposed it, or whoever may take the words down"):
        redaction.withdraw(about, by=tom)


def test_what_was_withdrawn_is_not_taken_down(published, ada, ben, refused):
    about = proposed(published.entry, ada, "headline")
    digest = seen(about)
    redaction.withdraw(about, by=ada)
    with refused(WrongState, "Ada Brandt has withdrawn this proposal"):
        redaction.confirm(about, by=ben, seen=digest)


# Alone


@pytest.fixture
def alone(published, ada, ben, cleo):
    """Ada is the only one left who may approve, and works alone on record."""
    for person in (ben, cleo):
        person.is_active = False
        person.save()
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    return ada


def test_whoever_works_alone_takes_words_down_and_the_notice_says_so(alone, published):
    about = proposed(published.entry, alone, "headline")

    entry = redaction.confirm_alone(about, by=alone, seen=seen(about)).entry

    assert entry.body["basis"] == Redaction.objects.get().basis == "solo"
    assert LogEntry.objects.filter(action="redaction.taken_down_solo").exists()
    assert holds()


def test_nobody_is_alone_while_somebody_else_could_confirm(published, ada, refused):
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    about = proposed(published.entry, ada, "headline")
    with refused(NotAllowed, "Taking words down alone is refused"):
        redaction.confirm_alone(about, by=ada, seen=seen(about))


# What goes with them


def test_a_waiting_draft_that_copied_the_headline_is_void_and_asks_for_other_words(published, ada, ben):
    draft = states.write(published.incident, "update", by=ada)
    asked = states.submit(draft, by=ada)

    taken_down(published.entry, "headline", by=ada, second=ben)

    draft = states.fresh(draft)
    assert (draft.headline, draft.state, draft.version) == (chain.TAKEN_DOWN, "draft", 3)
    assert states.fresh(asked).outcome == "void"
    assert "Headline: write something in the place of the words taken down" in [
        item.sentence for item in missing(draft)
    ]
    assert StatementVersion.objects.filter(statement=draft, version=3).exists()
    assert holds()


@pytest.mark.parametrize("field", [*Statement.PUBLIC_TEXTS, "disclosure_note"])
def test_the_notice_is_published_in_no_field_of_a_draft(published, ada, field):
    draft = states.write(published.incident, "update", by=ada)
    setattr(draft, field, f"Before. {chain.TAKEN_DOWN}")

    asked = [item for item in missing(draft) if "in the place of the words taken down" in item.sentence]

    assert [item.anchor for item in asked] == [f"id_{field}"]


def test_whoever_had_the_draft_open_does_not_bring_the_words_back(published, ada, ben, refused):
    draft = states.write(published.incident, "update", by=ada)
    taken_down(published.entry, "headline", by=ada, second=ben)
    with refused(Stale, "Somebody saved this statement"):
        statement.edit(draft, by=ada, seen_version=draft.version, headline=HEADLINE)


def test_a_next_statement_begins_without_them(published, ada, ben):
    taken_down(published.entry, "headline", "affected", by=ada, second=ben)

    begun = statement.begin(published.incident, Statement.Kind.UPDATE, by=ada)

    assert (begun.headline, begun.affected) == ("", "")
    assert begun.what_to_do == published.what_to_do


def test_other_entries_that_say_the_same_are_named_and_stay_unless_they_are_chosen(published, ada, ben):
    again = states.publish(published.incident, "update", writer=ada, approver=ben)
    assert [
        (one.entry.number, sorted(one.texts))
        for one in elsewhere.in_entries(elsewhere.approved(Words(published.texts().values())), [1])
    ] == [(2, ["affected", "body", "headline", "what_to_do"])]

    taken_down(published.entry, "headline", by=ada, second=ben)
    assert states.fresh(again).headline == HEADLINE
    assert states.fresh(again.submission.statement).headline == HEADLINE

    taken_down(again.entry, "headline", by=ada, second=ben)
    assert states.fresh(again).headline == chain.TAKEN_DOWN
    assert holds()


def test_two_entries_go_in_one_proposal(published, ada, ben):
    again = states.publish(published.incident, "update", writer=ada, approver=ben)

    entry = taken_down(published.entry, "headline", by=ada, second=ben, e2=["headline"])

    assert [one["entry"] for one in entry.body["entries"]] == [1, 2]
    assert states.fresh(published).headline == states.fresh(again).headline == chain.TAKEN_DOWN
    assert holds()


def test_the_words_of_a_commitment(commitment, ada, ben):
    entry, field = commitment.made_in, f"commitment.{commitment.public_id}.text"
    text = commitment.text

    taken_down(entry, field, by=ada, second=ben)

    made = Commitment.objects.get()
    assert made.text == chain.TAKEN_DOWN
    assert made.verification == commitment.verification
    assert text not in json.dumps(list(Approval.objects.values_list("commitments", flat=True)))
    assert text not in json.dumps(list(Submission.objects.values_list("content", flat=True)))
    assert holds()


def test_the_words_of_an_amendment(commitment, ada, ben, tom):
    change.propose(
        commitment, "amendment", by=tom, public_reason="Jane Roe is ill until May.", new_text="Somebody reads."
    )
    asked = Submission.objects.latest("pk")
    amended = approval.approve(asked, by=ben, seen_digest=asked.digest)

    taken_down(amended.entry, "public_reason", "new_text", by=ada, second=ben)

    assert states.fresh(commitment).text == chain.TAKEN_DOWN
    change_row = states.fresh(asked.change)
    assert (change_row.new_text, change_row.public_reason) == (chain.TAKEN_DOWN,) * 2
    assert holds()


def test_a_name_that_was_replaced_can_go_and_one_that_is_shown_cannot(named, olga, ben, ada, component, refused):
    field = f"masthead.component.{component.public_id}.name"
    with refused(WrongState, "has to be changed first"):
        proposed(named, ada, field)
    asked = masthead.propose("component_changed", {"name": "Letters"}, component, by=olga).submissions.get()
    approval.approve(asked, by=ben, seen_digest=asked.digest)

    entry = taken_down(named, field, by=ada, second=ben, reason="legal_order")

    assert entry.incident is None
    assert "Support replies" not in json.dumps(exported())
    assert "Letters" in page("/")
    assert holds()


def test_mails_that_wait_go_out_with_the_notice_and_those_sent_are_erased(commitment, published, ada, ben):
    sent, waits = Outgoing.objects.filter(kind="approval_requested").order_by("pk")[:2]
    Outgoing.objects.filter(pk=sent.pk).update(state="sent", sent_at=START)

    taken_down(published.entry, "headline", by=ada, second=ben)

    for mail in (states.fresh(sent), states.fresh(waits)):
        assert mail.subject == "Words taken down"
        assert "Words that this message quoted were taken down" in " ".join(mail.text.split())
        assert mail.html == ""
    assert (states.fresh(sent).state, states.fresh(waits).state) == ("sent", "queued")


def test_whoever_holds_such_a_mail_to_send_it_loses_it(published, ada, ben):
    held = next(mail for mail in claim("a worker", 20) if mail.kind == "approval_requested")

    taken_down(published.entry, "headline", by=ada, second=ben)

    assert not _begin(held)


# The public side


def test_the_public_reads_a_dated_notice_in_their_place(named, published, ada, ben):
    path = f"/incidents/{published.incident.public_id}/"
    assert HEADLINE in page(path)

    entry = taken_down(published.entry, "headline", "body", by=ada, second=ben)

    said = " ".join(page(path).split())
    assert "Words taken down" in said
    assert "personal data" in said
    assert "The message and the headline stood here" in said or "The headline and the message stood here" in said
    assert f'id="e{entry.number}"' in said
    assert '<h1 class="title">Words taken down</h1>' in said
    everywhere = json.dumps({name: one.body.decode() for name, one in edition().hot.items()})
    assert HEADLINE not in everywhere
    assert "212 refund letters" not in everywhere
    assert page("/").count("Words taken down") >= 1
    record = json.loads(page("/record.json"))
    assert verify_record.fault(record) == ""
    assert record["entries"][-1]["kind"] == "redaction"


def test_solo_is_marked_in_public(named, alone, published):
    about = proposed(published.entry, alone, "headline")
    redaction.confirm_alone(about, by=alone, seen=seen(about))

    assert "by one person, who works alone" in page(f"/incidents/{published.incident.public_id}/")


def test_an_older_headline_stands_in_for_one_that_is_gone(named, published, ada, ben):
    later = states.publish(published.incident, "update", writer=ada, approver=ben, headline="Jane Roe got your letter")

    taken_down(later.entry, "headline", by=ada, second=ben)

    assert f'<h1 class="title">{HEADLINE}</h1>' in page(f"/incidents/{published.incident.public_id}/")


def test_the_ledger_says_it_of_a_commitment(named, commitment, ada, ben):
    field = f"commitment.{commitment.public_id}.text"

    taken_down(commitment.made_in, field, by=ada, second=ben)

    row = json.loads(page("/commitments.json"))["commitments"][0]
    assert row["text"] == "Words taken down"
    assert row["taken_down"][0]["fields"] == ["text"]
    assert row["taken_down"][0]["reason"] == "personal_data"
    assert "Words taken down" in page("/commitments/")
    assert escape(commitment.text) not in page("/commitments/")


# Verifying


@pytest.fixture
def gone(published, ada, ben):
    taken_down(published.entry, "headline", by=ada, second=ben)
    return published


def rewritten(row, **values):
    """What somebody with a database shell, and the triggers off, could do."""
    QuerySet(model=type(row)).filter(pk=row.pk).update(**values)


def test_the_commands_say_how_much_was_taken_down(gone, capsys):
    call_command("verify_record")
    assert "2 entries. Texts taken down: 1, each named by an entry." in capsys.readouterr().out


def test_a_text_that_is_gone_without_an_entry_is_named(gone):
    approved = states.fresh(gone)
    kept = {
        **approved.redacted,
        "digests": approved.redacted["digests"] | {"affected": approved.entry.body["texts"]["affected"]},
    }
    rewritten(approved, affected=chain.TAKEN_DOWN, redacted=kept)

    assert verify.first_fault() == "Entry 1: the text affected is gone, and no entry says that it was taken down."
    assert verify_record.fault(exported()) == (
        "Entry 1: the text affected is missing, and no entry says that it was taken down."
    )
    with pytest.raises(CommandError):
        call_command("verify_record")


def test_a_text_that_stands_there_still_is_named(published, gone):
    rewritten(published, headline=HEADLINE, salt=published.salt, redacted=None, body_html=published.body_html)

    assert verify.first_fault() == "Entry 1: the text headline was taken down, and it stands there still."


def test_a_version_that_lost_words_past_the_log_is_named(gone):
    version = StatementVersion.objects.order_by("pk").last()
    assert version
    assert version.redacted
    lost = dict(version.redacted)
    path = "content/affected"
    digest = chain.salted(lost["salts"].pop(path), path, version.content["affected"])
    content = version.content | {"affected": chain.TAKEN_DOWN}
    rewritten(version, content=content, redacted={"salts": lost["salts"], "digests": lost["digests"] | {path: digest}})

    assert verify_log().broken.endswith("lost words that no entry says were taken down.")


def test_another_text_put_in_the_place_of_the_notice_is_named(gone):
    version = StatementVersion.objects.order_by("pk").last()
    rewritten(version, content=version.content | {"headline": "All was well"})

    assert "was changed after it was written" in verify_log().broken


# The second step at sign-in


def test_whoever_lacks_a_required_second_step_takes_nothing_down(published, ada, ben, settings, refused):
    about = proposed(published.entry, ada, "headline")
    digest = seen(about)
    settings.REQUIRE_MFA = "approvers"
    for act in (redaction.confirm, redaction.confirm_alone):
        with refused(NotAllowed, "second step"):
            act(about, by=ben, seen=digest)
    with refused(NotAllowed, "second step"):
        proposed(published.entry, ben, "body")
