"""When legal clocks are due: the examples by name, and each kind of counting by itself (domain: legal clocks)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from stakeholders import reckoning
from stakeholders.reckoning import Start, Term, Unit

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
GDPR = Term(Unit.HOURS, (Start.AWARE,), 72)
DORA = Term(Unit.HOURS, (Start.CLASSIFIED,), 4, cap_hours=24, cap_start=Start.AWARE)
SEC = Term(Unit.BUSINESS_DAYS, (Start.DETERMINED,), 4, calendar="US", zone=NEW_YORK, closes=time(17, 30))
NIS2_1M = Term(Unit.MONTHS, (Start.SUBMITTED,), 1)
DORA_72 = Term(Unit.HOURS, (Start.SUBMITTED,), 72)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def due(term: Term, **starts: datetime) -> datetime | None:
    return reckoning.due(term, starts).at


def test_friday_six_in_the_evening_is_due_monday_at_six_for_gdpr_33() -> None:
    aware = at("2026-11-20T18:00", BERLIN)

    assert aware.strftime("%A") == "Friday"
    assert due(GDPR, aware=aware) == at("2026-11-23T18:00", BERLIN)


def test_a_materiality_finding_on_saturday_before_a_monday_holiday_is_due_on_friday() -> None:
    found = reckoning.due(SEC, {"determined": at("2026-09-05T11:00", NEW_YORK)})  # Monday is Labor Day

    assert found.at == at("2026-09-11T17:30", NEW_YORK)
    assert "the next business day counts as the first" in found.words


@pytest.mark.parametrize("day", ["2026-09-05", "2026-09-06", "2026-09-07"])
def test_every_free_day_before_that_tuesday_makes_it_day_one(day: str) -> None:
    assert due(SEC, determined=at(f"{day}T23:59", NEW_YORK)) == at("2026-09-11T17:30", NEW_YORK)


def test_a_finding_on_a_business_day_is_not_day_one() -> None:
    found = reckoning.due(SEC, {"determined": at("2026-11-16T09:00", NEW_YORK)})

    assert found.at == at("2026-11-20T17:30", NEW_YORK)
    assert "counts as the first" not in found.words


def test_the_day_of_a_finding_is_the_calendars_own_day() -> None:
    assert due(SEC, determined=at("2026-11-17T03:00")) == at("2026-11-20T17:30", NEW_YORK)  # Monday evening there


def test_dora_classified_22_hours_after_awareness_is_due_at_24() -> None:
    aware = at("2026-11-20T08:00")
    found = reckoning.due(DORA, {"aware": aware, "classified": aware + timedelta(hours=22)})

    assert found.at == aware + timedelta(hours=24)
    assert "But at most 24 hours from becoming aware" in found.words


def test_dora_classified_30_hours_after_awareness_is_due_at_34() -> None:
    aware = at("2026-11-20T08:00")
    found = reckoning.due(DORA, {"aware": aware, "classified": aware + timedelta(hours=30)})

    assert found.at == aware + timedelta(hours=34)
    assert "does not shorten it" in found.words


@pytest.mark.parametrize(("classified", "expected"), [(0, 4), (19, 23), (20, 24), (21, 24), (24, 24), (25, 29)])
def test_dora_at_the_edges(classified: int, expected: int) -> None:
    aware = at("2026-11-21T08:00")

    assert due(DORA, aware=aware, classified=aware + timedelta(hours=classified)) == aware + timedelta(hours=expected)


def test_dora_before_it_is_classified_shows_the_limit_and_what_it_waits_for() -> None:
    aware = at("2026-11-20T08:00")
    found = reckoning.due(DORA, {"aware": aware})

    assert (found.at, found.since, found.waits_for) == (aware + timedelta(hours=24), aware, "classified")
    assert reckoning.due(DORA, {}).waits_for == "classified"
    assert due(DORA, classified=aware) == aware + timedelta(hours=4)


def test_the_move_to_noon_of_the_next_working_day_is_a_choice_and_never_made_by_itself() -> None:
    saturday = at("2026-12-26T08:00", BERLIN)
    found = reckoning.due(DORA, {"aware": saturday, "classified": saturday})

    assert found.at == saturday + timedelta(hours=4)
    moved = reckoning.moved_to_noon(found, "DE", BERLIN)
    assert moved.at == at("2026-12-28T12:00", BERLIN)
    assert "Moved to noon" in moved.words
    assert reckoning.moved_to_noon(moved, "DE", BERLIN) == moved


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2027-01-31T10:00", "2027-02-28T10:00"), ("2028-01-31T10:00", "2028-02-29T10:00"),
        ("2026-12-31T10:00", "2027-01-31T10:00"), ("2028-02-29T10:00", "2028-03-29T10:00"),
    ],
)  # fmt: skip
def test_one_month_from_31_january_is_the_last_of_february(since: str, expected: str) -> None:
    assert due(NIS2_1M, submitted=at(since)) == at(expected)


@pytest.mark.parametrize("term", [NIS2_1M, DORA_72])
def test_a_chained_clock_does_not_start_until_the_earlier_report_is_marked_submitted(term: Term) -> None:
    known = {start.value: at("2026-11-20T08:00") for start in Start if start is not Start.SUBMITTED}
    found = reckoning.due(term, known)

    assert (found.at, found.since, found.waits_for) == (None, None, "submitted")
    assert "submission of the earlier report" in found.words
    assert reckoning.due(term, {"submitted": at("2026-11-20T08:00")}).at


def test_without_a_number_it_is_due_now_and_has_no_countdown() -> None:
    found = reckoning.due(Term(Unit.PROMPT, (Start.AWARE,)), {"aware": at("2026-11-20T08:00")})

    assert (found.at, found.since, found.is_immediate) == (None, at("2026-11-20T08:00"), True)
    assert not reckoning.due(Term(Unit.PROMPT, (Start.AWARE,)), {}).is_immediate


def test_a_rule_that_was_repealed_reckons_nothing() -> None:
    assert reckoning.due(Term(Unit.NOTHING, ()), {"aware": at("2026-11-20T08:00")}).at is None


def test_the_first_of_several_start_events_counts() -> None:
    term = Term(Unit.HOURS, (Start.DETERMINED, Start.BELIEF), 72)
    early, late = at("2026-11-20T08:00"), at("2026-11-20T09:00")

    assert due(term, determined=late, belief=early) == early + timedelta(hours=72)
    assert due(term, determined=late) == late + timedelta(hours=72)
    assert "the determination or reasonable belief" in reckoning.due(term, {"aware": early}).words


def test_days_after_the_end_of_the_year_run_from_its_end_in_the_zone() -> None:
    term = Term(Unit.DAYS, (Start.DISCOVERED,), 60, zone=NEW_YORK, after_year_end=True)

    assert due(term, discovered=at("2026-05-01T12:00")) == at("2027-03-02T00:00", NEW_YORK)
    assert due(term, discovered=at("2027-01-01T04:59")) == at("2027-03-02T00:00", NEW_YORK)
    assert due(term, discovered=at("2027-05-01T12:00")) == at("2028-03-01T00:00", NEW_YORK)


def test_days_are_of_24_hours_when_clocks_change() -> None:
    term = Term(Unit.DAYS, (Start.AWARE,), 15, zone=BERLIN)

    assert due(term, aware=at("2027-03-20T12:00", BERLIN)) == at("2027-04-04T13:00", BERLIN)


def test_a_same_time_that_clocks_leave_out_is_the_first_minute_after() -> None:
    term = Term(Unit.MONTHS, (Start.SUBMITTED,), 1, zone=BERLIN)

    assert due(term, submitted=at("2027-02-28T02:30", BERLIN)) == at("2027-03-28T01:00")
    assert due(term, submitted=at("2026-09-25T02:30", BERLIN)) == at("2026-10-25T00:30")  # the first of two


def test_a_tolled_clock_moves_by_the_time_it_was_held() -> None:
    found = reckoning.due(GDPR, {"aware": at("2026-11-20T08:00")})

    assert reckoning.tolled(found, at("2026-11-21T08:00"), at("2026-11-22T09:00")).at == at("2026-11-24T09:00")
    assert reckoning.tolled(found, at("2026-11-19T08:00"), at("2026-11-20T09:00")).at == at("2026-11-23T09:00")
    assert reckoning.tolled(found, at("2026-11-24T08:00"), at("2026-11-25T08:00")) == found
    assert reckoning.tolled(found, at("2026-11-18T08:00"), at("2026-11-19T08:00")) == found


@pytest.mark.parametrize(
    ("calendar", "known"),
    [("US", True), ("US-NY", True), ("DE-BY", True), ("ECB", True), ("XNYS", True), ("", False), ("EU", False),
     ("US-", True), ("US-XX", False), ("us", False), ("Atlantis", False)],
)  # fmt: skip
def test_a_calendar_is_one_that_the_library_knows(calendar: str, known: bool) -> None:
    assert reckoning.is_calendar(calendar) is known


def test_a_holiday_kept_in_the_year_before_is_one_of_that_year() -> None:
    assert not reckoning.is_business_day(datetime(2027, 12, 31, tzinfo=UTC).date(), "US")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Term(Unit.HOURS, (Start.AWARE,)),
        lambda: Term(Unit.HOURS, (Start.AWARE,), -1),
        lambda: Term(Unit.HOURS, (Start.AWARE,), 0),
        lambda: Term(Unit.HOURS, (Start.AWARE,), 1_000_000),
        lambda: Term(Unit.PROMPT, (Start.AWARE,), 3),
        lambda: Term(Unit.HOURS, (), 3),
        lambda: Term(Unit.BUSINESS_DAYS, (Start.AWARE,), 3),
        lambda: Term(Unit.BUSINESS_DAYS, (Start.AWARE,), 3, calendar="Atlantis"),
        lambda: Term(Unit.HOURS, (Start.AWARE,), 3, cap_hours=24),
        lambda: reckoning.due(GDPR, {"aware": datetime(2026, 11, 20, 8)}),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_figures_that_make_no_clock_are_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError):
        wrong()


def test_a_term_says_itself() -> None:
    assert DORA.words == "4 hours, and at most 24 hours from becoming aware"
    assert SEC.words == "4 business days"
    assert Term(Unit.DAYS, (Start.DISCOVERED,), 60, also_prompt=True).words == (
        "without undue delay, at most 60 calendar days"
    )
    assert NIS2_1M.words == "1 month"
