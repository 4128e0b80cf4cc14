"""After words were taken down they are searched for in everything that stores text: the proof of R118.

A marker is planted in every text that can be taken down, and wherever such words are copied to: earlier versions, what was
submitted, the comment it came back with, findings let stand, notes, facts, mails that wait and mails that were sent, files of
mails, the pages in memory and on disk, a later draft that waits. Afterwards neither it nor a salt is found anywhere.
"""

import gzip
import json
import logging
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

import clock
from accounts.models import FrozenModel
from accounts.operations.verify import verify_log
from incidents import sources
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    Override,
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
    clock_start,
    commitment,
    evidence,
    fact,
    inquiry,
    legal_clock,
    masthead,
    places,
    plan,
    redaction,
    review,
    roles,
    schedule,
    statement,
    submission,
    sweep,
    telling,
    timeline,
    triage,
    verify,
)
from incidents.operations.cells import CELLS, JSON, OF_COMMITMENT
from stakeholders import operations as outbox
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts, rules
from statuspage import verify_record
from statuspage.keeper import Keeper
from tests import states
from tests.conftest import dump

MARKER = "Zanzibar-4711"
PUBLIC_FIELDS = ("headline", "body", "affected", "what_to_do")


WORDS: dict[str, Any] = {
    "headline": f"Refund letters reached {MARKER}",
    "acknowledgement": f"Our support assistant sent 212 refund letters, one of them to {MARKER}.",
    "body": f"The letters named a person and an order. {MARKER} has one. We have stopped all letters.",
    "investigating": f"We are investigating how {MARKER} came into the address book.",
    "affected": f"Customers who asked for a refund since Monday, and {MARKER}.",
    "what_to_do": f"Please delete a letter that is addressed to {MARKER}.",
}


def marked(field):
    return WORDS[field]


@pytest.fixture
def planted(settings, tmp_path, append_only_triggers, ready_to_speak, organisation, olga, ada, ben, cleo, tom, rosa):
    """Everything that can hold the words holds them, and has been shown, sent and written to files."""
    settings.MAIL_DIR = tmp_path / "mail"
    masthead.found(organisation, by=olga)
    incident = ready_to_speak
    draft = states.write(incident, "holding", by=ada, **WORDS)
    draft = _name_facts(draft, by=ada)
    Override.objects.create(
        statement=draft, text_digest="0" * 64, rule="PII", found=MARKER, kind="commander",
        reason=f"{MARKER} has agreed.", by=cleo, at=clock.now(),
    )  # fmt: skip
    owed = commitment.draft(
        draft, by=ada, seen_version=draft.version, text=f"We call {MARKER} every morning.",
        public_owner=f"Team {MARKER}", owner=tom, due_at=clock.now() + timedelta(days=10),
        verification=f"Ask {MARKER}.",
    )  # fmt: skip
    asked = states.submit(states.fresh(draft), by=ada)
    submission.send_back(asked, by=ben, reason=f"Does {MARKER} have to be named?")
    asked = states.submit(states.fresh(draft), by=ada)
    urgent = approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason=f"{MARKER} must not wait.")
    review.review(urgent, by=ben, verdict="approves", finding=f"{MARKER} should go.")
    change.propose(
        states.fresh(owed), "amendment", by=tom, public_reason=f"{MARKER} is away, says her doctor.",
        new_text=f"We call {MARKER} at noon.",
    )  # fmt: skip
    waiting = Submission.objects.latest("pk")
    amended = approval.approve(waiting, by=ben, seen_digest=waiting.digest)
    timeline.note(incident, f"Called about “{marked('headline')}”, twice.", by=cleo)
    quoted = fact.report(
        incident, by=rosa, question="experienced", text=f"A reader quotes: {marked('affected')}.",
        source_kind="person", source="phone", observed_at=clock.now(),
    )  # fmt: skip
    fact.change(quoted, by=rosa, seen_version=quoted.version, source="phone, at noon")
    outbox.drain()
    sweep.sweep()  # the first letter to the owner waits
    copied = statement.begin(incident, "update", by=ada)
    assert copied.headline == marked("headline")
    _name_facts(copied, by=ada)
    keeper = Keeper(tmp_path / "edition")
    keeper.tick()
    keeper.edition.closed.put("shelf", "an old page", keeper.edition.hot[f"/incidents/{incident.public_id}/"])
    return keeper, urgent, amended


# As somebody here writes it down elsewhere: a sentence of the words, carried on.
COPIED = f"We read there: {WORDS['what_to_do']}"


