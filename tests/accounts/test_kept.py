"""Seals of the rows that the log keeps: over every column, over no text, and such that a text could be erased one day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import chain
from accounts.models.kept import seal
from incidents.models import StatementVersion, TimelineEntry
from incidents.operations import statement, timeline
from tests import states

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def words_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [word for one in inner for word in words_in(one)]


@given(VALUES)
def test_every_text_is_veiled_at_any_depth_and_nothing_else(value):
    found = chain.veiled(value, "salt", "content")

    assert len(words_in(found)) == len(words_in(value))
    assert all(len(word) == 64 for word in words_in(found))
    assert chain.veiled(value, "salt", "content") == found


@given(VALUES, VALUES)
def test_two_values_have_two_digests(one, other):
    same = chain.canonical(one) == chain.canonical(other)
    assert (chain.digest(chain.veiled(one, "s", "f")) == chain.digest(chain.veiled(other, "s", "f"))) == same


def test_the_same_word_is_another_digest_in_another_row_and_in_another_place():
    seen = {chain.veiled("no", salt, field) for salt in ("one", "two") for field in ("body", "headline")}
    assert len(seen) == 4


def test_a_line_can_lose_its_words_and_still_be_proven(opened, rosa):
    """What a redaction will do: the salted digest stays behind in the place of the text and of its salt."""
    line = timeline.note(opened, "Mrs Miller was named", by=rosa)
    left = chain.veiled(line.text, line.salt, "text")

    proven = chain.digest(
        {
            "id": line.pk,
            "incident_id": opened.pk,
            "happened_at": chain.instant(line.happened_at),
            "entered_at": chain.instant(line.entered_at),
            "by_id": rosa.pk,
            "is_note": True,
            "log_entry_id": line.log_entry_id,
            "text": left,
        }
    )

    assert line.log_entry.kept[-1]["seal"] == proven
    assert "Miller" not in str(line.log_entry.kept)


def test_a_version_is_sealed_as_it_will_be_read_again(holding, ada):
    statement.edit(holding, by=ada, seen_version=holding.version, headline="Letters “with” Umlauts: ä, 😀")

    for version in StatementVersion.objects.all():
        assert {"row": f"incidents.statementversion:{version.pk}", "of": holding.pk, "seal": seal(version)} in (
            version.log_entry.kept
        )


@pytest.mark.parametrize("model", [StatementVersion, TimelineEntry], ids=lambda model: model.__name__)
def test_each_row_has_a_salt_of_its_own(model, published, ada):
    states.write(published.incident, "update", by=ada)

    salts = list(model.objects.values_list("salt", flat=True))

    assert len(set(salts)) == len(salts) > 1
    assert {len(salt) for salt in salts} == {64}
