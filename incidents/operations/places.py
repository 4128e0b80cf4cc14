"""Where words stand that are to be taken down, in the database: each row with the paths of its texts that go.

Three kinds of places. The approved words themselves and all that led to them: the versions, what was submitted, and what
people wrote about those words, since it quotes them. Whatever else of the incident says the same, word for word. And the
emails. What stands in another entry of the record or another direct message is left alone: it is chosen by name, or stays.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, IntegerField, TextField, Value
from django.db.models.functions import Cast

from accounts import chain
from incidents import wording
from incidents.models import (
    Approval,
    Citation,
    ClockNote,
    ClockStart,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    EmergencyReview,
    Evidence,
    Fact,
    FactChange,
    Handover,
    Incident,
    Inquiry,
    MastheadChange,
    Override,
    PlanNote,
    PlanQuestion,
    RecordEntry,
    Redaction,
    ReportingClock,
    ReturnComment,
    RoleHeld,
    ScheduledPublication,
    StakeholderPlan,
    StartMove,
    Statement,
    StatementVersion,
    Submission,
    Telling,
    TimelineEntry,
    TriageEntry,
)
from incidents.operations import correction
from incidents.operations.taken import Taken, Words
from stakeholders.models import Outgoing

JSON = ("content", "sentences")
QUOTING = ("sentences", "rests")  # in a path: sentences of the words, each by itself
LETTERS = ("approval_requested", "approval_returned", "approval", "review_due")  # by submission
OF_SCHEDULES = ("schedule_returned", "schedule_cancelled")
OF_COMMITMENT = ("text", "public_owner", "verification")


class Cells(NamedTuple):
    """Columns of free text of one model: the way to the incident, the statement or change that a row belongs to, its name."""

    model: type[models.Model]
    way: str
    of: str
    columns: tuple[str, ...]
    called: str


CELLS = (
    Cells(Statement, "incident", "pk", (*Statement.PUBLIC_TEXTS, "disclosure_note"), "a statement"),
    Cells(Citation, "statement__incident", "statement", ("sentences",), "what a fact was named for"),
    Cells(
        ReturnComment, "submission__statement__incident", "submission__statement", ("text",), "a comment of an approver"
    ),
    Cells(ScheduledPublication, "submission__statement__incident", "submission__statement", ("reason",), "a schedule"),
    Cells(StatementVersion, "statement__incident", "statement", ("content",), "a saved version"),
    Cells(Submission, "statement__incident", "statement", ("content", "comment"), "what was submitted"),
    Cells(Override, "statement__incident", "statement", ("found", "reason"), "a finding that was let stand"),
    Cells(EmergencyReview, "approval__incident", "approval__submission__statement", ("finding",), "a review"),
    Cells(Commitment, "incident", "statement", (*OF_COMMITMENT, "disowned_reason", "public_id"), "a commitment"),
    Cells(CommitmentChange, "commitment__incident", "pk", ("new_text", "public_reason"), "a change of a commitment"),
    Cells(Submission, "change__commitment__incident", "change", ("content", "comment"), "what was submitted"),
    Cells(Approval, "incident", "submission__statement", ("reason",), "the reason of an emergency"),
    Cells(Evidence, "commitment__incident", "commitment", ("text", "refusal_reason"), "a report of completion"),
    Cells(Fact, "incident", "", ("text", "source", "confirmation_source", "retraction_reason"), "a fact"),
    Cells(FactChange, "fact__incident", "", ("said",), "what a fact said before"),
    Cells(ContainmentAction, "incident", "", ("text", "reason", "ends_when"), "containment"),
    Cells(TimelineEntry, "incident", "", ("text",), "a line of the timeline"),
    Cells(TriageEntry, "incident", "", ("note", "reason"), "the first hour"),
    Cells(Handover, "incident", "", ("briefing",), "a handover"),
    Cells(RoleHeld, "incident", "", ("take_over_reason",), "a take-over"),
    Cells(StakeholderPlan, "incident", "", ("reason", "ready_answer"), "what was decided for a group"),
    Cells(PlanQuestion, "plan__incident", "", ("text",), "a question of a group"),
    Cells(PlanNote, "plan__incident", "", ("words",), "what was decided for a group"),
    Cells(Telling, "plan__incident", "", ("whom", "what", "evidence"), "what a group was told by hand"),
    Cells(ReportingClock, "incident", "", ("reason", "held_ground", "reference"), "a legal clock"),
    Cells(ClockNote, "clock__incident", "", ("words",), "what was said of a legal clock"),
    Cells(ClockStart, "incident", "", ("evidence", "reason"), "when a legal clock started"),
    Cells(StartMove, "incident", "", ("evidence", "reason"), "a later start of a legal clock"),
    Cells(Inquiry, "plan__incident", "", ("asked_by", "question", "answer"), "a question that came in"),
    Cells(Incident, "pk", "", ("title", "restart_point", "dismissal_reason"), "the incident"),
)
OF_NAMES = (
    Cells(MastheadChange, "pk", "pk", ("content",), "the change of names"),
    Cells(Submission, "masthead", "masthead", ("content", "comment"), "what was submitted"),
)
ABOUT_WORDS = (Override, EmergencyReview, ReturnComment, ScheduledPublication)
OF_STATEMENT = (
    Statement,
    StatementVersion,
    Submission,
    Citation,
    ReturnComment,
    ScheduledPublication,
    Override,
    EmergencyReview,
)


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
class Row:
    """One row with its texts by column, as they were found."""

    cells: Cells
    pk: int
    of: int | None
    texts: dict[str, str]

    def value(self, column: str) -> Any:
        """A text, or a JSON value with texts in it."""
        return json.loads(self.texts[column]) if column in JSON else self.texts[column]


@dataclass(frozen=True)
class Plan:
    """All that goes. Costs three questions, however much there is."""

    redaction: Redaction
    gone: list[Taken]
    rows: list[Row] = field(repr=False)
    words: Words = field(repr=False)

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
        for row in self.rows:
            key = (_kind(row.cells), row.of)
            fields = ours.get(key)
            if row.cells.model is Approval and row.pk in own:
                continue  # it is the first place
            is_changed = row.cells.model is Commitment and row.pk in changed
            if fields is None and not is_changed and _kind(row.cells) == "statement" and row.of in published:
                continue  # it led to other approved words, which were not chosen
            paths = sorted({*_said_again(row, self.words), *(_own(row, fields) if fields else ())})
            if paths:
                yield Place(row.cells.model, row.pk, tuple(paths), row.cells.called, whole=fields is not None)

    def _keys(self) -> Iterator[str]:
        asked = {row.pk for row in self.rows if row.cells.model is Submission and _kind(row.cells) == "statement"}
        asked |= {one.approval.submission_id for one in self.gone}
        for pk in asked:
            yield from (f"{kind}:{pk}:" for kind in LETTERS)
        for row in self.rows:
            if row.cells.model is Statement:
                yield f"statement_taken_over:{row.pk}:"
            if row.cells.model is ScheduledPublication:
                yield from (f"{kind}:{row.pk}:" for kind in OF_SCHEDULES)
        yield from (f"direct:{one.approval.pk}:" for one in self.gone)
        yield from (f"direct:{one.pk}:" for one in self.corrections)
        named = {name.split(".")[1] for one in self.gone for name in one.texts if name.startswith("commitment.")}
        made = {row.pk for row in self.rows if row.cells.model is Commitment and row.texts["public_id"] in named}
        made |= {one.commitment for one in self.gone if one.commitment}
        yield from (f"commitment:{pk}:" for pk in made)
        yield from (f"verify:{row.pk}:" for row in self.rows if row.cells.model is Evidence and row.of in made)


def plan(redaction: Redaction) -> Plan:
    """What was chosen, with the texts as they stand, and wherever they stand. What has gone meanwhile is left out."""
    gone = [_taken(*one) for one in _approved(redaction)]
    return Plan(redaction, gone, _rows(redaction, gone), Words(gone))


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


def _rows(redaction: Redaction, gone: list[Taken]) -> list[Row]:
    """Every text of the incident, in one question. Of names, those of the changes that led to the entries."""
    if redaction.incident_id:
        asked = [(cells, redaction.incident_id) for cells in CELLS]
    else:
        changes = {one.approval.submission.masthead_id for one in gone}
        asked = [(cells, pk) for cells in OF_NAMES for pk in changes if pk]
    parts = [_texts(cells, about, column) for cells, about in asked for column in cells.columns]
    found: dict[tuple[int, int], Row] = {}
    every = (*CELLS, *OF_NAMES)
    for place, pk, column, of, text in parts[0].union(*parts[1:], all=True) if parts else ():
        row = found.setdefault((place, pk), Row(every[place], pk, of, {}))
        row.texts[column] = text or ""
    return [found[key] for key in sorted(found)]


def _texts(cells: Cells, about: int, column: str) -> models.QuerySet[Any, Any]:
    rows = cells.model._base_manager.filter(**{cells.way: about}).order_by()
    given = {
        "place_": Value((*CELLS, *OF_NAMES).index(cells), IntegerField()),
        "column_": Value(column, TextField()),
        "of_": Cast(F(cells.of) if cells.of else Value(None), IntegerField()),
        "said_": Cast(column, TextField()),
    }
    texts: models.QuerySet[Any, Any] = rows.annotate(**given).values_list("place_", "pk", "column_", "of_", "said_")
    return texts


def _kind(cells: Cells) -> str:
    """What a row of these belongs to."""
    if cells.of == "change" or cells.model is CommitmentChange:
        return "change"
    if cells in OF_NAMES:
        return "masthead"
    return "statement" if cells.model in (*OF_STATEMENT, Commitment) else ""


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
    for place, _ in enumerate(content.get("let_stand", ())):
        yield from (f"content/let_stand/{place}/{name}" for name in ("found", "reason"))


def _named_for(content: dict[str, Any]) -> Iterator[str]:
    """The sentences that facts were named for."""
    for name in ("rests", "facts"):
        paths = (path for path, _ in chain.texts_in(content.get(name, []), f"content/{name}"))
        yield from (path for path in paths if _quotes(path))


def _said_again(row: Row, words: Words) -> Iterator[str]:
    for column in row.texts:
        for path, text in chain.texts_in(row.value(column), column):
            if words.stand_in(text) or (_quotes(path) and words.hold(text)):
                yield path


def _quotes(path: str) -> bool:
    return not set(QUOTING).isdisjoint(path.split("/"))