@pytest.fixture
def everywhere(planted, tmp_path, ada, ben, cleo, tom, rosa):
    """The same, and a sentence of the words was copied into every other table of the incident that can hold it."""
    keeper, urgent, amended = planted
    incident = urgent.incident
    _copied_about_groups(incident, ada, tom)
    _copied_about_clocks(incident, ada)
    _copied_by_command(incident, ada, ben, cleo, tom)
    for cells in CELLS:
        if not issubclass(cells.model, (FrozenModel, Statement)):
            _put_where_the_database_lets(cells, incident)
    keeper.tick()
    return keeper, urgent, amended


# The published texts of a commitment are chosen with their entry, and its number in the ledger is made of them.
OF_LEDGER = ("public_id", *OF_COMMITMENT, "new_text", "public_reason")


def _put_where_the_database_lets(cells, incident):
    """A row need not have each text: a step that was done has no reason why it was left out."""
    for pk in cells.model._base_manager.filter(**{cells.way: incident.pk}).values_list("pk", flat=True):
        chosen_by_name = OF_LEDGER if cells.model in (Commitment, CommitmentChange) else ()
        for column in set(cells.columns) - {*JSON, *chosen_by_name}:
            with suppress(IntegrityError), transaction.atomic():
                cells.model._base_manager.filter(pk=pk).update(**{column: COPIED})


def _copied_about_groups(incident, ada, tom):
    rows = {row.group.slug: row for row in incident.plans.select_related("group", "incident")}
    first, second = rows["employees"], rows["journalists"]
    later = {"review_at": clock.now() + timedelta(days=1)}
    plan.decide(first, by=ada, seen_version=first.version, decision="not_told", reason=COPIED, **later)
    second = plan.decide(
        second,
        by=ada,
        seen_version=second.version,
        decision="if_asked",
        ready_answer=COPIED,
        answer_within=60,
        owner=tom,
    )
    asked = plan.ask(second, "Was it us?", by=ada)
    telling.note(
        second, by=ada, told_at=clock.now(), told_by=tom, channel="phone", whom=COPIED, what=COPIED, evidence=COPIED,
        answers=[asked],
    )  # fmt: skip
    came_in = inquiry.note(second, by=tom, asked_by="A reporter", channel="phone", question="How many?")
    inquiry.answer(came_in, by=ada, seen_version=came_in.version, words="None.", answered_by=ada)


def _copied_about_clocks(incident, ada):
    rules.set_profile(
        by=ada, seen_version=0, countries=["DE"], sectors=["software"], roles=["controller"], has_personal_data=True
    )
    first, *_ = legal_clock.look_again(incident, by=ada)
    waits = {"held_from": incident.detected_at, "held_until": clock.now() + timedelta(days=1)}
    first = legal_clock.hold(states.fresh(first), by=ada, seen_version=1, ground=COPIED, **waits)
    first = legal_clock.assess(first, by=ada, seen_version=first.version, applies=True, reason=COPIED)
    legal_clock.submit(
        first, by=ada, seen_version=first.version, submitted_at=clock.now(), reference="Receipt 12", submitted_by=ada
    )
    aware = clock_start.Event(incident, "aware")
    started = clock_start.record(
        aware, by=ada, seen=0, at=clock.now() - timedelta(minutes=10), evidence=COPIED, reason=COPIED
    )
    clock_start.record(aware, by=ada, seen=started.pk, at=clock.now(), evidence=COPIED, reason=COPIED)


def _copied_by_command(incident, ada, ben, cleo, tom):
    entry = Approval.objects.get(incident=incident, entry__kind="publication").entry
    other = redaction.propose(entry, {entry.number: ["headline"]}, by=ada, reason="secret", note="It is one.")
    redaction.withdraw(other, by=ada)
    roles.offer_command(incident, tom, by=cleo, briefing=COPIED)
    step = incident.triage.get(step="evidence")
    triage.tick(step, by=tom, note=COPIED)
    triage.leave_out(incident.triage.get(step="checkpoint"), by=cleo, reason=COPIED)
    made = Commitment.objects.get(incident=incident)
    evidence.report_done(made, by=tom, text=COPIED, dated_at=clock.now())
    draft = Statement.objects.filter(incident=incident).latest("pk")
    said: dict[str, Any] = {"body": f"News: {WORDS['investigating']}", "disclosure_note": COPIED}
    said |= {"next_update_at": clock.now() + timedelta(hours=4), "withheld": ["privacy"]}
    statement.edit(draft, by=ada, seen_version=draft.version, **said)
    asked = states.submit(states.fresh(draft), by=ada)
    submission.send_back(asked, by=ben, reason="Once more.", comments={("what_to_do", 0): COPIED})
    asked = states.submit(states.fresh(draft), by=ada)
    schedule.consent(asked, by=ben, seen_digest=asked.digest, publish_at=clock.now() + timedelta(hours=2))


