"""Groups of the operator's own, and what is decided for them by default."""

from typing import Any

import pytest

from accounts.models import LogEntry, User
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Scenario, StakeholderGroup
from stakeholders.operations import groups

pytestmark = pytest.mark.django_db

OWN = {"name": "Unions", "needs": "Who is affected?\n\n Who speaks for us? "}


@pytest.fixture
def group(db: None) -> StakeholderGroup:
    return StakeholderGroup.objects.get(slug="partners")


@pytest.fixture
def own(ada: User) -> StakeholderGroup:
    return groups.add(by=ada, **OWN)


def order() -> list[str]:
    return list(StakeholderGroup.objects.current().values_list("slug", flat=True))


def last_entry() -> tuple[str, dict[str, Any]]:
    entry = LogEntry.objects.latest("number")
    return entry.action, entry.details


def test_an_own_group_stands_last_and_is_decided_each_time(own: StakeholderGroup) -> None:
    assert order()[-1] == own.slug == "unions-1"
    assert own.questions == ["Who is affected?", "Who speaks for us?"]
    assert [own.default_for(one).said for one in Scenario] == ["Decide each time"] * 4
    assert (own.kind, own.tell_within, own.version) == ("other", 1440, 1)
    assert last_entry() == ("group.added", {"kind": "other"})


def test_two_groups_of_one_name_one_after_the_other_have_two_slugs(own: StakeholderGroup, ada: User) -> None:
    groups.retire(own, by=ada)

    assert groups.add(by=ada, **OWN).slug == "unions-2"


def test_a_name_without_latin_letters_is_a_name(ada: User) -> None:
    assert groups.add(by=ada, name="連合", needs="誰?").slug == "group-1"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": " "}, "Give the group a name"),
        ({"name": "JOURNALISTS"}, "Give it another name: there is a group called JOURNALISTS already"),
        ({"needs": " \n "}, "Write at least one question that they will have"),
        ({"needs": "x" * 201}, "Shorten each question to 200 characters, one to a line"),
        ({"kind": "friends"}, "Choose from the list: what they are to us"),
        ({"default_dispute": "soon"}, "Choose from the list: decision: a dispute has outgrown its own process"),
        ({"tell_within": 0}, "Write a length of time of at most a year, such as 4 h: told within"),
        ({"answer_within": None}, "Write a length of time of at most a year, such as 4 h: answered within"),
        ({"tell_within": 525_601}, "Write a length of time of at most a year, such as 4 h: told within"),
        ({"tone": "x" * 201}, "Shorten this to 200 characters: tone"),
        ({"note_dispute": "x" * 121}, "Shorten this to 120 characters: note: a dispute has outgrown its own process"),
        ({"ready_answer": "x" * 4_001}, "Shorten this to 4,000 characters: what we say when asked"),
    ],
)
def test_what_is_wrong_with_a_group_is_said(
    own: StakeholderGroup, ada: User, refused: Any, values: dict[str, Any], said: str
) -> None:
    with refused(Incomplete, "was not added") as adding:
        groups.add(by=ada, **{"name": "Insurers", "needs": "Is it covered?", **values})
    with refused(Incomplete, "was not changed") as changing:
        groups.change(own, by=ada, seen_version=1, **values)

    assert adding.missing == changing.missing == [said]


def test_all_that_is_wrong_is_said_at_once(ada: User, refused: Any) -> None:
    with refused(Incomplete) as refusal:
        groups.add(by=ada, name="", needs="", tell_within=0)

    assert len(refusal.missing) == 3


def test_a_change_reaches_the_defaults_and_is_logged_by_the_names_of_fields(group: StakeholderGroup, ada: User) -> None:
    changed = groups.change(
        group, by=ada, seen_version=1, default_dispute="recovered", note_dispute=" by\ntelephone ", tell_within=90
    )

    default = changed.default_for(Scenario.DISPUTE)
    assert (default.decision, default.stage, default.note) == ("at_stage", "recovered", "by telephone")
    assert (changed.tell_within, changed.version, group.defaults.count()) == (90, 2, 4)
    fields = ["default_dispute", "note_dispute", "tell_within"]
    assert last_entry() == ("group.changed", {"fields": fields, "version": 2})


