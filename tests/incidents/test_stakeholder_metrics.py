"""The figures of who was told, rule by rule, with numbers worked out by hand (R19 to R21, domain 6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from incidents import stakeholder_metrics as metrics
from incidents.coverage import Standing
from incidents.stakeholder_metrics import Case, Figures, Group, Share
from incidents.views import metric_figures as shown

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def case(*groups: Group, spoke: float | None = None) -> Case:
    return Case(NOON, None if spoke is None else at(spoke), groups)


def affected(*told: float, standing: Standing = Standing.TO_TELL) -> Group:
    return Group(standing, is_affected=True, told_at=tuple(at(one) for one in told))


def took(*minutes: int) -> Figures:
    return Figures(took=tuple(timedelta(minutes=one) for one in minutes))


def test_covered_is_told_ready_or_silent_of_all_to_whom_it_applies():
    found = metrics.figures(case(*(Group(one) for one in Standing)))
    assert found.covered == Share(3, 11)
    assert found.covered.percent == 27  # 27.27


def test_no_percentage_of_fewer_than_five_and_none_rounded_up():
    assert [Share(3, 4).percent, Share(4, 5).percent, Share(199, 200).percent] == [None, 80, 99]


@pytest.mark.parametrize(("decided", "counted"), [(29, 1), (30, 1), (31, 0), (None, 0)])
def test_decided_before_means_by_the_time_of_the_first_message(decided, counted):
    one = Group(Standing.COVERED, first_decided_at=None if decided is None else at(decided))
    assert metrics.figures(case(one, spoke=30)).decided == Share(counted, 1)


def test_who_does_not_apply_was_decided_as_well():
    one = Group(Standing.NONE, first_decided_at=at(5))
    assert metrics.figures(case(one, spoke=30)).decided == Share(1, 1)


def test_an_incident_that_has_not_spoken_is_counted_apart():
    found = metrics.figures(case(Group(Standing.COVERED, first_decided_at=at(1))))
    assert (found.decided, found.silent) == (Share(0, 0), 1)


def test_open_questions_and_the_oldest():
    groups = (
        Group(Standing.TO_TELL, answered=2, open_since=(at(20), at(10))),
        Group(Standing.READY, open_since=(at(15),)),
    )
    found = metrics.figures(case(*groups))
    assert (found.questions_open, found.answered, found.oldest_since) == (3, Share(2, 5), at(10))
    said = shown.questions(at(100))(found)
    assert said == {"Open": "3 of 5", "Answered": "2", "Oldest open for": "1 h 30 min"}


@pytest.mark.parametrize(
    ("groups", "minutes"),
    [
        ([affected(42, 90)], 42),
        ([affected(90), affected(30)], 30),
        ([affected(-5, 60)], 60),
        ([affected(0)], 0),
        ([affected(42, standing=Standing.SILENT)], 42),
    ],
)
def test_time_to_tell_is_to_the_first_time_since_detection(groups, minutes):
    found = metrics.figures(case(*groups))
    assert (found.took, found.waiting, found.unconcerned) == ((timedelta(minutes=minutes),), 0, 0)


@pytest.mark.parametrize("group", [affected(), affected(-5), affected(standing=Standing.SILENT)])
def test_while_nobody_has_told_them_it_counts_as_waiting(group):
    found = metrics.figures(case(group))
    assert (found.took, found.waiting, found.unconcerned) == ((), 1, 0)


@pytest.mark.parametrize(
    "groups", [[], [Group(Standing.COVERED, told_at=(at(1),))], [affected(3, standing=Standing.NONE)]]
)
def test_nobody_affected_is_counted_apart(groups):
    found = metrics.figures(case(*groups))
    assert (found.took, found.waiting, found.unconcerned) == ((), 0, 1)


def test_nothing_is_averaged_over_fewer_than_five_and_the_values_are_listed():
    found = took(30, 10, 20, 40)
    assert (found.median, found.ninetieth) == (None, None)
    said = shown.times(found)
    assert (said["Half within"], said["Each, shortest first"]) == ("Too few: 4", "10 min, 20 min, 30 min, 40 min")


@pytest.mark.parametrize(
    ("minutes", "half", "most"),
    [
        ((50, 10, 20, 40, 30), 30, 50),
        ((1, 2, 3, 4, 5, 6), 3.5, 6),
        (tuple(range(1, 11)), 5.5, 9),
        (tuple(range(1, 12)), 6, 10),
    ],
)
def test_median_and_ninetieth_percentile(minutes, half, most):
    found = took(*minutes)
    assert (found.median, found.ninetieth) == (timedelta(minutes=half), timedelta(minutes=most))


def test_months_are_of_utc_and_the_empty_ones_stand_as_well():
    last = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
    abroad = datetime(2026, 11, 1, 0, 30, tzinfo=UTC).astimezone(UTC)
    found = metrics.by_month([Case(last), Case(abroad)], datetime(2026, 9, 15, tzinfo=UTC), NOON)
    assert [(f"{month:%Y-%m}", one.incidents) for month, one in found] == [
        ("2026-09", 1),
        ("2026-10", 0),
        ("2026-11", 1),
    ]


moments = some.integers(min_value=-60, max_value=10_000).map(at)
groups = some.builds(
    Group,
    standing=some.sampled_from(Standing),
    is_affected=some.booleans(),
    first_decided_at=some.none() | moments,
    answered=some.integers(min_value=0, max_value=5),
    open_since=some.lists(moments, max_size=3).map(tuple),
    told_at=some.lists(moments, max_size=3).map(tuple),
)
detections = some.integers(min_value=0, max_value=364).map(lambda days: NOON - timedelta(days=days))
cases = some.builds(
    Case, detected_at=detections, spoke_at=some.none() | moments, groups=some.lists(groups, max_size=4).map(tuple)
)


def numbers(found: Figures) -> tuple[object, ...]:
    return (
        found.incidents, found.covered, found.silent, found.decided, found.answered, sorted(found.open_since),
        sorted(found.took), found.waiting, found.unconcerned,
    )  # fmt: skip


@given(some.lists(cases, max_size=12))
def test_months_and_incidents_add_up_to_the_same_and_no_incident_is_dropped(found):
    months = metrics.total(one for _, one in metrics.by_month(found, NOON - timedelta(days=365), NOON))
    each = metrics.total(metrics.figures(one) for one in found)
    assert numbers(months) == numbers(each)
    assert len(each.took) + each.waiting + each.unconcerned == each.incidents == len(found)
    applying = [one for case in found for one in case.groups if one.standing != Standing.NONE]
    assert each.covered == Share(sum(one.standing.is_covered for one in applying), len(applying))


@given(some.lists(cases, min_size=1, max_size=12))
def test_the_last_row_of_a_table_is_the_sum_of_the_others(found):
    parts = [shown.Part(f"Incident {place}", metrics.figures(one), pk=place) for place, one in enumerate(found)]
    table = shown.made("By incident", parts, shown.covered, shown.shares(lambda one: one.covered, shown.covered), "x")
    assert sum(int(dict(row.cells)["Not covered"]) for row in table.rows) == int(dict(table.total.cells)["Not covered"])
    assert all(bar.done + bar.left in (0, shown.LENGTH) for bar in table.bars)
