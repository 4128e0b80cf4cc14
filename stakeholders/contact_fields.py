"""What is noted about a contact, and what each part may hold: the same for the form and for a list that is imported."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from accounts.forms import zone_choices
from refusals import Refused
from stakeholders import addresses
from stakeholders.models import Contact, ContactChannel

FIELDS = ("name", "organisation", "address", "channel", "reach", "language", "zone", "notice_hours")
LABELS = {
    "name": "Name",
    "organisation": "Organisation",
    "address": "Email address",
    "channel": "Reached by",
    "reach": "Number, portal or place",
    "language": "Language",
    "zone": "Time zone",
    "notice_hours": "Notice term",
}
LONGEST: dict[str, int] = {
    name: getattr(Contact._meta.get_field(name), "max_length", 0)
    for name in ("name", "organisation", "reach", "language", "address")
}
MOST_HOURS = 8_760  # a year
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Problems = list[tuple[str, str]]


def read(given: Mapping[str, Any]) -> tuple[dict[str, Any], Problems]:
    """The values as they are kept, and what is wrong with them: field and sentence, all at once.

    Cells are text and stay text: what looks like a formula is a name like any other.
    """
    text = {name: addresses.line("" if (value := given.get(name)) is None else str(value)) for name in FIELDS}
    found: dict[str, Any] = {name: text[name] for name in ("name", "organisation", "reach")}
    problems: Problems = []
    for name, value in (
        ("channel", _channel(text)),
        ("language", _language(text["language"])),
        ("zone", _zone(text["zone"])),
        ("notice_hours", _hours(text["notice_hours"])),
        ("address", _address(str(given.get("address") or "").strip())),
    ):
        found[name], problem = value
        problems += [(name, problem)] if problem else []
    problems += _too_long(found)
    if not problems:
        problems += _unreachable(found)
    return found, problems


def key(values: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes two entries of a group the same: the address of whoever gets mail, else how they are reached, and the name."""
    if values["channel"] == ContactChannel.EMAIL:
        return (ContactChannel.EMAIL.value, values["address"].lower())
    return (str(values["channel"]), values["reach"].lower(), values["name"].lower())


def key_of(contact: Contact) -> tuple[str, ...]:
    return key({name: getattr(contact, name) for name in ("channel", "address", "reach", "name")})


Read = tuple[Any, str]


def _channel(text: Mapping[str, str]) -> Read:
    """By its word as the form shows it, or as it is stored. An address alone means email."""
    given = text["channel"].lower().replace("-", "_").replace(" ", "_")
    known = {one: one for one in ContactChannel.values} | {"e_mail": ContactChannel.EMAIL.value}
    if not given and (text["address"] or not text["reach"]):
        return ContactChannel.EMAIL.value, ""
    if given in known:
        return known[given], ""
    *words, last = (word.lower() for word in ContactChannel.labels)
    return ContactChannel.EMAIL.value, f"Say how they are reached: {', '.join(words)} or {last}"


def _language(given: str) -> Read:
    return given, "" if not given or _LANGUAGE.fullmatch(given) else "Write the language as a code such as de or pt-BR"


def _zone(given: str) -> Read:
    return given, "" if not given or given in zones() else "Write the time zone by its name, such as Europe/Berlin"


def _hours(given: str) -> Read:
    if not given:
        return None, ""
    if given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= MOST_HOURS and len(given) <= 6:
        return int(given), ""
    return None, f"Write the notice term as a number of hours, 1 to {MOST_HOURS:,}"


def _address(given: str) -> Read:
    try:
        return (addresses.address(given) if given else ""), ""
    except (Refused, UnicodeError):
        return "", f"“{addresses.line(given)[:80]}” cannot be used as an email address"


def _too_long(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, most in LONGEST.items():
        if most and len(found[name]) > most:
            yield name, f"Shorten this to {most} characters, it has {len(found[name]):,}: {LABELS[name].lower()}"


def _unreachable(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if found["channel"] == ContactChannel.EMAIL and not found["address"]:
        yield "address", "Write an email address, or choose another way to reach them"
    if found["channel"] != ContactChannel.EMAIL and not found["reach"]:
        yield "reach", f"Write what reaches them by this way: {ContactChannel(found['channel']).label.lower()}"


@cache
def zones() -> frozenset[str]:
    """The zones that a person can choose, so that what was imported can be edited in a form too."""
    return frozenset(
        name
        for value, label in zone_choices()
        for name in ([value] if isinstance(label, str) else [one for one, _ in label])
    )
