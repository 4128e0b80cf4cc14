"""Who may read which text of the models, and what each person is shown at the desk (S05).

The table is declared here and not derived from `permissions.py`: it is what the pages are held against. The texts that a
person may not read are the canaries of that person's crawl.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from django.apps import apps
from django.test import Client
from django.urls import reverse

from tests import objects
from tests.doors import DOORS, INSIDE, THRESHOLD, WORKERS, Door, browser_of
from tests.world import MARK

LINK = "Tom by his mail"  # the owner of a commitment, who has not signed in and holds the link of the deadline mail
READERS = (*INSIDE, LINK)

Names = frozenset[str]
EVERYBODY: Names = frozenset(INSIDE)
WORKING: Names = frozenset(WORKERS)  # all but observer and executive
ADMINISTRATORS: Names = frozenset({"olga"})
LOG_READERS: Names = frozenset({"ben", "cleo", "olga"})
NOBODY: Names = frozenset()
THE_PUBLIC: Names = frozenset(READERS)


@dataclass(frozen=True)
class Readers:
    """These columns of a model are read by `who`, and each row also by the person that its column `own` names."""

    label: str
    columns: str
    who: Names
    own: str = ""
    which: dict[str, Any] = field(default_factory=dict)

    def texts(self, w: SimpleNamespace) -> Iterator[tuple[str, str, Names]]:
        """Column, text and readers, of each row."""
        for row in apps.get_model(self.label)._base_manager.filter(**self.which):
            who = self.who | (_names(w, getattr(row, self.own)) if self.own else NOBODY)
            for column in self.columns.split():
                yield from ((column, text, who) for text in _leaves(getattr(row, column)))


def _names(w: SimpleNamespace, pk: int) -> Names:
    found = {name for name in INSIDE if getattr(w, name).pk == pk}
    return frozenset(found | {LINK} if "tom" in found else found)


def _leaves(value: Any) -> Iterator[str]:
    """The words of a column, one by one where it holds a structure."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    elif isinstance(value, str):
        yield " ".join(value.split())


# The register and what people write about an incident are read by everybody inside: People is also the list of whom to
# reach at night. Words that wait for approval, and messages, are read by whoever works at the desk. Where a guest can be
# reached concerns those who invite. What opens something is read by nobody, not even by its owner.
TABLE = [
    Readers("account.EmailAddress", "email", NOBODY),
    Readers("accounts.Invitation", "email", ADMINISTRATORS),
    Readers("accounts.Invitation", "name", EVERYBODY),
    Readers("accounts.Invitation", "token_hash", NOBODY),
    Readers("accounts.LogEntry", "details", LOG_READERS),
    Readers("accounts.LogEntry", "hash previous", NOBODY),
    Readers("accounts.LogHead", "hash", NOBODY),
    Readers("accounts.Organisation", "cleared", EVERYBODY),
    Readers("accounts.Organisation", "setup_token_hash", NOBODY),
    Readers("accounts.Session", "browser", NOBODY, own="user_id"),
    Readers("accounts.Session", "session_key session_data", NOBODY),
    Readers("accounts.SoloDeclaration", "reason", EVERYBODY),
    Readers("accounts.SoloDeclaration", "salt", NOBODY),
    Readers("accounts.Tally", "key", NOBODY),
    Readers("accounts.Team", "name alias purpose", EVERYBODY),
    Readers("accounts.User", "email", EVERYBODY, own="pk", which={"is_active": True}),
    Readers("accounts.User", "email", ADMINISTRATORS, which={"is_active": False}),
    Readers("accounts.User", "name", EVERYBODY, own="pk"),
    Readers("accounts.User", "password", NOBODY),
    Readers("agents.Agent", "public_name internal_name", EVERYBODY),
    Readers("agents.Component", "public_name description", EVERYBODY),
    Readers("incidents.Approval", "reason", WORKING),
    Readers("incidents.Approval", "salt", NOBODY),
    Readers("incidents.StatementVersion", "salt redacted", NOBODY),
    Readers("incidents.TimelineEntry", "salt", NOBODY),
    Readers("incidents.Commitment", "text public_owner verification", WORKING),
    Readers("incidents.Commitment", "disowned_reason", EVERYBODY),
    Readers("incidents.CommitmentChange", "new_text public_reason", WORKING),
    Readers("incidents.ContainmentAction", "text reason ends_when", EVERYBODY),
    Readers("incidents.EmergencyReview", "finding", WORKING),
    Readers("incidents.Evidence", "text refusal_reason", EVERYBODY),
    Readers("incidents.Fact", "text source confirmation_source retraction_reason", EVERYBODY),
    Readers("incidents.Handover", "briefing", EVERYBODY),
    Readers("incidents.Heartbeat", "trouble", EVERYBODY),
    Readers("incidents.Incident", "title restart_point dismissal_reason", EVERYBODY),
    Readers("incidents.Inquiry", "asked_by question answer", WORKING),
    Readers("incidents.PlanQuestion", "text", WORKING),
    Readers("incidents.StakeholderPlan", "reason ready_answer", WORKING),
    Readers("incidents.FactChange", "said", EVERYBODY),
    Readers("incidents.FactChange", "salt", NOBODY),
    Readers("incidents.PlanNote", "words", WORKING),
    Readers("incidents.PlanNote", "salt", NOBODY),
    Readers("incidents.Telling", "whom what evidence", WORKING),
    Readers("incidents.Telling", "salt", NOBODY),
    Readers("incidents.ReportingClock", "reason held_ground reference", WORKING),
    Readers("incidents.ClockNote", "words", WORKING),
    Readers("incidents.ClockNote", "salt", NOBODY),
    Readers("incidents.ClockStart", "evidence reason", WORKING),
    Readers("incidents.ClockStart", "salt", NOBODY),
    Readers("incidents.StartMove", "evidence reason", WORKING),
    Readers("incidents.MastheadChange", "content", WORKING),
    Readers("incidents.Override", "found reason", WORKING),
    Readers("incidents.Redaction", "note", WORKING),
    Readers("incidents.ReturnComment", "text", WORKING),
    Readers("incidents.ReturnComment", "salt", NOBODY),
    Readers("incidents.RoleHeld", "take_over_reason", EVERYBODY),
    Readers("incidents.Citation", "sentences", WORKING),
    Readers("incidents.ScheduledPublication", "reason", WORKING),
    Readers(
        "incidents.StatementTemplate",
        "name headline acknowledgement body what_happened why_it_happened what_changes investigating affected what_to_do",
        WORKING,
    ),
    Readers(
        "incidents.Statement",
        "headline acknowledgement body what_happened why_it_happened what_changes investigating affected what_to_do "
        "disclosure_note",
        WORKING,
    ),
    Readers("incidents.StatementVersion", "content", WORKING),
    Readers("incidents.Submission", "content comment", WORKING),
    Readers("incidents.TimelineEntry", "text", EVERYBODY),
    Readers("incidents.TriageEntry", "note reason", EVERYBODY),
    Readers("mfa.Authenticator", "data", NOBODY, own="user_id"),
    Readers("stakeholders.ActionLink", "token_hash", NOBODY),
    Readers("stakeholders.Contact", "name organisation address reach", WORKING),
    Readers("stakeholders.GroupDefault", "note", EVERYBODY),
    Readers("stakeholders.Outgoing", "to_address subject text html reason outcome", WORKING),
    Readers("stakeholders.StakeholderGroup", "name needs relationship channel tone timing ready_answer", EVERYBODY),
    Readers(
        "stakeholders.ReportingRule",
        "regime reference who recipient starts_words counting checked_by notes",
        EVERYBODY,
    ),
]