def _name_facts(draft, *, by):
    """Each sentence of it rests on a fact."""
    sure = draft.incident.facts.confirmed()[:1]
    said = [sentence.text for sentence in sources.of(draft)]
    assert any(MARKER in text for text in said)
    statement.edit(draft, by=by, seen_version=draft.version, cites=sure, rests={sure[0].pk: said})
    return states.fresh(draft)


def everything(keeper, folder):
    """Each place that stores text, by name."""
    for table, rows in dump().items():
        yield table, json.dumps(rows, default=str)
    for path in sorted(one for one in Path(folder).rglob("*") if one.is_file()):
        content = path.read_bytes()
        yield path.name, (gzip.decompress(content) if path.suffix == ".gz" else content).decode("latin-1")
    for path, page in keeper.edition.hot.items():
        yield path, page.body.decode()
    for number, entry in enumerate(keeper.edition.record.entries):
        yield f"entry {number} in memory", json.dumps(dict(entry.public)) + entry.html


def salts(approved):
    """What they were made with: whoever has a salt can try words until the digest fits."""
    found = [one.salt for one in approved]
    found += [one.salt_of(field) for one in approved for field in one.texts()]
    asked = Submission.objects.filter(statement__submissions__approval__in=approved)
    found += [one.content["salt"] for one in asked]
    versions = StatementVersion.objects.filter(statement__submissions__approval__in=approved)
    found += [version.salt for version in versions if MARKER in json.dumps(version.content)]
    return [*found, *TimelineEntry.objects.filter(text__contains=MARKER).values_list("salt", flat=True)]


def choice(approved):
    return {one.entry.number: sorted(one.texts()) for one in approved}


def take_down(approved, *, by, second):
    about = redaction.propose(
        approved[0].entry, choice(approved), by=by, reason="personal_data", note="She asked for it."
    )
    return redaction.confirm(about, by=second, seen=places.plan(about).seen)


def found(words, keeper, folder):
    return [where for where, said in everything(keeper, folder) if any(word in said for word in words)]


def exported():
    return json.loads(json.dumps({"entries": [entry.public() for entry in RecordEntry.objects.in_order()]}))


def test_the_marker_stands_where_this_test_looks(everywhere, tmp_path):
    """The search can find: before, the marker is in every kind of place, and in every table that words are copied to."""
    keeper, _, _ = everywhere
    hits = found([MARKER], keeper, tmp_path)

    tables = {name for name in hits if name.startswith(("incidents_", "stakeholders_"))}
    assert tables == {cells.model._meta.db_table for cells in CELLS} | {"stakeholders_outgoing"}
    without = {
        f"{cells.model.__name__}.{column}" for cells in CELLS for column in cells.columns
        if not cells.model._base_manager.annotate(in_words=Cast(column, TextField())).filter(in_words__contains=MARKER).exists()
    }  # fmt: skip
    assert without == NOWHERE
    assert any(name.endswith(".eml") for name in hits)
    assert any(name.startswith("generation-") for name in hits)
    assert any(name.endswith(".page") for name in hits)
    assert {"/", "/record.json", "/commitments/", "/commitments.json"} <= set(hits)
    assert Outgoing.objects.filter(state="queued", text__contains=MARKER).exists()
    assert Outgoing.objects.filter(state="sent", text__contains=MARKER).exists()


# What a holding statement and an update do not have, and what has the words only where the ledger's number is made of them.
NOWHERE = {f"Statement.{name}" for name in ("what_happened", "why_it_happened", "what_changes")} | {
    "Commitment.public_id"
}


