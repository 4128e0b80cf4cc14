"""The keeper of the edition: it follows the database, outlives it, never steps back, and says what is wrong."""

import gzip
import os
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from statuspage import keeper as module
from statuspage.disk import Disk
from statuspage.keeper import Keeper
from statuspage.source import Head
from tests.conftest import START
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.scenes import DAY

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def story():
    chronicle = Chronicle(begin=START)
    chronicle.masthead(-10 * DAY)
    return chronicle


@pytest.fixture
def database(story, monkeypatch):
    """Stands where the database stands: `database.away`, `database.confirmed_at`, `database.asked`."""
    state = SimpleNamespace(away=False, confirmed_at=START, asked=[], behind=0)

    def head():
        if state.away:
            raise OperationalError("connection refused")
        number = len(story.entries) - state.behind
        return Head(revision=number, number=number, confirmed_at=state.confirmed_at)

    def entries_after(number, upto):
        state.asked.append((number, upto))
        return story.entries[number:upto]

    monkeypatch.setattr(module.source, "head", head)
    monkeypatch.setattr(module.source, "entries_after", entries_after)
    monkeypatch.setattr(module, "connections", SimpleNamespace(close_all=lambda: None))
    return state


@pytest.fixture
def keeper(database, tmp_path):
    made = Keeper(tmp_path)
    made.tick()
    return made


def home(keeper):
    return keeper.edition.hot["/"].body.decode()


def test_what_is_published_appears_with_the_next_comparison(keeper, story, database):
    story.publish(0)
    keeper.tick()

    assert "Refund agent: degraded" in home(keeper)
    assert database.asked == [(0, 1), (1, 2)], "only what is new is read"
    assert keeper.status.entry == 2


def test_nothing_is_built_while_nothing_moves(keeper, monkeypatch):
    edition = keeper.edition
    monkeypatch.setattr(module, "build", lambda *_, **__: pytest.fail("built without a reason"))
    for _ in range(5):
        keeper.tick()

    assert keeper.edition is edition


def test_a_new_confirmation_is_shown(keeper, database, clock_at):
    clock_at(START + timedelta(minutes=14))
    database.confirmed_at = START + timedelta(minutes=14)
    keeper.tick()

    assert 'Last confirmed <time datetime="2026-11-19T15:30:00Z">' in home(keeper)


def test_time_goes_on_without_the_database(keeper, story, database, clock_at):
    story.publish(0, next_update=30)
    keeper.tick()
    database.away = True
    clock_at(START + timedelta(minutes=30, seconds=1))
    keeper.tick()

    assert "The update promised for" in home(keeper)
    assert "The database does not answer" in keeper.status.problem


def test_without_the_database_the_page_soon_says_when_it_was_last_confirmed(keeper, database, clock_at):
    assert "All services are working" in home(keeper)
    database.away = True
    clock_at(START + timedelta(minutes=15))
    keeper.tick()

    assert "All services are working" not in home(keeper)
    assert "We may not have the newest information" in home(keeper)


def test_when_the_database_is_back_the_trouble_is_over(keeper, story, database):
    database.away = True
    keeper.tick()
    story.publish(0)
    database.away = False
    keeper.tick()

    assert keeper.status.problem == ""
    assert keeper.status.problem_since is None
    assert "Refund agent: degraded" in home(keeper)


def test_trouble_is_logged_once_and_not_four_times_a_second(keeper, database, caplog):
    database.away = True
    for _ in range(10):
        keeper.tick()

    assert len(caplog.records) == 1


def test_a_build_that_fails_keeps_the_last_good_edition_and_is_tried_again(keeper, story, monkeypatch, caplog):
    good, build = keeper.edition, module.build
    monkeypatch.setattr(module, "build", lambda *_, **__: 1 / 0)
    story.publish(0)
    keeper.tick()
    keeper.tick()

    assert keeper.edition is good
    assert "could not be renewed" in keeper.status.problem
    assert len(caplog.records) == 1

    monkeypatch.setattr(module, "build", build)
    keeper.tick()
    assert "Refund agent: degraded" in home(keeper)
    assert keeper.status.problem == ""


def test_an_older_database_does_not_take_words_back(keeper, story, database):
    story.publish(0)
    keeper.tick()
    database.behind = 1
    keeper.tick()

    assert "Refund agent: degraded" in home(keeper)
    assert "an older copy" in keeper.status.problem


def test_another_record_is_refused(keeper, story, monkeypatch):
    other = Chronicle(begin=START)
    other.masthead(-10 * DAY, name="Somebody else")
    other.publish(0)
    monkeypatch.setattr(module.source, "head", lambda: Head(2, 2, START))
    monkeypatch.setattr(module.source, "entries_after", lambda number, upto: other.entries[number:upto])
    keeper.tick()

    assert "Northwind Agents" in home(keeper)
    assert "another record" in keeper.status.problem