def test_what_is_equal_already_is_no_change(group: StakeholderGroup, ada: User, snapshot: Any) -> None:
    before = snapshot()

    groups.change(group, by=ada, seen_version=1, **groups.as_it_stands(group))

    assert snapshot() == before


def test_a_change_of_what_somebody_else_changed_shows_three_readings(
    group: StakeholderGroup, ada: User, cleo: User, refused: Any
) -> None:
    seen = groups.as_seen(group)
    groups.change(group, by=cleo, seen_version=1, default_dispute="now", tone="Plain")

    mine = groups.as_it_stands(group) | {"default_dispute": "not_told", "tone": seen["tone"]}
    with refused(Stale, "Somebody changed this group") as refusal:
        groups.change(group, by=ada, seen_version=1, seen=seen, **mine)

    found = {one.field: (one.seen, one.now, one.typed) for one in refusal.value.difference}
    assert found == {
        "tone": (seen["tone"], "Plain", seen["tone"]),
        "default_dispute": ("Does not apply", "Tell them now", "Deliberately not"),
    }


def test_a_field_that_no_group_has_is_a_mistake_of_the_program(group: StakeholderGroup, ada: User) -> None:
    with pytest.raises(TypeError, match="slug"):
        groups.change(group, by=ada, seen_version=1, slug="other")


def test_a_group_moves_one_place(own: StakeholderGroup, ada: User) -> None:
    before = order()

    groups.move(own, by=ada, up=True)
    assert order() == [*before[:-2], own.slug, before[-2]]
    assert last_entry() == ("group.moved", {"place": 8})

    groups.move(own, by=ada, up=False)
    assert order() == before


def test_the_ends_of_the_list_are_ends(own: StakeholderGroup, ada: User, refused: Any) -> None:
    with refused(WrongState, "This group is first already."):
        groups.move(StakeholderGroup.objects.current()[0], by=ada, up=True)
    with refused(WrongState, "This group is last already."):
        groups.move(own, by=ada, up=False)


def test_a_retired_group_has_no_place_and_comes_back_at_the_end(own: StakeholderGroup, ada: User, refused: Any) -> None:
    first = StakeholderGroup.objects.current()[0]
    groups.retire(first, by=ada)

    assert first.slug not in order()
    assert last_entry() == ("group.retired", {"version": 2})
    with refused(WrongState, "retired already"):
        groups.retire(first, by=ada)
    with refused(WrongState, "no place in the list"):
        groups.move(first, by=ada, up=False)

    back = groups.bring_back(first, by=ada)

    assert order()[-1] == back.slug
    assert (back.retired_by, back.retired_at) == (None, None)
    with refused(WrongState, "in use"):
        groups.bring_back(first, by=ada)


def test_a_group_does_not_come_back_under_a_name_that_is_taken(own: StakeholderGroup, ada: User, refused: Any) -> None:
    groups.retire(own, by=ada)
    groups.add(by=ada, **(OWN | {"name": "unions"}))

    with refused(Incomplete, "not brought back") as refusal:
        groups.bring_back(own, by=ada)
    assert refusal.missing == ["Give it another name: there is a group called Unions already"]

    groups.change(own, by=ada, seen_version=2, name="Trade unions")
    assert groups.bring_back(own, by=ada).name == "Trade unions"


@pytest.mark.parametrize("name", ["ben", "tom", "vic", "max", "rosa"])
def test_others_keep_no_groups(own: StakeholderGroup, cast: Any, refused: Any, name: str) -> None:
    by = getattr(cast, name)
    for attempt in (
        lambda: groups.add(by=by, name="Insurers", needs="Is it covered?"),
        lambda: groups.change(own, by=by, seen_version=1, tone="Plain"),
        lambda: groups.move(own, by=by, up=True),
        lambda: groups.retire(own, by=by),
        lambda: groups.bring_back(own, by=by),
    ):
        with refused(NotAllowed, "Groups are kept by communications leads"):
            attempt()


@pytest.mark.parametrize("name", ["ada", "cleo", "olga"])
def test_these_keep_them(cast: Any, name: str) -> None:
    assert groups.add(by=getattr(cast, name), **OWN).pk