@pytest.mark.django_db(transaction=True)
def test_nothing_that_stores_text_holds_the_words_or_their_salts(everywhere, tmp_path, ada, ben, caplog):
    keeper, *approved = everywhere
    secret = [MARKER, *salts(approved)]
    assert len(set(secret)) > 10
    assert all(found([one], keeper, tmp_path) for one in secret[:3])

    with caplog.at_level(logging.DEBUG):
        take_down(approved, by=ada, second=ben)
        keeper.tick()
        states.rounds(lambda: Redaction.objects.get(state="confirmed").cleared_at)

    assert found(secret, keeper, tmp_path) == []
    assert not any(one in caplog.text for one in secret)
    assert Redaction.objects.get(state="confirmed").cleared_at
    assert verify.first_fault() == verify_log().broken == verify_record.fault(exported()) == ""
    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        for path in (file, file.with_name(f"{file.name}-wal")):
            content = path.read_bytes() if path.exists() else b""
            assert [one for one in secret if one.encode() in content] == [], path.name


@pytest.mark.parametrize("field", PUBLIC_FIELDS)
def test_each_text_goes_alone_and_the_others_stay(planted, tmp_path, ada, ben, field):
    keeper, approved, _ = planted
    text = approved.texts()[field]
    about = redaction.propose(
        approved.entry, {approved.entry.number: [field]}, by=ada, reason="secret", note="It is one."
    )
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)
    keeper.tick()

    words = [text] if field != "body" else [marked(part) for part in ("acknowledgement", "body", "investigating")]
    assert found(words, keeper, tmp_path / "edition") == []
    assert set(states.fresh(approved).texts()) == set(approved.texts()) - {field}
    assert verify.first_fault() == verify_log().broken == ""


def test_the_sweep_clears_what_could_not_be_cleared_at_once(planted, settings, tmp_path, ada, ben, monkeypatch):
    _, *approved = planted

    def fails(_messages):
        raise OSError("read-only")

    monkeypatch.setattr("incidents.operations.clearing.stakeholders.remove_files", fails)
    take_down(approved, by=ada, second=ben)
    sweep.sweep()
    assert Redaction.objects.get().cleared_at is None
    assert [path for path in (tmp_path / "mail").glob("*.eml") if MARKER in path.read_text()]

    monkeypatch.undo()
    settings.MAIL_DIR = tmp_path / "mail"
    sweep.sweep()
    assert not [path for path in (tmp_path / "mail").glob("*.eml") if MARKER in path.read_text()]


def test_commitments_and_all_else_stay_as_they_were(planted, ada, ben):
    _, *approved = planted
    before = Commitment.objects.values("number", "due_at", "state", "owner").get()

    take_down(approved, by=ada, second=ben)

    assert Commitment.objects.values("number", "due_at", "state", "owner").get() == before
    assert Approval.objects.filter(pk=approved[0].pk).values_list("digest", flat=True).get() == approved[0].digest


# A direct message


DIRECT: dict[str, Any] = {
    "headline": f"A letter of ours may have reached {MARKER}",
    "body": f"On 19 November our assistant wrote to you about {MARKER}. We have stopped it.",
    "what_to_do": f"Please delete the letter to {MARKER}.",
    "disclosure_note": f"{MARKER} is not told.",
    "withheld": ["privacy"],
}


@pytest.fixture
def mailed(
    settings, tmp_path, append_only_triggers, ready_to_speak, organisation, clock_at, olga, ada, ben, cleo, rosa
):
    """A direct message to a group, in a public incident. Its words are wherever such words are copied to, and not public."""
    settings.MAIL_DIR = tmp_path / "mail"
    masthead.found(organisation, by=olga)
    incident = ready_to_speak
    states.publish(incident, "holding", writer=ada, approver=ben, next_update_at=clock.now() + timedelta(hours=6))
    group = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(group, "nell@example.org\nomar@example.org\neve@example.org\n", by=ada)
    begun = statement.begin(incident, "direct", by=ada, group=group)
    statement.edit(begun, by=ada, seen_version=1, **DIRECT)
    draft = _name_facts(states.fresh(begun), by=ada)
    Override.objects.create(
        statement=draft, text_digest="0" * 64, rule="PII", found=MARKER, kind="commander",
        reason=f"{MARKER} has agreed.", by=cleo, at=clock.now(),
    )  # fmt: skip
    asked = states.submit(draft, by=ada)
    beside = {("headline", 0): f"Why {MARKER}?", ("body", 1): f"{MARKER} again."}
    submission.send_back(asked, by=ben, reason=f"Does {MARKER} have to be named?", comments=beside)
    former = f"{MARKER} was written to"
    statement.edit(states.fresh(draft), by=ada, seen_version=states.fresh(draft).version, headline=former)
    states.submit(states.fresh(draft), by=ada)
    clock_at(clock.now() + timedelta(minutes=59))
    sweep.sweep()  # the approvers are reminded, by a headline that is not the last one
    statement.take_over(states.fresh(draft), by=cleo, seen_version=states.fresh(draft).version)
    statement.edit(states.fresh(draft), by=cleo, seen_version=states.fresh(draft).version, headline=DIRECT["headline"])
    asked = states.submit(_name_facts(states.fresh(draft), by=cleo), by=cleo)
    sent = approval.approve(asked, by=ben, seen_digest=asked.digest)
    timeline.note(incident, f"Called about “{DIRECT['headline']}”.", by=cleo)
    fact.report(
        incident, by=rosa, question="experienced", text=f"A reader quotes: {DIRECT['body']}.",
        source_kind="person", source="phone", observed_at=clock.now(),
    )  # fmt: skip
    waits = Outgoing.objects.filter(kind="direct").order_by("pk").first()
    Outgoing.objects.filter(pk=waits.pk).update(due_at=clock.now() + timedelta(hours=1))
    outbox.drain()
    copied = statement.begin(incident, "update", by=ada)
    statement.edit(copied, by=ada, seen_version=1, headline=DIRECT["headline"])
    keeper = Keeper(tmp_path / "edition")
    keeper.tick()
    return keeper, sent


