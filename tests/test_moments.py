"""Times in words, and words read as times: `moments`, the form field over it, and the answer while one types."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import clock
import moments
from accounts.fields import MomentBound, MomentField
from accounts.models import User
from accounts.views.moments import understand
from moments import Unreadable, parse, phrase, reading

NOW = datetime(2026, 11, 20, 15, 10, 37, tzinfo=UTC)
BERLIN = "Europe/Berlin"

# Half-hour zones, a zone that moves by half an hour, one whose winter is the exception, southern ones, and plain UTC.
ZONES = st.sampled_from(
    [
        "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "Asia/Kolkata",
        "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Pacific/Apia",
    ]
)  # fmt: skip
MINUTES = st.integers(0, 98 * 365 * 1440)
INSTANTS = MINUTES.map(lambda minutes: datetime(2001, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes))
bounded = settings(max_examples=150, deadline=None)


def read(text: str, now: datetime = NOW, zone: str = BERLIN, **side: bool) -> str:
    return f"{parse(text, now=now, zone=zone, **side):%Y-%m-%d %H:%M}"


def refusal(text: str, now: datetime = NOW, zone: str = BERLIN, **side: bool) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(text, now=now, zone=zone, **side)
    return caught.value.sentence


def attempt(text: str, **given: Any) -> tuple[datetime | None, str]:
    try:
        return parse(text, **given), ""
    except Unreadable as unreadable:
        return None, unreadable.sentence


# Saying


def test_a_time_of_today_is_said_in_utc_with_the_readers_zone_beside_it():
    assert phrase(datetime(2026, 11, 20, 15, 30, tzinfo=UTC), BERLIN, now=NOW) == "15:30 UTC (16:30 CET)"


def test_a_time_of_another_day_carries_its_date():
    at = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)

    assert phrase(at, BERLIN, now=NOW) == "21 November 2026, 18:00 UTC (19:00 CET)"


def test_without_a_now_every_time_is_dated():
    assert phrase(NOW, BERLIN) == "20 November 2026, 15:10 UTC (16:10 CET)"


def test_where_the_readers_day_is_another_one_it_is_named():
    at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    assert phrase(at, BERLIN, now=NOW) == "23:30 UTC (00:30 CET, 21 November)"


def test_a_zone_without_letters_is_said_as_its_distance_from_utc():
    assert phrase(NOW, "Asia/Kathmandu", now=NOW) == "15:10 UTC (20:55 UTC+5:45)"


def test_a_reader_in_utc_is_told_once():
    assert phrase(NOW, "UTC", now=NOW) == "15:10 UTC"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0.5, "under 1 min"), (14, "14 min"), (60, "1 h"), (149, "2 h 29 min"), (1440, "1 d"), (1561, "1 d 2 h")],
)
def test_spans_name_the_two_largest_units(minutes, said):
    assert moments.span(timedelta(minutes=minutes)) == said
    assert moments.span(timedelta(minutes=-minutes)) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(90, "1 h 30 min"), (1440, "1 d"), (1510, "1 d 1 h 10 min"), (0, "0 min")]
)
def test_a_term_is_written_out_to_the_minute(minutes, said):
    assert moments.exact_term(minutes) == said


@given(st.integers(1, 366 * 24 * 60))
def test_a_term_that_was_written_out_reads_back_as_the_same(minutes):
    assert moments.term(moments.exact_term(minutes)) == timedelta(minutes=minutes)


# Reading


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("in 30 min", "2026-11-20 15:40"),
        ("in 2 h", "2026-11-20 17:10"),
        ("in 1 h 30 min", "2026-11-20 16:40"),
        ("in 2 weeks", "2026-12-04 15:10"),
        ("20 min ago", "2026-11-20 14:50"),
        ("now", "2026-11-20 15:10"),
        ("16:30", "2026-11-20 15:30"),
        ("16.30", "2026-11-20 15:30"),
        ("tomorrow 9", "2026-11-21 08:00"),
        ("Tomorrow 9:00", "2026-11-21 08:00"),
        ("tomorrow at 9 pm", "2026-11-21 20:00"),
        ("Friday 17:00", "2026-11-20 16:00"),
        ("sat 9:00", "2026-11-21 08:00"),
        ("20 Nov 15:30", "2026-11-20 14:30"),
        ("Nov 20 2026 15:30", "2026-11-20 14:30"),
        ("2026-11-20 15:30", "2026-11-20 14:30"),
        ("2026-11-20T15:30:00Z", "2026-11-20 15:30"),
        ("15:30 UTC", "2026-11-20 15:30"),
        ("16:30 CET", "2026-11-20 15:30"),
        ("17:00 +01:00", "2026-11-20 16:00"),
        ("17:00 UTC-5", "2026-11-20 22:00"),
        ("17:00 America/New_York", "2026-11-20 22:00"),
        ("16:00 UTC (17:00 CET), Friday 20 November 2026", "2026-11-20 16:00"),
        ("noon 21 Nov", "2026-11-21 11:00"),
    ],
)
def test_what_people_type_is_understood_in_their_own_zone(text, instant):
    assert read(text) == instant


def test_a_clock_time_that_has_passed_means_tomorrow_only_for_a_time_to_come():
    assert read("15:30", future=True) == "2026-11-21 14:30"
    assert refusal("15:30") == "15:30 has passed today. Write “today 15:30” or “tomorrow 15:30”."


def test_a_clock_time_to_come_means_yesterday_for_something_that_was_seen():
    assert read("15:03", past=True) == "2026-11-20 14:03"
    assert read("23:50", past=True) == "2026-11-19 22:50"


def test_a_weekday_whose_time_has_passed_means_the_next_one():
    assert read("Friday 12:00", future=True) == "2026-11-27 11:00"


def test_letters_that_mean_several_zones_are_read_only_where_they_are_used():
    assert read("17:00 CST", zone="America/Chicago") == "2026-11-20 23:00"
    assert "“cst” is not a word we know" in refusal("17:00 CST")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "Enter a time: in 30 min"),
        ("soonish", "“soonish” is not a word we know in a time. Write in 30 min"),
        ("9", "We could not read “9” as a time"),
        ("tomorrow", "Add one, for example “tomorrow 15:30”"),
        ("25:00", "“25:00” is not a time of day"),
        ("31 Feb 10:00", "not in the calendar"),
        ("15:30-16:00", "We could not read"),
        ("tomorrow 9-10", "We could not read"),
        ("15:30 16:30", "We could not read"),
        ("16:00 UTC, Friday 19 November 2026", "19 November 2026 is a Thursday, not a Friday"),
        ("2026-11-20 15:30 tomorrow", "We could not read"),
        ("1 Jan 1999 10:00", "outside the years 2000 to 2100"),
        ("9999-12-31 23:59", "outside the years 2000 to 2100"),
        ("١٥:٣٠", "We could not read"),
        ("x" * 5000, "We could not read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be(text, part):
    assert part in refusal(text)


def test_a_day_that_has_just_passed_is_not_taken_for_next_years():
    assert refusal("19 Nov 15:30", future=True) == "Write the year as well, for example 19 November 2027."


@pytest.mark.parametrize("text", ["today 12:00", "in 0 min", "20 min ago", "2026-11-20 15:10 UTC"])
def test_a_time_to_come_may_not_have_passed(text):
    assert refusal(text, future=True).endswith("in the past. Enter a time after 15:10 UTC (16:10 CET).")


def test_a_time_that_was_may_not_lie_ahead():
    assert refusal("in 5 min", past=True).endswith("in the future. Enter a time up to 15:10 UTC (16:10 CET).")


def test_an_hour_that_clocks_repeat_is_refused_with_both_instants():
    assert refusal("2026-10-25 02:30") == (
        "02:30 on 25 October 2026 happens twice in Europe/Berlin, because its clocks change. "
        "Write 2026-10-25 00:30 UTC for 02:30 CEST or 2026-10-25 01:30 UTC for 02:30 CET."
    )
    assert read("2026-10-25 02:30 CET") == "2026-10-25 01:30"


def test_an_hour_that_clocks_skip_is_refused_with_both_neighbours():
    assert refusal("2026-03-29 02:30") == (
        "02:30 on 29 March 2026 does not exist in Europe/Berlin, because its clocks change. "
        "Write 2026-03-29 00:30 UTC for 01:30 CET or 2026-03-29 01:30 UTC for 03:30 CEST."
    )


@bounded
@given(at=INSTANTS, now=INSTANTS, zone=ZONES)
def test_every_way_we_write_a_time_is_read_back_as_the_same_time(at, now, zone):
    for said in (moments.exact(at), phrase(at, zone), reading(at, zone)):
        assert parse(said, now=now, zone=zone) == at


@bounded
@given(at=INSTANTS, zone=ZONES)
def test_a_local_time_is_read_as_the_instant_when_clocks_show_it_or_refused_with_two_that_can_be_typed(at, zone):
    _assert_local_time_is_read(at.replace(tzinfo=None), zone)


@bounded
@given(year=st.integers(2010, 2035), zone=ZONES, minutes=st.integers(-180, 180))
def test_local_times_around_a_change_of_clocks_are_never_guessed(year, zone, minutes):
    change = _change_of_clocks(year, ZoneInfo(zone))
    assume(change)

    local = change.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(minutes=minutes)

    _assert_local_time_is_read(local, zone)


def _change_of_clocks(year: int, zone: ZoneInfo) -> datetime | None:
    """The first hour of the year after which the offset is another one."""
    hours = (datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(365))
    day = next((at for at in hours if _offset(at, zone) != _offset(at + timedelta(days=1), zone)), None)
    if not day:
        return None
    return next(
        at
        for hour in range(24)
        if _offset(at := day + timedelta(hours=hour), zone) != _offset(at + timedelta(hours=1), zone)
    )


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _assert_local_time_is_read(local: datetime, zone: str) -> None:
    text, place = f"{local:%Y-%m-%d %H:%M}", ZoneInfo(zone)
    early, late = (_offset(local.replace(tzinfo=place, fold=fold), place) for fold in (0, 1))
    if early == late:
        assert parse(text, now=NOW, zone=zone).astimezone(place).replace(tzinfo=None) == local
        return
    offers = refusal(text, zone=zone).split("Write ")[1].rstrip(".").split(" or ")
    instants = {parse(offer.split(" for ")[0], now=NOW, zone=zone) for offer in offers}
    assert instants == {local.replace(tzinfo=UTC) - early, local.replace(tzinfo=UTC) - late}


@bounded
@given(now=INSTANTS, clock_time=st.times(), zone=ZONES)
def test_a_bare_clock_time_to_come_is_the_next_time_clocks_show_it(now, clock_time, zone):
    text = f"{clock_time:%H:%M}"
    at, sentence = attempt(text, now=now, zone=zone, future=True)

    if not at:
        assert "because its clocks change" in sentence
        return
    assert f"{at.astimezone(ZoneInfo(zone)):%H:%M}" == text
    assert now < at <= now + timedelta(hours=25)


@bounded
@given(now=INSTANTS, hours=st.integers(0, 99), minutes=st.integers(0, 999), zone=ZONES)
def test_a_relative_time_counts_real_minutes_whatever_clocks_do(now, hours, minutes, zone):
    assert parse(f"in {hours} h {minutes} min", now=now, zone=zone) == now + timedelta(hours=hours, minutes=minutes)


@settings(max_examples=400, deadline=None)
@given(
    text=st.one_of(st.text(max_size=90), st.text("0123456789:.-+ ,()apmutczinfrdovhks/_", max_size=40)),
    zone=ZONES,
    side=st.sampled_from([{}, {"future": True}, {"past": True}]),
)
def test_any_text_is_read_or_refused_with_a_sentence(text, zone, side):
    at, sentence = attempt(text, now=NOW, zone=zone, **side)

    if not at:
        assert sentence.endswith(".")
        return
    assert at.tzinfo is UTC
    assert (at.second, at.microsecond) == (0, 0)


# The form field


class Promise(forms.Form):
    zone = BERLIN
    by = MomentField(future=True)


def post(**data: str) -> Promise:
    query = QueryDict(mutable=True)
    query.update(data)
    return Promise(query)


def shown(form: Promise) -> MomentBound:
    field = form["by"]
    assert isinstance(field, MomentBound)
    return field


@pytest.fixture
def standing_clock():
    with clock.fixed_at(NOW) as move:
        yield move


def test_a_time_that_needs_understanding_is_shown_before_it_counts(standing_clock):
    form = post(by="in 45 min")

    (sentence,) = form.errors["by"]
    assert sentence.startswith("We read this as 15:55 UTC (16:55 CET), Friday 20 November 2026.")
    assert sentence.endswith("If that is right, send it again; if not, change it.")
    assert shown(form).understood == "15:55 UTC (16:55 CET), Friday 20 November 2026"


def test_sending_the_shown_time_again_takes_that_very_time_although_the_clock_went_on(standing_clock):
    seen = shown(post(by="in 45 min")).seen
    standing_clock(NOW + timedelta(minutes=3))

    form = post(by="in 45 min", **{"by-seen": seen})

    assert form.is_valid()
    assert form.cleaned_data["by"] == datetime(2026, 11, 20, 15, 55, tzinfo=UTC)


def test_what_was_shown_counts_only_for_the_text_it_was_shown_for(standing_clock):
    seen = shown(post(by="in 45 min")).seen

    assert not post(by="in 4 h", **{"by-seen": seen}).is_valid()


def test_a_shown_time_that_has_passed_meanwhile_is_refused(standing_clock):
    seen = shown(post(by="in 5 min")).seen
    standing_clock(NOW + timedelta(minutes=6))

    form = post(by="in 5 min", **{"by-seen": seen})

    assert form.errors["by"] == ["15:15 UTC (16:15 CET) is in the past. Enter a time after 15:16 UTC (16:16 CET)."]


def test_a_time_written_out_in_full_needs_no_second_look(standing_clock):
    assert post(by="2026-11-20 16:00 UTC").is_valid()


def test_what_cannot_be_read_stays_in_the_field_with_its_reason(standing_clock):
    form = post(by="soonish")

    assert form["by"].value().text == "soonish"
    assert "soonish" in form.errors["by"][0]


def test_a_moment_left_empty_is_none_unless_it_is_required(standing_clock):
    form = post(by=" ")

    assert form.errors["by"] == ["Enter a time."]
    form.fields["by"].required = False
    form.full_clean()
    assert form.cleaned_data == {"by": None}


def test_a_kept_time_is_shown_as_a_text_that_is_read_back_and_has_not_changed(standing_clock):
    at = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    shown = str(Promise(initial={"by": at})["by"])

    assert 'value="2026-11-20 18:00 UTC"' in shown
    bound = QueryDict("by=2026-11-20 18:00 UTC")
    assert not Promise(bound, initial={"by": at}).has_changed()


# While one types


def ask(**query: str) -> tuple[int, dict[str, str]]:
    request = RequestFactory().get("/desk/moment/", query)
    request.user = User(time_zone=BERLIN)
    response = understand(request)
    return response.status_code, json.loads(response.content)


def test_the_answer_while_typing_is_what_the_form_will_take(standing_clock):
    status, answer = ask(text="in 45 min", side="future")

    assert status == 200
    assert answer["reading"] == "15:55 UTC (16:55 CET), Friday 20 November 2026"
    assert post(by="in 45 min", **{"by-seen": answer["seen"]}).is_valid()


def test_the_answer_while_typing_uses_the_zone_of_the_form(standing_clock):
    _, answer = ask(text="23:00", zone="America/New_York")

    assert answer["reading"] == "04:00 UTC (23:00 EST, 20 November), Saturday 21 November 2026"


def test_the_answer_while_typing_says_why_a_text_cannot_be_read(standing_clock):
    status, answer = ask(text="25:00", zone="Nowhere/Land")

    assert status == 422
    assert answer == {"sentence": "“25:00” is not a time of day. The day runs from 00:00 to 23:59."}
