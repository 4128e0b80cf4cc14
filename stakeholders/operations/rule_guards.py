"""What must hold of a rule before it is kept: each failing with its sentence and its field."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import available_timezones

import clock
from refusals import Missing
from stakeholders import countries, reckoning
from stakeholders.models import Addressee, LegalRole, ReportingRule, Sector, StartEvent

CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
LONGEST_CODE, LONGEST_NOTES = 24, 4_000
LIMITS = {
    "regime": 80, "reference": 200, "who": 300, "recipient": 200, "starts_words": 300, "counting": 300,
    "checked_by": 120,
}  # fmt: skip
REQUIRED = {
    "regime": "Say which law or contract it belongs to",
    "reference": "Give the place where it is written",
    "who": "Say who has to report",
    "recipient": "Say to whom",
}
LABELS = {
    "regime": "Law or contract", "reference": "Where it is written", "who": "Who reports", "recipient": "To whom",
    "addressees": "That is",
    "starts": "It runs from", "starts_words": "That event in words", "length": "Number", "unit": "Unit",
    "also_prompt": "Without undue delay, the number is the outer limit",
    "after_year_end": "Counted from the end of the year",
    "cap_hours": "At most so many hours", "cap_start": "from", "counting": "How it is counted, in words",
    "calendar": "Calendar of business days", "closes": "A business day ends at", "zone": "Time zone",
    "may_move": "A deadline on a free day may move", "after_code": "After the report of", "status": "Status",
    "in_force_on": "In force since, or from", "sure_figures": "Sure of the figures",
    "sure_applies": "Sure that it applies now",
    "checked_on": "Checked on", "checked_by": "Checked by", "switch": "Switched on", "countries": "Active in",
    "sectors": "Sector", "roles": "Role", "needs_listed": "Listed", "needs_personal_data": "Personal data",
    "needs_cards": "Payment cards", "notes": "Notes", "is_listed": "Listed", "has_personal_data": "Personal data",
    "takes_cards": "Payment cards",
}  # fmt: skip


def label(field: str) -> str:
    return LABELS[field]


def said(value: Any) -> str:
    """A value as a person reads it in a comparison."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return f"{value:%H:%M}" if isinstance(value, time) else "" if value is None else str(value)


def missing_in_code(code: str) -> Iterator[Missing]:
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        yield Missing("Give a code of letters, digits and hyphens, such as CONTRACT-ACME", anchor="id_code")
    elif ReportingRule.objects.filter(code=code).exists():
        yield Missing(f"There is a rule {code} already. Revise it, or choose another code", anchor="id_code")


def missing(rule: ReportingRule) -> Iterator[Missing]:
    """Everything, not only the first."""
    yield from _missing_words(rule)
    yield from _missing_length(rule)
    yield from _missing_limit(rule)
    yield from _missing_place(rule)
    yield from _missing_start(rule)
    yield from _missing_conditions(rule)
    yield from missing_in_check(rule)


def missing_in_check(rule: ReportingRule) -> Iterator[Missing]:
    checked_on: Any = rule.checked_on  # as typed: not yet what the column holds
    if not isinstance(checked_on, date):
        yield Missing("Give the day on which it was checked", anchor="id_checked_on")
    elif rule.checked_on > _latest_today():
        yield Missing(
            f"{rule.checked_on:%Y-%m-%d} is in the future. Nobody can have checked it then", anchor="id_checked_on"
        )
    if not rule.checked_by:
        yield Missing("Say who checked it", anchor="id_checked_by")
    elif len(rule.checked_by) > LIMITS["checked_by"]:
        yield Missing("Shorten who checked it to 120 characters", anchor="id_checked_by")


def _latest_today() -> date:
    """Today where it is latest: a person east of us is not refused their own day."""
    return (clock.now() + timedelta(hours=14)).date()


def _missing_words(rule: ReportingRule) -> Iterator[Missing]:
    for name, sentence in REQUIRED.items():
        if not getattr(rule, name):
            yield Missing(sentence, anchor=f"id_{name}")
    for name, limit in LIMITS.items():
        if name != "checked_by" and len(getattr(rule, name)) > limit:
            yield Missing(f"Shorten “{LABELS[name]}” to {limit} characters", anchor=f"id_{name}")
    if len(rule.notes) > LONGEST_NOTES:
        yield Missing(f"Shorten the notes to {LONGEST_NOTES:,} characters", anchor="id_notes")