SHORTEST, BEFORE, LONGEST = 12, 12, 40  # a word of a list is no canary, and a page may cut a long text


def canary(text: str) -> str:
    """The part of a text that is looked for: around its mark, or its beginning."""
    start = max(0, text.find(MARK) - BEFORE)
    return text[start : start + LONGEST]


def canaries(w: SimpleNamespace, table: Iterable[Readers], looks_like_one: Any) -> dict[str, Names]:
    """Each text that could betray where it comes from, with everybody who may come across it, in whichever column."""
    every = {(text, who) for line in table for _, text, who in line.texts(w)}
    chosen = {
        canary(text)
        for line in table
        for column, text, _ in line.texts(w)
        if len(text) >= SHORTEST and looks_like_one(line.label, column, text)
    }
    return {text: frozenset().union(*(who for whole, who in every if text in whole)) for text in chosen}


def shown(answer: Any) -> str:
    """All that an answer says, as a reader reads it: status, headers, cookies, body."""
    said = f"{answer.status_code}\n{answer.headers}\n{answer.cookies.output()}\n{answer.content.decode()}"
    return " ".join(unquote(html.unescape(said)).split())


def leaks(seen: dict[str, str], name: str, found: dict[str, Names]) -> set[tuple[str, str]]:
    """Where this person was shown a text that is not theirs to read."""
    hidden = [text for text, who in found.items() if name not in who]
    return {(path, text) for path, said in seen.items() for text in hidden if text in said}


def doors_of(name: str) -> list[Door]:
    """The doors that this person can knock at, also those that refuse: a refusal is read too."""
    if name == LINK:
        return [door for door in THRESHOLD if door.name.startswith("act") and not door.case]
    return [door for door in DOORS if door.get[name] != 405 and door not in THRESHOLD]


def visit(w: SimpleNamespace, name: str) -> dict[str, str]:
    """What this person is shown at every door."""
    browser = _browser(w, name)
    return {str(door): shown(door.ask(browser, "get", w)) for door in doors_of(name)}


def attempt(w: SimpleNamespace, name: str, undone: Any) -> dict[str, str]:
    """What this person is told by everything that they try to do."""
    browser, said = _browser(w, name), {}
    for door in doors_of(name) if name == LINK else [door for door in DOORS if door not in THRESHOLD]:
        with undone():
            said[f"{door}, tried"] = shown(door.ask(browser, "post", w))
    return said


def crawl(w: SimpleNamespace, name: str) -> dict[str, str]:
    """What this person is shown at every object behind every door, and wherever the links of those pages lead."""
    browser, found = _browser(w, name), {}
    waiting = {door.address(w) for door in doors_of(name)}
    if name != LINK:
        waiting |= {door.address(w) for _, door in objects.doors() if door.get[name] != 405}
    while waiting:
        path = waiting.pop()
        found[path] = shown(browser.get(path))
        waiting |= set(_links(path, found[path])) - found.keys()
    return found


def _links(path: str, said: str) -> Iterator[str]:
    """Within the desk, or within what the link of the mail opens. A query goes with its page."""
    for to in re.findall(r'(?:href|hx-get)="([^"#]*)', said):
        whole = path.partition("?")[0] + to if to.startswith("?") else to
        if whole.startswith((reverse("desk:now"), "/act/")):
            yield whole


def _browser(w: SimpleNamespace, name: str) -> Client:
    return browser_of(w, "nobody" if name == LINK else name)
