"""The record as a process keeps it: full stretches packed, and nothing lost by it."""

import sys

import pytest

from statuspage.entries import STRETCH, Entries
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests.statuspage.chronicle import Chronicle

pytestmark = pytest.mark.check("P14")


@pytest.fixture(scope="module")
def written():
    story = Chronicle()
    story.masthead(-2 * STRETCH)
    for number in range(2 * STRETCH + 20):
        story.publish(number - 2 * STRETCH, f"incident-{number // 2}", text=f"News number {number}.")
    return story.entries


def test_what_is_packed_reads_as_it_was_written(written):
    kept = Entries().extended(written)

    assert len(kept) == len(written)
    assert [*kept] == written
    assert kept.stretch(1) == written[STRETCH : 2 * STRETCH]
    assert kept.newest == tuple(written[2 * STRETCH :])
    assert (kept[0], kept[STRETCH], kept[-1]) == (written[0], written[STRETCH], written[-1])
    assert kept[STRETCH - 2 : STRETCH + 2] == written[STRETCH - 2 : STRETCH + 2]
    assert kept.stretches == (written[STRETCH - 1].hash, written[2 * STRETCH - 1].hash)
    assert kept.began_at == written[0].at


@pytest.mark.parametrize("step", [1, 7, 499, 500, 501, 5_000])
def test_it_is_the_same_however_it_came(written, step):
    record = PublicRecord()
    for at in range(0, len(written), step):
        record = extend(record, written[at : at + step])

    assert record.entries == Entries().extended(written)
    assert record == extend(PublicRecord(), iter(written))


def test_what_is_longer_shares_what_is_packed(written):
    before = Entries().extended(written[:-1])
    after = before.extended(written[-1:])

    assert len(before) == len(written) - 1
    assert after[:STRETCH] == before[:STRETCH]
    assert all(one is other for one, other in zip(before._packed, after._packed, strict=True))


def test_packed_it_takes_a_fraction(written, figures):
    kept = Entries().extended(written)

    share = 100 * sum(sys.getsizeof(one.content) for one in kept._packed) / (2 * STRETCH * 3_000)
    figures("P14", kib_for_a_thousand_old_entries=round(sum(len(one.content) for one in kept._packed) / 1024))
    assert share < 20