def _missing_length(rule: ReportingRule) -> Iterator[Missing]:
    if rule.unit not in ReportingRule.Unit.values:
        yield Missing("Choose the unit", anchor="id_unit")
    elif not reckoning.Unit(rule.unit).is_counted:
        if rule.length is not None:
            yield Missing("Leave the number empty: this unit has none", anchor="id_length")
    elif rule.length is None:
        yield Missing("Give the number, or choose a unit without one", anchor="id_length")
    elif not 1 <= rule.length <= reckoning.MOST:
        yield Missing(f"Give a number from 1 to {reckoning.MOST:,}", anchor="id_length")


def _missing_limit(rule: ReportingRule) -> Iterator[Missing]:
    if rule.cap_hours is not None and not 1 <= rule.cap_hours <= reckoning.MOST:
        yield Missing(f"Give hours from 1 to {reckoning.MOST:,}", anchor="id_cap_hours")
    if rule.cap_start not in ("", *StartEvent.values):
        yield Missing("Choose from what the limit runs", anchor="id_cap_start")
    if (rule.cap_hours is None) != (rule.cap_start == ""):
        yield Missing("A limit needs both: the hours, and from what they run", anchor="id_cap_hours")


def _missing_place(rule: ReportingRule) -> Iterator[Missing]:
    if rule.calendar and not reckoning.is_calendar(rule.calendar):
        sentence = (
            f"“{rule.calendar[:20]}” is no calendar we know. Write a country such as US, a part such as DE-BY, or ECB"
        )
        yield Missing(sentence, anchor="id_calendar")
    elif rule.unit == ReportingRule.Unit.BUSINESS_DAYS and not rule.calendar:
        yield Missing("Name the calendar by which business days are counted", anchor="id_calendar")
    if rule.zone and rule.zone not in available_timezones():
        yield Missing("Choose the time zone from the list", anchor="id_zone")
    closes: Any = rule.closes  # as typed
    if not isinstance(closes, time):
        yield Missing("Give the time at which a business day ends", anchor="id_closes")


def _missing_start(rule: ReportingRule) -> Iterator[Missing]:
    if set(rule.starts) - set(StartEvent.values) or (not rule.starts and rule.unit != ReportingRule.Unit.NOTHING):
        yield Missing("Choose at least one event from which it runs", anchor="id_starts")
    if StartEvent.OWN in rule.starts and not rule.starts_words:
        yield Missing("Say in words for which event this rule waits", anchor="id_starts_words")
    follows = StartEvent.SUBMITTED in rule.starts
    if follows != bool(rule.after_code):
        sentence = "Say after which report it runs" if follows else "Choose “submission of the earlier report” as well"
        yield Missing(sentence, anchor="id_after_code")
    elif rule.after_code and (rule.after_code == rule.code or not _exists(rule.after_code)):
        yield Missing(f"There is no other rule {rule.after_code[:24]} to run after", anchor="id_after_code")


def _exists(code: str) -> bool:
    return ReportingRule.objects.current().filter(code=code).exists()


def _missing_conditions(rule: ReportingRule) -> Iterator[Missing]:
    if trouble := countries.problem(rule.countries, unions=True):
        yield Missing(trouble, anchor="id_countries")
    if not rule.addressees and rule.unit != ReportingRule.Unit.NOTHING:
        yield Missing(
            "Tick to whom the report goes: an authority, the people affected or another party", anchor="id_addressees"
        )
    chosen = (("addressees", Addressee.values), ("sectors", Sector.values), ("roles", LegalRole.values))
    for name, known in chosen:
        if set(getattr(rule, name)) - set(known):
            yield Missing("Choose from the list", anchor=f"id_{name}")
    for name in ("status", "sure_figures", "sure_applies", "switch"):
        choices = getattr(ReportingRule._meta.get_field(name), "choices", None) or ()
        if getattr(rule, name) not in dict(choices):
            yield Missing(f"Choose “{LABELS[name]}” from the list", anchor=f"id_{name}")
