"""Words taken down, seen from a web process: it reads the record anew, and forgets in memory and on disk what it knew."""

import gzip
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from statuspage import keeper as module
from statuspage.disk import Disk
from statuspage.entries import STRETCH
from statuspage.keeper import Keeper
from statuspage.record import TAKEN_DOWN
from statuspage.source import Head
from tests.conftest import START
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.scenes import DAY

pytestmark = pytest.mark.usefixtures("clock_at")
SECRET = "Jane Roe of Zanzibar"
OLD = "incident-old"


@pytest.fixture
def story():
    """More than a full stretch. The secret is in an incident that was over long ago, in every text."""
    written = Chronicle(begin=START)
    written.masthead(-200 * DAY)
    owed = written.promised(-150 * DAY, text=f"We call {SECRET}.")
    said: dict[str, Any] = {
        "headline": f"{SECRET} was named",
        "text": f"{SECRET} is her name.",
        "affected": SECRET,
        "what_to_do": SECRET,
    }
    written.publish(-190 * DAY, OLD, commitments=[owed], **said)
    written.resolve(-189 * DAY, OLD, headline="It is over")
    written.about("kept", -188 * DAY, owed, incident=OLD, done_at="2026-05-01T10:00:00.000000Z", basis="second_person")
    for number in range(STRETCH):
        written.publish(-100 * DAY + number, "incident-long")
    return written


@pytest.fixture
def database(story, monkeypatch):
    state = SimpleNamespace(away=False)

    def head():
        if state.away:
            raise OperationalError("connection refused")
        return Head(revision=len(story.entries), number=len(story.entries), confirmed_at=START)

    monkeypatch.setattr(module.source, "head", head)
    monkeypatch.setattr(module.source, "entries_after", lambda number, upto: story.entries[number:upto])
    monkeypatch.setattr(module, "connections", SimpleNamespace(close_all=lambda: None))
    return state


def take_down(story, number=2, when=0, reason="personal_data"):
    """As the database has it after: the words are gone from the entry, its digests stay, another entry says so."""
    old = story.entries[number - 1]
    texts = {name: {"digest": text["digest"]} for name, text in old.public["texts"].items()}
    story.entries[number - 1] = replace(old, words={}, html="", public={**old.public, "texts": texts})
    body = {"incident": old.body["incident"], "entries": [{"entry": number, "fields": sorted(texts)}]}
    return story.enter("redaction", when, {**body, "reason": reason, "basis": "second_person"})


PATHS = (
    f"/incidents/{OLD}/",
    "/record/1.json",
    "/history/2026-05/",
    "/commitments/2026/",
    "/commitments.json",
    "/history/",
)


def pages(keeper):
    found = {path: keeper.edition.page(path) for path in {*PATHS, *keeper.edition.hot}}
    return {path: one.body.decode() for path, one in found.items() if one}


def files(folder):
    for path in (one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes()
        yield path.name, (gzip.decompress(content) if path.suffix == ".gz" else content).decode("latin-1")


def holding(folder):
    return sorted(name for name, said in files(folder) if SECRET in said)


def test_nothing_of_it_is_left_in_memory_or_on_disk(story, database, tmp_path):
    keeper = Keeper(tmp_path)
    keeper.tick()
    before = [path for path, said in pages(keeper).items() if SECRET in said]
    assert {f"/incidents/{OLD}/", "/record/1.json", "/history.atom"} <= set(before)
    kinds = {name.partition("-")[0] for name in holding(tmp_path)}
    assert len(holding(tmp_path)) >= 3
    assert "record" in kinds

    take_down(story)
    keeper.tick()

    assert [path for path, said in pages(keeper).items() if SECRET in said] == []
    assert holding(tmp_path) == []
    assert not any(SECRET in str(entry) for entry in keeper.edition.record.entries)
    assert keeper.status.problem == keeper.status.disk_problem == ""
    said = pages(keeper)[f"/incidents/{OLD}/"]
    assert "Words taken down" in said
    assert "personal data" in said


def test_what_is_on_disk_afterwards_starts_a_process_without_the_database(story, database, tmp_path):
    keeper = Keeper(tmp_path)
    keeper.tick()
    take_down(story)
    keeper.tick()

    database.away = True
    again = Keeper(tmp_path)
    again.tick()

    assert again.edition.record == keeper.edition.record
    assert again.edition.record.redacted_in == len(story.entries)
    assert not any(SECRET in said for said in pages(again).values())


def test_a_process_that_began_with_an_older_copy_forgets_when_the_database_is_back(story, database, tmp_path):
    Disk(tmp_path).save(story.record, START)
    database.away = True
    keeper = Keeper(tmp_path)
    keeper.tick()
    assert any(SECRET in said for said in pages(keeper).values())

    take_down(story)
    database.away = False
    keeper.tick()

    assert not any(SECRET in said for said in pages(keeper).values())
    assert holding(tmp_path) == []


def test_a_process_that_lags_behind_leaves_newer_files_alone(story, tmp_path):
    take_down(story, when=1)
    lagging = story.record
    take_down(story, number=5, when=2)
    newest = Disk(tmp_path)
    newest.save(story.record, START)

    Disk(tmp_path).save(lagging, START)

    assert newest.load().record == story.record


def test_another_record_is_not_taken_for_this_one_with_words_taken_down(story, database, tmp_path):
    keeper = Keeper(tmp_path)
    keeper.tick()
    kept = keeper.edition.record.hash
    story.entries[:] = Chronicle(begin=START).entries
    story.masthead(-200 * DAY, name="Somebody else")
    for number in range(STRETCH + 10):
        story.publish(-100 * DAY + number, "incident-long")
    take_down(story)

    keeper.tick()

    assert "The database holds another record" in keeper.status.problem
    assert keeper.edition.record.hash == kept


def test_a_commitment_and_what_changed_it_say_so():
    story = Chronicle()
    story.masthead()
    owed = story.promised(3 * DAY)
    story.publish(1, commitments=[owed])
    changed = story.about(
        "amendment", 2, owed, words={"new_text": SECRET, "public_reason": SECRET}, basis="second_person"
    )
    take_down(story, number=changed, when=3)

    made = story.record.commitments[owed["id"]]

    assert made.text == made.amendments[0].new_text == made.amendments[0].reason == TAKEN_DOWN
    assert made.amendments[0].old_text == owed["text"]
    assert [notice.why for notice in made.notices] == ["personal data"]


def test_two_notices_of_one_redaction_are_linked_to_once():
    story = Chronicle()
    story.masthead()
    for at in (1, 2):
        story.publish(at)
    body = {"incident": "incident-one", "entries": [{"entry": 2, "fields": ["body"]}, {"entry": 3, "fields": ["body"]}]}
    story.enter("redaction", 3, {**body, "reason": "secret", "basis": "solo"})

    notices = [one.notices[0] for one in story.record.incidents["incident-one"].publications]

    assert [one.leads for one in notices] == [True, False]
    assert notices[0].what == "the message"
