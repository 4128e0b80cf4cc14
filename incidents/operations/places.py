"""Where words stand that are to be taken down, in the database: each row with the paths of its texts that go.

Three kinds of places. The approved words themselves and all that led to them: the versions, what was submitted, and what
people wrote about those words, since it quotes them. Whatever else of the incident says the same, by a paragraph or a
sentence, and so in what was chosen to go along: other incidents, templates, what is kept for groups. And the emails. What
stands in another entry of the record or another direct message is left alone: it is chosen by name, or stays.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models

from accounts import chain
from incidents import wording
from incidents.models import (
    Approval,
    Commitment,
    EmergencyReview,
    Evidence,
    Fact,
    Override,
    RecordEntry,
    Redaction,
    ReturnComment,
    ScheduledPublication,
    Statement,
    Submission,
    TimelineEntry,
)
from incidents.operations import cells, correction, elsewhere
from incidents.operations.cells import OF_COMMITMENT, Row
from incidents.operations.taken import Taken, Words
from stakeholders.models import Outgoing

LETTERS = ("approval_requested", "approval_returned", "approval_published", "approval", "review_due")  # by submission
NOTICED = {"let_stand": ("found", "reason"), "dismissed": ("found",), "findings": ("words",)}  # by the draft check
OF_SCHEDULES = ("schedule_returned", "schedule_cancelled")
ABOUT_WORDS = (Override, EmergencyReview, ReturnComment, ScheduledPublication)
OF_A_FACT = re.compile(r"Fact (\d+) [a-z ]+: ")  # a line of the timeline that quotes it, perhaps as it was before


@dataclass(frozen=True)
class Place:
    """A row, the paths of its texts that go, and what it is called. ``whole``: each goes whole, not only the words."""

    model: type[models.Model]
    pk: int
    paths: tuple[str, ...]
    called: str
    whole: bool = True

    @property
    def name(self) -> str:
        """As `accounts.models.kept.label`."""
        return f"{self.model._meta.label_lower}:{self.pk}"


@dataclass(frozen=True)
class Plan:
    """All that goes, and what stays. ``inside``: other incidents, templates and groups that say the words and do not go along.

    Costs four questions, however much there is.
    """

    redaction: Redaction
    gone: list[Taken]
    rows: list[Row] = field(repr=False)
    words: Words = field(repr=False)
    inside: list[elsewhere.Inside] = field(repr=False)

    @cached_property
    def places(self) -> list[Place]:
        """Every row of which texts go, each row once, the published words first."""
        return [*map(_approval, self.gone), *self._others()]

    @property
    def is_whole(self) -> bool:
        """Whether every text that was chosen is there still."""
        return sum(len(one.texts) for one in self.gone) == sum(len(one["fields"]) for one in self.redaction.chosen)

    @property
    def seen(self) -> str:
        """Stands for all that a person saw before they took it down. Made of no text."""
        said = [[place.name, list(place.paths)] for place in self.places]
        return chain.digest([self.redaction.pk, self.redaction.reason, self.redaction.chosen, said])

    @cached_property
    def staying(self) -> list[Taken]:
        """Entries and direct messages in which some of the words stay, with those of their texts that were not chosen."""
        chosen = {(one.approval.pk, name) for one in self.gone for name in one.texts}
        found = [
            Taken(
                one.approval,
                {name: one.texts[name] for name in one.texts if (one.approval.pk, name) not in chosen},
                one.entry,
            )
            for one in elsewhere.approved(self.words)
        ]
        return [one for one in found if one.texts]

    @cached_property
    def letters(self) -> list[int]:
        """The messages that quote them: those about any statement of the incident, whose words they compare; those about a
        commitment whose words go; and whatever says them."""
        keys = tuple(self._keys())
        rows = Outgoing.objects.order_by("pk").values_list("pk", "key", "subject", "text")
        return [
            pk
            for pk, key, subject, text in rows.iterator()
            if key.startswith(keys) or self.words.stand_in(text) or self.words.stand_in(subject)
        ]

    @cached_property
    def corrections(self) -> list[Approval]:
        """Direct messages that quote one of these messages, because they put it right."""
        gone = {one.approval.pk for one in self.gone if one.entry is None}
        if not gone:
            return []
        sent = Approval.objects.messages().filter(incident=self.redaction.incident).exclude(pk__in=gone)
        found = sent.select_related("submission__statement__incident__agent", "submission__statement__group")
        return [one for one in found if gone.intersection(correction.named_in(one.submission.content))]

    @cached_property
    def quoting(self) -> list[Approval]:
        """Those of them whose own words stay: what waits of them is written anew, since people wait to be put right."""
        return [one for one in self.corrections if not any(map(self.words.stand_in, one.texts().values()))]

    @cached_property
    def to_hold_back(self) -> list[int]:
        """Of the messages, those that are not written anew."""
        anew = tuple(f"direct:{one.pk}:" for one in self.quoting)
        found = Outgoing.objects.filter(pk__in=self.letters).values_list("pk", "key")
        return [pk for pk, key in found if not (anew and key.startswith(anew))]

    def _others(self) -> Iterator[Place]:
        ours = _led_to(self.gone)
        published = {row.of for row in self.rows if row.cells.model is Approval} - {None}
        own = {one.approval.pk for one in self.gone}
        changed = {one.commitment for one in self.gone}
        facts: set[int] = set()
        for row in self.rows:
            fields = ours.get((row.kind, row.of))
            if row.cells.model is Approval and row.pk in own:
                continue  # it is the first place
            is_changed = row.cells.model is Commitment and row.pk in changed
            if fields is None and not is_changed and row.kind == "statement" and row.of in published:
                continue  # it led to other approved words, which were not chosen
            paths = {*row.saying(self.words), *(_own(row, fields) if fields else ()), *_quoted(row, facts)}
            if row.cells.model is Fact and "text" in paths:
                facts.add(row.pk)
            if paths:
                yield Place(row.cells.model, row.pk, tuple(sorted(paths)), row.cells.called, whole=fields is not None)

    @cached_property
    def _ours(self) -> list[Row]:
        """The rows of the incident itself."""
        return [row for row in self.rows if row.cells.subject == "incident" and row.about == self.redaction.incident_id]

    def _keys(self) -> Iterator[str]:
        asked = {row.pk for row in self._ours if row.cells.model is Submission and row.kind == "statement"}
        asked |= {one.approval.submission_id for one in self.gone}
        for pk in asked:
            yield from (f"{kind}:{pk}:" for kind in LETTERS)
        for row in self._ours:
            if row.cells.model is Statement:
                yield f"statement_taken_over:{row.pk}:"
            if row.cells.model is ScheduledPublication:
                yield from (f"{kind}:{row.pk}:" for kind in OF_SCHEDULES)
        yield from (f"direct:{one.approval.pk}:" for one in self.gone)
        yield from (f"direct:{one.pk}:" for one in self.corrections)
        named = {name.split(".")[1] for one in self.gone for name in one.texts if name.startswith("commitment.")}
        made = {row.pk for row in self._ours if row.cells.model is Commitment and row.texts["public_id"] in named}
        made |= {one.commitment for one in self.gone if one.commitment}
        yield from (f"commitment:{pk}:" for pk in made)
        yield from (f"verify:{row.pk}:" for row in self._ours if row.cells.model is Evidence and row.of in made)


def plan(redaction: Redaction) -> Plan:
    """What was chosen, with the texts as they stand, and wherever they stand. What has gone meanwhile is left out."""
    gone = [_taken(*one) for one in _approved(redaction)]
    words = Words.of(gone)
    rows, inside = elsewhere.look_through(words, _subjects(redaction, gone))
    return Plan(redaction, gone, rows, words, inside)


def _approved(redaction: Redaction) -> Iterator[tuple[Approval, list[str], RecordEntry | None]]:
    """The approvals, the fields chosen of each, and the entry that each stands in."""
    subject = [f"submission__{name}" for name in ("statement", "change", "masthead")]
    if redaction.message_id:
        message = Approval.objects.select_related(*subject).get(pk=redaction.message_id)
        yield from ((message, one["fields"], None) for one in redaction.chosen)
        return
    of_entry = [f"approval__{name}" for name in subject]
    entries = RecordEntry.objects.select_related("approval", *of_entry).in_bulk(redaction.numbers)
    for one in redaction.chosen:
        entry = entries[one["entry"]]
        assert entry.approval is not None  # noqa: S101 - only entries with words can be chosen
        yield entry.approval, one["fields"], entry


def _taken(approval: Approval, fields: list[str], entry: RecordEntry | None) -> Taken:
    return Taken(approval, {name: text for name, text in approval.texts().items() if name in fields}, entry)


def _subjects(redaction: Redaction, gone: list[Taken]) -> set[tuple[str, int]]:
    """The incident, or the changes of names that led to the entries; and what goes along with them."""
    found = {(kind, pk) for kind, pks in redaction.along.items() for pk in pks}
    if redaction.incident_id:
        return found | {("incident", redaction.incident_id)}
    changes = {one.approval.submission.masthead_id for one in gone}
    return found | {("names", pk) for pk in changes if pk}


def _quoted(row: Row, facts: set[int]) -> Iterator[str]:
    """The line that a fact of which words go was quoted in. It may hold an earlier wording, and only its beginning."""
    said = OF_A_FACT.match(row.texts["text"]) if row.cells.model is TimelineEntry else None
    if said and int(said[1]) in facts:
        yield "text"


def _led_to(gone: Iterable[Taken]) -> dict[tuple[str, int | None], set[str]]:
    """The statements and changes that led to the entries, with the fields that go."""
    found: dict[tuple[str, int | None], set[str]] = {}
    for one in gone:
        asked = one.approval.submission
        for kind in ("statement", "change", "masthead"):
            if pk := getattr(asked, f"{kind}_id"):
                found.setdefault((kind, pk), set()).update(one.texts)
    return found


def _approval(one: Taken) -> Place:
    """The reason of an emergency is about these words, so it goes with them, and so does the page made of the message."""
    fields = {*one.texts, *(["body_html"] if "body" in one.texts else []), *(["reason"] if one.approval.reason else [])}
    called = "the published words" if one.entry else "the words that were sent"
    return Place(Approval, one.approval.pk, tuple(sorted(fields - one.approval.taken_down().keys())), called)


def _own(row: Row, fields: set[str]) -> Iterator[str]:
    """Of what led to an entry: the same fields, whatever stood in them, and all that people wrote about those words.

    The note on what is left out is about them as well: it often names just what should not have been said.
    """
    columns = {part for name in fields for part in (wording.MESSAGE if name == "body" else (name,))} | {
        "disclosure_note"
    }
    for column, text in row.texts.items():
        if not text:
            continue
        if column == "content":
            yield from _in_content(row.value(column), columns, fields)
        elif column == "sentences":
            yield from (path for path, _ in chain.texts_in(row.value(column), column))
        elif column == "comment" or row.cells.model in ABOUT_WORDS or column in columns:
            yield column  # those of a commitment are named otherwise, so that they are found by what they say


def _in_content(content: dict[str, Any], columns: set[str], fields: set[str]) -> Iterator[str]:
    """The paths of a version or a dossier at which the chosen fields stand."""
    for name in columns:
        if isinstance(content.get(name), str) and content[name]:
            yield f"content/{name}"
    for place, made in enumerate(content.get("commitments", ())):
        for name in OF_COMMITMENT:
            if f"commitment.{made['id']}.{name}" in fields:
                yield f"content/commitments/{place}/{name}"
    yield from _named_for(content)
    if "salt" in content:
        yield "content/salt"  # of the digest, which the log keeps: with it, words could be tried until they fit
    yield from _noticed(content)


def _noticed(content: dict[str, Any]) -> Iterator[str]:
    """The words that the draft check found, and what somebody wrote about them."""
    for part, names in NOTICED.items():
        for place, one in enumerate(content.get(part, ())):
            yield from (f"content/{part}/{place}/{name}" for name in names if one[name])


def _named_for(content: dict[str, Any]) -> Iterator[str]:
    """The sentences that facts were named for."""
    for name in ("rests", "facts"):
        paths = (path for path, _ in chain.texts_in(content.get(name, []), f"content/{name}"))
        yield from (path for path in paths if cells.quotes(path))