def test_a_clock_that_is_set_back_takes_nothing_back(keeper, story, clock_at):
    story.publish(0, next_update=30)
    clock_at(START + timedelta(minutes=31))
    keeper.tick()
    clock_at(START + timedelta(minutes=5))
    story.publish(5, "another", next_update=60)
    keeper.tick()

    assert "The update promised for" in home(keeper)


def test_an_older_confirmation_does_not_replace_a_newer_one(keeper, database):
    database.confirmed_at = START - timedelta(minutes=5)
    keeper.tick()

    assert "2026-11-19T15:16:00Z" in home(keeper)


# The copy on disk


def test_a_process_that_starts_without_the_database_shows_what_was_published(keeper, story, database, tmp_path):
    story.publish(0)
    keeper.tick()
    database.away = True
    started = Keeper(tmp_path)
    started.tick()

    assert started.edition.hot == keeper.edition.hot
    assert "The database does not answer" in started.status.problem


def test_such_a_process_makes_no_false_all_clear_of_an_old_copy(keeper, database, tmp_path, clock_at):
    assert "All services are working" in home(keeper)
    database.away = True
    clock_at(START + timedelta(hours=3))
    started = Keeper(tmp_path)
    started.tick()

    assert "All services are working" not in home(started)
    assert "Last confirmed" in home(started)


def test_such_a_process_goes_on_with_the_database_when_it_is_back(keeper, story, database, tmp_path):
    database.away = True
    started = Keeper(tmp_path)
    started.tick()
    story.publish(0)
    database.away = False
    started.tick()

    assert "Refund agent: degraded" in home(started)


def test_a_process_that_has_nothing_at_all_apologises(database, tmp_path, monkeypatch):
    database.away = True
    started = Keeper(tmp_path)
    started.tick()

    assert started.edition is None
    monkeypatch.setattr(started, "start", lambda: None)
    assert started.first().missing.status == "503 Service Unavailable"


def test_a_disk_that_cannot_be_written_costs_nobody_a_page(database, story, tmp_path, caplog):
    (tmp_path / "edition").write_text("a file where the folder should be")
    keeper = Keeper(tmp_path / "edition")
    keeper.tick()
    story.publish(0)
    keeper.tick()

    assert "Refund agent: degraded" in home(keeper)
    assert "could not be written" in keeper.status.disk_problem
    assert keeper.status.problem == ""
    assert len(caplog.records) == 1


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def test_three_generations_are_kept_and_the_newest_whole_one_is_read(disk, story, tmp_path):
    for number in range(5):
        story.publish(number)
        disk.save(story.record, START)
    generations = sorted(tmp_path.glob("generation-*"))
    assert len(generations) == 3

    generations[-1].write_bytes(generations[-1].read_bytes()[:-20])
    assert disk.load().record.number == 5

    generations[-2].write_bytes(b"")
    assert disk.load().record.number == 4


def test_a_generation_that_was_tampered_with_is_not_shown(disk, story, tmp_path):
    disk.save(story.record, START)
    (path,) = tmp_path.glob("generation-*")
    content = gzip.decompress(path.read_bytes()).replace(story.record.hash.encode(), b"f" * 64, 1)
    path.write_bytes(gzip.compress(content))

    assert disk.load() is None


def test_full_stretches_are_written_once(disk, tmp_path):
    story = Chronicle(begin=START)
    story.masthead(-900)
    for number in range(501):
        story.publish(number - 800, f"i{number % 7}")
    disk.save(story.record, None)
    (stretch,) = tmp_path.glob("record-*")
    written = stretch.stat().st_mtime_ns
    story.publish(0)
    disk.save(story.record, None)

    assert stretch.stat().st_mtime_ns == written
    assert disk.load().record == story.record


def test_what_a_killed_process_left_aside_is_cleared_away_and_fresh_work_is_not(disk, story, tmp_path):
    old, fresh = tmp_path / ".aside-old", tmp_path / ".aside-fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    disk.save(story.record, None)

    assert (old.exists(), fresh.exists()) == (False, True)


def test_pages_of_templates_that_are_long_out_of_use_are_cleared_away(disk, story, tmp_path):
    old, used = tmp_path / "closed-before", tmp_path / "closed-now"
    for folder in (old, used):
        folder.mkdir()
        (folder / "one.page").write_bytes(b"")
    os.utime(old, (time.time() - 40 * 86400,) * 2)
    disk.save(story.record, None)

    assert (old.exists(), used.exists()) == (False, True)


# The thread


def test_the_thread_starts_with_the_first_request_and_ends_when_told(database, tmp_path):
    keeper = Keeper(tmp_path)
    assert keeper.first().hot["/"]
    thread = keeper._thread
    assert thread.is_alive()
    keeper.start()
    assert keeper._thread is thread

    keeper.stop()
    assert not thread.is_alive()