def public_bytes(keeper):
    return {path: page.body for path, page in keeper.edition.hot.items()}


def test_the_marker_of_a_direct_message_stands_where_this_test_looks_and_not_in_public(mailed, tmp_path):
    keeper, _ = mailed
    hits = set(found([MARKER], keeper, tmp_path))

    assert {name for name in hits if name.startswith(("incidents_", "stakeholders_"))} == {
        "incidents_approval", "incidents_citation", "incidents_fact", "incidents_override", "incidents_returncomment",
        "incidents_statement", "incidents_statementversion", "incidents_submission", "incidents_timelineentry",
        "stakeholders_outgoing",
    }  # fmt: skip
    assert any(name.endswith(".eml") for name in hits)
    assert hits.isdisjoint(public_bytes(keeper))
    assert not any(name.startswith("generation-") for name in hits)
    kinds = set(Outgoing.objects.filter(text__contains=MARKER).values_list("kind", flat=True))
    assert kinds == {
        "approval", "approval_published", "approval_requested", "approval_returned", "direct", "statement_taken_over",
    }  # fmt: skip
    assert set(Outgoing.objects.filter(kind="direct").values_list("state", flat=True)) == {"sent", "queued"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.check("S02")
def test_nothing_holds_the_words_of_a_direct_message_and_no_public_byte_moves(mailed, tmp_path, ada, ben, caplog):
    keeper, sent = mailed
    secret = [MARKER, *salts([sent])]
    assert len(set(secret)) > 10
    assert all(found([one], keeper, tmp_path) for one in secret[:2])
    before = public_bytes(keeper)

    with caplog.at_level(logging.DEBUG):
        about = redaction.propose_of_message(
            sent, sorted(sent.texts()), by=ada, reason="personal_data", note="She asked for it."
        )
        redaction.confirm(about, by=ben, seen=places.plan(about).seen)
        keeper.tick()
        assert public_bytes(keeper) == before
        states.rounds(lambda: Redaction.objects.get().cleared_at)

    assert found(secret, keeper, tmp_path) == []
    assert not any(one in caplog.text for one in secret)
    assert Redaction.objects.get().cleared_at
    assert verify.first_fault() == verify_log().broken == verify_record.fault(exported()) == ""
    assert not RecordEntry.objects.filter(kind="redaction").exists()
    assert set(Outgoing.objects.filter(kind="direct").values_list("state", flat=True)) == {"sent", "superseded"}
    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        for path in (file, file.with_name(f"{file.name}-wal")):
            content = path.read_bytes() if path.exists() else b""
            assert [one for one in secret if one.encode() in content] == [], path.name


@pytest.mark.parametrize("field", ["headline", "body", "what_to_do"])
def test_each_text_of_a_direct_message_goes_alone(mailed, tmp_path, ada, ben, field):
    keeper, sent = mailed
    text = sent.texts()[field]
    about = redaction.propose_of_message(sent, [field], by=ada, reason="secret", note="It is one.")
    redaction.confirm(about, by=ben, seen=places.plan(about).seen)

    assert found([text], keeper, tmp_path / "edition") == []
    assert set(states.fresh(sent).texts()) == set(sent.texts()) - {field}
    assert verify.first_fault() == verify_log().broken == ""
